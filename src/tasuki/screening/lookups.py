"""What an import is held against, fetched for many rows at once: residents, stored results, institutions."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

import psycopg
from django.db import connection

from tasuki.screening.rules import Lifetime
from tasuki.screening.types import Source
from tasuki.shared.identifiers import is_system_person_number
from tasuki.shared.names import fold_kana

# Person, stage, fiscal year and sequence: what one result of a programme is told apart by.
Key = tuple[str, str, str, str]

_Work = TypeVar("_Work")
_LONGEST_NUMBER: Final = 15
_DAY_DIGITS: Final = len("20261123")
_DAYS_REMEMBERED: Final = 4096
_A_YEAR: Final = 1_00_00
#: After every day.
NO_END: Final = "~"


@lru_cache(_DAYS_REMEMBERED)
def day_number(day: str | None) -> int | None:
    """Write an ISO day in eight digits as one number, by which ages are quick to tell; None: not known to the day."""
    digits = "" if day is None else day.replace("-", "")
    return int(digits) if len(digits) == _DAY_DIGITS and digits.isdecimal() else None


class KnownPerson(NamedTuple):
    """A resident as an import compares them. Dates are ISO text, as in the rows; the reading has no spaces.

    `born` is `day_number` of the birth date; `last_day` the last one in the town, `NO_END` where none is known.
    """

    birth_date: str
    sex: str
    kana: str
    born: int
    last_day: str
    moved_out_date: date | None
    died_date: date | None

    @property
    def lifetime(self) -> Lifetime:
        """The days that bear on a screening."""
        return Lifetime(date.fromisoformat(self.birth_date), self.moved_out_date, self.died_date)

    def age_on(self, day: str | None) -> int | None:
        """Give the age by birthday on a day; where the day is not known to the day, the age is not known either."""
        number = day_number(day)
        # Of days in eight digits, whole years are the difference in the first four.
        return None if number is None or number < self.born else (number - self.born) // _A_YEAR


def known_person(born: str, sex: str, kana: str, moved_out: date | None, died: date | None) -> KnownPerson:
    """Prepare a resident for being compared.

    :param born: as ISO text.
    :param kana: the reading as the register has it.
    """
    ends = [end.isoformat() for end in (moved_out, died) if end is not None]
    flat = kana.replace("\u3000", "").replace(" ", "")
    return _KNOWN((born, sex, flat, int(born.replace("-", "")), min(ends, default=NO_END), moved_out, died))


class Standing(NamedTuple):
    """What tells a stored result of somebody apart, as text like that of a row."""

    stage: str
    fiscal_year: str
    sequence: str
    is_own: bool
    day: str | None


class PeopleMet:
    """The residents an import has met, so that its next files need not ask for them again.

    A file is held against the register as it was when its rows were read, however long its storing takes; a file that
    follows, against one at most `KEPT_SECONDS` older.
    """

    KEPT_SECONDS: Final = 5.0

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._since = clock, clock()
        self._met: dict[str, KnownPerson] = {}

    def among(self, numbers: Iterable[str]) -> dict[str, KnownPerson]:
        """Give those of some people who were met a moment ago."""
        now = self._clock()
        if now - self._since > self.KEPT_SECONDS:
            self._met, self._since = {}, now
        met = self._met
        return {number: met[number] for number in numbers if number in met}

    def add(self, people: Mapping[str, KnownPerson]) -> None:
        """Take note of people just fetched."""
        self._met.update(people)


@dataclass(frozen=True, slots=True)
class KnownFacility:
    """A period in which an institution holds its number, as ISO text from and until; an open end is the last day."""

    name: str
    valid_from: str
    valid_to: str


# A subquery hides the list from the planner, which would weigh each of thousands of numbers.
_PEOPLE: Final = """
SELECT system_person_number, birth_date::text, sex, kana_name, moved_out_date, died_date
FROM screening_resident WHERE system_person_number = ANY((SELECT string_to_array(%s, ','))::text[])
"""
# One line for whoever has any: of years far away only that there are.
_STANDING: Final = """
SELECT system_person_number,
  string_agg(concat_ws(' ', stage, fiscal_year, sequence, source, coalesce(examined_date, '')), ',')
    FILTER (WHERE fiscal_year BETWEEN %s AND %s) AS near
