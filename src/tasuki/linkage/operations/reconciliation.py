"""Reconciling originals, index and replicas (副本の突合): finding every difference, and mending it on ordinary ways."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.carrying import Numbers, departed_among, holds_of, replicas_of
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.holds import telling, told_holds
from tasuki.linkage.operations.provision import send_outbox
from tasuki.linkage.queries import daily_reconciliation, differences
from tasuki.linkage.reconciling import FORGOTTEN, Difference, DifferenceKind, Expected, Place, Wanted, compare
from tasuki.linkage.sending import only_sender
from tasuki.linkage.types import SYSTEM, DailyReconciliation, DifferenceView, ReconciliationView
from tasuki.nodes.beside import beside
from tasuki.nodes.sql import copy_rows, run
from tasuki.persons import queries as index
from tasuki.persons.codes import mend_codes
from tasuki.persons.queries import people as people_of_index
from tasuki.persons.queries.ledger import LedgerLine, ledger, waiting_for_gateway
from tasuki.protocol.messages import MOST_REGISTERED, Forgotten, RegisteredAsked, RegisteredPerson
from tasuki.protocol.replica_messages import WrittenSheet
from tasuki.screening.changes import everything_of, waiting_among
from tasuki.screening.operations.outbox import carry_again, number_beyond
from tasuki.screening.types import Change
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.work.types import Progress, Unwatched

#: Numbers of the index compared at once: with their originals and replicas they fit in memory many times over.
PART: Final = 2_000
# Any constant: it means "the daily comparison is being set".
_DAILY_LOCK: Final = 0x4441_494C
_LAST: Final = "9" * 15
#: Comparisons kept, with what each found.
KEPT: Final = 60


@dataclass
class _Found:
    """What a comparison has found so far. `own` gives the business system's numbers of whom a difference is about."""

    people: int = 0
    replicas: int = 0
    on_their_way: int = 0
    differences: list[Difference] = field(default_factory=list)
    own: dict[str, Sequence[str]] = field(default_factory=dict)


def reconcile(
    *,
    institution: str,
    link: Link,
    repair: bool,
    by: Actor,
    at: dt.datetime,
    clock: Callable[[], dt.datetime],
    progress: Progress | None = None,
) -> ReconciliationView:
    """Compare what the gateway has of everybody with what it should have; keep what differs, and mend it if asked.

    Whoever has a change on its way, in the outbox or to the gateway, is left out and counted: they are not different,
    only not yet the same. A repair is recorded before it begins, and compared once more after it.

    :raises ExchangeFailed: when the gateway cannot be had; nothing is kept then, and a repair can be asked for again.
    :raises WorkCancelledError: when somebody asked for the end; before a repair began.
    """
    watched = progress or Unwatched()
    found = _compare_all(institution, link, at, watched)
    remaining = None
    if repair and found.differences:
        _mend(found, institution, link, by, at)
        remaining = len(_compare_all(institution, link, clock(), Unwatched()).differences)
    elif repair:
        remaining = 0
    return _keep(found, repair, remaining, by, at, clock())


@transaction.atomic
def set_daily_reconciliation(
    *, hour: int | None, repairs: bool, version: int, by: Actor, at: dt.datetime
) -> DailyReconciliation | None:
    """Bring another hour into use; None when another setting stands by now than whoever sets it saw."""
    run("SELECT pg_advisory_xact_lock(%s)", [_DAILY_LOCK])
    if daily_reconciliation().version != version:
        return None
    run(
        "INSERT INTO linkage_daily_reconciliation (version, hour, repairs, written_at, written_by)"
        " VALUES (%s, %s, %s, %s, %s)",
        [version + 1, hour, repairs, at, str(by)],
    )
    append(
        kind=EntryKind.DAILY_RECONCILIATION_SET,
        body={"hour": hour, "repairs": repairs, "version": version + 1, "by": str(by)},
        at=at,
    )
    return DailyReconciliation(hour, repairs, version + 1)


@transaction.atomic
def take_differences(*, reconciliation_id: uuid.UUID, by: Actor, at: dt.datetime) -> list[DifferenceView]:
    """Give what a comparison found to whoever takes it away, and record that."""
    append(kind=EntryKind.EXPORT_TAKEN, body={"reconciliation_id": str(reconciliation_id), "by": str(by)}, at=at)
    return differences(reconciliation_id)


