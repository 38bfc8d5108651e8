"""What is written about individual numbers in custody: keys exchanged, numbers opened one by one, numbers deleted.

As with the rest of the index, the evidence stands in the caller's log and is recorded before the effect.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.nodes.sql import Row, rows, run
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.dealing import ALIAS, lock_numbering
from tasuki.persons.errors import CustodyDamaged, NumberNotKept, RotationUnderWay
from tasuki.persons.types import CustodyAct, Resealed, Verified
from tasuki.persons.types.merging import GatewayTaskKind
from tasuki.shared.actor import Actor

# Any constant: it means "the key of individual numbers is being exchanged".
_ROTATION_LOCK: Final = 0x4E4B_4559

_NEXT = """
SELECT unified_person_number AS person, sealed_number, key_id FROM persons_number_custody
WHERE unified_person_number > %s AND key_id <> %s ORDER BY unified_person_number LIMIT %s FOR UPDATE
"""
_RESEAL = """
UPDATE persons_number_custody c SET number_hash = r.number_hash, sealed_number = r.sealed_number, key_id = %s
FROM unnest(%s::text[], %s::bytea[], %s::bytea[]) AS r(person, number_hash, sealed_number)
WHERE c.unified_person_number = r.person
"""


@contextmanager
def only_rotation() -> Iterator[None]:
    """Hold the right to exchange the key, on this connection, for the length of the block.

    :raises RotationUnderWay: when another process holds it.
    """
    (tried,) = rows("SELECT pg_try_advisory_lock(%s) AS taken", [_ROTATION_LOCK], alias=ALIAS)
    if not tried["taken"]:
        raise RotationUnderWay(RotationUnderWay.__doc__)
    try:
        yield
    finally:
        run("SELECT pg_advisory_unlock(%s)", [_ROTATION_LOCK], alias=ALIAS)


@transaction.atomic(using=ALIAS)
def use_key(*, key_id: str, by: Actor, at: dt.datetime) -> None:
    """Seal under another key from now on; the former stays alive for the numbers that stand under it."""
    lock_numbering()
    run("UPDATE persons_number_key SET replaced_at = %s WHERE replaced_at IS NULL", [at], alias=ALIAS)
    run(
        "INSERT INTO persons_number_key (key_id, made_at, made_by) VALUES (%s, %s, %s)",
        [key_id, at, str(by)],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def reseal_numbers(*, after: str, most: int, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Resealed:
    """Bring some numbers under the key in use: the next ones behind the person `after`, in the order of people.

    Numbering waits for as long as one part takes. What cannot be opened, or stands under the new key already as another
    person's, stays as it is and is given back by name.
    """
    del by, at  # Who exchanges the key stands in the caller's record.
    lock_numbering()
    cipher = cipher.now()
    waiting = rows(_NEXT, [after, cipher.key_id, most], alias=ALIAS)
    opened, damaged = _opened(waiting, cipher)
    hashes = {person: cipher.hash(number) for person, number in opened.items()}
    taken = rows(
        "SELECT number_hash FROM persons_number_custody WHERE number_hash = ANY(%s)",
        [list(hashes.values())],
        alias=ALIAS,
    )
    seen = {bytes(row["number_hash"]) for row in taken}
    twice = []
    for person, number_hash in hashes.items():
        if number_hash in seen:
            twice.append(person)
        seen.add(number_hash)
    sound = [person for person in opened if person not in set(twice)]
    run(
        _RESEAL,
        [
            cipher.key_id,
            sound,
            [hashes[person] for person in sound],
            [cipher.seal(person, opened[person]) for person in sound],
        ],
        alias=ALIAS,
    )
    last = waiting[-1]["person"] if len(waiting) == most else None
    return Resealed(last, len(sound), tuple(damaged), tuple(twice))


@transaction.atomic(using=ALIAS)
def reseal_pending(*, cipher: NumberCipher, by: Actor, at: dt.datetime) -> list[UUID]:
    """Bring the numbers that wait with cases under the key in use; give the cases whose number cannot be opened.

    They are as many as clerks have on their desks, so one part takes them all.
    """
    del by, at  # Who exchanges the key stands in the caller's record.
    lock_numbering()
    cipher = cipher.now()
    waiting = rows(
        "SELECT case_id, sealed_number, key_id FROM persons_pending_number WHERE key_id <> %s FOR UPDATE",
        [cipher.key_id],
        alias=ALIAS,
    )
    opened: dict[UUID, str] = {}
    damaged: list[UUID] = []
    for row in waiting:
        try:
            opened[row["case_id"]] = cipher.open(str(row["case_id"]), bytes(row["sealed_number"]), row["key_id"])
        except CustodyDamaged:
            damaged.append(row["case_id"])
    run(
        "UPDATE persons_pending_number n SET number_hash = r.number_hash, sealed_number = r.sealed_number, key_id = %s"
        " FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS r(case_id, number_hash, sealed_number)"
        " WHERE n.case_id = r.case_id",
        [
            cipher.key_id,
            list(opened),
            [cipher.hash(number) for number in opened.values()],
            [cipher.seal(str(case_id), number) for case_id, number in opened.items()],
        ],
        alias=ALIAS,
    )
    return damaged


def check_numbers(*, after: str, most: int, cipher: NumberCipher) -> Verified:
    """Open some numbers and find each by its hash, as `reseal_numbers` goes through them; nothing is changed."""
    found = rows(
        "SELECT unified_person_number AS person, sealed_number, key_id, number_hash FROM persons_number_custody"
        " WHERE unified_person_number > %s ORDER BY unified_person_number LIMIT %s",
        [after, most],
        alias=ALIAS,
    )
    opened, damaged = _opened(found, cipher)
    for row in found:
        number = opened.get(row["person"])
        if number is not None and cipher.hash_under(row["key_id"], number) != bytes(row["number_hash"]):
            damaged.append(row["person"])
    last = found[-1]["person"] if len(found) == most else None
    return Verified(last, len(found) - len(damaged), tuple(damaged))


def _opened(found: Sequence[Row], cipher: NumberCipher) -> tuple[dict[str, str], list[str]]:
    """Open numbers by person, and name those whose number cannot be opened."""
    opened: dict[str, str] = {}
    damaged: list[str] = []
    for row in found:
        try:
            opened[row["person"]] = cipher.open(row["person"], bytes(row["sealed_number"]), row["key_id"])
        except CustodyDamaged:
            damaged.append(row["person"])
    return opened, damaged


@transaction.atomic(using=ALIAS)
def retire_keys(*, by: Actor, at: dt.datetime) -> list[str]:
    """End the life of replaced keys under which no number stands any more, and give their ids.

    A key is needed still to open a back-up of the time when numbers stood under it.
    """
    del by  # Who exchanges the key stands in the caller's record.
    lock_numbering()
    ended = rows(
        "UPDATE persons_number_key k SET retired_at = %s WHERE replaced_at IS NOT NULL AND retired_at IS NULL"
        " AND NOT EXISTS (SELECT FROM persons_number_custody c WHERE c.key_id = k.key_id)"
        " AND NOT EXISTS (SELECT FROM persons_pending_number n WHERE n.key_id = k.key_id) RETURNING key_id",
        [at],
        alias=ALIAS,
    )
    return sorted(row["key_id"] for row in ended)


def open_number(*, unified_person_number: str, cipher: NumberCipher) -> str:
    """Return one person's individual number; the caller has recorded who is about to see it, and why.

    :raises NumberNotKept: when none is in custody.
    :raises CustodyDamaged: when it cannot be opened as this person's.
    """
    found = rows(
        "SELECT c.unified_person_number AS under, c.sealed_number, c.key_id FROM persons_number_custody c"
        " JOIN persons_root r USING (unified_person_number) JOIN persons_root p ON p.person = r.person"
        " WHERE p.unified_person_number = %s",
        [unified_person_number],
        alias=ALIAS,
    )
    if not found:
        raise NumberNotKept(NumberNotKept.__doc__)
    return cipher.open(found[0]["under"], bytes(found[0]["sealed_number"]), found[0]["key_id"])


_DELETE = """
WITH gone AS (
  DELETE FROM persons_number_custody c USING persons_root r
  WHERE r.unified_person_number = c.unified_person_number AND r.person = ANY(%s)
    AND NOT EXISTS (SELECT FROM persons_acquisition a WHERE a.unified_person_number = r.person)
  RETURNING r.person AS unified_person_number
), forgotten AS (
  UPDATE persons_person p SET code_bound_at = NULL FROM gone
  WHERE p.unified_person_number = gone.unified_person_number
), told AS (
  INSERT INTO persons_gateway_task (kind, person, created_at) SELECT %s, unified_person_number, %s FROM gone
)
INSERT INTO persons_custody_change (unified_person_number, act, reason, changed_at, changed_by)
SELECT unified_person_number, %s, %s, %s, %s FROM gone
"""


@transaction.atomic(using=ALIAS)
def delete_numbers(*, unified_person_numbers: Sequence[str], reason: str, by: Actor, at: dt.datetime) -> int:
    """Delete the individual numbers of people, with hashes and the note of their code (番号法20条); give how many went.

    The people stay, as do their numbers in other systems; the gateway is to forget their codes as well. Whose code is
    being acquired just now is left for the next time.
    """
    lock_numbering()
    task = GatewayTaskKind.FORGET_CODE.value
    values = [list(unified_person_numbers), task, at, CustodyAct.DELETED.value, reason, at, str(by)]
    return run(_DELETE, values, alias=ALIAS)
