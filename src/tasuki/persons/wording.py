"""What the index says, in both languages, to whoever registers people (`data/words.toml`). Pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.persons.types import RegistrationFault
from tasuki.persons.types.cases import CaseKind


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in both languages, and what to do about it."""

    ja: str
    en: str
    remedy_ja: str = ""
    remedy_en: str = ""


@cache
def _words() -> dict[str, dict[str, Words]]:
    content: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
        files("tasuki.persons").joinpath("data", "words.toml").read_text("utf-8")
    )
    return {part: {name: Words(**words) for name, words in table.items()} for part, table in content.items()}


def problem_words(fault: RegistrationFault) -> Words:
    """Return why a registration stays out, and how its sender puts it right."""
    return _words()["problem"][fault.value]


def case_words(kind: CaseKind) -> Words:
    """Return why somebody has to look at a registration."""
    return _words()["case"][kind.value]
