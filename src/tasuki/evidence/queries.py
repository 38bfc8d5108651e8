"""Reads of the evidence log offered to the rest."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from tasuki.evidence import merkle
from tasuki.evidence.checkpoints import read_checkpoint
from tasuki.evidence.errors import OutOfRangeError
from tasuki.evidence.leaves import encode_leaf
from tasuki.evidence.storage import LEAF_COLUMNS, node_reader
from tasuki.evidence.types import (
    Alarm,
    AlarmReason,
    Checkpoint,
    Counts,
    PeerLog,
    RecordedEntry,
    ShownSuccession,
    Succession,
    Unsealed,
)

_ALARM_COLUMNS = (
    "alarm_id, origin, reason, entry_id, times, raised_at, last_seen_at, settled_at, settled_by, settled_why"
)
#: More leaves than any log has.
_ENDLESS = 1 << 62


def latest_checkpoint() -> Checkpoint | None:
    """Give the last checkpoint this log signed."""
    return _one_checkpoint("SELECT note FROM evidence_checkpoint ORDER BY tree_size DESC LIMIT 1", [])


def recent_checkpoints(most: int) -> list[Checkpoint]:
    """Give the last checkpoints this log signed, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM evidence_checkpoint ORDER BY tree_size DESC LIMIT %s", [most])
        return [read_checkpoint(note) for (note,) in cursor.fetchall()]


def checkpoint_at(tree_size: int) -> Checkpoint | None:
    """Give the checkpoint this log signed at exactly this size."""
    return _one_checkpoint("SELECT note FROM evidence_checkpoint WHERE tree_size = %s", [tree_size])


def restored_checkpoint(*, below: int, before: datetime) -> Checkpoint | None:
    """Give the last checkpoint this log signed before a time at less than a size: what a backup brought back."""
    return _one_checkpoint(
        "SELECT note FROM evidence_checkpoint WHERE tree_size < %s AND signed_at <= %s ORDER BY tree_size DESC LIMIT 1",
        [below, before],
    )


def latest_witnessed(origin: str, up_to: int = _ENDLESS) -> Checkpoint | None:
    """Give the largest checkpoint kept here of another party's log under a name, up to a size."""
    return _one_checkpoint(
        "SELECT note FROM evidence_witnessed WHERE origin = %s AND tree_size <= %s ORDER BY tree_size DESC LIMIT 1",
        [origin, up_to],
    )


def witnessed_checkpoint(origin: str, tree_size: int) -> Checkpoint | None:
    """Give the checkpoint kept here of another party's log at exactly this size."""
    return _one_checkpoint(
        "SELECT note FROM evidence_witnessed WHERE origin = %s AND tree_size = %s", [origin, tree_size]
    )


def successions(origin: str | None = None) -> list[Succession]:
    """Give how logs went on under new names after a restore, oldest first; of the log that began so, or of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT first_name, succeeds, log, restored_size, lost_until, why, declared_at, entry_id"
            " FROM evidence_succession WHERE first_name = coalesce(%s, first_name) ORDER BY ordinal",
            [origin],
        )
        return [Succession(*row) for row in cursor.fetchall()]


def shown_successions(origin: str, size: int) -> list[ShownSuccession]:
    """Give the sealed records of our own log's successions, with the proof that each is in the tree of that size."""
    found = successions(origin)
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT l.leaf_index, {LEAF_COLUMNS} FROM evidence_entry e JOIN evidence_leaf l USING (entry_id)"  # noqa: S608 -- the columns are a constant
            " WHERE e.entry_id = ANY(%s) AND l.leaf_index < %s ORDER BY l.leaf_index",
            [[one.entry_id for one in found], size],
        )
        rows = cursor.fetchall()
    read = node_reader()
    return [
        ShownSuccession(
            encode_leaf(kind=kind, transaction_number=number, recorded_at=recorded_at, body=bytes(body)),
            index,
            tuple(merkle.inclusion_proof(index, size, read)),
        )
        for index, kind, number, recorded_at, body in rows
    ]


def name_of(origin: str) -> str:
    """Give the name by which a log goes now; the one it began with unless it was restored since."""
    found = successions(origin)
    return found[-1].log if found else origin


