"""Files by which many people are asked about at once (照会ファイル): what each line says, or why it cannot be asked."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Final

#: Larger files are not of this kind: 10,000 lines of 18 fields are under 3 MB.
LARGEST: Final = 4 * 1024 * 1024
ABROAD: Final = "99999"
_RESTRICTING: Final = ("condition", "year", "from", "to")


@dataclass(frozen=True, slots=True)
class FileLine:
    """One line: what it asks for, or the kind of problem and the field it lies in."""

    line: int
    person: str = ""
    unified_person: str = ""
    provider: str = ""
    procedure: str = ""
    data_set: str = ""
    non_disclosure: bool = False
    problem: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class UnusableFile:
    """Why a file as a whole was not taken in: `empty`, `too_long`, `too_large`, or `taken_before`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Whom a town may ask, and for what: institutions by municipality code, and data sets."""

    own: str
    providers: Mapping[str, str] = field(hash=False)
    data_sets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The layout as data."""

    fields: tuple[tuple[str, str, re.Pattern[str]], ...]
    most_rows: int
    wards: tuple[tuple[str, str, str], ...]
    problems: Mapping[str, tuple[str, str]] = field(hash=False)

    def label(self, name: str) -> str:
        """Return what a field is called; an empty text for none."""
        return next((ja for known, ja, _ in self.fields if known == name), "")

    def words(self, problem: str, field_name: str, *, english: bool) -> str:
        """Say what is wrong with a line and what to do."""
        return self.problems[problem][english].format(field=self.label(field_name))


@lru_cache(maxsize=1)
def layout() -> FileLayout:
    """Return the layout this release ships."""
    content = tomllib.loads(files("tasuki.linkage").joinpath("inquiry_file.toml").read_text(encoding="utf-8"))
    return FileLayout(
        fields=tuple((row["name"], row["ja"], re.compile(row["form"])) for row in content["field"]),
        most_rows=content["most_rows"],
        wards=tuple((first, last, city) for row in content["ward"] for first, last, city in row["codes"]),
        problems={name: (row["ja"], row["en"]) for name, row in content["problem"].items()},
    )


def read_inquiry_file(content: bytes, directory: Directory) -> list[FileLine] | UnusableFile:
    """Read a file, line by line; a line that cannot be asked keeps its place with its problem."""
    if len(content) > LARGEST:
        return UnusableFile("too_large")
    lines = content.decode("ascii", "replace").splitlines()
    while lines and not lines[-1].strip("\x1a "):
        lines.pop()
    if not lines:
        return UnusableFile("empty")
    if len(lines) > layout().most_rows:
        return UnusableFile("too_long")
    return list(_without_repeats(_read_line(number, line, directory) for number, line in enumerate(lines, 1)))


def _without_repeats(read: Iterator[FileLine]) -> Iterator[FileLine]:
    seen: set[tuple[str, str, str]] = set()
    for one in read:
        key = (one.person, one.provider, one.data_set)
        if one.problem:
            yield one
        elif key in seen:
            yield FileLine(one.line, problem="twice")
        else:
            seen.add(key)
            yield one


def _read_line(number: int, text: str, directory: Directory) -> FileLine:
    cells = text.split(",")
    known = layout().fields
    if len(cells) != len(known):
        return FileLine(number, problem="fields")
    values = {name: cell for (name, _, _), cell in zip(known, cells, strict=True)}
    for name, _, form in known:
        if not form.fullmatch(values[name]):
            return FileLine(number, problem="form", field=name)
    problem = _problem_of(values, directory)
    if problem is not None:
        return FileLine(number, problem=problem[0], field=problem[1])
    provider = _provider(values["provider"], directory)
    if provider is None:
        return FileLine(number, problem="unknown_provider", field="provider")
    return FileLine(
        number,
        person=values["person"],
        unified_person=values["unified_person"],
        provider=provider,
        procedure=values["procedure"],
        data_set=values["data_set"],
        non_disclosure=values["non_disclosure"] == "1",
    )


def _problem_of(values: Mapping[str, str], directory: Directory) -> tuple[str, str] | None:
    """Return what is wrong with the content of a line whose form is right, and in which field."""
    if not _is_time(values["requested_at"]):
        return "time", "requested_at"
    if values["inquirer"] != directory.own:
        return "other_inquirer", "inquirer"
    delegated = next((name for name in ("delegated_inquirer", "delegated_provider") if values[name]), None)
    if delegated is not None:
        return "delegated", delegated
    restricting = next((name for name in _RESTRICTING if values[name].strip("0")), None)
    if restricting is not None:
        return "restricted", restricting
    if values["provider"] == ABROAD:
        return "abroad", "provider"
    if values["data_set"] not in directory.data_sets:
        return "unknown_data_set", "data_set"
    return None


def _is_time(text: str) -> bool:
    try:
        datetime.strptime(text[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007 — only whether it is one
    except ValueError:
        return False
    return True


def _provider(text: str, directory: Directory) -> str | None:
    """Return the institution of a code, or of a municipality's five digits; a ward's is its city's."""
    if len(text) != len(ABROAD):
        return text if text in directory.providers.values() else None
    city = city_of(text)
    return next((found for code, found in directory.providers.items() if code[:5] == city), None)


def city_of(municipality: str) -> str:
    """Return whom to ask about a municipality of five digits: itself, or the city whose ward it is."""
    return next((city for first, last, city in layout().wards if first <= municipality <= last), municipality)


def matched(
    lines: Sequence[FileLine], people: Mapping[str, Sequence[str]], unified: Mapping[str, str]
) -> list[FileLine]:
    """Give each line the number of its person here, or the problem that nobody, or not one only, has it.

    :param people: our own numbers by what is left of them without leading zeros.
    :param unified: the index's numbers by our own.
    """
    return [one if one.problem else _matched(one, people, unified) for one in lines]


def _matched(one: FileLine, people: Mapping[str, Sequence[str]], unified: Mapping[str, str]) -> FileLine:
    found = people.get(one.person.lstrip("0"), ())
    if len(found) != 1:
        return FileLine(one.line, problem="ambiguous_person" if found else "unknown_person", field="person")
    [number] = found
    if number not in unified:
        return FileLine(one.line, problem="not_numbered", field="person")
    if one.unified_person and one.unified_person != unified[number]:
        return FileLine(one.line, problem="other_unified", field="unified_person")
    return FileLine(one.line, number, "", one.provider, one.procedure, one.data_set, one.non_disclosure)
