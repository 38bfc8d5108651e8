"""The inspection of links: what it finds, what it leaves alone, what is decided about it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tasuki.nodes.sql import rows, run
from tasuki.persons.operations import (
    approve_case,
    decide_case,
    end_quarantine,
    inspect_links,
    propose_undo,
    state_people,
)
from tasuki.persons.queries import cases, unified_numbers
from tasuki.persons.queries.people import gateway_tasks, open_quarantines, quarantined
from tasuki.persons.stating import lines_of
from tasuki.persons.types.cases import Case, CaseAct, CaseKind, CaseState, Decided, Proposed, Refusal, RefusedDecision
from tasuki.persons.types.inspection import Cause, InspectionReport
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.persons.types.merging import GatewayTaskKind
from tests.integration.persons.index import (
    APPROVER,
    AT,
    CIPHER,
    CLERK,
    HANAKO,
    JIRO,
    NUMBERS,
    TARO,
    register,
    registered,
    the_usual_three,
)

pytestmark = pytest.mark.django_db(databases=["default", "index"])


def link(number: str, person: str, items: BasicItems, *, system: str = "care") -> None:
    """Let a system's number stand for somebody of the register, whatever it states, as before there was a gate."""
    target = unified_numbers("residents", [person])[person]
    run(
        "INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)"
        " VALUES (%s, %s, %s, %s)",
        [system, number, target, AT],
        alias="index",
    )
    state(number, items, system=system)


def state(number: str, items: BasicItems, *, system: str = "care", at: datetime = AT) -> None:
    state_people(system=system, lines=lines_of([Registration(number, items)]), by=CLERK, at=at)


def inspect(at: datetime = AT) -> InspectionReport:
    return inspect_links(inspection_id=uuid4(), report=lambda _done, _total: None, now=lambda: at, by=CLERK, at=at)


def the_only_case() -> Case:
    [found] = cases.open_cases()
    return found


def decide(case: Case, act: CaseAct, *, at: datetime = AT) -> object:
    return decide_case(case_id=case.case_id, act=act, reason="原本で確認", cipher=CIPHER, by=CLERK, at=at)


def approve(case: Case) -> object:
    return approve_case(case_id=case.case_id, reason="確認", cipher=CIPHER, by=APPROVER, at=AT)


def person_of(number: str, system: str = "care") -> str:
    return unified_numbers(system, [number])[number]


ELSEWHERE = "架空区彼方町9-9"
NAMESAKE = replace(TARO, birth_date="1951-11-30", address=ELSEWHERE, household_number="99")
SAME_DAY_NAMESAKE = replace(TARO, address=ELSEWHERE, household_number="99")
NEIGHBOUR = replace(JIRO, address=TARO.address, household_number="98")


@pytest.mark.parametrize(
    ("about", "stated", "others", "cause", "kind"),
    [
        ("a wife's form with her husband's number", HANAKO, [], Cause.FAMILY_NUMBER, CaseKind.LINKED_TO_OTHER),
        ("a namesake born on another day", NAMESAKE, [NAMESAKE], Cause.NAMESAKE, CaseKind.LINKED_TO_OTHER),
        ("looked up by name and birth date", SAME_DAY_NAMESAKE, [SAME_DAY_NAMESAKE], Cause.FEWER_ITEMS,
         CaseKind.LINKED_TO_OTHER),
        ("neither's address", replace(TARO, address="架空区未知町3-3"), [SAME_DAY_NAMESAKE], Cause.SAME_DAY,
         CaseKind.LINK_DOUBTFUL),
        ("no address, and a namesake", replace(TARO, address=""), [SAME_DAY_NAMESAKE], Cause.SAME_DAY,
         CaseKind.LINK_DOUBTFUL),
        ("a namesake whose birth date is kept as Taro's", replace(NAMESAKE, birth_date=TARO.birth_date), [NAMESAKE],
         Cause.KEPT_BIRTH, CaseKind.LINKED_TO_OTHER),
        ("somebody next door", NEIGHBOUR, [NEIGHBOUR], Cause.NEIGHBOUR, CaseKind.LINKED_TO_OTHER),
        ("somebody of the town", JIRO, [], Cause.OTHER_PERSON, CaseKind.LINKED_TO_OTHER),
        ("a wrong birth date", replace(TARO, birth_date="1984-06-03"), [], Cause.TYPO_BIRTH, CaseKind.LINK_DOUBTFUL),
        ("a wrong sex", replace(TARO, sex="2"), [], Cause.TYPO_SEX, CaseKind.LINK_DOUBTFUL),
        ("nobody known", BasicItems("仮想　三郎", "カソウ　サブロウ", "1970-05-05", "1", ELSEWHERE), [],
         Cause.SOMEBODY_ELSE, CaseKind.LINK_DOUBTFUL),
    ],
)  # fmt: skip
def test_a_wrong_link_is_found_with_its_cause(
    about: str, stated: BasicItems, others: list[BasicItems], cause: Cause, kind: CaseKind
) -> None:
    the_usual_three()
    registered(*(Registration(f"9{place}", one) for place, one in enumerate(others)))
    link("K1", "0001", stated)

    report = inspect()

    assert report.counts == {"care": {cause: 1}}, about
    case = the_only_case()
    assert (case.kind, case.subject, case.system_person_number) == (kind, {"cause": cause.value}, "K1")
    assert case.person == person_of("0001", "residents")


