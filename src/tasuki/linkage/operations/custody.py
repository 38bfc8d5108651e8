"""Individual numbers in custody, with their evidence, which is recorded before anything is opened or exchanged."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.queries import people_being_asked_about
from tasuki.linkage.types import SYSTEM
from tasuki.persons import custody
from tasuki.persons import queries as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.errors import CustodyDamaged
from tasuki.persons.retention import EndingEvent, RetentionRule, rule_of
from tasuki.persons.types import REGISTER
from tasuki.screening.queries.residents import gone_by
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: Numbers resealed in one transaction: numbering waits that long, some hundredths of a second.
_AT_ONCE: Final = 2_000
_CHECKED_AT_ONCE: Final = 10_000

Progress = Callable[[str, int], None]
"""Called with the phase (`reseal`, `verify`) and how many numbers it has done."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What an exchange of the key did. `resumed` when it took up one that was cut short.

    `damaged` and `twice` are people (団体内統合宛名番号) whose number has to be looked at; while there are any, the
    former key stays alive.
    """

    key_id: str
    resumed: bool
    resealed: int
    verified: int
    damaged: tuple[str, ...]
    twice: tuple[str, ...]
    retired: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Whether every number stands under the new key and opens."""
        return not self.damaged and not self.twice


def rotate_number_key(
    *,
    make_key: Callable[[str], None],
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
) -> Rotation:
    """Exchange the key of individual numbers: make another, bring every number under it, check all, end the former.

    One transaction for each part, so numbering and look-ups go on meanwhile. When it is cut short, the next call goes
    on where it was instead of making one more key.

    :param make_key: makes the secret of a key, outside the database, durably.
    :raises RotationUnderWay: when another process does this now.
    """
    with custody.only_rotation():
        alive = index.live_key_ids()
        resumed = len(alive) > 1
        key_id = alive[0] if resumed else _begin(make_key, by, at)
        resealed, damaged, twice = _reseal(cipher, by, at, progress)
        damaged += [f"case {case_id}" for case_id in custody.reseal_pending(cipher=cipher, by=by, at=at)]
        verified, unsound = _verify(cipher.now(), progress)
        broken = tuple(sorted({*damaged, *unsound}))
        retired = () if broken or twice else _retire(verified, by, at)
    return Rotation(key_id, resumed, resealed, verified, broken, twice, retired)


def _begin(make_key: Callable[[str], None], by: Actor, at: dt.datetime) -> str:
    """Make the next key: its secret first, then its record, then its use; cut short anywhere, it is made again."""
    key_id = str(max(int(one.key_id) for one in index.number_keys()) + 1)
    make_key(key_id)
    with transaction.atomic():
        append(kind=EntryKind.NUMBER_KEY_MADE, body={"key": key_id, "by": str(by)}, at=at)
    custody.use_key(key_id=key_id, by=by, at=at)
    return key_id


def _reseal(
    cipher: NumberCipher, by: Actor, at: dt.datetime, progress: Progress | None
) -> tuple[int, list[str], tuple[str, ...]]:
    resealed, after = 0, ""
    damaged: list[str] = []
    twice: list[str] = []
    while True:
        done = custody.reseal_numbers(after=after, most=_AT_ONCE, cipher=cipher, by=by, at=at)
        resealed += done.resealed
        damaged += done.damaged
        twice += done.twice
        if progress is not None:
            progress("reseal", resealed)
        if done.last is None:
            return resealed, damaged, tuple(twice)
        after = done.last


def _verify(cipher: NumberCipher, progress: Progress | None) -> tuple[int, list[str]]:
    sound, after = 0, ""
    damaged: list[str] = []
    while True:
        done = custody.check_numbers(after=after, most=_CHECKED_AT_ONCE, cipher=cipher)
        sound += done.sound
        damaged += done.damaged
        if progress is not None:
            progress("verify", sound)
        if done.last is None:
            return sound, damaged
        after = done.last


