"""Values of files by which many people are asked about at once."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tasuki.protocol.messages import State

#: Ends without an answer after which asking once more may help.
ASK_AGAIN: Final = frozenset(
    {
        State.OWN_CODE_MISSING,
        State.PROVIDER_HAS_NO_CODE,
        State.LAPSED,
        State.CANCELLED,
        State.FAILED,
        State.PURGED,
        State.OTHER_LAYOUT,
        State.REFUSED_SUSPENDED,
    }
)


class Bucket(StrEnum):
    """What became of a line. Every line is in exactly one: none is lost without a word."""

    PROBLEM = "PROBLEM"
    """It cannot be asked as it stands."""
    NOT_ASKED = "NOT_ASKED"
    """Nobody has asked it yet."""
    OPEN = "OPEN"
    """It was asked, and there is no end yet."""
    ANSWERED = "ANSWERED"
    """The provider answered, be it that there is nothing."""
    ENDED = "ENDED"
    """It ended without an answer."""


@dataclass(frozen=True, slots=True)
class FileView:
    """A file, and how many of its lines are in each bucket. `failed` are those asking again may help."""

    file_id: UUID
    file_name: str
    line_count: int
    taken_at: dt.datetime
    taken_by: str
    counts: dict[Bucket, int] = field(hash=False)
    failed: int = 0

    @property
    def asked(self) -> int:
        """How many lines were asked: those answered, ended and still open, and no others."""
        return self.counts[Bucket.ANSWERED] + self.counts[Bucket.ENDED] + self.counts[Bucket.OPEN]


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line. `state` is that of its data set where the provider answered."""

    line: int
    bucket: Bucket
    person: str
    provider: str
    data_set: str
    problem: str
    field_name: str
    transaction_number: str
    state: State | None
    payloads: list[str] = field(hash=False, default_factory=list)
    earlier: int = 0


def bucket_of(problem: str, state: str | None, *, purged: bool) -> Bucket:
    """Return in which bucket a line is. `purged` is whether an answer had come before its content was deleted."""
    if problem:
        return Bucket.PROBLEM
    if state is None:
        return Bucket.NOT_ASKED
    if state in (State.CREATED, State.SENT, State.PERMITTED, State.HELD):
        return Bucket.OPEN
    is_answer = state in (State.RECEIVED, State.NOT_SCREENED, State.NO_REPLICA) or purged
    return Bucket.ANSWERED if is_answer else Bucket.ENDED


def answer_of(answers: list[dict[str, Any]], data_set: str) -> tuple[State | None, list[str]]:
    """Return what an answer says of one data set, and its payloads."""
    for answer in answers:
        if answer["data_set"] == data_set:
            return State(answer["state"]), answer["payloads"]
    return None, []
