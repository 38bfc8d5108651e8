"""What is found wrong with one row of a file, worded only when there is something to word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tasuki.layouts.types import RecordProblem, Severity
from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import as_import_problem, import_problem


@dataclass(slots=True)
class RowFindings:
    """Problems of one row. `cells` are its cells by header; `header_of` leads from an item code to a header."""

    line: int
    row: Sequence[str]
    cells: Mapping[str, str]
    header_of: Mapping[str, str]
    problems: list[ImportProblem] = field(default_factory=list)
    kept: list[dict[str, str | None]] = field(default_factory=list)
    is_bad: bool = False

    def add(self, rule: str, header: str, code: str | None = None) -> None:
        """Note that a cell breaks a rule of this context."""
        self._keep(import_problem(rule, line=self.line, field=header, value=self.cells.get(header, "")), code)

    def add_worded(self, problems: Iterable[ImportProblem]) -> None:
        """Note problems that were worded elsewhere, such as those of a document."""
        for problem in problems:
            self._keep(problem, None)

    def add_all(self, problems: tuple[RecordProblem, ...] | list[RecordProblem]) -> None:
        """Note problems of the record, each at the column its item came from."""
        for problem in problems:
            header = self.header_of.get(problem.item or "", "")
            value = self.cells.get(header, "")
            self._keep(as_import_problem(problem, line=self.line, field=header, value=value), problem.item)

    def _keep(self, problem: ImportProblem, code: str | None) -> None:
        self.problems.append(problem)
        self.kept.append({"rule": problem.rule, "item": code})
        self.is_bad = self.is_bad or problem.severity is Severity.ERROR
