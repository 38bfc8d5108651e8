"""The decisions of the network and what became of them, for whoever operates it; nobody is in them.

Transaction numbers begin with their time, so the newest permits are the last of the primary key, and no more of it is
read than lies within the time asked for.
"""

import datetime as dt
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.protocol.flow import DayCount, FlowAsked, FlowLine, MinuteCount, flow_line
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party
from tasuki.shared.identifiers import new_transaction_number

_STATE: Final = "coalesce(nullif(outcome, ''), decision)"
_LINES: Final = f"""
SELECT transaction_number::text, 'network' AS party, inquirer, provider, procedure, basis, {_STATE} AS state,
  requested_at, cardinality(data_sets) AS data_sets, cardinality(refused_data_sets) AS refused
FROM network_permit
"""  # noqa: S608 -- the columns are constants


def newest_exchanges(asked: FlowAsked) -> list[FlowLine]:
    """Return the newest decisions since a time, by the time their numbers begin with."""
    first = new_transaction_number(asked.since, bytes(10))
    found = rows(
        _LINES + f" WHERE transaction_number >= %(first)s::uuid AND (%(state)s::text IS NULL OR {_STATE} = %(state)s)"
        " AND (%(institution)s::text IS NULL OR inquirer = %(institution)s OR provider = %(institution)s)"
        " ORDER BY network_permit.transaction_number DESC LIMIT %(most)s",
        {"first": first, "institution": asked.institution, "state": asked.state, "most": asked.most},
    )
    return [flow_line(row) for row in found]


def exchange_numbered(number: str) -> list[FlowLine]:
    """Return one decision; nothing when the network never saw the number."""
    return [flow_line(row) for row in rows(_LINES + " WHERE transaction_number = %s", [number])]


def by_minute(*, since: dt.datetime, until: dt.datetime) -> list[MinuteCount]:
    """Count decisions by the minute in which they were asked for and what became of them, the latest first."""
    found = rows(
        f"SELECT date_trunc('minute', requested_at) AS minute, {_STATE} AS state, count(*) AS number"  # noqa: S608 -- ours
        " FROM network_permit WHERE requested_at >= %s AND requested_at < %s GROUP BY 1, 2 ORDER BY 1 DESC, 2",
        [since, until],
    )
    return [MinuteCount(row["minute"], Party.NETWORK, State(row["state"]), row["number"]) for row in found]


def by_day(*, since: dt.datetime, until: dt.datetime) -> list[DayCount]:
    """Count decisions by day (in Japan), the institution that asked and what became of them, the latest first."""
    found = rows(
        f"SELECT (requested_at AT TIME ZONE 'Asia/Tokyo')::date AS day, inquirer, {_STATE} AS state,"  # noqa: S608 -- ours
        " count(*) AS number FROM network_permit WHERE requested_at >= %s AND requested_at < %s"
        " GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3",
        [since, until],
    )
    return [DayCount(row["day"], row["inquirer"], Party.NETWORK, State(row["state"]), row["number"]) for row in found]
