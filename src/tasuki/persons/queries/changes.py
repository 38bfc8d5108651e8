"""What a business system is told of the register's changes, and how far they were carried to the index."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tasuki.nodes.sql import rows
from tasuki.persons.types.changes import OF_PROTECTION, ChangeKind, ToldChange

ALIAS: Final = "index"
# One statement, so that nothing is deleted between finding where a system stands and reading on from there. Whoever
# names no change begins at the first, unless that is gone.
_CHANGES: Final = """
WITH standing AS (
  SELECT CASE WHEN %(after)s::uuid IS NULL
    THEN (SELECT CASE WHEN coalesce(min(ordinal), 1) = 1 THEN 0 END FROM persons_register_change
      WHERE system = %(system)s)
    ELSE (SELECT ordinal FROM persons_register_change WHERE system = %(system)s AND change_id = %(after)s::uuid)
    END AS ordinal
)
SELECT standing.ordinal AS after, c.* FROM standing LEFT JOIN LATERAL (
  SELECT ordinal, change_id, kind, system_person_number, same_person, event_date, changed_at
  FROM persons_register_change WHERE system = %(system)s AND ordinal > standing.ordinal AND kind <> ALL(%(hidden)s)
  ORDER BY ordinal LIMIT %(limit)s
) c ON true ORDER BY c.ordinal
"""


def changes_of_system(system: str, after: UUID | None, limit: int, *, with_protection: bool) -> list[ToldChange] | None:
    """Return a system's changes behind one, in order; None when that one is not kept (any more).

    :param after: None begins at the first change there ever was.
    """
    values = {"system": system, "after": after, "limit": limit, "hidden": _hidden(with_protection)}
    found = rows(_CHANGES, values, alias=ALIAS)
    if found[0]["after"] is None:
        return None
    return [
        ToldChange(
            row["change_id"],
            ChangeKind(row["kind"]),
            row["system_person_number"],
            tuple(row["same_person"]),
            row["event_date"],
            row["changed_at"],
        )
        for row in found
        if row["change_id"] is not None
    ]


def newest_change(system: str, *, with_protection: bool) -> UUID | None:
    """Return the newest change a system can be told; None when there is none."""
    found = rows(
        "SELECT change_id FROM persons_register_change WHERE system = %s AND kind <> ALL(%s)"
        " ORDER BY ordinal DESC LIMIT 1",
        [system, _hidden(with_protection)],
        alias=ALIAS,
    )
    return found[0]["change_id"] if found else None


def carried_upto() -> int | None:
    """Return the last change of the register that systems were told of; None before anything was told."""
    found = rows("SELECT upto FROM persons_register_carried", alias=ALIAS)
    return int(found[0]["upto"]) if found else None


def _hidden(with_protection: bool) -> Sequence[str]:
    return [] if with_protection else sorted(OF_PROTECTION)
