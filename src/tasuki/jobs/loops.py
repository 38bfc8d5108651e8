"""Work a node does again and again, each kind in a thread of its own."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connections

from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.operations import note_loops
from tasuki.runtime import maintenance, now

log = structlog.get_logger()
LONGEST_PAUSE = 30.0
#: When each loop of this process last came to its end; one entry a loop, each written by its own thread.
_ended: dict[str, dt.datetime] = {}


@dataclass(frozen=True, slots=True)
class Loop:
    """One kind of work, and the pause after each round in seconds; in maintenance only what is said to goes on."""

    name: str
    pause: float
    work: Callable[[], None]
    in_maintenance: bool = False


def run_loops(loops: list[Loop], stop: threading.Event) -> list[threading.Thread]:
    """Start every loop and return its threads; they end soon after `stop` is set."""
    threads = [threading.Thread(target=_run, args=(loop, stop), name=loop.name, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    return threads


def _run(loop: Loop, stop: threading.Event) -> None:
    pause = loop.pause
    while not stop.wait(pause):
        try:
            if loop.in_maintenance or maintenance() is None:
                loop.work()
            _ended[loop.name] = now()
            pause = loop.pause
        except ExchangeFailed as failure:
            log.warning("JOB-001 peer_away", loop=loop.name, peer=failure.peer, phase=failure.phase)
            pause = min(max(pause * 2, failure.retry_after), LONGEST_PAUSE)
        except DatabaseError:
            log.exception("JOB-002 database_failed", loop=loop.name)
            pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            connections.close_all()


def tell_at_work() -> None:
    """Let whoever asks for the node's health know that the worker is at work, and when each loop last came round."""
    at = now()
    note_loops(ended={**_ended, "heartbeat": at}, at=at)
