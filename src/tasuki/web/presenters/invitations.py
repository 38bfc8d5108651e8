"""A year's invitations, and a person's, as pages show them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.eligibility.wording import reason_label
from tasuki.invitations import queries
from tasuki.invitations.numbers import shown
from tasuki.invitations.types import (
    Coupon,
    CouponState,
    ProgrammeNumbers,
    Refusal,
    Reminder,
    Run,
    Target,
)
from tasuki.layouts.render import Language
from tasuki.screening.types import Person
from tasuki.shared.dates import fiscal_year_of
from tasuki.web.presenters.invitation_words import (
    COUPON_STATES,
    LEFT_OUT,
    REFUSAL_REASONS,
    RUNS,
    STANDINGS,
    outcome_text,
)
from tasuki.web.presenters.people import PersonRow, person_row
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.presenters.residents import by_whom

Words = Promise | str


@dataclass(frozen=True, slots=True)
class NumbersView:
    """One programme's line of a year."""

    programme: ProgrammeView
    numbers: ProgrammeNumbers


@dataclass(frozen=True, slots=True)
class RunView:
    """One run in words."""

    run: Run
    label: Words
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class TargetView:
    """One target in words; `person` is none where the register lost them."""

    target: Target
    person: PersonRow | None
    programme: ProgrammeView
    standing: Words
    tone: str
    reason: str
    coupon: str
    obstacle: Words


@dataclass(frozen=True, slots=True)
class CouponView:
    """One coupon in words."""

    coupon: Coupon
    number: str
    state: Words
    tone: str
    is_valid: bool
    is_over: bool
    programmes: tuple[tuple[ProgrammeView, bool], ...]
    """Each programme, and whether it was taken."""
    voided_by: str


@dataclass(frozen=True, slots=True)
class ReminderView:
    """One reminder in words."""

    reminder: Reminder
    programmes: tuple[ProgrammeView, ...]
    by: str


@dataclass(frozen=True, slots=True)
class RefusalView:
    """One refusal in words."""

    refusal: Refusal
    programme: str
    reason: Words
    in_force: bool
    may_end: bool
    by: str


def numbers_views(numbers: Sequence[ProgrammeNumbers], language: Language) -> list[NumbersView]:
    """Return a year's numbers by programme."""
    return [NumbersView(programme_view(one.programme, language), one) for one in numbers]


def run_view(run: Run, names: Mapping[str, str]) -> RunView:
    """Return a run in words."""
    return RunView(run, RUNS[run.kind], outcome_text(run.kind, run.outcome), by_whom(run.done_by, names))


def target_view(target: Target, person: Person | None, on: dt.date, language: Language) -> TargetView:
    """Return a target in words."""
    label, tone = STANDINGS[target.standing]
    return TargetView(
        target=target,
        person=None if person is None else person_row(person, on),
        programme=programme_view(target.programme, language),
        standing=label,
        tone=tone,
        reason=reason_label(target.reason, language) if target.reason else _("個別に追加"),
        coupon=shown(target.coupon) if target.coupon else "",
        obstacle=LEFT_OUT[target.obstacle] if target.obstacle else "",
    )


def coupon_view(coupon: Coupon, on: dt.date, language: Language, names: Mapping[str, str]) -> CouponView:
    """Return a coupon in words."""
    label, tone = COUPON_STATES[coupon.state]
    is_over = coupon.state is CouponState.ISSUED and coupon.is_over(on)
    return CouponView(
        coupon=coupon,
        number=shown(coupon.number),
        state=_("期限切れ") if is_over else label,
        tone="bad" if is_over else tone,
        is_valid=coupon.voided_at is None,
        is_over=is_over,
        programmes=tuple((programme_view(one, language), one in coupon.used) for one in coupon.programmes),
        voided_by="" if coupon.voided_by is None else by_whom(coupon.voided_by, names),
    )


def reminder_view(reminder: Reminder, language: Language, names: Mapping[str, str]) -> ReminderView:
    """Return a reminder in words."""
    programmes = tuple(programme_view(one, language) for one in reminder.programmes)
    return ReminderView(reminder, programmes, by_whom(reminder.recorded_by, names))


def refusal_view(refusal: Refusal, on: dt.date, language: Language, names: Mapping[str, str]) -> RefusalView:
    """Return a refusal in words."""
    return RefusalView(
        refusal=refusal,
        programme=_("すべての検診") if refusal.programme is None else programme_view(refusal.programme, language).label,
        reason=REFUSAL_REASONS[refusal.reason],
        in_force=refusal.is_in_force(on),
        may_end=refusal.ended_at is None,
        by=by_whom(refusal.recorded_by, names),
    )


def invitations_context(
    person: Person, member: Member, names: Mapping[str, str], on: dt.date, language: Language
) -> dict[str, object]:
    """Return what a person's page shows of their invitations; nothing to whoever may not see them."""
    if not may(member, Permission.VIEW_INVITATIONS):
        return {"may_view_invitations": False}
    number, year = person.system_person_number, fiscal_year_of(on)
    refusals = [refusal_view(one, on, language, names) for one in queries.refusals_of(number)]
    return {
        "may_view_invitations": True,
        "may_invite": may(member, Permission.MANAGE_INVITATIONS),
        "may_declare": may(member, Permission.RECORD_RESULTS),
        "invitations_year": year,
        "targets": [target_view(one, person, on, language) for one in queries.targets_of(number, year, on)],
        "coupons": [coupon_view(one, on, language, names) for one in queries.coupons_of(number)],
        "reminders": [reminder_view(one, language, names) for one in queries.reminders_of(number)],
        "refusals": refusals,
        "refusals_in_force": [one for one in refusals if one.in_force],
    }
