"""What is done and learnt about cases is recorded, taken back, and a year is closed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID, uuid4

import orjson
from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append, append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.followup import queries
from tasuki.followup.errors import NoSuchActError, NoSuchCaseError
from tasuki.followup.rules import problems_with_answer
from tasuki.followup.types import ActKind, Answer, Case, Closing, Means, Refused
from tasuki.nodes.sql import listed, rows, run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: How many results one record of evidence names: it has a limit of its own, and a year's reminders go beyond it.
RESULTS_OF_ENTRY = 1000
_INSERT = """
INSERT INTO followup_act (act_id, place, result_id, system_person_number, kind, acted_date, answer, letter_number,
  revokes, recorded_at, recorded_by)
VALUES (%s, nextval('followup_place'), %s, %s, %s, %s, %s, '', %s, %s, %s)
"""
_REMIND = """
INSERT INTO followup_act (act_id, place, result_id, system_person_number, kind, acted_date, answer, letter_number,
  recorded_at, recorded_by)
SELECT act_id, nextval('followup_place'), result_id, system_person_number, 'REMINDED', %s, %s, letter_number, %s, %s
FROM jsonb_to_recordset(%s::jsonb)
  AS r(act_id uuid, result_id uuid, system_person_number text, letter_number text)
"""


@transaction.atomic
def record_act(
    *, result_id: UUID, kind: ActKind, acted_date: dt.date, answer: Answer, by: Actor, at: dt.datetime
) -> Case | Refused:
    """Record what was done or learnt about a case, and give the case as it stands then.

    :raises NoSuchCaseError: when the result asks for no detailed examination.
    """
    case = _case(result_id)
    problems = problems_with_answer(
        kind, answer, case.programme, case.items, screened=case.examined_date, on=civil_date(at)
    )
    if kind is ActKind.UNSUITABLE and answer.unsuitable_result not in ("", str(case.detailed_id)):
        problems["unsuitable_result"] = "unknown"
    if problems:
        return Refused(problems)
    run(
        _INSERT,
        [uuid4(), result_id, case.system_person_number, kind.value, acted_date, _written(answer), None, at, str(by)],
    )
    _record(kind, [result_id], by, at)
    return _case(result_id)


@transaction.atomic
def record_reminders(*, letters: Sequence[tuple[UUID, str]], acted_date: dt.date, by: Actor, at: dt.datetime) -> int:
    """Record letters that remind, by the results of their cases and the letters' numbers; give how many were recorded.

    Results that ask for nothing (any more) are left out: their letter reminded nobody of anything.
    """
    known = queries.cases_by_result([result_id for result_id, _ in letters])
    told = [
        {
            "act_id": str(uuid4()),
            "result_id": str(result_id),
            "system_person_number": known[result_id].system_person_number,
            "letter_number": number,
        }
        for result_id, number in letters
        if result_id in known
    ]
    run(_REMIND, [acted_date, _written(Answer(means=Means.LETTER)), at, str(by), listed(told)])
    _record(ActKind.REMINDED, [UUID(one["result_id"]) for one in told], by, at)
    return len(told)


@transaction.atomic
def revoke_act(*, act_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Case:
    """Take back something recorded by mistake; it stays readable, and the case stands as if it were not there.

    :raises NoSuchActError: when there is no such record, or it was taken back before.
    """
    found = queries.act(act_id)
    if found is None or found.is_revoked:
        raise NoSuchActError(NoSuchActError.__doc__)
    case = _case(found.result_id)
    try:
        with transaction.atomic():
            run(
                _INSERT,
                [
                    uuid4(), found.result_id, case.system_person_number, ActKind.REVOKED.value, at.date(),
                    _written(Answer(reason=reason)), act_id, at, str(by),
                ],
            )  # fmt: skip
    except IntegrityError as error:
        raise NoSuchActError(NoSuchActError.__doc__) from error
    _record(ActKind.REVOKED, [found.result_id], by, at)
    return _case(found.result_id)


@transaction.atomic
def close_year(*, fiscal_year: int, by: Actor, at: dt.datetime) -> Closing:
    """Close the follow-up of a fiscal year: whoever gave no answer counts as unknown until one comes; once only."""
    run(
        "INSERT INTO followup_closing (fiscal_year, closed_at, closed_by) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [fiscal_year, at, str(by)],
    )
    (stored,) = rows(
        "SELECT fiscal_year, closed_at, closed_by FROM followup_closing WHERE fiscal_year = %s", [fiscal_year]
    )
    if stored["closed_at"] == at:
        append(kind=EntryKind.FOLLOWUP_CLOSED, body={"fiscal_year": fiscal_year, "by": str(by)}, at=at)
    return Closing(**stored)


def _case(result_id: UUID) -> Case:
    found = queries.case(result_id)
    if found is None:
        raise NoSuchCaseError(NoSuchCaseError.__doc__)
    return found


def _record(kind: ActKind, results: Sequence[UUID], by: Actor, at: dt.datetime) -> None:
    named = sorted(map(str, results))
    append_many(
        entries=[
            Entry(
                EntryKind.FOLLOWUP_RECORDED,
                {"act": kind, "results": named[start : start + RESULTS_OF_ENTRY], "by": str(by)},
            )
            for start in range(0, len(named), RESULTS_OF_ENTRY)
        ],
        at=at,
    )


def _written(answer: Answer) -> str:
    return orjson.dumps(asdict(answer)).decode()
