"""Asking about everyone who moved in, as long work and each day."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tasuki.jobs.town import asker
from tasuki.linkage.operations.movers import ask_movers
from tasuki.linkage.queries.movers import daily_movers
from tasuki.linkage.types.movers import Period
from tasuki.runtime import now, this_system
from tasuki.shared.actor import actor_from
from tasuki.shared.dates import civil_date, to_jst
from tasuki.work.errors import WorkCancelledError
from tasuki.work.types import Progress, Work

KIND: Final = "movers"


def ask(work: Work, progress: Progress) -> Mapping[str, object]:
    """Ask about movers; what was asked before somebody stopped it stays asked."""
    wanted = work.parameters
    reached = 0

    def tell(done: int, total: int) -> None:
        nonlocal reached
        reached = done
        progress.report(done, total)

    try:
        done = ask_movers(
            period=Period(*(dt.date.fromisoformat(str(wanted[name])) for name in ("first", "last"))),
            provider=str(wanted["provider"]),
            again=bool(wanted["again"]),
            asker=asker(),
            by=actor_from(work.asked_by),
            at=now(),
            progress=tell,
        )
    except WorkCancelledError:
        # What has left the house cannot be undone: the work ends here, and says so.
        return {"asked": reached, "not_numbered": 0, "is_stopped": True}
    return {"asked": done.asked, "not_numbered": done.not_numbered, "is_stopped": False}


def ask_daily() -> None:
    """Ask about those who moved in lately, in the hour the town set; nobody is asked about twice."""
    daily, at = daily_movers(), now()
    if daily.hour is None or daily.hour != to_jst(at).hour:
        return
    today = civil_date(at)
    lately = Period(today - dt.timedelta(days=daily.days), today)
    ask_movers(period=lately, asker=asker(), by=this_system(), at=at)
