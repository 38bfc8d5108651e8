"""What speaks against imported rows in view of the people's other screenings, for many rows at once.

The rules are those of `circumstances`, which screens ask; here they are asked only of people who have another
screening, and three questions to the database do for some thousand rows: one of them alone where nobody has any.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from tasuki.layouts.types import AbsentReason, Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.nodes.sql import rows
from tasuki.screening.circumstances import (
    Other,
    problems_of_objections,
    problems_with_duplicates,
    problems_with_primary,
)
from tasuki.screening.lookups import KnownPerson
from tasuki.screening.objecting import InFile, Judge, Objecting, no_objections
from tasuki.screening.types import Source

_KNOWN: Final = """
SELECT n.number FROM unnest(string_to_array(%s, ',')) AS n(number) WHERE EXISTS (
  SELECT FROM screening_result
  WHERE system_person_number = n.number AND programme = %s AND withdrawn_at IS NULL OFFSET 0
)
"""
# A screening of the same day counts whatever fiscal year it was filed under; beyond the next year none can be meant.
_OTHERS: Final = """
SELECT result_id, system_person_number, stage, fiscal_year, sequence, examined_date, items, absent, source
FROM screening_result
WHERE system_person_number = ANY(%s) AND programme = %s AND withdrawn_at IS NULL AND fiscal_year BETWEEN %s AND %s
"""
_STAGED: Final = """
SELECT system_person_number, stage, fiscal_year, sequence, examined_date, items, absent FROM screening_import_row
WHERE batch_id = %s AND system_person_number = ANY(%s) AND stage <> %s AND NOT (line = ANY(%s))
"""


@dataclass(frozen=True, slots=True)
class _Stored:
    other: Other
    is_own: bool


class RowSaid(NamedTuple):
    """What a row says of a screening, as it is staged: made for every row, so nothing is read from it before need."""

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


class RowCircumstances:
    """What is known of the people of one file besides its rows: what is stored, and what the file itself says.

    Nearly every row is the only one of somebody who has no other: such rows cost two looks into a dictionary.
    """

    def __init__(self, programme: Programme, objecting: Objecting) -> None:
        self._programme, self._objecting = programme, objecting
        self._judge: Judge = no_objections(programme, (), ())
        self._known: set[str] = set()
        self._stored: dict[str, dict[UUID, _Stored]] = {}
        self._first: dict[str, RowSaid] = {}
        #: By fiscal year, so that a file full of one person's screenings costs no more than another.
        self._more: dict[str, dict[int, list[RowSaid]]] = {}
        self._usual: dict[tuple[str, str, str], tuple[RecordProblem, ...]] = {}

    def look_up(self, people: Collection[str], years: Collection[str]) -> None:
        """Fetch the other screenings of some people, whoever gave them."""
        self._known = {row["number"] for row in rows(_KNOWN, [",".join(people), self._programme])}
        span = sorted(int(year) for year in years)
        self._judge = self._objecting(self._programme, self._known, span)
        if not self._known or not span:
            return
        for row in rows(_OTHERS, [list(self._known), self._programme, span[0] - 1, span[-1] + 1]):
            other = Other(row["result_id"], _said(row).record(self._programme))
            of_person = self._stored.setdefault(row["system_person_number"], {})
            of_person[other.result_id] = _Stored(other, row["source"] == Source.OWN)

    def note_staged(self, batch_id: UUID, people: Collection[str], but_lines: Sequence[int]) -> None:
        """Take note of the screenings of some people that stand in the same file on other lines."""
        for row in rows(_STAGED, [batch_id, sorted(people), Stage.DETAILED, list(but_lines)]):
            self.note(row["system_person_number"], _said(row))

    def note(self, number: str, said: RowSaid) -> None:
        """Take note of a screening that goes in, for the rows that are held against it later."""
        if self._first.setdefault(number, said) is not said:
            self._more.setdefault(number, {}).setdefault(int(said.fiscal_year), []).append(said)

    def problems(self, number: str, person: KnownPerson, said: RowSaid) -> tuple[RecordProblem, ...]:
        """Return what speaks against a row.

        An interval is held against stored screenings and those further up in the file.
        """
        if said.stage == Stage.DETAILED:
            return self._of_detailed(number, said)
        if number in self._known or number in self._first:
            return self._of_known(number, person, said)
        case = (said.fiscal_year, person.sex, person.birth_date)
        found = self._usual.get(case)
        if found is None:
            found = self._usual[case] = tuple(self._objections(number, person, said, ()))
        return found

    def _of_detailed(self, number: str, said: RowSaid) -> tuple[RecordProblem, ...]:
        record = said.record(self._programme)
        standing = [one.other.record for one in self._stored.get(number, {}).values()]
        own = [one.record(self._programme) for one in self._in_file(number).get(record.fiscal_year, ())]
        return (*problems_with_primary(record, [*standing, *own]), *self._duplicates(number, record))

    def _of_known(self, number: str, person: KnownPerson, said: RowSaid) -> tuple[RecordProblem, ...]:
        record = said.record(self._programme)
        earlier = _last_before(self._in_file(number), record.fiscal_year)
        return (*self._objections(number, person, said, earlier), *self._duplicates(number, record))

    def _objections(
        self, number: str, person: KnownPerson, said: RowSaid, earlier: Sequence[InFile]
    ) -> list[RecordProblem]:
        return problems_of_objections(
            self._judge(number, person.sex, person.birth_date, int(said.fiscal_year), earlier)
        )

    def _duplicates(self, number: str, record: ScreeningRecord) -> list[RecordProblem]:
        stored = self._stored.get(number, {}).values()
        return problems_with_duplicates(record, [one.other for one in stored if not _is_meant(record, one)])

    def _in_file(self, number: str) -> Mapping[int, Sequence[RowSaid]]:
        first = self._first.get(number)
        if first is None:
            return {}
        more, year = self._more.get(number, {}), int(first.fiscal_year)
        return {**more, year: [first, *more.get(year, ())]}


def _last_before(in_file: Mapping[int, Sequence[RowSaid]], year: int) -> Sequence[InFile]:
    """Return what the file says of the last year before one: of earlier years only the last counts."""
    last = max((one for one in in_file if one < year), default=None)
    return () if last is None else [(last, one.items) for one in in_file[last]]


def _is_meant(record: ScreeningRecord, stored: _Stored) -> bool:
    """Say whether a row speaks of a stored screening knowingly.

    By its sequence it is either the same one, which is an error, or another one of the year.
    """
    other = stored.other.record
    return stored.is_own and other.stage is record.stage and other.fiscal_year == record.fiscal_year


def _said(row: Mapping[str, Any]) -> RowSaid:
    absent = {code: AbsentReason(why) for code, why in orjson.loads(row["absent"]).items()}
    year, sequence = str(row["fiscal_year"]), str(row["sequence"])
    return RowSaid(row["stage"], year, sequence, row["examined_date"], orjson.loads(row["items"]), absent)