@pytest.mark.parametrize(
    ("about", "stated", "cause"),
    [
        ("to the letter", TARO, None),
        ("spelled otherwise", replace(TARO, name="例示太郎", kana_name="ﾚｲｼﾞ ﾀﾛｳ", address="架空区模擬町1-1"), None),
        ("moved", replace(TARO, address=ELSEWHERE), Cause.BEHIND_MOVE),
        ("married", replace(TARO, name="旧姓　太郎", kana_name="キュウセイ　タロウ"), Cause.BEHIND_NAME),
        ("married and moved", replace(TARO, name="旧姓　太郎", kana_name="キュウセイ　タロウ", address=ELSEWHERE),
         Cause.BEHIND_NAME),
        ("read otherwise", replace(TARO, kana_name="レイジ　タエオ"), Cause.READING),
        ("written otherwise", replace(TARO, name="例示　多郎"), Cause.SPELLING),
        ("no address", replace(TARO, address=""), Cause.TOO_LITTLE),
        ("a birth year alone", replace(TARO, birth_date="1984"), Cause.TOO_LITTLE),
    ],
)  # fmt: skip
def test_what_is_no_wrong_link_is_counted_at_most(about: str, stated: BasicItems, cause: Cause | None) -> None:
    the_usual_three()
    link("K1", "0001", stated)

    report = inspect()

    assert report.counts == ({} if cause is None else {"care": {cause: 1}}), about
    assert (report.opened, cases.open_cases(), gateway_tasks()) == (0, [], [])


def test_a_former_address_agrees() -> None:
    before = replace(TARO, address=ELSEWHERE)
    registered(Registration("0001", before, NUMBERS[0]))
    registered(Registration("0001", TARO, NUMBERS[0]))
    link("K1", "0001", before)
    link("K2", "0001", replace(before, birth_date="1984"))

    assert inspect().counts == {"care": {Cause.BEHIND_MOVE: 1, Cause.TOO_LITTLE: 1}}


def test_a_former_name_and_address_agree() -> None:
    before = replace(TARO, name="旧姓　太郎", kana_name="キュウセイ　タロウ", address=ELSEWHERE)
    registered(Registration("0001", before, NUMBERS[0]))
    registered(Registration("0001", TARO, NUMBERS[0]))
    link("K1", "0001", before)

    assert inspect().counts == {"care": {Cause.BEHIND_NAME: 1}}


def test_two_who_stand_for_each_other_are_both_found_and_stopped() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)
    link("K2", "0002", TARO)

    report = inspect()

    assert report.counts == {"care": {Cause.SWAPPED: 2}}
    both = {person_of("0001", "residents"), person_of("0002", "residents")}
    assert (report.stopped, quarantined(both)) == (2, both)
    assert {task.kind for task in gateway_tasks()} == {GatewayTaskKind.STOP}


def test_a_number_is_moved_by_two_people_and_moved_back() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)
    inspect()
    case = the_only_case()
    taro, hanako = person_of("0001", "residents"), person_of("0002", "residents")

    assert isinstance(decide(case, CaseAct.MOVE_LINK), Proposed)
    refused = approve_case(case_id=case.case_id, reason="確認", cipher=CIPHER, by=CLERK, at=AT)
    assert refused == RefusedDecision(Refusal.SAME_PERSON_TWICE)
    assert person_of("K1") == taro
    assert approve(case) == Decided(hanako)

    assert person_of("K1") == hanako
    assert quarantined({taro, hanako}) == set()
    assert inspect().counts == {}
    [split] = rows("SELECT * FROM persons_split", alias="index")
    assert (split["origin"], split["parted"], split["to_known"]) == (taro, hanako, True)

    proposed = propose_undo(act_id=split["split_id"], reason="誤り", by=CLERK, at=AT)
    assert isinstance(proposed, Proposed)
    approve_case(case_id=proposed.case_id, reason="確認", cipher=CIPHER, by=APPROVER, at=AT)
    assert (person_of("K1"), person_of("0002", "residents")) == (taro, hanako)


