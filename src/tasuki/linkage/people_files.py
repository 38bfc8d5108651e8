"""Files of business systems: people to register with the index, one a line, and a line of answer for each.

The headers are those of the resident register's file; of its columns only 宛名番号 and 氏名 must be there. No answer
ever repeats a 個人番号.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tasuki.linkage.operations import identity
from tasuki.linkage.register.reading import HEADERS, UnusableHeader
from tasuki.linkage.table_files import Table, UnreadableTable, open_table
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.gate import is_usable_number
from tasuki.persons.types import RegistrationProblem, RegistrationReport, RegistrationStatus
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.persons.wording import Words, case_words, problem_words
from tasuki.screening.reading import Openable, UnreadableSource
from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import RefusedDate, parse_partial_date
from tasuki.shared.spreadsheets import csv_file

GoesOn = Callable[[int], bool]
#: So many are registered in one transaction, with one record of it.
PART: Final = 5_000
_ITEMS: Final = ("name", "kana_name", "birth_date", "sex", "address", "postal_code", "household_number")
_REQUIRED: Final = ("system_person_number", "name")
_SEXES: Final = {"男": "1", "女": "2"}
_ANSWER_HEADER: Final = ("行", "宛名番号", "結果", "説明", "result", "message")
_STATUS_WORDS: Final = {
    RegistrationStatus.LINKED: Words("登録済みの人と一致", "of somebody known"),
    RegistrationStatus.NUMBERED: Words("新しく付番", "numbered anew"),
    RegistrationStatus.UNCHANGED: Words("変更なし", "unchanged"),
    RegistrationStatus.CASE: Words("要確認", "somebody has to look"),
}
_PROBLEM_WORDS: Final = Words("登録できない", "not registered")
_STOPPED_WORDS: Final = Words("中止したため登録していない", "not registered: the work was stopped")
_COUNTED: Final = ("linked", "numbered", "unchanged", "cases")
#: From so many lines on, a column in which most entries are individual numbers is no column of anything else.
_ENOUGH_TO_TELL: Final = 5


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What became of one line."""

    line: int
    system_person_number: str
    status: Words
    message: Words


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file as it was read: its sound lines, and those that cannot be read.

    `columns` are the headers that were recognised, `ignored` the others.
    """

    lines: tuple[int, ...]
    people: tuple[Registration, ...]
    problems: tuple[ImportProblem, ...]
    columns: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisteredFile:
    """What registering a file did; `left` counts people who were not reached because somebody stopped it."""

    linked: int
    numbered: int
    unchanged: int
    cases: int
    problems: int
    left: int
    answers: tuple[LineAnswer, ...]


def read_people(file: Openable) -> PeopleFile | UnreadableTable:
    """Read a file of people; damage is named with its place."""
    try:
        table = open_table(file, [HEADERS[name] for name in _REQUIRED], missing_rule="people_column_missing")
        return _read_lines(table)
    except UnreadableSource as unreadable:
        return UnreadableTable((unreadable.problem,))
    except UnusableHeader as unusable:
        return UnreadableTable(unusable.problems)


def _read_lines(table: Table) -> PeopleFile:
    positions = {name: table.header.index(text) for name, text in HEADERS.items() if text in table.header}
    width = len(table.header)
    lines: list[int] = []
    people: list[Registration] = []
    problems: list[ImportProblem] = []
    for line, cells in table.lines:
        if len(cells) != width:
            problems.append(import_problem("wrong_column_count", line=line, expected=width, found=len(cells)))
            continue
        lines.append(line)
        people.append(_registration({name: cells[position].strip() for name, position in positions.items()}))
    if _holds_individual_numbers(people):
        raise UnusableHeader((import_problem("individual_numbers_misplaced", field=HEADERS["system_person_number"]),))
    ignored = tuple(text for text in table.header if text not in HEADERS.values())
    columns = tuple(HEADERS[name] for name in positions)
    return PeopleFile(tuple(lines), tuple(people), tuple(problems), columns, ignored)


def _holds_individual_numbers(people: Sequence[Registration]) -> bool:
    """Say whether individual numbers stand where a system's own belong; one in ten numbers of that length is one."""
    alike = sum(is_usable_number(one.system_person_number) for one in people)
    return len(people) >= _ENOUGH_TO_TELL and alike * 2 > len(people)


