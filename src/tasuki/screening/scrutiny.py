"""Looks a record up and over: its own content, the person, their other screenings, its institution.

The very same check decides before a form is saved and within the operation that saves it.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from tasuki.layouts.types import RecordProblem, ScreeningRecord
from tasuki.layouts.validate import problems_in
from tasuki.nodes.sql import rows
from tasuki.screening import facility_register, queries
from tasuki.screening.circumstances import Circumstances, Other, problems_with_circumstances
from tasuki.screening.errors import NoSuchPerson
from tasuki.screening.rules import Lifetime
from tasuki.screening.types import Objection


def problems_of_record(
    *,
    person: str,
    record: ScreeningRecord,
    on: dt.date,
    objections: Collection[Objection] = (),
    replacing: UUID | None = None,
) -> list[RecordProblem]:
    """Return everything that is wrong with a record of a resident, errors and warnings.

    :param replacing: the stored result the record takes the place of, which it is therefore not held against.
    :raises NoSuchPerson: when no resident has the number.
    """
    facts = Circumstances(
        life=lifetime(person),
        others=others_of(person, replacing=replacing),
        facility=facility_register.entries_of(record.facility_number) if record.facility_number else (),
        objections=frozenset(objections),
    )
    found = [*problems_in(record, on), *problems_with_circumstances(record, facts)]
    # One rule may be broken on two counts; whoever reads it needs it once.
    return list(dict.fromkeys(found))


def lifetime(person: str) -> Lifetime:
    """Return the days of a resident's life that bear on a screening.

    :raises NoSuchPerson: when no resident has the number.
    """
    found = rows(
        "SELECT birth_date, moved_out_date, died_date FROM screening_resident WHERE system_person_number = %s", [person]
    )
    if not found:
        raise NoSuchPerson(NoSuchPerson.__doc__)
    return Lifetime(**found[0])


def others_of(person: str, *, replacing: UUID | None = None) -> list[Other]:
    """Return a person's standing screenings but one, whoever gave them."""
    return [
        Other(result.result_id, result.record) for result in queries.results_of(person) if result.result_id != replacing
    ]
