"""One person's coupon, reminders and refusals by hand; nothing is done without its record, nothing written is lost."""

import datetime as dt
from collections.abc import Callable

import psycopg
import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from tasuki.invitations import queries
from tasuki.invitations.errors import (
    NoSuchCouponError,
    NoSuchRefusalError,
    NoSuchResidentError,
    NoSuchTargetError,
)
from tasuki.invitations.operations.coupons import issue_coupon, print_coupon, replace_coupon, void_coupon
from tasuki.invitations.operations.refusals import AlreadyRefused, end_refusal, record_refusal
from tasuki.invitations.operations.reminders import remind_person
from tasuki.invitations.operations.targets import add_target, remove_target
from tasuki.invitations.tables import APPEND_ONLY_TABLES
from tasuki.invitations.types import Coupon, CouponState, NoCoupon, RefusalReason, Standing
from tasuki.layouts.types import Programme
from tasuki.letters.queries import letters_of
from tasuki.letters.types import Made
from tasuki.nodes.sql import rows, run
from tasuki.nodes.types import Databases
from tests.integration.invitations.year import ON, UNTIL, YEAR, compute, examine, freeze, issue, refuse, remind
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(db: None) -> None:
    """One man of 56 on the year's list."""
    register(resident())
    compute()
    freeze()


def issued() -> Coupon:
    outcome = issue_coupon(person=NUMBER, fiscal_year=YEAR, valid_until=UNTIL, by=BY, at=AT)
    assert isinstance(outcome, Coupon)
    return outcome


def printed(number: str, *, is_asked: bool = False) -> Made | NoCoupon:
    return print_coupon(number=number, town="架空区", is_asked=is_asked, by=BY, at=AT)


def reminded(*, is_asked: bool = False, at: dt.datetime = AT) -> Made | NoCoupon:
    return remind_person(person=NUMBER, fiscal_year=YEAR, town="架空区", is_asked=is_asked, by=BY, at=at)


def kinds() -> list[str]:
    return [row["kind"] for row in rows("SELECT kind FROM evidence_entry ORDER BY entry_id")]


@pytest.mark.usefixtures("listed")
class TestCoupon:
    def test_a_person_has_one_and_a_second_is_refused(self) -> None:
        coupon = issued()
        assert coupon.state is CouponState.ISSUED
        outcome = issue_coupon(person=NUMBER, fiscal_year=YEAR, valid_until=UNTIL, by=BY, at=AT)
        assert outcome is NoCoupon.HAS_COUPON
        assert queries.coupon(coupon.number) == coupon
        assert queries.coupon("0" * 12) is None

    def test_a_replaced_one_is_void_with_its_reason_and_the_new_one_has_another_number(self) -> None:
        former = issued()
        new = replace_coupon(person=NUMBER, number=former.number, reason="紛失", valid_until=UNTIL, by=BY, at=AT)
        assert isinstance(new, Coupon)
        assert new.number != former.number
        assert [(one.number, one.state, one.void_reason) for one in queries.coupons_of(NUMBER) if one.voided_at] == [
            (former.number, CouponState.VOID, "紛失")
        ]
        with pytest.raises(NoSuchCouponError):
            void_coupon(person=NUMBER, number=former.number, reason="もう一度", by=BY, at=AT)
        with pytest.raises(NoSuchCouponError):
            void_coupon(person="0009999999", number=new.number, reason="別の人", by=BY, at=AT)
        with pytest.raises(NoSuchCouponError):
            printed(former.number)

    def test_nothing_happens_to_the_old_one_when_there_can_be_no_new_one(self) -> None:
        former = issued()
        for programme in Programme:
            examine(NUMBER, programme)
        outcome = replace_coupon(person=NUMBER, number=former.number, reason="紛失", valid_until=UNTIL, by=BY, at=AT)
        assert outcome is NoCoupon.NO_TARGET
        (stays,) = queries.coupons_of(NUMBER)
        assert stays.voided_at is None
        assert "coupon_voided" not in kinds()

    @pytest.mark.parametrize("source", ["OWN", "OTHER_MUNICIPALITY", "WORKPLACE"])
    def test_it_is_used_once_every_result_came_in_whoever_gave_it(self, source: str) -> None:
        coupon = issued()
        first, *others = coupon.programmes
        examine(NUMBER, first, source)
        (stands,) = queries.coupons_of(NUMBER)
        assert (stands.used, stands.state) == ({first}, CouponState.ISSUED)
        for programme in others:
            examine(NUMBER, programme, source)
        assert queries.coupons_of(NUMBER)[0].state is CouponState.USED

    def test_it_is_printed_and_recorded_as_a_letter_about_it(self) -> None:
        coupon = issued()
        made = printed(coupon.number)
        assert isinstance(made, Made)
        assert made.pdf.startswith(b"%PDF")
        assert [one.subject for one in letters_of(NUMBER)] == [coupon.number]

    def test_a_protected_person_is_asked_first(self) -> None:
        coupon = issued()
        run("UPDATE screening_resident SET protected_from = %s", [ON])
        assert printed(coupon.number) is NoCoupon.ASK_FIRST
        assert letters_of(NUMBER) == []
        assert isinstance(printed(coupon.number, is_asked=True), Made)

    def test_without_an_address_it_is_handed_over(self) -> None:
        run("UPDATE screening_resident SET address = ''")
        assert issue().outcome == {"coupons": 0, "left_out_no_address": 1}
        assert isinstance(printed(issued().number), Made)

    def test_whoever_left_gets_none(self) -> None:
        coupon = issued()
        run("UPDATE screening_resident SET moved_out_date = %s", [ON])
        assert printed(coupon.number) is NoCoupon.GONE
        void_coupon(person=NUMBER, number=coupon.number, reason="転出", by=BY, at=AT)
        assert issue_coupon(person=NUMBER, fiscal_year=YEAR, valid_until=UNTIL, by=BY, at=AT) is NoCoupon.GONE

    def test_whoever_refused_invitations_may_still_ask_for_one(self) -> None:
        refuse(NUMBER)
        assert issue().outcome == {"coupons": 0}
        assert issued().state is CouponState.ISSUED


