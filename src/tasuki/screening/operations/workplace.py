"""Screenings at a workplace that a resident declares (自己申告の職域検診): they count in the history, and stay here.

There is no report behind them, so they have no items, and nothing of them is ever provided to anybody.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.types import ScreeningRecord, Stage
from tasuki.nodes.sql import rows, run
from tasuki.screening.declarations import problems_of_declaration
from tasuki.screening.errors import NoSuchPerson
from tasuki.screening.rules import acknowledgement_key, split, stored_form
from tasuki.screening.types import Recorded, Rejected, Source
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_INSERT = """
INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, examined_date, age,
  facility_name, fee_class, items, absent, warnings, source, source_institution, revision, recorded_at, recorded_by,
  declared_outcome)
SELECT %s, %s, %s, %s, 1 + coalesce(max(sequence), 0), %s, %s, %s, '', '{}', '{}', %s, %s, '', 1, %s, %s, %s
FROM screening_result WHERE system_person_number = %s AND programme = %s AND fiscal_year = %s AND source = %s
RETURNING result_id
"""


@transaction.atomic
def declare_workplace_screening(
    *,
    person: str,
    record: ScreeningRecord,
    outcome: str,
    by: Actor,
    at: dt.datetime,
    acknowledged: Collection[str] = (),
) -> Recorded | Rejected:
    """Store what a resident says of a screening at their workplace.

    :param record: programme, fiscal year, date and place (`facility_name`); anything else it says is not taken.
    :param outcome: what the resident says came of it, in their words; may be empty.
    :param acknowledged: keys of the warnings that `by` has seen and stands by.
    :raises NoSuchPerson: when no resident has the number.
    """
    if not run("SELECT FROM screening_resident WHERE system_person_number = %s FOR NO KEY UPDATE", [person]):
        raise NoSuchPerson(NoSuchPerson.__doc__)
    errors, warnings = split(problems_of_declaration(person=person, record=record, on=civil_date(at)))
    if errors or any(acknowledgement_key(warning) not in acknowledged for warning in warnings):
        return Rejected((*errors, *warnings))
    key = [person, record.programme.value]
    (stored,) = rows(
        _INSERT,
        [
            *key, Stage.PRIMARY.value, record.fiscal_year, record.examined_date, record.age, record.facility_name,
            orjson.dumps(stored_form(warnings, by=by, at=at)).decode(), Source.WORKPLACE.value, at, str(by),
            outcome or None, *key, record.fiscal_year, Source.WORKPLACE.value,
        ],
    )  # fmt: skip
    result_id: UUID = stored["result_id"]
    append(
        kind=EntryKind.RESULT_RECORDED,
        body={"result_id": str(result_id), "revision": 1, "source": Source.WORKPLACE.value, "by": str(by)},
        at=at,
    )
    return Recorded(result_id, 1, tuple(warnings))
