"""Reads of how a node is operated."""

from tasuki.nodes.sql import rows
from tasuki.operating.types import Maintenance


def maintenance() -> Maintenance | None:
    """Return the maintenance the node is in, if it is."""
    found = rows("SELECT begun_at, until, reason FROM operating_maintenance WHERE ended_at IS NULL")
    return Maintenance(**found[0]) if found else None
