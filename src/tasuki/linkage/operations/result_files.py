"""Taking in what the intermediate server put into a folder, on record (ADR 0026)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.file_inbox import FileTaken
from tasuki.shared.actor import Actor


@transaction.atomic
def record_result_file(*, taken: FileTaken, by: Actor, at: dt.datetime) -> None:
    """Record that a result file is taken in: its digest, how many lines count and how many do not, and why those not.

    Neither its name nor a line stands there: both may tell of people.
    """
    problems = sorted({one.problem for one in taken.set_aside})
    body = {"sha256": taken.sha256, "lines": taken.lines, "set_aside": len(taken.set_aside), "problems": problems}
    append(kind=EntryKind.RESULT_FILE_TAKEN, body=body | {"by": str(by)}, at=at)
