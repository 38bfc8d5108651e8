"""The states of an inquiry and the steps between them, read from one table by every party (番号法21条–23条)."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tasuki.protocol.errors import ProtocolError
from tasuki.protocol.messages import State


class TransitionDataError(ProtocolError):
    """The table of transitions has an entry that cannot be right."""


class Party(StrEnum):
    """Where the same inquiry is recorded."""

    TOWN = "town"
    INQUIRER = "inquirer"
    NETWORK = "network"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Words:
    """What a state, a cause or a party is called."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What holds of a state wherever it occurs. `ends` says that nothing but the loss of its content can follow."""

    ends: bool
    article: str
    words: Words


@dataclass(frozen=True, slots=True)
class Transition:
    """One step; `start` is None where the record begins."""

    party: Party
    start: State | None
    end: State
    cause: str
    article: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The whole table."""

    states: Mapping[State, StateFacts]
    causes: Mapping[str, Words]
    parties: Mapping[Party, Words]
    transitions: tuple[Transition, ...]
    days: Mapping[str, int]

    def period(self, name: str) -> dt.timedelta:
        """Return one of the periods of the table."""
        return dt.timedelta(days=self.days[name])


@lru_cache(maxsize=1)
def table() -> Exchange:
    """Return the table this release ships."""
    return read(files("tasuki.protocol").joinpath("exchange.toml").read_text(encoding="utf-8"))


def read(text: str) -> Exchange:
    """Read a table.

    :raises TransitionDataError: naming what is wrong with it.
    """
    content = tomllib.loads(text)
    try:
        found = Exchange(
            states={
                State(name): StateFacts(row["ends"], row["article"], _words(row))
                for name, row in content["state"].items()
            },
            causes={name: _words(row) for name, row in content["cause"].items()},
            parties={Party(name): _words(row) for name, row in content["parties"].items()},
            transitions=tuple(one for row in content["step"] for one in _steps(row)),
            days=content["days"],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise TransitionDataError(f"exchange.toml: {error}") from error
    _check(found)
    return found


def _words(row: Mapping[str, Any]) -> Words:
    return Words(row["ja"], row["en"])


def _steps(row: Mapping[str, Any]) -> list[Transition]:
    party, cause, article = Party(row["party"]), row["cause"], row["article"]
    starts = [State(name) for name in row["from"]] if "from" in row else [None]
    return [Transition(party, start, State(end), cause, article) for start in starts for end in row["to"]]


def _check(found: Exchange) -> None:
    if missing := set(State) - set(found.states):
        raise TransitionDataError(f"exchange.toml: nothing is said of {sorted(missing)}")
    seen: set[tuple[Party, State | None, State]] = set()
    for one in found.transitions:
        if one.cause not in found.causes or not one.article:
            raise TransitionDataError(
                f"exchange.toml: {one.party} {one.start} → {one.end} has no known cause or article"
            )
        if (one.party, one.start, one.end) in seen:
            raise TransitionDataError(f"exchange.toml: {one.party} {one.start} → {one.end} stands twice")
        seen.add((one.party, one.start, one.end))


def states_of(party: Party) -> frozenset[State]:
    """Return every state an inquiry may have at a party."""
    return frozenset(one.end for one in table().transitions if one.party is party)


def is_allowed(party: Party, start: State | None, end: State) -> bool:
    """Say whether the table has a step."""
    return any((one.party, one.start, one.end) == (party, start, end) for one in table().transitions)


def cause_of(party: Party, end: State) -> str:
    """Return why an inquiry reaches a state at a party, the way that is most usual there."""
    return _causes()[party, end]


def article_of(party: Party, end: State, cause: str) -> str:
    """Return the article a step rests on: that of the step, or of its end where the table has no such step."""
    steps_there = (one.article for one in table().transitions if (one.party, one.end, one.cause) == (party, end, cause))
    return next(steps_there, table().states[end].article)


@lru_cache(maxsize=1)
def _causes() -> dict[tuple[Party, State], str]:
    return {(one.party, one.end): one.cause for one in reversed(table().transitions)}


@lru_cache(maxsize=64)
def steps(party: Party, *ends: State) -> tuple[list[str], list[str]]:
    """Return a party's steps as two arrays, `from` and `to`, for a statement that lets only these happen.

    :param ends: only steps to these states; all of the party's unless said.
    """
    chosen = [
        one
        for one in table().transitions
        if one.party is party and one.start is not None and (not ends or one.end in ends)
    ]
    return [str(one.start) for one in chosen], [str(one.end) for one in chosen]


def sources(party: Party, end: State) -> list[str]:
    """Return the states from which a party's table leads to a state."""
    return steps(party, end)[0]


def step_taken(party: Party, state: str, cause: str = "") -> dict[str, str]:
    """Return what evidence says of every step: where it was made, to which state, and why."""
    return {"party": party.value, "state": state, "cause": cause or cause_of(party, State(state))}
