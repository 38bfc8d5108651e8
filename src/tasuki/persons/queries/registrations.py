"""What a business system may know of its own registrations: where each stands, and what was sent back to it.

Nothing here leaves the system's own numbers: never a 団体内統合宛名番号, never what another system states.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from tasuki.nodes.sql import rows
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.types.cases import CaseKind, CaseState

ALIAS: Final = "index"
_STANDING: Final = """
SELECT asked.number, s.numbered_at, t.stated_at, c.case_id, c.kind, c.state
FROM unnest(%(numbers)s::text[]) AS asked(number)
LEFT JOIN persons_system_person s ON s.system = %(system)s AND s.system_person_number = asked.number
LEFT JOIN persons_statement t ON t.system = %(system)s AND t.system_person_number = asked.number
LEFT JOIN LATERAL (
  SELECT case_id, kind, state FROM persons_case c
  WHERE c.system = %(system)s AND c.system_person_number = asked.number AND c.state IN ('OPEN', 'PROPOSED', 'SENT_BACK')
  ORDER BY c.state = 'SENT_BACK', c.opened_at DESC LIMIT 1
) c ON true
"""
_HOLDERS: Final = """
SELECT c.number_hash, array_agg(s.system_person_number ORDER BY s.system_person_number) AS numbers
FROM persons_number_custody c JOIN persons_root a USING (unified_person_number)
JOIN persons_root r ON r.person = a.person
JOIN persons_system_person s ON s.unified_person_number = r.unified_person_number AND s.system = %s
WHERE c.number_hash = ANY(%s) GROUP BY c.number_hash
"""
_CASES: Final = """
SELECT case_id, kind, state, system_person_number, opened_at, decided_at FROM persons_case
WHERE system = %(system)s AND state = %(state)s AND (opened_at, case_id) > (
  coalesce((SELECT opened_at FROM persons_case WHERE case_id = %(after)s::uuid AND system = %(system)s), '-infinity'),
  coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY opened_at, case_id LIMIT %(limit)s
"""


class Standing(StrEnum):
    """Where a registration stands."""

    REGISTERED = "REGISTERED"
    """Linked to a person of the index, and nothing of it is in doubt."""
    CASE = "CASE"
    """Somebody has to look; whether or not it was linked before."""
    SENT_BACK = "SENT_BACK"
    """It was not taken in: the system puts it right and registers it again."""
    UNKNOWN = "UNKNOWN"
    """The system never registered such a number, or what it sent was wrong by itself."""


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """Where one registration stands."""

    system_person_number: str
    standing: Standing
    stated_at: datetime | None
    case_id: UUID | None
    kind: CaseKind | None


@dataclass(frozen=True, slots=True)
class SystemCase:
    """A case as the system that caused it may see it: without reasons, which may name other people."""

    case_id: UUID
    kind: CaseKind
    state: CaseState
    system_person_number: str
    opened_at: datetime
    decided_at: datetime | None


def registration_states(system: str, numbers: Sequence[str]) -> list[RegistrationState]:
    """Return where a system's registrations stand, one for each number asked about, in their order."""
    wanted = list(dict.fromkeys(numbers))
    found = rows(_STANDING, {"system": system, "numbers": wanted}, alias=ALIAS)
    states = {}
    for row in found:
        sent_back = row["state"] == CaseState.SENT_BACK
        if row["case_id"] is not None and not sent_back:
            standing = Standing.CASE
        elif row["numbered_at"] is not None:
            standing = Standing.REGISTERED
        else:
            standing = Standing.SENT_BACK if sent_back else Standing.UNKNOWN
        concerns = standing in (Standing.CASE, Standing.SENT_BACK)
        states[row["number"]] = RegistrationState(
            row["number"],
            standing,
            row["stated_at"],
            row["case_id"] if concerns else None,
            CaseKind(row["kind"]) if concerns else None,
        )
    return [states[number] for number in numbers]


def own_numbers(system: str, individual_numbers: Sequence[str], cipher: NumberCipher) -> dict[str, tuple[str, ...]]:
    """Return a system's own numbers of whoever holds an individual number; who is not the system's is left out."""
    known = cipher.now()
    hashes = {found: number for number in individual_numbers for found in known.hashes(number)}
    found = rows(_HOLDERS, [system, list(hashes)], alias=ALIAS)
    return {hashes[bytes(row["number_hash"])]: tuple(row["numbers"]) for row in found}


def cases_of_system(system: str, state: CaseState, after: UUID | None, limit: int) -> list[SystemCase]:
    """Return a system's cases in a state, in the order in which they were opened, from one case on."""
    values = {"system": system, "state": state.value, "after": after, "limit": limit}
    return [
        SystemCase(**{**row, "kind": CaseKind(row["kind"]), "state": CaseState(row["state"])})
        for row in rows(_CASES, values, alias=ALIAS)
    ]
