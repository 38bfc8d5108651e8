"""Rehearsed restores (復旧の訓練): their values, and how often one is due. Pure."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID


class RehearsalOutcome(StrEnum):
    """What came of a rehearsal."""

    RESTORED = "RESTORED"
    """Everything was there, and its log is the beginning of ours."""
    PARTLY = "PARTLY"
    FAILED = "FAILED"


class RehearsalProblem(StrEnum):
    """Why a rehearsal was not kept."""

    NO_SUCH_SIZE = "NO_SUCH_SIZE"
    """The log was never signed at that size."""
    OTHER_ROOT = "OTHER_ROOT"
    """At that size the log is another one: what was restored was altered, or is of another town."""


@dataclass(frozen=True, slots=True)
class NewRehearsal:
    """What somebody found; size, root and counts are those of the copy, as `tasuki restored-state` prints them."""

    rehearsed_on: dt.date
    backup: str
    outcome: RehearsalOutcome
    tree_size: int | None
    root: str
    results: int | None
    residents: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal on the register; `reaches_to` is when the log was signed up to where the copy goes."""

    rehearsal_id: UUID
    rehearsed_on: dt.date
    backup: str
    outcome: RehearsalOutcome
    tree_size: int | None
    root: str
    reaches_to: dt.datetime | None
    results: int | None
    residents: int | None
    note: str
    recorded_at: dt.datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class RehearsalRule:
    """How often a restore is rehearsed at least."""

    days: int
    basis: tuple[str, str]


def rehearsal_rule(on: dt.date) -> RehearsalRule:
    """Return the rule in force on a day.

    :raises LookupError: when none is.
    """
    in_force = [one for one in _rules() if one["from"] <= on]
    if not in_force:
        raise LookupError(f"No rule of rehearsals is in force on {on}.")
    found = max(in_force, key=lambda one: one["from"])
    return RehearsalRule(found["days"], (found["basis_ja"], found["basis_en"]))


def is_due(last: dt.date | None, on: dt.date) -> bool:
    """Say whether a restore is to be rehearsed: none was yet, or the last is too long ago."""
    return last is None or (on - last).days > rehearsal_rule(on).days


@cache
def _rules() -> Sequence[Mapping[str, Any]]:
    content = tomllib.loads(files("tasuki.audits").joinpath("data", "rehearsals.toml").read_text("utf-8"))
    found: Sequence[Mapping[str, Any]] = content["rule"]
    return found
