"""What users of a system send at the same moment goes in one list, and each gets what is theirs."""

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tasuki.faults.ground import until
from tasuki.nodes.types import NodeKind, Peer
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import Accepted, AnswerRead
from tasuki.protocol.sharing import FEW, SharingSender
from tasuki.shared.identifiers import new_transaction_number

PATIENCE = 10
AT = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
GATEWAY = Peer(name="gateway-east", kind=NodeKind.GATEWAY, signing_key="")
READ = MessageKind.ANSWERS_READ


class Wire:
    """A sender whose first list is under way until it may end; `refused`, `away`, `left_out` say whom it fails for."""

    def __init__(self) -> None:
        self.lists: list[list[str]] = []
        self.under_way, self.may_end = threading.Event(), threading.Event()
        self.refused, self.away, self.left_out = "", False, ""

    def send(self, peer: Peer, path: str, kind: MessageKind, items: Any, reply: type[Any]) -> list[Any]:
        assert (peer, path, reply) == (GATEWAY, "/v1/answers-read", Accepted)
        numbers = [item.transaction_number for item in items]
        self.lists.append(numbers)
        self.under_way.set()
        assert self.may_end.wait(PATIENCE)
        if self.away:
            raise ExchangeFailed(peer.name, Phase.CONNECT, "not there")
        if self.refused in numbers:
            raise ExchangeFailed(peer.name, Phase.REFUSED, "schema", status=422)
        return [Accepted(accepted=True, reason=number) for number in numbers if number != self.left_out]


class Users:
    """Threads that share a sender; `lists` are the numbers that each list brought to the gateway."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.wire, self.pool = Wire(), pool
        self.sender = SharingSender(self.wire)

    def send(self, *numbers: str) -> "Future[list[Accepted]]":
        items = [AnswerRead(institution="9990010000000001", transaction_number=number) for number in numbers]
        return self.pool.submit(self.sender.send, GATEWAY, "/v1/answers-read", READ, items, Accepted)

    def together(self, *asks: Sequence[str]) -> "list[Future[list[Accepted]]]":
        """Send the first, and the others while that is under way."""
        sent = [self.send(*asks[0])]
        assert self.wire.under_way.wait(PATIENCE)
        sent += [self.send(*numbers) for numbers in asks[1:]]
        [shared] = self.sender._lists.values()
        until(lambda: len(shared._waiting) == len(asks) - 1, "everybody else to wait", PATIENCE)
        self.wire.may_end.set()
        return sent


@pytest.fixture
def users() -> Iterator[Users]:
    with ThreadPoolExecutor(8) as pool:
        yield Users(pool)


def told(sent: "Future[list[Accepted]]") -> list[str]:
    return [one.reason for one in sent.result(timeout=PATIENCE)]


def numbers(count: int) -> list[str]:
    return [new_transaction_number(AT, place.to_bytes(10)) for place in range(count)]


def test_users_share_a_list_and_each_gets_what_is_theirs(users: Users) -> None:
    first, second, third, fourth, fifth = numbers(5)
    sent = users.together([first], [second, third], [fourth], [fifth])
    assert [told(one) for one in sent] == [[first], [second, third], [fourth], [fifth]]
    assert users.wire.lists[0] == [first]
    assert sorted(users.wire.lists[1]) == sorted([second, third, fourth, fifth])


def test_what_is_refused_fails_for_whoever_sent_it_alone(users: Users) -> None:
    first, second, wrong = numbers(3)
    users.wire.refused = wrong
    sent = users.together([first], [second], [wrong])
    assert [told(one) for one in sent[:2]] == [[first], [second]]
    with pytest.raises(ExchangeFailed, match="schema"):
        sent[2].result(timeout=PATIENCE)


def test_a_peer_that_is_away_is_away_for_everybody_in_the_list(users: Users) -> None:
    users.wire.away = True
    for one in users.together(*([number] for number in numbers(3))):
        with pytest.raises(ExchangeFailed, match="not there"):
            one.result(timeout=PATIENCE)
    assert [len(one) for one in users.wire.lists] == [1, 2]


def test_a_reply_that_leaves_somebody_out_is_nobodys(users: Users) -> None:
    first, second, third = numbers(3)
    users.wire.left_out = second
    sent = users.together([first], [second], [third])
    assert told(sent[0]) == [first]
    for one in sent[1:]:
        with pytest.raises(ExchangeFailed, match="not as long"):
            one.result(timeout=PATIENCE)


def test_a_long_list_goes_on_its_own_at_once(users: Users) -> None:
    single, long = numbers(1), numbers(FEW + 1)
    begun = users.send(*single)
    assert users.wire.under_way.wait(PATIENCE)
    users.wire.under_way.clear()
    beside = users.send(*long)
    assert users.wire.under_way.wait(PATIENCE)
    users.wire.may_end.set()
    assert (told(begun), told(beside)) == (single, long)
