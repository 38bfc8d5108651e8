"""Scenario files: each names its article, knows its acts, and keeps apart from the others."""

import inspect
from typing import Any

import pytest

from tasuki.conformance.people import PEOPLE, Person, register
from tasuki.conformance.raw import ALL_ACTS
from tasuki.conformance.reading import ScenarioFileError, missing, read_scenarios, scenarios
from tasuki.shared.identifiers import is_individual_number

_HEAD = 'status = "provisional"\nread_on = 2026-11-27\n'


def test_every_step_is_an_act_that_can_be_done_so() -> None:
    for scenario in scenarios():
        for step in scenario.steps:
            taken = inspect.signature(ALL_ACTS[step.act]).parameters
            open_ended = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
            assert open_ended or set(step.how) <= set(taken), scenario.name
            needed = {name for name, one in taken.items() if one.default is one.empty and one.kind is one.KEYWORD_ONLY}
            assert needed <= set(step.how), scenario.name


def test_every_scenario_cites_an_article_and_ends_in_something_seen() -> None:
    found = scenarios()
    assert len(found) >= 60
    for scenario in found:
        assert "番号法" in scenario.article or "命令85号" in scenario.article or "健康増進法" in scenario.article
        assert scenario.steps[-1].expect, scenario.name


def test_those_that_must_be_alone_come_first() -> None:
    alone = [scenario.alone for scenario in scenarios()]
    assert alone == sorted(alone, reverse=True)
    assert any(alone)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status = ", "bad.toml: "),
        (_HEAD + '[[scenario]]\nname = "x-y"\n', "scenario.0.title"),
        (_HEAD + '[[scenario]]\nname = "x-y"\nsurprise = 1\n', "scenario.0"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(text: str, said: str) -> None:
    with pytest.raises(ScenarioFileError, match=r"bad\.toml") as refused:
        read_scenarios("bad.toml", text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("expected", "seen", "said"),
    [
        ({"state": "held"}, {"state": "held", "more": 1}, ""),
        ({"state": ["held", "lapsed"]}, {"state": "lapsed"}, ""),
        ({"tags": []}, {"tags": []}, ""),
        ({"tags": []}, {"tags": ["x"]}, "tags: ['x'], not []"),
        ({"state": "held"}, {}, "state: None, not 'held'"),
    ],
)
def test_what_is_missing_is_said(expected: dict[str, Any], seen: dict[str, Any], said: str) -> None:
    assert missing(expected, seen) == said


def test_the_people_are_recognisably_fictitious() -> None:
    lines = register().splitlines()
    assert len(lines) == PEOPLE + 1
    assert len(set(lines)) == len(lines)
    numbers = [line.split(",")[0] for line in lines[1:]]
    assert all(number.startswith("9999") and is_individual_number(number) for number in numbers)
    assert Person(901).individual_number not in numbers
