"""Labelled records: the same for the same seed, fictitious, and with every mistake that matching must bear."""

from collections import defaultdict
from collections.abc import Callable

import pytest

from tasuki.demo.generator.labelled import LabelledRecord, labelled_records
from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import japanese
from tasuki.shared.names import fold_kana

Pair = tuple[LabelledRecord, LabelledRecord]


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Return each record of a business system beside the register's record of the same person."""
    people: dict[int, list[LabelledRecord]] = defaultdict(list)
    for one in labelled_records(people=8_000, seed=9):
        people[one.person].append(one)
    return [(register, other) for register, *others in people.values() for other in others]


def test_the_same_seed_gives_the_same_records() -> None:
    assert list(labelled_records(people=200, seed=1)) == list(labelled_records(people=200, seed=1))
    assert list(labelled_records(people=200, seed=1)) != list(labelled_records(people=200, seed=2))


def test_nobody_lives_anywhere_real(pairs: list[Pair]) -> None:
    places = {(one.record.address or "架空区").startswith(("架空区", "模擬市")) for pair in pairs for one in pair}
    assert places == {True}


LEVELS = [
    ("family", "variant"), ("family", "differs"), ("given", "reading"), ("birth", "compatible"), ("birth", "one_digit"),
    ("birth", "two_parts"), ("sex", "missing"), ("address", "variant"), ("address", "lot"), ("address", "area"),
    ("address", "differs"), ("address", "missing"), ("number", "missing"), ("number", "differs"), ("reading", "near"),
]  # fmt: skip


def test_records_of_one_person_show_every_mistake_that_matching_must_bear(pairs: list[Pair]) -> None:
    comparisons = {one.id: (place, one) for place, one in enumerate(japanese().definition.comparisons)}
    compared = [japanese().compare(columns_of(one.record), columns_of(other.record)) for one, other in pairs]
    shown = {place: {found[place] for found in compared} for place, _one in comparisons.values()}
    missing = [
        (comparison, level)
        for comparison, level in LEVELS
        if comparisons[comparison][1].value(level) not in shown[comparisons[comparison][0]]
    ]
    assert missing == []


STRANGERS: list[Callable[[LabelledRecord, LabelledRecord], bool]] = [
    lambda one, other: one.record.birth_date == other.record.birth_date,
    lambda one, other: one.record.household_number == other.record.household_number,
]


@pytest.mark.parametrize("alike", STRANGERS, ids=["namesakes", "swapped"])
def test_strangers_share_what_misleads(
    alike: Callable[[LabelledRecord, LabelledRecord], bool], pairs: list[Pair]
) -> None:
    registered = {register.person: register for register, _ in pairs}
    by_name, by_number = defaultdict(list), {one.record.number_hash: one for one in registered.values()}
    for one in registered.values():
        by_name[(one.record.name, one.record.sex)].append(one)
    misled = [
        (one, other) for group in by_name.values() for one in group for other in group if one.person < other.person
    ]
    misled += [
        (by_number[other.record.number_hash], register)
        for register, other in pairs
        if other.record.number_hash in by_number and by_number[other.record.number_hash].person != register.person
    ]
    assert any(alike(one, other) for one, other in misled)


def test_half_width_readings_are_the_same_readings(pairs: list[Pair]) -> None:
    halved = [
        (one.record.kana, other.record.kana)
        for one, other in pairs
        if one.record.kana and other.record.kana and other.record.kana.startswith(tuple("ｱｲｳｶｺｿﾀﾐﾓﾖﾚ"))
    ]
    assert sum(fold_kana(full) == fold_kana(half) for full, half in halved) > 0.9 * len(halved) > 0
