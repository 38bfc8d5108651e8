"""Civil dates of Japan: eras, fiscal years, age in law, partial dates, dates in the cells of files."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Self

JST = timezone(timedelta(hours=9), "JST")
"""Japan has had no summer time since 1951, so a fixed offset is exact for every instant this software records."""

FIRST_CIVIL_DATE = date(1873, 1, 1)
"""Japan took the Gregorian calendar on this day; an earlier era date would need the old calendar."""


@dataclass(frozen=True, slots=True)
class Era:
    """An era (元号) with its first and last civil day."""

    name: str
    short: str
    letter: str
    first: date
    last: date


# 明治45年7月30日 is also 大正元年7月30日, and 大正15年12月25日 also 昭和元年12月25日: those changes took effect on
# the day they were proclaimed, and registers hold both spellings. 平成 and 令和 began at midnight.
ERAS = (
    Era("明治", "明", "M", FIRST_CIVIL_DATE, date(1912, 7, 30)),
    Era("大正", "大", "T", date(1912, 7, 30), date(1926, 12, 25)),
    Era("昭和", "昭", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", "平", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", "令", "R", date(2019, 5, 1), date.max),
)
_ERA_BY_NAME = {name: era for era in ERAS for name in (era.name, era.short, era.letter)}
_FIRST_ERA_YEAR = {"明治": 1868}
_ERA_DATE = re.compile(
    r"(明治|大正|昭和|平成|令和|[明大昭平令MTSHR])\s*(元|\d{1,2})(?:年|[./\-])\s*(\d{1,2})(?:月|[./\-])\s*(\d{1,2})日?"
)
# A year alone needs its 年: R8 by itself may be anything.
_ERA_YEAR_AND_MONTH = re.compile(
    r"(明治|大正|昭和|平成|令和|[明大昭平令MTSHR])(元|\d{1,2})(?:年|[./\-])(?:(\d{1,2})月?)?", re.ASCII
)

_ISO_PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_SEPARATED = re.compile(r"(\d{4})(?:年|[./\-])(\d{1,2})(?:月|[./\-])(\d{1,2})日?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TWO_DIGIT_YEAR = re.compile(r"\d{1,2}(?:年|[./\-])\d{1,2}(?:月|[./\-])\d{1,2}日?|\d{6}", re.ASCII)
_YEAR_AND_MONTH = re.compile(r"(\d{4})(?:年|[./\-])(\d{1,2})月?", re.ASCII)
_YEAR = re.compile(r"(\d{4})年?", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00)?$")
_SPACES = re.compile(r"\s+")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2013\u2212", "-"))
# Excel counts days from 1900: 5,000 is 1913 and 60,000 is 2064, so that a person's dates fall between them.
_EXCEL_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_ERA_LIKE = re.compile(r"(明治|大正|昭和|平成|令和|[明大昭平令MTSHR])(元|\d)", re.IGNORECASE)


class DatePrecision(StrEnum):
    """How much of a date is known."""

    YEAR = "YEAR"
    MONTH = "MONTH"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date whose day, or month and day, may be unknown; what is unknown is never made up."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuse an impossible date.

        :raises ValueError: when the parts form no date.
        """
        if self.month is None and self.day is not None:
            raise ValueError("a day without its month is no date")
        # Zero is not the same as unknown: 2026-00 is how some systems write an unknown month, and is refused.
        date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    @classmethod
    def of(cls, day: date) -> Self:
        """Make a date known to the day."""
        return cls(day.year, day.month, day.day)

    @classmethod
    def from_iso(cls, text: str) -> Self:
        """Read 2026, 2026-11 or 2026-11-23.

        :raises ValueError: when the text has none of the three forms.
        """
        if _ISO_PARTIAL.fullmatch(text) is None:
            raise ValueError("not a partial ISO date")
        return cls(*(int(part) for part in text.split("-")))

    @property
    def precision(self) -> DatePrecision:
        """How much is known."""
        if self.month is None:
            return DatePrecision.YEAR
        return DatePrecision.MONTH if self.day is None else DatePrecision.DAY

    @property
    def iso(self) -> str:
        """The ISO form, as long as what is known."""
        known = [f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part is not None)]
        return "-".join(known)

    def earliest(self) -> date:
        """Give the first day it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """Give the last day it can be."""
        if self.day is not None:
            return self.earliest()
        month = self.month or 12
        if month == 12:
            return date(self.year, 12, 31)
        return date.fromordinal(date(self.year, month + 1, 1).toordinal() - 1)

    def exact(self) -> date | None:
        """Give the day if it is known."""
        return self.earliest() if self.day is not None else None


class DateProblem(StrEnum):
    """Why a cell is not read as a date. Each asks something different of the sender, so they are kept apart."""

    EMPTY = "EMPTY"
    EXCEL_SERIAL = "EXCEL_SERIAL"
    TWO_DIGIT_YEAR = "TWO_DIGIT_YEAR"
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class RefusedDate:
    """A cell that was not read as a date, and why."""

    text: str
    problem: DateProblem


def era_year(day: date) -> str:
    """Name the year of a day in its era: 令和8年, 令和元年.

    :raises ValueError: when the day is before Japan's Gregorian calendar.
    """
    for era in reversed(ERAS):
        if era.first <= day:
            year = day.year - _first_year(era) + 1
            return f"{era.name}{'元' if year == 1 else year}年"
    raise ValueError("no era is defined before 1873-01-01")


def in_era(day: date) -> str:
    """Write a day in its era: 令和8年11月23日.

    :raises ValueError: when the day is before Japan's Gregorian calendar.
    """
    return f"{era_year(day)}{day.month}月{day.day}日"


def display_date(day: date) -> str:
    """Write a day for a screen: 2026年11月23日(令和8年)."""
    return f"{day.year}年{day.month}月{day.day}日({era_year(day)})"


def display_partial_date(found: PartialDate) -> str:
    """Write a date for a screen no more precisely than it is known: 2026年5月(令和8年).

    A year in which the era changed is named after both: 2019年(平成31年・令和元年).
    """
    known = "".join(f"{part}{name}" for part, name in ((found.month, "月"), (found.day, "日")) if part is not None)
    if found.earliest() < FIRST_CIVIL_DATE:
        return f"{found.year}年{known}"
    eras = "・".join(dict.fromkeys((era_year(found.earliest()), era_year(found.latest()))))
    return f"{found.year}年{known}({eras})"


def parse_era(text: str) -> date:
    """Read an era date: 令和8年11月23日, 令和元年…, R8.11.23, 昭50/1/2.

    :raises ValueError: when it is no era date, or a day outside the named era such as 昭和64年1月8日.
    """
    matched = _ERA_DATE.fullmatch(text.strip().upper())
    if matched is None:
        raise ValueError("not an era date")
    name, year, month, day = matched.groups()
    era = _ERA_BY_NAME[name]
    number = 1 if year == "元" else int(year)
    found = date(_first_year(era) + number - 1, int(month), int(day))
    if number < 1 or not era.first <= found <= era.last:
        raise ValueError("the day is outside the era")
    return found


def fiscal_year_of(day: date) -> int:
    """Give the fiscal year (年度, 1 April to 31 March) a day belongs to."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_bounds(fiscal_year: int) -> tuple[date, date]:
    """Give the first and the last day of a fiscal year."""
    return date(fiscal_year, 4, 1), date(fiscal_year + 1, 3, 31)


