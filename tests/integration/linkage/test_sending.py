"""Lists on their way to the gateway: several at once, holds before replicas, and all of it told in the end."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest
from django.db import connections

from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.holds import note_holds, told_holds
from tasuki.linkage.operations import provision, send_outbox
from tasuki.nodes.sql import rows
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types.items import Registration
from tasuki.protocol import messages
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import ACCEPTED
from tasuki.protocol.replica_messages import WrittenSheet
from tasuki.screening.changes import changes_to_carry
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import record_result
from tasuki.screening.types import Change, Recorded, ResidentRow
from tests.integration.linkage.beside import INSTITUTION
from tests.integration.persons.index import CLERK, TARO, registered

pytestmark = pytest.mark.django_db(databases=["default", "index"])
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PEOPLE = [f"{number}" for number in range(1, 7)]
#: Three lists of four changes: for each person that they are here, and a result.
LIST, LISTS = 4, 3


@dataclass
class Hearing:
    """A gateway that remembers what it was told, as pairs of what and whom, and can be away for a moment."""

    away_at: int = -1
    keeps_order: bool = True
    told: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    holds: list[tuple[str, bool]] = field(default_factory=list)

    def set_holds(self, items: Sequence[messages.Hold]) -> list[messages.Accepted]:
        told = [(person, one.hold) for one in items for person in one.unified_person_numbers]
        self.holds += told
        return self._hears("holds", [person for person, _ in told])

    def register_replicas(self, items: Sequence[WrittenSheet]) -> list[messages.Accepted]:
        if sum(what == "replicas" for what, _ in self.told) == self.away_at:
            self.away_at = -1
            raise ExchangeFailed("gateway-east", Phase.CONNECT, "away")
        return self._hears("replicas", [person for one in items for person, *_ in one.replicas])

    def replicas_ready(self, items: Sequence[WrittenSheet]) -> Callable[[], list[messages.Accepted]]:
        return lambda: self.register_replicas(items)

    def _hears(self, what: str, people: Sequence[str]) -> list[messages.Accepted]:
        self.told.append((what, tuple(sorted(set(people)))))
        return [ACCEPTED] * len(people)

    def of(self, what: str) -> list[tuple[str, ...]]:
        return [people for heard, people in self.told if heard == what]


def registers(number: str, **changed: Any) -> None:
    values: dict[str, Any] = {
        "system_person_number": number, "household_number": number, "name": f"例示　{number}", "kana_name": "レイジ",
        "sex": "1", "birth_date": date(1980, 1, int(number)), "address": "架空区模擬町",
    }  # fmt: skip
    register_residents(rows=[ResidentRow(**values | changed)], by=CLERK, at=AT, reason="daily")


@pytest.fixture
def outbox(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people move in and be screened, and lists be short."""
    monkeypatch.setattr(provision, "LIST", LIST)
    for number in PEOPLE:
        items = replace(TARO, name=f"例示　{number}", birth_date=f"1980-01-{int(number):02}")
        registered(Registration(number, items, None))
        registers(number)
        record = ScreeningRecord(
            Programme.LUNG, Stage.PRIMARY, 2025, 1, "2025-07-24", 45, "1", None, "模擬町診療所",
            {"9P502000000000011": "1", "9P504000000000011": "1"},
        )  # fmt: skip
        assert isinstance(record_result(person=number, record=record, fee_class="", by=CLERK, at=AT), Recorded)


def sends(gateway: Hearing) -> int:
    return send_outbox(institution=INSTITUTION, link=cast(Link, gateway), by=CLERK, at=AT)


def waiting() -> int:
    return int(rows("SELECT count(*) AS n FROM screening_outbox")[0]["n"])


def test_lists_are_told_in_their_order_and_each_ones_holds_before_its_replicas(outbox: None) -> None:
    gateway = Hearing()
    replicas = sends(gateway)
    assert len(gateway.of("holds")) == len(gateway.of("replicas")) == LISTS
    assert gateway.of("holds") == gateway.of("replicas") == sorted(gateway.of("replicas"))
    for people in gateway.of("replicas"):
        assert gateway.told.index(("holds", people)) < gateway.told.index(("replicas", people))
    assert (replicas > 0, waiting()) == (True, 0)


@pytest.mark.parametrize("in_transaction", [True, False])
def test_waiting_changes_are_read_once_each_and_ahead_only_where_another_connection_sees_them(
    outbox: None, monkeypatch: pytest.MonkeyPatch, in_transaction: bool
) -> None:
    # Nothing here is committed, so another thread cannot read it: it is given what this one read.
    kept = changes_to_carry(limit=100, on=AT.date())
    asked: list[int] = []

    def read(*, limit: int, on: date, after: int) -> list[Change]:
        del on
        asked.append(after)
        return [one for one in kept if one.entry_id > after][:limit]

    monkeypatch.setattr(provision, "changes_to_carry", read)
    if not in_transaction:
        monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    with provision._Waiting(AT.date()) as changes:
        first = changes.next()
        for _ in range(100):
            if in_transaction or len(asked) > 1:
                break
            time.sleep(0.01)
        assert asked == ([0] if in_transaction else [0, first[-1].entry_id])
        given = [*first]
        while read_now := changes.next():
            given += read_now
    assert given == kept
    assert len(asked) == LISTS + 1


