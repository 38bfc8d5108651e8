"""The yearly round (年次確認): each account is kept for another year, or ended; what nobody confirms ends by itself."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from tasuki.accounts.models import AccountEvent, Staff
from tasuki.accounts.operations.staff import end_sign_ins
from tasuki.accounts.rules import longest_end, term_problem
from tasuki.accounts.types import AccountAct, Problem
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date


@transaction.atomic
def confirm_accounts(
    *, keep: Sequence[int], end: Sequence[int], until: date | None, by: Actor, at: datetime
) -> tuple[int, int] | Problem:
    """Keep some accounts until a day and end others, in one record; return how many of each.

    :param until: the first day without them; as late as the rules let it when not given.
    """
    today = civil_date(at)
    valid_to = until or longest_end(today)
    problem = term_problem(today, valid_to, today)
    if problem is not None:
        return problem
    if by.identifier in {str(one) for one in (*keep, *end)}:
        # Whoever confirms is confirmed by somebody else.
        return Problem.OWN_ACCOUNT
    open_ones = Staff.objects.select_for_update().filter(is_active=True, is_persona=False).order_by("pk")
    kept = list(open_ones.filter(pk__in=set(keep) - set(end)))
    ended = list(open_ones.filter(pk__in=end))
    if kept or ended:
        body = {
            "kept": [str(one.pk) for one in kept], "ended": [str(one.pk) for one in ended],
            "valid_to": str(valid_to), "by": str(by),
        }  # fmt: skip
        append(kind=EntryKind.ACCOUNTS_CONFIRMED, body=body, at=at)
    Staff.objects.filter(pk__in=[one.pk for one in kept]).update(valid_to=valid_to)
    Staff.objects.filter(pk__in=[one.pk for one in ended]).update(is_active=False)
    end_sign_ins([one.pk for one in ended], by, at)
    AccountEvent.objects.bulk_create(
        [_event(one, AccountAct.CONFIRMED, valid_to, by, at) for one in kept]
        + [_event(one, AccountAct.ENDED, one.valid_to, by, at) for one in ended]
    )
    return len(kept), len(ended)


def _event(staff: Staff, act: AccountAct, valid_to: date | None, by: Actor, at: datetime) -> AccountEvent:
    return AccountEvent(staff=staff, act=act.value, role=staff.role, valid_to=valid_to, note="", at=at, by=str(by))
