"""Registering everything at the gateway, for the first time or once more (副本の一括登録, 当初・再登録)."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.operations.provision import send_outbox
from tasuki.linkage.queries import unfinished_load
from tasuki.linkage.types import LoadKind, ReplicaLoad
from tasuki.nodes.sql import run
from tasuki.screening.changes import concerned, count_concerned
from tasuki.screening.operations.outbox import carry_again
from tasuki.shared.actor import Actor
from tasuki.work.types import Progress, Unwatched

#: People put into the outbox at once; a few lists to the gateway.
PART: Final = 4_000


def load_replicas(
    *,
    kind: LoadKind,
    institution: str,
    link: Link,
    by: Actor,
    at: dt.datetime,
    clock: Callable[[], dt.datetime],
    progress: Progress | None = None,
) -> ReplicaLoad:
    """Carry on everything that others may be told, part by part, and go on with a load that was interrupted.

    Each part enters the outbox in one transaction with how far the load has come, and is then sent as any change: a
    crash loses nothing, and what is repeated changes nothing. What the gateway has too much of is not touched;
    reconciliation finds it.

    :raises ExchangeFailed: when the gateway cannot be had; the next call goes on from there.
    """
    watched = progress or Unwatched()
    load = unfinished_load() or begin_load(kind=kind, institution=institution, by=by, at=at)
    while True:
        # First what an interruption left, so that the outbox stays a part long.
        send_outbox(institution=institution, link=link, by=by, at=clock())
        load = advance_load(load=load, by=by, at=clock())
        watched.report(min(load.done, load.total), load.total)
        if load.ended_at is not None:
            return load


@transaction.atomic
def begin_load(*, kind: LoadKind, institution: str, by: Actor, at: dt.datetime) -> ReplicaLoad:
    """Record that everything is registered, and begin."""
    load = ReplicaLoad(uuid.uuid4(), kind, at, "", 0, count_concerned(), None)
    append(
        kind=EntryKind.REPLICAS_LOADED,
        body={
            "load_id": str(load.load_id), "institution": institution, "kind": kind.value, "step": "begin",
            "people": load.total, "by": str(by),
        },
        at=at,
    )  # fmt: skip
    run(
        "INSERT INTO linkage_replica_load (load_id, kind, started_at, started_by, reached, done, total)"
        " VALUES (%s, %s, %s, %s, '', 0, %s)",
        [load.load_id, kind.value, at, str(by), load.total],
    )
    return load


@transaction.atomic
def advance_load(*, load: ReplicaLoad, by: Actor, at: dt.datetime) -> ReplicaLoad:
    """Put the next part into the outbox; when none is left, record the end."""
    people = concerned(load.reached, PART)
    if not people:
        append(
            kind=EntryKind.REPLICAS_LOADED,
            body={"load_id": str(load.load_id), "step": "end", "people": load.done, "by": str(by)},
            at=at,
        )
    carry_again(system_person_numbers=people, by=by, at=at)
    reached, done = people[-1] if people else load.reached, load.done + len(people)
    ended_at = None if people else at
    run(
        "UPDATE linkage_replica_load SET reached = %s, done = %s, ended_at = %s WHERE load_id = %s",
        [reached, done, ended_at, load.load_id],
    )
    return ReplicaLoad(load.load_id, load.kind, load.started_at, reached, done, load.total, ended_at)
