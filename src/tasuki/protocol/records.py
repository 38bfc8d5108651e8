"""What the law makes each party keep of an exchange, and for how long (番号法23条), read from one table."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from tasuki.protocol.errors import ProtocolError
from tasuki.protocol.transitions import Party, Words

#: The parties whose records the law names; a town's own tables are the working copy of its gateway's.
RECORDING: tuple[Party, ...] = (Party.INQUIRER, Party.NETWORK, Party.PROVIDER)


class RecordDataError(ProtocolError):
    """The table of exchange records has an entry that cannot be right."""


class TooEarlyError(ProtocolError):
    """Exchange records are to be kept longer than that (番号法23条)."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """One thing a record must say, and the column in which each party says it."""

    name: str
    words: Words
    article: str
    columns: Mapping[Party, str]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records are kept, from a day on."""

    since: dt.date
    years: int
    article: str


@dataclass(frozen=True, slots=True)
class Records:
    """The whole table. `is_provisional` says that the originals were not read."""

    checked_on: dt.date
    is_provisional: bool
    fields: tuple[RecordField, ...]
    retentions: tuple[Retention, ...]
    corrections: Mapping[str, str]
    disclosure: str

    def retention(self, on: dt.date) -> Retention:
        """Return the period in force on a day.

        :raises RecordDataError: before the first one.
        """
        found = [one for one in self.retentions if one.since <= on]
        if not found:
            raise RecordDataError(f"no retention in force on {on}")
        return max(found, key=lambda one: one.since)


class Purged(NamedTuple):
    """How much went: exchange records, and records of evidence about them."""

    records: int
    evidence: int


@lru_cache(maxsize=1)
def records() -> Records:
    """Return the table this release ships."""
    return read(files("tasuki.protocol").joinpath("records.toml").read_text(encoding="utf-8"))


def read(text: str) -> Records:
    """Read a table.

    :raises RecordDataError: naming what is wrong with it.
    """
    try:
        content = tomllib.loads(text)
        return Records(
            checked_on=content["checked_on"],
            is_provisional=content["status"] != "final",
            fields=tuple(map(_field, content["field"])),
            retentions=tuple(Retention(row["from"], row["years"], row["article"]) for row in content["retention"]),
            corrections={row["name"]: row["article"] for row in content["correction"]},
            disclosure=content["disclosure"]["article"],
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise RecordDataError(f"records: {error!r}") from error


def _field(row: dict[str, Any]) -> RecordField:
    return RecordField(
        row["name"], Words(row["ja"], row["en"]), row["article"], {party: row[party.value] for party in RECORDING}
    )


def kept_since(at: dt.datetime, before: dt.datetime | None = None) -> dt.datetime:
    """Return the time before which records may be purged: the end of their retention, or an earlier time asked for.

    :raises TooEarlyError: when what is asked for would purge records still to be kept.
    """
    limit = _years_before(at, records().retention(at.date()).years)
    if before is not None and before > limit:
        raise TooEarlyError(f"records since {limit:%Y-%m-%d} are still to be kept")
    return limit if before is None else before


def _years_before(at: dt.datetime, years: int) -> dt.datetime:
    """Return the same moment years ago; 29 February counts as the 28th, so that nothing goes a day early."""
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, day=28)
