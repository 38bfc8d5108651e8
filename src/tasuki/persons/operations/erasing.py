"""Letting go of people whose time is over: the gateway forgets them first, then the index (消去)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from django.db import transaction

from tasuki.matching.matcher import japanese
from tasuki.nodes.sql import rows, run
from tasuki.persons import match_store
from tasuki.persons.candidates import record_name
from tasuki.persons.stopping import tell_gateway
from tasuki.persons.types.merging import GatewayTaskKind
from tasuki.shared.actor import Actor

ALIAS: Final = "index"


@transaction.atomic(using=ALIAS)
def have_gateway(*, kind: GatewayTaskKind, people: Sequence[str], by: Actor, at: dt.datetime) -> None:
    """Have the gateway stop or forget these people (団体内統合宛名番号); safe to repeat.

    Who decided it is recorded by the caller, and what was told where it is sent.
    """
    del by
    run(
        "DELETE FROM persons_gateway_task WHERE kind = %s AND person = ANY(%s)", [kind.value, list(people)], alias=ALIAS
    )
    tell_gateway(kind, people, at)


@transaction.atomic(using=ALIAS)
def erase_people(*, systems: Sequence[str], numbers: Sequence[str], by: Actor, at: dt.datetime) -> list[str]:
    """Take numbers of some systems off the index, and with them whoever no system knows any more; give these people.

    Safe to repeat, and each time written down. The caller recorded it before.
    """
    run(
        "INSERT INTO persons_erasure (erasure_id, numbers, erased_at, erased_by) VALUES (%s, %s, %s, %s)",
        [uuid4(), len(numbers), at, str(by)],
        alias=ALIAS,
    )
    match_store.remove_many(japanese(), [record_name(system, number) for system in systems for number in numbers])
    [found] = rows("SELECT persons_erase(%s, %s) AS people", [list(systems), list(numbers)], alias=ALIAS)
    people: list[str] = found["people"]
    return people
