"""How often a person may ask for their own results: so many a day, and nothing that is still to be answered."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tasuki.nodes.sql import Row, rows
from tasuki.protocol.portal import Limit, portal
from tasuki.protocol.self_messages import SelfRequested, SelfState, states_told_as
from tasuki.shared.dates import civil_date

_A_DAY: Final = dt.timedelta(days=1)
# Requests of one person at the same moment wait for each other, so that none of them goes uncounted.
_LOCK: Final = (
    "SELECT linkage_code FROM network_issued_code WHERE institution = %s AND linkage_code = ANY(%s)"
    " ORDER BY linkage_code FOR NO KEY UPDATE"
)
_RECENT: Final = """
SELECT s.portal_code, s.request_number::text, s.requested_at, i.provider, i.data_sets
FROM network_self_request s
LEFT JOIN network_self_inquiry i ON i.request_number = s.request_number AND i.state = ANY(%(waiting)s)
WHERE s.portal_code = ANY(%(codes)s) AND s.requested_at > %(since)s
ORDER BY s.requested_at, s.request_number
"""


@dataclass
class _Asked:
    """What a person asked for lately: when, and what is still to be answered since when."""

    times: dict[str, dt.datetime] = field(default_factory=dict)
    waiting: list[tuple[str, frozenset[str], dt.datetime]] = field(default_factory=list)

    def again_at(self, inquiries: Sequence[Row], limit: Limit, at: dt.datetime) -> dt.datetime | None:
        """Return from when these may be asked; None when now."""
        within = sorted((time for time in self.times.values() if time > at - _A_DAY), reverse=True)
        until = [within[limit.a_day - 1] + _A_DAY] if len(within) >= limit.a_day else []
        until += [
            since + limit.same_again
            for provider, data_sets, since in self.waiting
            if since > at - limit.same_again
            and any(one["provider"] == provider and data_sets & {*one["data_sets"]} for one in inquiries)
        ]
        return max(until, default=None)

    def add(self, number: str, inquiries: Sequence[Row], at: dt.datetime) -> None:
        self.times[number] = at
        self.waiting += [(one["provider"], frozenset(one["data_sets"]), at) for one in inquiries]


def take_turns(portal_codes: Sequence[str]) -> None:
    """Let no other request of these people be taken until the transaction ends."""
    rows(_LOCK, [portal().institution, sorted(set(portal_codes))])


def over_limit(
    items: Sequence[SelfRequested], inquiries: Mapping[str, Sequence[Row]], at: dt.datetime
) -> dict[str, dt.datetime | None]:
    """Return the requests that are too many, each with the time from which it may be made; with None nobody may ask.

    :param inquiries: what each request would ask, by its number.
    """
    limit = portal().limit(civil_date(at))
    if limit is None:
        return {one.request_number: None for one in items}
    asked = _asked_lately([one.portal_code for one in items], at - max(_A_DAY, limit.same_again))
    found: dict[str, dt.datetime | None] = {}
    for one in items:
        own = inquiries[one.request_number]
        again_at = asked[one.portal_code].again_at(own, limit, at)
        if again_at is None:
            asked[one.portal_code].add(one.request_number, own, at)
        else:
            found[one.request_number] = again_at
    return found


def _asked_lately(portal_codes: Sequence[str], since: dt.datetime) -> dict[str, _Asked]:
    found: dict[str, _Asked] = defaultdict(_Asked)
    values = {"codes": sorted(set(portal_codes)), "since": since, "waiting": states_told_as(SelfState.WAITING)}
    for row in rows(_RECENT, values):
        one = found[row["portal_code"]]
        one.times[row["request_number"]] = row["requested_at"]
        if row["provider"] is not None:
            one.waiting.append((row["provider"], frozenset(row["data_sets"]), row["requested_at"]))
    return found
