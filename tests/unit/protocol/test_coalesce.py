"""Asks that wait at the same moment share a run; a long list goes beside it."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tasuki.protocol.coalesce import Coalescer

PATIENCE = 10


class Office:
    """A coalescer of numbers whose runs end only when they are told to; an ask weighs as much as it says."""

    def __init__(self, pool: ThreadPoolExecutor, **others: float) -> None:
        self._pool = pool
        self._began, self._may_end, self._queued = (threading.Semaphore(0) for _ in range(3))
        self.runs: list[list[int]] = []
        self.coalescer = Coalescer(self._work, most=1_000, lanes=(0, 500), weigh=self._weigh, **others)

    def _weigh(self, ask: int) -> int:
        self._queued.release()
        return ask

    def _work(self, asks: list[int]) -> list[int]:
        self.runs.append(asks)
        self._began.release()
        assert self._may_end.acquire(timeout=PATIENCE)
        if 13 in asks:
            raise ValueError("thirteen")
        return [-ask for ask in asks]

    def submit(self, ask: int) -> "Future[list[int]]":
        """Submit an ask from a thread of its own, and return once it is being queued."""
        found = self._pool.submit(self.coalescer.submit, [ask])
        assert self._queued.acquire(timeout=PATIENCE)
        return found

    def begun(self) -> None:
        assert self._began.acquire(timeout=PATIENCE)

    def end(self) -> None:
        self._may_end.release()


@pytest.fixture
def office() -> Iterator[Office]:
    with ThreadPoolExecutor(8) as pool:
        yield Office(pool)


def replies(*asked: "Future[list[int]]") -> list[int]:
    return [one.result(timeout=PATIENCE)[0] for one in asked]


def begun_with(office: Office, ask: int) -> "Future[list[int]]":
    found = office.submit(ask)
    office.begun()
    return found


def test_what_waited_meanwhile_shares_the_next_run(office: Office) -> None:
    asked = [begun_with(office, 1), office.submit(2), office.submit(3)]
    office.end()
    office.begun()
    office.end()
    assert (office.runs, replies(*asked)) == ([[1], [2, 3]], [-1, -2, -3])


def test_an_empty_list_is_answered_as_well(office: Office) -> None:
    asked = begun_with(office, 0)
    office.end()
    assert (office.runs, replies(asked)) == ([[0]], [0])


def test_a_long_list_goes_beside_what_is_under_way(office: Office) -> None:
    single, long = begun_with(office, 1), begun_with(office, 500)
    office.end()
    office.end()
    assert (office.runs, replies(single, long)) == ([[1], [500]], [-1, -500])


def test_a_run_takes_no_more_than_fits_but_always_one(office: Office) -> None:
    under_way = [begun_with(office, 1), begun_with(office, 5_000)]
    waiting = [office.submit(ask) for ask in (900, 100, 1)]
    for _ in range(4):
        office.end()
    assert replies(*under_way, *waiting) == [-1, -5_000, -900, -100, -1]
    assert office.runs == [[1], [5_000], [900, 100], [1]]


def test_everybody_in_a_run_that_fails_hears_why_and_nobody_else(office: Office) -> None:
    asked = [begun_with(office, 1), office.submit(13), office.submit(2)]
    office.end()
    office.begun()
    last = office.submit(3)
    office.end()
    office.begun()
    office.end()
    for one in asked[1:]:
        with pytest.raises(ValueError, match="thirteen"):
            one.result(timeout=PATIENCE)
    assert replies(asked[0], last) == [-1, -3]


def test_whoever_was_just_answered_may_come_into_the_next_run() -> None:
    with ThreadPoolExecutor(8) as pool:
        office = Office(pool, gather=PATIENCE)
        answered, waiting = begun_with(office, 1), office.submit(2)
        office.end()
        assert replies(answered) == [-1]
        again = begun_with(office, 3)
        office.end()
        assert (office.runs, replies(waiting, again)) == ([[1], [2, 3]], [-2, -3])


def test_a_run_waits_no_longer_for_those_who_do_not_come() -> None:
    with ThreadPoolExecutor(8) as pool:
        office = Office(pool, gather=0.01)
        asked = [begun_with(office, 1), office.submit(2)]
        for _ in asked:
            office.end()
        assert (replies(*asked), office.runs) == ([-1, -2], [[1], [2]])


def test_whoever_waits_behind_a_run_that_took_too_long_and_failed_fails_with_it() -> None:
    with ThreadPoolExecutor(8) as pool:
        office = Office(pool, fail_together_after=0.0)
        asked = [begun_with(office, 13), office.submit(2)]
        office.end()
        for one in asked:
            with pytest.raises(ValueError, match="thirteen"):
                one.result(timeout=PATIENCE)
        later = begun_with(office, 3)
        office.end()
        assert (office.runs, replies(later)) == ([[13], [3]], [-3])
