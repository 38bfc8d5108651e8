"""Let callers that wait at the same moment share one list, one signature and one flush."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

AskT = TypeVar("AskT")
ReplyT = TypeVar("ReplyT")


class Coalescer(Generic[AskT, ReplyT]):
    """Runs `work` on everything that queued up while the previous run was under way.

    A lone caller waits for nothing but its own work; the more callers there are, the longer the lists become and
    the cheaper each item. `lanes` runs may be under way at once.
    """

    def __init__(self, work: Callable[[list[AskT]], list[ReplyT]], *, most: int, lanes: int = 1) -> None:
        self._work = work
        self._most = most
        self._lanes = lanes
        self._waiting: list[tuple[AskT, Future[ReplyT]]] = []
        self._changed = threading.Condition()
        self._started = False

    def submit(self, asks: Sequence[AskT]) -> list[ReplyT]:
        """Queue the asks and wait for their replies, in order.

        :raises Exception: whatever `work` raised for the list they were in.
        """
        futures: list[Future[ReplyT]] = [Future() for _ in asks]
        with self._changed:
            if not self._started:
                self._start()
            self._waiting.extend(zip(asks, futures, strict=True))
            self._changed.notify()
        return [future.result() for future in futures]

    def _start(self) -> None:
        for lane in range(self._lanes):
            threading.Thread(target=self._run, name=f"coalescer-{lane}", daemon=True).start()
        self._started = True

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                replies = self._work([ask for ask, _ in taken])
                for (_, future), reply in zip(taken, replies, strict=True):
                    future.set_result(reply)
            except BaseException as error:  # noqa: BLE001 — handed to every caller that waits for this list
                for _, future in taken:
                    if not future.done():
                        future.set_exception(error)
