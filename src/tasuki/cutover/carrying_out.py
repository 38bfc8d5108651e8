"""Carries a plan out on the town's own database, file by file, and takes it back.

Not an operation: each file is a transaction of its own, so that a plan that broke off goes on where it stopped.
"""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from tasuki.cutover import queries
from tasuki.cutover.checking import check_file
from tasuki.cutover.digests import still_standing, table_digests
from tasuki.cutover.loading import Tools, load_file, loaded_under
from tasuki.cutover.operations.loads import begin_load, end_load, end_way_back, may_load, note_loaded, note_undone
from tasuki.cutover.plan_types import Obstacle, Plan, PlanState
from tasuki.cutover.types import Export, FileKind, LoadedFile, differing
from tasuki.screening.batch_keeping import standing_import
from tasuki.screening.operations.imports import undo_import
from tasuki.screening.queries import batch as import_of
from tasuki.screening.types import BatchState
from tasuki.shared.actor import Actor

Clock = Callable[[], dt.datetime]
Told = Callable[[str, int], None]
"""Called when a file is stored (`stored`), before that is entered in the plan, and once it is (`entered`)."""


def carry_out(
    *, number: int, export: Export, tools: Tools, by: Actor, clock: Clock, told: Told
) -> Plan | list[Obstacle] | LoadedFile:
    """Load what is not in yet of a plan's export; give the plan, what stands in its way, or the file that stopped it.

    The window is asked for before every file: a plan never begins a file after its end.
    """
    found = may_load(number=number, export_digest=export.digest, by=by, at=clock())
    if found:
        return found
    done = {one.name for one in queries.parts_of(number)}
    for place, file in enumerate(export.files):
        if file.name in done:
            continue
        found = may_load(number=number, export_digest=export.digest, by=by, at=clock())
        if found:
            return found
        if file.kind is FileKind.RESULTS:
            _begin(number, by, clock)
        loaded = load_file(export=export, file=file, tools=tools, by=by, at=clock())
        if loaded.stopped is not None:
            return loaded
        told("stored", place)
        note_loaded(number=number, place=place, file=file, loaded=loaded, by=by, at=clock())
        told("entered", place)
    _begin(number, by, clock)
    loads = {one.name: one.load for one in queries.parts_of(number)}
    reports = [check_file(export, file, loaded_under(file, loads[file.name]), tools)[0] for file in export.files]
    end_load(number=number, files=reports, by=by, at=clock())
    return _plan(number)


def _begin(number: int, by: Actor, clock: Clock) -> None:
    """Digest every table before the first file of results; files of the register are no part of the way back."""
    if _plan(number).state is PlanState.APPROVED:
        begin_load(number=number, before=table_digests(), by=by, at=clock())


def take_back(*, number: int, reason: str, by: Actor, clock: Clock) -> Plan | list[Obstacle]:
    """Take back every import of a plan, the last one first, and hold every table against how it stood before.

    Also an import that was stored right before its process was killed, and that the plan does not know of yet.
    """
    plan = queries.plan(number)
    if plan is None:
        return [Obstacle.NO_SUCH_PLAN]
    if plan.state not in (PlanState.RUNNING, PlanState.LOADED):
        return [Obstacle.NOTHING_TO_UNDO]
    batches = _imports_of(plan)
    for name, batch_id in reversed(batches.items()):
        batch = import_of(batch_id)
        if batch is not None and batch.state is BatchState.COMMITTED:
            undo_import(batch_id=batch_id, reason=reason, by=by, at=clock())
        note_undone(number=number, name=name, by=by, at=clock())
    after, left = table_digests(tuple(batches.values())), still_standing(tuple(batches.values()))
    end_way_back(number=number, differing=differing(plan.before, after), left=left, reason=reason, by=by, at=clock())
    return _plan(number)


def _imports_of(plan: Plan) -> dict[str, UUID]:
    """Return the imports of a plan's files by name, in the order in which they were stored."""
    entered = {one.name: one.load for one in queries.parts_of(plan.number) if one.kind is FileKind.RESULTS}
    wanted = [one for one in queries.rehearsal(plan.rehearsal).files if one.kind is FileKind.RESULTS]
    stored = {one.name: entered.get(one.name) or standing_import(one.sha256) for one in wanted}
    return {name: batch_id for name, batch_id in stored.items() if batch_id is not None}


def _plan(number: int) -> Plan:
    found = queries.plan(number)
    if found is None:
        raise LookupError(f"there is no plan {number}")
    return found
