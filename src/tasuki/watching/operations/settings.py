"""The numbers of rules as a town sets them (監視の規則の数): within bounds, for a reason, from the next day on."""

import datetime as dt
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.watching.queries.settings import settings
from tasuki.watching.rules import rules_on, setting_problem
from tasuki.watching.types import RuleKind, SettingOutcome

_DAY: Final = dt.timedelta(days=1)


@transaction.atomic
def set_rule(*, kind: RuleKind, least: int, times: int, reason: str, by: Actor, at: dt.datetime) -> SettingOutcome:
    """Give a rule other numbers from tomorrow on: what was done today is judged by today's."""
    tomorrow = civil_date(at) + _DAY
    rule = next((one for one in rules_on(tomorrow, settings()) if one.kind is kind), None)
    problem = setting_problem(rule, least, times)
    if problem is not None:
        return problem
    body = {"rule": kind.value, "least": least, "times": times, "valid_from": str(tomorrow), "by": str(by)}
    append(kind=EntryKind.ACCESS_RULE_SET, body=body, at=at)
    run(
        "INSERT INTO watching_rule_setting (kind, least, times, valid_from, reason, set_at, set_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [kind.value, least, times, tomorrow, reason, at, str(by)],
    )
    return SettingOutcome.SET
