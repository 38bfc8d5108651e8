"""What is recorded before staff see somebody, and when they ask for what their role does not carry."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tasuki.accounts.permissions import Permission
from tasuki.evidence.operations import append, append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.shared.actor import Actor
from tasuki.shared.identifiers import SystemPersonNumber


@transaction.atomic
def record_refusal(*, permission: Permission, by: Actor, at: datetime) -> None:
    """Record that a member of staff asked for what their role does not carry."""
    append(kind=EntryKind.PERMISSION_REFUSED, body={"staff": by.identifier, "permission": permission.value}, at=at)


@transaction.atomic
def record_person_viewed(*, person: SystemPersonNumber, part: str, by: Actor, at: datetime) -> None:
    """Record that a member of staff is about to see a person; call this before anything about them is read.

    The 宛名番号 means something inside this town only, and this log is the town's own: it answers a resident who asks
    who looked at them. Nothing else about the person is written.
    """
    append(
        kind=EntryKind.PERSON_VIEWED,
        body={"staff": by.identifier, "person": str(person), "part": part},
        at=at,
    )


@transaction.atomic
def record_people_viewed(*, people: Sequence[SystemPersonNumber], part: str, by: Actor, at: datetime) -> None:
    """Record that a member of staff is about to see several people on one page, such as a household."""
    entries = [
        Entry(EntryKind.PERSON_VIEWED, {"staff": by.identifier, "person": str(person), "part": part})
        for person in people
    ]
    append_many(entries=entries, at=at)


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
