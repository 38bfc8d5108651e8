"""The exchanges of every institution served here, for whoever operates the gateway; nobody is in them.

Each institution's newest are taken by the index on its own time, so that a look costs what it shows and not what the
gateway holds.
"""

import datetime as dt
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.protocol.flow import DayCount, FlowAsked, FlowLine, MinuteCount, flow_line
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party

_INQUIRY: Final = """
  x.transaction_number, 'inquirer' AS party, x.institution AS inquirer, x.provider, x.procedure, x.basis, x.state,
  x.requested_at, cardinality(x.data_sets) AS data_sets, cardinality(x.refused_data_sets) AS refused
FROM gateway_inquiry x
"""
_PROVISION: Final = """
  x.transaction_number, 'provider' AS party, x.inquirer, x.institution AS provider, x.procedure, x.basis, x.state,
  x.requested_at, cardinality(x.data_sets) AS data_sets, 0 AS refused
FROM gateway_provision x
"""
_NEWEST: Final = """
CROSS JOIN LATERAL (
  SELECT {columns}
  WHERE x.institution = g.institution AND x.requested_at >= %(since)s
    AND (%(state)s::text IS NULL OR x.state = %(state)s)
    AND (%(institution)s::text IS NULL OR x.institution = %(institution)s OR x.{other} = %(institution)s)
  ORDER BY x.requested_at DESC LIMIT %(most)s
) AS one
"""
_FLOW: Final = f"""
SELECT transaction_number::text, party, inquirer, provider, procedure, basis, state, requested_at, data_sets, refused
FROM (
  SELECT one.* FROM gateway_institution g {_NEWEST.format(columns=_INQUIRY, other="provider")}
  UNION ALL
  SELECT one.* FROM gateway_institution g {_NEWEST.format(columns=_PROVISION, other="inquirer")}
) AS found
ORDER BY requested_at DESC, transaction_number DESC, party LIMIT %(most)s
"""  # noqa: S608 -- the columns are constants


def newest_exchanges(asked: FlowAsked) -> list[FlowLine]:
    """Return the newest exchanges since a time, on either side of any institution served here."""
    found = rows(
        _FLOW,
        {"since": asked.since, "institution": asked.institution, "state": asked.state, "most": asked.most},
    )
    return [flow_line(row) for row in found]


_ONE: Final = f"""
SELECT found.*, transaction_number::text FROM (
  SELECT {_INQUIRY} JOIN gateway_institution g ON g.institution = x.institution AND x.transaction_number = %(number)s
  UNION ALL
  SELECT {_PROVISION} JOIN gateway_institution g ON g.institution = x.institution AND x.transaction_number = %(number)s
) AS found ORDER BY party
"""  # noqa: S608 -- the columns are constants


def exchange_numbered(number: str) -> list[FlowLine]:
    """Return one exchange, as its inquirer and as its provider have it here; nothing when neither is served here."""
    return [flow_line(row) for row in rows(_ONE, {"number": number})]


_SIDES: Final = """
SELECT institution, requested_at, state, 'inquirer' AS party FROM gateway_inquiry
  WHERE institution = ANY(%(served)s) AND requested_at >= %(since)s AND requested_at < %(until)s
UNION ALL
SELECT institution, requested_at, state, 'provider' FROM gateway_provision
  WHERE institution = ANY(%(served)s) AND requested_at >= %(since)s AND requested_at < %(until)s
"""


def by_minute(*, since: dt.datetime, until: dt.datetime) -> list[MinuteCount]:
    """Count exchanges by the minute in which they were asked for and the state they are in, the latest first."""
    found = rows(
        f"SELECT date_trunc('minute', requested_at) AS minute, party, state, count(*) AS number FROM ({_SIDES}) AS s"  # noqa: S608 -- ours
        " GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3",
        {"served": _served(), "since": since, "until": until},
    )
    return [MinuteCount(row["minute"], Party(row["party"]), State(row["state"]), row["number"]) for row in found]


def by_day(*, since: dt.datetime, until: dt.datetime) -> list[DayCount]:
    """Count exchanges by day (in Japan), institution, side and state, the latest first."""
    day = "(requested_at AT TIME ZONE 'Asia/Tokyo')::date"
    found = rows(
        f"SELECT {day} AS day, institution, party, state, count(*) AS number FROM ({_SIDES}) AS s"  # noqa: S608 -- ours
        " GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4",
        {"served": _served(), "since": since, "until": until},
    )
    return [
        DayCount(row["day"], row["institution"], Party(row["party"]), State(row["state"]), row["number"])
        for row in found
    ]


def _served() -> list[str]:
    return [row["institution"] for row in rows("SELECT institution FROM gateway_institution ORDER BY institution")]
