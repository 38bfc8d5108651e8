"""`tasuki` commands in processes of their own, each forked from one that has read what nearly all of them need.

Reading a thousand modules takes a command longer than its work, and a demonstration runs some seventy. Whoever works
with the system starts them one at a time, and sees the same: what runs is `python -m tasuki.cli`, in a fresh process.
"""

import os
import resource
import runpy
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tasuki.nodes.forking import forked, let_go, start, wait_for_end
from tasuki.nodes.paths import Home


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its status, what it printed and said, and the most memory it needed, in KB."""

    status: int
    output: str
    errors: str
    peak: int = 0


def carry_out(arguments: Sequence[str], home: Home, given: str = "", longest: float | None = None) -> Ended:
    """Run a command in a home, with a text on its standard input, and wait for its end.

    One that is killed says nothing; its status is then the signal's number below zero.

    :raises TimeoutError: when it takes longer than so many seconds; it is killed then.
    """
    ours, theirs = forked().Pipe(duplex=False)
    environment = {**os.environ, "TASUKI_HOME": str(home.path)}
    process = forked().Process(target=_command, args=(list(arguments), environment, given, theirs))
    with ours:
        with theirs:
            start(process)
        return _outcome(process, ours, longest)


def _outcome(process: BaseProcess, told: Connection, longest: float | None = None) -> Ended:
    """Wait until a process has told how its command ended, or is gone without a word."""
    is_over = told.poll(longest)
    if not is_over:
        process.kill()
    try:
        ended: Ended | None = told.recv()
    except EOFError:
        ended = None
    wait_for_end(process)
    status = let_go(process) or 1
    if not is_over:
        raise TimeoutError(f"a command took longer than {longest} s")
    return ended or Ended(status, "", "")


def _command(arguments: list[str], environment: dict[str, str], given: str, answer: Connection) -> None:
    """Be the command line, in a child."""
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["tasuki", *arguments]
    with (
        tempfile.TemporaryFile("w+") as fed,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        fed.write(given)
        fed.seek(0)
        # Not only what Python writes: commands start processes, which write too.
        for number, file in enumerate((fed, out, err)):
            os.dup2(file.fileno(), number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 — as long as the process
        status = _status()
        sys.stdout.flush()
        sys.stderr.flush()
        out.seek(0)
        err.seek(0)
        used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        answer.send(Ended(status, out.read(), err.read(), max(used)))


def _status() -> int:
    try:
        runpy.run_module("tasuki.cli", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201 — as Python itself does
        return 1
    except BaseException:  # noqa: BLE001 — a command that fails says why and ends with status 1, as one in a shell
        traceback.print_exc()
        return 1
    return 0