@pytest.mark.usefixtures("listed")
class TestReminder:
    def test_one_by_hand_counts_like_one_of_a_run(self) -> None:
        assert isinstance(reminded(), Made)
        assert reminded() is NoCoupon.REMINDED_TODAY
        assert remind(days=1).outcome == {"reminded": 0}
        assert remind(days=1, at=AT + dt.timedelta(days=1)).outcome == {"reminded": 1}
        assert [one.place for one in queries.reminders_of(NUMBER)] == [2, 1]

    def test_nobody_is_reminded_of_nothing(self) -> None:
        refuse(NUMBER)
        assert reminded() is NoCoupon.NO_TARGET
        assert queries.reminders_of(NUMBER) == []

    def test_a_protected_person_is_asked_first(self) -> None:
        run("UPDATE screening_resident SET protected_from = %s", [ON])
        assert remind().outcome == {"reminded": 0, "left_out_protected": 1}
        assert reminded() is NoCoupon.ASK_FIRST
        assert isinstance(reminded(is_asked=True), Made)


@pytest.mark.usefixtures("listed")
class TestListAndRefusals:
    def test_whoever_was_taken_off_stays_off_until_put_on_by_hand(self) -> None:
        (lung, *_) = queries.targets_of(NUMBER, YEAR, ON)
        remove_target(person=NUMBER, target_id=lung.target_id, reason="本人の申出", by=BY, at=AT)
        with pytest.raises(NoSuchTargetError):
            remove_target(person=NUMBER, target_id=lung.target_id, reason="もう一度", by=BY, at=AT)
        assert freeze().outcome == {"targets": 0, "people": 0, "stayed_off": 1}
        assert [one.removed_reason for one in queries.removed_of(NUMBER, YEAR)] == ["本人の申出"]
        arguments = {
            "person": NUMBER,
            "fiscal_year": YEAR,
            "programme": lung.programme,
            "note": "希望",
            "by": BY,
            "at": AT,
        }
        assert add_target(**arguments) is not None  # type: ignore[arg-type]  # the same arguments twice
        assert add_target(**arguments) is None  # type: ignore[arg-type]  # as above
        assert lung.programme in {one.programme for one in queries.targets_of(NUMBER, YEAR, ON)}

    def test_a_refusal_counts_in_its_days_and_can_be_taken_back(self) -> None:
        refusal = refuse(NUMBER, Programme.LUNG, ON, ON + dt.timedelta(days=10))
        assert standing(ON - dt.timedelta(days=1)) is standing(ON + dt.timedelta(days=10)) is Standing.OPEN
        assert standing(ON) is standing(ON + dt.timedelta(days=9)) is Standing.REFUSED
        back = ON + dt.timedelta(days=2)
        end_refusal(person=NUMBER, refusal_id=refusal, ended_date=back, reason="気が変わった", by=BY, at=AT)
        assert (standing(ON), standing(back)) == (Standing.REFUSED, Standing.OPEN)
        with pytest.raises(NoSuchRefusalError):
            end_refusal(person=NUMBER, refusal_id=refusal, ended_date=back, reason="また", by=BY, at=AT)
        (kept,) = queries.refusals_of(NUMBER)
        assert (kept.valid_to, kept.ended_reason, kept.is_in_force(back)) == (back, "気が変わった", False)

    def test_the_same_refusal_is_recorded_once(self) -> None:
        refuse(NUMBER)
        outcome = record_refusal(
            person=NUMBER,
            programme=None,
            reason=RefusalReason.OTHER,
            note="",
            valid_from=ON,
            valid_to=None,
            by=BY,
            at=AT,
        )
        assert isinstance(outcome, AlreadyRefused)

    def test_nobody_unknown_is_put_on_a_list_or_refuses(self) -> None:
        with pytest.raises(NoSuchResidentError):
            refuse("0009999999")
        with pytest.raises(NoSuchResidentError):
            add_target(person="0009999999", fiscal_year=YEAR, programme=Programme.LUNG, note="x", by=BY, at=AT)