@pytest.mark.parametrize("away_at", range(LISTS))
def test_where_order_is_kept_nothing_follows_a_list_that_did_not_arrive_and_all_of_it_is_told_later(
    outbox: None, away_at: int
) -> None:
    gateway = Hearing(away_at=away_at)
    with pytest.raises(ExchangeFailed):
        sends(gateway)
    assert len(gateway.of("replicas")) == away_at
    assert waiting() == (LISTS - away_at) * LIST

    back = Hearing()
    sends(back)
    assert gateway.of("replicas") + back.of("replicas") == sorted({*gateway.of("replicas"), *back.of("replicas")})
    assert (len(back.of("replicas")), waiting()) == (LISTS - away_at, 0)


class Pairing(Hearing):
    """A gateway that takes the replicas of the first list only once it has those of the second, or fails to then."""

    def __init__(self, *, takes_first: bool) -> None:
        super().__init__(keeps_order=False)
        self.takes_first = takes_first
        self.has_second = threading.Event()

    def register_replicas(self, items: Sequence[WrittenSheet]) -> list[messages.Accepted]:
        people = {person for one in items for person, *_ in one.replicas}
        if people != set(self.of("holds")[0]):
            replies = super().register_replicas(items)
            self.has_second.set()
            return replies
        if not self.has_second.wait(10):
            raise AssertionError("nothing came beside the first list")
        if not self.takes_first:
            raise ExchangeFailed("gateway-east", Phase.RECEIVE, "away")
        return super().register_replicas(items)


def test_replicas_of_two_lists_are_under_way_at_once_and_their_holds_in_order(outbox: None) -> None:
    gateway = Pairing(takes_first=True)
    sends(gateway)
    lists = gateway.of("holds")
    assert gateway.of("replicas") == [lists[1], lists[0], lists[2]]
    for people in lists:
        assert gateway.told.index(("holds", people)) < gateway.told.index(("replicas", people))
    assert waiting() == 0


def test_what_went_beside_a_list_that_did_not_arrive_is_told_again_with_it(outbox: None) -> None:
    gateway = Pairing(takes_first=False)
    with pytest.raises(ExchangeFailed):
        sends(gateway)
    assert (len(gateway.of("replicas")), waiting()) == (1, LISTS * LIST)

    back = Hearing(keeps_order=False)
    sends(back)
    assert (len(back.of("replicas")), waiting()) == (LISTS, 0)


def test_nothing_goes_beside_a_list_whose_holds_did_not_arrive(outbox: None) -> None:
    class Unheld(Hearing):
        def set_holds(self, items: Sequence[messages.Hold]) -> list[messages.Accepted]:
            raise ExchangeFailed("gateway-east", Phase.CONNECT, "away")

    gateway = Unheld(keeps_order=False)
    with pytest.raises(ExchangeFailed):
        sends(gateway)
    assert (gateway.told, waiting()) == ([], LISTS * LIST)


def test_who_is_held_again_by_the_list_after_the_one_that_releases_them_stays_noted(
    outbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody is protected after the list that releases them was read, and before the next one about them is."""
    monkeypatch.setattr(provision, "LIST", 1)

    def protected_after_the_first_list(**given: Any) -> None:
        note_holds(**given)
        monkeypatch.setattr(provision, "note_holds", note_holds)
        registers("1", protected_from=date(2026, 4, 1))

    monkeypatch.setattr(provision, "note_holds", protected_after_the_first_list)
    # That they are protected now comes last in the outbox, and is not reached.
    gateway = Hearing(away_at=2)
    with pytest.raises(ExchangeFailed):
        sends(gateway)
    [person] = unified_numbers("screening", ["1"]).values()
    assert [hold for one, hold in gateway.holds if one == person] == [False, True]
    assert told_holds([person]) == {person}


def test_nobody_is_told_of_twice_in_one_sending_unless_something_changed(
    outbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provision, "LIST", 1)
    gateway = Hearing()
    sends(gateway)
    people = unified_numbers("screening", PEOPLE)
    # Each is in two lists: that they are here, and their result.
    assert sorted(gateway.holds) == sorted((person, False) for person in people.values())

    registers("2", protected_from=date(2026, 4, 1))
    registers("3", moved_out_date=date(2026, 10, 1))
    again = Hearing()
    sends(again)
    # What an earlier sending told is told again: the gateway may have been told otherwise since.
    assert sorted(again.holds) == [(people["2"], True), (people["3"], False)]


class Looking(Hearing):
    """A gateway whose link looks into the town's database, as looking up a peer's keys does."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: list[Any] = []

    def _hears(self, what: str, people: Sequence[str]) -> list[messages.Accepted]:
        assert rows("SELECT 1 AS one") == [{"one": 1}]
        self.looked.append(connections["default"])
        return super()._hears(what, people)


def test_what_a_sending_takes_from_the_pool_it_gives_back(outbox: None) -> None:
    gateway = Looking()
    sends(gateway)
    assert len({id(one) for one in gateway.looked} - {id(connections["default"])}) == 2
    # A thread that ends with a connection takes it from the pool for good.
    assert [one.connection for one in gateway.looked] == [None] * 2 * LISTS
