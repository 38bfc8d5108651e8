"""A person's own inquiry through real processes: asked as the portal, answered by a town's gateway, opened by a key."""

import json
from typing import Any

import pytest

from tasuki.protocol.messages import Direction, ExchangesAsked, HeldDecision
from tasuki.protocol.portal import portal
from tests.system.relay import DATA_SET, Relay, payload, person_of_a, resident_record_code
from tests.system.town_client import now, wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]

AT_NETWORK = ("--node", "network", "--json")


def code_of(relay: Relay, place: int) -> str:
    told = relay.command("portal-code", *AT_NETWORK, given=resident_record_code(place))
    code: str = json.loads(told)["code"]
    return code


def ask(relay: Relay, code: str, *options: str, key: str = "") -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(relay.command("portal-ask", *AT_NETWORK, *options, given=f"{code}\n{key}\n"))
    return asked


def answers(relay: Relay, code: str, asked: dict[str, Any]) -> dict[str, Any]:
    given = f"{code}\n{asked['key']}\n"
    told = json.loads(relay.command("portal-answers", *AT_NETWORK, "--number", asked["number"], given=given))
    return {one["provider"]: one for one in told["answers"]}


def answered(relay: Relay, number: str, state: str) -> None:
    found = "network_self_inquiry WHERE request_number = %s AND state = %s AND provider = %s"
    wait_until(
        lambda: relay.count("network", found, [number, state, relay.town_a.institution]) == 1, f"that it is {state}"
    )


def test_a_person_gets_own_results_and_every_party_has_the_record(relay: Relay) -> None:
    place = 283
    since, code = now(), code_of(relay, place)
    asked = ask(relay, code)
    assert asked["asked"] == 2
    answered(relay, asked["number"], "received")
    told = answers(relay, code, asked)
    [part] = [one for one in told[relay.town_a.institution]["answers"] if one["payloads"]]
    assert (part["data_set"], part["payloads"]) == (DATA_SET, [payload(person_of_a(place))])
    # Of somebody its gateway has not been told about, a town answers by hand only.
    assert told[relay.town_b.institution]["state"] == "waiting"
    # Asked again it is the same request; the network never had what was answered.
    assert ask(relay, code, "--number", asked["number"], key=asked["key"]) == asked
    assert "<TM" not in str(relay.rows("network", "SELECT * FROM network_self_inquiry"))
    [exchange] = relay.town_a.link.exchanges(
        [ExchangesAsked(institution=relay.town_a.institution, unified_person_number=person_of_a(place), since=since)]
    )
    assert (exchange.other, exchange.direction) == (portal().institution, Direction.PROVIDED)
    number = [exchange.transaction_number]
    wait_until(
        lambda: (
            relay.count("gateway-east", "gateway_provision WHERE transaction_number = %s AND outcome <> ''", number)
            == 1
        ),
        "the receipt at the provider's gateway",
    )
    assert relay.count("network", "network_permit WHERE transaction_number = %s AND outcome = 'received'", number) == 1
    given = f"{code}\n{asked['key']}\n"
    text = relay.command("portal-answers", "--node", "network", "--number", asked["number"], given=given)
    assert "回答あり / given" in text
    assert "回答待ち / waiting" in text
    # Another key opens nothing, and a code that is not the portal's asks for nothing.
    wrong = f"{code}\n{'A' * 43}=\n"
    relay.command("portal-answers", *AT_NETWORK, "--number", asked["number"], given=wrong, status=1)
    relay.command("portal-ask", *AT_NETWORK, given="0" * 32, status=1)


def test_a_person_on_hold_waits_for_the_towns_decision(relay: Relay) -> None:
    place = 282
    relay.town_a.hold(person_of_a(place))
    code = code_of(relay, place)
    asked = ask(relay, code, "--provider", relay.town_a.institution, "--data-set", DATA_SET)
    answered(relay, asked["number"], "held")
    held = [one for one in relay.town_a.link.held(relay.town_a.institution) if one.inquirer == portal().institution]
    assert [one.unified_person_number for one in held] == [person_of_a(place)]
    relay.town_a.hold(person_of_a(place), on=False)
    decision = HeldDecision(
        institution=relay.town_a.institution, transaction_number=held[0].transaction_number, release=True
    )
    relay.town_a.link.decide_held([decision])
    answered(relay, asked["number"], "received")
