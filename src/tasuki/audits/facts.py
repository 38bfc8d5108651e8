"""What the system can say about its safeguards by itself: one question for each line of `data/facts.toml`."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from tasuki.accounts.queries import accounts_to_confirm
from tasuki.audits.rules import fact_kinds
from tasuki.audits.types import Fact, Surroundings
from tasuki.evidence import queries as evidence
from tasuki.media import queries as media
from tasuki.shared.dates import civil_date, day_begins, fiscal_year_bounds
from tasuki.watching.queries.alerts import open_alerts

_State = Callable[[Surroundings, dt.datetime], tuple[int | None, dt.datetime | None]]


def gather(fiscal_year: int, surroundings: Surroundings, at: dt.datetime) -> dict[str, Fact]:
    """Return everything the system says of a fiscal year up to a time, by key."""
    first, last = fiscal_year_bounds(fiscal_year)
    counted = evidence.tally(
        [word for kind in fact_kinds().values() for word in kind.kinds],
        since=day_begins(first),
        until=min(at, day_begins(last + dt.timedelta(days=1))),
    )
    found = {}
    for key, kind in fact_kinds().items():
        if kind.state is not None:
            found[key] = Fact(key, *_STATES[kind.state](surroundings, at))
        else:
            some = [counted[word] for word in kind.kinds if word in counted]
            found[key] = Fact(key, sum(n for n, _last in some), max((last for _n, last in some), default=None))
    return found


def _accounts(_surroundings: Surroundings, _at: dt.datetime) -> tuple[int, None]:
    return len(accounts_to_confirm()), None


def _alerts(_surroundings: Surroundings, _at: dt.datetime) -> tuple[int, dt.datetime | None]:
    waiting = open_alerts()
    return len(waiting), max((one.raised_at for one in waiting), default=None)


def _exports(_surroundings: Surroundings, at: dt.datetime) -> tuple[int, None]:
    return media.counts(requested_by=None, at=at, on=civil_date(at)).overdue, None


def _evidence(_surroundings: Surroundings, _at: dt.datetime) -> tuple[int, dt.datetime | None]:
    latest = evidence.latest_checkpoint()
    return (0, None) if latest is None else (latest.tree_size, latest.signed_at)


def _alarms(_surroundings: Surroundings, _at: dt.datetime) -> tuple[int, dt.datetime | None]:
    alarms = evidence.open_alarms()
    return len(alarms), max((one.raised_at for one in alarms), default=None)


def _certificate(surroundings: Surroundings, at: dt.datetime) -> tuple[int | None, None]:
    ends = surroundings.certificate_ends
    return None if ends is None else (ends - at).days, None


_STATES: Final[Mapping[str, _State]] = {
    "accounts": _accounts,
    "alerts": _alerts,
    "exports": _exports,
    "evidence": _evidence,
    "alarms": _alarms,
    "certificate": _certificate,
}
