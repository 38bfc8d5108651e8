"""Keeps imports in their list, and takes away what was staged of them.

Parts of operations: each runs in the transaction of whoever asks.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson

from tasuki.nodes.sql import rows, run
from tasuki.screening import queries
from tasuki.screening.checking import Checker
from tasuki.screening.errors import NoSuchBatch
from tasuki.screening.mapping import ImportMapping
from tasuki.screening.types import Batch, Origin
from tasuki.shared.actor import Actor


@dataclass(frozen=True, slots=True)
class FileToImport:
    """A file as it came, and how it is to be read.

    `mapping_id` and `mapping_version` name the sender's mapping where it is kept here; `fiscal_year` is the year every
    row must be of, None where the file itself says it.
    """

    path: Path
    name: str
    mapping: ImportMapping
    mapping_id: UUID | None = None
    mapping_version: int | None = None
    fiscal_year: int | None = None
    origin: Origin = Origin.SCREEN


def standing_import(file_sha256: str) -> UUID | None:
    """Return the import under which a file was committed and stands."""
    found = rows("SELECT batch_id FROM screening_import_batch WHERE sha256 = %s AND state = 'COMMITTED'", [file_sha256])
    return found[0]["batch_id"] if found else None


def discard_earlier(file_sha256: str, by: Actor, at: dt.datetime) -> None:
    """Let an earlier preview of the same file give way."""
    earlier = rows(
        "UPDATE screening_import_batch SET state = 'DISCARDED', closed_at = %s, closed_by = %s,"
        " closed_reason = 'previewed again' WHERE sha256 = %s AND state = 'PREVIEWED' RETURNING batch_id",
        [at, str(by), file_sha256],
    )
    if earlier:
        remove_staged([row["batch_id"] for row in earlier])
        remove_rows([row["batch_id"] for row in earlier])


def store_batch(
    batch_id: UUID,
    file: FileToImport,
    header: Sequence[str],
    checker: Checker,
    digest: str,
    by: Actor,
    at: dt.datetime,
    *,
    sha256: str,
    encoding: str,
) -> None:
    """Enter a previewed import in the list; `digest` is that of the rows that were staged."""
    mapping = file.mapping
    run(
        "INSERT INTO screening_import_batch (batch_id, file_name, sha256, programme, mapping_name, mapping_id,"
        " mapping_version, mapping, header, origin, fiscal_year, encoding, state, total_rows, good_rows, warned_rows,"
        " bad_rows, stored_rows, rows_sha256, previewed_at, previewed_by, closed_reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'PREVIEWED', %s, %s, %s, %s, 0, %s, %s, %s, '')",
        [
            batch_id, file.name, sha256, mapping.programme.value, mapping.name, file.mapping_id,
            file.mapping_version, mapping.text, orjson.dumps(list(header)).decode(), file.origin.value,
            file.fiscal_year, encoding, checker.total, checker.good, checker.warned, checker.bad, digest, at,
            str(by),
        ],
    )  # fmt: skip


def batch_of(batch_id: UUID) -> Batch:
    """Return an import.

    :raises NoSuchBatch: when there is none.
    """
    found = queries.batch(batch_id)
    if found is None:
        raise NoSuchBatch(NoSuchBatch.__doc__)
    return found


def remove_staged(batch_ids: Sequence[UUID]) -> None:
    """Take away what was staged of imports."""
    run("DELETE FROM screening_import_row WHERE batch_id = ANY(%s)", [list(batch_ids)])


def remove_rows(batch_ids: Sequence[UUID]) -> None:
    """Forget what rows said of people; what was wrong with them stays."""
    run("DELETE FROM screening_import_problem_row WHERE batch_id = ANY(%s)", [list(batch_ids)])
    run("DELETE FROM screening_attachment WHERE batch_id = ANY(%s) AND result_id IS NULL", [list(batch_ids)])
