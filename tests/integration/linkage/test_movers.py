"""Everyone who moved in is in exactly one group and is asked about once; coverage is what counting them gives."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from tasuki import runtime
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations import adopt, register_provider
from tasuki.linkage.operations import movers as operations
from tasuki.linkage.operations.inquiries import Asker, inquire
from tasuki.linkage.queries import inquiries_of
from tasuki.linkage.queries import movers as queries
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.movers import MoversAsked, Period, Standing
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.protocol.messages import State
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.fakes.gateway import FakeGateway
from tests.integration.persons.index import CIPHER, CLERK
from tests.integration.web.test_exchange import answer, lung

pytestmark = pytest.mark.django_db(databases=["default", "index"])

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OWN, SAPPORO, MOGI = "1000000000000001", "0201100200000000", "1000000000000002"
YEAR = Period(date(2026, 4, 1), date(2026, 11, 23))
# 宛名番号 → when the person moved in, and from where; "01101" is a ward of Sapporo.
ORIGINS = {
    "101": (date(2026, 4, 1), "011002"),
    "102": (date(2026, 6, 1), "011011"),
    "103": (date(2026, 7, 1), "139980"),
    "104": (date(2026, 8, 1), "999997"),
    "105": (date(2026, 9, 1), "139971"),
    "106": (date(2026, 10, 1), ""),
    "107": (date(2026, 11, 23), "139980"),
    "201": (date(2026, 3, 31), "139980"),
    "202": (date(2026, 11, 24), "139980"),
}


def resident(number: str) -> ResidentRow:
    moved, origin = ORIGINS[number]
    return ResidentRow(
        number, number, f"例示　{number}", "レイジ", date(1980, 1, 1), "1", address="架空区模擬町", moved_in_date=moved,
        moved_in_from=origin,
    )  # fmt: skip


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def asker(gateway: FakeGateway) -> Asker:
    return Asker(OWN, cast(GatewayLink, gateway), runtime.new_id, "JT99990000000141", "健康づくり課")


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    gone = replace(resident("107"), system_person_number="301", moved_out_date=date(2026, 11, 23))
    register_residents(rows=[*map(resident, ORIGINS), gone], by=CLERK, at=AT, reason="test")
    people = [PersonToNumber(number, None) for number in ORIGINS if number != "107"]
    number_people(system=SYSTEM, people=people, cipher=CIPHER, by=CLERK, at=AT)
    for code, name, municipality in ((SAPPORO, "札幌市", "011002"), (MOGI, "模擬市", "139980")):
        register_provider(
            institution=Institution(InstitutionCode(code), name, name, MunicipalityCode(municipality)),
            by=CLERK,
            at=AT,
        )


def standings() -> dict[str, Standing]:
    return {one.system_person_number: one.standing for one in queries.movers(YEAR)}


def test_everyone_who_moved_in_during_the_period_is_in_one_group() -> None:
    assert standings() == {
        "101": Standing.NOT_ASKED,
        "102": Standing.NOT_ASKED,
        "103": Standing.NOT_ASKED,
        "104": Standing.ABROAD,
        "105": Standing.NOT_LISTED,
        "106": Standing.NO_ORIGIN,
        "107": Standing.NOT_ASKED,
    }
    assert {one.provider for one in queries.movers(YEAR) if one.origin == "011011"} == {SAPPORO}


def test_the_list_is_cut_by_provider_standing_and_page() -> None:
    assert [one.system_person_number for one in queries.movers(YEAR, provider=MOGI)] == ["107", "103"]
    unlisted = queries.movers(YEAR, standings=[Standing.ABROAD, Standing.NO_ORIGIN])
    assert [one.system_person_number for one in unlisted] == ["106", "104"]
    assert [one.system_person_number for one in queries.movers(YEAR, limit=2, offset=1)] == ["106", "105"]


def test_everybody_is_asked_about_once_and_whoever_has_no_number_is_told(asker: Asker) -> None:
    told: list[tuple[int, int]] = []
    done = operations.ask_movers(
        period=YEAR, asker=asker, by=CLERK, at=AT, progress=lambda *reached: told.append(reached)
    )
    assert done == MoversAsked(asked=3, not_numbered=1)
    assert told[-1] == (3, 3)
    assert Counter(standings().values())[Standing.OPEN] == 3
    assert operations.ask_movers(period=YEAR, asker=asker, by=CLERK, at=AT) == MoversAsked(0, 1)
    assert [len(inquiries_of(number)) for number in ("101", "102", "103", "107")] == [1, 1, 1, 0]


def test_only_the_people_of_one_town_are_asked_about_when_it_is_named(asker: Asker) -> None:
    operations.ask_movers(period=YEAR, asker=asker, provider=SAPPORO, by=CLERK, at=AT)
    assert {number for number, standing in standings().items() if standing is Standing.OPEN} == {"101", "102"}


def test_what_ended_without_an_answer_is_asked_again_only_on_request(asker: Asker, gateway: FakeGateway) -> None:
    gateway.state = State.OWN_CODE_MISSING
    operations.ask_movers(period=YEAR, asker=asker, by=CLERK, at=AT)
    assert Counter(standings().values())[Standing.ENDED] == 3
    gateway.state, gateway.answers = State.NOT_SCREENED, []
    later = AT + timedelta(hours=1)
    assert operations.ask_movers(period=YEAR, asker=asker, by=CLERK, at=later).asked == 0
    assert operations.ask_movers(period=YEAR, asker=asker, again=True, by=CLERK, at=later).asked == 3
    assert Counter(standings().values())[Standing.NOTHING] == 3


def test_an_answer_counts_before_and_after_it_is_adopted(asker: Asker, gateway: FakeGateway) -> None:
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    operations.ask_movers(period=YEAR, asker=asker, provider=MOGI, by=CLERK, at=AT)
    assert standings()["103"] is Standing.TO_ADOPT
    [asked] = inquiries_of("103")
    adopt(transaction_number=asked.transaction_number, by=CLERK, at=AT)
    assert standings()["103"] is Standing.ADOPTED


def test_an_inquiry_of_an_earlier_stay_or_of_another_town_does_not_count(asker: Asker, gateway: FakeGateway) -> None:
    gateway.state = State.NOT_SCREENED
    before = datetime(2026, 6, 30, 14, 59, tzinfo=UTC)  # 23:59 in Japan, on the day before 103 moved in
    inquire(people=["103"], provider=MOGI, asker=asker, by=CLERK, at=before)
    inquire(people=["103"], provider=SAPPORO, asker=asker, by=CLERK, at=AT)
    assert standings()["103"] is Standing.NOT_ASKED


def test_the_coverage_is_what_counting_the_list_gives(asker: Asker, gateway: FakeGateway) -> None:
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    operations.ask_movers(period=YEAR, asker=asker, provider=SAPPORO, by=CLERK, at=AT)
    gateway.state, gateway.answers = State.PERMITTED, []
    operations.ask_movers(period=YEAR, asker=asker, provider=MOGI, by=CLERK, at=AT)

    found = queries.coverage(YEAR)

    listed = queries.movers(YEAR)
    assert {key: number for key, number in found.whole.counts.items() if number} == Counter(
        one.standing for one in listed
    )
    for one in found.providers:
        same = [
            mover for mover in listed if mover.provider == one.provider and (one.provider or mover.origin == one.origin)
        ]
        assert {key: number for key, number in one.counts.items() if number} == Counter(
            mover.standing for mover in same
        )
    assert found.whole.people == len(listed) == sum(one.people for one in found.providers)
    assert (found.can_be_asked, found.answered) == (4, 2)
    sapporo = next(one for one in found.providers if one.provider == SAPPORO)
    assert sapporo.median_seconds is not None
    assert next(one for one in found.providers if one.provider == MOGI).median_seconds is None
    lungs = next(one for one in found.programmes if one.programme == "51")
    assert (lungs.asked, lungs.answered, lungs.found) == (3, 2, 2)
    breasts = next(one for one in found.programmes if one.programme == "52")
    assert (breasts.asked, breasts.answered, breasts.found) == (3, 2, 0)


def test_a_period_in_which_nobody_moved_in_is_empty() -> None:
    found = queries.coverage(Period(date(2001, 1, 1), date(2001, 12, 31)))
    assert (found.whole.people, found.providers, found.can_be_asked) == (0, (), 0)
    assert all(one.asked == 0 for one in found.programmes)


def test_the_daily_hour_is_set_once_by_each_reader_of_a_version() -> None:
    assert queries.daily_movers().hour is None
    stored = operations.set_daily_movers(hour=3, days=30, version=0, by=CLERK, at=AT)
    assert stored is not None
    assert queries.daily_movers() == stored
    assert operations.set_daily_movers(hour=4, days=30, version=0, by=CLERK, at=AT) is None
