"""The ledger of numbers in the order of the numbers, a part at a time: for reconciliation with the gateway."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from tasuki.nodes.sql import rows

ALIAS: Final = "index"

_LINES: Final = """
SELECT p.unified_person_number AS number, p.survivor IS NOT NULL AS is_alias, p.code_bound_at IS NOT NULL AS has_code,
  EXISTS (SELECT FROM persons_system_person s JOIN persons_root r USING (unified_person_number)
    WHERE r.person = p.unified_person_number) AS is_linked,
  EXISTS (SELECT FROM persons_acquisition a WHERE a.unified_person_number = p.unified_person_number)
    OR EXISTS (SELECT FROM persons_code_attempt a WHERE a.unified_person_number = p.unified_person_number
      AND a.outcome = 'RECORD_CODE_CHANGED') AS is_acquiring
FROM persons_person p WHERE p.unified_person_number > %s ORDER BY p.unified_person_number LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A number of the index. `is_acquiring`: its code is on its way."""

    number: str
    is_alias: bool
    has_code: bool
    is_linked: bool
    is_acquiring: bool


def ledger(after: str, limit: int) -> list[LedgerLine]:
    """Return numbers of the index behind one, aliases and numbers nobody has any more among them."""
    return [LedgerLine(**row) for row in rows(_LINES, [after, limit], alias=ALIAS)]


def waiting_for_gateway(numbers: Collection[str]) -> set[str]:
    """Return of these numbers those the gateway has yet to be told something of."""
    found = rows(
        "SELECT person FROM persons_gateway_task WHERE person = ANY(%(numbers)s)"
        " UNION SELECT r.person FROM persons_gateway_task t JOIN persons_root r ON r.unified_person_number = t.person"
        " WHERE r.person = ANY(%(numbers)s)",
        {"numbers": list(numbers)},
        alias=ALIAS,
    )
    return {row["person"] for row in found}
