"""A data folder with the whole demonstration told in it, made by the command itself."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasuki.demo.generator import Manifest, read_manifest
from tasuki.demo.running import ANY_PORTS
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.paths import Home

COMMAND = (sys.executable, "-m", "tasuki.cli")
#: Runs a command where only this machine can be reached, and counts who tried to reach more.
WITHOUT_ROUTE = (sys.executable, str(Path(__file__).parents[2] / "scripts" / "without_route.py"))
#: A machine that runs other tests as well is slow, not stuck.
LONGEST = 400.0


@dataclass(frozen=True)
class Told:
    """What one run of `tasuki demo --json` said, and how often one of its processes tried to reach the outside."""

    status: int
    figures: dict[str, Any]
    errors: str
    seconds: float
    attempts: int


@dataclass(frozen=True)
class DemoHome:
    """The folder, what was generated for it, and what its first run said."""

    home: Home
    manifest: Manifest
    first: Told

    @property
    def data(self) -> Path:
        return self.home.path / "demo-data"

    def tell(self) -> Told:
        """Run the demonstration again."""
        return tell(self.home)


def environment(home: Home) -> dict[str, str]:
    # Compiled modules are kept: a dozen processes start at once, again and again.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {"TASUKI_HOME": str(home.path), ANY_PORTS: "1"}


def tell(home: Home) -> Told:
    """Run `tasuki demo --size small --json` to its end, without a way to any other machine."""
    started = time.monotonic()
    with tempfile.NamedTemporaryFile("r", prefix="tasuki-attempts-") as attempts:
        done = subprocess.run(
            [*WITHOUT_ROUTE, "--count", attempts.name, *COMMAND, "demo", "--size", "small", "--json"],
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
        lines = done.stdout.strip().splitlines()
        assert len(lines) == 1, done.stdout + done.stderr
        return Told(
            done.returncode, json.loads(lines[0]), done.stderr, time.monotonic() - started, int(attempts.read())
        )


@contextlib.contextmanager
def told_demo() -> Iterator[DemoHome]:
    """Tell the demonstration in a folder of its own, and leave nothing of it behind."""
    home = Home(Path(tempfile.mkdtemp(prefix="tasuki-demo-")))
    try:
        first = tell(home)
        yield DemoHome(home, read_manifest(home.path / "demo-data"), first)
    finally:
        Cluster(home.postgres).destroy()
        shutil.rmtree(home.path)


@contextlib.contextmanager
def serving(home: Home) -> Iterator["subprocess.Popen[str]"]:
    """Run `tasuki serve`, ready, for the length of the block; a block that ended it itself is fine."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--no-consoles"],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            _await_ready(process)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            assert process.stderr is not None
            process.stderr.read()


def _await_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "running; Ctrl-C" in line:
            return
    raise AssertionError(f"tasuki serve ended early: {said}")