FROM screening_result
WHERE system_person_number = ANY((SELECT string_to_array(%s, ','))::text[]) AND programme = %s AND withdrawn_at IS NULL
GROUP BY system_person_number
"""


_NUMBERS: Final = re.compile("[0-9]{1,15}(?:,[0-9]{1,15})*")
#: `KnownPerson._make` and the like, which are written in Python, without their look at how many there are.
_KNOWN: Final = partial(tuple.__new__, KnownPerson)
_STANDS: Final = partial(tuple.__new__, Standing)
_OWN: Final = Source.OWN.value


def years_around(years: Iterable[str]) -> tuple[int, int]:
    """Give the first and the last fiscal year in which a screening of some years may be filed by mistake."""
    span = sorted(int(year) for year in years)
    return (span[0] - 1, span[-1] + 1) if span else (1, 0)


def look_up(
    *, numbers: Collection[str], programme: str, years: Iterable[str], met: PeopleMet, meanwhile: Callable[[], _Work]
) -> tuple[dict[str, KnownPerson], dict[str, Sequence[Standing]], _Work]:
    """Fetch residents, and by person what stands of a programme in and around some fiscal years, whoever gave it.

    Whoever was ever screened is among them, if only with nothing. The server searches while `meanwhile` works here;
    that must not ask the database. Gives its value as well.
    """
    listed, known = _listed(numbers), met.among(numbers)
    # Django's cursors wait for every answer; the driver's own pipeline does not.
    raw: psycopg.Connection[tuple[Any, ...]] = connection.connection
    with raw.pipeline(), psycopg.Cursor(raw) as people, psycopg.Cursor(raw) as results:
        people.execute(_PEOPLE, [_listed(number for number in numbers if number not in known) if known else listed])
        results.execute(_STANDING, [*years_around(years), listed, programme])
        value = meanwhile()
        fetched = {
            number: known_person(born, sex, kana, moved_out, died)
            for number, born, sex, kana, moved_out, died in people.fetchall()
        }
        met.add(fetched)
        return known | fetched, {number: _standing(near) for number, near in results.fetchall()}, value


def _standing(near: str | None) -> Sequence[Standing]:
    found = []
    for one in near.split(",") if near else ():
        stage, year, sequence, source, day = one.split(" ")
        found.append(_STANDS((stage, year, sequence, source == _OWN, day or None)))
    return found


def shortened(numbers: Iterable[str]) -> set[str]:
    """Return those numbers that become a resident's with zeros in front."""
    candidates: dict[str, str] = {}
    for number in numbers:
        if is_system_person_number(number):
            candidates.update({number.zfill(width): number for width in range(len(number) + 1, _LONGEST_NUMBER + 1)})
    if not candidates:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_person_number FROM screening_resident"
            " WHERE system_person_number = ANY(string_to_array(%s, ','))",
            [_listed(candidates)],
        )
        return {candidates[number] for (number,) in cursor.fetchall()}


def _listed(numbers: Iterable[str]) -> str:
    """Write numbers as one text, which costs a tenth of a list parameter; cells that are no number find nobody."""
    # In order, neighbours in an index are looked for one after the other.
    found = sorted(numbers)
    text = ",".join(found)
    # Nearly always all of them are numbers, which is cheaper to see of all together than of each.
    if text.count(",") == len(found) - 1 and _NUMBERS.fullmatch(text):
        return text
    return ",".join(number for number in found if is_system_person_number(number))


def known_facilities() -> dict[str, Sequence[KnownFacility]]:
    """Fetch every institution; a town has some hundreds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT facility_number, name, valid_from::text, coalesce(valid_to::text, '9999-12-31')"
            " FROM screening_facility ORDER BY facility_number, valid_from"
        )
        found: dict[str, list[KnownFacility]] = {}
        for number, *rest in cursor.fetchall():
            found.setdefault(number, []).append(KnownFacility(*rest))
    return dict(found)


def any_resident_called(names: Iterable[str]) -> bool:
    """Say whether a resident has one of these names, in whichever spelling of its reading."""
    said = sorted({name.strip() for name in names if name.strip()})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM screening_resident WHERE folded_kana = ANY(%s) OR name = ANY(%s))",
            [[fold_kana(name) for name in said], said],
        )
        return bool(cursor.fetchone()[0])
