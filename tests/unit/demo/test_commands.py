"""Commands run as from a shell, in processes that begin with most of what they need."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tasuki.demo.commands import Ended, _outcome, carry_out
from tasuki.nodes.forking import READ_BEFOREHAND
from tasuki.nodes.paths import Home


def shell(home: Home, *arguments: str) -> Ended:
    """Run a command as somebody at a terminal does."""
    done = subprocess.run(
        [sys.executable, "-m", "tasuki.cli", *arguments],
        env={**os.environ, "TASUKI_HOME": str(home.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [("safeguards", "--json"), ("verify", "/nowhere"), ("members", "/dev/null", "--node", "nobody"), ("nothing",)],
    ids=["done", "wrong file", "no such node", "no such command"],
)
def test_a_command_ends_and_says_what_it_does_in_a_shell(arguments: tuple[str, ...], tmp_path: Path) -> None:
    home = Home(tmp_path)
    here, there = carry_out(arguments, home), shell(home, *arguments)
    assert (here.status, here.output, here.errors) == (there.status, there.output, there.errors)
    assert here.peak > 10_000


def _die(_told: Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _sleep(_told: Connection) -> None:
    time.sleep(60)


def outcome(act: Callable[[Connection], None], longest: float | None = None) -> Ended:
    """Give how a command ends whose process does something else."""
    ours, theirs = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=act, args=(theirs,))
    with ours:
        with theirs:
            process.start()
        return _outcome(process, ours, longest)


def test_a_command_that_is_killed_has_its_signal_for_a_status() -> None:
    assert outcome(_die) == Ended(-signal.SIGKILL, "", "")


def test_a_command_that_takes_too_long_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        outcome(_sleep, longest=0.2)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("name", READ_BEFOREHAND)
def test_what_is_read_beforehand_is_there(name: str) -> None:
    assert importlib.import_module(name)


def test_what_is_read_beforehand_settles_nothing() -> None:
    program = (
        "import importlib, sys, threading\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "from django.conf import settings\n"
        "assert not settings.configured and threading.active_count() == 1"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "TASUKI_"))}
    subprocess.run([sys.executable, "-c", program, *READ_BEFOREHAND], env=environment, check=True)
