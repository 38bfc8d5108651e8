"""Whoever calls a peer waits no longer than is usual; what comes later still counts, and until then nobody calls it."""

import pytest

from tasuki.protocol import waiting
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.waiting import Silent, Waiting


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0.01)


def begun(silent: Silent, late: list[int], items: int = 1) -> Waiting[int]:
    return Waiting("gateway-east", items, silent, late.extend)


def test_a_reply_in_time_is_returned_and_is_not_late() -> None:
    late: list[int] = []
    call = begun(Silent(), late)
    call.end([1, 2])
    assert (call.reply(), late) == ([1, 2], [])


def test_a_failure_in_time_is_raised() -> None:
    call = begun(Silent(), [])
    call.end(ExchangeFailed("gateway-east", Phase.CONNECT, "away"))
    with pytest.raises(ExchangeFailed, match="away"):
        call.reply()


def test_a_reply_that_comes_late_counts_and_ends_the_silence() -> None:
    silent = Silent()
    late: list[int] = []
    call = begun(silent, late)
    with pytest.raises(ExchangeFailed, match="usual time"):
        call.reply()
    assert "gateway-east" in silent
    assert "gateway-west" not in silent
    call.end([3])
    assert (late, "gateway-east" in silent) == ([3], False)


def test_a_call_that_fails_late_ends_the_silence_too() -> None:
    silent = Silent()
    late: list[int] = []
    calls = [begun(silent, late), begun(silent, late)]
    for call in calls:
        with pytest.raises(ExchangeFailed):
            call.reply()
    calls[0].end(OSError())
    assert "gateway-east" in silent
    calls[1].end(OSError())
    assert (late, "gateway-east" in silent) == ([], False)


def test_a_long_list_is_given_more_time() -> None:
    silent = Silent()
    call = begun(silent, [], items=10_000)
    assert call._until - begun(silent, [])._until > 9
