"""What the layouts say of a row's content, worked out once for each different content."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from tasuki.layouts.dates import fiscal_year_days
from tasuki.layouts.types import AbsentReason, Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.layouts.validate import (
    FIRST_FISCAL_YEAR,
    LAST_FISCAL_YEAR,
    LAST_SEQUENCE,
    problems_in_header,
    problems_in_items,
)
from tasuki.nodes.binary_copying import jsonb, smallint, text
from tasuki.screening.cells import ABSENT_MARK
from tasuki.screening.lookups import KnownFacility
from tasuki.screening.rules import dated_items, header_item, rules

_ANY_YEAR: Final = 2020
#: ISO days before and after all others.
ALWAYS: Final = ("", "~")
_NEVER: Final = ("~", "")
_DAY_LENGTH: Final = len("2026-11-23")
_USUAL_SEQUENCES: Final = frozenset(str(number) for number in range(1, LAST_SEQUENCE + 1))
_STAGES: Final = {stage.value: stage for stage in Stage}
_MOST_REMEMBERED: Final = 20_000
_LAYOUTS_REMEMBERED: Final = 8
#: What a row says of the items of its layout, in the order of their columns.
Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class ItemSet:
    """The items of a record and why others are absent, both written for COPY, and what is wrong whatever the day.

    `is_sound`: nothing is wrong, on any day.
    """

    items: Mapping[str, str]
    absent: Mapping[str, AbsentReason]
    written: bytes
    problems: tuple[RecordProblem, ...]
    depends_on_day: bool
    is_sound: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how an examination was made, written for COPY, and when the institution held its number.

    `held` has ISO days from and until; it is empty where no number was given or nobody holds it. Between `opened` and
    `closed`, nearly always, nobody has to look there.
    """

    written: bytes
    held: tuple[tuple[str, str], ...]
    problems: tuple[RecordProblem, ...]
    opened: str
    closed: str

    def is_closed_on(self, day: str | None) -> bool:
        """Say whether the institution held its number at other times only."""
        return day is not None and bool(self.held) and not any(start <= day < end for start, end in self.held)


class Time(NamedTuple):
    """When rows of a stage, a fiscal year and a sequence may be, as in `Setting`, and the three written for COPY."""

    year_number: int
    first: str
    after: str
    written: bytes


class Setting(NamedTuple):
    """What many rows of a file share: stage, year, sequence and place, parts of them written for COPY.

    A day known to the day from `first` until before `after`, as nearly all are, is in order for year and place.
    `is_doubtful` says that something is wrong with the place or that it is of another year than the import, or that
    another examination decides what is right.
    """

    stage: str
    year: str
    sequence: str
    place: Place
    first: str
    after: str
    written_time: bytes
    written_place: bytes
    year_number: int
    is_doubtful: bool


#: A row as read: whom it is numbered for, its setting, its day, its items.
RowRead = tuple[str, Setting, str | None, ItemSet]


