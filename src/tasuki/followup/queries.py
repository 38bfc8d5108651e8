"""Reads of the follow-up: cases with their states, and what was done about each."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import orjson

from tasuki.followup.rules import SENT_LATELY, hpv_step
from tasuki.followup.statements import cases, unjudged
from tasuki.followup.types import (
    Act,
    ActKind,
    Answer,
    Attention,
    Case,
    CaseFilter,
    CaseOrder,
    CasePage,
    CaseState,
    Closing,
    HpvStep,
    NoticeFilter,
)
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.letters import queries as letters
from tasuki.letters.types import LetterKind
from tasuki.nodes.sql import Row, rows
from tasuki.screening.sight import in_sight

_ACT = (
    "a.act_id, a.result_id, a.kind, a.acted_date, a.answer, a.recorded_at, a.recorded_by, a.letter_number,"
    " v.act_id IS NOT NULL AS is_revoked, v.recorded_at AS revoked_at, coalesce(v.recorded_by, '') AS revoked_by,"
    " coalesce(v.answer->>'reason', '') AS revoked_reason"
    " FROM followup_act a LEFT JOIN followup_act v ON v.revokes = a.act_id"
)


_ORDERS = {
    CaseOrder.WAITING: "coalesce(l.examined_date, ''), l.recorded_at",
    CaseOrder.NEWEST: "l.examined_date DESC NULLS LAST, l.recorded_at DESC",
    CaseOrder.READING: (
        "(SELECT p.folded_kana FROM screening_resident p WHERE p.system_person_number = l.system_person_number)"
    ),
}
# A result that was corrected after its notice is told again: what somebody was told must be what stands.
_NOT_TOLD = """
NOT EXISTS (SELECT FROM letters_letter l WHERE l.kind IN ('RESULT_NOTICE', 'GATHERED_NOTICE')
  AND l.subject = r.result_id::text AND l.issued_at >= r.recorded_at)
"""


def case(result_id: UUID) -> Case | None:
    """Return a case by the result that began it; None where that result asks for no detailed examination."""
    found = rows(cases("r.result_id = %s"), [result_id])
    return _case(found[0]) if found else None


def cases_by_result(result_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """Return cases by the results that began them; results that began none are left out."""
    found = rows(cases("r.result_id = ANY(%s)"), [list(result_ids)])
    return {row["result_id"]: _case(row) for row in found}


def cases_of(system_person_number: str) -> list[Case]:
    """Return a person's cases, newest first."""
    found = rows(
        cases("r.system_person_number = %s") + " ORDER BY r.fiscal_year DESC, r.programme, r.sequence",
        [system_person_number],
    )
    return [_case(row) for row in found]


