"""Reads of accounts."""

from collections.abc import Collection

from tasuki.nodes.sql import Row, rows
from tasuki.shared.actor import ActorKind

_PREFIX = f"{ActorKind.STAFF}:"


def staff_names() -> dict[str, str]:
    """Return what every member of staff is called, by the identifier under which they act."""
    return {str(row["id"]): row["display_name"] for row in rows("SELECT id, display_name FROM accounts_staff")}


def accounts() -> list[Row]:
    """Return every account: its ID, role, and whether it is open."""
    return rows("SELECT username, display_name, department, role, is_active FROM accounts_staff ORDER BY username")


def names_of_staff(actors: Collection[str]) -> dict[str, str]:
    """Return the name and department of those actors (in the form of logs) that are members of staff."""
    numbers = [number for actor in actors if actor.startswith(_PREFIX) and (number := actor[len(_PREFIX) :]).isdigit()]
    if not numbers:
        return {}
    found = rows(
        "SELECT id, display_name, department FROM accounts_staff WHERE id = ANY(%s::bigint[]) ORDER BY id", [numbers]
    )
    return {f"{_PREFIX}{row['id']}": f"{row['department']} {row['display_name']}" for row in found}
