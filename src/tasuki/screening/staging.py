"""Puts checked rows of an import where they wait: sound ones to be stored, others to be looked at.

Parts of operations: each runs in the transaction of whoever asks.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from tasuki.layouts.types import Programme, Severity
from tasuki.nodes.binary_copying import (
    FALSE,
    TRUE,
    UUID_FOLLOWS,
    copy_rows_digested,
    integer,
    row_begins,
    text,
    timestamptz,
    uuid,
)
from tasuki.nodes.sql import rows, run
from tasuki.screening.cells import plain
from tasuki.screening.checking import CONTENT, CheckedRow, Checker, ProblemRowCells
from tasuki.screening.copying import copy_lines, escaped
from tasuki.screening.import_types import ProblemRow
from tasuki.screening.lookups import Key, known_facilities
from tasuki.screening.mapping import read_mapping
from tasuki.screening.objecting import Objecting, no_objections
from tasuki.screening.reading import Rows
from tasuki.screening.types import Batch, ImportProblem, Source
from tasuki.shared.actor import Actor
from tasuki.shared.newest_uuid import newest_uuids

Progress = Callable[[int, int], None]
"""Called with how many rows have been checked so far, and about how many there are."""

_PROBLEM: Final = (
    "batch_id", "line", "field", "rule", "severity", "message_ja", "message_en", "remedy_ja", "remedy_en", "value",
)  # fmt: skip
_PROBLEM_ROW: Final = ("batch_id", "line", "sent", "cells", "state", "has_errors", "accepted")
_ROWS_AT_ONCE: Final = 4096


Put = Callable[[UUID, Iterator[CheckedRow]], str]
"""Takes checked rows of an import, and gives a digest of them."""
_STAGED: Final = ("batch_id", "line", *CONTENT, "is_held")


def put_in_stage(batch_id: UUID, checked: Iterator[CheckedRow]) -> str:
    """Stage checked rows until somebody decides about their import."""
    begins = row_begins(_STAGED) + uuid(batch_id)
    ready = (begins + integer(row.line) + row.content + (TRUE if row.is_held else FALSE) for row in checked)
    return copy_rows_digested("screening_import_row", _STAGED, ready)


#: The columns of a result as they follow from a row, and those every result of an import shares.
_RESULT: Final = (
    *CONTENT, "programme", "source", "source_institution", "revision", "recorded_at", "recorded_by", "batch_id",
    "result_id",
)  # fmt: skip


class DirectStore:
    """Puts checked rows straight where results are kept; those with warnings are staged, to be accepted by name."""

    def __init__(self, programme: Programme, by: Actor, at: datetime) -> None:
        """Take what every result of the import shares."""
        self.stored = 0
        self._numbers = newest_uuids(at)
        self._shared = b"".join((
            text(programme.value), text(Source.OWN.value), text(""), integer(1), timestamptz(at), text(str(by)),
        ))  # fmt: skip

    def __call__(self, batch_id: UUID, checked: Iterator[CheckedRow]) -> str:
        """Store some rows, and give a digest of them."""
        held: list[CheckedRow] = []
        digest = copy_rows_digested("screening_result", _RESULT, self._sound(batch_id, checked, held))
        if held:
            digest += put_in_stage(batch_id, iter(held))
        return digest

    def _sound(self, batch_id: UUID, checked: Iterator[CheckedRow], held: list[CheckedRow]) -> Iterator[bytes]:
        begins, shared = row_begins(_RESULT), self._shared + uuid(batch_id) + UUID_FOLLOWS
        for row, number in zip(checked, self._numbers, strict=False):
            if row.is_held:
                held.append(row)
            else:
                self.stored += 1
                yield begins + row.content + shared + number


def stage(
    batch_id: UUID,
    checker: Checker,
    chunks: Iterable[Rows],
    progress: Progress | None = None,
    total: int = 0,
    put: Put | None = None,
) -> str:
    """Check a file and put its good rows where they go, chunk by chunk; give a digest of them.

    :param put: takes the good rows; without it they are staged.
    """
    put, digest = put or put_in_stage, sha256()
    for lines, cells in chunks:
        digest.update(put(batch_id, checker.check(lines, cells)).encode())
        if progress is not None:
            progress(checker.total, max(total, checker.total))
    digest.update(put(batch_id, checker.rest()).encode())
    return digest.hexdigest()


def keep_problems(batch_id: UUID, problems: Iterable[ImportProblem]) -> None:
    """Store problems of a file."""
    copy_lines("screening_import_problem", _PROBLEM, (_problem_line(batch_id, problem) for problem in problems))


def keep_problem_rows(batch_id: UUID, found: Iterable[ProblemRowCells]) -> None:
    """Store the rows somebody has to look at."""
    copy_lines("screening_import_problem_row", _PROBLEM_ROW, (_row_line(batch_id, row) for row in found))


def _problem_line(batch_id: UUID, problem: ImportProblem) -> str:
    texts = (
        problem.field, problem.rule, problem.severity.value, problem.message_ja, problem.message_en,
        problem.remedy_ja, problem.remedy_en, problem.value,
    )  # fmt: skip
    return "\t".join((str(batch_id), str(problem.line), *(escaped(text) for text in texts)))


def _row_line(batch_id: UUID, row: ProblemRowCells) -> str:
    cells = escaped(orjson.dumps(list(row.cells)).decode())
    return f"{batch_id}\t{row.line}\t{cells}\t{cells}\tOPEN\t{'t' if row.has_errors else 'f'}\t[]"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a row looks like when it is checked again. `row` is None where it must stay out."""

    problems: tuple[ImportProblem, ...]
    row: CheckedRow | None

    @property
    def has_errors(self) -> bool:
        """Whether the row must stay out."""
        return self.row is None

    def may_go_in(self, accepted: Iterable[str]) -> bool:
        """Say whether the row may be stored, given the rules whose warnings stand."""
        return not self.has_errors and self.warned_rules <= set(accepted)

    @property
    def warned_rules(self) -> frozenset[str]:
        """The rules of the row's warnings."""
        return frozenset(problem.rule for problem in self.problems if problem.severity is Severity.WARNING)


