"""Takes in the resident register: what screening may know goes there, individual numbers go to the index alone.

Screening gets its share first and whole, the index after it in parts: both take the same file again without a change,
so a load that was cut short is simply repeated.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.register.reading import (
    HEADERS,
    FindErased,
    OtherEnvironment,
    Progress,
    RegisterReader,
    UnusableHeader,
    nobody_erased,
)
from tasuki.operating.queries import marked_environment
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people, state_people
from tasuki.persons.types import REGISTER, NumberingFault, NumberingProblem, NumberingReport, PersonToNumber
from tasuki.screening.operations.loads import record_load
from tasuki.screening.operations.residents import register_moves, register_residents
from tasuki.screening.queries.residents import load_of_changes, stated_lines
from tasuki.screening.reading import Rows, SourceFile, UnreadableSource, inspect, read_rows
from tasuki.screening.types import ImportProblem
from tasuki.screening.types.residents import RegisterLoad, RegisterReport, RegisterScope
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.shared.garbage import collection_paused

_NUMBERED_AT_ONCE: Final = 20_000
_NUMBERING_RULES: Final[Mapping[NumberingFault, str]] = {
    NumberingFault.INVALID_NUMBER: "bad_individual_number",
    NumberingFault.SHARED_NUMBER: "shared_individual_number",
    NumberingFault.NUMBER_CHANGED: "individual_number_changed",
}


@dataclass(frozen=True, slots=True)
class LoadedRegister:
    """What a load of the register did in screening and in the index, and what a clerk has to look at."""

    load: RegisterLoad
    residents: RegisterReport
    numbering: NumberingReport
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class UnreadableRegister:
    """The file as a whole cannot be read; nothing of it was taken in."""

    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class AlreadyLoaded:
    """These changes were taken in before; a second time could undo later ones, so nothing was done."""

    load: RegisterLoad


def import_register(
    *,
    file: Path,
    file_name: str,
    system: str,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
    find_erased: FindErased = nobody_erased,
) -> LoadedRegister | UnreadableRegister | AlreadyLoaded:
    """Take in a register file, whole or a day's changes: residents to screening, individual numbers to the index.

    A line with an error stays out; one whose individual number alone is wrong goes in and is not numbered. A file that
    is not of this environment is refused as a whole, which is recorded. A whole register that still names somebody as
    gone whom this town erased does not bring them back: the line stays out and is reported. Not one transaction: the
    two sides lie in databases of their own, and each takes the same file twice without a change.
    """
    try:
        with collection_paused():
            source = inspect(file, "utf-8")
            standing = load_of_changes(source.sha256)
            if standing is not None:
                return AlreadyLoaded(standing)
            reader, residents = _load_residents(source, by, at, progress, find_erased)
            numbering = _number(source, reader, system, cipher, by, at, progress)
    except OtherEnvironment as other:
        _record_refusal(source.sha256, by, at)
        return UnreadableRegister((other.problem,))
    except UnreadableSource as unreadable:
        return UnreadableRegister((unreadable.problem,))
    except UnusableHeader as unusable:
        return UnreadableRegister(unusable.problems)
    problems = _problems(reader, residents, numbering)
    load = record_load(
        file_name=file_name,
        sha256=source.sha256,
        scope=RegisterScope.CHANGES if reader.has_moves else RegisterScope.WHOLE,
        total_rows=reader.rows,
        residents=residents,
        numbered=numbering.numbered,
        problems=problems,
        by=by,
        at=at,
    )
    return LoadedRegister(load, residents, numbering, problems)


def _problems(
    reader: RegisterReader, residents: RegisterReport, numbering: NumberingReport
) -> tuple[ImportProblem, ...]:
    """Word everything a clerk has to look at, by line; whoever a whole register does not name stands at the end."""
    refused = [import_problem(one.rule, line=reader.move_lines[one.place]) for one in residents.refused]
    numbered = [
        import_problem(_NUMBERING_RULES[one.fault], line=one.line, field=HEADERS["individual_number"])
        for one in numbering.problems
    ]
    missing = [
        import_problem("missing_from_register", field=HEADERS["system_person_number"], value=number)
        for number in residents.missing
    ]
    return (*sorted((*reader.problems, *refused, *numbered), key=lambda one: one.line), *missing)


@transaction.atomic
def _load_residents(
    source: SourceFile, by: Actor, at: dt.datetime, progress: Progress | None, find_erased: FindErased
) -> tuple[RegisterReader, RegisterReport]:
    chunks = read_rows(source)
    lines, first = next(chunks, ([], []))
    if not first:
        raise UnreadableSource(import_problem("file_empty"))
    header = [cell.strip() for cell in first[0]]
    missing = tuple(import_problem("no_header", line=1, field=name) for name in HEADERS.values() if name not in header)
    if missing:
        raise UnusableHeader(missing)
    reader = RegisterReader(header, progress, civil_date(at), marked_environment().environment, find_erased)
    rest: Iterator[Rows] = chain([(lines[1:], first[1:])], chunks)
    if not reader.has_moves:
        rows = reader.residents(rest)
        done = register_residents(rows=rows, by=by, at=at, reason="register", is_whole=True)
        reader.leave_out(reader.erased)
        return reader, done
    moves = list(reader.moves(rest))
    done = register_moves(moves=moves, by=by, at=at, reason="changes")
    unknown = (one.place for one in done.refused if one.rule == "change_of_unknown_person")
    reader.leave_out({moves[place].resident.system_person_number for place in unknown})
    return reader, done


@transaction.atomic
def _record_refusal(sha256: str, by: Actor, at: dt.datetime) -> None:
    """Record that a register was refused because it is not of this environment."""
    body = {"what": "register", "environment": marked_environment().environment.value, "file_sha256": sha256}
    append(kind=EntryKind.WRONG_ENVIRONMENT_REFUSED, body=body | {"by": str(by)}, at=at)


def _number(
    source: SourceFile,
    reader: RegisterReader,
    system: str,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None,
) -> NumberingReport:
    """Number the people of a register in parts, after their numbering is on record."""
    with transaction.atomic():
        append(
            kind=EntryKind.PEOPLE_NUMBERED,
            body={"system": system, "people": len(reader.numbers), "file_sha256": source.sha256, "by": str(by)},
            at=at,
        )
    numbered = linked = already = 0
    problems: list[NumberingProblem] = []
    for start in range(0, len(reader.numbers), _NUMBERED_AT_ONCE):
        part = slice(start, start + _NUMBERED_AT_ONCE)
        people = [
            PersonToNumber(number, individual, is_changed=number in reader.number_changes)
            for number, individual in zip(reader.numbers[part], reader.individual_numbers[part], strict=True)
        ]
        done = number_people(system=REGISTER, people=people, cipher=cipher, by=by, at=at, also=(system,))
        numbered, linked = numbered + done.numbered, linked + done.linked
        already += done.already_numbered
        problems += [replace(one, line=reader.lines[start + one.line - 1]) for one in done.problems]
        if progress is not None:
            progress("numbers", start + len(people))
    # The index is told what screening has taken in, so that both say the same of everybody.
    told = stated_lines(reader.numbers if reader.has_moves else None)
    state_people(system=REGISTER, lines=told, by=by, at=at)
    return NumberingReport(numbered, linked, already, tuple(problems))
