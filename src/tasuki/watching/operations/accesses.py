"""Recording accesses: the record in the evidence and the row that is searched, in one transaction."""

from datetime import datetime
from typing import Final

from django.db import transaction

from tasuki.accounts.operations import record_refusal
from tasuki.accounts.permissions import Permission
from tasuki.accounts.types import Role
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor
from tasuki.watching.types import MOST_NAMED, Access, Act

_KINDS: Final = {
    Act.VIEW: EntryKind.PEOPLE_LISTED,
    Act.SEARCH: EntryKind.PEOPLE_SEARCHED,
    Act.PRINT: EntryKind.PEOPLE_PRINTED,
    Act.EXPORT: EntryKind.PEOPLE_EXPORTED,
    Act.CHANGE: EntryKind.CHANGE_ASKED,
}


@transaction.atomic
def record_access(*, access: Access, by: Actor, at: datetime) -> None:
    """Record what a member of staff is about to see or do; call this before anything of it leaves.

    The 宛名番号 means something inside this town only, and this log is the town's own: it answers a resident who asks
    who looked at them. Nothing else about a person is written.
    """
    entry_id = append(kind=_kind(access), body=_body(access, by), at=at)
    _keep(entry_id, access, by, at)


@transaction.atomic
def record_refused(*, permission: Permission, access: Access, by: Actor, at: datetime) -> None:
    """Record that a member of staff asked for a page that their role does not carry."""
    _keep(record_refusal(permission=permission, by=by, at=at), access, by, at)


@transaction.atomic
def record_area_refused(*, access: Access, by: Actor, at: datetime) -> None:
    """Record that a member of staff asked for somebody outside their area of work, and whom."""
    _keep(append(kind=EntryKind.AREA_REFUSED, body=_body(access, by), at=at), access, by, at)


def _kind(access: Access) -> EntryKind:
    if access.role == Role.CONTRACTOR and access.counted == 0:
        # Every page of a contractor's session is recorded, also where it shows nobody, as all of theirs do.
        return EntryKind.CONTRACTOR_PAGE_OPENED
    if access.emergency and access.counted == 0 and access.act is not Act.CHANGE:
        # So is every page under an emergency role.
        return EntryKind.EMERGENCY_PAGE_OPENED
    return EntryKind.PERSON_VIEWED if _is_one_person(access) else _KINDS[access.act]


def _is_one_person(access: Access) -> bool:
    return access.act is Act.VIEW and access.is_one_person


def _body(access: Access, by: Actor) -> dict[str, object]:
    body: dict[str, object] = {
        "staff": by.identifier,
        "role": access.role,
        "page": access.page,
        "part": access.part or access.page,
        "from": access.address,
    }
    if _is_one_person(access):
        # A page of the index names a person by the index's number, and by the other where it has one.
        body |= {"person": (access.unified + access.people)[0], "people": list(access.people)}
    elif access.named <= MOST_NAMED:
        body |= {"people": list(access.people), "unified": list(access.unified)}
    optional = {
        "shown": access.shown,
        "fields": list(access.fields) or None,
        "reason": access.reason or None,
        "emergency": access.emergency or None,
    }
    return body | {name: value for name, value in optional.items() if value is not None}


def _keep(entry_id: int, access: Access, by: Actor, at: datetime) -> None:
    is_named = access.named <= MOST_NAMED
    run(
        "INSERT INTO watching_access (entry_id, at, staff, role, act, page, people, unified, shown, fields, reason,"
        " address, emergency) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            entry_id,
            at,
            str(by),
            access.role,
            access.act.value,
            access.page,
            list(access.people) if is_named else [],
            list(access.unified) if is_named else [],
            access.counted,
            list(access.fields),
            access.reason,
            access.address or None,
            access.emergency or None,
        ],
    )
