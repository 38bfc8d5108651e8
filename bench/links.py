"""I1: an inspection of every link for 500,000 people, with planted errors, in an index of its own."""

import json
import subprocess
import sys

from bench.figures import Figure

PEOPLE = 500_000
_PROMISE_SECONDS = 120.0


def measure() -> list[Figure]:
    """Measure seconds, and say what was missed or wrongly flagged: a quick inspection that finds nothing is no good."""
    command = [sys.executable, "-m", "tasuki.cli", "bench", "wrong-links", "--people", str(PEOPLE), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout.strip():
        raise RuntimeError(done.stderr[-2000:])
    values = json.loads(done.stdout.strip().splitlines()[-1])
    what = (
        f"inspect {values['links']:,} links of {values['people']:,} people: {values['found']} of {values['planted']}"
        f" planted found, {values['flagged_share']:.3%} of the others flagged"
    )
    seconds = values["seconds"]
    held = not values["not_held"]
    return [Figure("I1", what, seconds, "s", None, None, f"≤ {_PROMISE_SECONDS:.0f} s, all, < 0.1 %", held)]
