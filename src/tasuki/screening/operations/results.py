"""Single results: recorded, corrected, withdrawn, and adopted from another municipality's answer."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.replica import record_of
from tasuki.layouts.types import RecordProblem, ReplicaContent, ScreeningRecord
from tasuki.nodes.sql import Row, rows, run
from tasuki.screening.errors import (
    AlreadyWithdrawn,
    NoSuchPerson,
    NoSuchResult,
    NotOurResult,
    NotRestorable,
    SelfDeclared,
)
from tasuki.screening.rules import acknowledgement_key, rules, split, stored_form
from tasuki.screening.scrutiny import problems_of_record
from tasuki.screening.types import (
    Adopted,
    HistoryAct,
    Objection,
    Outdated,
    Recorded,
    Rejected,
    Source,
    Withdrawn,
)
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
    objections: Collection[Objection] = (),
) -> Recorded | Rejected:
    """Store a new result of a resident.

    :param acknowledged: keys (`rules.acknowledgement_key`) of the warnings that `by` has seen and stands by.
    :param objections: what the programme's own rule says against it.
    :raises NoSuchPerson: when no resident has the number.
    """
    _lock_person(person)
    checked = _check(person, record, acknowledged, objections, None, at)
    if isinstance(checked, Rejected):
        return checked
    try:
        with transaction.atomic():
            (stored,) = rows(
                _INSERT,
                [person, *_content(record, fee_class, checked, by, at), Source.OWN.value, "", None, at, str(by)],
            )
    except IntegrityError:
        return _already_stored()
    result_id = stored["result_id"]
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
    revision: int | None = None,
    acknowledged: Collection[str] = (),
    objections: Collection[Objection] = (),
) -> Recorded | Rejected | Outdated:
    """Replace what a result says, keeping what it said before.

    :param revision: the revision that was looked at when deciding; None where nobody looked at one.
    :param acknowledged: as for `record_result`; warnings that were acknowledged before are acknowledged again.
    :raises NoSuchResult: when there is none.
    :raises AlreadyWithdrawn: when it no longer stands.
    :raises NotOurResult: when another municipality gave it: only a new answer of theirs can change it.
    :raises SelfDeclared: when the resident declared it.
    """
    former = _standing(result_id)
    _require_own(former)
    if revision is not None and revision != former["revision"]:
        return Outdated(result_id, former["revision"])
    if (former["programme"], former["stage"]) != (record.programme.value, record.stage.value):
        return Rejected((rules()["other_examination"].problem(),))
    person = former["system_person_number"]
    _lock_person(person)
    checked = _check(person, record, acknowledged, objections, result_id, at)
    if isinstance(checked, Rejected):
        return checked
    try:
        with transaction.atomic():
            run(_KEEP_FORMER, [HistoryAct.CORRECTED.value, at, str(by), reason, result_id])
            run(_REVISE, [*_content(record, fee_class, checked, by, at), None, at, str(by), result_id])
    except IntegrityError:
        return _already_stored()
    run(_TELL, [at, result_id])
    append(kind=EntryKind.RESULT_CORRECTED, body=_body(result_id, former["revision"] + 1, by), at=at)
    return Recorded(result_id, former["revision"] + 1, tuple(checked))


@transaction.atomic
def withdraw_result(
    *, result_id: UUID, reason: str, by: Actor, at: dt.datetime, revision: int | None = None
) -> Withdrawn | Outdated:
    """Take a result back: it stays readable with its history but no longer counts.

    :param revision: the revision that was looked at when deciding; None where nobody looked at one.
    :raises NoSuchResult: when there is none.
    :raises AlreadyWithdrawn: when it no longer stands.
    """
    former = _standing(result_id)
    if revision is not None and revision != former["revision"]:
        return Outdated(result_id, former["revision"])
    _turn(result_id, HistoryAct.WITHDRAWN, at, reason, by, at)
    if former["source"] == Source.OWN:
        run(_TELL, [at, result_id])
    append(kind=EntryKind.RESULT_WITHDRAWN, body=_body(result_id, former["revision"] + 1, by), at=at)
    return Withdrawn(result_id, former["revision"] + 1)


@transaction.atomic
def restore_result(*, result_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Recorded | Rejected:
    """Let a withdrawn result stand again as it was, unless another took its place meanwhile.

    :raises NoSuchResult: when there is none.
    :raises NotRestorable: when it stands, or was withdrawn with its whole import.
    """
    former = _locked(result_id)
    acts = rows(
        "SELECT act FROM screening_result_history WHERE result_id = %s ORDER BY revision DESC LIMIT 1", [result_id]
    )
    if former["withdrawn_at"] is None or not acts or acts[0]["act"] != HistoryAct.WITHDRAWN:
        raise NotRestorable(NotRestorable.__doc__)
    try:
        with transaction.atomic():
            _turn(result_id, HistoryAct.RESTORED, None, reason, by, at)
    except IntegrityError:
        return _already_stored()
    if former["source"] == Source.OWN:
        run(_TELL, [at, result_id])
    append(kind=EntryKind.RESULT_RESTORED, body=_body(result_id, former["revision"] + 1, by), at=at)
    return Recorded(result_id, former["revision"] + 1)


def _turn(
    result_id: UUID, act: HistoryAct, withdrawn_at: dt.datetime | None, reason: str, by: Actor, at: dt.datetime
) -> None:
    """Let a result stand or stand no longer, keeping how it was."""
    run(_KEEP_FORMER, [act.value, at, str(by), reason, result_id])
    run(
        "UPDATE screening_result SET withdrawn_at = %s, revision = revision + 1, recorded_at = %s, recorded_by = %s"
        " WHERE result_id = %s",
        [withdrawn_at, at, str(by), result_id],
    )


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
    _lock_person(person)
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
    record = record_of(content)
    values = _content(record, "", [], by, at)
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


def _check(
    person: str,
    record: ScreeningRecord,
    acknowledged: Collection[str],
    objections: Collection[Objection],
    replacing: UUID | None,
    at: dt.datetime,
) -> list[RecordProblem] | Rejected:
    """Return the warnings that were acknowledged, or why the record stays out."""
    found = problems_of_record(
        person=person, record=record, on=civil_date(at), objections=objections, replacing=replacing
    )
    errors, warnings = split(found)
    if errors or any(acknowledgement_key(warning) not in acknowledged for warning in warnings):
        return Rejected((*errors, *warnings))
    return warnings


def _already_stored() -> Rejected:
    return Rejected((rules()["already_stored"].problem(),))


def _lock_person(person: str) -> None:
    """Let nobody else record anything of a person meanwhile, or what is a duplicate could not be told."""
    if not run("SELECT FROM screening_resident WHERE system_person_number = %s FOR NO KEY UPDATE", [person]):
        raise NoSuchPerson(NoSuchPerson.__doc__)


def _standing(result_id: UUID) -> Row:
    found = _locked(result_id)
    if found["withdrawn_at"] is not None:
        raise AlreadyWithdrawn(AlreadyWithdrawn.__doc__)
    return found


def _locked(result_id: UUID) -> Row:
    found = rows(
        "SELECT system_person_number, programme, stage, source, revision, withdrawn_at FROM screening_result"
        " WHERE result_id = %s FOR UPDATE",
        [result_id],
    )
    if not found:
        raise NoSuchResult(NoSuchResult.__doc__)
    return found[0]


def _require_own(former: Row) -> None:
    if former["source"] == Source.OTHER_MUNICIPALITY:
        raise NotOurResult(NotOurResult.__doc__)
    if former["source"] == Source.WORKPLACE:
        raise SelfDeclared(SelfDeclared.__doc__)


def _content(
    record: ScreeningRecord, fee_class: str, warnings: Sequence[RecordProblem], by: Actor, at: dt.datetime
) -> list[object]:
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
        orjson.dumps(stored_form(warnings, by=by, at=at)).decode(),
    ]


def _body(result_id: UUID, revision: int, by: Actor) -> dict[str, object]:
    """Name a result in the log: its identifier leads to the person, for those who may see both.

    Why it was corrected or withdrawn is free text, in which staff may name someone: it stays in the history.
    """
    return {"result_id": str(result_id), "revision": revision, "by": str(by)}
