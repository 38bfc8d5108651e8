"""Reads of how a node is operated."""

from tasuki.nodes.sql import rows
from tasuki.operating.types import Maintenance, PastMaintenance, PeerKey


def maintenance() -> Maintenance | None:
    """Return the maintenance the node is in, if it is."""
    found = rows("SELECT begun_at, until, reason FROM operating_maintenance WHERE ended_at IS NULL")
    return Maintenance(**found[0]) if found else None


def past_maintenance(most: int) -> list[PastMaintenance]:
    """Return the maintenance that is over, the latest first."""
    found = rows(
        "SELECT begun_at, begun_by, ended_at, ended_by, reason FROM operating_maintenance"
        " WHERE ended_at IS NOT NULL ORDER BY begun_at DESC LIMIT %s",
        [most],
    )
    return [PastMaintenance(**row) for row in found]


def peer_keys(peer: str) -> list[PeerKey]:
    """Return the keys of a peer that were told after its file was written, ended ones too, in their order."""
    found = rows(
        "SELECT peer, public_key, since, until FROM operating_peer_key WHERE peer = %s ORDER BY since, public_key",
        [peer],
    )
    return [PeerKey(**row) for row in found]
