"""A signing key exchanged, and an institution suspended, on running nodes: nothing stops, and nothing is lost."""

import datetime as dt
import json
import socket
import time

import pytest
from cryptography import x509

from tasuki.nodes.keys import Authority, NodeKeys
from tasuki.protocol.client import PeerClient, tls_context
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import State
from tests.system.relay import Relay, payload, person_of_a, person_of_b
from tests.system.town_client import TownClient, new_id, now, wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("health")]


def asked(relay: Relay, town: TownClient, place: int) -> State:
    [progress] = town.link.inquire([town.inquiry(person_of_b(place), relay.town_a.institution)])
    if progress.state == State.RECEIVED:
        assert progress.answers[0].payloads == [payload(person_of_a(place))]
    return progress.state


def refused(relay: Relay, place: int) -> str:
    """Return why the town is refused, or an empty text while it is answered."""
    try:
        asked(relay, relay.town_b, place)
    except ExchangeFailed as failure:
        return failure.reason
    return ""


def test_a_town_exchanges_its_key_and_nothing_stops_and_a_stolen_one_ends_at_once(own_relay: Relay) -> None:
    relay = own_relay
    made = json.loads(relay.command("signing-key", "make", "--node", "town-b", "--json"))
    before = relay.town_b.config.folder.joinpath("signing.key").read_bytes()
    # Without being told, its gateway refuses the new key; told, it takes both.
    relay.command("peer-key", "add", "town-b", made["public_key"], "--node", "gateway-west", "--overlap-days", "1")
    assert asked(relay, relay.town_b, 1) == State.RECEIVED
    NodeKeys(relay.town_b.config.folder).use_next_signing()
    wait_until(lambda: refused(relay, 2) == "", "the new key's acceptance")
    assert relay.town_b.config.folder.joinpath("signing.key").read_bytes() != before
    # The log goes on under the key it began with.
    assert relay.town_b.config.folder.joinpath("log.key").read_bytes() == before
    kinds = relay.rows(
        "gateway-west",
        "SELECT kind FROM evidence_entry WHERE left(kind, 8) = 'peer_key'"
        " AND convert_from(body, 'UTF8')::jsonb ->> 'peer' = 'town-b' ORDER BY entry_id",
    )
    assert [row["kind"] for row in kinds] == ["peer_key_added"]
    _end_a_key_that_is_in_other_hands(relay)


def _end_a_key_that_is_in_other_hands(relay: Relay) -> None:
    town = relay.town_b.config
    listed = json.loads(relay.command("peer-key", "list", "town-b", "--node", "gateway-west", "--json"))
    good = [one["public_key"] for one in listed.values() if one["good"]]
    assert len(good) == 2
    present = NodeKeys(town.folder).public_signing
    relay.command("peer-key", "end", "town-b", present, "--node", "gateway-west")
    wait_until(lambda: refused(relay, 3).startswith("signature_invalid"), "the end of the key")
    relay.command("peer-key", "add", "town-b", present, "--node", "gateway-west", "--overlap-days", "0")
    wait_until(lambda: refused(relay, 3) == "", "the key's return")
    listed = json.loads(relay.command("peer-key", "list", "town-b", "--node", "gateway-west", "--json"))
    assert [one["public_key"] for one in listed.values() if one["good"]] == [present]


def test_a_gateway_exchanges_its_key_while_it_runs_and_its_log_stays_one(own_relay: Relay) -> None:
    relay = own_relay
    made = json.loads(relay.command("signing-key", "make", "--node", "gateway-east", "--json"))
    for node in ("network", "gateway-west"):
        relay.command("peer-key", "add", "gateway-east", made["public_key"], "--node", node)
    started = dt.datetime.now(dt.UTC)
    relay.command("signing-key", "use", "--node", "gateway-east")
    # Its processes were not started again, and sign with the new key; whoever was told takes it at once.
    wait_until(lambda: asked(relay, relay.town_b, 4) == State.RECEIVED, "an answer under the new key", 40)

    def sealed_since() -> bool:
        return bool(
            relay.count(
                "network", "evidence_witnessed WHERE origin = 'tasuki/gateway-east' AND received_at > %s", [started]
            )
        )

    wait_until(sealed_since, "a checkpoint after the exchange", 40)
    relay.command("check-peers", "--node", "gateway-east")
    # Whoever was not told refuses the reply.
    stranger = PeerClient(relay.town_a.config, relay.town_a.client.keys, now, new_id)
    assert stranger.trusted(relay.town_a.config.peer("gateway-east"), now()) == [
        relay.town_a.config.peer("gateway-east").signing_key
    ]
    with pytest.raises(ExchangeFailed, match="signature_invalid"):
        relay.town_a.link.held(relay.town_a.institution)
    relay.command("signing-key", "use", "--node", "gateway-east", status=2)


