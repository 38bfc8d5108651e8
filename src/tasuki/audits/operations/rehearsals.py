"""Rehearsed restores: kept with what the copy's log says, which is held against ours."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.audits.rehearsals import NewRehearsal, RehearsalOutcome, RehearsalProblem
from tasuki.evidence.operations import append
from tasuki.evidence.queries import checkpoint_at
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor


@transaction.atomic
def record_rehearsal(*, found: NewRehearsal, by: Actor, at: dt.datetime) -> UUID | RehearsalProblem:
    """Keep that a restore was rehearsed; it is called restored only where the copy's log is the beginning of ours."""
    checkpoint = None if found.tree_size is None else checkpoint_at(found.tree_size)
    if found.outcome is RehearsalOutcome.RESTORED:
        if checkpoint is None:
            return RehearsalProblem.NO_SUCH_SIZE
        if checkpoint.root.hex() != found.root:
            return RehearsalProblem.OTHER_ROOT
    rehearsal_id = uuid4()
    agrees = checkpoint is not None and checkpoint.root.hex() == found.root
    body = {
        "rehearsal": str(rehearsal_id),
        "on": found.rehearsed_on.isoformat(),
        "outcome": found.outcome.value,
        "tree_size": found.tree_size,
        "root": found.root,
        "agrees": agrees,
        "by": str(by),
    }
    append(kind=EntryKind.RESTORE_REHEARSED, body=body, at=at)
    run(
        "INSERT INTO audits_rehearsal (rehearsal_id, rehearsed_on, backup, outcome, tree_size, root, reaches_to,"
        " results, residents, note, recorded_at, recorded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            rehearsal_id, found.rehearsed_on, found.backup, found.outcome.value, found.tree_size, found.root,
            checkpoint.signed_at if checkpoint is not None and agrees else None, found.results, found.residents,
            found.note, at, str(by),
        ],
    )  # fmt: skip
    return rehearsal_id
