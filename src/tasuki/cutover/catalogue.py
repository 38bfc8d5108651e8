"""The data of the change over, as this release ships it: words, tables, and the steps of a plan."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.cutover.plan_types import Obstacle
from tasuki.cutover.types import DifferenceKind, Fault
from tasuki.screening.rules import rules

#: Japanese, and English.
Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StepTemplate:
    """A step as plans begin with it: what, how many minutes after the window opens, and the way back from there."""

    what: Words
    minutes: int
    way_back: Words


@cache
def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("tasuki.cutover").joinpath(f"data/{name}.toml").read_text("utf-8"))


def fault_words(fault: Fault) -> Words:
    """Say what is wrong with an export."""
    said = _data("wording")["export"][fault.problem.value]
    facts = {"file": fault.file, "entry": fault.entry, "detail": fault.detail}
    return said["ja"].format(**facts), said["en"].format(**facts)


def stopped_words(why: str) -> Words:
    """Say why a file as a whole did not go in."""
    said = _data("wording")["stopped"][why]
    return said["ja"], said["en"]


def difference_words(kind: DifferenceKind) -> Words:
    """Say how what was loaded differs."""
    said = _data("wording")["difference"][kind.value]
    return said["ja"], said["en"]


def rule_words(rule: str) -> Words:
    """Say why rows were refused, without the place it would name; a rule of the layouts is told by its id."""
    found = rules().get(rule)
    if found is None:
        return rule, rule
    ja, en = (text.replace("「{item}」", "").replace("{item}", "") for text in (found.message_ja, found.message_en))
    return ja, en


def obstacle_words(why: Obstacle) -> Words:
    """Say why a plan may not be approved or carried out, and what to do."""
    said = _data("wording")["obstacle"][why.value]
    return said["ja"], said["en"]


def plan_template() -> Sequence[StepTemplate]:
    """Return the steps a new plan begins with."""
    return tuple(
        StepTemplate((one["ja"], one["en"]), one["minutes"], (one["back_ja"], one["back_en"]))
        for one in _data("steps")["step"]
    )


def empty_in_copy() -> tuple[str, ...]:
    """Return which tables a sealed copy has without their rows."""
    return tuple(_data("tables")["empty_in_copy"]["tables"])


def is_compared(table: str) -> bool:
    """Say whether a table must be after a way back as it was before."""
    patterns = _data("tables")["not_compared"]
    return table not in patterns and not any(
        table.startswith(one.removesuffix("*")) for one in patterns if one.endswith("*")
    )


def histories() -> Mapping[str, str]:
    """Return by what the rows are told that a load and its undoing leave behind, by table."""
    found: Mapping[str, str] = _data("tables")["history"]
    return found
