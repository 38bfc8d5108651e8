"""What the portal remembers of anybody, for how long, and what it never says of it."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.portal import sittings as sittings_module
from tasuki.portal import tries as tries_module
from tasuki.portal.sittings import IDLE_SECONDS, LONGEST_SECONDS, OwnRequest, Sittings, TooManySittings
from tasuki.portal.tries import MOST_TRIES, SECONDS, Tries

CODE = "c0de" * 8


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def request(number: str) -> OwnRequest:
    return OwnRequest(number, X25519PrivateKey.generate(), datetime(2026, 11, 27, tzinfo=UTC))


def test_a_sitting_ends_when_left_alone_and_after_its_longest_time(clock: Clock) -> None:
    sittings = Sittings(clock)
    token = sittings.begin(CODE)
    while clock.now < LONGEST_SECONDS - IDLE_SECONDS:
        clock.now += IDLE_SECONDS - 1
        found = sittings.find(token)
        assert found is not None
        assert found.portal_code == CODE
    clock.now = LONGEST_SECONDS
    assert sittings.find(token) is None
    left = sittings.begin(CODE)
    clock.now += IDLE_SECONDS
    assert sittings.find(left) is None


def test_whoever_left_is_forgotten_without_anybody_asking(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sittings_module, "_LOOK_SECONDS", 0.01)
    sittings = Sittings(clock)
    sittings.begin(CODE)
    cleaner = sittings._cleaner
    assert cleaner is not None
    clock.now = IDLE_SECONDS
    cleaner.join(5)
    assert not cleaner.is_alive()
    assert sittings.count() == 0


def test_requests_are_found_by_their_place_and_no_key_or_code_is_ever_written(clock: Clock) -> None:
    sittings = Sittings(clock)
    token = sittings.begin(CODE)
    first, second = request("1"), request("2")
    assert [sittings.add(token, one) for one in (first, second)] == [1, 2]
    found = sittings.find(token)
    assert found is not None
    assert [found.request(place) for place in (0, 1, 2, 3)] == [None, first, second, None]
    for hidden in (CODE, "X25519", "key"):
        assert hidden not in repr(found)
    sittings.drop(token, "1")
    assert found.requests == (second,)
    sittings.end(token)
    assert sittings.find(token) is None


def test_beyond_its_room_nobody_is_let_in_and_nobody_thrown_out(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sittings_module, "MOST", 2)
    sittings = Sittings(clock)
    tokens = [sittings.begin(CODE), sittings.begin(CODE)]
    with pytest.raises(TooManySittings):
        sittings.begin(CODE)
    assert all(sittings.find(token) for token in tokens)
    clock.now = IDLE_SECONDS
    assert sittings.begin(CODE)


def test_five_tries_a_minute_by_address(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = Tries(clock)
    assert [tries.may_try("a") for _ in range(MOST_TRIES + 1)] == [True] * MOST_TRIES + [False]
    assert tries.may_try("b")
    clock.now = SECONDS
    assert tries.may_try("a")
    monkeypatch.setattr(tries_module, "MOST_ADDRESSES", 1)
    assert not tries.may_try("c")
