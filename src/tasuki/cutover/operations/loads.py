"""What is written while a plan is carried out, file by file, and while it is taken back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.db import transaction

from tasuki.cutover import queries, rules
from tasuki.cutover.plan_types import Obstacle
from tasuki.cutover.reports import as_json, counts_of
from tasuki.cutover.types import ExportFile, FileReport, LoadedFile, TableDigest
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor


@transaction.atomic
def may_load(*, number: int, export_digest: str, by: Actor, at: dt.datetime) -> list[Obstacle]:
    """Say what speaks against loading an export by a plan now; a refusal is recorded like a permit."""
    plan = queries.plan(number)
    found = [Obstacle.NO_SUCH_PLAN] if plan is None else rules.obstacles_to_load(plan, export_digest, at)
    if found:
        body = {"plan": number, "reasons": [one.value for one in found], "export_digest": export_digest, "by": str(by)}
        append(kind=EntryKind.CUTOVER_REFUSED, body=body, at=at)
    return found


@transaction.atomic
def begin_load(*, number: int, before: Mapping[str, TableDigest], by: Actor, at: dt.datetime) -> None:
    """Enter that a plan is being carried out, with how every table stood before; once, however often it goes on."""
    begun = run(
        "UPDATE cutover_plan SET state = 'RUNNING', begun_at = %s, before = %s"
        " WHERE number = %s AND state = 'APPROVED'",
        [at, _digests(before), number],
    )
    if begun:
        tables = {name: digest.sha256 for name, digest in before.items()}
        append(kind=EntryKind.CUTOVER_BEGUN, body={"plan": number, "tables": tables, "by": str(by)}, at=at)


@transaction.atomic
def note_loaded(*, number: int, place: int, file: ExportFile, loaded: LoadedFile, by: Actor, at: dt.datetime) -> None:
    """Enter a file of a plan that is in; it is not loaded again."""
    entered = run(
        "INSERT INTO cutover_file (plan, name, place, kind, sha256, load, loaded_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (plan, name) DO NOTHING",
        [number, file.name, place, file.kind.value, file.sha256, loaded.load, at],
    )
    if entered:
        body = {
            "plan": number,
            "file": file.name,
            "sha256": file.sha256,
            "load": str(loaded.load),
            "read": loaded.read,
            "loaded": loaded.loaded,
            "by": str(by),
        }
        append(kind=EntryKind.CUTOVER_FILE_LOADED, body=body, at=at)


@transaction.atomic
def end_load(*, number: int, files: Sequence[FileReport], by: Actor, at: dt.datetime) -> None:
    """Enter that every file of a plan is in, with what was found when they were held against their source."""
    ended = run(
        "UPDATE cutover_plan SET state = 'LOADED', loaded_at = %s, files = %s WHERE number = %s AND state = 'RUNNING'",
        [at, as_json(tuple(files)), number],
    )
    if ended:
        body = {"plan": number, "files": [counts_of(one) for one in files], "by": str(by)}
        append(kind=EntryKind.CUTOVER_LOADED, body=body, at=at)


@transaction.atomic
def note_undone(*, number: int, name: str, by: Actor, at: dt.datetime) -> None:
    """Enter that a file of a plan was taken back."""
    undone = run(
        "UPDATE cutover_file SET undone_at = %s WHERE plan = %s AND name = %s AND undone_at IS NULL", [at, number, name]
    )
    if undone:
        append(kind=EntryKind.CUTOVER_FILE_UNDONE, body={"plan": number, "file": name, "by": str(by)}, at=at)


@transaction.atomic
def end_way_back(*, number: int, differing: Sequence[str], left: int, reason: str, by: Actor, at: dt.datetime) -> None:
    """Enter that a plan was taken back, and which tables are not as they were before it."""
    ended = run(
        "UPDATE cutover_plan SET state = 'ROLLED_BACK', rolled_back_at = %s, rolled_back_by = %s, rolled_back_why = %s,"
        " differing = %s, left_standing = %s WHERE number = %s AND state IN ('RUNNING', 'LOADED')",
        [at, str(by), reason, orjson.dumps(list(differing)).decode(), left, number],
    )
    if ended:
        body = {"plan": number, "differing": list(differing), "left": left, "by": str(by)}
        append(kind=EntryKind.CUTOVER_ROLLED_BACK, body=body, at=at)


def _digests(before: Mapping[str, TableDigest]) -> str:
    said: dict[str, Any] = {name: {"rows": one.rows, "sha256": one.sha256} for name, one in before.items()}
    return orjson.dumps(said).decode()
