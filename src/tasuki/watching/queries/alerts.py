"""Reads of alerts, and of what is usual for a role."""

import datetime as dt
from typing import Final
from uuid import UUID

from tasuki.nodes.sql import Row, rows
from tasuki.watching.types import Alert, AlertOutcome, RuleKind

_COLUMNS: Final = (
    "alert_id, rule, staff, role, since, until, counted, least, basis, raised_at, outcome, note, closed_at, closed_by,"
    " opened_by"
)
#: What is usual is taken from so many days, and not said before a role has so many days of its staff.
_LOOKED_BACK: Final = dt.timedelta(days=90)
_ENOUGH: Final = 20


def open_alerts() -> list[Alert]:
    """Return the alerts nobody has closed, the oldest first."""
    found = rows(f"SELECT {_COLUMNS} FROM watching_alert WHERE closed_at IS NULL ORDER BY raised_at, alert_id")  # noqa: S608 — columns of ours
    return [_read(row) for row in found]


def closed_alerts(most: int) -> list[Alert]:
    """Return the alerts that were closed last."""
    found = rows(
        f"SELECT {_COLUMNS} FROM watching_alert WHERE closed_at IS NOT NULL"  # noqa: S608 — columns of ours
        " ORDER BY closed_at DESC, alert_id LIMIT %s",
        [most],
    )
    return [_read(row) for row in found]


def alert(alert_id: UUID) -> Alert | None:
    """Return one alert, if it is there."""
    found = rows(f"SELECT {_COLUMNS} FROM watching_alert WHERE alert_id = %s", [alert_id])  # noqa: S608 — columns of ours
    return _read(found[0]) if found else None


def alerts_to_review(reviewer: str) -> int:
    """Count the open alerts that are not about the reviewer's own accesses, nor about what they opened for another."""
    [counted] = rows(
        "SELECT count(*) AS waiting FROM watching_alert WHERE closed_at IS NULL AND staff <> %s"
        " AND opened_by IS DISTINCT FROM %s",
        [reviewer, reviewer],
    )
    return int(counted["waiting"])


def judged_until() -> dt.datetime | None:
    """Return up to when accesses were held against the rules; None before the first time."""
    found = rows("SELECT until FROM watching_judged")
    return found[0]["until"] if found else None


def usual_volumes(day: dt.date) -> dict[str, float]:
    """Return how many people the middle member of staff of each role was shown on a day of the 90 before."""
    found = rows(
        "SELECT role, percentile_cont(0.5) WITHIN GROUP (ORDER BY shown) AS middle FROM"
        " (SELECT role, sum(shown) AS shown FROM watching_daily WHERE day >= %s AND day < %s GROUP BY day, staff, role)"
        " AS days GROUP BY role HAVING count(*) >= %s",
        [day - _LOOKED_BACK, day, _ENOUGH],
    )
    return {row["role"]: float(row["middle"]) for row in found}


def _read(row: Row) -> Alert:
    outcome = None if row["outcome"] is None else AlertOutcome(row["outcome"])
    return Alert(**row | {"rule": RuleKind(row["rule"]), "outcome": outcome})