def age_in_law(born: date, on: date) -> int:
    """Count the age a person has attained by the end of a day (年齢計算ニ関する法律1項・2項, 民法143条2項).

    The day of birth counts, so a year of age is complete at the end of the day *before* the birthday: someone
    born on 1 April attains an age on 31 March, which is why they belong to the elder school year, and why they
    count on a screening programme's reference day of 31 March. Born on 29 February: 28 February, leap year or
    not. For the age people mean in speech, see `age_by_birthday`.

    :raises ValueError: when `on` is before birth.
    """
    _require_born(born, on)
    if on == date.max:
        return age_by_birthday(born, on)
    return _completed_years(born, on + timedelta(days=1))


def age_by_birthday(born: date, on: date) -> int:
    """Count the age as people use it: it changes when the birthday begins (29 February: on 1 March in other years).

    This is the age a person has through the whole of a day, and the age a clinic writes on a result.

    :raises ValueError: when `on` is before birth.
    """
    _require_born(born, on)
    return _completed_years(born, on)


def to_jst(at: datetime) -> datetime:
    """Convert an aware time to Japan's.

    :raises ValueError: when the time is naive.
    """
    if at.tzinfo is None:
        raise ValueError("a time without its zone cannot be converted")
    return at.astimezone(JST)


def civil_date(at: datetime) -> date:
    """Give the day in Japan at an instant: at 15:00 UTC the next one has begun.

    :raises ValueError: when the time is naive.
    """
    return to_jst(at).date()


