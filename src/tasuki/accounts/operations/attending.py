"""Letting contractors' accounts in while a colleague is present at their work, and not otherwise."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations.staff import end_sign_ins
from tasuki.accounts.types import Role
from tasuki.shared.actor import Actor


def may_be_let_in(staff: Staff, *, is_dummy: bool, at: datetime) -> bool:
    """Say whether an account may be let in now: a contractor's only while attended, and never where data is real."""
    return staff.role != Role.CONTRACTOR or (is_dummy and staff.is_attended(at))


def present_in(sign_in: UUID, by: Actor, at: datetime) -> bool:
    """Say whether a session stands and belongs to whoever says to be present in it."""
    found = SignIn.objects.filter(sign_in=sign_in).select_related("staff").order_by("sign_in").first()
    return found is not None and str(found.staff.member.as_actor()) == str(by) and found.stands(at)


def attended_now(accounts: Collection[int], at: datetime) -> frozenset[int]:
    """Return which accounts somebody attends now; they are locked until the transaction ends."""
    found = Staff.objects.select_for_update(of=("self",)).filter(pk__in=accounts, role=Role.CONTRACTOR.value)
    return frozenset(one.pk for one in found.order_by("pk") if one.is_attended(at))


def let_in(accounts: Collection[int], *, sign_in: UUID, until: datetime) -> None:
    """Let contractors' accounts in until a time, as long as a session stands; the caller records why."""
    Staff.objects.filter(pk__in=accounts, role=Role.CONTRACTOR.value).update(attended_in=sign_in, attended_until=until)


def shut_out(accounts: Collection[int], *, by: Actor, at: datetime) -> None:
    """Let contractors' accounts in no longer, and end their sessions at once; the caller records why."""
    Staff.objects.filter(pk__in=accounts).update(attended_in=None, attended_until=None)
    end_sign_ins(list(accounts), by, at)
