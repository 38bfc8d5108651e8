"""Who may send to the gateway, and how sending went last: for whoever wonders why something has not arrived."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import run
from tasuki.protocol.errors import ExchangeFailed
from tasuki.shared.actor import Actor

# Any constant: it means "the gateway is being told, or asked what it knows".
_SENDER_LOCK: Final = 0x5441_5355


@contextmanager
def only_sender() -> Iterator[None]:
    """Hold the right to send, on this connection, for the length of the block; whoever holds it may take it again."""
    run("SELECT pg_advisory_lock(%s)", [_SENDER_LOCK])
    try:
        yield
    finally:
        run("SELECT pg_advisory_unlock(%s)", [_SENDER_LOCK])


@transaction.atomic
def note_success(*, replicas: int, by: Actor, at: dt.datetime) -> None:
    """Note that everything that waited was sent. No evidence: what was sent is recorded list by list."""
    del by
    run(
        "INSERT INTO linkage_delivery AS d (id, succeeded_at, replicas, failed_peer, failed_phase, failed_reason)"
        " VALUES (1, %s, %s, '', '', '') ON CONFLICT (id) DO UPDATE"
        " SET succeeded_at = EXCLUDED.succeeded_at, replicas = EXCLUDED.replicas",
        [at, replicas],
    )


@transaction.atomic
def note_failure(*, failure: ExchangeFailed, by: Actor, at: dt.datetime) -> None:
    """Note that sending broke off, and where. No evidence: nothing was taken out of the outbox."""
    del by
    run(
        "INSERT INTO linkage_delivery AS d (id, replicas, failed_at, failed_peer, failed_phase, failed_reason)"
        " VALUES (1, 0, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET failed_at = EXCLUDED.failed_at,"
        " failed_peer = EXCLUDED.failed_peer, failed_phase = EXCLUDED.failed_phase,"
        " failed_reason = EXCLUDED.failed_reason",
        [at, failure.peer, failure.phase.value, failure.reason[:200]],
    )
