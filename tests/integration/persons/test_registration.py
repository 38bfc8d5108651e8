"""Business systems register people: linked, numbered, or put before somebody's eyes, on the real database."""

from dataclasses import replace
from uuid import UUID

import pytest

from tasuki.nodes.sql import rows
from tasuki.persons import queries
from tasuki.persons.operations import approve_case, decide_case, register_people, return_case
from tasuki.persons.queries import cases
from tasuki.persons.types import REGISTER, RegistrationFault
from tasuki.persons.types.cases import (
    Case,
    CaseAct,
    CaseKind,
    CaseState,
    Decided,
    Decision,
    Proposed,
    Refusal,
    RefusedDecision,
)
from tasuki.persons.types.items import Registration
from tasuki.shared.environments import Environment
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

pytestmark = pytest.mark.django_db(databases=["index"])


def only_case() -> Case:
    [found] = cases.open_cases()
    return found


def decide(case_id: UUID, act: CaseAct, reason: str = "本人確認書類で確かめた") -> Decision:
    return decide_case(case_id=case_id, act=act, reason=reason, cipher=CIPHER, by=CLERK, at=AT)


def approve(case_id: UUID) -> Decision:
    return approve_case(case_id=case_id, reason="確認した", cipher=CIPHER, by=APPROVER, at=AT)


def unified(system: str, number: str) -> str | None:
    return queries.unified_numbers(system, [number]).get(number)


def pending_numbers() -> int:
    return int(rows("SELECT count(*) AS n FROM persons_pending_number", alias="index")[0]["n"])


def test_whoever_the_register_describes_alike_is_linked_whatever_the_spelling() -> None:
    the_usual_three()
    taro = replace(TARO, name="例示太郎", kana_name="ﾚｲｼﾞ ﾀﾛｳ", address="架空区模擬町1-1")
    people = [Registration("A1", taro, NUMBERS[0]), Registration("A3", JIRO, NUMBERS[2])]
    report = register(people)
    assert (report.numbered, report.linked, report.unchanged, report.cases, report.problems) == (0, 2, 0, 0, ())
    assert unified("care", "A1") == unified(REGISTER, "0001") == unified("screening", "0001")
    # Jiro had no number in the register; his items agree with it, so the number is his from now on.
    assert queries.find_by_individual_number(NUMBERS[2], CIPHER) == unified("care", "A3") == unified(REGISTER, "0003")
    again = register(people)
    assert (again.numbered, again.linked, again.unchanged, again.cases) == (0, 0, 2, 0)


def test_a_family_members_number_is_found_out_and_only_two_people_can_override() -> None:
    the_usual_three()
    assert register([Registration("A2", HANAKO, NUMBERS[0])]).cases == 1
    case = only_case()
    taro, hanako = unified(REGISTER, "0001"), unified(REGISTER, "0002")
    assert (case.kind, case.person, case.other, case.has_number) == (CaseKind.HOUSEHOLD_MEMBER, taro, hanako, True)
    assert case.levels["name"] == "DIFFERENT"
    assert unified("care", "A2") is None
    assert decide(case.case_id, CaseAct.LINK) == Proposed(case.case_id)
    own = approve_case(case_id=case.case_id, reason="x", cipher=CIPHER, by=CLERK, at=AT)
    assert own == RefusedDecision(Refusal.SAME_PERSON_TWICE)
    assert return_case(case_id=case.case_id, reason="書類を見直す", by=APPROVER, at=AT) == Decided(taro)
    assert decide(case.case_id, CaseAct.LINK_OTHER) == Decided(hanako)
    assert unified("care", "A2") == hanako
    assert queries.find_by_individual_number(NUMBERS[0], CIPHER) == taro
    assert [one.state for one in cases.events_of(case.case_id)] == [
        CaseState.OPEN, CaseState.PROPOSED, CaseState.OPEN, CaseState.DECIDED,
    ]  # fmt: skip
    assert pending_numbers() == 0


def test_the_same_list_does_not_ask_twice_and_a_corrected_one_ends_the_question() -> None:
    the_usual_three()
    wrong = [Registration("A2", HANAKO, NUMBERS[0])]
    register(wrong)
    case = only_case()
    assert register(wrong).cases == 0
    assert only_case() == case
    assert register([Registration("A2", HANAKO, NUMBERS[1])]).linked == 1
    assert cases.open_cases() == []
    assert cases.case(case.case_id).state is CaseState.SUPERSEDED
    assert pending_numbers() == 0


def test_what_was_decided_is_not_asked_again() -> None:
    the_usual_three()
    wrong = [Registration("A9", replace(JIRO, name="見本　三郎", kana_name="ミホン　サブロウ"), NUMBERS[0])]
    register(wrong)
    assert isinstance(decide(only_case().case_id, CaseAct.NEW), Decided)
    assert unified("care", "A9") not in (None, unified(REGISTER, "0001"))
    assert register(wrong).cases == 0


