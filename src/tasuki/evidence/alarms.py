"""The tables of alarms: how a peer's log stands, what was seen again, what is over. Written by `operations` alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from tasuki.evidence.types import Alarm, AlarmReason

# Any constant: the first of the two numbers of an advisory lock, meaning "what is kept of one origin".
_LOCK = 0x5457
# Peers agree every few seconds; so long may what is stored lag behind, to spare a write each time.
_LAG = timedelta(seconds=10)


def lock(origin: str) -> None:
    """Let one transaction at a time compare the log of one peer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, origin])


def seen_again(*, origin: str, reason: AlarmReason, digest: str, at: datetime) -> int | None:
    """Count what an open alarm has seen before, and give the number of its record; None when it is new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE evidence_alarm SET times = times + 1, last_seen_at = %s"
            " WHERE origin = %s AND reason = %s AND digest = %s AND settled_at IS NULL RETURNING entry_id",
            [at, origin, reason.value, digest],
        )
        found = cursor.fetchone()
    return None if found is None else int(found[0])


def keep(*, origin: str, reason: AlarmReason, digest: str, entry_id: int, at: datetime) -> bool:
    """Open an alarm, or note what else an open one has seen; say whether it is new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE evidence_alarm SET times = times + 1, last_seen_at = %s, digest = %s, entry_id = %s"
            " WHERE origin = %s AND reason = %s AND settled_at IS NULL",
            [at, digest, entry_id, origin, reason.value],
        )
        if cursor.rowcount:
            return False
        cursor.execute(
            "INSERT INTO evidence_alarm (origin, reason, digest, entry_id, raised_at, last_seen_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [origin, reason.value, digest, entry_id, at, at],
        )
    return True


def agreed(*, origin: str, at: datetime) -> list[int]:
    """Note that a log agrees, and give the alarms about its silence, which end with that."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_peer (origin, first_looked_at, agreed_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (origin) DO UPDATE SET agreed_at = excluded.agreed_at"
            " WHERE evidence_peer.agreed_at IS NULL OR evidence_peer.agreed_at < %s",
            [origin, at, at, at - _LAG],
        )
        cursor.execute(
            "SELECT alarm_id FROM evidence_alarm WHERE origin = %s AND reason = %s AND settled_at IS NULL FOR UPDATE",
            [origin, AlarmReason.SILENT.value],
        )
        return [int(alarm_id) for (alarm_id,) in cursor.fetchall()]


def newly_silent(*, origins: Sequence[str], before: datetime, at: datetime) -> list[str]:
    """Give the logs that have not agreed since a time and have no alarm for it yet; one never seen counts from now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_peer (origin, first_looked_at)"
            " SELECT origin, %s FROM unnest(%s::text[]) AS o (origin) ON CONFLICT DO NOTHING",
            [at, list(origins)],
        )
        cursor.execute(
            "SELECT origin FROM evidence_peer p WHERE origin = ANY(%s) AND coalesce(agreed_at, first_looked_at) < %s"
            " AND NOT EXISTS (SELECT 1 FROM evidence_alarm a WHERE a.origin = p.origin AND a.reason = %s"
            "  AND a.settled_at IS NULL) ORDER BY origin",
            [list(origins), before, AlarmReason.SILENT.value],
        )
        return [str(origin) for (origin,) in cursor.fetchall()]


def agreed_since(alarm: Alarm) -> bool:
    """Tell whether the log agreed after the alarm was seen last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT agreed_at > %s FROM evidence_peer WHERE origin = %s", [alarm.last_seen_at, alarm.origin])
        found = cursor.fetchone()
    return bool(found and found[0])


def settle(*, alarm_id: int, by: str, why: str, at: datetime) -> None:
    """End an alarm."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE evidence_alarm SET settled_at = %s, settled_by = %s, settled_why = %s WHERE alarm_id = %s",
            [at, by, why, alarm_id],
        )
