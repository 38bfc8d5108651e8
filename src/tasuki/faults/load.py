"""Clients that ask without pause, and remember every answer they saw."""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasuki.faults.ground import Ground, until
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import OPEN_STATES, Inquiry, InquiryAsked, InquiryProgress, State

CLIENTS, LIST = 4, 5
SETTLE_SECONDS = 180.0
#: The ends an answer of the provider can have.
ANSWERED = frozenset({State.RECEIVED, State.NOT_SCREENED, State.NO_REPLICA})
#: An inquiry this one does not know never reached the gateway: its client sends it again.
_UNKNOWN = "no such inquiry"


@dataclass
class Load:
    """What was asked during one fault, and what was seen of it."""

    ground: Ground
    asked: dict[str, Inquiry] = field(default_factory=dict)
    #: The digests of the answers a client saw, by transaction number.
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    broken_calls: int = 0
    states: dict[str, State] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._run, args=(one,), daemon=True) for one in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        place = number * 1_000
        while not self._stop.is_set():
            inquiries = [self.ground.inquiry(place + offset) for offset in range(LIST)]
            place += LIST
            self.ask(inquiries)

    def ask(self, inquiries: Sequence[Inquiry]) -> bool:
        """Send inquiries; say whether all of them were answered now."""
        with self._lock:
            self.asked |= {one.transaction_number: one for one in inquiries}
        try:
            progress = self.ground.link.inquire(inquiries)
        except ExchangeFailed:
            with self._lock:
                self.broken_calls += 1
            time.sleep(0.2)
            return False
        self._note(progress)
        return all(one.state in ANSWERED for one in progress)

    def _note(self, progress: Sequence[InquiryProgress]) -> None:
        with self._lock:
            for one in progress:
                self.states[one.transaction_number] = one.state
                if one.state in ANSWERED:
                    self.seen[one.transaction_number] = digests_of(one)

    def settle(self) -> None:
        """Wait until everything asked has ended; what never reached the gateway is sent again, under its number.

        :raises TimeoutError: when something does not end.
        """
        until(self._all_ended, "the end of every inquiry", SETTLE_SECONDS)

    def _all_ended(self) -> bool:
        waiting = [one for number, one in self.asked.items() if self.states.get(number, State.CREATED) in OPEN_STATES]
        if not waiting:
            return True
        asked = [_asked(one) for one in waiting]
        try:
            progress = self.ground.link.inquiry_status(asked)
        except ExchangeFailed:
            return False
        self._note([one for one in progress if one.reason != _UNKNOWN])
        lost = {one.transaction_number for one in progress if one.reason == _UNKNOWN}
        if lost:
            self.ask([one for one in waiting if one.transaction_number in lost])
        return False


def _asked(inquiry: Inquiry) -> InquiryAsked:
    return InquiryAsked(institution=inquiry.institution, transaction_number=inquiry.transaction_number)


def digests_of(progress: InquiryProgress) -> tuple[str, ...]:
    """Return the digest of each data set's answer, as evidence keeps it."""
    return tuple(
        hashlib.sha256("\n".join(answer.payloads).encode()).hexdigest() if answer.payloads else ""
        for answer in progress.answers
    )
