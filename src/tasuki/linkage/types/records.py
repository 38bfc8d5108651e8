"""Exchange records as a town's staff see them (情報提供等の記録, 番号法23条)."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from tasuki.protocol.amending import CorrectedField, CorrectionGround
from tasuki.protocol.messages import Direction, Exchange, State


@dataclass(frozen=True, slots=True)
class RecordSearch:
    """Which records are looked for, from a day to another, both included. What is None restricts nothing."""

    since: dt.date
    until: dt.date
    person: str | None = None
    """A 宛名番号 of the health information system."""
    other: str | None = None
    direction: Direction | None = None
    procedure: str | None = None
    state: State | None = None
    non_disclosure: bool | None = None
    number: str | None = None
    """A 処理通番: the one record."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record, and the 宛名番号 of whom it concerns, where the town knows one."""

    exchange: Exchange
    person: str | None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Part of what was found, the newest first, and how much there is in all."""

    total: int
    lines: tuple[RecordLine, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The exchange records of one person as they may be disclosed; `left_out` counts those that may not (不開示)."""

    drawn_at: dt.datetime
    since: dt.datetime
    disclosed: tuple[Exchange, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class ProposedCorrection:
    """What is proposed to be corrected in a record of ours; `note` says why, and stays here."""

    correction: str
    transaction_number: str
    direction: Direction
    other: str
    field: CorrectedField
    value: str
    ground: CorrectionGround
    note: str


@dataclass(frozen=True, slots=True)
class WaitingCorrection:
    """A proposal that waits for somebody else to decide."""

    proposed: ProposedCorrection
    at: dt.datetime
    by: str


class CorrectionOutcome(StrEnum):
    """What became of deciding a correction."""

    DECIDED = "DECIDED"
    NOT_PROPOSED = "NOT_PROPOSED"
    SAME_PERSON = "SAME_PERSON"
