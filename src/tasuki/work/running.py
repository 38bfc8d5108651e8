"""Runs one piece of work, and watches it from beside: its progress is seen although its transaction is still open."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, connections

from tasuki.shared.actor import Actor
from tasuki.work import operations
from tasuki.work.errors import UnknownWorkError, WorkCancelledError
from tasuki.work.types import Progress, Work, WorkState

log = structlog.get_logger()
#: Does one kind of work and gives its outcome: ids, counts and codes.
DoWork = Callable[[Work, Progress], Mapping[str, object]]
#: How long a report may wait until it is seen, in seconds.
SEEN_WITHIN = 0.5


class _Watched:
    """Notes reports, and brings the newest to the database from a thread of its own."""

    def __init__(self, work_id: UUID, by: Actor, now: Callable[[], datetime]) -> None:
        self._work_id, self._by, self._now = work_id, by, now
        self._newest = (0, 0)
        self._is_cancelled = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="work-progress", daemon=True)

    def __enter__(self) -> "_Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def report(self, done: int, total: int) -> None:
        if self._is_cancelled:
            raise WorkCancelledError(WorkCancelledError.__doc__)
        self._newest = (done, total)

    def _watch(self) -> None:
        try:
            while not self._over.wait(SEEN_WITHIN):
                self._tell()
            self._tell()
        finally:
            connections.close_all()

    def _tell(self) -> None:
        done, total = self._newest
        try:
            self._is_cancelled = operations.advance(
                work_id=self._work_id, done=done, total=total, by=self._by, at=self._now()
            )
        except DatabaseError:
            # The work itself meets the same fault, and ends by it; what watches only has to live on.
            log.exception("WORK-002 progress_not_stored", work_id=str(self._work_id))


def run_next(kinds: Mapping[str, DoWork], *, by: Actor, now: Callable[[], datetime]) -> Work | None:
    """Do the oldest work that waits, to its end, and give it; None when none waits."""
    taken = operations.take_up(by=by, at=now())
    if taken is None:
        return None
    state, outcome, failure = _done(kinds, taken, by, now)
    return operations.end(work_id=taken.work_id, state=state, outcome=outcome, failure=failure, by=by, at=now())


def _done(
    kinds: Mapping[str, DoWork], taken: Work, by: Actor, now: Callable[[], datetime]
) -> tuple[WorkState, Mapping[str, object], str]:
    try:
        do = kinds.get(taken.kind)
        if do is None:
            raise UnknownWorkError(UnknownWorkError.__doc__)
        with _Watched(taken.work_id, by, now) as progress:
            return WorkState.DONE, do(taken, progress), ""
    except WorkCancelledError:
        return WorkState.CANCELLED, {}, ""
    # The outermost edge: whatever it was, the asker must learn of it.
    except Exception as error:
        log.exception("WORK-001 work_failed", work_id=str(taken.work_id), kind=taken.kind)
        return WorkState.FAILED, {}, type(error).__name__