class Contents:
    """Validates the content of records of one programme; every answer is remembered.

    A record's problems are those of its items, of its time and of its place: the layouts look at these three apart,
    but for items in force for a time only, which `item_problems` sees to.
    """

    def __init__(
        self,
        programme: Programme,
        codes: Sequence[str],
        facilities: Mapping[str, Sequence[KnownFacility]],
        on: date,
        expected_year: str | None = None,
    ) -> None:
        """Take the item codes in the order of their columns, and the day on which nothing may lie in the future.

        :param expected_year: the fiscal year every row should be of.
        """
        self._programme, self._facilities, self._on, self._year = programme, facilities, on, expected_year
        self.item_set = item_sets(programme, tuple(codes), on)
        self.place = lru_cache(maxsize=_MOST_REMEMBERED)(self._place)
        self.time = lru_cache(maxsize=_MOST_REMEMBERED)(self._time)

    def setting(
        self,
        stage: str,
        year: str,
        sequence: str,
        fee_class: str,
        number: str | None,
        stated_name: str | None,
        encounter: str | None,
    ) -> Setting:
        """Work out what holds for every row of a stage, a year, a sequence and a place."""
        place = self.place(number, stated_name, encounter)
        time = self.time(stage, year, sequence)
        return Setting(
            stage, year, sequence, place, year_number=time.year_number,
            is_doubtful=bool(place.problems) or self._year not in (None, year) or stage == Stage.DETAILED,
            first=max(time.first, place.opened), after=min(time.after, place.closed),
            written_time=time.written, written_place=place.written + text(fee_class),
        )  # fmt: skip

    def problems(self, setting: Setting, day: str | None, item_set: ItemSet) -> tuple[RecordProblem, ...]:
        """Return what is wrong with a row's time, place and items."""
        place = setting.place
        if item_set.is_sound and _is_within(day, setting):
            return place.problems
        record = self.record(setting.stage, setting.year, setting.sequence, day, {})
        closed: tuple[RecordProblem, ...] = ()
        if place.is_closed_on(day):
            closed = (rules()["facility_closed"].problem(header_item("facility_number")),)
        time = tuple(problems_in_header(record, self._on))
        return time + place.problems + self._item_problems(setting.stage, day, item_set) + closed

    def _item_problems(self, stage: str, day: str | None, item_set: ItemSet) -> tuple[RecordProblem, ...]:
        """Return what is wrong with the items of a record of a day."""
        if not item_set.depends_on_day:
            return item_set.problems
        record = _record(self._programme, stage, str(_ANY_YEAR), "1", day, item_set.items, item_set.absent)
        return tuple(problems_in_items(record, self._on))

    def _time(self, stage: str, year: str, sequence: str) -> Time:
        number = int(year)
        first, after = self._span(number) if sequence in _USUAL_SEQUENCES else _NEVER
        return Time(number, first, after, text(stage) + smallint(number) + smallint(sequence))

    def _span(self, year: int) -> tuple[str, str]:
        """Give the days from and until before which nothing can be wrong with a record's time; none where in doubt."""
        if not FIRST_FISCAL_YEAR <= year <= LAST_FISCAL_YEAR:
            return _NEVER
        first, last = fiscal_year_days(year)
        return first.isoformat(), (min(last, self._on) + timedelta(days=1)).isoformat()

    def _place(self, number: str | None, stated_name: str | None, encounter: str | None) -> Place:
        found = self._facilities.get(number or "", ())
        name = stated_name or next((one.name for one in reversed(found)), None)
        record = ScreeningRecord(self._programme, Stage.PRIMARY, _ANY_YEAR, 1, None, None, encounter, number, name)
        problems = tuple(problems_in_header(record, self._on))
        if number is not None and not found:
            problems += (rules()["unknown_facility"].problem(header_item("facility_number")),)
        held = tuple((one.valid_from, one.valid_to) for one in found)
        opened, closed = held[-1] if held else ALWAYS
        written = b"".join(text(value or None) for value in (encounter, number, name))
        return Place(written, held, problems, opened, closed)

    def record(
        self,
        stage: str,
        year: str,
        sequence: str,
        day: str | None,
        items: Mapping[str, str],
        absent: Mapping[str, AbsentReason] | None = None,
    ) -> ScreeningRecord:
        """Build a record of the programme to be looked at, without its place."""
        return _record(self._programme, stage, year, sequence, day, items, absent or {})


def _is_within(day: str | None, setting: Setting) -> bool:
    return day is not None and setting.first <= day < setting.after and len(day) == _DAY_LENGTH


def _record(
    programme: Programme,
    stage: str,
    year: str,
    sequence: str,
    day: str | None,
    items: Mapping[str, str],
    absent: Mapping[str, AbsentReason],
) -> ScreeningRecord:
    return ScreeningRecord(
        programme, _STAGES[stage], int(year), int(sequence), day, None, None, None, None, items, absent
    )


@lru_cache(maxsize=_LAYOUTS_REMEMBERED)
def item_sets(programme: Programme, codes: Sequence[str], on: date) -> Callable[[str | None, Values], ItemSet]:
    """Give what reads the values of these items, in this order; it remembers from one file of a layout to the next.

    Nothing in it says whose values they are.
    """
    dated = dated_items(programme)

    @lru_cache(maxsize=_MOST_REMEMBERED)
    def item_set(stage: str | None, values: Values) -> ItemSet:
        if stage is None:
            # Which stage was meant is not known, so nothing can be said of its items; the row stays out anyway.
            return ItemSet({}, {}, jsonb(b"{}") * 2, (), False, True)
        said = {code: value for code, value in zip(codes, values, strict=True) if value is not None}
        absent = {
            code: AbsentReason(value.removeprefix(ABSENT_MARK))
            for code, value in said.items()
            if value[:1] == ABSENT_MARK
        }
        items = {code: value for code, value in said.items() if code not in absent} if absent else said
        problems = problems_in_items(_record(programme, stage, str(_ANY_YEAR), "1", None, items, absent), on)
        written = b"".join(jsonb(orjson.dumps(part)) for part in (items, absent))
        depends_on_day = not dated.isdisjoint(items)
        return ItemSet(items, absent, written, tuple(problems), depends_on_day, not problems and not depends_on_day)

    return item_set
