"""Reads of what every node keeps about itself."""

import datetime as dt

from tasuki.nodes.sql import rows


def worker_loops() -> dict[str, dt.datetime]:
    """Return when each kind of the worker's work last came to its end."""
    found = rows("SELECT name, ended_at FROM protocol_worker_loop ORDER BY name")
    return {row["name"]: row["ended_at"] for row in found}
