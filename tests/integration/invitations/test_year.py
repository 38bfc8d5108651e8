"""A year's invitations for a whole town: nobody twice, nobody who must not be, and every number adds up."""

import datetime as dt
from collections import Counter
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tasuki.eligibility.operations.exclusions import exclude
from tasuki.eligibility.types import ExclusionKind
from tasuki.invitations import queries
from tasuki.invitations.numbers import is_coupon_number
from tasuki.invitations.operations.targets import add_target, freeze_targets
from tasuki.invitations.statements import obstacle
from tasuki.invitations.types import Covered, LeftOut, NotReady, Standing, TargetFilter
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.screening.queries.recipients import NoLetter, recipients
from tests.integration.invitations.year import (
    CANCER,
    ON,
    UNTIL,
    YEAR,
    Box,
    compute,
    examine,
    freeze,
    issue,
    random_town,
    refuse,
    remind,
)
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db
LATER = AT + dt.timedelta(days=40)


def everybody() -> queries.TargetPage:
    return queries.targets(YEAR, ON, limit=None)


def test_a_list_that_was_never_computed_is_not_frozen() -> None:
    register(resident())
    outcome = freeze_targets(run_id=uuid4(), fiscal_year=YEAR, programmes=[Programme.LUNG], by=BY, at=AT)
    assert outcome is NotReady.NOT_COMPUTED
    assert queries.runs(YEAR) == []


def test_the_list_holds_exactly_who_is_due_and_the_groups_add_up_to_it() -> None:
    random_town(300, 1)
    compute()
    done = freeze()
    due = rows(
        "SELECT programme, system_person_number AS person, reason FROM eligibility_assessment"
        " WHERE fiscal_year = %s AND status = 'DUE'",
        [YEAR],
    )
    listed = everybody()
    assert {(one.programme, one.system_person_number, one.reason) for one in listed.rows} == {
        (row["programme"], row["person"], row["reason"]) for row in due
    }
    assert done.outcome == {
        "targets": len(due), "people": len({row["person"] for row in due}), "stayed_off": 0,
    }  # fmt: skip
    numbers = queries.numbers(YEAR, ON)
    assert numbers.targets == listed.total == len(due)
    for one in numbers.programmes:
        assert one.open + one.examined + one.refused + one.not_due + one.gone == one.targets
        counted = Counter(row.standing for row in listed.rows if row.programme is one.programme)
        assert (one.open, one.refused) == (counted[Standing.OPEN], counted[Standing.REFUSED])
        for standing in Standing:
            page = queries.targets(YEAR, ON, wanted=TargetFilter(programme=one.programme, standing=standing))
            assert page.total == counted[standing]
    assert any(one.refused for one in numbers.programmes)


def test_nobody_has_two_valid_coupons_and_everybody_is_covered_or_left_out_with_a_reason() -> None:
    random_town(300, 2)
    compute()
    freeze()
    before = queries.numbers(YEAR, ON)
    box = Box()
    done = issue(box)
    valid = rows("SELECT system_person_number AS person, number FROM invitations_coupon WHERE voided_at IS NULL")
    assert len(valid) == len({row["person"] for row in valid}) == done.outcome["coupons"] == before.to_issue > 100
    assert len({row["number"] for row in valid}) == len(valid)
    assert all(is_coupon_number(row["number"]) and row["number"].startswith("26") for row in valid)
    total, left = queries.left_out_by(done.run_id, limit=1_000)
    assert total == len(left) == sum(before.left_out.values()) > 10
    assert Counter(one.reason for one in left) == before.left_out
    assert {one.reason for one in left} >= {LeftOut.PROTECTED, LeftOut.NO_ADDRESS}
    waiting = {one.system_person_number for one in everybody().rows if one.standing in (Standing.OPEN, Standing.GONE)}
    assert waiting == {row["person"] for row in valid} | {one.system_person_number for one in left}
    assert not {row["person"] for row in valid} & {one.system_person_number for one in left}
    assert sum(1 for content in box.files.values() if content.startswith(b"%PDF")) == len(box.files) >= 1
    assert queries.numbers(YEAR, ON).to_issue == 0


def test_a_second_run_issues_nothing_and_the_same_run_is_done_once() -> None:
    random_town(60, 3)
    compute()
    frozen = freeze()
    assert freeze(run_id=frozen.run_id) == frozen
    again = freeze()
    assert (again.outcome["targets"], again.outcome["people"]) == (0, 0)
    box, run_id = Box(), uuid4()
    first = issue(box, run_id=run_id)
    repeated = Box()
    assert issue(repeated, run_id=run_id).outcome == first.outcome
    assert repeated.files == {}
    assert issue(repeated).outcome.get("coupons") == 0
    assert len(rows("SELECT FROM invitations_coupon")) == first.outcome["coupons"]


def test_the_database_itself_refuses_a_second_valid_coupon() -> None:
    random_town(20, 4)
    compute()
    freeze()
    issue()
    with pytest.raises(IntegrityError, match="invitations_coupon_valid_once"), transaction.atomic():
        run(
            "INSERT INTO invitations_coupon (number, fiscal_year, system_person_number, programmes, valid_until,"
            " issued_at, issued_by) SELECT '000000000000', fiscal_year, system_person_number, programmes, valid_until,"
            " issued_at, issued_by FROM invitations_coupon LIMIT 1"
        )


