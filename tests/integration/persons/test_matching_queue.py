"""Matching in the registration of people: who is taken in, who is shown to a clerk, and that nobody is linked by it."""

from dataclasses import replace

import pytest

from tasuki.demo.generator.labelled import labelled_records
from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import japanese
from tasuki.nodes.sql import rows
from tasuki.persons import match_store, queries
from tasuki.persons.operations import decide_case, take_into_matching
from tasuki.persons.queries import cases
from tasuki.persons.queries.matching import MatchProgress, match_progress
from tasuki.persons.types import REGISTER
from tasuki.persons.types.cases import CaseAct, CaseKind, Decided, Refusal, RefusedDecision
from tasuki.persons.types.items import Registration
from tests.integration.persons.index import AT, CIPHER, CLERK, HANAKO, JIRO, TARO, register, registered, the_usual_three

pytestmark = pytest.mark.django_db(databases=["index"])


def take_all() -> int:
    taken = 0
    while found := take_into_matching(most=2, by=CLERK, at=AT):
        taken += found
    return taken


def unified(number: str) -> str:
    return queries.unified_numbers(REGISTER, [number])[number]


def test_what_is_new_or_changed_waits_and_is_taken_in_once() -> None:
    the_usual_three()
    assert match_progress() == MatchProgress(compared=0, waiting=3)
    assert take_all() == 3
    assert match_progress() == MatchProgress(compared=3, waiting=0)
    registered(Registration("0001", TARO), Registration("0003", replace(JIRO, address="架空区例示町3-3")))
    assert match_progress() == MatchProgress(compared=3, waiting=1)
    assert take_all() == 1
    kept = rows("SELECT values FROM persons_match_record WHERE record = 'residents:0003'", alias="index")
    assert "架空区例示町3-3" in kept[0]["values"]


def test_whoever_matching_finds_alike_is_shown_and_nobody_is_linked() -> None:
    the_usual_three()
    # Another digit in the day of birth, and the name in other kanji: no rule of the gate comes near.
    misspelt = replace(JIRO, birth_date="1950-03-30", name="見本　次朗")
    take_all()
    report = register([Registration("A3", misspelt)])
    assert (report.cases, report.linked, report.numbered) == (1, 0, 0)
    [case] = cases.open_cases()
    assert (case.kind, case.person) == (CaseKind.CANDIDATES, unified("0003"))
    assert queries.unified_numbers("care", ["A3"]) == {}
    linked = decide_case(case_id=case.case_id, act=CaseAct.LINK, reason="書類で確認", cipher=CIPHER, by=CLERK, at=AT)
    assert linked == Decided(unified("0003"))


def test_without_matching_the_same_person_would_have_been_numbered_anew() -> None:
    the_usual_three()
    assert register([Registration("A3", replace(JIRO, birth_date="1950-03-30", name="見本　次朗"))]).numbered == 1


def test_a_second_candidate_may_be_chosen_and_a_duplicate_of_the_system_may_not() -> None:
    namesake, meant = replace(JIRO, birth_date="1950-03-21"), replace(JIRO, birth_date="1950-03-11")
    registered(Registration("0003", JIRO), Registration("0004", namesake))
    take_all()
    register([Registration("A3", meant)])
    [case] = cases.open_cases()
    assert {case.person, case.other} == {unified("0003"), unified("0004")}
    done = decide_case(
        case_id=case.case_id, act=CaseAct.LINK_OTHER, reason="電話で確認", cipher=CIPHER, by=CLERK, at=AT
    )
    assert done == Decided(case.other)
    take_all()
    register([Registration("A4", meant)])
    [again] = cases.open_cases()
    act = CaseAct.LINK if again.person == case.other else CaseAct.LINK_OTHER
    refused = decide_case(case_id=again.case_id, act=act, reason="同じ人", cipher=CIPHER, by=CLERK, at=AT)
    assert refused == RefusedDecision(Refusal.ALREADY_LINKED)


def test_strangers_are_numbered_without_a_question() -> None:
    the_usual_three()
    take_all()
    stranger = replace(HANAKO, name="仮所　雪", kana_name="カリショ　ユキ", birth_date="1999-12-01", address="例示県1")
    assert register([Registration("A9", stranger)]).numbered == 1


def test_many_records_at_once_are_as_one_after_the_other() -> None:
    matcher = japanese()
    drawn = {one.record.key: columns_of(one.record) for one in labelled_records(people=400, seed=6)}
    names = list(drawn)
    for name in names:
        match_store.put(matcher, name, drawn[name])
    one_by_one, links = match_store.clusters(), sorted(match_store.links(matcher, names))
    for name in names:
        match_store.remove(matcher, name)
    for start in range(0, len(names), 97):
        match_store.put_many(matcher, {name: drawn[name] for name in names[start : start + 97]})
    assert match_store.clusters() == one_by_one
    assert sorted(match_store.links(matcher, names)) == links
    # Taken in again, with some of them changed into others, nothing is kept twice.
    changed = {name: drawn[names[place - 1]] for place, name in enumerate(names[:50])}
    match_store.put_many(matcher, changed)
    match_store.put_many(matcher, {name: drawn[name] for name in changed})
    assert match_store.clusters() == one_by_one
    assert any(cluster.label != name for name, cluster in one_by_one.items())
