"""How a problem of an import is put to staff."""

from collections.abc import Mapping
from typing import Final

from tasuki.layouts.types import RecordProblem
from tasuki.screening.rules import rules
from tasuki.screening.types import ImportProblem
from tasuki.shared.environments import Environment

#: The rule a file breaks that is not of this environment.
REFUSED: Final[Mapping[Environment, str]] = {
    Environment.DUMMY: "real_data_in_dummy",
    Environment.REAL: "dummy_data_in_real",
}


def import_problem(rule_id: str, *, line: int = 0, field: str = "", value: str = "", **facts: object) -> ImportProblem:
    """Word a problem of the file (line 0), of a line, or of a cell under the sender's header."""
    rule = rules()[rule_id]
    return ImportProblem(
        line=line,
        field=field,
        rule=rule.id,
        severity=rule.severity,
        message_ja=rule.message_ja.format(item=field, **facts),
        message_en=rule.message_en.format(item=field, **facts),
        remedy_ja=rule.remedy_ja,
        remedy_en=rule.remedy_en,
        value=value,
    )


def as_import_problem(problem: RecordProblem, *, line: int, field: str, value: str) -> ImportProblem:
    """Give a problem of a record its place in the file."""
    return ImportProblem(
        line=line,
        field=field,
        rule=problem.rule,
        severity=problem.severity,
        message_ja=problem.message_ja,
        message_en=problem.message_en,
        remedy_ja=problem.remedy_ja,
        remedy_en=problem.remedy_en,
        value=value,
    )