def test_nobody_examined_refused_excluded_gone_or_protected_is_reminded() -> None:
    random_town(300, 5)
    compute()
    freeze()
    issue()
    due = [one for one in everybody().rows if one.programme is Programme.LUNG and one.standing is Standing.OPEN]
    reachable = [one.system_person_number for one in due if one.obstacle is None]
    examined, excluded, protected, refuser = reachable[:4]
    examine(examined, Programme.LUNG)
    exclude(person=excluded, programme=Programme.LUNG, kind=ExclusionKind.UNDER_TREATMENT, valid_from=ON,
            valid_to=None, note="", by=BY, at=AT)  # fmt: skip
    run("UPDATE screening_resident SET protected_from = %s WHERE system_person_number = %s", [ON, protected])
    refuse(refuser, Programme.LUNG)
    done = remind(None, Programme.LUNG)
    reminded = {row["person"] for row in rows("SELECT system_person_number AS person FROM invitations_reminder")}
    assert done.outcome["reminded"] == len(reminded) > 20
    assert not reminded & {examined, excluded, protected, refuser}
    standing = {one.system_person_number: one for one in everybody().rows if one.programme is Programme.LUNG}
    for person in reminded:
        assert (standing[person].standing, standing[person].obstacle) == (Standing.OPEN, None)
    assert standing[examined].standing is Standing.EXAMINED
    assert standing[excluded].standing is Standing.NOT_DUE
    assert standing[refuser].standing is Standing.REFUSED
    total, left = queries.left_out_by(done.run_id, reason=LeftOut.PROTECTED, limit=500)
    assert protected in {one.system_person_number for one in left}
    assert total == done.outcome["left_out_protected"]


def test_reminders_are_counted_and_keep_their_distance() -> None:
    random_town(80, 6)
    compute()
    freeze()
    first = remind()
    assert first.outcome["reminded"] > 20
    assert remind(days=1).outcome["reminded"] == 0
    assert remind(at=AT + dt.timedelta(days=29)).outcome["reminded"] == 0
    box, run_id = Box(), uuid4()
    second = remind(box, at=LATER, run_id=run_id)
    assert 0 < second.outcome["reminded"] <= first.outcome["reminded"]
    assert remind(at=LATER, run_id=run_id).outcome == second.outcome
    places = Counter(row["place"] for row in rows("SELECT place FROM invitations_reminder"))
    assert places == {1: first.outcome["reminded"], 2: second.outcome["reminded"]}
    twice = queries.targets(YEAR, ON, wanted=TargetFilter(reminded=2)).total
    assert twice > 0
    assert all("受診勧奨" in name for name in box.files)


def test_the_list_in_the_database_and_the_letters_agree_on_who_gets_none() -> None:
    numbers = random_town(300, 7)
    found = rows(
        "WITH asked AS (SELECT unnest(%s::text[]) AS system_person_number)"  # noqa: S608 — a statement of ours
        f" SELECT a.system_person_number AS person, {obstacle(ON)} AS obstacle FROM asked a"
        " LEFT JOIN screening_resident r USING (system_person_number)"
        " LEFT JOIN screening_contact k USING (system_person_number)",
        [[*numbers, "999"]],
    )
    _, none = recipients([*numbers, "999"], ON)
    assert {row["person"]: row["obstacle"] for row in found if row["obstacle"]} == none
    assert set(none.values()) == set(NoLetter)


def test_whoever_becomes_due_later_is_added_and_whoever_is_by_hand_stays() -> None:
    register(resident())
    compute()
    assert freeze(Programme.LUNG).outcome["targets"] == 1
    register(resident("0001000010", name="模擬　次郎"))
    assert freeze(*CANCER).outcome["people"] == 2
    assert {one.programme for one in queries.targets_of(NUMBER, YEAR, ON)} >= {Programme.LUNG, Programme.COLORECTAL}
    added = add_target(
        person=NUMBER, fiscal_year=YEAR, programme=Programme.OSTEOPOROSIS, note="本人の希望", by=BY, at=AT
    )
    assert added is not None
    (by_hand,) = [one for one in queries.targets_of(NUMBER, YEAR, ON) if one.programme is Programme.OSTEOPOROSIS]
    assert (by_hand.standing, by_hand.reason, by_hand.note) == (Standing.OPEN, None, "本人の希望")
    exclude(person=NUMBER, programme=Programme.OSTEOPOROSIS, kind=ExclusionKind.UNDER_TREATMENT, valid_from=ON,
            valid_to=None, note="", by=BY, at=AT)  # fmt: skip
    compute()
    (excluded,) = [one for one in queries.targets_of(NUMBER, YEAR, ON) if one.programme is Programme.OSTEOPOROSIS]
    assert excluded.standing is Standing.NOT_DUE


def test_pages_of_a_list_filter_sort_and_count() -> None:
    random_town(120, 8)
    compute()
    freeze()
    issue()
    total = everybody().total
    parts = [
        queries.targets(YEAR, ON, wanted=TargetFilter(covered=one)).total for one in (Covered.WITH, Covered.WITHOUT)
    ]
    assert sum(parts) == total
    assert all(parts)
    left = queries.targets(YEAR, ON, wanted=TargetFilter(covered=Covered.LEFT_OUT), limit=None)
    assert left.total == sum(one.left_out for one in queries.numbers(YEAR, ON).programmes)
    assert {one.obstacle for one in left.rows} <= set(LeftOut)
    assert None not in {one.obstacle for one in left.rows}
    page = queries.targets(YEAR, ON, limit=10, offset=10)
    assert (page.total, len(page.rows)) == (total, 10)
    assert queries.targets(YEAR, ON, limit=10, offset=100_000).total == total
    assert queries.years() == [YEAR]
    assert UNTIL.year == YEAR + 1
