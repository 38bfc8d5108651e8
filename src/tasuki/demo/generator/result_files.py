"""The result files of one town: one per programme and fiscal year, each in its sender's layout."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from tasuki.demo.generator.draws import Values
from tasuki.demo.generator.facilities import Facility
from tasuki.demo.generator.mistakes import MistakeMaker, ValidRow
from tasuki.demo.generator.people import Person
from tasuki.demo.generator.source_files import SourceLayout, load_layout
from tasuki.demo.generator.writers import FileFacts, HashedFile

_DATE_ITEMS = ("7A030161506144349",)


@dataclass(frozen=True, slots=True)
class Record:
    """One valid screening record, in official codes."""

    person: Person
    programme: str
    fiscal_year: int
    stage: str
    examined: date
    facility: Facility
    encounter: str
    fee_class: str
    sequence: int
    values: Values


@dataclass(frozen=True, slots=True)
class MistakePlace:
    """Where a damaged row stands; lines count from 1, the header being the first."""

    file: str
    line: int
    kind: str


class ResultFiles:
    """Writes records to the files they belong in, opening each when it is first needed."""

    def __init__(self, *, folder: Path, town_key: str, mistakes: MistakeMaker, random: Random) -> None:
        """Take where to write and what to damage."""
        self._folder, self._town_key, self._mistakes, self._random = folder, town_key, mistakes, random
        self._files: dict[tuple[str, int], HashedFile] = {}
        self.valid: Counter[tuple[str, str]] = Counter()
        self.mistake_places: list[MistakePlace] = []

    def write(self, record: Record) -> None:
        """Write a valid row and, when one is due, a damaged one behind it."""
        layout = load_layout(record.programme)
        cells = layout.render(_values(record, layout), self._random)
        file = self._file(record.programme, record.fiscal_year, layout)
        file.write_line(layout.line(cells))
        self.valid[record.programme, record.stage] += 1
        row = ValidRow(record.person, layout, record.fiscal_year, record.stage, record.examined, cells)
        damaged = self._mistakes.damage(row)
        if damaged is not None:
            kind, bad_cells = damaged
            file.write_line(layout.line(bad_cells))
            path = self._path(layout, record.fiscal_year)
            self.mistake_places.append(MistakePlace(path, file.lines, kind.value))

    def close(self) -> list[FileFacts]:
        """Close every file, in the order of their names."""
        return [self._files[key].close() for key in sorted(self._files)]

    def _file(self, programme: str, fiscal_year: int, layout: SourceLayout) -> HashedFile:
        key = (programme, fiscal_year)
        if key not in self._files:
            headers = int(layout.has_header)
            path = self._path(layout, fiscal_year)
            opened = HashedFile(self._folder, path, encoding=layout.encoding, newline="\r\n", headers=headers)
            if layout.has_header:
                opened.write_line(layout.line(layout.headers))
            self._files[key] = opened
        return self._files[key]

    def _path(self, layout: SourceLayout, fiscal_year: int) -> str:
        return f"{self._town_key}/results/{layout.programme}-{fiscal_year}.{layout.suffix}"


def _values(record: Record, layout: SourceLayout) -> dict[str, str]:
    values = {
        **record.values,
        "system_person_number": record.person.system_number,
        "kana_name": record.person.half_kana,
        "birth_date": layout.write_date(record.person.born),
        "sex": record.person.sex,
        "fiscal_year": str(record.fiscal_year),
        "stage": record.stage,
        "examined_date": layout.write_date(record.examined),
        "facility_number": record.facility.number,
        "encounter_type": record.encounter,
        "fee_class": record.fee_class,
        "sequence": str(record.sequence),
    }
    for item in _DATE_ITEMS:
        if values.get(item):
            values[item] = layout.write_date(date.fromisoformat(values[item]))
    return values
