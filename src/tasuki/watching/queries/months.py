"""Reads of whole months of accesses."""

import datetime as dt
from collections import defaultdict

from tasuki.nodes.sql import rows
from tasuki.shared.dates import day_begins
from tasuki.watching.types import Act, Month, RuleKind, SignedReview


def month_of(day: dt.date) -> Month:
    """Return the month a day is in, counted from the days that were judged."""
    first = day.replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    by_role: dict[str, dict[Act, int]] = defaultdict(dict)
    for row in rows(
        "SELECT role, act, sum(accesses)::bigint AS counted FROM watching_daily WHERE day >= %s AND day < %s"
        " GROUP BY role, act ORDER BY role, act",
        [first, after],
    ):
        by_role[row["role"]][Act(row["act"])] = row["counted"]
    by_rule: dict[RuleKind, dict[str, int]] = defaultdict(dict)
    for row in rows(
        "SELECT rule, coalesce(outcome, '') AS outcome, count(*) AS counted FROM watching_alert"
        " WHERE since >= %s AND since < %s GROUP BY 1, 2 ORDER BY 1, 2",
        [day_begins(first), day_begins(after)],
    ):
        by_rule[RuleKind(row["rule"])][row["outcome"]] = row["counted"]
    staff = rows(
        "SELECT DISTINCT staff FROM watching_daily WHERE day >= %s AND day < %s ORDER BY staff", [first, after]
    )
    return Month(first, after, by_role, by_rule, tuple(one["staff"] for one in staff), _review(first))


def _review(first: dt.date) -> SignedReview | None:
    found = rows(
        "SELECT month, accesses, alerts, note, signed_at, signed_by FROM watching_review WHERE month = %s", [first]
    )
    return SignedReview(**found[0]) if found else None
