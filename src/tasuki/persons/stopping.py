"""Stops of provision, and what the gateway is to be told of people, in order. Parts of operations."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tasuki.nodes.sql import rows, run
from tasuki.persons.types.merging import GatewayTaskKind
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_BEGIN: Final = """
INSERT INTO persons_quarantine (quarantine_id, person, case_id, cause, reason, began_at, began_by, ended_by, end_reason)
SELECT gen_random_uuid(), person, %s, 'CASE', '', %s, %s, '', '' FROM unnest(%s::text[]) AS t(person)
"""


def quarantine_for_case(case_id: UUID, people: Sequence[str], by: Actor, at: dt.datetime) -> None:
    """Stop provision for people while a case about who they are is decided."""
    run(_BEGIN, [case_id, at, str(by), list(people)], alias=ALIAS)
    tell_gateway(GatewayTaskKind.STOP, people, at)


def end_quarantine_of_case(case_id: UUID, by: Actor, at: dt.datetime) -> None:
    """End the stop that a case brought; what else stops provision for its people stays."""
    ended = rows(
        "UPDATE persons_quarantine SET ended_at = %s, ended_by = %s WHERE case_id = %s AND ended_at IS NULL"
        " RETURNING person",
        [at, str(by), case_id],
        alias=ALIAS,
    )
    tell_gateway(GatewayTaskKind.RELEASE, [row["person"] for row in ended], at)


def tell_gateway(kind: GatewayTaskKind, people: Sequence[str], at: dt.datetime) -> None:
    """Note what the gateway must be told of people, after all it is to be told already."""
    run(
        "INSERT INTO persons_gateway_task (kind, person, created_at)"
        " SELECT %s, person, %s FROM unnest(%s::text[]) AS t(person)",
        [kind.value, at, list(people)],
        alias=ALIAS,
    )
