"""Imports done by the town's worker: files too large to wait for, and files left in the senders' folders."""

import datetime as dt
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from tasuki.eligibility.objecting import Objections
from tasuki.jobs.scanning import harm_in
from tasuki.nodes.scanning import Verdict
from tasuki.runtime import node, now, this_system
from tasuki.screening import mapping_queries
from tasuki.screening.drop_hours import drop_hours
from tasuki.screening.import_types import Sender
from tasuki.screening.operations.fhir_imports import preview_documents
from tasuki.screening.operations.import_files import Arrival, Arrived, note_harmful, preview_files
from tasuki.screening.operations.imports import commit_import
from tasuki.screening.operations.mappings import forget_drafts
from tasuki.screening.types import AlreadyImported, Batch, BatchState, Origin, OutOfDate
from tasuki.screening.uploads import Upload, forget_uploads, open_upload, remove_upload
from tasuki.shared.actor import Actor, ActorKind
from tasuki.shared.dates import civil_date, to_jst
from tasuki.work.types import Progress, Work

log = structlog.get_logger()
#: What an upload says in place of a mapping when it is FHIR documents.
FHIR: Final = "fhir"
#: Samples and files nobody went on with are deleted after a day.
KEPT: Final = dt.timedelta(days=1)
#: A file that was written to this lately may still be on its way.
SETTLED_SECONDS: Final = 30.0
_UNFINISHED: Final = (".part", ".tmp", ".crdownload", ".filepart")
_DAY_NUMBER: Final = "%Y%m%d-%H%M%S"


def uploads() -> Path:
    """Return the folder of received files; only this node may read it."""
    return node().folder / "uploads"


def drop_folder() -> Path:
    """Return the folder that holds a folder for each sender's files."""
    return node().folder / "drop"


def asker(work: Work) -> Actor:
    """Return who asked for work, as who acts in it."""
    kind, _, identifier = work.asked_by.partition(":")
    return Actor(ActorKind(kind), identifier)


def rules_of_today() -> Objections:
    """Return what speaks against rows by the programmes' own rules, as they are read today."""
    return Objections(civil_date(now()))


def preview_upload(work: Work, progress: Progress) -> Mapping[str, object]:
    """Preview a file that was uploaded, and delete it.

    :raises WorkCancelledError: when somebody asked for the end; nothing of the file in hand is kept then.
    """
    upload_id = UUID(str(work.parameters["upload"]))
    upload = open_upload(uploads(), upload_id)
    if upload is None:
        return {"gone": True}
    if upload.facts["mapping"] == FHIR:
        return _preview_documents(work, progress, upload_id, upload)
    kind, _, number = upload.facts["mapping"].partition(":")
    of = {"sender": "sender_id", "mapping": "mapping_id"}[kind]
    mappings = tuple(one for one in mapping_queries.mappings() if str(getattr(one, of)) == number)
    try:
        arrived = preview_files(
            arrival=Arrival(upload.path, upload.facts["name"], mappings, Origin.SCREEN),
            folder=uploads(),
            keeps_unreadable=True,
            by=asker(work),
            at=now(),
            progress=progress.report,
            objecting=rules_of_today(),
        )
    finally:
        remove_upload(uploads(), upload_id)
    return outcome_of(arrived)


def _preview_documents(work: Work, progress: Progress, upload_id: UUID, upload: Upload) -> Mapping[str, object]:
    try:
        arrived = preview_documents(
            arrival=Arrival(upload.path, upload.facts["name"], (), Origin.SCREEN),
            folder=uploads(),
            municipality=own_municipality(),
            keeps_unreadable=True,
            by=asker(work),
            at=now(),
            progress=progress.report,
            objecting=rules_of_today(),
        )
    finally:
        remove_upload(uploads(), upload_id)
    return outcome_of(arrived)


def own_municipality() -> str:
    """Return the code of the town this node is, whose 宛名番号 documents may name."""
    town = node().town
    return "" if town is None else town.municipality_code


def outcome_of(arrived: Arrived) -> dict[str, object]:
    """Give what became of an arrival in counts and ids."""
    return {
        "batches": [str(batch.batch_id) for batch in arrived.batches],
        "already": [str(batch_id) for batch_id in arrived.already],
        "rows": sum(batch.total_rows for batch in arrived.batches),
        "unreadable": len(arrived.problems),
    }


