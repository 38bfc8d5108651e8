"""Values of asking about everyone who moved in: where they came from, and how asking about each stands."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tasuki.linkage.types.inquiry_files import ASK_AGAIN
from tasuki.protocol.messages import State


class Standing(StrEnum):
    """How asking about somebody who moved in stands. Everyone is in exactly one: nobody is forgotten."""

    NOT_ASKED = "NOT_ASKED"
    """Nobody has asked yet."""
    OPEN = "OPEN"
    """Asked, and there is no end yet."""
    TO_ADOPT = "TO_ADOPT"
    """Results came that nobody has adopted."""
    ADOPTED = "ADOPTED"
    """Results came and are part of the history here."""
    NOTHING = "NOTHING"
    """The former town answered that there is nothing."""
    ENDED = "ENDED"
    """Asking ended without an answer."""
    ABROAD = "ABROAD"
    """Came from abroad: nobody there can be asked."""
    NOT_LISTED = "NOT_LISTED"
    """Came from a municipality that is not in this town's directory."""
    NO_ORIGIN = "NO_ORIGIN"
    """The register does not say where from."""


#: Standings of people about whom nobody can be asked as things are.
CANNOT_ASK: Final = frozenset({Standing.ABROAD, Standing.NOT_LISTED, Standing.NO_ORIGIN})
#: Standings of people about whom an answer came.
ANSWERED: Final = frozenset({Standing.TO_ADOPT, Standing.ADOPTED, Standing.NOTHING})


@dataclass(frozen=True, slots=True)
class Period:
    """Days of moving in, both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody who moved in, and the inquiry that says most about them."""

    system_person_number: str
    moved_in_date: dt.date
    origin: str
    provider: str
    standing: Standing
    state: State | None
    transaction_number: str
    requested_at: dt.datetime | None

    @property
    def may_ask_again(self) -> bool:
        """Whether asking once more may bring an answer now."""
        return self.standing is Standing.ENDED and self.state in ASK_AGAIN


@dataclass(frozen=True, slots=True)
class ProviderCoverage:
    """How asking one municipality stands: people by standing, and how long its answers took.

    `provider` is empty, and `origin` the register's code, where nobody can be asked.
    """

    provider: str
    origin: str
    counts: dict[Standing, int] = field(hash=False)
    median_seconds: float | None
    slow_seconds: float | None
    """Within this, nineteen of twenty answers came."""

    @property
    def people(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ProgrammeCoverage:
    """For how many movers one screening was asked for, was answered, and brought results that are still kept."""

    programme: str
    asked: int
    answered: int
    found: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Movers-in against inquiries: everyone, by where they came from, by screening."""

    period: Period
    whole: ProviderCoverage
    providers: tuple[ProviderCoverage, ...]
    programmes: tuple[ProgrammeCoverage, ...]

    @property
    def can_be_asked(self) -> int:
        """Movers whose former town can be asked."""
        return self.whole.people - sum(self.whole.counts[one] for one in CANNOT_ASK)

    @property
    def answered(self) -> int:
        """Movers about whom an answer came."""
        return sum(self.whole.counts[one] for one in ANSWERED)


@dataclass(frozen=True, slots=True)
class DailyMovers:
    """At which hour those who moved in lately are asked about each day; None for never."""

    hour: int | None = None
    days: int = 60
    version: int = 0


@dataclass(frozen=True, slots=True)
class MoversAsked:
    """What asking about everyone came to."""

    asked: int
    not_numbered: int
