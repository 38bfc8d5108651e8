"""Weights without labels: found where they are known, the same every time, and read back as they were written."""

import datetime as dt
import tomllib

import pytest

from tasuki.demo.generator.labelled import labelled_records
from tasuki.matching.batch import count_pairs
from tasuki.matching.definition import JAPAN, Weights, definition, read_weights
from tasuki.matching.estimating import as_toml, estimate
from tasuki.matching.keys import columns_of

PEOPLE = 3_000


@pytest.fixture(scope="module")
def found() -> Weights:
    records = [(one.record.key, columns_of(one.record)) for one in labelled_records(people=PEOPLE, seed=5)]
    counted = count_pairs(definition(JAPAN), records, drawn=200_000)
    return estimate(definition(JAPAN), counted, on=dt.date(2026, 11, 26), obtained="a test")


def test_as_many_pairs_are_found_as_there_are(found: Weights) -> None:
    labelled = list(labelled_records(people=PEOPLE, seed=5))
    people: dict[int, int] = {}
    for one in labelled:
        people[one.person] = people.get(one.person, 0) + 1
    pairs = sum(count * (count - 1) / 2 for count in people.values())
    assert found.prior * len(labelled) * (len(labelled) - 1) / 2 == pytest.approx(pairs, rel=0.03)


def test_what_is_known_of_the_records_is_found(found: Weights) -> None:
    birth, sex = definition(JAPAN).comparisons[2:4]
    assert found.two_people["sex"][sex.value("same")] == pytest.approx(0.5, abs=0.02)
    assert found.one_person["birth"][birth.value("exact")] == pytest.approx(0.98, abs=0.02)
    closest = {
        one.id: found.weight(one.id, len(one.levels)) for one in definition(JAPAN).comparisons if one.is_weighted
    }
    furthest = {one: found.weight(one, 0) for one in closest}
    assert min(closest.values()) > 0 > max(furthest.values())


def test_weights_are_read_as_they_were_written(found: Weights) -> None:
    text = as_toml(found, definition(JAPAN), "a command")
    read = read_weights(tomllib.loads(text), definition(JAPAN))
    assert (read.estimated_on, read.obtained) == (found.estimated_on, found.obtained)
    assert as_toml(read, definition(JAPAN), "a command") == text


def test_weights_with_a_level_missing_are_refused(found: Weights) -> None:
    content = tomllib.loads(as_toml(found, definition(JAPAN), "a command"))
    del content["one_person"]["sex"]["differs"]
    with pytest.raises(ValueError, match="sex"):
        read_weights(content, definition(JAPAN))
