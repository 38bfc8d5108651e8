"""Every requirement of the security standard's two levels is answered once, and what an answer names is there."""

import tomllib
from collections import Counter
from typing import Any

from tests.repo.source import ROOT

CONTENT: dict[str, Any] = tomllib.loads((ROOT / "docs" / "security" / "asvs.toml").read_text("utf-8"))
ASKED: dict[str, dict[str, Any]] = CONTENT["requirement"]
ANSWERS = {"met", "open", "not_applicable"}


def test_every_requirement_of_both_levels_is_there() -> None:
    """The standard has 70 of level 1, 183 of level 2, in 17 chapters; these are told apart by their number."""
    assert Counter(entry["level"] for entry in ASKED.values()) == {1: 70, 2: 183}
    assert {name.split(".")[0] for name in ASKED} == set(CONTENT["chapter"])
    assert len(CONTENT["chapter"]) == 17


def test_requirements_stand_in_their_order() -> None:
    numbers = [tuple(map(int, name.split("."))) for name in ASKED]
    assert numbers == sorted(numbers)


def test_every_requirement_has_exactly_one_answer() -> None:
    assert [name for name, entry in ASKED.items() if len(ANSWERS & set(entry)) != 1] == []
    assert [name for name, entry in ASKED.items() if set(entry) - ANSWERS - {"level", "ask", "by"}] == []


def test_what_is_met_is_shown_somewhere_and_what_does_not_apply_nowhere() -> None:
    assert [name for name, entry in ASKED.items() if "met" in entry and not entry.get("by")] == []
    assert [name for name, entry in ASKED.items() if "not_applicable" in entry and "by" in entry] == []


def test_every_place_is_a_short_name_or_a_path_and_every_short_name_is_used() -> None:
    """The page writes them out, and whatever tests and paths a page names is looked for with every document's."""
    files = {place.partition("::")[0] for entry in ASKED.values() for place in entry.get("by", [])}
    assert [file for file in files if file not in CONTENT["files"] and not (ROOT / file).exists()] == []
    assert set(CONTENT["files"]) - files == set()
