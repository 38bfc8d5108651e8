"""Files of people as long work: those too large to read while somebody waits, and registering any of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations import people_files
from tasuki.linkage.people_files import RegisteredFile, write_answers
from tasuki.persons.errors import NoSuchFile
from tasuki.persons.queries.files import people_file
from tasuki.persons.sealing import Sealer
from tasuki.persons.types.files import PeopleFileState
from tasuki.runtime import keys, now, this_system
from tasuki.shared.actor import actor_from
from tasuki.shared.dates import to_jst
from tasuki.work.errors import WorkCancelledError
from tasuki.work.operations import keep_output
from tasuki.work.types import Progress, Work

CHECK: Final = "people_check"
REGISTER: Final = "people_register"
#: A file nobody decided about is deleted after a day.
KEPT: Final = dt.timedelta(days=1)


def sealer() -> Sealer:
    """Return what seals files of people on this node."""
    return Sealer(keys().derive("people-file/seal/1"))


def check(work: Work, progress: Progress) -> Mapping[str, object]:
    """Read a file that was uploaded."""
    file_id = UUID(str(work.parameters["file"]))
    try:
        found = people_files.check_file(
            file_id=file_id, sealer=sealer(), by=actor_from(work.asked_by), at=now(),
            tell=lambda done: progress.report(done, 0),
        )  # fmt: skip
    except NoSuchFile:
        return {"file": str(file_id), "gone": True}
    return {"file": str(file_id), "lines": found.lines, "problem_lines": found.problem_lines}


def register(work: Work, progress: Progress) -> Mapping[str, object]:
    """Register the people of a file, and keep the answer to each line for whoever asked.

    :raises WorkCancelledError: when somebody asked for the end; who was registered by then stays registered, and the
        answers say who that is.
    """
    file_id = UUID(str(work.parameters["file"]))
    kept = people_file(file_id)
    total = 0 if kept is None or kept.findings is None else kept.findings.lines
    try:
        done = people_files.register_kept_file(
            file_id=file_id, sealer=sealer(), cipher=number_cipher(),
            goes_on=lambda count: _goes_on(progress, count, total), by=actor_from(work.asked_by), at=now(),
        )  # fmt: skip
    except NoSuchFile:
        # Interrupted just after the end of the file: its people are registered, and only the answers are lost.
        is_registered = kept is not None and kept.state is PeopleFileState.REGISTERED
        return {"file": str(file_id), "gone": True, "registered": is_registered}
    _keep_answers(work, done)
    if done.left:
        raise WorkCancelledError(WorkCancelledError.__doc__)
    counted = ("linked", "numbered", "unchanged", "cases", "problems")
    return {"file": str(file_id)} | {name: getattr(done, name) for name in counted}


def _goes_on(progress: Progress, done: int, total: int) -> bool:
    try:
        progress.report(done, max(done, total))
    except WorkCancelledError:
        return False
    return True


def _keep_answers(work: Work, done: RegisteredFile) -> None:
    at = now()
    keep_output(
        work_id=work.work_id,
        file_name=f"registered-{to_jst(at):%Y%m%d-%H%M}.csv",
        media_type="text/csv; charset=utf-8",
        content=write_answers(done.answers),
        by=this_system(),
        at=at,
    )


def forget_left_behind() -> None:
    """Delete files that nobody decided about in time."""
    at = now()
    people_files.forget_files(before=at - KEPT, by=this_system(), at=at)
