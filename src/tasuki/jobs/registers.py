"""Files of the resident register that the resident record system leaves in a folder of the node."""

import datetime as dt
import shutil
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import structlog

from tasuki.jobs.erasing import erased_finder
from tasuki.jobs.scanning import harm_in
from tasuki.jobs.town import number_cipher
from tasuki.linkage.register import AlreadyLoaded, LoadedRegister, UnreadableRegister, import_register
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.scanning import Verdict
from tasuki.runtime import node, now, this_system
from tasuki.screening.operations.loads import record_load
from tasuki.screening.operations.protection import import_protected, tell_who_is_held
from tasuki.screening.types import ImportProblem
from tasuki.screening.types.protection import ListRefused
from tasuki.screening.types.residents import RegisterReport, RegisterScope
from tasuki.screening.wording import import_problem
from tasuki.shared.dates import civil_date

log = structlog.get_logger()
#: A file that was written to this lately may still be on its way.
SETTLED_SECONDS = 30.0


def drop_folder() -> Path:
    """Return where register files are left; whoever may write there decides who the residents are."""
    return node().folder / "register-drop"


def take_in_dropped() -> None:
    """Take in every file left in the folder, in the order of their names, and put each where its outcome belongs.

    One that is still being written, or that nobody can look into for harm now, stops those after it: changes should
    not overtake each other.
    """
    folder = drop_folder()
    if not folder.is_dir():
        return
    for file in sorted(folder.glob("*.csv")):
        if time.time() - file.stat().st_mtime < SETTLED_SECONDS or (harm := harm_in(file)) is Verdict.UNANSWERED:
            return
        if harm is Verdict.FOUND:
            _list_unread(file, (import_problem("file_harmful"),))
            _move(file, "harmful")
        else:
            _take_in(file)


def protected_folder() -> Path:
    """Return where the daily list of protected persons is left; a file's own day is the day of the list."""
    return node().folder / "protected-drop"


def keep_protected() -> None:
    """Take in every list of protected persons left in the folder, and tell the gateway who is on hold since today."""
    folder = protected_folder()
    for file in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        written = file.stat().st_mtime
        if time.time() - written < SETTLED_SECONDS or (harm := harm_in(file)) is Verdict.UNANSWERED:
            break
        if harm is Verdict.FOUND:
            _move(file, "harmful")
            continue
        listed_on = civil_date(dt.datetime.fromtimestamp(written, dt.UTC))
        done = import_protected(file=file, file_name=file.name, listed_on=listed_on, by=this_system(), at=now())
        if isinstance(done, ListRefused):
            log.warning("PRT-002 list_refused", reason=done.reason.value, problems=len(done.problems))
            _move(file, "unreadable")
        else:
            log.info("PRT-001 list_taken_in", load=str(done.load_id), complete=done.is_complete)
            _move(file, "done")
    tell_who_is_held(by=this_system(), at=now())


def _take_in(file: Path) -> None:
    outcome = import_register(
        file=file, file_name=file.name, system=SYSTEM, cipher=number_cipher(), by=this_system(), at=now(),
        find_erased=erased_finder(),
    )  # fmt: skip
    match outcome:
        case LoadedRegister():
            log.info("REG-001 register_taken_in", load=str(outcome.load.load_id), problems=outcome.load.problems)
            _move(file, "done")
        case AlreadyLoaded():
            log.info("REG-002 register_known", load=str(outcome.load.load_id))
            _move(file, "done")
        case UnreadableRegister():
            _list_unread(file, outcome.problems)
            _move(file, "unreadable")


def _list_unread(file: Path, problems: Sequence[ImportProblem]) -> None:
    """Enter a file in the list of loads, so that a clerk learns of it and not only whoever reads logs."""
    load = record_load(
        file_name=file.name,
        sha256=sha256(file.read_bytes()).hexdigest(),
        scope=RegisterScope.UNREADABLE,
        total_rows=0,
        residents=RegisterReport(0, 0, 0),
        numbered=0,
        problems=problems,
        by=this_system(),
        at=now(),
    )
    log.warning("REG-003 register_unreadable", load=str(load.load_id))


def _move(file: Path, outcome: str) -> None:
    """Put a file away under a name of its own; it holds individual numbers, so only the node may read the folder."""
    target = file.parent / outcome
    target.mkdir(mode=0o700, exist_ok=True)
    shutil.move(file, target / f"{time.time_ns()}-{file.name}")
