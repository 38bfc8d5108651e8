"""What plain tools do on the same machine in the same run: the least any measure of ours can be held against."""

import time
from collections.abc import Sequence

from tasuki.nodes.sql import run


def durable_rows(rows: int) -> list[float]:
    """Insert so many rows into a table of the index, each in a durable transaction of its own; gives milliseconds."""
    run("CREATE TABLE bench_floor (at timestamptz NOT NULL)", alias="index")
    times = []
    for _ in range(rows):
        begun = time.perf_counter()
        run("INSERT INTO bench_floor VALUES (now())", alias="index")
        times.append((time.perf_counter() - begun) * 1000)
    run("DROP TABLE bench_floor", alias="index")
    return times


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which this part of the values lies."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))], 2)