def _retire(verified: int, by: Actor, at: dt.datetime) -> tuple[str, ...]:
    ending = [one.key_id for one in index.number_keys() if one.replaced_at and not one.retired_at and not one.rows]
    if not ending:
        return ()
    with transaction.atomic():
        append(kind=EntryKind.NUMBER_KEY_RETIRED, body={"keys": ending, "verified": verified, "by": str(by)}, at=at)
    return tuple(custody.retire_keys(by=by, at=at))


def search_by_number(*, individual_number: str, cipher: NumberCipher, by: Actor, at: dt.datetime) -> str | None:
    """Return whose individual number it is (団体内統合宛名番号), after recording that somebody asks.

    The record says neither which number was asked for nor whose it is: who is shown is recorded with their page.
    """
    with transaction.atomic():
        append(kind=EntryKind.NUMBER_SEARCHED, body={"by": str(by)}, at=at)
    return index.find_by_individual_number(individual_number, cipher)


def unmask_number(
    *, unified_person_number: str, cause: str, reason: str, cipher: NumberCipher, by: Actor, at: dt.datetime
) -> str:
    """Return one person's individual number to be shown once, after recording who sees it and why.

    :raises NumberNotKept: when none is in custody.
    :raises CustodyDamaged: when it cannot be opened as this person's; that is recorded too.
    """
    body = {"person": unified_person_number, "cause": cause, "reason": reason, "by": str(by)}
    with transaction.atomic():
        append(kind=EntryKind.NUMBER_UNMASKED, body=body, at=at)
    try:
        return custody.open_number(unified_person_number=unified_person_number, cipher=cipher.now())
    except CustodyDamaged:
        with transaction.atomic():
            append(kind=EntryKind.NUMBER_DAMAGED, body={"person": unified_person_number, "by": str(by)}, at=at)
        raise


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """Whose numbers are no longer needed on a day, and who is left out although their time is over.

    `people` are those to delete, by 団体内統合宛名番号; `by_event` counts them. `shared` are known to another system of
    the town, which may need the number still; `asked_about` have an inquiry under way.
    """

    rules: tuple[RetentionRule, ...]
    people: tuple[str, ...]
    by_event: dict[EndingEvent, int]
    shared: int
    asked_about: int


def plan_deletion(on: dt.date) -> DeletionPlan:
    """Return whose individual numbers are to be deleted on a day, by the rules in force."""
    rules = tuple(rule_of(event, on) for event in EndingEvent)
    last_days = {rule.event: rule.last_day_over(on) for rule in rules}
    gone = gone_by(moved_out_by=last_days[EndingEvent.MOVED_OUT], died_by=last_days[EndingEvent.DIED])
    unified = index.unified_numbers(SYSTEM, sorted(gone))
    kept = index.in_custody(sorted(unified.values()), own_systems=[REGISTER, SYSTEM])
    busy = people_being_asked_about()
    due: dict[str, EndingEvent] = {}
    shared = asked_about = 0
    for number, died in gone.items():
        person = unified.get(number)
        if person is None or person not in kept:
            continue
        if kept[person]:
            shared += 1
        elif number in busy:
            asked_about += 1
        else:
            due[person] = EndingEvent.DIED if died else EndingEvent.MOVED_OUT
    counted = Counter(due.values())
    by_event = {event: counted[event] for event in EndingEvent}
    return DeletionPlan(rules, tuple(sorted(due)), by_event, shared, asked_about)


def delete_due_numbers(*, expected: int, by: Actor, at: dt.datetime) -> int | None:
    """Delete the individual numbers whose purpose ended, on record first; None when they are not as many as expected.

    :param expected: how many whoever decides was shown; they decided about those and no others.
    """
    plan = plan_deletion(civil_date(at))
    if len(plan.people) != expected:
        return None
    if not plan.people:
        return 0
    body = {
        "count": len(plan.people),
        "events": {event.value: count for event, count in plan.by_event.items()},
        "digest": sha256("".join(plan.people).encode()).hexdigest(),
        "by": str(by),
    }
    with transaction.atomic():
        append(kind=EntryKind.NUMBERS_DELETED, body=body, at=at)
    return custody.delete_numbers(unified_person_numbers=plan.people, reason="retention", by=by, at=at)
