"""P7: what happens when there is far more of everything. `python -m bench growth`; it takes some ten minutes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psycopg
from tests.system.relay import PEOPLE, Relay, payload, person_of_b

from bench.figures import Figure, percentile
from tasuki.demo.generator import TownSize, generate
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.migrate import migrate_node

ROOT = Path(__file__).resolve().parents[1]
#: A ward's replicas at the start, and how many there are once registering is measured again.
WARD, MANY = 71_500, 2_000_000
#: Replicas among which single inquiries are answered.
FEW, MOST = 100_000, 10_000_000
LIST = 5_000
INQUIRIES = 400
DATA_SET = "TM00000000000090"
_FILL = """
INSERT INTO gateway_replica (institution, unified_person_number, data_set, record_key, revision, ordinal,
  layout_version, taken, published_from, payload, registered_at)
SELECT %s, '8' || lpad(i::text, 14, '0'), %s, '2025-01', 1, 1, '1', true, '2026-04-01',
  decode(repeat('61', 100), 'hex'), now()
FROM generate_series(1, %s) AS i
"""


def measure(relay: Relay) -> list[Figure]:
    """Measure inquiries among few and most replicas, registering with few and many, importing with few and many."""
    registered = _register(relay, 0, FEW)
    few = _inquiries(relay)
    registered += _register(relay, FEW, MANY)
    begin, end = _seconds(registered[: WARD // LIST]), _seconds(registered[-(WARD // LIST) :])
    _fill(relay, MOST - MANY)
    most = _inquiries(relay)
    small, large = _imports(relay)
    return [
        _growth("P7-import", "import into a town of 2,000,000 results", large, small, "s", 1.2),
        _growth("P7-register", f"register {WARD:,} replicas beside 1,930,000", end, begin, "s", 1.2),
        _growth("P7-inquiry", "one inquiry among 10 million replicas: median", *_both(most, few, 0.5), "ms", 1.5),
        _growth("P7-inquiry-p95", "one inquiry among 10 million replicas: p95", *_both(most, few, 0.95), "ms", 1.5),
    ]


def _both(most: Sequence[float], few: Sequence[float], share: float) -> tuple[float, float]:
    return percentile(list(most), share), percentile(list(few), share)


def _growth(name: str, what: str, value: float, floor: float, unit: str, most: float) -> Figure:
    ratio = value / floor
    return Figure(name, what, value, unit, floor, ratio, f"≤ {most} × a small one", ratio <= most)


def _register(relay: Relay, first: int, last: int) -> list[float]:
    """Register replicas of people numbered so through the gateway's interface; return the seconds of each list."""
    seconds = []
    for start in range(first, last, LIST):
        people = [f"7{number:014d}" for number in range(start, start + LIST)]
        began = time.perf_counter()
        relay.town_a.register(people, DATA_SET, payload)
        seconds.append(time.perf_counter() - began)
    return seconds


def _seconds(lists: Sequence[float]) -> float:
    """Return what the lists would take if each took what most do: one in which the machine was held up says nothing."""
    return median(lists) * len(lists)


def _fill(relay: Relay, replicas: int) -> None:
    """Put replicas that are never asked for straight into the table, as many as would take too long to register."""
    with psycopg.connect(relay.nodes["gateway-east"].databases.owner, autocommit=True) as connection:
        connection.execute(_FILL.encode(), [relay.town_a.institution, DATA_SET, replicas])
        connection.execute(b"VACUUM (ANALYZE) gateway_replica")


def _inquiries(relay: Relay) -> list[float]:
    """Ask about one person after the other; return the milliseconds of each."""
    provider = relay.town_a.institution
    found = []
    for number in range(INQUIRIES):
        inquiry = relay.town_b.inquiry(person_of_b(number % (PEOPLE - 100)), provider)
        began = time.perf_counter()
        [progress] = relay.town_b.link.inquire([inquiry])
        found.append((time.perf_counter() - began) * 1000)
        if progress.state != "received":
            raise AssertionError(progress.state)
    return found


def _imports(relay: Relay) -> tuple[float, float]:
    """Import a ward's results into a town without any, and into one of two million; return the seconds of both."""
    data = relay.home.path / "growth-data"
    generate(data, seed=1, size=TownSize.FULL)
    migrate_node(relay.nodes["town-a"], append_only_of(relay.nodes["town-a"]))
    environment = {**os.environ, "TASUKI_HOME": str(relay.home.path)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.growth_town", str(data)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    values = json.loads(done.stdout.strip().splitlines()[-1])
    return values["small"], values["large"]