def _compare_all(institution: str, link: Link, at: dt.datetime, progress: Progress) -> _Found:
    found = _Found()
    after, total = "", index.counts().people
    with ThreadPoolExecutor(1, "registered") as other:
        while after < _LAST:
            with only_sender():
                after = _compare_part(found, after, institution, link, civil_date(at), other)
            progress.report(min(found.people, total), total)
    return found


def _compare_part(found: _Found, after: str, institution: str, link: Link, on: dt.date, other: Executor) -> str:
    """Compare the numbers behind one and give the last one compared. Nothing is sent meanwhile: the caller sees to it.

    While the gateway opens what it has, the originals are read here: nothing reaches it in between. What changes
    meanwhile waits in the outbox, which is read last.
    """
    lines = ledger(after, PART)
    upto = lines[-1].number if len(lines) == PART else _LAST
    asked = RegisteredAsked(institution=institution, after=after, upto=upto, most=MOST_REGISTERED)
    reply = beside(other, lambda: link.registered(asked))
    people = [line.number for line in lines if not line.is_alias]
    own = people_of_index.numbers_with(SYSTEM, people)
    numbers = sorted({number for some in own.values() for number in some})
    expected = _expected(people, own, everything_of(numbers, on), institution, on)
    registered = reply.result()
    if len(registered) == MOST_REGISTERED:
        # Perhaps not everybody: who comes after the last one told of is compared in the next part.
        upto = registered[-1].unified_person_number
        lines = [line for line in lines if line.number <= upto]
        own = {person: some for person, some in own.items() if person <= upto}
        numbers = sorted({number for some in own.values() for number in some})
    waiting = _on_their_way(lines, registered, own, numbers)
    differing = list(
        compare(
            [line for line in lines if line.number not in waiting],
            [one for one in registered if one.unified_person_number not in waiting],
            expected,
        )
    )
    found.people += sum(not line.is_alias for line in lines)
    found.replicas += sum(len(one.replicas) for one in registered)
    found.on_their_way += len(waiting)
    found.differences += differing
    found.own |= {one.person: own[one.person] for one in differing if one.person in own}
    return upto


def _expected(
    people: Sequence[str], own: Mapping[str, Sequence[str]], changes: Sequence[Change], institution: str, on: dt.date
) -> dict[str, Expected]:
    """Work out what the gateway should know, by the very functions that tell it."""
    unified = {number: person for person, some in own.items() for number in some}
    quarantined = people_of_index.quarantined(people)
    numbers = Numbers(unified, own, quarantined)
    holds = {person: hold for person, (hold, _) in holds_of(changes, numbers, on).items()}
    held = told_holds(people)
    told = {unified[one.system_person_number] for one in changes if one.concerns_others}
    told |= {unified[one.system_person_number] for one in changes} & held
    replicas: dict[str, dict[Place, Wanted]] = {person: {} for person in people}
    for sheet in replicas_of(changes, numbers, institution, on, departed_among(changes, numbers)):
        for person, record_key, revision, _, _, payload in sheet.replicas:
            place = sheet.data_set, record_key, sheet.layout_version
            if payload:
                replicas[person][place] = Wanted(revision, sha256(payload.encode()).hexdigest())
    return {
        person: Expected(holds.get(person, person in quarantined), person in told, replicas[person])
        for person in people
    }


def _on_their_way(
    lines: Sequence[LedgerLine],
    registered: Sequence[RegisteredPerson],
    own: Mapping[str, Sequence[str]],
    numbers: Sequence[str],
) -> set[str]:
    """Return whose change is under way, by every number that is concerned."""
    everybody = {line.number for line in lines} | {one.unified_person_number for one in registered}
    changing = waiting_among(numbers)
    return waiting_for_gateway(everybody) | {person for person, some in own.items() if not changing.isdisjoint(some)}


