"""Stopping provision for a person at once (提供の緊急停止), and letting it go on."""

import datetime as dt
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.nodes.sql import rows, run
from tasuki.persons.stopping import tell_gateway
from tasuki.persons.types.merging import GatewayTaskKind, QuarantineCause
from tasuki.shared.actor import Actor

ALIAS: Final = "index"


@transaction.atomic(using=ALIAS)
def begin_quarantine(
    *, quarantine_id: UUID, person: str, cause: QuarantineCause, reason: str, by: Actor, at: dt.datetime
) -> None:
    """Stop provision for a person; the gateway is told by whoever sends, first of all.

    Safe to repeat under the same id, which the caller has recorded.
    """
    begun = run(
        "INSERT INTO persons_quarantine (quarantine_id, person, cause, reason, began_at, began_by, ended_by,"
        " end_reason) SELECT %s, r.person, %s, %s, %s, %s, '', '' FROM persons_root r"
        " WHERE r.unified_person_number = %s ON CONFLICT (quarantine_id) DO NOTHING",
        [quarantine_id, cause.value, reason, at, str(by), person],
        alias=ALIAS,
    )
    if begun:
        tell_gateway(GatewayTaskKind.STOP, [person], at)


@transaction.atomic(using=ALIAS)
def end_quarantine(*, quarantine_id: UUID, reason: str, by: Actor, at: dt.datetime) -> bool:
    """Let provision for a person go on, unless something else stops it; False when it was over or is a case's own."""
    ended = rows(
        "UPDATE persons_quarantine SET ended_at = %s, ended_by = %s, end_reason = %s"
        " WHERE quarantine_id = %s AND ended_at IS NULL AND case_id IS NULL RETURNING person",
        [at, str(by), reason, quarantine_id],
        alias=ALIAS,
    )
    tell_gateway(GatewayTaskKind.RELEASE, [row["person"] for row in ended], at)
    return bool(ended)


@transaction.atomic(using=ALIAS)
def close_tasks(*, task_ids: list[int], by: Actor, at: dt.datetime) -> int:
    """Take off the list what the gateway has been told; give how many entries that were."""
    del by, at  # What was told is recorded where it was sent.
    return run("DELETE FROM persons_gateway_task WHERE task_id = ANY(%s)", [task_ids], alias=ALIAS)
