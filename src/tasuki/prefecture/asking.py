"""Asks about everybody who moved while a gateway is killed and comes back, and looks at every answer."""

import datetime as dt
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tasuki.conformance.seats import Seat, new_id
from tasuki.demo.running import Running
from tasuki.prefecture.load import on_both_sides
from tasuki.prefecture.plan import GATEWAYS, Mover, Plan, data_sets, movers, payload
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import OPEN_STATES, AnswerRead, Inquiry, InquiryAsked, InquiryProgress, State

#: Inquiries of one list at most, and lists at least, so that many lists are under way while a gateway is away.
LONGEST_LIST: Final = 200
_LISTS: Final = 20
PROCEDURE: Final = "JT99990000000141"
#: The gateway that is killed, once so much of the asking is done.
VICTIM: Final = GATEWAYS[1]
_KILL_AFTER: Final = 0.3
_PAUSE_SECONDS: Final = 0.5
_WAIT_SECONDS: Final = 600.0


class NotEnded(Exception):
    """Inquiries did not come to an end in time."""


@dataclass
class Asked:
    """What came of asking."""

    inquiries: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    """Answers that are not exactly what the former town registered of that person."""
    sent_again: int = 0
    """Inquiries that were sent once more because their gateway was away."""
    restarts: int = 0
    seconds: float = 0.0


def ask(plan: Plan, seats: Sequence[Seat], running: Running, clock: Callable[[], dt.datetime]) -> Asked:
    """Ask each former town about everybody who moved, kill one gateway meanwhile, and wait for every end.

    :raises NotEnded: when some are still open long after the gateway is back.
    """
    asked, lock = Asked(), threading.Lock()
    everybody = list(movers(plan))
    killer = _Killer(running, len(everybody))
    started = time.perf_counter()
    on_both_sides(seats, lambda side, seat: _Side(seat, clock, asked, lock, killer).ask(
        [one for one in everybody if one.home.side == side]
    ))  # fmt: skip
    asked.seconds = time.perf_counter() - started
    asked.restarts = killer.program.starts - killer.before
    return asked


class _Killer:
    """Kills the web process of a gateway once, when a share of the inquiries is done."""

    def __init__(self, running: Running, inquiries: int) -> None:
        self.program = running.supervisor.program(f"{VICTIM} web")
        self.before = self.program.starts
        self._left = int(inquiries * _KILL_AFTER)
        self._lock = threading.Lock()

    def count(self, done: int) -> None:
        with self._lock:
            before, self._left = self._left, self._left - done
            is_due = before > 0 >= self._left
        if is_due:
            self.program.stop(signal.SIGKILL)


@dataclass
class _Side:
    """One side's system: sends, sends again what could not leave, and looks after what is open."""

    seat: Seat
    clock: Callable[[], dt.datetime]
    asked: Asked
    lock: threading.Lock
    killer: _Killer

    def ask(self, people: Sequence[Mover]) -> None:
        waiting = {item.transaction_number: (item, mover) for item, mover in map(self._inquiry, people)}
        numbers = list(waiting)
        open_ones: dict[str, Mover] = {}
        length = min(LONGEST_LIST, 1 + len(numbers) // _LISTS)
        for start in range(0, len(numbers), length):
            part = [waiting[number] for number in numbers[start : start + length]]
            progress = self._until_it_leaves([item for item, _ in part])
            open_ones |= self._take(progress, {item.transaction_number: mover for item, mover in part})
            self.killer.count(len(part))
        self._until_all_end(open_ones)

    def _inquiry(self, mover: Mover) -> tuple[Inquiry, Mover]:
        at = self.clock()
        item = Inquiry(
            transaction_number=new_id(at),
            institution=mover.home.institution,
            unified_person_number=mover.here,
            provider=mover.former.institution,
            data_sets=[version.data_set for version in data_sets()],
            layouts=[version.number for version in data_sets()],
            procedure=PROCEDURE,
            department="健康づくり課",
            requested_at=at,
        )
        return item, mover

    def _until_it_leaves(self, items: Sequence[Inquiry]) -> list[InquiryProgress]:
        """Send a list until the gateway has taken it: under the same numbers, so that nothing is asked twice."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                return self.seat.link().inquire(items)
            except ExchangeFailed:
                if time.monotonic() > deadline:
                    raise
                with self.lock:
                    self.asked.sent_again += len(items)
                time.sleep(_PAUSE_SECONDS)

    def _take(self, progress: Sequence[InquiryProgress], people: dict[str, Mover]) -> dict[str, Mover]:
        """Count what ended, let the gateway go of it, and return what is still open."""
        ended = [one for one in progress if one.state not in OPEN_STATES]
        with self.lock:
            self.asked.inquiries += len(ended)
            self.asked.states.update(one.state.value for one in ended)
            self.asked.wrong += sum(not _is_right(one, people[one.transaction_number]) for one in ended)
        read = [
            AnswerRead(
                institution=people[one.transaction_number].home.institution,
                transaction_number=one.transaction_number,
            )
            for one in ended
        ]
        if read:
            self._tolerant(lambda: self.seat.link().answers_read(read))
        over = {one.transaction_number for one in ended}
        return {number: mover for number, mover in people.items() if number not in over}

    def _tolerant(self, send: Callable[[], object]) -> None:
        """Send something that may be sent again; give up after a while."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                send()
            except ExchangeFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _until_all_end(self, open_ones: dict[str, Mover]) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while open_ones:
            if time.monotonic() > deadline:
                raise NotEnded(f"{len(open_ones)} inquiries are still open")
            items = [
                InquiryAsked(institution=mover.home.institution, transaction_number=number)
                for number, mover in open_ones.items()
            ]
            try:
                progress = self.seat.link().inquiry_status(items)
            except ExchangeFailed:
                progress = []
            open_ones = self._take(progress, open_ones)
            if open_ones:
                time.sleep(_PAUSE_SECONDS)


def _is_right(progress: InquiryProgress, mover: Mover) -> bool:
    """Say whether an answer is exactly what the former town registered of this person, and of nobody else."""
    if progress.state is not State.RECEIVED:
        return False
    expected = {version.data_set: [payload(version, mover.former, mover.there)] for version in data_sets()}
    return {answer.data_set: answer.payloads for answer in progress.answers} == expected
