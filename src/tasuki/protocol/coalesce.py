"""Let callers that wait at the same moment share one list, one signature and one flush."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

AskT = TypeVar("AskT")
ReplyT = TypeVar("ReplyT")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[AskT, ReplyT]):
    ask: AskT
    weight: int
    reply: Future[ReplyT]


class Coalescer(Generic[AskT, ReplyT]):
    """Runs `work` on everything that queued up while the previous run was under way.

    A lone caller waits for nothing but its own work; the more callers there are, the longer the lists become and
    the cheaper each item. Each of the `lanes` says how much must wait before it starts a run: the first takes whatever
    comes (0), and another one more only what is a list of its own already and would gain nothing by waiting.

    Programs that ask again as soon as they were answered fall into two halves that wait for each other's runs. With
    `gather`, a run begins that many seconds later when those just answered may come again, and is shared by all.

    :param fail_together_after: whoever waits while a run takes longer than this many seconds and fails, fails with it:
        they would wait as long once more.
    """

    def __init__(
        self,
        work: Callable[[list[AskT]], list[ReplyT]],
        *,
        most: int,
        lanes: Sequence[int] = (0,),
        weigh: Callable[[AskT], int] = lambda _ask: 1,
        gather: float = 0.0,
        fail_together_after: float = math.inf,
    ) -> None:
        self._work = work
        self._most = most
        self._lanes = lanes
        self._weigh = weigh
        self._gather = gather
        self._fail_together_after = fail_together_after
        self._expected, self._gather_until, self._is_gathering = 0, 0.0, False
        self._waiting: list[_Waiting[AskT, ReplyT]] = []
        #: How much each lane waits for that has nothing to do.
        self._idle: list[int] = []
        self._changed = threading.Condition()
        self._started = False

    def submit(self, asks: Sequence[AskT]) -> list[ReplyT]:
        """Queue the asks and wait for their replies, in order.

        :raises Exception: whatever `work` raised for the list they were in.
        """
        with self._changed:
            if not self._started:
                self._start()
            waiting: list[_Waiting[AskT, ReplyT]] = [_Waiting(ask, self._weigh(ask), Future()) for ask in asks]
            self._waiting += waiting
            if self._may_begin():
                self._changed.notify_all()
        return [one.reply.result() for one in waiting]

    def _start(self) -> None:
        for lane, least in enumerate(self._lanes):
            threading.Thread(target=self._run, args=(least,), name=f"coalescer-{lane}", daemon=True).start()
        self._started = True

    def _take(self, least: int) -> list[_Waiting[AskT, ReplyT]]:
        """Wait until so much is there, and take it: as many asks as fit into one run, and at least one."""
        taken: list[_Waiting[AskT, ReplyT]] = []
        with self._changed:
            while not taken:
                self._idle.append(least)
                while not self._waiting or self._weight() < least:
                    self._changed.wait()
                self._idle.remove(least)
                self._gather_more()
                sums = accumulate(one.weight for one in self._waiting)
                fit = sum(weight <= self._most for weight in sums) or 1
                taken, self._waiting = self._waiting[:fit], self._waiting[fit:]
        return taken

    def _gather_more(self) -> None:
        self._is_gathering = True
        while len(self._waiting) < self._expected and (left := self._gather_until - time.monotonic()) > 0:
            self._changed.wait(left)
        self._is_gathering = False

    def _weight(self) -> int:
        return sum(one.weight for one in self._waiting)

    def _may_begin(self) -> bool:
        """Say whether a lane waits for no more than is there: waking one for each ask would take longer than asking."""
        enough = bool(self._idle) and self._weight() >= min(self._idle)
        return enough or (self._is_gathering and len(self._waiting) >= self._expected)

    def _run(self, least: int) -> None:
        while True:
            taken = self._take(least)
            began = time.monotonic()
            try:
                replies = self._work([one.ask for one in taken])
                self._expect(len(taken))
                for one, reply in zip(taken, replies, strict=True):
                    one.reply.set_result(reply)
            except BaseException as error:  # noqa: BLE001 — handed to every caller that waits for this list
                for one in taken + self._overtaken(since=began):
                    if not one.reply.done():
                        one.reply.set_exception(error)

    def _expect(self, answered: int) -> None:
        """Note how many may be there in a moment: those who wait, and those who are answered now."""
        if self._gather:
            with self._changed:
                self._expected = len(self._waiting) + answered
                self._gather_until = time.monotonic() + self._gather

    def _overtaken(self, *, since: float) -> list[_Waiting[AskT, ReplyT]]:
        """Take whoever waits, when the run that failed took too long for another try."""
        if time.monotonic() - since < self._fail_together_after:
            return []
        with self._changed:
            taken, self._waiting = self._waiting, []
        return taken
