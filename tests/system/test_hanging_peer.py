"""A gateway that hangs keeps nobody waiting but those who ask it, and what it answers later still counts."""

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.system.relay import Relay, person_of_b
from tests.system.test_own_results import ask, code_of
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
#: Nobody serves it, so that the network ends an inquiry to it at once.
NOBODY = "0299999900000000"


@pytest.fixture
def frozen_east(relay: Relay) -> Iterator[threading.Event]:
    """Stop gateway-east's web process where it stands, until the event is set or the test is over."""
    program = relay.supervisor.program("gateway-east web")
    thaw = threading.Event()
    program.stop(signal.SIGSTOP)

    def keep() -> None:
        thaw.wait(50)
        program.stop(signal.SIGCONT)

    keeper = threading.Thread(target=keep)
    keeper.start()
    yield thaw
    thaw.set()
    keeper.join()


def asked_of(relay: Relay, place: int, provider: str) -> tuple[str, float]:
    """Ask about a person; return the inquiry's number and how long the gateway took to say how it stands."""
    item = relay.town_b.inquiry(person_of_b(place), provider)
    begun = time.monotonic()
    relay.town_b.link.inquire([item])
    return item.transaction_number, time.monotonic() - begun


def test_a_provider_that_hangs_keeps_other_inquiries_waiting_for_seconds_at_most(
    relay: Relay, frozen_east: threading.Event
) -> None:
    first, took_hung = asked_of(relay, 284, relay.town_a.institution)
    # Each process of the gateway that asks notices for itself; others are answered as ever.
    second, took_again = asked_of(relay, 285, relay.town_a.institution)
    _, took_other = asked_of(relay, 286, NOBODY)
    assert max(took_hung, took_again) < 15
    assert took_other < 4

    # A person's own inquiry to the other gateway does not wait for this one either.
    asked = ask(relay, code_of(relay, 287))
    assert asked["asked"] == 2
    begun = time.monotonic()
    stands = "network_self_inquiry WHERE request_number = %s AND provider = %s AND state = 'held'"
    wait_until(lambda: relay.count("network", stands, [asked["number"], relay.town_b.institution]) == 1, "west", 30)
    assert time.monotonic() - begun < 20

    frozen_east.set()
    ended = "gateway_inquiry WHERE transaction_number = ANY(%s::uuid[]) AND state = 'received'"
    wait_until(lambda: relay.count("gateway-west", ended, [[first, second]]) == 2, "both answers", 60)
    records = "evidence_entry WHERE transaction_number = %s AND kind = 'answer_sent'"
    assert relay.count("gateway-east", records, [first]) == 1
