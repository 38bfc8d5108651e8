"""Single results: recorded, corrected, withdrawn, and adopted from another municipality's answer."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import RecordProblem, ReplicaContent, ScreeningRecord
from tasuki.layouts.validate import problems_in
from tasuki.nodes.sql import Row, rows, run
from tasuki.screening.errors import AlreadyWithdrawn, NoSuchPerson, NoSuchResult, NotOurResult
from tasuki.screening.rules import Lifetime, problems_with_lifetime, rules, split, stored_form
from tasuki.screening.types import Adopted, HistoryAct, Recorded, Rejected, Source, Withdrawn
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_INSERT = """
INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, examined_date, age,
  encounter_type, facility_number, facility_name, fee_class, items, absent, warnings, source, source_institution,
  transaction_number, revision, recorded_at, recorded_by)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s, %s)
RETURNING result_id
"""

_REVISE = """
UPDATE screening_result SET programme = %s, stage = %s, fiscal_year = %s, sequence = %s, examined_date = %s, age = %s,
  encounter_type = %s, facility_number = %s, facility_name = %s, fee_class = %s, items = %s, absent = %s,
  warnings = %s, transaction_number = %s, revision = revision + 1, recorded_at = %s, recorded_by = %s
WHERE result_id = %s
"""

_KEEP_FORMER = """
INSERT INTO screening_result_history (result_id, revision, act, ended_at, ended_by, reason, former)
SELECT result_id, revision, %s, %s, %s, %s, to_jsonb(r) FROM screening_result r WHERE result_id = %s
"""

_TELL = """
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESULT', system_person_number, result_id, revision, %s FROM screening_result WHERE result_id = %s
"""


@transaction.atomic
def record_result(
    *,
    person: str,
    record: ScreeningRecord,
    fee_class: str,
    by: Actor,
    at: dt.datetime,
    acknowledged: Collection[str] = (),
    source: Source = Source.OWN,
) -> Recorded | Rejected:
    """Store a new result of a resident.

    :param acknowledged: ids of the rules whose warnings staff have seen and stand by.
    :raises NoSuchPerson: when no resident has the number.
    """
    checked = _check(record, _lifetime(person), acknowledged, at)
    if isinstance(checked, Rejected):
        return checked
    try:
        with transaction.atomic():
            (stored,) = rows(
                _INSERT,
                [person, *_content(record, fee_class, checked), source.value, "", None, at, str(by)],
            )
    except IntegrityError:
        return _already_stored()
    result_id = stored["result_id"]
    if source is Source.OWN:
        run(_TELL, [at, result_id])
    append(kind=EntryKind.RESULT_RECORDED, body=_body(result_id, 1, by), at=at)
    return Recorded(result_id, 1, tuple(checked))


@transaction.atomic
def correct_result(
    *,
    result_id: UUID,
    record: ScreeningRecord,
    fee_class: str,
    reason: str,
    by: Actor,
    at: dt.datetime,
    acknowledged: Collection[str] = (),
) -> Recorded | Rejected:
    """Replace what a result says, keeping what it said before.

    :raises NoSuchResult: when there is none.
    :raises AlreadyWithdrawn: when it no longer stands.
    :raises NotOurResult: when another municipality gave it: only a new answer of theirs can change it.
    """
    former = _locked(result_id)
    if former["source"] == Source.OTHER_MUNICIPALITY:
        raise NotOurResult(NotOurResult.__doc__)
    checked = _check(record, _lifetime(former["system_person_number"]), acknowledged, at)
    if isinstance(checked, Rejected):
        return checked
    try:
        with transaction.atomic():
            run(_KEEP_FORMER, [HistoryAct.CORRECTED.value, at, str(by), reason, result_id])
            run(_REVISE, [*_content(record, fee_class, checked), None, at, str(by), result_id])
    except IntegrityError:
        return _already_stored()
    revision = former["revision"] + 1
    if former["source"] == Source.OWN:
        run(_TELL, [at, result_id])
    append(kind=EntryKind.RESULT_CORRECTED, body=_body(result_id, revision, by), at=at)
    return Recorded(result_id, revision, tuple(checked))


@transaction.atomic
def withdraw_result(*, result_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Withdrawn:
    """Take a result back: it stays readable with its history but no longer counts.

    :raises NoSuchResult: when there is none.
    :raises AlreadyWithdrawn: when it no longer stands.
    """
    former = _locked(result_id)
    run(_KEEP_FORMER, [HistoryAct.WITHDRAWN.value, at, str(by), reason, result_id])
    run(
        "UPDATE screening_result SET withdrawn_at = %s, revision = revision + 1, recorded_at = %s, recorded_by = %s"
        " WHERE result_id = %s",
        [at, at, str(by), result_id],
    )
    revision = former["revision"] + 1
    if former["source"] == Source.OWN:
        run(_TELL, [at, result_id])
    append(kind=EntryKind.RESULT_WITHDRAWN, body=_body(result_id, revision, by), at=at)
    return Withdrawn(result_id, revision)


@transaction.atomic
def adopt_results(
    *,
    person: str,
    transaction_number: str,
    institution: str,
    contents: Sequence[ReplicaContent],
    by: Actor,
    at: dt.datetime,
) -> Adopted:
    """Take another municipality's answer into a person's history, once however often it arrives.

    A screening that was not taken is an answer but no result, so it is counted and not stored. A later answer about
    the same screening takes the place of the earlier one, whose content is kept.

    :raises NoSuchPerson: when no resident has the number.
    """
    _lifetime(person)
    taken = [content for content in contents if content.taken]
    stored = sum(_adopt(person, transaction_number, institution, content, by, at) for content in taken)
    append(
        kind=EntryKind.RESULT_ADOPTED,
        body={"system_person_number": person, "institution": institution, "stored": stored, "by": str(by)}
        | {"answered": len(contents), "data_sets": sorted({content.data_set for content in contents})},
        transaction_number=transaction_number,
        at=at,
    )
    return Adopted(stored, len(taken) - stored, len(contents) - len(taken))


def _adopt(
    person: str, transaction_number: str, institution: str, content: ReplicaContent, by: Actor, at: dt.datetime
) -> bool:
    """Store one adopted screening, and say whether anything changed."""
    record = _record_of(content)
    values = _content(record, "", [])
    found = rows(
        "SELECT result_id, items, absent, examined_date, age, encounter_type, facility_name FROM screening_result"
        " WHERE system_person_number = %s AND programme = %s AND stage = %s AND fiscal_year = %s AND sequence = %s"
        " AND source = %s AND source_institution = %s AND withdrawn_at IS NULL FOR UPDATE",
        [person, *values[:4], Source.OTHER_MUNICIPALITY.value, institution],
    )
    if not found:
        run(
            _INSERT,
            [person, *values, Source.OTHER_MUNICIPALITY.value, institution, transaction_number, at, str(by)],
        )
        return True
    if _says_the_same(found[0], record):
        return False
    result_id = found[0]["result_id"]
    reason = f"answer {transaction_number}"
    run(_KEEP_FORMER, [HistoryAct.CORRECTED.value, at, str(by), reason, result_id])
    run(_REVISE, [*values, transaction_number, at, str(by), result_id])
    return True


def _says_the_same(stored: Row, record: ScreeningRecord) -> bool:
    return (
        orjson.loads(stored["items"]) == dict(record.items)
        and orjson.loads(stored["absent"]) == {code: reason.value for code, reason in record.absent.items()}
        and all(
            stored[name] == getattr(record, name)
            for name in ("examined_date", "age", "encounter_type", "facility_name")
        )
    )


def _record_of(content: ReplicaContent) -> ScreeningRecord:
    data_set = catalogue().data_set(content.data_set)
    return ScreeningRecord(
        programme=data_set.programme,
        stage=data_set.stage,
        fiscal_year=content.fiscal_year,
        sequence=content.sequence,
        examined_date=content.examined_date,
        age=content.age,
        encounter_type=content.encounter_type,
        facility_number=None,
        facility_name=content.facility_name,
        items=content.items,
        absent=content.absent,
    )


def _check(
    record: ScreeningRecord, life: Lifetime, acknowledged: Collection[str], at: dt.datetime
) -> list[RecordProblem] | Rejected:
    """Return the warnings that were acknowledged, or why the record stays out."""
    problems = [*problems_in(record, civil_date(at)), *problems_with_lifetime(record, life)]
    errors, warnings = split(problems)
    if errors or any(warning.rule not in acknowledged for warning in warnings):
        return Rejected((*errors, *warnings))
    return warnings


def _already_stored() -> Rejected:
    return Rejected((rules()["already_stored"].problem(),))


def _lifetime(person: str) -> Lifetime:
    found = rows(
        "SELECT birth_date, moved_out_date, died_date FROM screening_resident WHERE system_person_number = %s", [person]
    )
    if not found:
        raise NoSuchPerson(NoSuchPerson.__doc__)
    return Lifetime(**found[0])


def _locked(result_id: UUID) -> Row:
    found = rows(
        "SELECT system_person_number, source, revision, withdrawn_at FROM screening_result WHERE result_id = %s"
        " FOR UPDATE",
        [result_id],
    )
    if not found:
        raise NoSuchResult(NoSuchResult.__doc__)
    if found[0]["withdrawn_at"] is not None:
        raise AlreadyWithdrawn(AlreadyWithdrawn.__doc__)
    return found[0]


def _content(record: ScreeningRecord, fee_class: str, warnings: Sequence[RecordProblem]) -> list[object]:
    """Give the columns of a result from `programme` to `warnings`."""
    return [
        record.programme.value,
        record.stage.value,
        record.fiscal_year,
        record.sequence,
        record.examined_date,
        record.age,
        record.encounter_type,
        record.facility_number,
        record.facility_name,
        fee_class,
        orjson.dumps(dict(record.items)).decode(),
        orjson.dumps(dict(record.absent)).decode(),
        orjson.dumps(stored_form(warnings)).decode(),
    ]


def _body(result_id: UUID, revision: int, by: Actor) -> dict[str, object]:
    """Name a result in the log: its identifier leads to the person, for those who may see both.

    Why it was corrected or withdrawn is free text, in which staff may name someone: it stays in the history.
    """
    return {"result_id": str(result_id), "revision": revision, "by": str(by)}
