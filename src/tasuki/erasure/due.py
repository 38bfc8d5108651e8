"""What is due now, and what stands in the way of its erasure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from tasuki.erasure.catalogue import rules
from tasuki.erasure.types import Obstacle, Rule, Subject
from tasuki.followup.queries import cases_by_result
from tasuki.followup.types import CaseState
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.sql import Row, rows
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.people import quarantined
from tasuki.screening.queries.residents import protected_among

#: Each gives `key` and `year`, the fiscal year that is over.
_FISCAL_YEAR: Final = "extract(year FROM {} - interval '3 months')::int"
_GONE: Final = "greatest(p.moved_out_date, p.died_date)"
_SENT: Final = "(l.issued_at AT TIME ZONE 'Asia/Tokyo')"
_TAKEN_IN: Final = "(coalesce(b.closed_at, b.committed_at, b.previewed_at) AT TIME ZONE 'Asia/Tokyo')"
_DUE: Final[Mapping[Subject, str]] = {
    Subject.RESULT: "SELECT r.result_id::text AS key, r.fiscal_year::int AS year FROM screening_result r"
    " WHERE r.fiscal_year < extract(year FROM %(before)s::date)",
    Subject.PERSON: f"SELECT p.system_person_number AS key, {_FISCAL_YEAR.format(_GONE)} AS year"  # noqa: S608 — our own text
    f" FROM screening_resident p WHERE {_GONE} < %(before)s AND NOT EXISTS (SELECT FROM screening_result r"
    " WHERE r.system_person_number = p.system_person_number"
    " AND r.fiscal_year >= extract(year FROM %(before)s::date))",
    Subject.BATCH: f"SELECT b.batch_id::text AS key, {_FISCAL_YEAR.format(_TAKEN_IN)} AS year"  # noqa: S608 — our own text
    f" FROM screening_import_batch b WHERE {_TAKEN_IN} < %(before)s AND b.state <> 'PREVIEWED'"
    " AND (EXISTS (SELECT FROM screening_import_problem_row x WHERE x.batch_id = b.batch_id)"
    " OR EXISTS (SELECT FROM screening_import_problem x WHERE x.batch_id = b.batch_id)"
    " OR EXISTS (SELECT FROM screening_import_row_change x WHERE x.batch_id = b.batch_id)"
    " OR EXISTS (SELECT FROM screening_import_row x WHERE x.batch_id = b.batch_id))",
    Subject.LETTER: f"SELECT l.letter_id::text AS key, {_FISCAL_YEAR.format(_SENT)} AS year"  # noqa: S608 — our own text
    f" FROM letters_letter l WHERE {_SENT} < %(before)s",
}
# What is on the list of a request that goes on is not due a second time.
_NOT_LISTED: Final = """NOT EXISTS (SELECT FROM erasure_item i JOIN erasure_request e USING (erasure_id)
  WHERE i.kind = %(kind)s AND i.key = due.key
    AND e.withdrawn_at IS NULL AND e.refused_at IS NULL AND e.proven_at IS NULL)"""


def due_by_year(rule: Rule, on: dt.date) -> dict[int, int]:
    """Return how much of a rule is due on a day, by fiscal year; nothing where no request carries it."""
    if rule.subject is None:
        return {}
    found = rows(
        f"SELECT year, count(*) AS n FROM ({_DUE[rule.subject]}) due WHERE {_NOT_LISTED}"  # noqa: S608 — our own text
        " GROUP BY year ORDER BY year",
        _values(rule, rule.subject, on),
    )
    return {row["year"]: row["n"] for row in found}


def due_keys(rule: Rule, on: dt.date, *, most: int) -> list[str]:
    """Return the keys of what is due by a rule on a day, the oldest first."""
    if rule.subject is None:
        return []
    found = rows(
        f"SELECT key FROM ({_DUE[rule.subject]}) due WHERE {_NOT_LISTED}"  # noqa: S608 — our own text
        " ORDER BY year, key LIMIT %(most)s",
        _values(rule, rule.subject, on) | {"most": most},
    )
    return [row["key"] for row in found]


def before_their_time(numbers: Sequence[str], on: dt.date) -> set[str]:
    """Return who left or died and whose records are still to be kept on a day, by the rule for such people."""
    [rule] = [one for one in rules() if one.subject is Subject.PERSON]
    over = rows(
        f"SELECT key FROM ({_DUE[Subject.PERSON]}) due WHERE key = ANY(%(numbers)s)",  # noqa: S608 — our own text
        _values(rule, Subject.PERSON, on) | {"numbers": list(numbers)},
    )
    return set(numbers).difference((row["key"] for row in over), *_not_gone(numbers, on).values())


def _values(rule: Rule, subject: Subject, on: dt.date) -> dict[str, object]:
    return {"before": rule.due_before(on), "kind": subject.value}


def obstacles(subject: Subject, keys: Sequence[str], on: dt.date) -> dict[Obstacle, set[str]]:
    """Return which of these cannot be erased now, by what stands in the way; what goes well is left out."""
    if subject is Subject.PERSON:
        found = _of_people({number: {number} for number in keys}, on)
        results = {row["result_id"]: row["system_person_number"] for row in _results_of(keys)}
        found[Obstacle.OPEN_FOLLOWUP] = {results[one] for one in _followed(list(results))}
        return _some(found | _not_gone(keys, on))
    if subject is Subject.RESULT:
        owners: dict[str, set[str]] = defaultdict(set)
        for row in rows(
            "SELECT result_id::text, system_person_number FROM screening_result WHERE result_id = ANY(%s::uuid[])",
            [list(keys)],
        ):
            owners[row["system_person_number"]].add(row["result_id"])
        found = _of_people(owners, on)
        found[Obstacle.OPEN_FOLLOWUP] = {str(one) for one in _followed([UUID(key) for key in keys])}
        return _some(found)
    return {}


def _some(found: Mapping[Obstacle, set[str]]) -> dict[Obstacle, set[str]]:
    return {obstacle: keys for obstacle, keys in found.items() if keys}


def _results_of(numbers: Sequence[str]) -> list[Row]:
    return rows(
        "SELECT result_id, system_person_number FROM screening_result WHERE system_person_number = ANY(%s)",
        [list(numbers)],
    )


def _followed(result_ids: Sequence[UUID]) -> list[UUID]:
    """Return which of these results began a case somebody still works on."""
    at_work = (CaseState.NEEDED, CaseState.REMINDED, CaseState.UNDER_WAY)
    return [one for one, case in cases_by_result(result_ids).items() if case.state in at_work]


def _not_gone(numbers: Sequence[str], on: dt.date) -> dict[Obstacle, set[str]]:
    found = rows(
        "SELECT system_person_number AS number, coalesce(least(moved_out_date, died_date) <= %s, false) AS is_gone"
        " FROM screening_resident WHERE system_person_number = ANY(%s)",
        [on, list(numbers)],
    )
    return {
        Obstacle.UNKNOWN: set(numbers) - {row["number"] for row in found},
        Obstacle.LIVES_HERE: {row["number"] for row in found if not row["is_gone"]},
    }


def _of_people(owned: Mapping[str, set[str]], on: dt.date) -> dict[Obstacle, set[str]]:
    """Return what stands in the way of people, as keys of what is theirs."""
    numbers = list(owned)
    unified = unified_numbers(SYSTEM, numbers)
    stopped, decided = quarantined(unified.values()), _with_open_case(numbers, list(unified.values()))
    asked = rows(
        "SELECT DISTINCT system_person_number AS number FROM linkage_inquiry WHERE system_person_number = ANY(%s)"
        " AND state IN ('created', 'sent', 'permitted', 'held', 'received')",
        [numbers],
    )
    hindered = {
        Obstacle.PROTECTED: protected_among(numbers, on),
        Obstacle.QUARANTINED: {number for number, person in unified.items() if person in stopped},
        Obstacle.OPEN_CASE: {one for one in numbers if one in decided or unified.get(one) in decided},
        Obstacle.OPEN_EXCHANGE: {row["number"] for row in asked},
    }
    return {obstacle: {key for one in people for key in owned[one]} for obstacle, people in hindered.items()}


def _with_open_case(numbers: Sequence[str], people: Sequence[str]) -> set[str]:
    """Return which of these numbers, of either kind, a case about who is who is open."""
    found = rows(
        "SELECT CASE WHEN system = %s THEN system_person_number END AS number, person, other FROM persons_case"
        " WHERE state IN ('OPEN', 'PROPOSED') AND (system = %s AND system_person_number = ANY(%s)"
        " OR person = ANY(%s) OR other = ANY(%s))",
        [SYSTEM, SYSTEM, list(numbers), list(people), list(people)],
        alias="index",
    )
    return {value for row in found for value in row.values() if value is not None}