def list_cases(
    wanted: CaseFilter, *, order: CaseOrder = CaseOrder.WAITING, limit: int = 50, offset: int = 0
) -> CasePage:
    """Return one page of cases, those that wait longest first unless another order is asked for."""
    statement, params = _filtered(wanted)
    found = rows(
        f"WITH listed AS ({statement}) SELECT l.*, (SELECT count(*) FROM listed) AS total FROM listed l"  # noqa: S608 — a statement of ours
        f" ORDER BY {_ORDERS[order]}, l.result_id LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )
    if not found and offset:
        return CasePage(list_cases(wanted, limit=1).total, ())
    return CasePage(found[0]["total"] if found else 0, tuple(_case(row) for row in found))


def how_many(wanted: CaseFilter) -> int:
    """Return how many cases a list holds."""
    return sum(counts(wanted).values())


def result_ids(wanted: CaseFilter) -> list[UUID]:
    """Return which cases a list holds, those that wait longest first: for work on the whole list."""
    statement, params = _filtered(wanted)
    found = rows(
        f"SELECT result_id FROM ({statement}) AS listed"  # noqa: S608 — as above
        " ORDER BY coalesce(examined_date, ''), recorded_at, result_id",
        params,
    )
    return [row["result_id"] for row in found]


def counts(wanted: CaseFilter) -> dict[tuple[Programme, CaseState], int]:
    """Return how many cases there are by programme and state."""
    statement, params = _filtered(wanted)
    found = rows(
        f"SELECT programme, state, count(*) AS n FROM ({statement}) AS listed GROUP BY programme, state",  # noqa: S608 — as above
        params,
    )
    return {(Programme(row["programme"]), CaseState(row["state"])): row["n"] for row in found}


def _filtered(wanted: CaseFilter) -> tuple[str, list[object]]:
    conditions, params = [in_sight("r.system_person_number")], list[object]()
    if wanted.fiscal_year is not None:
        conditions.append("r.fiscal_year = %s")
        params.append(wanted.fiscal_year)
    if wanted.programme is not None:
        conditions.append("r.programme = %s")
        params.append(wanted.programme.value)
    if wanted.examined_before is not None:
        # An examination whose day is not known was at least before it was recorded.
        conditions.append("coalesce(left(r.examined_date, 10), r.recorded_at::date::text) < %s")
        params.append(wanted.examined_before.isoformat())
    statement = cases(" AND ".join(conditions))
    outer = list[str]()
    if wanted.states:
        outer.append("state = ANY(%s)")
        params.append([one.value for one in wanted.states])
    if wanted.only_partly_known:
        outer.append("is_partly_known AND state IN ('NEEDED', 'REMINDED', 'UNDER_WAY', 'UNKNOWN')")
    if wanted.ask_again_by is not None:
        outer.append("state = 'UNDER_WAY' AND ask_again_on <= %s")
        params.append(wanted.ask_again_by)
    if not outer:
        return statement, params
    return f"SELECT * FROM ({statement}) AS every WHERE {' AND '.join(outer)}", params  # noqa: S608 — as above


def overdue(on: dt.date, *, after_days: int) -> CaseFilter:
    """Return the list of everybody whose answer is missing that many days after the screening (フェイルセーフ)."""
    return CaseFilter(
        states=tuple(state for state in CaseState if state.is_open), examined_before=on - dt.timedelta(days=after_days)
    )


def acts_of(result_id: UUID) -> list[Act]:
    """Return what was done and learnt about a case, oldest first; revoked acts too, revocations themselves not."""
    found = rows(
        f"SELECT {_ACT} WHERE a.result_id = %s AND a.kind <> 'REVOKED' ORDER BY a.place",
        [result_id],
    )
    return [_act(row) for row in found]


def act(act_id: UUID) -> Act | None:
    """Return something done or learnt, by its identifier."""
    found = rows(f"SELECT {_ACT} WHERE a.act_id = %s AND a.kind <> 'REVOKED'", [act_id])
    return _act(found[0]) if found else None


def closing(fiscal_year: int) -> Closing | None:
    """Return when the follow-up of a fiscal year was closed; None while it is open."""
    found = rows("SELECT fiscal_year, closed_at, closed_by FROM followup_closing WHERE fiscal_year = %s", [fiscal_year])
    return Closing(**found[0]) if found else None


def hpv_list(fiscal_year: int, step: HpvStep) -> list[UUID]:
    """Return the results of a year's HPV tests after which a step follows and was not taken.

    A recall is over once another HPV test stands in the following fiscal year.
    """
    test = catalogue().item_named(Programme.CERVIX, "hpv_test_judgement").code
    found = rows(
        f"SELECT r.result_id, r.items FROM screening_result r WHERE {in_sight('r.system_person_number')}"  # noqa: S608 — as above
        " AND r.programme = '54' AND r.fiscal_year = %s"
        " AND r.source = 'OWN' AND r.withdrawn_at IS NULL AND r.items ? %s AND (%s <> 'RECALL_NEXT_YEAR' OR NOT EXISTS"
        " (SELECT FROM screening_result later WHERE later.system_person_number = r.system_person_number"
        " AND later.programme = '54' AND later.fiscal_year = %s AND later.withdrawn_at IS NULL AND later.items ? %s))"
        " ORDER BY r.examined_date, r.result_id",
        [fiscal_year, test, step.value, fiscal_year + 1, test],
    )
    return [row["result_id"] for row in found if hpv_step(orjson.loads(row["items"])) is step]


def attention(on: dt.date, *, days: Sequence[int]) -> Attention:
    """Count, over all years, the cases that somebody has to look at on a day."""
    waits = ", ".join(f"count(*) FILTER (WHERE is_open AND screened < %s) AS d{place}" for place in range(len(days)))
    (found,) = rows(
        f"SELECT {waits}, count(*) FILTER (WHERE is_open AND is_partly_known) AS partly,"  # noqa: S608 — as above
        " count(*) FILTER (WHERE state = 'UNDER_WAY' AND ask_again_on <= %s) AS again"
        " FROM (SELECT *, state IN ('NEEDED', 'REMINDED', 'UNDER_WAY', 'UNKNOWN') AS is_open,"
        " coalesce(examined_date, recorded_at::date::text) AS screened"
        f" FROM ({cases(in_sight('r.system_person_number'))}) AS every) AS listed",
        [*((on - dt.timedelta(days=one)).isoformat() for one in days), on],
    )
    return Attention({one: found[f"d{place}"] for place, one in enumerate(days)}, found["partly"], found["again"])


def undetermined(fiscal_year: int, programme: Programme | None = None) -> list[UUID]:
    """Return a year's results that could not be judged (判定不能) and after which no other screening was judged."""
    found = rows(
        "SELECT r.result_id FROM screening_result r WHERE r.fiscal_year = %s AND r.source = 'OWN'"  # noqa: S608 — as above
        f" AND (%s::text IS NULL OR r.programme = %s) AND r.withdrawn_at IS NULL AND r.stage IN ('1', '3')"
        f" AND {in_sight('r.system_person_number')} AND {unjudged('r')} AND NOT EXISTS (SELECT FROM screening_result o"
        " WHERE o.system_person_number = r.system_person_number AND o.programme = r.programme"
        " AND o.result_id <> r.result_id AND o.withdrawn_at IS NULL AND o.stage IN ('1', '3')"
        f" AND NOT ({unjudged('o')}) AND o.fiscal_year >= r.fiscal_year AND (o.fiscal_year > r.fiscal_year"
        " OR coalesce(o.examined_date, '') >= coalesce(r.examined_date, '')))"
        " ORDER BY coalesce(r.examined_date, ''), r.recorded_at, r.result_id",
        [fiscal_year, programme and programme.value, programme and programme.value],
    )
    return [row["result_id"] for row in found]


def awaiting_test(kind: LetterKind, fiscal_year: int, programme: Programme | None = None) -> list[UUID]:
    """Return the results of a year after which a kind of letter asks for another test that was not taken yet."""
    if kind is LetterKind.RETEST:
        return undetermined(fiscal_year, programme)
    if programme not in (None, Programme.CERVIX):
        return []
    return hpv_list(fiscal_year, HpvStep.RECALL_NEXT_YEAR)


def written_lately(kind: LetterKind, result_ids: Sequence[UUID], at: dt.datetime) -> frozenset[UUID]:
    """Return those results about which a kind of letter was made a few days ago."""
    made = letters.letters_about([kind], [str(one) for one in result_ids])
    return frozenset(UUID(one.subject) for one in made if at - one.issued_at < SENT_LATELY)


def untold_results(wanted: NoticeFilter) -> list[UUID]:
    """Return which of our own screenings the person was not told of as they stand now, oldest first."""
    own = "r.source = 'OWN' AND r.withdrawn_at IS NULL AND r.stage IN ('1', '3')"
    conditions, params = [own, in_sight("r.system_person_number")], list[object]()
    # A day known to the month or year only belongs to every range that touches it; one not known at all to none.
    day = "coalesce(r.examined_date, '')"
    asked: tuple[tuple[str, object], ...] = (
        ("r.fiscal_year = %s", wanted.fiscal_year),
        ("r.programme = %s", wanted.programme and wanted.programme.value),
        ("r.batch_id = %s", wanted.batch_id),
        (f"{day} >= left(%s, greatest(length({day}), 4))", wanted.examined_from and wanted.examined_from.isoformat()),
        (f"{day} <= %s AND {day} <> ''", wanted.examined_to and wanted.examined_to.isoformat()),
    )
    for condition, value in asked:
        if value is not None:
            conditions.append(condition)
            params.append(value)
    found = rows(
        f"SELECT r.result_id FROM screening_result r WHERE {' AND '.join(conditions)} AND {_NOT_TOLD}"  # noqa: S608 — as above
        " ORDER BY coalesce(r.examined_date, ''), r.result_id",
        params,
    )
    return [row["result_id"] for row in found]


def closings() -> dict[int, Closing]:
    """Return the closed fiscal years."""
    found = rows("SELECT fiscal_year, closed_at, closed_by FROM followup_closing ORDER BY fiscal_year DESC")
    return {row["fiscal_year"]: Closing(**row) for row in found}


def fiscal_years() -> list[int]:
    """Return the fiscal years in which anybody was screened here, newest first."""
    found = rows("SELECT DISTINCT fiscal_year FROM screening_result WHERE source = 'OWN' ORDER BY 1 DESC")
    return [row["fiscal_year"] for row in found]


def _case(row: Row) -> Case:
    values = dict(row)
    values.pop("total", None)
    return Case(
        **values
        | {
            "programme": Programme(row["programme"]),
            "state": CaseState(row["state"]),
            "items": orjson.loads(row["items"]),
        }
    )


def _act(row: Row) -> Act:
    answer = orjson.loads(row["answer"])
    again = answer.get("ask_again_on")
    answer["ask_again_on"] = None if again is None else dt.date.fromisoformat(again)
    return Act(**row | {"kind": ActKind(row["kind"]), "answer": Answer(**answer)})
