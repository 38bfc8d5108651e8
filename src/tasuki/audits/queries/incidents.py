"""Reads of incidents and of whom they may concern."""

import datetime as dt
from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from tasuki.audits.incident_rules import clocks
from tasuki.audits.incident_types import Affected, Assessment, Ground, Incident, Source, Step, TakenStep
from tasuki.nodes.sql import rows
from tasuki.screening.queries.residents import protected_among
from tasuki.shared.dates import civil_date
from tasuki.watching.queries.accesses import people_seen

_COLUMNS: Final = (
    "incident_id, title, says, source, known_at, since, staff, grounds, people, items, cause, harm, prevention,"
    " lessons, origin"
)
#: Whoever an incident is about reads nothing of it: they could follow what is being looked at.
_NOT_ABOUT: Final = "staff IS DISTINCT FROM %s"


def incidents(words: str = "", *, reader: str = "") -> list[Incident]:
    """Return incidents that hold some words and are not about their reader, those known last first."""
    return _read(
        f"(%s = '' OR strpos(lower(concat_ws(' ', title, says)), lower(%s)) > 0) AND {_NOT_ABOUT}",
        [words.strip(), words.strip(), reader],
    )


def incident(incident_id: UUID) -> Incident | None:
    """Return one incident, if it is there."""
    return next(iter(_read("incident_id = %s", [incident_id])), None)


def overdue(on: dt.date, *, reader: str) -> int:
    """Count the incidents with a report the law wanted by a day that is over, but those about their reader."""
    found = _read(f"cardinality(grounds) > 0 AND {_NOT_ABOUT}", [reader])
    return sum(any(clock.is_overdue(on) for clock in clocks(one)) for one in found)


def in_hand(*, reader: str) -> int:
    """Count the incidents that are not over, but those about their reader."""
    return sum(not one.is_over for one in _read(_NOT_ABOUT, [reader]))


def affected(found: Incident, until: dt.datetime) -> list[Affected]:
    """Return the residents who were seen since an incident may have begun, protected persons first.

    Of one member of staff where it concerns one, else of everybody.
    """
    seen = people_seen(since=found.since, until=until, staff=found.staff)
    guarded = protected_among([one.person for one in seen], civil_date(until))
    listed = [Affected(one.person, one.accesses, one.first_at, one.last_at, one.person in guarded) for one in seen]
    # Whoever may be in danger comes first.
    listed.sort(key=lambda one: (not one.is_protected, one.person))
    return listed


def _read(condition: str, values: list[Any]) -> list[Incident]:
    found = rows(
        f"SELECT {_COLUMNS} FROM audits_incident WHERE {condition} ORDER BY known_at DESC, incident_id",  # noqa: S608 — columns of ours
        values,
    )
    steps: dict[UUID, list[TakenStep]] = defaultdict(list)
    for row in rows(
        "SELECT incident_id, step, at, by, note FROM audits_incident_step WHERE incident_id = ANY(%s)"
        " ORDER BY at, step",
        [[row["incident_id"] for row in found]],
    ):
        steps[row["incident_id"]].append(TakenStep(Step(row["step"]), row["at"], row["by"], row["note"]))
    return [_incident(row, tuple(steps[row["incident_id"]])) for row in found]


def _incident(row: dict[str, Any], steps: tuple[TakenStep, ...]) -> Incident:
    assessment = Assessment(
        frozenset(map(Ground, row["grounds"])),
        row["people"],
        row["items"],
        row["cause"],
        row["harm"],
        row["prevention"],
    )
    plain = {
        name: row[name] for name in ("incident_id", "title", "says", "known_at", "since", "staff", "lessons", "origin")
    }
    return Incident(source=Source(row["source"]), assessment=assessment, steps=steps, **plain)
