"""Asking the former towns about everyone who moved in, at once or each day (番号法19条8号, 健康増進法19条の4)."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.operations.inquiries import Asker, Wanted, all_data_sets, record_inquiries, send_inquiries
from tasuki.linkage.queries import movers as queries
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.movers import DailyMovers, MoversAsked, Period
from tasuki.nodes.sql import Row, run
from tasuki.persons import queries as index
from tasuki.shared.actor import Actor

#: Inquiries of one part; far below what peers accept, so that progress is seen and a cancellation felt.
PART: Final = 2_500
#: Whoever asks about movers waits for whoever does already, so that nobody is asked about twice.
_ASKING_LOCK: Final = 0x4D4F_5645
_DAILY_LOCK: Final = 0x4D4F_4441


def ask_movers(
    *,
    period: Period,
    asker: Asker,
    by: Actor,
    at: dt.datetime,
    provider: str = "",
    again: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> MoversAsked:
    """Ask about everyone who moved in during a period and was not asked about yet, in parts.

    Whoever the index has not numbered yet cannot be asked about: they stay on the list, and are counted.

    :param provider: only people from this institution; everyone when empty.
    :param again: also those whose inquiry ended without an answer and may do better now.
    """
    waiting = queries.to_ask(period, provider=provider, again=again)
    unified = index.unified_numbers(SYSTEM, [person for person, _ in waiting])
    numbered = [one for one in waiting if one[0] in unified]
    done = 0
    for part in _parts(numbered):
        asked = _record_part(part, period, again, asker, by, at)
        send_inquiries(asked=asked, asker=asker, by=by, at=at)
        done += len(asked)
        if progress is not None:
            progress(done, len(numbered))
    return MoversAsked(done, len(waiting) - len(numbered))


def _parts(waiting: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Cut what is to be asked into parts of one provider each: a message goes to one."""
    for _, of_provider in groupby(waiting, key=itemgetter(1)):
        listed = list(of_provider)
        yield from (listed[start : start + PART] for start in range(0, len(listed), PART))


@transaction.atomic
def _record_part(
    part: Sequence[tuple[str, str]], period: Period, again: bool, asker: Asker, by: Actor, at: dt.datetime
) -> list[Row]:
    """Record the inquiries of a part, without those somebody else has asked meanwhile."""
    run("SELECT pg_advisory_xact_lock(%s)", [_ASKING_LOCK])
    still = set(queries.to_ask(period, provider=part[0][1], again=again))
    data_sets = tuple(all_data_sets())
    wanted = [Wanted(person, provider, data_sets, asker.procedure) for person, provider in part
              if (person, provider) in still]  # fmt: skip
    return record_inquiries(wanted=wanted, asker=asker, by=by, at=at)


@transaction.atomic
def set_daily_movers(*, hour: int | None, days: int, version: int, by: Actor, at: dt.datetime) -> DailyMovers | None:
    """Bring another hour of asking each day into use; None when another setting stands than whoever sets it saw.

    :param days: how long after moving in somebody is asked about by this.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [_DAILY_LOCK])
    if queries.daily_movers().version != version:
        return None
    run(
        "INSERT INTO linkage_daily_movers (version, hour, days, written_at, written_by) VALUES (%s, %s, %s, %s, %s)",
        [version + 1, hour, days, at, str(by)],
    )
    body = {"hour": hour, "days": days, "version": version + 1, "by": str(by)}
    append(kind=EntryKind.DAILY_MOVERS_SET, body=body, at=at)
    return DailyMovers(hour, days, version + 1)


@transaction.atomic
def record_list_taken(*, what: str, lines: int, by: Actor, at: dt.datetime) -> None:
    """Record that a list of movers or of their coverage leaves as a file."""
    append(kind=EntryKind.EXPORT_TAKEN, body={"what": what, "lines": lines, "by": str(by)}, at=at)