def _mend(found: _Found, institution: str, link: Link, by: Actor, at: dt.datetime) -> None:
    """Mend differences as if they were changes: forget, take back, tell anew."""
    by_kind = _by_kind(found.differences)
    with transaction.atomic():
        append(
            kind=EntryKind.LINK_MENDED,
            body={
                "institution": institution,
                "found": {kind.value: len(some) for kind, some in sorted(by_kind.items())},
                "by": str(by),
            },
            at=at,
        )
    mend_codes(
        lost=_people(by_kind, DifferenceKind.CODE_LOST),
        bound=_people(by_kind, DifferenceKind.CODE_UNNOTED),
        by=by,
        at=at,
    )
    # Once the outbox numbers behind all the gateway has heard, whatever is told anew counts.
    number_beyond(ordinal=max(one.ordinal for one in found.differences) + 1, by=by, at=at)
    with only_sender():
        link.forget_people(
            [Forgotten(institution=institution, unified_person_number=one) for one in _people(by_kind, *FORGOTTEN)]
        )
        link.register_replicas(
            [_taken_back(one, institution, civil_date(at)) for one in found.differences if one.is_too_much]
        )
        # Nobody of our systems, so nothing would tell of them; they can only be missing a stop.
        strangers = [one for one in _people(by_kind, DifferenceKind.HOLD) if one not in found.own]
        link.set_holds(telling(institution, strangers, hold=True))
    told_anew = set(DifferenceKind) - FORGOTTEN - {DifferenceKind.CODE_LOST, DifferenceKind.CODE_UNNOTED}
    concerned = _people(by_kind, *(told_anew - {DifferenceKind.SURPLUS}))
    numbers = [number for person in concerned for number in found.own.get(person, ())]
    carry_again(system_person_numbers=numbers, by=by, at=at)
    send_outbox(institution=institution, link=link, by=by, at=at)


def _by_kind(differences: Sequence[Difference]) -> dict[DifferenceKind, list[Difference]]:
    parted: dict[DifferenceKind, list[Difference]] = {}
    for one in differences:
        parted.setdefault(one.kind, []).append(one)
    return parted


def _people(by_kind: Mapping[DifferenceKind, Sequence[Difference]], *kinds: DifferenceKind) -> list[str]:
    return sorted({one.person for kind in kinds for one in by_kind.get(kind, ())})


def _taken_back(surplus: Difference, institution: str, on: dt.date) -> WrittenSheet:
    """Word the removal of a replica of which no original stands, behind all that was told of it."""
    data_set, record_key, layout_version = surplus.place
    return WrittenSheet(
        institution=institution,
        data_set=data_set,
        layout_version=layout_version,
        published_from=on,
        replicas=[(surplus.person, record_key, 1, surplus.ordinal + 1, False, "")],
    )


@transaction.atomic
def _keep(
    found: _Found, repair: bool, remaining: int | None, by: Actor, at: dt.datetime, ended_at: dt.datetime
) -> ReconciliationView:
    """Keep what a comparison found, and let go of the oldest kept."""
    reconciliation_id = uuid.uuid4()
    counts = dict(sorted(Counter(one.kind.value for one in found.differences).items()))
    run(
        "INSERT INTO linkage_reconciliation (reconciliation_id, started_at, ended_at, asked_by, is_repair, people,"
        " replicas, on_their_way, found, remaining) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)",
        [
            reconciliation_id, at, ended_at, str(by), repair, found.people, found.replicas, found.on_their_way,
            orjson.dumps(counts).decode(), remaining,
        ],
    )  # fmt: skip
    copy_rows(
        "linkage_difference",
        ("reconciliation_id", "kind", "system_person_number", "data_set", "record_key"),
        _lines(reconciliation_id, found),
    )
    run(
        "WITH old AS (DELETE FROM linkage_reconciliation WHERE reconciliation_id NOT IN (SELECT reconciliation_id"
        " FROM linkage_reconciliation ORDER BY started_at DESC LIMIT %s) RETURNING reconciliation_id)"
        " DELETE FROM linkage_difference d USING old WHERE d.reconciliation_id = old.reconciliation_id",
        [KEPT],
    )
    append(
        kind=EntryKind.REPLICAS_RECONCILED,
        body={
            "reconciliation_id": str(reconciliation_id), "people": found.people, "replicas": found.replicas,
            "found": counts, "remaining": remaining, "by": str(by),
        },
        at=at,
    )  # fmt: skip
    return ReconciliationView(
        reconciliation_id, at, ended_at, str(by), repair, found.people, found.replicas, found.on_their_way, counts,
        remaining,
    )  # fmt: skip


def _lines(reconciliation_id: uuid.UUID, found: _Found) -> Iterator[Sequence[object]]:
    for one in found.differences:
        number = next(iter(found.own.get(one.person, ())), "")
        yield reconciliation_id, one.kind.value, number, *one.place[:2]
