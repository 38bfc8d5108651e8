"""A node in maintenance, and the connection test, between real processes: what waits, what is said, what goes on."""

import pytest

from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import State
from tasuki.protocol.probes import ConnectionProbe, Leg, LegReport
from tests.system.relay import Relay, payload, person_of_a, person_of_b
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("health")]
UNKNOWN = "9999999999999999"


def legs(relay: Relay, provider: str) -> list[LegReport]:
    probe = ConnectionProbe(institution=relay.town_b.institution, provider=provider)
    return relay.town_b.link.test_connection(probe).legs


def is_closed(relay: Relay, node: str) -> bool:
    """Say whether a node on the way refuses; what its processes last heard is two seconds old at most."""
    return any(leg.peer == node and not leg.passed for leg in legs(relay, relay.town_a.institution))


def test_a_gateway_in_maintenance_refuses_says_until_when_and_goes_on_afterwards(own_relay: Relay) -> None:
    relay = own_relay
    inquiry = relay.town_b.inquiry(person_of_b(1), relay.town_a.institution)
    relay.command("maintenance", "begin", "--node", "gateway-west", "--reason", "a new disk", "--minutes", "30")

    def refusal() -> ExchangeFailed | None:
        try:
            relay.town_b.link.inquire([inquiry])
        except ExchangeFailed as failure:
            return failure
        return None

    failure = wait_until(refusal, "the refusal")
    assert (failure.phase, failure.status, failure.may_retry) == (Phase.REFUSED, 503, True)
    assert failure.reason.startswith("maintenance: until ")
    assert failure.reason.endswith("a new disk")
    assert 1_700 < failure.retry_after <= 1_800
    relay.command("maintenance", "show", "--node", "gateway-west", status=1)

    relay.command("maintenance", "end", "--node", "gateway-west")
    wait_until(lambda: refusal() is None, "the gateway's return")
    [progress] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
    assert progress.answers[0].payloads == [payload(person_of_a(1))]
    kinds = relay.rows(
        "gateway-west", "SELECT kind FROM evidence_entry WHERE left(kind, 11) = 'maintenance' ORDER BY 1"
    )
    assert [row["kind"] for row in kinds] == ["maintenance_begun", "maintenance_ended"]


@pytest.mark.parametrize("node", ["network", "gateway-east"])
def test_inquiries_wait_for_a_node_on_their_way_and_none_is_lost(own_relay: Relay, node: str) -> None:
    relay = own_relay
    place = 2 if node == "network" else 3
    relay.command("maintenance", "begin", "--node", node, "--reason", "a new version")
    try:
        wait_until(lambda: is_closed(relay, node), "the maintenance")
        inquiry = relay.town_b.inquiry(person_of_b(place), relay.town_a.institution)
        [waiting] = relay.town_b.link.inquire([inquiry])
        assert waiting.state in (State.SENT, State.PERMITTED)
        [row] = relay.rows(
            "gateway-west",
            "SELECT reason, next_attempt_at FROM gateway_inquiry WHERE transaction_number = %s",
            [inquiry.transaction_number],
        )
        assert node in row["reason"]
        assert row["next_attempt_at"] is not None
    finally:
        relay.command("maintenance", "end", "--node", node)

    def answered() -> bool:
        [progress] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
        return progress.state == State.RECEIVED

    wait_until(answered, "the answer", 60)


def test_the_evidence_goes_on_in_maintenance(own_relay: Relay) -> None:
    relay = own_relay
    relay.command("maintenance", "begin", "--node", "network", "--reason", "a new version")
    try:
        wait_until(lambda: is_closed(relay, "network"), "the maintenance")
        # Its refusals are recorded, sealed, and shown to the gateway as before.
        relay.command("check-peers", "--node", "gateway-east")
    finally:
        relay.command("maintenance", "end", "--node", "network")
        wait_until(lambda: not is_closed(relay, "network"), "the network's return")


def test_a_probe_goes_the_whole_way_and_everyone_records_it(own_relay: Relay) -> None:
    relay = own_relay

    def whole() -> list[LegReport] | None:
        found = legs(relay, relay.town_a.institution)
        return found if [leg.leg for leg in found] == list(Leg)[1:] else None

    found = wait_until(whole, "the whole way")
    # Town A is no process here: that nobody heard it is what the last part says.
    assert [(leg.peer, leg.passed) for leg in found] == [
        ("network", True), ("gateway-east", True), ("gateway-east", True), ("town-a", False),
    ]  # fmt: skip
    assert found[-1].reason == "last heard: never"
    for node in ("gateway-west", "network", "gateway-east"):
        assert relay.count(node, "evidence_entry WHERE kind = 'connection_tested'") > 0


def test_a_probe_to_nobody_ends_at_the_network(own_relay: Relay) -> None:
    found = legs(own_relay, UNKNOWN)
    assert [(leg.leg, leg.passed) for leg in found] == [(Leg.NETWORK, True), (Leg.ROUTE, False)]
    assert UNKNOWN in found[-1].reason


def test_a_town_tests_for_itself_only(own_relay: Relay) -> None:
    probe = ConnectionProbe(institution=own_relay.town_a.institution, provider=own_relay.town_b.institution)
    with pytest.raises(ExchangeFailed, match="not_allowed"):
        own_relay.town_b.link.test_connection(probe)


def test_a_part_of_the_way_that_is_away_is_named_with_its_phase(own_relay: Relay) -> None:
    relay = own_relay
    program = relay.supervisor.program("gateway-east web")
    arguments, program.arguments = program.arguments, ["timeit", "-n1", "-r1", "__import__('time').sleep(600)"]
    try:
        assert program.process is not None
        program.process.terminate()
        failed = wait_until(
            lambda: next((leg for leg in legs(relay, relay.town_a.institution) if not leg.passed and leg.phase), None),
            "the failure",
        )
        assert (failed.leg, failed.peer) == (Leg.PROVIDER_GATEWAY, "gateway-east")
        assert failed.phase in (Phase.CONNECT, Phase.RECEIVE)
    finally:
        program.arguments = arguments
        if program.process is not None:
            program.process.terminate()
    wait_until(
        lambda: all(not leg.phase for leg in legs(relay, relay.town_a.institution)), "the return of the gateway", 60
    )
