"""Values of evidence packs."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Holds(StrEnum):
    """What a file of a pack tells of people."""

    NONE = "none"
    STAFF = "staff"
    TEXT = "text"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class Register:
    """Columns of one table, of a period and in order."""

    name: str
    table: str
    period: str
    order: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """Something an auditor may choose; its name in Japanese and English."""

    key: str
    name: tuple[str, str]
    holds: Holds
    registers: Sequence[Register]


@dataclass(frozen=True, slots=True)
class PackAsked:
    """What somebody wants in a pack; the last day belongs to the period."""

    since: dt.date
    until: dt.date
    contents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was asked for, and what it became; the file itself is the output of a work."""

    pack_id: UUID
    work_id: UUID
    since: dt.date
    until: dt.date
    contents: tuple[str, ...]
    asked_at: dt.datetime
    asked_by: str
    made_at: dt.datetime | None
    size: int
    sha256: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack: what it is, and what it tells of people."""

    name: str
    what: tuple[str, str]
    holds: Holds
