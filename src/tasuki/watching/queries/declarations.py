"""Reads of what staff declared of themselves: whether, never what; the number is for the rules alone."""

import datetime as dt
from collections.abc import Sequence

from tasuki.accounts.queries import accounts_that_see_people
from tasuki.nodes.sql import rows
from tasuki.watching.types import Related


def has_declared(staff: str) -> bool:
    """Say whether a member of staff declared their number."""
    return bool(rows("SELECT FROM watching_declaration WHERE staff = %s", [staff]))


def undeclared(on: dt.date) -> int:
    """Return how many open accounts that see residents have no number declared: no rule knows their household."""
    declared = {row["staff"] for row in rows("SELECT staff FROM watching_declaration")}
    return len([one for one in accounts_that_see_people(on) if str(one.member.as_actor()) not in declared])


def related(staff: Sequence[str]) -> Related:
    """Return the households of these members of staff as they are now, and who of the residents is a colleague."""
    lives = rows(
        "SELECT staff, person FROM watching_declaration WHERE staff = ANY(%s)"
        " UNION SELECT d.staff, r.system_person_number FROM watching_declaration d"
        " JOIN screening_resident own ON own.system_person_number = d.person AND own.household_number <> ''"
        " JOIN screening_resident r ON r.household_number = own.household_number WHERE d.staff = ANY(%s)",
        [list(staff), list(staff)],
    )
    households: dict[str, set[str]] = {}
    for row in lives:
        households.setdefault(row["staff"], set()).add(row["person"])
    # A town has hundreds of staff, so they are given at once.
    colleagues = rows("SELECT person, staff FROM watching_declaration")
    return Related(
        {name: frozenset(found) for name, found in households.items()},
        {row["person"]: row["staff"] for row in colleagues},
    )
