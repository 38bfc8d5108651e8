"""P1, P2 and E1: results into the town, replicas into the gateway, and who is due, computed for everybody."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.system.relay import Relay

from bench.figures import Figure
from bench.town import GATEWAY_DATABASE
from tasuki.demo.generator import TownSize, generate
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.migrate import migrate_node

ROOT = Path(__file__).resolve().parents[1]


def measure(relay: Relay) -> list[Figure]:
    """Measure at the ward's size."""
    data = relay.home.path / "bench-data"
    generate(data, seed=1, size=TownSize.FULL)
    migrate_node(relay.nodes["town-a"], append_only_of(relay.nodes["town-a"]))
    gateway = relay.nodes["gateway-east"].databases.owner
    environment = {**os.environ, "TASUKI_HOME": str(relay.home.path), GATEWAY_DATABASE: gateway}
    done = subprocess.run(
        [sys.executable, "-m", "bench.town", str(data)], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    values = json.loads(done.stdout.strip().splitlines()[-1])
    due = _computed_due(environment)
    return [
        _figure("P1", f"import {values['results']:,} results", values["import"], values["import_floor"]),
        _figure("P2", f"register {values['replicas']:,} replicas", values["register"], values["register_floor"]),
        _letters(values["letters"], values["letter_seconds"]),
        Figure(
            "S1",
            "find a resident among 500,000: p95",
            values["search_p95"],
            "ms",
            None,
            None,
            "≤ 100 ms",
            values["search_p95"] <= 100,
        ),
        due,
    ]


def _computed_due(environment: dict[str, str]) -> Figure:
    """Measure E1: who is due for eight programmes, for everybody, into an empty list."""
    command = [sys.executable, "-m", "tasuki.cli", "eligibility", "--node", "town-a", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    values = json.loads(done.stdout)
    # Sixty seconds for the ward's 350,000 people, and as much less for fewer.
    allowed = 60 * values["people"] / 350_000
    what = f"who is due: {values['people']:,} people × 8 programmes"
    held = values["seconds"] <= allowed
    return Figure("E1", what, values["seconds"], "s", None, None, f"≤ {allowed:.0f} s", held)


def _figure(name: str, what: str, seconds: float, floor: float) -> Figure:
    return Figure(name, what, seconds, "s", floor, seconds / floor, "≤ 3 × the floor", seconds <= 3 * floor)


def _letters(letters: int, seconds: float) -> Figure:
    """Give the seconds 10,000 letters take at the speed of those that were made."""
    value = seconds * 10_000 / letters
    return Figure("L1", f"10,000 result notices (of {letters:,} made)", value, "s", None, None, "≤ 60 s", value <= 60)