def standing(on: dt.date) -> Standing:
    return next(one.standing for one in queries.targets_of(NUMBER, YEAR, on) if one.programme is Programme.LUNG)


ACTS: dict[str, Callable[[], object]] = {
    "targets_frozen": lambda: freeze(),
    "coupons_issued": issue,
    "reminders_sent": remind,
    "refusal_recorded": lambda: refuse(NUMBER),
    "target_added": lambda: add_target(
        person=NUMBER, fiscal_year=YEAR, programme=Programme.OSTEOPOROSIS, note="希望", by=BY, at=AT
    ),
    "target_removed": lambda: remove_target(
        person=NUMBER, target_id=queries.targets_of(NUMBER, YEAR, ON)[0].target_id, reason="誤り", by=BY, at=AT
    ),
}
COUNTED = (
    "SELECT (SELECT count(*) FROM invitations_run), (SELECT count(*) FROM invitations_coupon),"
    " (SELECT count(*) FROM invitations_reminder), (SELECT count(*) FROM invitations_refusal),"
    " (SELECT count(*) FROM invitations_target WHERE removed_at IS NULL), (SELECT count(*) FROM letters_letter)"
)


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("kind", ACTS)
def test_every_act_has_its_record_without_a_number_of_anybody(kind: str) -> None:
    before = len(kinds())
    ACTS[kind]()
    assert kind in kinds()[before:]
    bodies = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry")
    assert not any(NUMBER in row["body"] for row in bodies)


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("kind", ACTS)
def test_without_its_record_nothing_is_done(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no record")

    for module in ("recording", "operations.targets", "operations.refusals"):
        monkeypatch.setattr(f"tasuki.invitations.{module}.append", broken)
    before = rows(COUNTED)
    with pytest.raises(RuntimeError, match="no record"), transaction.atomic():
        ACTS[kind]()
    assert rows(COUNTED) == before


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_what_was_recorded_stays(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(f"DELETE FROM {table}")  # noqa: S608 — our own tables


@pytest.mark.parametrize("role", ["runtime", "owner"])
@pytest.mark.parametrize("table", ["invitations_target", "invitations_coupon", "invitations_refusal"])
def test_nobody_deletes_what_can_only_be_ended(database_urls: Databases, table: str, role: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(getattr(database_urls, role)) as other, refused:
        other.execute(f"DELETE FROM {table}")  # noqa: S608 — our own tables


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invitations_coupon SET number = '000000000000'",
        "UPDATE invitations_coupon SET valid_until = '2030-01-01'",
        "UPDATE invitations_target SET programme = '57'",
        "UPDATE invitations_refusal SET note = ''",
    ],
)
def test_only_an_end_is_ever_written_into_a_row(statement: str) -> None:
    issued()
    refuse(NUMBER)
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic():
        run(statement)


@pytest.mark.usefixtures("listed")
def test_a_void_coupon_does_not_come_back() -> None:
    coupon = issued()
    void_coupon(person=NUMBER, number=coupon.number, reason="紛失", by=BY, at=AT)
    with pytest.raises(ProgrammingError, match="refused"), transaction.atomic():
        run("UPDATE invitations_coupon SET voided_at = NULL, voided_by = NULL, void_reason = ''")
