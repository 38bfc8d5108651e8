"""Acquisitions of linkage codes (符号取得): opened with a 取得番号, closed, and the number deleted."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import rows, run
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.types import OpenedAcquisition
from tasuki.shared.actor import Actor

ALIAS: Final = "index"

_OPEN = """
INSERT INTO persons_acquisition (acquisition_number, unified_person_number, requested_at)
SELECT acquisition_number, unified_person_number, %s
FROM unnest(%s::text[], %s::text[]) AS r(acquisition_number, unified_person_number)
JOIN persons_person p USING (unified_person_number)
WHERE p.code_bound_at IS NULL AND p.survivor IS NULL AND EXISTS (
  SELECT FROM persons_root r JOIN persons_number_custody c ON c.unified_person_number = r.unified_person_number
  WHERE r.person = p.unified_person_number)
ON CONFLICT (unified_person_number) DO NOTHING
"""


@transaction.atomic(using=ALIAS)
def open_acquisitions(
    *,
    unified_numbers: Sequence[str],
    new_number: Callable[[], str],
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
) -> list[OpenedAcquisition]:
    """Open an acquisition of a linkage code for people who have an individual number and no code yet.

    One that is open already is given again under its number, so a list may be sent twice. The others of the list,
    who have a code or no individual number, are left out.

    :param new_number: gives 32 hexadecimal digits nobody can foresee.
    :raises CustodyDamaged: when a sealed number cannot be opened.
    """
    del by  # Who asked stands in the caller's record.
    wanted = list(dict.fromkeys(unified_numbers))
    run(_OPEN, [at, [new_number() for _ in wanted], wanted], alias=ALIAS)
    found = rows(
        "SELECT a.acquisition_number, a.unified_person_number, c.unified_person_number AS under, c.sealed_number,"
        " c.key_id"
        " FROM persons_acquisition a JOIN persons_root r ON r.person = a.unified_person_number"
        " JOIN persons_number_custody c ON c.unified_person_number = r.unified_person_number"
        " WHERE a.unified_person_number = ANY(%s) ORDER BY a.unified_person_number",
        [wanted],
        alias=ALIAS,
    )
    return [
        OpenedAcquisition(
            row["acquisition_number"],
            row["unified_person_number"],
            cipher.open(row["under"], bytes(row["sealed_number"]), row["key_id"]),
        )
        for row in found
    ]


@transaction.atomic(using=ALIAS)
def note_told(*, acquisition_numbers: Sequence[str], by: Actor, at: dt.datetime) -> None:
    """Note that the gateway has heard of acquisitions, so that it can be asked whether their codes arrived."""
    del by  # Who asked stands in the caller's record.
    run(
        "UPDATE persons_acquisition SET told_at = %s WHERE acquisition_number = ANY(%s) AND told_at IS NULL",
        [at, list(acquisition_numbers)],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def close_acquisitions(*, acquisition_numbers: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Note that codes are bound and delete their 取得番号 (番号法21条の2第3項); gives how many were open."""
    del by  # Who asked stands in the caller's record.
    return run(
        "WITH closed AS (DELETE FROM persons_acquisition WHERE acquisition_number = ANY(%s)"
        " RETURNING unified_person_number)"
        " UPDATE persons_person p SET code_bound_at = coalesce(p.code_bound_at, %s) FROM closed"
        " WHERE p.unified_person_number = closed.unified_person_number",
        [list(acquisition_numbers), at],
        alias=ALIAS,
    )
