"""Told histories of inquiries: those a random one seldom meets, each held against the law after every step."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import strategies as st

from tests.integration.exchange.parties import OTHER, ExchangeHistories

pytestmark = pytest.mark.django_db(databases=["default", "index"])


class Chosen:
    """Stands where Hypothesis draws, and gives what a told history chooses."""

    def __init__(self, *values: Any) -> None:
        self._values = list(values)

    def draw(self, _strategy: object) -> Any:
        return self._values.pop(0)


class Told:
    """A history that is told instead of drawn; the model is held against the parties after every step of it."""

    def __init__(self) -> None:
        self.world = ExchangeHistories()

    def asks(self, person: int, *, loses: str = "") -> None:
        data = cast(st.DataObject, Chosen(self.world.people[person - 1], True))
        self.world.staff_ask(data=data, provider=OTHER, loses=loses)
        self._holds()

    def mail(self, *happenings: str) -> None:
        """Let the oldest message go its way, or go astray as said."""
        for happens in happenings:
            self.world.mail_goes_astray(data=cast(st.DataObject, Chosen(0)), happens=happens)
            self._holds()

    def answered(self) -> None:
        self.mail("late", "late", "late")

    def does(self, rule_name: str, **how: Any) -> None:
        getattr(self.world, rule_name)(**how)
        self._holds()

    def cancels(self, *, loses: str = "") -> None:
        [number] = self.world.inquiries
        self.world._cancellable = lambda: [number]  # type: ignore[method-assign]  # the one there is
        self.does("staff_cancel", data=Chosen(number), loses=loses)

    def decided(self, *, release: bool) -> None:
        [number] = self.world.inquiries
        self.does("the_providers_staff_decide", data=Chosen(number), release=release)

    def after(self, days: int, *who: str) -> None:
        self.does("time_passes", hours=days * 24)
        for one in who:
            self.does("somebody_looks_at_the_clock", who=one)

    def ends(self) -> list[str]:
        [one] = self.world.inquiries.values()
        return [" ".join(steps) for steps in (one.town, one.inquirer, one.network, one.provider)]

    def _holds(self) -> None:
        self.world.every_party_stands_where_the_law_says()
        self.world.every_step_was_recorded_once_and_in_its_order()
        self.world.no_content_outlives_its_purpose()


@pytest.fixture
def told(db: None) -> Iterator[Told]:
    history = Told()
    yield history
    history.world.teardown()


TELLS, ASKS = "the_gateway_tells_how_inquiries_ended", "town_continues"


def test_what_is_answered_is_received_read_and_forgotten_in_time(told: Told) -> None:
    told.asks(1)
    told.answered()
    told.does(ASKS, loses="")
    told.does(TELLS, is_lost=False)
    told.after(366, "gateways", "network", "town")
    assert told.ends() == ["created sent received purged", "sent received", "permitted received", "notified provided"]


def test_what_no_town_fetches_goes_from_the_gateway(told: Told) -> None:
    told.asks(1)
    told.answered()
    told.does(TELLS, is_lost=False)
    told.after(31, "gateways")
    told.does(ASKS, loses="")
    assert told.ends() == ["created sent purged", "sent received purged", "permitted received", "notified provided"]


def test_a_released_answer_goes_out_when_the_inquirer_asks_again(told: Told) -> None:
    told.asks(2)
    told.answered()
    told.does(ASKS, loses="")
    told.decided(release=True)
    told.does("time_passes", hours=1)
    told.does("the_gateway_takes_up_again_what_is_due")
    told.answered()
    told.does(ASKS, loses="")
    assert told.ends() == [
        "created sent held received", "sent held received", "permitted", "notified held released provided"
    ]  # fmt: skip


def test_what_is_called_off_leaves_the_providers_queue_and_a_late_answer_changes_nothing(told: Told) -> None:
    told.asks(2)
    told.mail("twice", "late", "late")
    told.mail("late", "late")
    told.cancels()
    told.mail(*["late"] * len(told.world.mail))
    told.does(TELLS, is_lost=False)
    assert told.ends() == [
        "created sent cancelled", "sent held cancelled", "permitted cancelled", "notified held cancelled"
    ]  # fmt: skip


def test_what_is_called_off_before_it_arrives_does_nothing_when_it_does(told: Told) -> None:
    told.asks(1, loses="request")
    told.cancels()
    told.does(ASKS, loses="")
    assert told.ends() == ["created cancelled", "cancelled", "", ""]


def test_nobody_decides_and_every_party_lets_it_lapse(told: Told) -> None:
    told.asks(2)
    told.answered()
    told.after(9, "gateways", "network")
    told.does(ASKS, loses="")
    assert told.ends() == ["created sent lapsed", "sent held lapsed", "permitted lapsed", "notified held lapsed"]


def test_word_that_comes_late_still_counts_at_the_network(told: Told) -> None:
    told.asks(1)
    told.answered()
    told.does(TELLS, is_lost=True)
    told.after(9, "network")
    told.mail("late")
    assert told.ends()[2] == "permitted lapsed received"


def test_what_stands_only_in_a_layout_the_asker_cannot_read_is_told_as_that(told: Told) -> None:
    told.asks(7)
    told.answered()
    told.does(ASKS, loses="")
    assert told.ends() == ["created sent other_layout", "sent other_layout", "permitted", "notified other_layout"]


def test_a_permit_keeps_its_end_whatever_is_registered_later(told: Told) -> None:
    told.asks(4)
    told.mail("late", "twice", "away")
    told.does("a_replica_is_registered_late", taken=True)
    told.mail(*["late"] * len(told.world.mail))
    told.does(ASKS, loses="")
    assert told.ends() == ["created sent no_replica", "sent no_replica", "permitted", "notified no_replica"]
