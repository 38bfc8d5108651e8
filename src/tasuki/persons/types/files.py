"""Values of files of people to register: what was found in one before anything of it was registered."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

#: So many of a file's problems are shown before it is registered; the answers afterwards hold every one.
MOST_SHOWN: Final = 200


class PeopleFileState(StrEnum):
    """Where a file stands. Its content is kept in the first two states only."""

    RECEIVED = "RECEIVED"
    """Being read."""
    CHECKED = "CHECKED"
    """Read; somebody has to decide."""
    UNREADABLE = "UNREADABLE"
    REGISTERED = "REGISTERED"
    DISCARDED = "DISCARDED"
    EXPIRED = "EXPIRED"
    """Nobody decided in time."""


OPEN_STATES: Final = frozenset({PeopleFileState.RECEIVED, PeopleFileState.CHECKED})


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What is wrong with one line, in words of ours: never what the line says."""

    line: int
    field: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class FileFindings:
    """What was found in a file. `problem_lines` counts lines that cannot be registered; `problems` shows the first.

    `repeated` counts lines that a later line about the same person replaces.
    """

    lines: int
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    with_number: int
    repeated: int
    problem_lines: int
    problems: tuple[FileProblem, ...]

    @property
    def sound_lines(self) -> int:
        """How many lines can be registered."""
        return self.lines - self.problem_lines


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file as it stands, without its content."""

    file_id: UUID
    system: str
    file_name: str
    state: PeopleFileState
    findings: FileFindings | None
    work_id: UUID | None
    received_at: dt.datetime
    received_by: str
    ended_at: dt.datetime | None
    ended_by: str
