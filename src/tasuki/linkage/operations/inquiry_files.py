"""Asking about many people by a file: taking it in, asking its lines in parts, asking again what failed."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.catalogue import catalogue
from tasuki.linkage import queries
from tasuki.linkage.inquiry_files import Directory, FileLine, UnusableFile, matched, read_inquiry_file
from tasuki.linkage.operations.inquiries import Asker, Wanted, record_inquiries, send_inquiries
from tasuki.linkage.queries import inquiry_files as kept
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.inquiry_files import ASK_AGAIN, LineOutcome
from tasuki.nodes.sql import Row, copy_rows, listed, rows, run
from tasuki.persons import queries as index
from tasuki.screening.queries import numbers_without_zeros
from tasuki.shared.actor import Actor

#: Inquiries of one part; far below what peers accept, so that progress is seen and a cancellation felt.
PART = 2_500
#: Data sets one inquiry may name.
MOST_DATA_SETS = 16

_COLUMNS = (
    "file_id", "line", "system_person_number", "provider", "procedure", "data_set", "non_disclosure", "problem",
    "field", "earlier",
)  # fmt: skip


@transaction.atomic
def take_in(*, file_name: str, content: bytes, own: str, by: Actor, at: dt.datetime) -> UUID | UnusableFile:
    """Take in a file with every line's problem, and return under which id it is kept; nothing is asked yet.

    :param own: the town's own institution, which every line must name as its inquirer.
    """
    providers = {one.municipality_code: one.institution for one in queries.providers()}
    read = read_inquiry_file(content, Directory(own, providers, frozenset(catalogue().data_sets)))
    if isinstance(read, UnusableFile):
        return read
    sha256 = hashlib.sha256(content).hexdigest()
    file_id = uuid4()
    if not run(
        "INSERT INTO linkage_inquiry_file (file_id, file_name, sha256, line_count, taken_at, taken_by)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (sha256) DO NOTHING",
        [file_id, file_name[:200], sha256, len(read), at, str(by)],
    ):
        return UnusableFile("taken_before")
    lines = _matched(read)
    copy_rows("linkage_inquiry_file_line", _COLUMNS, [_values(file_id, one) for one in lines])
    body = {
        "file_id": str(file_id),
        "sha256": sha256,
        "lines": len(lines),
        "problems": sum(bool(one.problem) for one in lines),
        "by": str(by),
    }
    append(kind=EntryKind.INQUIRY_FILE_TAKEN, body=body, at=at)
    return file_id


def _matched(read: Sequence[FileLine]) -> list[FileLine]:
    people = numbers_without_zeros([one.person.lstrip("0") for one in read if not one.problem])
    known = [number for numbers in people.values() for number in numbers]
    return matched(read, people, index.unified_numbers(SYSTEM, known))


def _values(file_id: UUID, one: FileLine) -> tuple[object, ...]:
    asks = (one.person, one.provider, one.procedure, one.data_set, one.non_disclosure)
    return file_id, one.line, *(asks if not one.problem else ("", "", "", "", False)), one.problem, one.field, []


def ask_rows(
    *,
    file_id: UUID,
    asker: Asker,
    again: bool,
    by: Actor,
    at: dt.datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Ask what the lines of a file want that nobody has asked yet, and return how many inquiries that were.

    Lines about one person, provider and procedure make one inquiry. Which inquiry asks a line is recorded with the
    inquiry, so that no line is asked twice whatever breaks off. `again` first puts back lines whose inquiry ended
    without an answer and may do better now.
    """
    if again:
        put_back(file_id=file_id, by=by, at=at)
    total = kept.waiting_lines(file_id)
    inquiries = lines = 0
    while asked := record_part(file_id=file_id, asker=asker, by=by, at=at):
        send_inquiries(asked=asked, asker=asker, by=by, at=at)
        inquiries += len(asked)
        lines += sum(len(row["data_sets"]) for row in asked)
        if progress is not None:
            progress(lines, total)
    return inquiries


@transaction.atomic
def put_back(*, file_id: UUID, by: Actor, at: dt.datetime) -> int:
    """Let lines be asked once more whose inquiry ended without an answer; the earlier inquiries stay with them."""
    del by, at  # The new inquiries are what is recorded.
    return run(
        "UPDATE linkage_inquiry_file_line f SET earlier = earlier || f.transaction_number, transaction_number = NULL"
        " FROM linkage_inquiry i WHERE f.file_id = %s AND i.transaction_number = f.transaction_number"
        " AND i.state = ANY(%s) AND i.purged_at IS NULL",
        [file_id, sorted(ASK_AGAIN)],
    )


_ASKED = """
UPDATE linkage_inquiry_file_line f SET transaction_number = r.transaction_number
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, system_person_number text, provider text,
  procedure text, non_disclosure boolean, data_sets text[])
WHERE f.file_id = %s AND f.transaction_number IS NULL AND f.problem = ''
  AND f.system_person_number = r.system_person_number AND f.provider = r.provider AND f.procedure = r.procedure
  AND f.non_disclosure = r.non_disclosure AND f.data_set = ANY(r.data_sets)
"""


@transaction.atomic
def record_part(*, file_id: UUID, asker: Asker, by: Actor, at: dt.datetime) -> list[Row]:
    """Record the next inquiries of a file and which lines they ask; whoever asks the same file meanwhile waits."""
    rows("SELECT 1 FROM linkage_inquiry_file WHERE file_id = %s FOR UPDATE", [file_id])
    grouped: dict[tuple[str, str, str, bool], list[str]] = defaultdict(list)
    for row in kept.next_lines(file_id, PART * MOST_DATA_SETS):
        key = (row["system_person_number"], row["provider"], row["procedure"], row["non_disclosure"])
        grouped[key].append(row["data_set"])
    wanted = [
        Wanted(person, provider, tuple(sorted(data_sets)), procedure, hidden)
        for (person, provider, procedure, hidden), data_sets in list(grouped.items())[:PART]
    ]
    asked = record_inquiries(wanted=wanted, asker=asker, by=by, at=at)
    # An inquiry about a protected person is not disclosed even where the line did not ask for that.
    of_lines = [row | {"non_disclosure": one.non_disclosure} for row, one in zip(asked, wanted, strict=True)]
    if run(_ASKED, [listed(of_lines), file_id]) < len(asked):
        # Sent all the same, it would be asked again and again.
        raise RuntimeError("an inquiry of a file belongs to none of its lines")
    return asked


@transaction.atomic
def take_results(*, file_id: UUID, by: Actor, at: dt.datetime) -> list[LineOutcome]:
    """Return what became of every line, with the answers, and record that they are taken out."""
    outcomes = kept.outcomes(file_id)
    body = {"what": "inquiry_file_results", "file_id": str(file_id), "lines": len(outcomes), "by": str(by)}
    append(kind=EntryKind.EXPORT_TAKEN, body=body, at=at)
    return outcomes
