"""Values of long work: what was asked for, how far it has come, what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

#: Files that work made are kept this long; whoever needs one later asks for the work again.
OUTPUTS_KEPT: Final = timedelta(days=14)


class WorkState(StrEnum):
    """How far work has come. Only the last three are ends."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen."""
        return self in (WorkState.DONE, WorkState.CANCELLED, WorkState.FAILED)


@dataclass(frozen=True, slots=True)
class Work:
    """Long work as it stands. `total` is 0 while how much there is to do is not known.

    `parameters` and `outcome` hold ids, counts and codes only: nobody's name, and no file's content.
    """

    work_id: UUID
    kind: str
    parameters: Mapping[str, object]
    state: WorkState
    done: int
    total: int
    attempts: int
    outcome: Mapping[str, object]
    failure: str
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    ended_at: datetime | None
    cancel_asked_at: datetime | None
    cancel_asked_by: str | None

    @property
    def percent(self) -> int:
        """Give how much is done, 0 to 100."""
        return 100 if self.state is WorkState.DONE else 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """A file that work made, without its content."""

    output_id: UUID
    work_id: UUID
    file_name: str
    media_type: str
    size: int
    made_at: datetime


class Progress(Protocol):
    """How work tells how far it is, and learns that it shall stop."""

    def report(self, done: int, total: int) -> None:
        """Tell how much is done; cheap enough to be called for every row.

        :raises WorkCancelledError: when somebody asked for the end; whoever does the work lets it pass, so that its
            transaction is undone.
        """
        ...


class Unwatched:
    """Progress nobody watches: for commands and tests that wait for the end."""

    def report(self, done: int, total: int) -> None:
        """Do nothing."""
