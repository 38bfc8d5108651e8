"""What is written about rehearsals: begun, ended, and that the copy is gone; never in the copy itself."""

import datetime as dt

import orjson
from django.db import transaction

from tasuki.cutover.reports import as_json, counts_of
from tasuki.cutover.types import Difference, Export, Findings
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.shared.actor import Actor


@transaction.atomic
def begin_rehearsal(*, export: Export, by: Actor, at: dt.datetime) -> int:
    """Enter a rehearsal, and give its number."""
    (made,) = rows(
        "INSERT INTO cutover_rehearsal (title, export_digest, state, begun_at, begun_by, files, differing, tables,"
        " differences, passed, way_back, report_sha256)"
        " VALUES (%s, %s, 'RUNNING', %s, %s, '[]', '[]', 0, 0, FALSE, FALSE, '') RETURNING number",
        [export.title, export.digest, at, str(by)],
    )
    number = int(made["number"])
    body = {
        "rehearsal": number,
        "export_digest": export.digest,
        "files": {one.name: one.sha256 for one in export.files},
        "by": str(by),
    }
    append(kind=EntryKind.REHEARSAL_BEGUN, body=body, at=at)
    return number


@transaction.atomic
def end_rehearsal(
    *, number: int, findings: Findings, differences: list[Difference], report_sha256: str, by: Actor, at: dt.datetime
) -> None:
    """Keep what a rehearsal found: counts, digests, and where differences are, without any value."""
    copy_rows(
        "cutover_difference",
        ("rehearsal", "file", "line", "field", "kind"),
        ((number, one.file, one.line, one.field, one.kind.value) for one in differences),
    )
    run(
        "UPDATE cutover_rehearsal SET state = 'ENDED', ended_at = %s, files = %s, differing = %s, tables = %s,"
        " differences = %s, passed = %s, way_back = %s, report_sha256 = %s WHERE number = %s",
        [
            at, as_json(findings.files), orjson.dumps(findings.differing).decode(), len(findings.before),
            len(differences), findings.passed, findings.way_back, report_sha256, number,
        ],
    )  # fmt: skip
    body = {
        "rehearsal": number,
        "files": [counts_of(one) for one in findings.files],
        "tables": {name: digest.sha256 for name, digest in findings.before.items()},
        "differing": list(findings.differing),
        "left": findings.left,
        "passed": findings.passed,
        "way_back": findings.way_back,
        "report_sha256": report_sha256,
        "by": str(by),
    }
    append(kind=EntryKind.REHEARSAL_ENDED, body=body, at=at)


@transaction.atomic
def note_copy_dropped(*, number: int, by: Actor, at: dt.datetime) -> None:
    """Record that the sealed copy of a rehearsal is gone; one that found nothing to the end is broken off."""
    dropped = run(
        "UPDATE cutover_rehearsal SET copy_dropped_at = %s,"
        " state = CASE state WHEN 'RUNNING' THEN 'BROKEN_OFF' ELSE state END"
        " WHERE number = %s AND copy_dropped_at IS NULL",
        [at, number],
    )
    if dropped:
        append(kind=EntryKind.REHEARSAL_COPY_DROPPED, body={"rehearsal": number, "by": str(by)}, at=at)
