"""What is written about how a node is operated, each act with its record."""

import datetime as dt
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.operating import queries
from tasuki.operating.types import Maintenance, PeerKey, fingerprint
from tasuki.shared.actor import Actor

#: Since when a key of our own file has been good: nobody wrote down when the file was made.
_EVER: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@transaction.atomic
def begin_maintenance(*, until: dt.datetime, reason: str, by: Actor, at: dt.datetime) -> Maintenance:
    """Let the node answer nothing from now on; while it does so already, only the planned end and the reason change."""
    body = {"until": until.astimezone(dt.UTC).isoformat(), "reason": reason, "by": str(by)}
    append(kind=EntryKind.MAINTENANCE_BEGUN, body=body, at=at)
    changed = run("UPDATE operating_maintenance SET until = %s, reason = %s WHERE ended_at IS NULL", [until, reason])
    if not changed:
        run(
            "INSERT INTO operating_maintenance (begun_at, begun_by, until, reason) VALUES (%s, %s, %s, %s)",
            [at, str(by), until, reason],
        )
    stored = queries.maintenance()
    if stored is None:
        raise LookupError("the maintenance that was just begun is over: somebody ended it at the same moment")
    return stored


@transaction.atomic
def record_connection_test(*, institution: str, provider: str, by: Actor, at: dt.datetime) -> None:
    """Record that the way from one institution to another is tested, before the test goes on from here."""
    body = {"institution": institution, "provider": provider, "by": str(by)}
    append(kind=EntryKind.CONNECTION_TESTED, body=body, at=at)


@transaction.atomic(savepoint=False)
def suspend_institution(*, table: str, institution: str, why: str, by: Actor, at: dt.datetime) -> bool:
    """Let an institution take no part until it is resumed, and say whether it is in the table and was not suspended.

    What is under way stays, and the law's periods run on.

    :param table: the table of institutions of a gateway or of the network: each decides about its own part.
    """
    changed = rows(
        f"UPDATE {table} SET suspended_at = %s, suspended_why = %s, suspended_by = %s"  # noqa: S608 — a name of ours
        " WHERE institution = %s AND suspended_at IS NULL RETURNING institution",
        [at, why, str(by), institution],
    )
    if changed:
        body = {"institution": institution, "why": why, "by": str(by)}
        append(kind=EntryKind.INSTITUTION_SUSPENDED, body=body, at=at)
    return bool(changed)


@transaction.atomic(savepoint=False)
def resume_institution(*, table: str, institution: str, by: Actor, at: dt.datetime) -> bool:
    """Let an institution take part again, and say whether it was suspended."""
    changed = rows(
        f"UPDATE {table} SET suspended_at = NULL, suspended_why = NULL, suspended_by = NULL"  # noqa: S608 — a name of ours
        " WHERE institution = %s AND suspended_at IS NOT NULL RETURNING institution",
        [institution],
    )
    if changed:
        append(kind=EntryKind.INSTITUTION_RESUMED, body={"institution": institution, "by": str(by)}, at=at)
    return bool(changed)


@transaction.atomic
def record_peer_test(*, peer: str, by: Actor, at: dt.datetime) -> None:
    """Record that the way to a peer is tested with a message, before it is sent."""
    append(kind=EntryKind.CONNECTION_TESTED, body={"peer": peer, "by": str(by)}, at=at)


@transaction.atomic
def end_maintenance(*, by: Actor, at: dt.datetime) -> bool:
    """Let the node work again, and say whether it did not."""
    found = rows(
        "UPDATE operating_maintenance SET ended_at = %s, ended_by = %s WHERE ended_at IS NULL RETURNING begun_at",
        [at, str(by)],
    )
    if not found:
        return False
    begun_at: dt.datetime = found[0]["begun_at"]
    body = {"seconds": round((at - begun_at).total_seconds()), "by": str(by)}
    append(kind=EntryKind.MAINTENANCE_ENDED, body=body, at=at)
    return True


@transaction.atomic
def add_peer_key(
    *, peer: str, public_key: str, configured: str, former_until: dt.datetime, by: Actor, at: dt.datetime
) -> list[PeerKey]:
    """Accept messages of a peer under another key as well; its former keys are good until the time given.

    :param configured: the key in our own file, which ends like the others.
    """
    body = {
        "peer": peer,
        "key": fingerprint(public_key),
        "former_until": former_until.astimezone(dt.UTC).isoformat(),
        "by": str(by),
    }
    append(kind=EntryKind.PEER_KEY_ADDED, body=body, at=at)
    if public_key != configured:
        run(
            "INSERT INTO operating_peer_key (peer, public_key, since) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [peer, configured, _EVER],
        )
    run(
        "UPDATE operating_peer_key SET until = %s WHERE peer = %s AND public_key <> %s"
        " AND (until IS NULL OR until > %s)",
        [former_until, peer, public_key, former_until],
    )
    run(
        "INSERT INTO operating_peer_key (peer, public_key, since) VALUES (%s, %s, %s)"
        " ON CONFLICT (peer, public_key) DO UPDATE SET since = excluded.since, until = NULL",
        [peer, public_key, at],
    )
    return queries.peer_keys(peer)


@transaction.atomic
def end_peer_key(*, peer: str, public_key: str, by: Actor, at: dt.datetime) -> list[PeerKey]:
    """Accept nothing more under a key of a peer, at once: it may be in other hands."""
    body = {"peer": peer, "key": fingerprint(public_key), "by": str(by)}
    append(kind=EntryKind.PEER_KEY_ENDED, body=body, at=at)
    run(
        "INSERT INTO operating_peer_key (peer, public_key, since, until) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (peer, public_key) DO UPDATE SET until = excluded.until",
        [peer, public_key, _EVER, at],
    )
    return queries.peer_keys(peer)


@transaction.atomic
def record_signing_key(*, public_key: str, by: Actor, at: dt.datetime) -> None:
    """Record that the node signs its messages with another key from now on, before it does."""
    append(kind=EntryKind.SIGNING_KEY_USED, body={"key": fingerprint(public_key), "by": str(by)}, at=at)
