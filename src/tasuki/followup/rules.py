"""Decisions of the follow-up, over values only: where a case stands, what an answer must say, what HPV asks next."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from tasuki.followup.methods import method
from tasuki.followup.types import Act, ActKind, Answer, Case, CaseState, HpvStep, LeftOut, Means, NotTakenReason
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.outcomes import Verdict, detailed_item, primary_verdict
from tasuki.layouts.types import Programme, Stage
from tasuki.letters.types import LetterKind
from tasuki.screening.types import Source, StoredResult

#: Kinds of act that answer whether the person went; the newest that stands decides.
ANSWERS: Final = (ActKind.SELF_REPORT, ActKind.UNDER_WAY, ActKind.NOT_TAKEN, ActKind.UNSUITABLE)
#: Whoever was reminded this lately is not reminded again together with others.
SENT_LATELY: Final = timedelta(days=14)
#: What a self-report must say to count (精検受診の定義).
FACTS: Final = ("examined_date", "institution", "method", "result_code")
_HPV_TEST, _CYTOLOGY = "hpv_test_judgement", "cytology_judgement"
_NEGATIVE, _POSITIVE = "1", "2"
#: NILM: a positive HPV test without abnormal cells is tested again in the next fiscal year (追跡検査).
_NILM: Final = "1"
_CYTOLOGY_UNJUDGED: Final = "99"


def state_of(*, has_suitable_detail: bool, acts: Sequence[Act], is_closed: bool) -> CaseState:
    """Decide where a case stands.

    :param has_suitable_detail: a detailed result stands that nobody called unsuitable.
    :param acts: oldest first, revoked ones included.
    """
    standing = [act for act in acts if not act.is_revoked]
    if has_suitable_detail:
        return CaseState.TAKEN
    answers = [act for act in standing if act.kind in ANSWERS and _counts(act)]
    if answers:
        return _answered(answers[-1])
    if is_closed:
        return CaseState.UNKNOWN
    reminded = any(act.kind is ActKind.REMINDED for act in standing)
    return CaseState.REMINDED if reminded else CaseState.NEEDED


def _counts(act: Act) -> bool:
    # Three facts of four are no answer: the case stays with those to be asked.
    return act.kind is not ActKind.SELF_REPORT or act.answer.has_four_facts


def _answered(act: Act) -> CaseState:
    match act.kind:
        case ActKind.SELF_REPORT:
            return CaseState.TAKEN
        case ActKind.UNDER_WAY:
            return CaseState.UNDER_WAY
        case _:
            return CaseState.NOT_TAKEN


def problems_with_answer(
    kind: ActKind,
    answer: Answer,
    programme: Programme,
    items: Mapping[str, str],
    *,
    screened: str | None = None,
    on: date | None = None,
) -> dict[str, str]:
    """Return what is wrong with what somebody is about to record, by part and rule; empty when it may be recorded.

    :param items: those of the screening, because what is a suitable examination depends on what it found.
    :param screened: the day of the screening as far as it is known; a detailed examination does not come before it.
    :param on: today; nothing is reported of a day to come.
    """
    problems = _problems_with_method(kind, answer, programme, items)
    if (wrong_day := _problem_with_day(answer.examined_date, screened, on)) is not None:
        problems["examined_date"] = wrong_day
    item = detailed_item(programme).item
    if answer.result_code and answer.result_code not in catalogue().table(item.table or "").codes:
        problems["result_code"] = "unknown_code"
    if kind is ActKind.NOT_TAKEN and answer.reason not in set(NotTakenReason):
        problems["reason"] = "missing"
    if kind is ActKind.REMINDED and answer.means not in set(Means):
        problems["means"] = "missing"
    if kind is ActKind.NOTE and not answer.note:
        problems["note"] = "missing"
    if kind is ActKind.SELF_REPORT and not any(
        (answer.examined_date, answer.institution, answer.method, answer.result_code)
    ):
        problems["examined_date"] = "missing"
    return problems


def _problem_with_day(examined: str, screened: str | None, on: date | None) -> str | None:
    if not examined:
        return None
    days = days_meant(examined)
    if days is None:
        return "not_a_date"
    if on is not None and days[0] > on:
        return "in_future"
    before = days_meant(screened or "")
    return "before_screening" if before is not None and days[1] < before[0] else None


def not_now(case: Case, on: date) -> LeftOut | None:
    """Say why somebody is not reminded together with others today; None when they are."""
    if case.last_reminded is not None and on - case.last_reminded < SENT_LATELY:
        return LeftOut.SENT_LATELY
    is_early = case.state is CaseState.UNDER_WAY and case.ask_again_on is not None and on < case.ask_again_on
    return LeftOut.ASK_LATER if is_early else None


def may_be_told(result: StoredResult) -> bool:
    """Say whether a result is one the town tells people of: its own screening, standing."""
    return (
        result.source is Source.OWN
        and result.withdrawn_at is None
        and result.record.stage in (Stage.PRIMARY, Stage.BOTH)
    )


def further_tests(result: StoredResult) -> tuple[LetterKind, ...]:
    """Return which letters ask for another test after a result: after HPV next year, soon where nothing was judged."""
    if not may_be_told(result):
        return ()
    programme, items = result.record.programme, result.record.items
    asked = (
        (LetterKind.HPV_RECALL, hpv_step(items) is HpvStep.RECALL_NEXT_YEAR),
        (LetterKind.RETEST, primary_verdict(programme, items) is Verdict.UNJUDGED),
    )
    return tuple(kind for kind, fits in asked if fits)


def is_known(state: CaseState, *, is_closed: bool) -> bool:
    """Say whether the outcome of a case counts as known (精検受診・精検未受診).

    Once the year is closed, an examination still under way counts as taken, its finding suspected or undetermined
    (疑いのある者又は未確定).
    """
    return state in (CaseState.TAKEN, CaseState.NOT_TAKEN) or (is_closed and state is CaseState.UNDER_WAY)


def missing_facts(answer: Answer) -> tuple[str, ...]:
    """Return which of the four facts a self-report still lacks, in the order staff ask for them."""
    return tuple(name for name in FACTS if not getattr(answer, name))


def _problems_with_method(
    kind: ActKind, answer: Answer, programme: Programme, items: Mapping[str, str]
) -> dict[str, str]:
    """Hold a method against the kind of answer: one that is no detailed examination counts as not taken."""
    chosen = method(programme, answer.method)
    if answer.method and chosen is None:
        return {"method": "unknown_code"}
    if kind is ActKind.UNSUITABLE:
        if chosen is None:
            return {"method": "missing"}
        return {"method": "suitable"} if chosen.suits(items) else {}
    if kind is ActKind.SELF_REPORT and chosen is not None and not chosen.suits(items):
        return {"method": "unsuitable"}
    return {}


def hpv_step(items: Mapping[str, str]) -> HpvStep | None:
    """Return what follows an HPV test; None for a screening without one."""
    named = {name: catalogue().item_named(Programme.CERVIX, name).code for name in (_HPV_TEST, _CYTOLOGY)}
    test, cytology = items.get(named[_HPV_TEST]), items.get(named[_CYTOLOGY])
    if test is None:
        return None
    if test == _NEGATIVE:
        return HpvStep.NEXT_ROUND
    if test != _POSITIVE:
        return HpvStep.UNJUDGED
    if cytology is None or cytology == _CYTOLOGY_UNJUDGED:
        return HpvStep.TRIAGE_MISSING
    return HpvStep.RECALL_NEXT_YEAR if cytology == _NILM else HpvStep.DETAIL_NEEDED
