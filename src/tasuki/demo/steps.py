"""Runs `tasuki` commands against the demonstration's nodes, as an operator would, and tells what happens."""

import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tasuki.demo.commands import carry_out
from tasuki.nodes.paths import Home

Values = dict[str, Any]
#: A command may end with this status when it found problems it reports: expected where the data holds some.
PROBLEMS = 1


class StepFailed(Exception):
    """A command of the demonstration failed."""


@dataclass
class Teller:
    """Says each step when it starts and how long it took, on standard error."""

    started: float = field(default_factory=time.perf_counter)

    def say(self, text: str) -> None:
        elapsed = time.perf_counter() - self.started
        print(f"[{elapsed:6.1f} s] {text}", file=sys.stderr, flush=True)  # noqa: T201 — progress for whoever waits


@dataclass(frozen=True)
class Commands:
    """Runs commands in a home."""

    home: Home
    #: The most memory, in KB, that each needed.
    peaks: list[int] = field(default_factory=list)

    def run(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> Values:
        """Run a command with `--json` and return what it printed.

        :raises StepFailed: with the command and the end of its errors when its status is not accepted.
        """
        done = carry_out([*arguments, "--json"], self.home)
        self.peaks.append(done.peak)
        if done.status not in accept or not done.output.strip():
            raise StepFailed(f"tasuki {' '.join(arguments)}: status {done.status}: {done.errors.strip()[-1500:]}")
        values: Values = json.loads(done.output.strip().splitlines()[-1])
        return values

    def run_all(self, steps: Sequence[Sequence[str]], accept: tuple[int, ...] = (0,)) -> list[Values]:
        """Run commands two at a time, as the machines this is shown on have two cores, and return what each printed."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda arguments: self.run(*arguments, accept=accept), steps))
