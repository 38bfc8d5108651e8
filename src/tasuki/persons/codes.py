"""What is written of linkage codes that are missing: how asking ended, and whose code is to be asked for anew."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import rows, run
from tasuki.persons.dealing import ALIAS
from tasuki.persons.types import CodeOutcome, MissingCode
from tasuki.persons.types.merging import GatewayTaskKind
from tasuki.shared.actor import Actor

#: A refusal is asked about again after a day, two, four …, at most four weeks: a register is mended in days.
LONGEST_WAIT_DAYS: Final = 28

_NOTE = """
INSERT INTO persons_code_attempt AS a (unified_person_number, outcome, attempts, last_at, next_at)
SELECT r.person, r.outcome, 1, %(at)s, %(at)s + interval '1 day'
FROM unnest(%(people)s::text[], %(outcomes)s::text[]) AS r(person, outcome)
ON CONFLICT (unified_person_number) DO UPDATE SET outcome = EXCLUDED.outcome, attempts = a.attempts + 1,
  last_at = EXCLUDED.last_at,
  next_at = EXCLUDED.last_at + least(power(2, a.attempts), %(longest)s) * interval '1 day'
"""
_MISSING = """
SELECT p.unified_person_number, p.numbered_at, c.key_id IS NOT NULL AS has_number,
  q.acquisition_number IS NOT NULL AS is_asked, a.outcome, coalesce(a.attempts, 0) AS attempts, a.last_at, a.next_at
FROM persons_person p
LEFT JOIN LATERAL (
  SELECT n.key_id FROM persons_root r JOIN persons_number_custody n USING (unified_person_number)
  WHERE r.person = p.unified_person_number LIMIT 1) c ON TRUE
LEFT JOIN persons_acquisition q USING (unified_person_number)
LEFT JOIN persons_code_attempt a USING (unified_person_number)
WHERE p.code_bound_at IS NULL AND p.survivor IS NULL
"""

_FORGET_OUTLIVED = """
INSERT INTO persons_gateway_task (kind, person, created_at)
SELECT %s, p.person, %s FROM unnest(%s::text[]) AS p(person)
WHERE NOT EXISTS (SELECT FROM persons_root r JOIN persons_number_custody c USING (unified_person_number)
  WHERE r.person = p.person)
"""


@transaction.atomic(using=ALIAS)
def note_outcomes(*, outcomes: Mapping[str, CodeOutcome], by: Actor, at: dt.datetime) -> None:
    """Keep how asking for codes ended, by person, and when each is tried again."""
    del by  # Who asked stands in the caller's record.
    values = {
        "at": at,
        "people": list(outcomes),
        "outcomes": [one.value for one in outcomes.values()],
        "longest": LONGEST_WAIT_DAYS,
    }
    run(_NOTE, values, alias=ALIAS)


@transaction.atomic(using=ALIAS)
def ask_anew(*, unified_person_number: str, by: Actor, at: dt.datetime) -> bool:
    """Have a person's code asked for again because their 住民票コード changed; give whether they had one."""
    del by  # Who says so stands in the caller's record.
    had_one = run(
        "UPDATE persons_person SET code_bound_at = NULL WHERE unified_person_number = %s AND code_bound_at IS NOT NULL",
        [unified_person_number],
        alias=ALIAS,
    )
    if had_one:
        run(
            "INSERT INTO persons_code_attempt (unified_person_number, outcome, attempts, last_at, next_at)"
            " VALUES (%s, %s, 0, %s, %s) ON CONFLICT (unified_person_number) DO UPDATE SET outcome = EXCLUDED.outcome,"
            " attempts = 0, last_at = EXCLUDED.last_at, next_at = EXCLUDED.next_at",
            [unified_person_number, CodeOutcome.RECORD_CODE_CHANGED.value, at, at],
            alias=ALIAS,
        )
    return bool(had_one)


@transaction.atomic(using=ALIAS)
def mend_codes(*, lost: Sequence[str], bound: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Note which codes the gateway has no longer, to be asked for again, and which it has; give how many that were.

    Whose acquisition is under way by now is left alone: its end says more. A code of somebody without an individual
    number outlived the number: the gateway is to forget it.
    """
    del by  # Who compared stands in the caller's record.
    gone = run(
        "UPDATE persons_person SET code_bound_at = NULL"
        " WHERE unified_person_number = ANY(%s) AND code_bound_at IS NOT NULL",
        [list(lost)],
        alias=ALIAS,
    )
    outlived = run(_FORGET_OUTLIVED, [GatewayTaskKind.FORGET_CODE.value, at, list(bound)], alias=ALIAS)
    there = run(
        "UPDATE persons_person p SET code_bound_at = %s WHERE unified_person_number = ANY(%s)"
        " AND code_bound_at IS NULL AND survivor IS NULL"
        " AND NOT EXISTS (SELECT FROM persons_acquisition a"
        "   WHERE a.unified_person_number = p.unified_person_number)"
        " AND EXISTS (SELECT FROM persons_root r JOIN persons_number_custody c USING (unified_person_number)"
        "   WHERE r.person = p.unified_person_number)",
        [at, list(bound)],
        alias=ALIAS,
    )
    return gone + outlived + there


def missing(*, limit: int, offset: int = 0) -> list[MissingCode]:
    """Return people without a code: those whose asking failed first, then by how long they have been waiting."""
    found = rows(
        _MISSING + " ORDER BY a.outcome LIKE 'UNKNOWN%%' DESC NULLS LAST, p.numbered_at, p.unified_person_number"
        " LIMIT %s OFFSET %s",
        [limit, offset],
        alias=ALIAS,
    )
    return [
        MissingCode(**row | {"outcome": None if row["outcome"] is None else CodeOutcome(row["outcome"])})
        for row in found
    ]


def counts() -> dict[str, int]:
    """Count people without a code: `without_number`, `failed`, `asked` and `waiting`, together all of them."""
    (found,) = rows(
        "SELECT count(*) FILTER (WHERE NOT has_number) AS without_number,"  # noqa: S608 — a statement of ours
        " count(*) FILTER (WHERE has_number AND coalesce(outcome LIKE 'UNKNOWN%%', FALSE)) AS failed,"
        " count(*) FILTER (WHERE has_number AND is_asked AND NOT coalesce(outcome LIKE 'UNKNOWN%%', FALSE)) AS asked,"
        " count(*) FILTER (WHERE has_number AND NOT is_asked AND NOT coalesce(outcome LIKE 'UNKNOWN%%', FALSE))"
        f" AS waiting FROM ({_MISSING}) AS m",
        {},
        alias=ALIAS,
    )
    return {name: int(number) for name, number in found.items()}


def due(*, at: dt.datetime, among: Sequence[str] | None = None) -> list[str]:
    """Return whose code may be asked for now: with a number, without a code, and not refused just before."""
    found = rows(
        "SELECT DISTINCT r.person FROM persons_number_custody c JOIN persons_root r USING (unified_person_number)"
        " JOIN persons_person p ON p.unified_person_number = r.person"
        " LEFT JOIN persons_code_attempt a ON a.unified_person_number = r.person"
        " WHERE p.code_bound_at IS NULL AND (a.next_at IS NULL OR a.next_at <= %s)"
        " AND (%s OR r.person = ANY(%s)) ORDER BY r.person",
        [at, among is None, list(among or ())],
        alias=ALIAS,
    )
    return [row["person"] for row in found]
