"""Which resident a member of staff is (本人の宛名番号の申告): said once, and gone with the account.

The number is read by the rules alone. No record and no page repeats it.
"""

import datetime as dt

from django.db import transaction

from tasuki.accounts.queries import account_numbered, sees_people
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor, staff_actor
from tasuki.watching.types import Declaring


@transaction.atomic
def declare_own_number(*, person: str, by: Actor, at: dt.datetime) -> Declaring:
    """Keep the number of whoever says it of themself, this once."""
    account = account_numbered(int(by.identifier))
    if account is None or not sees_people(account):
        return Declaring.NOT_STAFF
    kept = run(
        "INSERT INTO watching_declaration (staff, person, declared_at, declared_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [str(by), person, at, str(by)],
    )
    if not kept:
        return Declaring.THERE_ALREADY
    append(kind=EntryKind.OWN_NUMBER_DECLARED, body={"staff": by.identifier, "by": str(by)}, at=at)
    return Declaring.DECLARED


@transaction.atomic
def set_number_of(*, staff_id: int, person: str, by: Actor, at: dt.datetime) -> Declaring:
    """Put somebody else's number in the place of what was declared, or declare it for them."""
    account = account_numbered(staff_id)
    if account is None or not sees_people(account):
        return Declaring.NOT_STAFF
    owner = staff_actor(str(staff_id))
    if owner == by:
        return Declaring.OWN_ACCOUNT
    append(kind=EntryKind.OWN_NUMBER_DECLARED, body={"staff": str(staff_id), "by": str(by)}, at=at)
    run(
        "INSERT INTO watching_declaration (staff, person, declared_at, declared_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (staff) DO UPDATE SET person = excluded.person, declared_at = excluded.declared_at,"
        " declared_by = excluded.declared_by",
        [str(owner), person, at, str(by)],
    )
    return Declaring.DECLARED


@transaction.atomic
def forget_declarations(*, by: Actor, at: dt.datetime) -> int:
    """Forget the numbers of whoever's account has ended, and say how many that were."""
    ended = rows(
        "SELECT d.staff FROM watching_declaration d JOIN accounts_staff s ON d.staff = 'STAFF:' || s.id"
        " WHERE NOT s.is_active OR s.valid_to <= (%s AT TIME ZONE 'Asia/Tokyo')::date ORDER BY 1 FOR UPDATE OF d",
        [at],
    )
    if ended:
        staff = [row["staff"] for row in ended]
        append(kind=EntryKind.OWN_NUMBERS_FORGOTTEN, body={"staff": staff, "by": str(by)}, at=at)
        run("DELETE FROM watching_declaration WHERE staff = ANY(%s)", [staff])
    return len(ended)