def names_of(origin: str) -> list[str]:
    """Give every name a log ever had, oldest first."""
    return [origin, *(one.log for one in successions(origin))]


def _one_checkpoint(statement: str, parameters: Sequence[str | int | datetime]) -> Checkpoint | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = cursor.fetchone()
    return None if found is None else read_checkpoint(found[0])


def inclusion_proof(leaf_index: int, size: int) -> list[bytes]:
    """Prove that a leaf is in the tree of that size.

    :raises OutOfRangeError: when the log has no such leaf or is not that large.
    """
    if not 0 <= leaf_index < size <= _tree_size():
        raise OutOfRangeError(OutOfRangeError.__doc__)
    return merkle.inclusion_proof(leaf_index, size, node_reader())


def consistency_proof(old: int, new: int) -> list[bytes]:
    """Prove that the tree of size `new` begins with the tree of size `old`.

    :raises OutOfRangeError: when the sizes are not in this order or the log is not that large.
    """
    if not 0 <= old <= new <= _tree_size():
        raise OutOfRangeError(OutOfRangeError.__doc__)
    return merkle.consistency_proof(old, new, node_reader())


def _tree_size() -> int:
    latest = latest_checkpoint()
    return 0 if latest is None else latest.tree_size


def counts() -> Counts:
    """Count what the log holds; it reads every record, so it is not for a page that is often shown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM evidence_entry), (SELECT count(*) FROM evidence_leaf),"
            " (SELECT count(*) FROM evidence_checkpoint), (SELECT count(*) FROM evidence_witnessed)"
        )
        entries, leaves, checkpoints, witnessed = cursor.fetchone()
    return Counts(
        entries=entries, leaves=leaves, unsealed=entries - leaves, checkpoints=checkpoints, witnessed=witnessed
    )


def unsealed() -> Unsealed:
    """Count the records that wait for their seal, looking only where the last seal stopped: cheap on a long log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(e.recorded_at) FROM evidence_entry e WHERE e.xid >= coalesce("
            " (SELECT sealed_below FROM evidence_checkpoint ORDER BY tree_size DESC LIMIT 1), '0'::xid8)"
            " AND NOT EXISTS (SELECT 1 FROM evidence_leaf l WHERE l.entry_id = e.entry_id OFFSET 0)"
        )
        count, oldest_at = cursor.fetchone()
    return Unsealed(count, oldest_at)


def entries_naming(kinds: Sequence[str], people: Sequence[str], since: datetime) -> list[RecordedEntry]:
    """Give the records of some kinds since a time that name one of these people, alone or in a list, in their order."""
    named = list(people)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.entry_id, e.kind, e.transaction_number, e.recorded_at, e.body, l.leaf_index"
            " FROM evidence_entry e LEFT JOIN evidence_leaf l USING (entry_id)"
            " CROSS JOIN LATERAL (SELECT convert_from(e.body, 'UTF8')::jsonb AS body) AS said"
            " WHERE e.kind = ANY(%s) AND e.recorded_at >= %s AND (said.body->>'person' = ANY(%s)"
            " OR said.body->'people' ?| %s OR said.body->'unified' ?| %s) ORDER BY e.entry_id",
            [list(kinds), since, named, named, named],
        )
        return [
            RecordedEntry(entry_id, kind, number, recorded_at, bytes(body), leaf_index)
            for entry_id, kind, number, recorded_at, body, leaf_index in cursor.fetchall()
        ]


def leaves_between(since: datetime, until: datetime) -> range:
    """Give the leaves that hold every sealed record of a time, from checkpoint to checkpoint.

    A record is sealed after it was made, so all of them lie behind the last checkpoint signed before the time. At its
    end a transaction may have been sealed late: the part goes on to the checkpoint that covers the last record, and
    while there is none, without end.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH reached AS (SELECT coalesce(max(l.leaf_index), -1) AS leaf FROM evidence_entry e"
            " JOIN evidence_leaf l USING (entry_id) WHERE e.recorded_at < %(until)s)"
            " SELECT coalesce((SELECT max(tree_size) FROM evidence_checkpoint WHERE signed_at <= %(since)s), 0),"
            " coalesce((SELECT min(tree_size) FROM evidence_checkpoint WHERE signed_at >= %(until)s"
            "  AND tree_size > (SELECT leaf FROM reached)), %(endless)s)",
            {"since": since, "until": until, "endless": _ENDLESS},
        )
        first, last = cursor.fetchone()
    return range(first, max(first, last))


def count_of(kind: str, since: datetime) -> int:
    """Count the records of a kind since a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM evidence_entry WHERE kind = %s AND recorded_at >= %s", [kind, since])
        return int(cursor.fetchone()[0])


