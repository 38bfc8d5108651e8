"""Reads of how a node is operated."""

from tasuki.nodes.sql import rows
from tasuki.operating.errors import WrongEnvironmentError
from tasuki.operating.types import Maintenance, MarkedEnvironment, PastMaintenance, PeerKey
from tasuki.shared.environments import Environment


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


def marked_environment() -> MarkedEnvironment:
    """Return what the database was marked as when it was made.

    :raises WrongEnvironmentError: when it bears no mark, so that nothing may be taken in.
    """
    found = rows("SELECT environment, marked_at FROM operating_environment")
    if not found:
        raise WrongEnvironmentError("the database bears no mark of its environment: run `tasuki migrate`")
    return MarkedEnvironment(Environment(found[0]["environment"]), found[0]["marked_at"])


def check_environment(said: Environment) -> None:
    """Refuse a node's file that says otherwise than its database.

    :raises WrongEnvironmentError: when they differ, or the database bears no mark.
    """
    marked = marked_environment().environment
    if marked is not said:
        raise WrongEnvironmentError(
            f"environment: the node's file says {said.value}, its database was made as {marked.value}; "
            "an environment never changes, so make another node (docs/operations/production.md)"
        )
