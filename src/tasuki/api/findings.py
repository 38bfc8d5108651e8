"""What a node finds when it tries what serving takes: its evidence, its keys, its certificate, its worker."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from django.db import DatabaseError, connection, transaction

from tasuki.evidence import queries as evidence
from tasuki.nodes.keys import NodeKeys
from tasuki.protocol.queries import worker_loops
from tasuki.runtime import keys, maintenance, now

#: The worker says every few seconds that it is at work; after this long without a word it counts as gone.
WORKER_SEEN_WITHIN: Final = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: whether the node can serve as far as it goes, and facts for whoever looks."""

    is_able: bool
    facts: Mapping[str, object]


def findings() -> dict[str, Finding]:
    """Return what every check finds now, by its name."""
    is_there = _has_database()
    return {
        name: check() if is_there or name not in _IN_THE_DATABASE else Finding(False, {})
        for name, check in _CHECKS.items()
    }


def _has_database() -> bool:
    """Say whether there is a connection at all, so that not every check waits for one that never comes."""
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


def _evidence() -> Finding:
    """Write a record as an answer would, and take it back: what is asked is whether it could stay."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO evidence_entry (kind, recorded_at, body) VALUES ('health_looked_at', %s, '{}')", [now()]
            )
            transaction.set_rollback(True)
        in_doubt = sum(alarm.reason.is_disagreement for alarm in evidence.open_alarms())
    except DatabaseError:
        return Finding(False, {})
    return Finding(True, {"logs_in_doubt": in_doubt})


def _signing_key() -> Finding:
    try:
        # Read anew: the process may still hold a key whose file is gone, and would not start again.
        is_there = NodeKeys(keys().folder).signing is not None
    except (OSError, ValueError):
        is_there = False
    return Finding(is_there, {})


def _certificate() -> Finding:
    days = certificate_days()
    return Finding(days is not None and days >= 0, {} if days is None else {"certificate_days": days})


def certificate_days() -> int | None:
    """Return for how many whole days the node's certificate is still valid; None where there is none to read."""
    try:
        until = x509.load_pem_x509_certificate(keys().certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
    return (until - now()).days


def _worker() -> Finding:
    try:
        seen = max(worker_loops().values(), default=None)
    except DatabaseError:
        return Finding(False, {})
    if seen is None:
        return Finding(False, {})
    silent = now() - seen
    return Finding(silent <= WORKER_SEEN_WITHIN, {"worker_seen_seconds": round(silent.total_seconds())})


def _maintenance() -> Finding:
    try:
        current = maintenance()
    except DatabaseError:
        return Finding(False, {})
    return Finding(current is None, {} if current is None else {"maintenance": current.as_text()})


_CHECKS: Final[Mapping[str, Callable[[], Finding]]] = {
    "evidence": _evidence,
    "signing_key": _signing_key,
    "certificate": _certificate,
    "worker": _worker,
    "maintenance": _maintenance,
}
_IN_THE_DATABASE: Final = frozenset({"evidence", "worker", "maintenance"})
