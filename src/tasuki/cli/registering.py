"""What `tasuki bench registration` measures: one person registered at a time in a town whose index is full."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tasuki.cli.floors import durable_rows, percentile
from tasuki.demo.generator.labelled import labelled_records
from tasuki.matching.types import PersonRecord
from tasuki.nodes.sql import run
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import (
    admit_system,
    number_people,
    register_people,
    state_people,
    take_into_matching,
)
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER, PersonToNumber
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.runtime import now
from tasuki.shared.actor import system_actor
from tasuki.shared.environments import Environment

REGISTERED: Final = 500
_AT_ONCE: Final = 20_000
_TAKEN: Final = 2_000
_BY: Final = system_actor("bench")


def measure_registration(size: int) -> dict[str, Any]:
    """Fill the index, let matching take everybody in, and register people without individual numbers one by one.

    Half of them are in the register, misspelt, moved or married; half are nobody's.
    """
    secret = os.urandom(32)
    cipher = NumberCipher(lambda _purpose: secret)
    known, others = _drawn(size)
    for start in range(0, len(known), _AT_ONCE):
        _register_says(known[start : start + _AT_ONCE], start, cipher)
    run("ANALYZE", alias="index")
    started, began = time.perf_counter(), time.process_time()
    taken = 0
    while found := take_into_matching(most=_TAKEN, by=_BY, at=now()):
        taken += found
    filled, fill_cpu = time.perf_counter() - started, time.process_time() - began
    run("ANALYZE", alias="index")
    admit_system(system="care", name="介護保険", name_en="Care", by=_BY, at=now())
    times, became = [], Counter[str]()
    began = time.process_time()
    for place, one in enumerate(others):
        person = [Registration(str(place + 1), _items(one))]
        begun = time.perf_counter()
        report = register_people(
            system="care", people=person, environment=Environment.DUMMY, cipher=cipher, by=_BY, at=now()
        )
        times.append((time.perf_counter() - begun) * 1000)
        became.update(outcome.status.value for outcome in report.outcomes.values())
    own_cpu = (time.process_time() - began) * 1000 / len(others)
    floors = durable_rows(len(others))
    return {
        "people": len(known),
        "taken_into_matching": taken,
        "fill_seconds": round(filled, 1),
        "fill_cpu_seconds": round(fill_cpu, 1),
        "fill_per_second": round(taken / filled),
        "registered": len(others),
        "became": dict(became),
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
        "own_cpu_ms": round(own_cpu, 2),
        # One durable commit of one row, on the same connection: what no registration can be quicker than.
        "floor_p50_ms": percentile(floors, 0.5),
        "floor_p95_ms": percentile(floors, 0.95),
    }


def _drawn(size: int) -> tuple[list[PersonRecord], list[PersonRecord]]:
    """Draw a register, and records of others: a second record of people in it, and people it does not know."""
    records: dict[int, list[PersonRecord]] = {}
    for one in labelled_records(people=size + REGISTERED, seed=5):
        records.setdefault(one.person, []).append(one.record)
    everybody = list(records.values())
    known = [some[0] for some in everybody[:size]]
    again = [some[1] for some in everybody[:: max(1, size // REGISTERED)] if len(some) > 1][: REGISTERED // 2]
    strangers = [some[0] for some in everybody[size:]][: REGISTERED // 2]
    return known, [*_mixed(again, strangers)]


def _mixed(one: Sequence[PersonRecord], other: Sequence[PersonRecord]) -> Iterator[PersonRecord]:
    for first, second in zip(one, other, strict=False):
        yield first
        yield second


def _register_says(people: Sequence[PersonRecord], start: int, cipher: NumberCipher) -> None:
    registrations = [Registration(str(start + place), _items(one)) for place, one in enumerate(people, start=1)]
    number_people(
        system=REGISTER,
        people=[PersonToNumber(one.system_person_number, None) for one in registrations],
        cipher=cipher,
        by=_BY,
        at=now(),
    )
    state_people(system=REGISTER, lines=lines_of(registrations), by=_BY, at=now())


def _items(record: PersonRecord) -> BasicItems:
    return BasicItems(
        name=record.name or "",
        kana_name=record.kana or "",
        birth_date="" if record.birth_date is None else record.birth_date.iso,
        sex=record.sex or "",
        address=record.address or "",
        postal_code=record.postal_code or "",
        household_number=record.household_number or "",
    )
