"""What a file of people holds, before anything of it is registered: counts and what is wrong, never whom it names."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

from tasuki.linkage.people_files import PeopleFile
from tasuki.linkage.register.reading import HEADERS
from tasuki.linkage.table_files import UnreadableTable
from tasuki.persons.gate import faults_of
from tasuki.persons.types.files import MOST_SHOWN, FileFindings, FileProblem
from tasuki.persons.wording import problem_words
from tasuki.screening.types import ImportProblem
from tasuki.shared.environments import Environment

#: Told now and then how many lines were looked at.
Tell = Callable[[int], None]
_TOLD_EVERY: Final = 2_000


def findings_in(
    read: PeopleFile, on: dt.date, environment: Environment, tell: Tell = lambda _done: None
) -> FileFindings:
    """Return what is to be known of a file on a day, by the same rules that decide when it is registered."""
    found = [_worded(one) for one in read.problems]
    wrong = set()
    for done, problem in _faults(read, on, environment, tell):
        wrong.add(done)
        if len(found) < MOST_SHOWN + len(read.problems):
            found.append(problem)
    found.sort(key=lambda one: one.line)
    return FileFindings(
        lines=len(read.lines) + len(read.problems),
        columns=read.columns,
        ignored=read.ignored,
        with_number=sum(one.individual_number is not None for one in read.people),
        repeated=len(read.people) - len({one.system_person_number for one in read.people}),
        problem_lines=len(wrong) + len(read.problems),
        problems=tuple(found[:MOST_SHOWN]),
    )


def findings_of_unreadable(table: UnreadableTable) -> FileFindings:
    """Return why nothing of a file can be read."""
    return FileFindings(0, (), (), 0, 0, 0, tuple(_worded(one) for one in table.problems))


def _faults(read: PeopleFile, on: dt.date, environment: Environment, tell: Tell) -> Iterator[tuple[int, FileProblem]]:
    for place, (line, person) in enumerate(zip(read.lines, read.people, strict=True)):
        if place % _TOLD_EVERY == 0:
            tell(place)
        for fault in faults_of(person, on, environment):
            words = problem_words(fault.fault)
            ja, en = f"{words.ja}{words.remedy_ja}", f"{words.en} {words.remedy_en}"
            yield line, FileProblem(line, HEADERS[fault.field], ja, en)


def _worded(problem: ImportProblem) -> FileProblem:
    ja, en = f"{problem.message_ja}{problem.remedy_ja}", f"{problem.message_en} {problem.remedy_en}"
    return FileProblem(problem.line, problem.field, ja, en)
