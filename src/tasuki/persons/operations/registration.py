"""Registration (宛名登録): systems say whom they know; the gate decides what is linked and what is looked at."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final, assert_never

from django.db import transaction

from tasuki.nodes.sql import prepared, run
from tasuki.persons.case_keeping import open_cases, put_in_custody, undecided
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.dealing import fresh_non_registered_number, fresh_numbers, lock_numbering
from tasuki.persons.desk import Desk, desk_for
from tasuki.persons.gate import faults_of
from tasuki.persons.placing import Ask, Link, New, Stand, place
from tasuki.persons.statement_keeping import keep_listed
from tasuki.persons.types import (
    NON_REGISTERED,
    RegistrationOutcome,
    RegistrationProblem,
    RegistrationReport,
    RegistrationStatus,
)
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.shared.environments import Environment

ALIAS: Final = "index"
#: So many registrations are held against everybody born on their days at once.
PART: Final = 1_000
_NUMBERED: Final = """
WITH allotted AS (
  INSERT INTO persons_person (unified_person_number, numbered_at) SELECT unnest(%s::text[]), %s::timestamptz
)
INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)
SELECT %s, number, person, %s::timestamptz FROM unnest(%s::text[], %s::text[]) AS pair(number, person)
"""


@dataclass(slots=True)
class _Outcome:
    """What a part of a list leads to."""

    fresh: Iterator[str]
    allotted: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    custody: list[tuple[str, str, bytes]] = field(default_factory=list)
    asked: list[tuple[Registration, bytes | None, Ask]] = field(default_factory=list)
    statuses: dict[str, RegistrationStatus] = field(default_factory=dict)


@transaction.atomic(using=ALIAS)
def register_people(
    *,
    system: str,
    people: Sequence[Registration],
    environment: Environment,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
) -> RegistrationReport:
    """Register people of a business system: linked where number and items agree, numbered where nobody could be meant.

    What is in doubt becomes a case, whose individual number waits sealed beside it; what is wrong by itself stays out.
    The same list may be registered again without a change. A person named twice counts as last named.

    :param environment: what the database is marked as; whoever does not belong there stays out.
    """
    sound, problems = _sort_out(people, civil_date(at), environment)
    counted: Counter[RegistrationStatus] = Counter()
    outcomes: dict[str, RegistrationOutcome] = {}
    cases = 0
    with prepared(alias=ALIAS) if len(sound) == 1 else nullcontext():
        lock_numbering()
        cipher = cipher.now()
        keep_listed(system, sound, by, at)
        for start in range(0, len(sound), PART):
            part = sound[start : start + PART]
            outcome = _place_all(system, part, cipher)
            _store(system, outcome, cipher, at)
            numbers = [one.system_person_number for one in part]
            cases += open_cases(system=system, looked_at=numbers, asked=outcome.asked, cipher=cipher, by=by, at=at)
            counted.update(outcome.statuses.values())
            outcomes |= _outcomes(system, outcome)
    return RegistrationReport(
        counted[RegistrationStatus.NUMBERED],
        counted[RegistrationStatus.LINKED],
        counted[RegistrationStatus.UNCHANGED],
        cases,
        tuple(problems),
        outcomes,
    )


@transaction.atomic(using=ALIAS)
def register_non_registered(
    *,
    items: BasicItems,
    individual_number: str | None,
    environment: Environment,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
) -> tuple[str, RegistrationReport]:
    """Register somebody outside the register (住登外者) under a 宛名番号 of their own, which is given too."""
    number = fresh_non_registered_number()
    person = Registration(number, items, individual_number)
    return number, register_people(
        system=NON_REGISTERED, people=[person], environment=environment, cipher=cipher, by=by, at=at
    )


def _outcomes(system: str, outcome: _Outcome) -> dict[str, RegistrationOutcome]:
    """Say what became of everybody of a part; a doubt that was decided before asks nobody again."""
    found = {number: RegistrationOutcome(status) for number, status in outcome.statuses.items()}
    numbers = [registration.system_person_number for registration, _, _ in outcome.asked]
    found |= {number: RegistrationOutcome(RegistrationStatus.UNCHANGED) for number in numbers}
    standing = undecided(system, numbers)
    return found | {
        number: RegistrationOutcome(RegistrationStatus.CASE, kind, case_id)
        for number, (kind, case_id) in standing.items()
    }


def _sort_out(
    people: Sequence[Registration], on: dt.date, environment: Environment
) -> tuple[list[Registration], list[RegistrationProblem]]:
    """Part registrations that may be looked at from those that are wrong by themselves."""
    sound: dict[str, Registration] = {}
    problems: list[RegistrationProblem] = []
    for line, one in enumerate(people, start=1):
        faults = faults_of(one, on, environment)
        problems += [RegistrationProblem(line, one.system_person_number, it.fault, it.field) for it in faults]
        if not faults:
            sound[one.system_person_number] = one
    return list(sound.values()), problems


def _place_all(system: str, part: Sequence[Registration], cipher: NumberCipher) -> _Outcome:
    # Every hash under which a number may stand, to the one under which it is stored now.
    stored_as: dict[bytes, bytes] = {}
    hashed: list[tuple[Registration, bytes | None]] = []
    for one in part:
        hashes = [] if one.individual_number is None else cipher.hashes(one.individual_number)
        stored_as.update(dict.fromkeys(hashes, hashes[0] if hashes else b""))
        hashed.append((one, hashes[0] if hashes else None))
    desk = desk_for(system, part, stored_as)
    unknown = [one for one, found in hashed if found is None and isinstance(place(desk.known(one, None)), New)]
    if unknown:
        desk.consult(unknown)
    outcome = _Outcome(fresh_numbers(len(part)))
    for registration, number_hash in hashed:
        _take(desk, outcome, registration, number_hash)
    return outcome


def _take(desk: Desk, outcome: _Outcome, registration: Registration, number_hash: bytes | None) -> None:
    placement = place(desk.known(registration, number_hash))
    number = registration.system_person_number
    match placement:
        case Stand():
            outcome.statuses[number] = RegistrationStatus.UNCHANGED
        case Link():
            outcome.statuses[number] = RegistrationStatus.LINKED
            if number not in desk.own:
                outcome.pairs.append((number, placement.person))
                desk.link(registration, placement.person)
            if placement.takes_number and registration.individual_number is not None and number_hash is not None:
                outcome.custody.append((placement.person, registration.individual_number, number_hash))
                desk.take_number(placement.person, number_hash)
        case New():
            person = next(outcome.fresh)
            outcome.statuses[number] = RegistrationStatus.NUMBERED
            outcome.allotted.append(person)
            outcome.pairs.append((number, person))
            desk.link(registration, person)
        case Ask():
            outcome.asked.append((registration, number_hash, placement))
        case _ as never:
            assert_never(never)


def _store(system: str, outcome: _Outcome, cipher: NumberCipher, at: dt.datetime) -> None:
    if outcome.pairs:
        numbers, people = (list(side) for side in zip(*outcome.pairs, strict=True))
        run(_NUMBERED, [outcome.allotted, at, system, at, numbers, people], alias=ALIAS)
    put_in_custody(outcome.custody, cipher)
