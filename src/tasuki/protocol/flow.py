"""Exchanges as whoever operates a gateway or the network may see them: what is under way, never about whom."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party


class Outcome(StrEnum):
    """What became of an exchange, in as few words as statistics bear; `OPEN` is not over."""

    ANSWERED = "answered"
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"
    NOT_ANSWERED = "not_answered"
    OPEN = "open"


OUTCOMES: Final[Mapping[State, Outcome]] = MappingProxyType(
    {
        State.CREATED: Outcome.OPEN,
        State.SENT: Outcome.OPEN,
        State.PERMITTED: Outcome.OPEN,
        State.NOTIFIED: Outcome.OPEN,
        State.HELD: Outcome.OPEN,
        State.RELEASED: Outcome.OPEN,
        State.PROVIDED: Outcome.ANSWERED,
        State.RECEIVED: Outcome.ANSWERED,
        State.NOT_SCREENED: Outcome.ANSWERED,
        # Only what was received has a content that can be purged.
        State.PURGED: Outcome.ANSWERED,
        State.NO_REPLICA: Outcome.NOTHING_HELD,
        State.OTHER_LAYOUT: Outcome.NOTHING_HELD,
        State.REFUSED_NO_LEGAL_BASIS: Outcome.REFUSED,
        State.REFUSED_NO_ASSESSMENT: Outcome.REFUSED,
        State.REFUSED_SUSPENDED: Outcome.REFUSED,
        State.PROVIDER_UNKNOWN: Outcome.REFUSED,
        State.PROVIDER_HAS_NO_CODE: Outcome.REFUSED,
        State.OWN_CODE_MISSING: Outcome.REFUSED,
        State.WITHHELD: Outcome.NOT_ANSWERED,
        State.LAPSED: Outcome.NOT_ANSWERED,
        State.CANCELLED: Outcome.NOT_ANSWERED,
        State.FAILED: Outcome.NOT_ANSWERED,
    }
)


@dataclass(frozen=True, slots=True)
class FlowAsked:
    """Which exchanges are looked for; `institution` on either side of them."""

    since: dt.datetime
    institution: str | None = None
    state: str | None = None
    most: int = 50


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One exchange as one party has it; a gateway that serves both sides has it twice. Data sets are only counted."""

    transaction_number: str
    party: Party
    inquirer: str
    provider: str
    procedure: str
    basis: str
    state: State
    requested_at: dt.datetime
    data_sets: int
    refused: int


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """How many exchanges asked for within one minute stand in one state now."""

    minute: dt.datetime
    party: Party
    state: State
    number: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many exchanges of one institution, asked for on one day, stand in one state now."""

    day: dt.date
    institution: str
    party: Party
    state: State
    number: int


def flow_line(row: dict[str, Any]) -> FlowLine:
    """Return a line from a row of the same columns."""
    return FlowLine(**row | {"party": Party(row["party"]), "state": State(row["state"])})
