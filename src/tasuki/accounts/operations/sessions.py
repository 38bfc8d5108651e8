"""Sessions of staff: seen, ended by their owner or by an administrator."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations.staff import note
from tasuki.accounts.types import AccountAct
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor


@transaction.atomic
def end_sessions(*, staff_id: int, sign_ins: Sequence[UUID] | None, by: Actor, at: datetime) -> int:
    """End sessions of a member of staff, all of them when none are named, and return how many were open."""
    open_ones = SignIn.objects.select_for_update().filter(staff=staff_id, ended_at__isnull=True).order_by("sign_in")
    if sign_ins is not None:
        open_ones = open_ones.filter(sign_in__in=sign_ins)
    found = [one.sign_in for one in open_ones]
    if not found:
        return 0
    body = {"staff": str(staff_id), "sessions": [str(one) for one in found], "by": str(by)}
    append(kind=EntryKind.SESSIONS_ENDED, body=body, at=at)
    if by.identifier != str(staff_id):
        note(staff=Staff.objects.get(pk=staff_id), act=AccountAct.SESSIONS_ENDED, by=by, at=at)
    return SignIn.objects.filter(sign_in__in=found).update(ended_at=at, ended_by=str(by))
