"""Processes that begin with what nearly all of them need: each is forked from one that has read it.

Reading a thousand modules takes a process longer than much of its work, and a deployment runs some twenty, most of
them alike. What runs is `python -m` of a module, in a process of its own that shares no state with any other.
"""

import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context, set_start_method
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
    process.start()
    return process


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