def _registration(values: dict[str, str]) -> Registration:
    items = {name: values.get(name, "") for name in _ITEMS}
    # What is no date goes on as it is: the gate says so, like all else that is wrong with a person.
    born = parse_partial_date(items["birth_date"]) if items["birth_date"] else None
    if born is not None and not isinstance(born, RefusedDate):
        items["birth_date"] = born.iso
    items["sex"] = _SEXES.get(items["sex"], items["sex"])
    return Registration(values["system_person_number"], BasicItems(**items), values.get("individual_number") or None)


def register_file(
    *,
    read: PeopleFile,
    system: str,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
    goes_on: GoesOn = lambda _done: True,
    part_size: int = PART,
) -> RegisteredFile:
    """Register the people of a file, part by part, each on record before; the same file may be registered again.

    Not one transaction: a file that was cut short is simply registered once more.

    :param goes_on: hears after each part how many people are done, and says whether to go on; whoever is left then is
        answered as left.
    """
    parts: list[RegistrationReport] = []
    answers = [LineAnswer(one.line, "", _PROBLEM_WORDS, Words(one.message_ja, one.message_en)) for one in read.problems]
    done, is_going = 0, True
    while is_going and done < len(read.people):
        part = slice(done, done + part_size)
        people, lines = read.people[part], read.lines[part]
        parts.append(identity.register(system=system, people=people, cipher=cipher, by=by, at=at))
        answers += _answers(lines, people, parts[-1])
        done += len(people)
        is_going = goes_on(done)
    # Their numbers were not looked at, and could be anything.
    answers += [LineAnswer(line, "", _STOPPED_WORDS, Words("", "")) for line in read.lines[done:]]
    answers.sort(key=lambda one: one.line)
    counts = {name: sum(getattr(report, name) for report in parts) for name in _COUNTED}
    wrong = sum(one.status is _PROBLEM_WORDS for one in answers)
    return RegisteredFile(**counts, problems=wrong, left=len(read.people) - done, answers=tuple(answers))


def _answers(lines: Sequence[int], people: Sequence[Registration], report: RegistrationReport) -> Iterator[LineAnswer]:
    problems: dict[int, list[RegistrationProblem]] = {}
    for problem in report.problems:
        problems.setdefault(problem.line, []).append(problem)
    for place, (line, person) in enumerate(zip(lines, people, strict=True), start=1):
        wrong = problems.get(place)
        if wrong is not None:
            yield _wrong(line, person.system_person_number, wrong)
            continue
        found = report.outcomes[person.system_person_number]
        message = Words("", "") if found.kind is None else case_words(found.kind)
        yield LineAnswer(line, person.system_person_number, _STATUS_WORDS[found.status], message)


def _wrong(line: int, number: str, wrong: Sequence[RegistrationProblem]) -> LineAnswer:
    """Word everything that is wrong with a line. What is no 宛名番号 could be anything, so it is not repeated."""
    shown = "" if any(one.field == "system_person_number" for one in wrong) else number
    worded = [(HEADERS[one.field], one.field, problem_words(one.fault)) for one in wrong]
    ja = " ".join(f"{header}: {words.ja}{words.remedy_ja}" for header, _, words in worded)
    en = " ".join(f"{name}: {words.en} {words.remedy_en}" for _, name, words in worded)
    return LineAnswer(line, shown, _PROBLEM_WORDS, Words(ja, en))


def write_answers(answers: Iterable[LineAnswer]) -> bytes:
    """Write the file of answers, as spreadsheets open it: UTF-8 with a mark."""
    lines = (
        (one.line, one.system_person_number, one.status.ja, one.message.ja, one.status.en, one.message.en)
        for one in answers
    )
    return csv_file([_ANSWER_HEADER, *lines])
