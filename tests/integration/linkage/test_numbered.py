"""Who the people of a sending are: asked once for some seconds, but for those in quarantine."""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from tasuki.linkage import numbered
from tasuki.linkage.carrying import Numbers
from tasuki.linkage.numbered import NumberedPeople
from tasuki.persons.queries import people as people_of_index
from tasuki.persons.types.items import Registration
from tests.integration.persons.index import TARO, registered

pytestmark = pytest.mark.django_db(databases=["default", "index"])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Collection[str]]:
    """Note whom the index is asked about."""
    found: list[Collection[str]] = []
    real = people_of_index.people_numbered

    def noted(system: str, system_numbers: Collection[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
        found.append(list(system_numbers))
        return real(system, system_numbers)

    monkeypatch.setattr(people_of_index, "people_numbered", noted)
    return found


def enters(number: str) -> None:
    items = replace(TARO, name=f"例示　{number}", birth_date=f"1980-01-{int(number):02}")
    registered(Registration(number, items, None))


def test_each_is_asked_about_once_and_the_unnumbered_again(asked: list[Collection[str]]) -> None:
    enters("1")
    enters("2")
    people = NumberedPeople()
    first = people.numbers_of({"1", "3"})
    assert list(first.unified) == ["1"]
    enters("3")
    second = people.numbers_of({"1", "2", "3"})
    assert second.unified.keys() == {"1", "2", "3"}
    assert second.unified["1"] == first.unified["1"]
    assert {number: second.own[person] for number, person in second.unified.items()} == {one: (one,) for one in "123"}
    assert asked == [["1", "3"], ["2", "3"]]
    # Nobody but those asked about is told of.
    assert people.numbers_of({"2"}) == Numbers({"2": second.unified["2"]}, {second.unified["2"]: ("2",)}, frozenset())
    assert len(asked) == 2


def test_who_is_in_quarantine_is_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    enters("1")
    people = NumberedPeople()
    assert people.numbers_of({"1"}).quarantined == set()
    monkeypatch.setattr(people_of_index, "quarantined", set)
    again = people.numbers_of({"1"})
    assert again.quarantined == set(again.own)


def test_where_the_index_says_otherwise_than_before_all_are_asked_about_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two numbers become one person's, and apart again: between two lists of a sending."""
    said = {"1": "A", "2": "B"}

    def says(_system: str, numbers: Sequence[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
        unified = {number: said[number] for number in numbers}
        return unified, {
            person: tuple(number for number in sorted(said) if said[number] == person) for person in unified.values()
        }

    monkeypatch.setattr(people_of_index, "people_numbered", says)
    people = NumberedPeople()
    assert people.numbers_of({"1"}).own == {"A": ("1",)}
    said["2"] = "A"
    merged = people.numbers_of({"1", "2"})
    assert (merged.unified, merged.own) == ({"1": "A", "2": "A"}, {"A": ("1", "2")})
    assert [merged.rank(number) for number in "12"] == [0, 1]
    said |= {"1": "C", "3": "A"}
    split = people.numbers_of({"1", "3"})
    assert (split.unified, split.own) == ({"1": "C", "3": "A"}, {"C": ("1",), "A": ("2", "3")})


def test_what_the_index_said_is_not_gone_by_for_longer_than_is_said(
    asked: list[Collection[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    enters("1")
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    people = NumberedPeople()
    people.numbers_of({"1"})
    now += numbered.KNOWN_FOR
    people.numbers_of({"1"})
    assert asked == [["1"]]
    now += 0.1
    for _ in range(2):
        assert people.numbers_of({"1"}).unified.keys() == {"1"}
    assert asked == [["1"], ["1"]]
