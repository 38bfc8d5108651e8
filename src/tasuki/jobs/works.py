"""Long work that members of staff ask for: which kinds there are, and the loop that does them."""

from collections.abc import Mapping
from functools import wraps
from typing import Final

from tasuki.accounts.queries import sight_of
from tasuki.eligibility.operations.lists import recompute
from tasuki.jobs import (
    evidence,
    imports,
    inquiry_files,
    inspection,
    invitations,
    letters,
    link,
    movers,
    packs,
    people_files,
)
from tasuki.jobs.rehearsals import forget_reports
from tasuki.media.operations import erase_expired
from tasuki.runtime import now, this_system
from tasuki.screening.sight import limited_to
from tasuki.shared.actor import actor_from
from tasuki.work import operations
from tasuki.work.running import DoWork, run_next
from tasuki.work.types import OUTPUTS_KEPT, Progress, Work


def _compute_eligibility(work: Work, progress: Progress) -> Mapping[str, object]:
    """Compute who is due in a fiscal year."""
    fiscal_year = int(str(work.parameters["fiscal_year"]))
    done = recompute(fiscal_year=fiscal_year, by=actor_from(work.asked_by), at=now(), progress=progress)
    return {"people": done.people, "changed_lines": done.changed_lines}


#: What does each kind of work. Every kind is also worded in `web.presenters.work`.
KINDS: Final[Mapping[str, DoWork]] = {
    "eligibility": _compute_eligibility,
    evidence.KIND: evidence.export,
    inspection.KIND: inspection.inspect,
    packs.KIND: packs.make,
    "result_notices": letters.result_notices,
    "further_tests": letters.further_tests,
    "detail_reminders": letters.detail_reminders,
    "import_preview": imports.preview_upload,
    "import_commit": imports.commit_batch,
    "invitations_freeze": invitations.freeze,
    "invitations_coupons": invitations.coupons,
    "invitations_reminders": invitations.reminders,
    "invitations_print": invitations.print_list,
    people_files.CHECK: people_files.check,
    people_files.REGISTER: people_files.register,
    "reconcile": link.compare,
    inquiry_files.KIND: inquiry_files.ask,
    movers.KIND: movers.ask,
}


def _as_far_as_the_asker_sees(do: DoWork) -> DoWork:
    """Let work look at nobody whom whoever asked for it may not see: its lists are read here, not there."""

    @wraps(do)
    def limited(work: Work, progress: Progress) -> Mapping[str, object]:
        with limited_to(sight_of(work.asked_by, now())):
            return do(work, progress)

    return limited


_LIMITED: Final = {kind: _as_far_as_the_asker_sees(do) for kind, do in KINDS.items()}


def do_waiting_work() -> None:
    """Do all work that waits, oldest first."""
    while run_next(_LIMITED, by=this_system(), now=now) is not None:
        pass


def take_up_interrupted_work() -> None:
    """Let work wait again that this node's last worker left in the middle."""
    operations.take_up_interrupted(by=this_system(), at=now())


def forget_old_outputs() -> None:
    """Delete files that nobody took away in time, and reports of rehearsals that a change over needs no more."""
    at = now()
    forget_reports()
    operations.forget_outputs(before=at - OUTPUTS_KEPT, by=this_system(), at=at)


def erase_expired_exports() -> None:
    """Delete the archives of exports whose time is over."""
    erase_expired(by=this_system(), at=now())