def test_a_changed_number_takes_the_place_of_the_former_after_two_people() -> None:
    the_usual_three()
    register([Registration("A1", TARO, NUMBERS[3])])
    case = only_case()
    assert (case.kind, case.person) == (CaseKind.NUMBER_CHANGED, unified(REGISTER, "0001"))
    assert decide(case.case_id, CaseAct.LINK) == Proposed(case.case_id)
    assert approve(case.case_id) == Decided(case.person)
    assert queries.find_by_individual_number(NUMBERS[3], CIPHER) == unified("care", "A1") == case.person
    assert queries.find_by_individual_number(NUMBERS[0], CIPHER) is None


def test_a_number_somebody_took_meanwhile_is_refused_and_nothing_is_half_done() -> None:
    the_usual_three()
    stranger = replace(JIRO, birth_date="1971-01-01", name="架空　四郎", kana_name="カクウ　シロウ")
    register([Registration("A4", stranger, NUMBERS[3])])
    case = only_case()
    assert case.kind is CaseKind.NOT_IN_REGISTER
    decide(case.case_id, CaseAct.KEEP_NUMBER)
    registered(Registration("0009", replace(stranger, name="別人　五郎"), NUMBERS[3]))
    before = rows("SELECT count(*) AS n FROM persons_person", alias="index")
    assert approve(case.case_id) == RefusedDecision(Refusal.NUMBER_IN_USE)
    assert rows("SELECT count(*) AS n FROM persons_person", alias="index") == before
    assert only_case().state is CaseState.PROPOSED


def test_people_outside_the_register_get_numbers_that_never_collide() -> None:
    the_usual_three()
    outsiders = [
        Registration(
            f"N{n}", replace(JIRO, name=f"仮所　{n}郎", kana_name=f"カリショ　{n}", birth_date=f"19{50 + n}-05-05")
        )
        for n in range(3)
    ]
    assert register(outsiders).numbered == 3
    numbers = {unified("care", f"N{n}") for n in range(3)}
    assert len(numbers | {unified(REGISTER, f"000{n}") for n in (1, 2, 3)}) == 6
    # The namesake of somebody known is nobody's before a clerk has looked.
    namesake = replace(TARO, address="例示県例示市1-1", household_number="")
    assert register([Registration("N9", namesake)], system="tax").cases == 1
    case = only_case()
    assert (case.kind, case.person) == (CaseKind.CANDIDATES, unified(REGISTER, "0001"))
    assert decide(case.case_id, CaseAct.LINK) == Decided(case.person)
    assert unified("tax", "N9") == case.person


def test_what_is_wrong_by_itself_stays_out_and_names_its_line_and_field() -> None:
    the_usual_three()
    report = register(
        [
            Registration("A1", TARO, "111111111111"),
            Registration("A3", replace(JIRO, name=""), None),
            Registration("A2", HANAKO, NUMBERS[1]),
        ]
    )
    assert [(one.line, one.system_person_number, one.fault, one.field) for one in report.problems] == [
        (1, "A1", RegistrationFault.PLACEHOLDER_NUMBER, "individual_number"),
        (2, "A3", RegistrationFault.NO_NAME, "name"),
    ]
    assert (report.linked, unified("care", "A1")) == (1, None)


def test_former_statements_are_kept_and_a_former_address_counts() -> None:
    the_usual_three()
    registered(Registration("0001", replace(TARO, address="架空区例示町9-9"), NUMBERS[0]))
    former = rows("SELECT address, ended_by FROM persons_former_statement", alias="index")
    assert former == [{"address": TARO.address, "ended_by": str(CLERK)}]
    assert register([Registration("A1", TARO, NUMBERS[0])]).linked == 1


@pytest.mark.parametrize(
    ("act", "refusal"), [(CaseAct.MERGE, Refusal.ACT_NOT_OFFERED), (CaseAct.NEW, Refusal.NO_REASON)]
)
def test_what_is_not_offered_or_gives_no_reason_is_refused(act: CaseAct, refusal: Refusal) -> None:
    the_usual_three()
    register([Registration("A2", HANAKO, NUMBERS[0])])
    assert decide(only_case().case_id, act, reason=" ") == RefusedDecision(refusal)
    assert only_case().state is CaseState.OPEN


@pytest.mark.parametrize(
    ("environment", "name", "number", "is_kept_out"),
    [
        (Environment.DUMMY, "山田　太郎", None, True),
        (Environment.DUMMY, "山田　太郎", NUMBERS[4], False),
        (Environment.DUMMY, "例示　太郎", None, False),
        (Environment.REAL, "例示　太郎", None, False),
        (Environment.REAL, "例示　太郎", NUMBERS[4], True),
        (Environment.REAL, "山田　太郎", NUMBERS[4], False),
    ],
)
def test_whoever_does_not_belong_in_an_environment_stays_out(
    environment: Environment, name: str, number: str | None, is_kept_out: bool
) -> None:
    person = Registration("E1", replace(JIRO, name=name, birth_date="1977-07-07"), number)
    report = register_people(system="care", people=[person], environment=environment, cipher=CIPHER, by=CLERK, at=AT)
    assert (RegistrationFault.OTHER_ENVIRONMENT in [one.fault for one in report.problems]) is is_kept_out
    assert (report.numbered + report.cases == 0) is is_kept_out
