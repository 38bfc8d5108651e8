"""Bringing the town's records to its gateway, so that others can be answered (番号法22条)."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.carrying import Numbers, holds_of, replicas_of
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.holds import note_holds, note_released, told_holds
from tasuki.linkage.operations.identity import tell_gateway
from tasuki.linkage.sending import note_failure, note_success, only_sender
from tasuki.linkage.types import SYSTEM
from tasuki.persons import queries as index
from tasuki.persons.queries import people as people_of_index
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Hold
from tasuki.screening.changes import changes_to_carry
from tasuki.screening.operations.outbox import remove_carried
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

LIST = 5_000


def send_outbox(
    *, institution: str, link: Link, by: Actor, at: dt.datetime, progress: Callable[[int], None] | None = None
) -> int:
    """Send every waiting change to the gateway as lists of replicas, and return how many replicas were sent.

    A list leaves the outbox only once the gateway has it; replicas carry revisions, so sending one twice or late
    changes nothing. Whether a person is on hold is told before their records, so that nobody protected is answered
    automatically even for a moment.

    Whose identity changed comes first of all: the gateway stops or forgets them, and what holds of them follows here.

    Changes of people the index has not numbered yet wait in the outbox until it has. One sender works at a time;
    another waits for it, and then finds what is left.

    :raises ExchangeFailed: when the gateway cannot be had; what was not sent stays in the outbox.
    """
    try:
        sent = _send_all(institution, link, by, at, progress)
    except ExchangeFailed as failure:
        note_failure(failure=failure, by=by, at=at)
        raise
    note_success(replicas=sent, by=by, at=at)
    return sent


def _send_all(institution: str, link: Link, by: Actor, at: dt.datetime, progress: Callable[[int], None] | None) -> int:
    sent = 0
    with only_sender(), ThreadPoolExecutor(1, "sender") as sender:
        tell_gateway(institution=institution, link=link, by=by, at=at)
        waiting = _next_list(0, institution, at)
        while waiting is not None:
            # The gateway works on one list while the next is read and written out here.
            note_holds(people=waiting.people_on_hold(hold=True), by=by, at=at)
            delivery = sender.submit(_deliver, waiting, link)
            following = _next_list(waiting.last, institution, at)
            delivery.result()
            _forget(waiting, institution, by, at)
            sent += len(waiting.replicas)
            if progress is not None:
                progress(sent)
            waiting = following
    return sent


@dataclass(frozen=True, slots=True)
class _List:
    """What one list tells the gateway, which entries of the outbox it settles, and the last entry it looked at."""

    holds: list[Hold]
    replicas: list[dict[str, Any]]
    settled: list[int]
    last: int

    def people_on_hold(self, *, hold: bool) -> list[str]:
        """Give for whom the gateway is told to hold, or to hold no longer."""
        return [one.unified_person_number for one in self.holds if one.hold is hold]


def _next_list(after: int, institution: str, at: dt.datetime) -> _List | None:
    """Read the next changes; those of people without a unified number stay in the outbox."""
    on = civil_date(at)
    changes = changes_to_carry(limit=LIST, on=on, after=after)
    if not changes:
        return None
    # Whoever is on hold there hears of its end, although nobody else could ask about them any more.
    others = index.unified_numbers(
        SYSTEM, sorted({change.system_person_number for change in changes if not change.concerns_others})
    )
    held = told_holds(others.values())
    concerned = [
        change for change in changes if change.concerns_others or others.get(change.system_person_number) in held
    ]
    unified, own = people_of_index.people_numbered(
        SYSTEM, sorted({change.system_person_number for change in concerned})
    )
    known = [change for change in concerned if change.system_person_number in unified]
    waiting = {change.entry_id for change in concerned if change.system_person_number not in unified}
    numbers = Numbers(unified, own, people_of_index.quarantined(sorted(own)))
    return _List(
        holds=holds_of(known, numbers, institution, on),
        replicas=list(replicas_of(known, numbers, institution, on)),
        settled=[change.entry_id for change in changes if change.entry_id not in waiting],
        last=changes[-1].entry_id,
    )


def _deliver(waiting: _List, link: Link) -> None:
    """Tell the gateway, holds first."""
    if waiting.holds:
        link.set_holds(waiting.holds)
    if waiting.replicas:
        link.register_replicas(waiting.replicas)


@transaction.atomic
def _forget(delivered: _List, institution: str, by: Actor, at: dt.datetime) -> None:
    """Record what the gateway took, and take it out of the outbox."""
    if delivered.replicas:
        append(
            kind=EntryKind.REPLICA_REGISTERED,
            body={"institution": institution, "count": len(delivered.replicas), "by": str(by)},
            at=at,
        )
    note_released(people=delivered.people_on_hold(hold=False), by=by, at=at)
    remove_carried(entry_ids=delivered.settled, by=by, at=at)