def commit_batch(work: Work, progress: Progress) -> Mapping[str, object]:
    """Commit a previewed file.

    :raises WorkCancelledError: when somebody asked for the end before it began.
    """
    batch_id = UUID(str(work.parameters["batch"]))
    progress.report(0, 1)
    outcome = commit_import(batch_id=batch_id, by=asker(work), at=now(), objecting=rules_of_today())
    progress.report(1, 1)
    match outcome:
        case Batch():
            return {"batch": str(batch_id), "rows": outcome.stored_rows}
        case AlreadyImported():
            return {"batch": str(outcome.batch_id), "already": True}
        case OutOfDate():
            return {"batch": str(batch_id), "out_of_date": True}


def take_in_at_night() -> None:
    """Take in what lies in the senders' folders, in the hours the town has set: at night unless it says otherwise."""
    if drop_hours().contain(to_jst(now()).hour):
        take_in_dropped()


def take_in_dropped() -> dict[str, int]:
    """Take in every finished file of every sender's folder, and count what became of them.

    A file is previewed by the sender's mapping that fits. It is committed when the sender's settings say so and
    nothing in it needs anybody to look at it; otherwise it waits for a clerk. Either way it leaves the folder, but for
    one that nobody can look into for harm now: it waits there.
    """
    counts = {"files": 0, "committed": 0, "waiting": 0, "already_imported": 0, "unreadable": 0}
    for sender in mapping_queries.senders():
        folder = drop_folder() / sender.drop_folder
        if sender.drop_folder and folder.is_dir():
            for file in sorted(folder.iterdir()):
                if _is_finished(file):
                    _take_in(sender, file, counts)
    return counts


def _is_finished(file: Path) -> bool:
    is_whole = file.is_file() and not file.is_symlink() and not file.name.startswith(".")
    return is_whole and file.suffix not in _UNFINISHED and time.time() - file.stat().st_mtime >= SETTLED_SECONDS


def _take_in(sender: Sender, file: Path, counts: dict[str, int]) -> None:
    counts["files"] += 1
    harm = harm_in(file)
    if harm is Verdict.UNANSWERED:
        counts["waiting"] += 1
        return
    arrival = Arrival(file, file.name, tuple(mapping_queries.mappings(sender.sender_id)), Origin.DROP)
    if not arrival.mappings:
        log.warning("IMP-001 sender_without_mapping", sender=str(sender.sender_id))
    if harm is Verdict.FOUND:
        note_harmful(arrival=arrival, by=this_system(), at=now())
    if harm is Verdict.FOUND or not arrival.mappings:
        counts["unreadable"] += 1
        _move(file, "problem")
        return
    arrived = preview_files(
        arrival=arrival,
        folder=uploads(),
        keeps_unreadable=True,
        by=this_system(),
        at=now(),
        objecting=rules_of_today(),
    )
    counts["already_imported"] += len(arrived.already)
    waiting = [batch for batch in arrived.batches if not _commits(sender, batch, counts)]
    unreadable = [batch for batch in waiting if batch.state is BatchState.UNREADABLE]
    counts["unreadable"] += len(unreadable)
    counts["waiting"] += len(waiting) - len(unreadable)
    log.info("IMP-002 file_taken_in", sender=str(sender.sender_id), batches=len(arrived.batches), waiting=len(waiting))
    _move(file, "problem" if waiting else "done")


def _commits(sender: Sender, batch: Batch, counts: dict[str, int]) -> bool:
    """Commit a file nobody has to look at, and say whether it was."""
    is_clean = batch.state is BatchState.PREVIEWED and not (batch.bad_rows or batch.warned_rows) and batch.good_rows > 0
    if not (sender.commits_unattended and is_clean):
        return False
    done = isinstance(
        commit_import(batch_id=batch.batch_id, by=this_system(), at=now(), objecting=rules_of_today()), Batch
    )
    counts["committed"] += done
    return done


def _move(file: Path, outcome: str) -> None:
    """Put a file away under a name of its own; only the node may read the folder."""
    target = file.parent / outcome
    target.mkdir(mode=0o700, exist_ok=True)
    shutil.move(file, target / f"{to_jst(now()).strftime(_DAY_NUMBER)}-{time.time_ns() % 1_000_000}-{file.name}")


def forget_left_behind() -> None:
    """Delete samples and files nobody went on with."""
    before = now() - KEPT
    forget_drafts(before=before, by=this_system(), at=now())
    forget_uploads(uploads(), before)
