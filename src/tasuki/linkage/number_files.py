"""A predecessor's table of numbers (統合宛名番号の移行ファイル), read line by line and taken over part by part."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.register.reading import UnusableHeader
from tasuki.linkage.table_files import Table, UnreadableTable, open_table
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import migrate_numbers
from tasuki.persons.queries.statements import business_systems
from tasuki.persons.types.migrating import MigrationFault, MigrationProblem, MigrationReport, NumberToMigrate
from tasuki.persons.wording import Words
from tasuki.screening.reading import UnreadableSource
from tasuki.shared.actor import Actor

Progress = Callable[[str, int], None]
HEADERS: Final[Mapping[str, str]] = {
    "person": "統合宛名番号",
    "system": "業務システム",
    "system_person_number": "宛名番号",
    "individual_number": "個人番号",
}
_OPTIONAL: Final = "individual_number"
_PART: Final = 20_000
FAULT_WORDS: Final[Mapping[MigrationFault, Words]] = {
    MigrationFault.BAD_UNIFIED_NUMBER: Words(
        "統合宛名番号が15桁までの数字ではありません。", "The unified number is none of up to 15 digits."
    ),
    MigrationFault.NO_ROOM_BEYOND: Words(
        "統合宛名番号が大きすぎ、これより先の番号を付けられません。", "No number could be given beyond this one."
    ),
    MigrationFault.BAD_NUMBER: Words("宛名番号として使えません。", "This cannot be a person's number in a system."),
    MigrationFault.UNKNOWN_SYSTEM: Words(
        "登録されていない業務システムです。先に tasuki admit-system で登録してください。",
        "The system was not admitted; use `tasuki admit-system` first.",
    ),
    MigrationFault.BAD_INDIVIDUAL_NUMBER: Words(
        "個人番号の検査数字が合わないか、仮の番号です。", "The individual number is wrong or a placeholder."
    ),
    MigrationFault.GIVEN_HERE: Words(
        "この統合宛名番号は、ここで別の人に付けた番号です。", "This index gave the number to somebody else."
    ),
    MigrationFault.LINKED_OTHERWISE: Words(
        "この宛名番号は、別の統合宛名番号の人として登録されています。", "The system's number stands for another person."
    ),
    MigrationFault.HELD_BY_ANOTHER: Words(
        "個人番号は、別の統合宛名番号の人のものです。", "The individual number is another person's."
    ),
    MigrationFault.HOLDS_ANOTHER: Words(
        "この統合宛名番号の人は、別の個人番号を持っています。", "The person holds another individual number."
    ),
}


def migrate_file(
    *, file: Path, cipher: NumberCipher, by: Actor, at: dt.datetime, progress: Progress | None = None
) -> MigrationReport | UnreadableTable:
    """Take over a predecessor's table, on record before; the same table may be taken in again without a change.

    A line of another width, or one that contradicts what stands, stays out. Not one transaction: a table that was cut
    short is simply taken in once more.
    """
    try:
        table = open_table(file, [text for name, text in HEADERS.items() if name != _OPTIONAL])
        numbers = _numbers(table)
    except UnreadableSource as unreadable:
        return UnreadableTable((unreadable.problem,))
    except UnusableHeader as unusable:
        return UnreadableTable(unusable.problems)
    with transaction.atomic():
        body = {"people": len(numbers), "file_sha256": table.source.sha256, "by": str(by)}
        append(kind=EntryKind.NUMBERS_MIGRATED, body=body, at=at)
    reports = []
    for start in range(0, len(numbers), _PART):
        part = numbers[start : start + _PART]
        reports.append(migrate_numbers(numbers=part, cipher=cipher, by=by, at=at))
        if progress is not None:
            progress("numbers", start + len(part))
    return _together(reports)


def _together(reports: Sequence[MigrationReport]) -> MigrationReport:
    problems: Iterator[MigrationProblem] = (problem for report in reports for problem in report.problems)
    return MigrationReport(
        sum(report.people for report in reports),
        sum(report.linked for report in reports),
        sum(report.unchanged for report in reports),
        tuple(problems),
    )


def _numbers(table: Table) -> list[NumberToMigrate]:
    """Read lines; a system may be named by its word or by what it is called. A short line lacks what it lacks."""
    called = {one.name: one.system for one in business_systems().values()}
    places = {name: table.header.index(text) for name, text in HEADERS.items() if text in table.header}
    found = []
    for line, cells in table.lines:
        values = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        found.append(
            NumberToMigrate(
                line,
                values["person"],
                called.get(values["system"], values["system"]),
                values["system_person_number"],
                values.get("individual_number") or None,
            )
        )
    return found
