"""An institution moves from one running gateway to another and back; what is asked of it is answered once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM

import pytest

from tasuki.nodes.types import NodeConfig, write_node
from tasuki.protocol import messages
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import State
from tests.system.relay import DATA_SET, Relay, payload, person_of_a, person_of_b
from tests.system.town_client import TownClient, now, wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
EAST, WEST = "gateway-east", "gateway-west"
#: People whom this test changes; it leaves them as it found them.
BEFORE, HELD, DURING, AFTER, BACK = range(280, 285)


def ask(relay: Relay, place: int) -> messages.Inquiry:
    inquiry = relay.town_b.inquiry(person_of_b(place), relay.town_a.institution)
    relay.town_b.link.inquire([inquiry])
    return inquiry


def state_of(relay: Relay, inquiry: messages.Inquiry) -> messages.InquiryProgress:
    [progress] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
    return progress


def answered(relay: Relay, inquiry: messages.Inquiry, place: int) -> None:
    """Wait for the answer and hold it against what was registered, and the records against one exchange."""
    wait_until(lambda: state_of(relay, inquiry).state == State.RECEIVED, "the answer", 60)
    assert state_of(relay, inquiry).answers[0].payloads == [payload(person_of_a(place))]
    number = inquiry.transaction_number
    for kind in ("inquiry_permitted", "answer_sent", "answer_received"):
        nodes = {"inquiry_permitted": ["network"], "answer_sent": [EAST, WEST], "answer_received": [WEST]}[kind]
        where = "evidence_entry WHERE kind = %s AND transaction_number = %s"
        assert sum(relay.count(node, where, [kind, number]) for node in nodes) == 1, kind


@contextmanager
def trusting(relay: Relay, gateway: str, town: str) -> Iterator[None]:
    """Let a gateway know a town that is not its own, as its operator does before a move, and forget it again."""
    config = relay.nodes[gateway]
    known = next(one for one in relay.nodes[EAST].peers if one.name == town)
    _use(relay, config.model_copy(update={"peers": (*config.peers, known)}))
    try:
        yield
    finally:
        _use(relay, config)


def _use(relay: Relay, config: NodeConfig) -> None:
    write_node(config, config.folder / "node.toml")
    starts = {one.name: one.starts for one in relay.supervisor.programs}
    for name in (f"{config.name} web", f"{config.name} worker"):
        relay.supervisor.program(name).stop(SIGTERM)
    wait_until(
        lambda: all(relay.supervisor.program(f"{config.name} {one}").starts > starts[f"{config.name} {one}"]
                    for one in ("web", "worker")), "the start after the change", 30,
    )  # fmt: skip
    relay.supervisor.wait_until_ready()


def town_at(relay: Relay, gateway: str) -> TownClient:
    """Return town A as its `node.toml` names that gateway."""
    config = relay.nodes["town-a"]
    peer = next(one for one in relay.nodes["network"].peers if one.name == gateway)
    town = config.own_town().model_copy(update={"gateway": gateway})
    peers = (*(one for one in config.peers if one.name != gateway), peer)
    return TownClient(config.model_copy(update={"town": town, "peers": peers}))


def move(relay: Relay, giver: str, taker: str, file: Path, during: int) -> messages.Inquiry:
    """Move town A's institution, and ask about one of its people while it is closed."""
    institution = relay.town_a.institution
    to = ("--to", taker, "--file", str(file), "--why", "受け持ちの変更")
    given = json.loads(relay.command("move-institution", "export", institution, "--node", giver, *to, "--json"))
    taken = json.loads(relay.command("move-institution", "import", str(file), "--node", taker, "--json"))
    assert (taken["rows"], taken["digest"]) == (given["rows"], given["digest"])
    told = "network_move WHERE move = %s AND given_digest = %s AND taken_digest = %s"
    wait_until(lambda: relay.count("network", told, [given["move"], given["digest"], given["digest"]]), "both words")
    waiting = ask(relay, during)
    assert state_of(relay, waiting).state == State.PERMITTED
    relay.command("move-institution", "switch", institution, "--node", "network")
    under_way = "gateway_move WHERE ended_at IS NULL"
    wait_until(lambda: not relay.count(giver, under_way) and not relay.count(taker, under_way), "both to follow")
    return waiting


def held_about(town: TownClient, person: str) -> list[str]:
    found = town.link.held(town.institution)
    return [one.transaction_number for one in found if one.unified_person_number == person]


def test_an_institution_moves_and_comes_back_and_every_question_is_answered_once(relay: Relay, tmp_path: Path) -> None:
    institution, started = relay.town_a.institution, now()
    hold = messages.Hold(institution=institution, unified_person_numbers=[person_of_a(HELD)], hold=True)
    answered(relay, ask(relay, BEFORE), BEFORE)
    relay.town_a.link.set_holds([hold])
    held = ask(relay, HELD)
    assert state_of(relay, held).state == State.HELD
    with trusting(relay, WEST, "town-a"):
        waiting = move(relay, EAST, WEST, tmp_path / "there", DURING)
        answered(relay, waiting, DURING)
        answered(relay, ask(relay, AFTER), AFTER)
        _the_former_gateway_keeps_its_records_and_says_nothing(relay)
        moved = town_at(relay, WEST)
        try:
            # What was held is decided where the town speaks now, and answered once.
            assert held_about(moved, person_of_a(HELD)) == [held.transaction_number]
            decision = messages.HeldDecision(
                institution=institution, transaction_number=held.transaction_number, release=True
            )
            assert moved.link.decide_held([decision])[0].accepted
            answered(relay, held, HELD)
            moved.link.set_holds([hold.model_copy(update={"hold": False})])
            # The exchange records came along.
            about = messages.ExchangesAsked(
                institution=institution, unified_person_number=person_of_a(BEFORE), since=started
            )
            assert [one.state for one in moved.link.exchanges([about])] == [State.RECEIVED]
        finally:
            moved.client.close()
        back = move(relay, WEST, EAST, tmp_path / "back", BACK)
        answered(relay, back, BACK)
    assert held_about(relay.town_a, person_of_a(HELD)) == []
    assert relay.count(EAST, "gateway_replica WHERE institution = %s AND data_set = %s", [institution, DATA_SET]) > 0
    assert relay.count(WEST, "gateway_replica WHERE institution = %s", [institution]) == 0


def _the_former_gateway_keeps_its_records_and_says_nothing(relay: Relay) -> None:
    institution = relay.town_a.institution
    assert relay.count(EAST, "gateway_provision WHERE institution = %s", [institution]) > 0
    for table in ("gateway_replica", "gateway_person"):
        assert relay.count(EAST, f"{table} WHERE institution = %s", [institution]) == 0
    with pytest.raises(ExchangeFailed, match=f"moving: {WEST}"):
        relay.town_a.link.held(institution)
    given, taken = (
        relay.rows(
            node,
            "SELECT convert_from(body, 'UTF8')::jsonb ->> 'digest' AS digest FROM evidence_entry WHERE kind = %s",
            [kind],
        )
        for node, kind in ((EAST, "institution_given"), (WEST, "institution_taken"))
    )
    assert given == taken