def test_a_number_of_nobody_known_is_parted() -> None:
    the_usual_three()
    link("K1", "0003", BasicItems("仮想　三郎", "カソウ　サブロウ", "1970-05-05", "1", ELSEWHERE))
    inspect()
    case = the_only_case()

    assert isinstance(decide(case, CaseAct.PART_LINK), Proposed)
    assert isinstance(approve(case), Decided)

    assert person_of("K1") != person_of("0003", "residents")
    assert inspect().counts == {"care": {Cause.UNREGISTERED: 1}}


def test_what_was_confirmed_is_asked_again_only_when_a_statement_changed() -> None:
    the_usual_three()
    wrong = replace(TARO, birth_date="1984-06-03")
    link("K1", "0001", wrong)
    inspect()
    decide(the_only_case(), CaseAct.CONFIRM, at=AT + timedelta(hours=1))

    again = inspect(AT + timedelta(days=40))
    assert (again.opened, again.standing, cases.open_cases()) == (0, 1, [])

    state("K1", replace(wrong, address=ELSEWHERE), at=AT + timedelta(days=50))
    state("K1", wrong, at=AT + timedelta(days=51))
    assert inspect(AT + timedelta(days=60)).opened == 1


def test_what_was_sent_back_is_asked_again_after_a_while_and_stays_stopped() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)
    inspect()
    assert isinstance(decide(the_only_case(), CaseAct.SEND_BACK), Decided)

    taro = person_of("0001", "residents")
    assert quarantined({taro}) == {taro}
    [ended, _other] = [
        end_quarantine(quarantine_id=one.quarantine_id, reason="直った", by=APPROVER, at=AT)
        for one in open_quarantines()
    ]
    assert (ended, quarantined({taro})) == (True, set())
    assert inspect(AT + timedelta(days=29)).opened == 0
    assert inspect(AT + timedelta(days=31)).opened == 1


def test_a_case_whose_reason_went_away_is_closed_and_its_stop_ends() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)
    inspect()
    case = the_only_case()
    state("K1", TARO)

    report = inspect()

    assert (report.superseded, cases.case(case.case_id).state) == (1, CaseState.SUPERSEDED)
    assert quarantined({person_of("0001", "residents")}) == set()


def test_registering_again_leaves_what_an_inspection_found() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)
    inspect()

    register([Registration("K1", HANAKO)])
    register([Registration("K1", HANAKO, NUMBERS[0])])

    kinds = {case.kind for case in cases.open_cases()}
    assert kinds == {CaseKind.LINKED_TO_OTHER, CaseKind.HOUSEHOLD_MEMBER}
    assert (inspect().opened, len(cases.open_cases())) == (0, 2)


def test_one_person_with_two_numbers_is_found_and_merged() -> None:
    the_usual_three()
    register([Registration("K1", replace(JIRO, address=ELSEWHERE))])
    [candidates] = cases.open_cases()
    decide(candidates, CaseAct.NEW)
    state("K1", JIRO)

    assert inspect().counts == {"care": {Cause.TWICE: 1}}
    case = the_only_case()
    assert case.kind is CaseKind.NUMBERED_TWICE
    assert isinstance(decide(case, CaseAct.MERGE), Proposed)
    assert isinstance(approve(case), Decided)
    assert person_of("K1") == person_of("0003", "residents")
    assert inspect().counts == {}


def test_the_register_itself_may_know_somebody_twice() -> None:
    the_usual_three()
    registered(Registration("0009", replace(TARO, household_number="90")))

    assert inspect().counts == {"residents": {Cause.TWICE_IN_REGISTER: 1}}


def test_whom_the_register_no_longer_states_is_looked_at() -> None:
    the_usual_three()
    link("K1", "0001", TARO)
    run("DELETE FROM persons_statement WHERE system = 'residents' AND system_person_number = '0001'", alias="index")

    assert inspect().counts == {"care": {Cause.REGISTER_GONE: 1}}


def test_an_inspection_that_is_cancelled_changes_nothing() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)

    def cancel(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inspect_links(inspection_id=uuid4(), report=cancel, now=lambda: AT, by=CLERK, at=AT)
    assert (cases.open_cases(), rows("SELECT FROM persons_inspection", alias="index")) == ([], [])
