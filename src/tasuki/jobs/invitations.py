"""Long work of the invitations: the year's list frozen, coupons and reminders made, the list printed."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tasuki.eligibility.operations.lists import refresh_changed
from tasuki.invitations.operations.coupons import issue_coupons
from tasuki.invitations.operations.reminders import send_reminders
from tasuki.invitations.operations.targets import freeze_targets
from tasuki.invitations.printing import print_targets
from tasuki.invitations.types import Covered, Deliver, LeftOut, NotReady, Run, Standing, TargetFilter, TargetOrder
from tasuki.layouts.types import Programme
from tasuki.runtime import node, now
from tasuki.shared.actor import Actor, actor_from
from tasuki.shared.dates import civil_date, in_era, to_jst
from tasuki.work.operations import keep_output
from tasuki.work.types import Progress, Work

_PDF: Final = "application/pdf"


def freeze(work: Work, progress: Progress) -> Mapping[str, object]:
    """Put everybody who is due on a year's list."""
    by, at = _asked(work)
    return _said(
        freeze_targets(
            run_id=work.work_id,
            fiscal_year=_year(work),
            programmes=_programmes(work),
            by=by,
            at=at,
            progress=progress,
        )
    )


def coupons(work: Work, progress: Progress) -> Mapping[str, object]:
    """Give coupons to a whole year's list."""
    by, at = _asked(work)
    return _said(
        issue_coupons(
            run_id=work.work_id,
            fiscal_year=_year(work),
            valid_until=dt.date.fromisoformat(str(work.parameters["valid_until"])),
            town=town_name(),
            deliver=_outputs(work, by, at),
            by=by,
            at=at,
            progress=progress,
        )
    )


def reminders(work: Work, progress: Progress) -> Mapping[str, object]:
    """Remind whoever still has something open."""
    by, at = _asked(work)
    return _said(
        send_reminders(
            run_id=work.work_id,
            fiscal_year=_year(work),
            programmes=_programmes(work),
            days_apart=int(str(work.parameters["days_apart"])),
            town=town_name(),
            deliver=_outputs(work, by, at),
            by=by,
            at=at,
            progress=progress,
        )
    )


def print_list(work: Work, progress: Progress) -> Mapping[str, object]:
    """Print a year's list, or a part of it."""
    by, at = actor_from(work.asked_by), now()
    local = to_jst(at)
    printed = print_targets(
        _year(work),
        civil_date(at),
        wanted=filter_of(work.parameters),
        order=TargetOrder(str(work.parameters["order"])),
        town=town_name(),
        footer=f"{in_era(local.date())} {local:%H:%M} 印刷　処理の番号 {work.work_id}",
        deliver=_outputs(work, by, at),
        progress=progress,
    )
    return {"targets": printed}


def filter_of(parameters: Mapping[str, object]) -> TargetFilter:
    """Read back which targets are wanted, as `parameters_of` wrote it."""

    def given(name: str) -> str:
        return str(parameters.get(name) or "")

    return TargetFilter(
        programme=Programme(given("programme")) if given("programme") else None,
        standing=Standing(given("standing")) if given("standing") else None,
        covered=Covered(given("covered")),
        obstacle=LeftOut(given("obstacle")) if given("obstacle") else None,
        reminded=int(given("reminded")) if given("reminded") else None,
    )


def parameters_of(wanted: TargetFilter) -> dict[str, str]:
    """Write which targets are wanted as parameters of work; codes only."""
    return {
        "programme": wanted.programme or "",
        "standing": wanted.standing or "",
        "covered": wanted.covered,
        "obstacle": wanted.obstacle or "",
        "reminded": "" if wanted.reminded is None else str(wanted.reminded),
    }


def town_name() -> str:
    """Return what the town is called on its letters."""
    return node().own_town().name


def _asked(work: Work) -> tuple[Actor, dt.datetime]:
    """Bring the lists of who is due up to date in a transaction of its own, so that nobody waits for ours."""
    by, at = actor_from(work.asked_by), now()
    refresh_changed(by=by, at=at)
    return by, at


def _outputs(work: Work, by: Actor, at: dt.datetime) -> Deliver:
    def deliver(file_name: str, content: bytes) -> None:
        keep_output(work_id=work.work_id, file_name=file_name, media_type=_PDF, content=content, by=by, at=at)

    return deliver


def _said(outcome: Run | NotReady) -> Mapping[str, object]:
    if isinstance(outcome, NotReady):
        return {"not_ready": outcome.value}
    return dict(outcome.outcome)


def _year(work: Work) -> int:
    return int(str(work.parameters["fiscal_year"]))


def _programmes(work: Work) -> list[Programme]:
    codes = work.parameters["programmes"]
    return [Programme(code) for code in codes] if isinstance(codes, list) else []
