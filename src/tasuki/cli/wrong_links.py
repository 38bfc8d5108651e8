"""What `tasuki bench wrong-links` measures: an inspection finds every planted wrong link, and leaves the rest."""

import datetime as dt
import time
from collections import Counter
from typing import Any, Final
from uuid import uuid4

from tasuki.demo.generator.linked import LinkedTown, linked_town
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.persons.operations import inspect_links, state_people
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER
from tasuki.shared.actor import Actor, ActorKind

ALIAS: Final = "index"
#: What an inspection may flag of the links that are right, and how long it may take for half a million people.
MOST_FLAGGED: Final = 0.001
MOST_SECONDS: Final = 120.0
_BY: Final = Actor(ActorKind.SYSTEM, "bench")


def measure_wrong_links(*, people: int, planted: int, seed: int) -> dict[str, Any]:
    """Make a town, inspect it, and compare what was found with what was planted."""
    at = dt.datetime.now(tz=dt.UTC)
    town = linked_town(people=people, planted=planted, seed=seed)
    _fill(town, at)
    started, worked = time.perf_counter(), time.process_time()
    inspect_links(
        inspection_id=uuid4(), report=lambda _done, _total: None, now=lambda: dt.datetime.now(tz=dt.UTC), by=_BY, at=at
    )
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    # Beside the clock, what this process itself worked: a shared machine makes the clock say little.
    return _compared(town) | {"seconds": round(seconds, 1), "own_cpu_seconds": round(worked, 1)}


def _fill(town: LinkedTown, at: dt.datetime) -> None:
    """Write the town into the index as it stands, past the gate, which would refuse what is planted."""
    copy_rows(
        "persons_person",
        ("unified_person_number", "numbered_at"),
        ((_unified(person), at) for person in town.register),
        alias=ALIAS,
    )
    copy_rows(
        "persons_system_person",
        ("system", "system_person_number", "unified_person_number", "numbered_at"),
        (
            *((REGISTER, f"{person:07d}", _unified(person), at) for person in town.register),
            *((one.system, one.registration.system_person_number, _unified(one.person), at) for one in town.links),
        ),
        alias=ALIAS,
    )
    for system, people in town.statements().items():
        state_people(system=system, lines=lines_of(people), by=_BY, at=at)
    run("ANALYZE persons_person, persons_system_person, persons_statement", alias=ALIAS)


def _unified(person: int) -> str:
    return f"{person + 1:015d}"


def _compared(town: LinkedTown) -> dict[str, Any]:
    found = {
        (row["system"], row["system_person_number"]): row
        for row in rows(
            "SELECT system, system_person_number, other, subject->>'cause' AS cause FROM persons_case"
            " WHERE state = 'OPEN'",
            alias=ALIAS,
        )
    }
    hits = {key: found[key] for key in town.planted if key in found}
    others = len(town.links) - len(town.planted)
    flagged = [row for key, row in found.items() if key not in town.planted]
    kinds = {
        cause.value: {
            "planted": count,
            "found": sum(town.planted[key] is cause for key in hits),
            "named_so": sum(town.planted[key] is cause and row["cause"] == cause for key, row in hits.items()),
        }
        for cause, count in Counter(town.planted.values()).items()
    }
    return {
        "people": len(town.register),
        "links": len(town.links),
        "planted": len(town.planted),
        "found": len(hits),
        "right_person_named": sum(row["other"] == _unified(town.truth[key]) for key, row in hits.items()),
        "kinds": kinds,
        "flagged_others": len(flagged),
        "flagged_share": round(len(flagged) / others, 6),
        "flagged_by_cause": dict(Counter(row["cause"] for row in flagged)),
    }


def broken_promises(figures: dict[str, Any]) -> list[str]:
    """Say which promises are not held."""
    broken = []
    if figures["found"] < figures["planted"]:
        broken.append(f"found {figures['found']} of {figures['planted']} planted links")
    if figures["flagged_share"] >= MOST_FLAGGED:
        broken.append(f"flagged {figures['flagged_share']:.4%} of the others")
    if figures["seconds"] > MOST_SECONDS:
        broken.append(f"took {figures['seconds']} seconds")
    return broken
