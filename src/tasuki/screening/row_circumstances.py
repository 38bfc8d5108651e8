"""What speaks against imported rows in view of the people's other screenings, for many rows at once.

The rules are those of `circumstances`, which screens ask; here they are asked only of people who have another
screening, and one question to the database does for some thousand rows, another one for all detailed examinations.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from tasuki.layouts.types import AbsentReason, Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.nodes.sql import rows
from tasuki.screening.circumstances import (
    problem_of_next_visit,
    problems_of_objections,
    problems_with_duplicates,
    problems_with_primary,
)
from tasuki.screening.contents import RowRead
from tasuki.screening.lookups import Key, KnownPerson, Standing, years_around
from tasuki.screening.objecting import InFile, Judge, Objecting, no_objections
from tasuki.screening.types import Objection

# A screening of the same day counts whatever fiscal year it was filed under; beyond the next year none can be meant.
_PRIMARIES: Final = """
SELECT system_person_number, stage, fiscal_year, sequence, examined_date, items, absent FROM screening_result
WHERE system_person_number = ANY(%s) AND programme = %s AND withdrawn_at IS NULL AND fiscal_year BETWEEN %s AND %s
  AND stage <> %s
"""
_STAGED: Final = """
SELECT system_person_number, stage, fiscal_year, sequence, examined_date, items, absent FROM screening_import_row
WHERE batch_id = %s AND system_person_number = ANY(%s) AND NOT (line = ANY(%s))
"""


_DETAILED: Final = Stage.DETAILED.value


class RowSaid(NamedTuple):
    """What a row says of a screening, as it is staged."""

    stage: str
    fiscal_year: str
    sequence: str
    day: str | None
    items: Mapping[str, str]
    absent: Mapping[str, AbsentReason]

    def record(self, programme: Programme) -> ScreeningRecord:
        """Read it as a record without its place."""
        return ScreeningRecord(
            programme, Stage(self.stage), int(self.fiscal_year), int(self.sequence), self.day, None, None, None, None,
            self.items, self.absent,
        )  # fmt: skip


def said_in(row: RowRead) -> RowSaid:
    """Give what a row as read says of a screening."""
    _, setting, day, item_set = row
    return RowSaid(setting.stage, setting.year, setting.sequence, day, item_set.items, item_set.absent)


class RowCircumstances:
    """What is known of the people of one file besides its rows: what is stored, and what the file itself says.

    Nearly every row is the only one of somebody who has no other: such rows cost three looks into a dictionary.
    """

    def __init__(self, programme: Programme, objecting: Objecting) -> None:
        self._programme, self._objecting = programme, objecting
        self._judge: Judge = no_objections(programme, (), ())
        self._standing: dict[str, Sequence[Standing]] = {}
        #: Stored primary examinations, of the people whose detailed ones are held against them.
        self._primaries: dict[str, list[ScreeningRecord]] = {}
        #: The rows that nothing spoke against and that may stay alone, of which nothing is read before need.
        self._alone: dict[str, RowRead] = {}
        self._first: dict[str, RowSaid] = {}
        #: By fiscal year, so that a file full of one person's screenings costs no more than another.
        self._more: dict[str, dict[int, list[RowSaid]]] = {}
        #: Detailed examinations are held against primary ones and each other, and count for no interval.
        self._detailed: dict[str, list[RowSaid]] = {}

    def look_up(self, standing: Mapping[str, Sequence[Standing]], years: Collection[str]) -> None:
        """Take what is stored of some people, and look up the programme's rules for some fiscal years."""
        self._standing.update(standing)
        self._judge = self._objecting(self._programme, standing.keys(), sorted(int(year) for year in years))

    def look_up_primaries(self, people: Collection[str], years: Collection[str]) -> None:
        """Fetch what detailed examinations of some people in some fiscal years may have followed."""
        wanted = [list(people), self._programme, *years_around(years), Stage.DETAILED]
        for row in rows(_PRIMARIES, wanted):
            record = _said(row).record(self._programme)
            self._primaries.setdefault(row["system_person_number"], []).append(record)

    def note_staged(self, batch_id: UUID, people: Collection[str], but_lines: Sequence[int]) -> None:
        """Take note of the screenings of some people that stand in the same file on other lines."""
        for row in rows(_STAGED, [batch_id, sorted(people), list(but_lines)]):
            self.note(row["system_person_number"], _said(row))

    def note(self, number: str, said: RowSaid) -> None:
        """Take note of a screening that goes in, for the rows that are held against it later."""
        if said.stage == _DETAILED:
            self._detailed.setdefault(number, []).append(said)
        elif number in self._alone or self._first.setdefault(number, said) is not said:
            self._more.setdefault(number, {}).setdefault(int(said.fiscal_year), []).append(said)

    def note_if_alone(self, row: RowRead, person: KnownPerson) -> bool:
        """Take note of a row that goes in if nothing can speak against it; False: ask for its `problems`.

        :param row: no detailed examination.
        """
        number, setting, day, _ = row
        if number in self._alone or number in self._first:
            return False
        if self._judge(number, person.sex, person.birth_date, setting.year_number, ()):
            return False
        for one in self._standing.get(number, ()):
            if one.fiscal_year == setting.year or one.day == day:
                return False
        self._alone[number] = row
        return True

    def is_alone(self, key: Key) -> bool:
        """Say whether a row of just this place was noted by `note_if_alone`."""
        number, stage, year, sequence = key
        row = self._alone.get(number)
        return row is not None and (row[1].stage, row[1].year, row[1].sequence) == (stage, year, sequence)

    def problems(self, number: str, person: KnownPerson, said: RowSaid) -> tuple[RecordProblem, ...]:
        """Return what speaks against a row.

        It is held against stored screenings and those further up in the file; of two rows that are too close, the one
        further down says so, whichever was first. What a detailed examination may have followed must have been looked
        up.
        """
        if said.stage == _DETAILED:
            return (*self._of_detailed(number, said), *self._duplicates(number, said, self._detailed.get(number, ())))
        year = int(said.fiscal_year)
        if number not in self._alone and number not in self._first:
            objections = self._judge(number, person.sex, person.birth_date, year, ())
            if not objections and number not in self._standing:
                return ()
            return (*problems_of_objections(objections), *self._duplicates(number, said, ()))
        in_file = self._in_file(number)
        objections = self._judge(number, person.sex, person.birth_date, year, _last_before(in_file, year))
        found = problems_of_objections(objections)
        if self._comes_too_close(number, person, said, in_file):
            found.append(problem_of_next_visit())
        return (*found, *self._duplicates(number, said, chain.from_iterable(in_file.values())))

    def _comes_too_close(
        self, number: str, person: KnownPerson, said: RowSaid, in_file: Mapping[int, Sequence[RowSaid]]
    ) -> bool:
        """Say whether a row breaks the interval of a later year that stands further up, and was in order without it."""
        year = int(said.fiscal_year)
        later = min((one for one in in_file if one > year), default=None)
        if later is None:
            return False
        without = self._judge(number, person.sex, person.birth_date, later, _last_before(in_file, later))
        beside = self._judge(number, person.sex, person.birth_date, later, [(year, said.items)])
        return Objection.INTERVAL in beside - without

    def _of_detailed(self, number: str, said: RowSaid) -> Sequence[RecordProblem]:
        record = said.record(self._programme)
        own = [one.record(self._programme) for one in self._in_file(number).get(record.fiscal_year, ())]
        return problems_with_primary(record, [*self._primaries.get(number, ()), *own])

    def _duplicates(self, number: str, said: RowSaid, in_file: Iterable[RowSaid]) -> Sequence[RecordProblem]:
        others: Iterable[Standing | RowSaid] = chain(self._standing.get(number, ()), in_file)
        near = [
            _as_record(self._programme, one)
            for one in others
            if (one.fiscal_year == said.fiscal_year or one.day == said.day) and not _is_repeated(said, one)
        ]
        return problems_with_duplicates(said.record(self._programme), near) if near else ()

    def _in_file(self, number: str) -> Mapping[int, Sequence[RowSaid]]:
        alone = self._alone.get(number)
        first = self._first.get(number) if alone is None else said_in(alone)
        if first is None:
            return {}
        more, year = self._more.get(number, {}), int(first.fiscal_year)
        return {**more, year: [first, *more.get(year, ())]}


def _last_before(in_file: Mapping[int, Sequence[RowSaid]], year: int) -> Sequence[InFile]:
    """Return what the file says of the last year before one: of earlier years only the last counts."""
    last = max((one for one in in_file if one < year), default=None)
    return () if last is None else [(last, one.items) for one in in_file[last]]


def _is_repeated(said: RowSaid, other: Standing | RowSaid) -> bool:
    """Say whether a row has the very place of another one of the town's own: that is an error, and says it all."""
    is_own = other.is_own if isinstance(other, Standing) else True
    return is_own and (other.stage, other.fiscal_year, other.sequence) == (said.stage, said.fiscal_year, said.sequence)


def _as_record(programme: Programme, other: Standing | RowSaid) -> ScreeningRecord:
    return RowSaid(other.stage, other.fiscal_year, other.sequence, other.day, {}, {}).record(programme)


def _said(row: Mapping[str, Any]) -> RowSaid:
    absent = {code: AbsentReason(why) for code, why in orjson.loads(row["absent"]).items()}
    year, sequence = str(row["fiscal_year"]), str(row["sequence"])
    return RowSaid(row["stage"], year, sequence, row["examined_date"], orjson.loads(row["items"]), absent)
