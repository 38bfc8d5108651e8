"""The clauses, the guideline and what is done for them, read from the tables in `data`. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.safeguards.types import Guideline, How, Measure, Part, ReportClause, Safeguard, Standing, Words


@cache
def safeguards() -> Mapping[str, Safeguard]:
    """Return everything that is done, by its identifier."""
    return {name: _safeguard(name, entry) for name, entry in _content("safeguards.toml").items()}


@cache
def clauses() -> Sequence[ReportClause]:
    """Return every clause in the order of the report, each with what is done for it."""
    done = safeguards()
    found = []
    for name, entry in _content("clauses.toml").items():
        part = Part(name, Words(entry["ja"], entry["en"]))
        for number, one in entry["clause"].items():
            heading = Words(one["ja"], one["en"])
            found.append(ReportClause(f"{name}-{number}", part, number, heading, done[one["safeguard"]]))
    return found


@cache
def guideline() -> Guideline:
    """Return the measures of the national guideline, each with what answers it."""
    content, done = _content("guideline.toml"), safeguards()
    groups = {name: Words(entry["ja"], entry["en"]) for name, entry in content["group"].items()}
    measures = [
        Measure(
            number=number,
            group=groups[one["group"]],
            name=Words(one["ja"], one["en"]),
            how=How(one["how"]),
            does=Words(one["does_ja"], one["does_en"]),
            safeguards=[done[name] for name in one["safeguards"]],
            register=_words(one, "register"),
        )
        for number, one in content["measure"].items()
    ]
    return Guideline(content["basis"], content["checked"], content["provisional"], measures)


def count_by_standing() -> Mapping[Standing, int]:
    """Return how many clauses stand how; a standing no clause has counts 0."""
    stand = [clause.safeguard.standing for clause in clauses()]
    return {standing: stand.count(standing) for standing in Standing}


def _content(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("tasuki.safeguards").joinpath("data", name).read_text("utf-8"))


def _safeguard(name: str, entry: Mapping[str, Any]) -> Safeguard:
    return Safeguard(
        identifier=name,
        standing=Standing(entry["standing"]),
        does=Words(entry["does_ja"], entry["does_en"]),
        missing=_words(entry, "missing"),
        register=_words(entry, "register"),
        tests=tuple(entry.get("tests", ())),
    )


def _words(entry: Mapping[str, Any], key: str) -> Words | None:
    return Words(entry[f"{key}_ja"], entry[f"{key}_en"]) if f"{key}_ja" in entry else None
