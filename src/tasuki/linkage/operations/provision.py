"""Bringing the town's records to its gateway, so that others can be answered (番号法22条)."""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.carrying import Told, departed_among, holds_of, replicas_of
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.holds import note_holds, note_released, telling, told_holds
from tasuki.linkage.numbered import NumberedPeople
from tasuki.linkage.operations.identity import tell_gateway
from tasuki.linkage.sending import note_failure, note_success, only_sender
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.beside import beside
from tasuki.persons import queries as index
from tasuki.protocol.envelope import size_of
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Hold
from tasuki.protocol.replica_messages import WrittenSheet
from tasuki.screening.changes import changes_to_carry
from tasuki.screening.operations.outbox import remove_carried
from tasuki.screening.types import Change
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

LIST = 5_000
#: The first list is short, so that the gateway soon has something to do.
FIRST = 1_000
#: Lists read and not yet with the gateway.
_MOST_UNDER_WAY = 2


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
    with only_sender(), _Way(link) as way, _Waiting(civil_date(at)) as waiting:
        tell_gateway(institution=institution, link=link, by=by, at=at)
        under_way: deque[_UnderWay] = deque()
        people, told = NumberedPeople(), Told()
        read = _next_list(waiting, institution, at, people, told)
        while read is not None or under_way:
            if read is not None:
                note_holds(people=read.people_on_hold(hold=True), by=by, at=at)
                under_way.append(way.begin(read, under_way[-1] if under_way else None))
                read = _next_list(waiting, institution, at, people, told)
            if read is None or len(under_way) == _MOST_UNDER_WAY:
                first = under_way.popleft()
                replicas = first.delivered.result()
                _forget(first.read, replicas, [one.read for one in under_way], institution, by, at)
                sent += replicas
                if progress is not None:
                    progress(sent)
    return sent


@dataclass(frozen=True, slots=True)
class _List:
    """What was read for one list: what the gateway is told, and which entries of the outbox that settles."""

    institution: str
    holds: Told
    replicas: Callable[[], list[WrittenSheet]]
    settled: list[int]

    def people_on_hold(self, *, hold: bool) -> list[str]:
        """Give for whom the gateway is told to hold, or to hold no longer."""
        return [person for person, (held, _) in self.holds.items() if held is hold]

    def telling_holds(self) -> list[Hold]:
        """Word what the gateway is told of holds."""
        people: defaultdict[tuple[bool, bool], list[str]] = defaultdict(list)
        for person, holds in self.holds.items():
            people[holds].append(person)
        return [
            one
            for (hold, non_disclosure), some in people.items()
            for one in telling(self.institution, some, hold=hold, non_disclosure=non_disclosure)
        ]


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A list on its way: `held` once its holds are told, `delivered` gives how many replicas it brought."""

    read: _List
    held: "Future[None]"
    delivered: "Future[int]"


class _Way:
    """The way to the gateway: while it takes the replicas of one list, the next is written out and its holds are told.

    Holds are told in their order, and each list's holds before its replicas, so that nobody protected is answered
    automatically even for a moment. Nothing follows holds that did not arrive. Replicas of two lists may be under way
    at once, and arrive in either order, unless the link keeps it: then none follow those that did not arrive.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._writer, self._holder = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._sender = ThreadPoolExecutor(1 if link.keeps_order else _MOST_UNDER_WAY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._writer, self._holder, self._sender):
            one.shutdown()

    def begin(self, read: _List, former: _UnderWay | None) -> _UnderWay:
        """Let a list go after the one before it."""

        def hold() -> None:
            if former is not None:
                former.held.result()
            if read.holds:
                self._link.set_holds(read.telling_holds())

        def deliver() -> int:
            if former is not None and self._link.keeps_order:
                former.delivered.result()
            held.result()
            replicas, register = written.result()
            if replicas:
                register()
            return replicas

        def write() -> tuple[int, Callable[[], object]]:
            sheets = read.replicas()
            return size_of(sheets), self._link.replicas_ready(sheets)

        written = beside(self._writer, write)
        held = beside(self._holder, hold)
        return _UnderWay(read, held, beside(self._sender, deliver))


class _Waiting:
    """The changes that wait, a list at a time: while one is worked out, the next is read by another thread.

    Inside a transaction nothing is read ahead: another connection would not see what it changed.
    """

    def __init__(self, on: dt.date) -> None:
        self._on = on
        self._reader = ThreadPoolExecutor(1)
        self._ahead: Future[list[Change]] | None = None
        self._last = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.shutdown()

    def next(self) -> list[Change]:
        """Give the next changes; none when all were given."""
        changes = self._read() if self._ahead is None else self._ahead.result()
        if changes:
            self._last = changes[-1].entry_id
            if not transaction.get_connection().in_atomic_block:
                self._ahead = beside(self._reader, self._read)
        return changes

    def _read(self) -> list[Change]:
        limit = LIST if self._last else min(FIRST, LIST)
        return changes_to_carry(limit=limit, on=self._on, after=self._last)


def _next_list(
    waiting: _Waiting, institution: str, at: dt.datetime, people: NumberedPeople, told: Told
) -> _List | None:
    """Read the next changes and all that is needed to tell of them.

    Those of people without a unified number stay in the outbox.

    :param told: what earlier lists of the same sending tell of holds, which is not repeated; what this one tells is
        added. Nobody else tells the gateway meanwhile (`only_sender`).
    """
    on = civil_date(at)
    changes = waiting.next()
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
    numbers = people.numbers_of({change.system_person_number for change in concerned})
    known = [change for change in concerned if change.system_person_number in numbers.unified]
    unnumbered = {change.entry_id for change in concerned if change.system_person_number not in numbers.unified}
    departed = departed_among(known, numbers)
    holds = holds_of(known, numbers, on, told)
    told |= holds
    return _List(
        institution=institution,
        holds=holds,
        replicas=lambda: replicas_of(known, numbers, institution, on, departed),
        settled=[change.entry_id for change in changes if change.entry_id not in unnumbered],
    )


@transaction.atomic
def _forget(
    delivered: _List, replicas: int, later: Sequence[_List], institution: str, by: Actor, at: dt.datetime
) -> None:
    """Record what the gateway took, and take it out of the outbox.

    Whom a later list under way holds again stays noted as held.
    """
    if replicas:
        append(
            kind=EntryKind.REPLICA_REGISTERED,
            body={"institution": institution, "count": replicas, "by": str(by)},
            at=at,
        )
    held_again = {person for one in later for person in one.people_on_hold(hold=True)}
    note_released(people=set(delivered.people_on_hold(hold=False)) - held_again, by=by, at=at)
    remove_carried(entry_ids=delivered.settled, by=by, at=at)
