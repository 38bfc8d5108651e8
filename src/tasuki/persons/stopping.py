"""Stops of provision, and what the gateway is to be told of people, in order. Parts of operations."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tasuki.nodes.sql import rows, run
from tasuki.persons.types.cases import Case
from tasuki.persons.types.merging import GatewayTaskKind, QuarantineCause
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_BEGIN: Final = """
INSERT INTO persons_quarantine (quarantine_id, person, case_id, cause, reason, began_at, began_by, ended_by, end_reason)
SELECT gen_random_uuid(), person, case_id, 'CASE', '', %s, %s, '', ''
FROM unnest(%s::uuid[], %s::text[]) AS t(case_id, person)
"""


def quarantine_for_case(case_id: UUID, people: Sequence[str], by: Actor, at: dt.datetime) -> None:
    """Stop provision for people while a case about who they are is decided."""
    quarantine_for_cases([(case_id, one) for one in people], by, at)


def quarantine_for_cases(stops: Sequence[tuple[UUID, str]], by: Actor, at: dt.datetime) -> None:
    """Stop provision for people of many cases: case and person."""
    run(_BEGIN, [at, str(by), [case_id for case_id, _ in stops], [person for _, person in stops]], alias=ALIAS)
    tell_gateway(GatewayTaskKind.STOP, sorted({person for _, person in stops}), at)


def end_quarantine_of_case(case_id: UUID, by: Actor, at: dt.datetime) -> None:
    """End the stop that a case brought; what else stops provision for its people stays."""
    end_quarantine_of_cases([case_id], by, at)


def end_quarantine_of_cases(case_ids: Sequence[UUID], by: Actor, at: dt.datetime) -> None:
    """End the stops that cases brought."""
    ended = rows(
        "UPDATE persons_quarantine SET ended_at = %s, ended_by = %s WHERE case_id = ANY(%s) AND ended_at IS NULL"
        " RETURNING person",
        [at, str(by), list(case_ids)],
        alias=ALIAS,
    )
    tell_gateway(GatewayTaskKind.RELEASE, [row["person"] for row in ended], at)


def stop_while_decided(case: Case, by: Actor, at: dt.datetime) -> None:
    """Stop provision for the people of a case whose links are about to change, unless the case stops it already."""
    if rows("SELECT FROM persons_quarantine WHERE case_id = %s AND ended_at IS NULL", [case.case_id], alias=ALIAS):
        return
    quarantine_for_case(case.case_id, [one for one in (case.person, case.other) if one is not None], by, at)


def keep_stops_of_case(case_id: UUID) -> None:
    """Let the stops that a case brought outlive it: nothing was put right by its end."""
    run(
        "UPDATE persons_quarantine SET case_id = NULL, cause = %s WHERE case_id = %s AND ended_at IS NULL",
        [QuarantineCause.WRONG_LINK.value, case_id],
        alias=ALIAS,
    )


def tell_gateway(kind: GatewayTaskKind, people: Sequence[str], at: dt.datetime) -> None:
    """Note what the gateway must be told of people, after all it is to be told already."""
    run(
        "INSERT INTO persons_gateway_task (kind, person, created_at)"
        " SELECT %s, person, %s FROM unnest(%s::text[]) AS t(person)",
        [kind.value, at, list(people)],
        alias=ALIAS,
    )