def served_certificate(relay: Relay) -> int:
    """Return the serial number of the certificate that gateway-west shows to a new caller."""
    gateway = relay.nodes["gateway-west"].listen
    context = tls_context(relay.town_b.client.keys)
    with (
        socket.create_connection((gateway.host, gateway.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=gateway.host) as secured,
    ):
        shown = secured.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown).serial_number


def test_a_certificate_is_exchanged_while_inquiries_go_on(own_relay: Relay) -> None:
    relay = own_relay
    authority = Authority.load_or_create(relay.home.path / "ca", now())
    before, connections = served_certificate(relay), relay.town_b.client.connections
    starts = relay.supervisor.program("gateway-west web").starts
    for node in ("gateway-west", "town-b"):
        config = relay.nodes[node]
        authority.issue(config.folder, node, config.listen.host, not_before=now() - dt.timedelta(hours=1))

    seen: set[State] = set()

    def is_renewed() -> bool:
        seen.add(asked(relay, relay.town_b, 9))
        return served_certificate(relay) != before

    wait_until(is_renewed, "the new certificate", 60)
    # Every inquiry meanwhile was answered, and the server itself was never started again.
    assert seen == {State.RECEIVED}
    assert relay.supervisor.program("gateway-west web").starts == starts
    # The town's own client has noticed too: new connections carry its new certificate.
    wait_until(lambda: relay.town_b.client.connections is not connections, "the town's new certificate", 20)
    assert asked(relay, relay.town_b, 9) == State.RECEIVED
    # What does not fit together is not taken: the former serves on.
    config = relay.nodes["gateway-west"]
    config.folder.joinpath("tls.key").write_bytes(b"no key")
    try:
        time.sleep(4)
        assert asked(relay, relay.town_b, 9) == State.RECEIVED
    finally:
        authority.issue(config.folder, "gateway-west", config.listen.host, not_before=now() - dt.timedelta(hours=1))


def test_a_suspended_institution_waits_and_is_told_why(own_relay: Relay) -> None:
    relay = own_relay
    institution = relay.town_b.institution
    relay.command(
        "institutions", "suspend", institution, "--node", "gateway-west", "--why", "a key may be in other hands"
    )
    reason = wait_until(lambda: refused(relay, 5), "the refusal")
    assert reason == "suspended: a key may be in other hands"
    listed = json.loads(relay.command("institutions", "list", "--node", "gateway-west", "--json"))
    assert listed[institution]["suspended_why"] == "a key may be in other hands"
    relay.command("institutions", "suspend", institution, "--node", "gateway-west", "--why", "again", status=1)
    relay.command("institutions", "resume", institution, "--node", "gateway-west")
    wait_until(lambda: refused(relay, 6) == "", "the resumption")
    kinds = relay.rows(
        "gateway-west", "SELECT kind FROM evidence_entry WHERE left(kind, 11) = 'institution' ORDER BY entry_id"
    )
    assert [row["kind"] for row in kinds][-2:] == ["institution_suspended", "institution_resumed"]
    assert json.loads(relay.command("institutions", "list", "--node", "network", "--json"))[institution]


def test_whoever_is_suspended_at_the_network_neither_asks_nor_is_asked(own_relay: Relay) -> None:
    relay = own_relay
    for institution in (relay.town_a.institution, relay.town_b.institution):
        why = ("--why", "a key may be in other hands")
        relay.command("institutions", "suspend", institution, "--node", "network", *why)
        assert asked(relay, relay.town_b, 7) == State.REFUSED_SUSPENDED
        relay.command("institutions", "resume", institution, "--node", "network")
        assert asked(relay, relay.town_b, 7) == State.RECEIVED


def test_a_gateway_that_answers_nothing_for_an_institution_is_asked_again(own_relay: Relay) -> None:
    relay = own_relay
    institution = relay.town_a.institution
    relay.command("institutions", "suspend", institution, "--node", "gateway-east", "--why", "a lost key")
    inquiry = relay.town_b.inquiry(person_of_b(8), institution)
    [progress] = relay.town_b.link.inquire([inquiry])
    assert (progress.state, progress.reason) == (State.PERMITTED, "refused: gateway-east")
    relay.command("institutions", "resume", institution, "--node", "gateway-east")
    [answer] = wait_until(
        lambda: [
            one
            for one in relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
            if one.state == State.RECEIVED
        ],
        "the answer",
        40,
    )
    assert answer.answers[0].payloads == [payload(person_of_a(8))]


def test_who_takes_part_is_recorded_once(own_relay: Relay) -> None:
    relay = own_relay
    for node in ("network", "gateway-west"):
        joined = relay.count(node, "evidence_entry WHERE kind = 'institution_joined'")
        assert joined > 0
        relay.command("members", "src/tasuki/demo/members.toml", "--node", node)
        assert relay.count(node, "evidence_entry WHERE kind = 'institution_joined'") == joined
