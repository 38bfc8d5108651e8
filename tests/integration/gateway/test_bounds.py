"""What is too much for one reply: it is given with later ones, and nothing is lost or said to be less than it is."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from tasuki.gateway import bounds
from tasuki.gateway.models import Inquiry
from tasuki.gateway.operations.provisions import answer_permits
from tasuki.gateway.queries import progress_of
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import InquiryAsked, Permit, Provision, State
from tests.integration.gateway.test_replicas import BY, CIPHER, INSTITUTION, PERSON, known_by, register, replica

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LUNG, CODE = "TM00000000000090", "a" * 32
CONTENT = "副本" * 500


def number(last: int) -> str:
    return f"0193578d-0000-7000-8000-{last:012d}"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a reply carry two answers of `CONTENT`."""
    monkeypatch.setattr(bounds, "MOST_CONTENT", 2 * len(CONTENT.encode()) + 500)


def answered(*places: int) -> list[Provision]:
    permits = [
        Permit(
            transaction_number=number(place), inquirer="1000000000000002", provider=INSTITUTION, data_sets=[LUNG],
            layouts=["1"], procedure="JT99990000000141", department="課", non_disclosure=False, requested_at=AT,
            permitted_at=AT, valid_until=AT + timedelta(days=7), basis="番号法19条8号",
        )
        for place in places
    ]  # fmt: skip
    return answer_permits(permits=[(permit, CODE) for permit in permits], cipher=CIPHER, by=BY, at=AT)


@pytest.fixture
def person() -> None:
    known_by(CODE)
    register(replica(1, CONTENT))


@pytest.mark.usefixtures("small", "person")
def test_permits_beyond_what_a_reply_carries_are_put_off_and_answered_when_asked_again() -> None:
    first = answered(1, 2, 3, 4, 5)
    assert [one.state for one in first] == [State.RECEIVED] * 2 + [State.PERMITTED] * 3
    assert [len(one.answers) for one in first] == [1, 1, 0, 0, 0]
    # What was put off is neither kept nor recorded as provided.
    assert len(rows("SELECT FROM gateway_provision")) == 2
    assert [one.state for one in answered(3, 4)] == [State.RECEIVED] * 2
    assert answered(5)[0].answers[0].payloads == [CONTENT]


@pytest.mark.usefixtures("person")
def test_what_alone_is_more_than_a_reply_should_carry_is_given_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_CONTENT", 1)
    assert [one.state for one in answered(1, 2)] == [State.RECEIVED, State.PERMITTED]


def inquiry(last: int) -> None:
    answers = [{"data_set": LUNG, "state": "received", "payloads": [CONTENT]}]
    Inquiry.objects.create(
        institution=INSTITUTION, transaction_number=number(last), unified_person_number=PERSON,
        provider="1000000000000002", data_sets=[LUNG], procedure="JT99990000000141", department="課",
        non_disclosure=False, requested_at=AT, permitted_at=AT, state="received", state_at=AT + timedelta(minutes=1),
        provided_at=AT, answer=CIPHER.encrypt(INSTITUTION, number(last), orjson.dumps(answers)),
    )  # fmt: skip


def asked(*places: int) -> list[tuple[State, datetime, int]]:
    items = [InquiryAsked(institution=INSTITUTION, transaction_number=number(place)) for place in places]
    return [(one.state, one.at, len(one.answers)) for one in progress_of(items, CIPHER)]


@pytest.mark.usefixtures("small")
def test_a_town_hears_of_answers_beyond_that_as_still_under_way_until_it_asks_again() -> None:
    for place in (1, 2, 3):
        inquiry(place)
    here, under_way = (State.RECEIVED, AT + timedelta(minutes=1), 1), (State.PERMITTED, AT, 0)
    assert asked(1, 2, 3) == [here, here, under_way]
    # In the order asked, and what the town has read weighs nothing.
    assert asked(3, 2, 1) == [here, here, under_way]
    run("UPDATE gateway_inquiry SET answer = NULL WHERE transaction_number IN (%s, %s)", [number(1), number(2)])
    assert asked(1, 2, 3)[2] == here
