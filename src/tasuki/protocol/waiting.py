"""Waiting for a peer's reply no longer than is usual, so that one that hangs keeps nobody else's work waiting.

A peer whose process was stopped still takes connections and is silent, a minute long, before the call fails. Whoever
calls many peers gives up much sooner; what arrives later still counts, and until it does the peer is not called again.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import structlog

from tasuki.protocol.errors import ExchangeFailed, Phase

log = structlog.get_logger()
ReplyT = TypeVar("ReplyT")
Outcome = list[ReplyT] | BaseException
#: So long is waited for any list, and so much longer for each item: a gateway answers two thousand a second.
PATIENCE: Final = 5.0
PATIENCE_AN_ITEM: Final = 0.001


class Silent:
    """The peers that were given up on and have not replied since."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._changed = threading.Lock()

    def add(self, peer: str, calls: int) -> None:
        """Count calls that nobody waits for any more."""
        with self._changed:
            self._calls[peer] += calls

    def __contains__(self, peer: str) -> bool:
        with self._changed:
            return self._calls[peer] > 0


class Waiting(Generic[ReplyT]):
    """A call under way. Whoever began it waits with `reply`; once they gave up, the outcome goes to `late`."""

    def __init__(self, peer: str, items: int, silent: Silent, late: Callable[[list[ReplyT]], object]) -> None:
        self._peer = peer
        self._until = time.monotonic() + PATIENCE + PATIENCE_AN_ITEM * items
        self._silent = silent
        self._late = late
        self._outcome: Outcome[ReplyT] | None = None
        self._is_given_up = False
        self._changed = threading.Condition()

    def end(self, outcome: Outcome[ReplyT]) -> None:
        """Hand over what became of the call."""
        with self._changed:
            self._outcome = outcome
            is_given_up = self._is_given_up
            self._changed.notify_all()
        if not is_given_up:
            return
        self._silent.add(self._peer, -1)
        if isinstance(outcome, list):
            self._late(outcome)
        else:
            log.warning("JOB-003 late_call_failed", peer=self._peer, kind=type(outcome).__name__)

    def reply(self) -> list[ReplyT]:
        """Return the reply.

        :raises ExchangeFailed: when the call failed, or the time to wait for it is over.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._outcome is not None, timeout=self._until - time.monotonic())
            if self._outcome is None:
                self._is_given_up = True
                self._silent.add(self._peer, 1)
                raise ExchangeFailed(self._peer, Phase.RECEIVE, "no reply in the usual time")
            if isinstance(self._outcome, BaseException):
                raise self._outcome
            return self._outcome
