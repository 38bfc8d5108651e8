"""What was wrong with a document, kept in one cell of its row, so that looking at the row again cannot forget it.

One problem reads `rule=fact path value`, the fact only where its wording names one; several stand behind one another.
Whoever empties the cell says that they have seen to it, and that is kept like every other change of a row.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from tasuki.layouts.fhir.names import fhir_rules
from tasuki.layouts.fhir.nodes import problem as fhir_problem
from tasuki.layouts.fhir.types import FhirProblem
from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem

_BETWEEN: Final = " ; "


def cell_of(problems: Iterable[FhirProblem]) -> str:
    """Write the problems of a document into one cell."""
    return _BETWEEN.join(
        f"{one.rule}{'=' + _word(one.fact) if one.fact else ''} {_word(one.path) or '-'} {_word(one.value)}".rstrip()
        for one in problems
    )


def _word(text: str) -> str:
    """Take out of a text what would end it: a stranger wrote it."""
    return " ".join(text.replace(";", "；").split())


def problems_in_cell(cell: str, *, line: int, field: str) -> Iterator[ImportProblem]:
    """Word the problems in a cell again; one that no longer reads as one is a problem of its own."""
    for one in cell.split(_BETWEEN.strip()):
        named, _, rest = one.strip().partition(" ")
        rule, _, fact = named.partition("=")
        path, _, value = rest.partition(" ")
        if rule not in fhir_rules():
            yield import_problem("document_note_unread", line=line, field=field, value=one.strip())
        else:
            yield as_row_problem(fhir_problem(rule, path, value=value, fact=fact), line=line)


def as_row_problem(found: FhirProblem, *, line: int) -> ImportProblem:
    """Give a problem of a document its place in the import: its row, and its path in the document."""
    return ImportProblem(
        line=line,
        field=found.path,
        rule=found.rule,
        severity=found.severity,
        message_ja=found.message_ja,
        message_en=found.message_en,
        remedy_ja=found.remedy_ja,
        remedy_en=found.remedy_en,
        value=found.value,
    )