def tally(kinds: Sequence[str], *, since: datetime, until: datetime) -> dict[str, tuple[int, datetime]]:
    """Count the records of each of these kinds in a time, with the last of them; a kind without any is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*), max(recorded_at) FROM evidence_entry"
            " WHERE kind = ANY(%s) AND recorded_at >= %s AND recorded_at < %s GROUP BY kind",
            [list(kinds), since, until],
        )
        return {kind: (int(counted), last) for kind, counted, last in cursor.fetchall()}


def entries_of(transaction_number: str) -> list[RecordedEntry]:
    """Give all records of one exchange, in the order in which they were written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.entry_id, e.kind, e.transaction_number, e.recorded_at, e.body, l.leaf_index"
            " FROM evidence_entry e LEFT JOIN evidence_leaf l ON l.entry_id = e.entry_id"
            " WHERE e.transaction_number = %s ORDER BY e.entry_id",
            [transaction_number],
        )
        rows = cursor.fetchall()
    return [
        RecordedEntry(
            entry_id=entry_id,
            kind=kind,
            transaction_number=number,
            recorded_at=recorded_at,
            body=bytes(body),
            leaf_index=leaf_index,
        )
        for entry_id, kind, number, recorded_at, body, leaf_index in rows
    ]


def alarm(alarm_id: int) -> Alarm | None:
    """Give one alarm."""
    return next(iter(_alarms("alarm_id = %s", [alarm_id])), None)


def open_alarms() -> list[Alarm]:
    """Give the alarms that nobody and nothing has ended, disagreements first."""
    found = _alarms("settled_at IS NULL", [])
    return sorted(found, key=lambda one: (not one.reason.is_disagreement, one.raised_at))


def settled_alarms(most: int) -> list[Alarm]:
    """Give the alarms that are over, newest first."""
    return _alarms("settled_at IS NOT NULL", [])[::-1][:most]


def _alarms(condition: str, parameters: Sequence[int]) -> list[Alarm]:
    statement = f"SELECT {_ALARM_COLUMNS} FROM evidence_alarm WHERE {condition} ORDER BY alarm_id"  # noqa: S608 -- ours
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [Alarm(row[0], row[1], AlarmReason(row[2]), *row[3:]) for row in cursor.fetchall()]


def peer_logs(origins: Sequence[str]) -> list[PeerLog]:
    """Give how each of these logs stands to what is kept of it here, in this order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.origin, w.note, p.agreed_at FROM unnest(%s::text[]) WITH ORDINALITY AS o (origin, place)"
            " LEFT JOIN evidence_peer p USING (origin)"
            " LEFT JOIN LATERAL (SELECT note FROM evidence_witnessed w WHERE w.origin = coalesce("
            "  (SELECT log FROM evidence_succession s WHERE s.first_name = o.origin ORDER BY s.ordinal DESC LIMIT 1),"
            "  o.origin)"
            "  ORDER BY tree_size DESC LIMIT 1) w ON true ORDER BY o.place",
            [list(origins)],
        )
        found = [
            (origin, read_checkpoint(note) if note else None, agreed) for origin, note, agreed in cursor.fetchall()
        ]
    alarms = open_alarms()
    return [
        PeerLog(
            origin=origin,
            kept_size=0 if kept is None else kept.tree_size,
            signed_at=None if kept is None else kept.signed_at,
            agreed_at=agreed_at,
            alarms=tuple(one for one in alarms if one.origin == origin),
        )
        for origin, kept, agreed_at in found
    ]
