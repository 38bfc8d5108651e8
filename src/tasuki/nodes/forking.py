"""Processes that begin with what nearly all of them need: each is forked from one that has read it.

Reading a thousand modules takes a process longer than much of its work, and a deployment runs some twenty, most of
them alike. What runs is `python -m` of a module, in a process of its own that shares no state with any other.
"""

import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context, set_start_method
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from multiprocessing.forkserver import _forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from setproctitle import setproctitle

from tasuki.shared.process import die_with_parent

#: What is read before anything is known: only what needs no settings, for each process becomes a node of its own.
READ_BEFOREHAND: Final = (
    "django.contrib.postgres.fields",
    "django.db.backends.postgresql.base",
    "granian.server",
    "psycopg_pool",
    "tasuki.accounts.types",
    "tasuki.audits.types",
    "tasuki.cli.main",
    "tasuki.contractors.types",
    "tasuki.followup.types",
    "tasuki.invitations.types",
    "tasuki.letters.types",
    "tasuki.linkage.gateway_client.dialects",
    "tasuki.persons.operations",
    "tasuki.runtime",
    "tasuki.screening.queries",
    "tasuki.watching.types",
)
#: Tells a program the process it must not outlive.
PARENT: Final = "TASUKI_PARENT"
# The standard library keeps one list of all children and goes through it whenever one is started. Were another thread
# to let go of a child meanwhile, the start would fail; were two to ask how one ended, one of them would not be told.
_BOOKS: Final = threading.Lock()


@cache
def forked() -> ForkServerContext:
    """Give what forks processes, from one process that ends with this one."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(READ_BEFOREHAND))
    return context


def start_program(name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path | None) -> BaseProcess:
    """Start `python -m` with some arguments as the leader of a process group of its own; it ends with this process.

    :param name: what lists of processes show.
    :param log: what it writes goes there; without one, where this process writes.
    """
    process = forked().Process(target=_be, args=(name, list(arguments), dict(environment), log), name=name)
    start(process)
    return process


def start(process: BaseProcess) -> None:
    """Start a process, whatever other threads do with theirs."""
    with _BOOKS:
        process.start()


def is_alive(process: BaseProcess) -> bool:
    """Say whether a process that was started has not ended."""
    with _BOOKS:
        return process.is_alive()


def wait_for_end(process: BaseProcess, longest: float | None = None) -> None:
    """Return once a process has ended, or after so many seconds."""
    # Nobody else is kept waiting for that long.
    if wait([process.sentinel], longest):
        with _BOOKS:
            process.join()


def let_go(process: BaseProcess) -> int | None:
    """Forget a process that has ended, and return its status."""
    with _BOOKS:
        status = process.exitcode
        process.close()
    return status


def _be(name: str, arguments: list[str], environment: dict[str, str], log: Path | None) -> None:
    """Be a program, in a child of the process that forks."""
    os.setsid()
    # What forks ends once nobody holds this pipe any more, and must not wait for those who are to end with it.
    os.close(vars(_forkserver)["_forkserver_alive_fd"])
    die_with_parent(signal.SIGTERM)
    _call(title_of(name))
    os.environ.clear()
    os.environ.update(environment | {PARENT: str(os.getppid())})
    os.chdir("/")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    if log is not None:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    # What a program starts for itself, such as a server its workers, shall begin with all this too.
    set_start_method("fork", force=True)
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def title_of(name: str) -> str:
    """Give the title lists of processes show for a program."""
    return f"tasuki {name}"


def _call(title: str) -> None:
    """Give this process a title of its own, as long as its environment is still the one it began with."""
    # Else the title would be written over the environment, which says whose process this is.
    os.environ["SPT_NOENV"] = "1"
    setproctitle(title)
