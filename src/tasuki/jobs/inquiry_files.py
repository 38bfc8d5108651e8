"""Asking what a file wants, as long work."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from tasuki.jobs.town import asker
from tasuki.linkage.operations import inquiry_files
from tasuki.runtime import now
from tasuki.shared.actor import actor_from
from tasuki.work.errors import WorkCancelledError
from tasuki.work.types import Progress, Work

KIND: Final = "inquiry_file"


def ask(work: Work, progress: Progress) -> Mapping[str, object]:
    """Ask the lines of a file nobody has asked yet; what was asked before somebody stopped it stays asked."""
    file_id = UUID(str(work.parameters["file_id"]))
    outcome: dict[str, object] = {"file_id": str(file_id), "is_stopped": False}
    try:
        inquiry_files.ask_rows(
            file_id=file_id,
            asker=asker(),
            again=bool(work.parameters["again"]),
            by=actor_from(work.asked_by),
            at=now(),
            progress=progress.report,
        )
    except WorkCancelledError:
        # What has left the house cannot be undone: the work ends here, and says so.
        outcome["is_stopped"] = True
    return outcome
