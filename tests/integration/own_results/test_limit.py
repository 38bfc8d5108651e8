"""How often a person may ask: counted at the network, in one transaction, and closed where no limit is in force."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki import runtime
from tasuki.network import self_limits
from tasuki.network.models import SelfInquiry, SelfRequest
from tasuki.network.operations.self_requests import take_requests
from tasuki.network.permitted import permissions
from tasuki.protocol.portal import portal
from tasuki.protocol.self_messages import SelfOutcome
from tests.integration.own_results.way import AT, BY, LUNG, OTHER, OWN, STOMACH, Way, bodies

pytestmark = pytest.mark.django_db
KEY = X25519PrivateKey.generate()
ME, ANOTHER = 1, 2


@pytest.fixture
def way(tmp_path: Path) -> Way:
    made = Way(tmp_path)
    for place in (ME, ANOTHER):
        made.know(place)
        made.know(place, OTHER)
    return made


def outcomes(way: Way, *asked: dict[str, object]) -> list[str]:
    told = take_requests(
        items=[way.request(ME, KEY, **how) for how in asked],
        permissions=permissions(), new_id=runtime.new_id, by=BY, at=way.at,
    )  # fmt: skip
    return [one.outcome.value for one in told]


def test_what_waits_is_not_asked_again_of_the_same_institution_until_a_day_is_over(way: Way) -> None:
    way.ask(way.request(ME, KEY, providers=[OWN], data_sets=[LUNG]))
    for how, outcome in (
        ({"providers": [OWN], "data_sets": [LUNG]}, SelfOutcome.TOO_MANY),
        ({}, SelfOutcome.TOO_MANY),
        ({"providers": [OTHER], "data_sets": [LUNG]}, SelfOutcome.TAKEN),
        ({"providers": [OWN], "data_sets": [STOMACH]}, SelfOutcome.TAKEN),
    ):
        told = way.ask(way.request(ME, KEY, **how))
        assert told.outcome is outcome, how
        assert told.again_at == (AT + timedelta(hours=24) if outcome is SelfOutcome.TOO_MANY else None)
    assert way.ask(way.request(ANOTHER, KEY)).outcome is SelfOutcome.TAKEN
    way.at = AT + timedelta(hours=24)
    assert way.ask(way.request(ME, KEY, providers=[OWN], data_sets=[LUNG])).outcome is SelfOutcome.TAKEN


def test_what_was_answered_may_be_asked_again_but_only_so_often_a_day(way: Way) -> None:
    limit = portal().limit(date(2026, 11, 27))
    assert limit is not None
    first = []
    for later in range(limit.a_day):
        way.at = AT + timedelta(hours=later)
        first.append(way.ask(way.request(ME, KEY)))
        SelfInquiry.objects.update(state="no_replica")
    assert {one.outcome for one in first} == {SelfOutcome.TAKEN}
    request = way.request(ME, KEY)
    refused = way.ask(request)
    assert (refused.outcome, refused.again_at) == (SelfOutcome.TOO_MANY, AT + timedelta(hours=24))
    assert SelfRequest.objects.count() == limit.a_day
    assert [(kind, body["why"]) for kind, body in bodies(request.request_number) if "why" in body] == [
        ("self_request_refused", "too_many")
    ]
    way.at = AT + timedelta(hours=24)
    assert way.ask(way.request(ME, KEY)).outcome is SelfOutcome.TAKEN


def test_requests_of_one_message_count_one_after_the_other(way: Way) -> None:
    same = {"providers": [OWN], "data_sets": [LUNG]}
    assert outcomes(way, same, same) == ["taken", "too_many"]
    assert outcomes(way, *({"providers": [OTHER], "data_sets": [code]} for code in _codes(6))) == [
        *["taken"] * 4, "too_many", "too_many",
    ]  # fmt: skip


def _codes(number: int) -> list[str]:
    return [f"TM{90 + place:014d}" for place in range(number)]


def test_the_same_request_sent_again_is_no_other_one(way: Way) -> None:
    request = way.request(ME, KEY)
    told = way.ask(request)
    for _ in range(7):
        assert way.ask(request) == told


def test_without_a_limit_in_force_nobody_may_ask(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    without = replace(portal(), limits=tuple(replace(one, since=date(2099, 4, 1)) for one in portal().limits))
    monkeypatch.setattr(self_limits, "portal", lambda: without)
    told = way.ask(way.request(ME, KEY))
    assert (told.outcome, told.again_at) == (SelfOutcome.TOO_MANY, None)
    assert SelfRequest.objects.count() == 0