def check_again(
    batch: Batch, found: Sequence[ProblemRow], on: date, objecting: Objecting = no_objections
) -> dict[int, Checked]:
    """Check rows of an import as they read now, against the register and what is stored and staged by now."""
    if not found:
        return {}
    mapping = read_mapping(batch.mapping, batch.mapping_name)
    checker = Checker(
        mapping,
        batch.header,
        on=on,
        fiscal_year=batch.fiscal_year,
        facilities=known_facilities(),
        encoding=batch.encoding,
        objecting=objecting,
    )
    checker.decided = {row.line: row.matched_person for row in found if row.matched_person is not None}
    people = _people_of(batch, mapping.header_of("system_person_number"), found)
    own_lines = [row.line for row in found]
    checker.seen = _staged_keys(batch, people, own_lines)
    checker.beside.note_staged(batch.batch_id, people, own_lines)
    sound = [row for chunk in _chunks(found) for row in checker.check(*chunk)]
    good = {row.line: row for row in (*sound, *checker.rest())}
    problems: dict[int, list[ImportProblem]] = {}
    for problem in checker.problems:
        problems.setdefault(problem.line, []).append(problem)
    return {line: Checked(tuple(problems.get(line, ())), good.get(line)) for line in own_lines}


def _chunks(found: Sequence[ProblemRow]) -> Iterator[Rows]:
    for start in range(0, len(found), _ROWS_AT_ONCE):
        some = found[start : start + _ROWS_AT_ONCE]
        yield [row.line for row in some], [list(row.cells) for row in some]


def _people_of(batch: Batch, header: str, found: Sequence[ProblemRow]) -> set[str]:
    """Return whom some rows are about, by decision or by the number in them."""
    numbers = {row.matched_person for row in found if row.matched_person is not None}
    if header in batch.header:
        place = batch.header.index(header)
        numbers |= {plain(row.cells[place]) for row in found if len(row.cells) > place}
    return numbers


def _staged_keys(batch: Batch, people: Collection[str], but_lines: Sequence[int]) -> set[Key]:
    """Return what is staged for some people on other lines."""
    staged = rows(
        "SELECT system_person_number, stage, fiscal_year::text, sequence::text FROM screening_import_row"
        " WHERE batch_id = %s AND system_person_number = ANY(%s) AND NOT (line = ANY(%s))",
        [batch.batch_id, sorted(people), list(but_lines)],
    )
    return {(row["system_person_number"], row["stage"], row["fiscal_year"], row["sequence"]) for row in staged}


def stage_again(batch_id: UUID, checked: Mapping[int, Checked]) -> None:
    """Stage rows that were mended or decided about, in the place of what was staged of them before."""
    good = (one.row._replace(is_held=False) for one in checked.values() if one.row is not None)
    run("DELETE FROM screening_import_row WHERE batch_id = %s AND line = ANY(%s)", [batch_id, sorted(checked)])
    put_in_stage(batch_id, good)


def replace_problems(batch_id: UUID, checked: Mapping[int, Checked]) -> None:
    """Put what is wrong with rows now in the place of what was wrong with them."""
    run("DELETE FROM screening_import_problem WHERE batch_id = %s AND line = ANY(%s)", [batch_id, sorted(checked)])
    keep_problems(batch_id, (problem for one in checked.values() for problem in one.problems))
