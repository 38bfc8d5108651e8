"""Reads of the numbers a town gave its rules."""

from tasuki.nodes.sql import rows
from tasuki.watching.types import RuleKind, Setting


def settings() -> list[Setting]:
    """Return every number the town set, in the order in which they were set."""
    found = rows("SELECT kind, least, times, valid_from, reason, set_at, set_by FROM watching_rule_setting ORDER BY id")
    return [Setting(**row | {"kind": RuleKind(row["kind"])}) for row in found]
