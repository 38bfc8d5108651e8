"""What is recorded before staff see somebody, and when they ask for what their role does not carry."""

from datetime import datetime

from django.db import transaction

from tasuki.accounts.permissions import Permission
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor
from tasuki.shared.identifiers import SystemPersonNumber


@transaction.atomic
def record_refusal(*, permission: Permission, by: Actor, at: datetime) -> int:
    """Record that a member of staff asked for what their role does not carry, and give the number of the record."""
    body = {"staff": by.identifier, "permission": permission.value}
    return append(kind=EntryKind.PERMISSION_REFUSED, body=body, at=at)


@transaction.atomic
def record_protected_opened(
    *, person: SystemPersonNumber, cause: str, reason: str, with_places: bool, by: Actor, at: datetime
) -> None:
    """Record why a member of staff opens a protected person's pages (支援措置); call this before they open."""
    body = {"staff": by.identifier, "person": str(person), "cause": cause, "reason": reason, "places": with_places}
    append(kind=EntryKind.PROTECTION_OVERRIDDEN, body=body, at=at)


@transaction.atomic
def record_accounts_taken(*, lines: int, by: Actor, at: datetime) -> None:
    """Record that the register of accounts leaves as a file."""
    append(kind=EntryKind.EXPORT_TAKEN, body={"what": "accounts", "lines": lines, "by": str(by)}, at=at)