def day_begins(day: date) -> datetime:
    """Return the moment at which a day begins in Japan."""
    return datetime.combine(day, time(), JST)


def parse_date(cell: str) -> date | RefusedDate:
    """Read a cell as a date known to the day, in any common Japanese spelling.

    Accepted: 2026-11-23, 2026/11/3, 2026.11.23, 2026年11月23日, 20261123, era dates, full-width digits, and a
    midnight that a spreadsheet appended. Never guessed: 8/11/23 (an era year, or 2008?) and 46349 (a
    spreadsheet's day number, whose base year depends on the sender's settings).
    """
    text = _prepare(cell)
    if not text:
        return RefusedDate(cell, DateProblem.EMPTY)
    try:
        if matched := _SEPARATED.fullmatch(text) or _COMPACT.fullmatch(text):
            year, month, day = (int(part) for part in matched.groups())
            return date(year, month, day)
        if _ERA_LIKE.match(text):
            return parse_era(text)
    except ValueError:
        return RefusedDate(cell, _problem_of_dated_text(text))
    return RefusedDate(cell, _problem_of(text))


def parse_partial_date(cell: str) -> PartialDate | RefusedDate:
    """Read a cell as a date known to the day, the month or the year, in either calendar."""
    found = parse_date(cell)
    if isinstance(found, date):
        return PartialDate.of(found)
    text = _prepare(cell)
    if (era := _ERA_YEAR_AND_MONTH.fullmatch(text.upper())) is not None and (era[3] or text.endswith("年")):
        return _part_of_era(era) or RefusedDate(cell, DateProblem.IMPOSSIBLE_DATE)
    matched = _YEAR_AND_MONTH.fullmatch(text) or _YEAR.fullmatch(text)
    if matched is None:
        return found
    try:
        return PartialDate(*(int(part) for part in matched.groups()))
    except ValueError:
        return RefusedDate(cell, DateProblem.IMPOSSIBLE_DATE)


def _part_of_era(matched: re.Match[str]) -> PartialDate | None:
    """Return the year or month of an era, or None where the era has no such one (昭和64年2月)."""
    era = _ERA_BY_NAME[matched[1]]
    number = 1 if matched[2] == "元" else int(matched[2])
    try:
        found = PartialDate(_first_year(era) + number - 1, int(matched[3]) if matched[3] else None)
    except ValueError:
        return None
    within = number >= 1 and era.first <= found.latest() and found.earliest() <= era.last
    return found if within else None


def _first_year(era: Era) -> int:
    return _FIRST_ERA_YEAR.get(era.name, era.first.year)


def _completed_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _require_born(born: date, on: date) -> None:
    if on < born:
        raise ValueError("no age before birth")


def _prepare(cell: str) -> str:
    """Fold widths and dashes, and drop a spreadsheet's midnight."""
    text = unicodedata.normalize("NFKC", cell).strip()
    text = _MIDNIGHT.sub("", text)
    return _SPACES.sub("", text).translate(_DASHES)


def _problem_of_dated_text(text: str) -> DateProblem:
    """Tell an era date with impossible parts from text that merely begins like one (S1234, H-20)."""
    parts = re.findall(r"元|\d+", text)
    return DateProblem.IMPOSSIBLE_DATE if len(parts) == 3 or _COMPACT.fullmatch(text) else DateProblem.UNREADABLE


def _problem_of(text: str) -> DateProblem:
    if _EXCEL_SERIAL.fullmatch(text):
        return DateProblem.EXCEL_SERIAL
    if _TWO_DIGIT_YEAR.fullmatch(text):
        return DateProblem.TWO_DIGIT_YEAR
    return DateProblem.UNREADABLE
