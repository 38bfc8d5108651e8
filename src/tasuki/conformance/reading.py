"""Scenario files: what each scenario does, step by step, and what must come of it."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class ScenarioFileError(Exception):
    """A scenario file is not of the form `docs/operations/conformance.md` describes."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(_Read):
    ja: str
    en: str


class Step(_Read):
    """One act, how it is done, and what must be seen; repeated until it is seen when `within` gives it seconds."""

    act: str
    how: dict[str, Any] = {}
    expect: dict[str, Any] = {}
    within: Annotated[float, Field(ge=0, le=60)] = 0.0


class Scenario(_Read):
    """One rule of law, tried. `person` is whose numbers it uses; `alone` when nothing else may happen meanwhile."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z-]+$")]
    title: Title
    article: Annotated[str, Field(min_length=3)]
    person: Annotated[int, Field(ge=0, le=999)]
    alone: bool = False
    steps: Annotated[list[Step], Field(min_length=1)]

    @property
    def asks_the_peer(self) -> bool:
        """Say whether the town inquires: inquiries of one moment share a list, and a peer spoils a whole list."""
        return any(step.act == "inquire" for step in self.steps)


class _File(_Read):
    status: str
    read_on: Any
    scenario: list[Scenario]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Return every scenario there is, those that must run alone first.

    :raises ScenarioFileError: naming the file and what is wrong in it.
    """
    folder = files("tasuki.conformance").joinpath("scenarios")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [one for name in names for one in read_scenarios(name, folder.joinpath(name).read_text(encoding="utf-8"))]
    _check_apart(found)
    return tuple(sorted(found, key=lambda one: not one.alone))


def read_scenarios(name: str, text: str) -> list[Scenario]:
    """Read one file.

    :raises ScenarioFileError: naming what is wrong in it.
    """
    try:
        return _File.model_validate(tomllib.loads(text)).scenario
    except tomllib.TOMLDecodeError as error:
        raise ScenarioFileError(f"{name}: {error}") from error
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in wrong["loc"])
        raise ScenarioFileError(f"{name}: {place}: {wrong['msg']}") from error


def _check_apart(found: Sequence[Scenario]) -> None:
    """See that no two scenarios share a name or a person: they run at the same time."""
    for what, values in (("name", [one.name for one in found]), ("person", [str(one.person) for one in found])):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ScenarioFileError(f"{what} used by two scenarios: {', '.join(twice)}")


def missing(expected: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """Say what was expected and not seen; nothing when all of it was. A list of states means any of them."""
    wrong = [
        f"{key}: {seen.get(key)!r}, not {value!r}" for key, value in expected.items() if not _is(value, seen.get(key))
    ]
    return "; ".join(wrong)


def _is(expected: object, seen: object) -> bool:
    if isinstance(expected, list) and not isinstance(seen, list):
        return seen in expected
    return seen == expected
