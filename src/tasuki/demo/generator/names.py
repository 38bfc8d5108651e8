"""Names of fictitious people, with readings in full and half width."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

import jaconv

from tasuki.demo.generator.people import MALE

_MODERN_SPELLING = str.maketrans("髙﨑邉澤嶋𠮷眞惠", "高崎辺沢島吉真恵")


@dataclass(frozen=True, slots=True)
class SpelledName:
    """One part of a name: as written, and its reading in both widths."""

    written: str
    kana: str
    half_kana: str


class NamePool:
    """Draws names by sex, year of birth and whether the household is foreign."""

    def __init__(self) -> None:
        """Read the pools."""
        data: dict[str, Any] = tomllib.loads(
            files("tasuki.demo.generator").joinpath("names.toml").read_text("utf-8"),
        )
        self._surnames = _surnames(data["surname"]["heads"], data["surname"]["tails"])
        self._given = {sex: _cohorts(data["given"][sex]) for sex in ("male", "female")}
        self._foreign_surnames = [_spelled(text) for text in data["foreign"]["surnames"]]
        self._foreign_given = {sex: [_spelled(text) for text in data["foreign"][sex].split()] for sex in self._given}

    def surname(self, random: Random, *, foreign: bool) -> SpelledName:
        """Draw a family's name; some are far more common than others, as in life."""
        pool = self._foreign_surnames if foreign else self._surnames
        return pool[int(random.random() * random.random() * len(pool))]

    def given_name(self, random: Random, *, sex: str, born_year: int, foreign: bool) -> SpelledName:
        """Draw a given name as parents of that year would have."""
        key = "male" if sex == MALE else "female"
        if foreign:
            pool = self._foreign_given[key]
        else:
            cohorts = self._given[key]
            pool = next(names for first_year, names in cohorts if born_year >= first_year)
        return pool[int(random.random() * len(pool))]


def modern_spelling(name: str) -> str:
    """Write a name with the everyday kanji another town's clerk might have used (髙 → 高)."""
    return name.translate(_MODERN_SPELLING)


def _surnames(heads: list[str], tails: list[str]) -> list[SpelledName]:
    combined = []
    for tail in tails:
        for head in heads:
            (head_kanji, head_kana), (tail_kanji, tail_kana) = head.split(":"), tail.split(":")
            combined.append(_spelled(f"{head_kanji}{tail_kanji}:{head_kana}{tail_kana}"))
    # A fixed shuffle, so that the common names are not all of one tail.
    Random(0).shuffle(combined)  # noqa: S311 - fictitious data, and must repeat
    return combined


def _cohorts(by_year: dict[str, str]) -> list[tuple[int, list[SpelledName]]]:
    """Order cohorts from the latest, so that the first that fits is right."""
    cohorts = [(int(year), [_spelled(text) for text in names.split()]) for year, names in by_year.items()]
    return sorted(cohorts, key=lambda cohort: -cohort[0])


def _spelled(text: str) -> SpelledName:
    written, kana = text.split(":")
    return SpelledName(written, kana, jaconv.z2h(kana, kana=True, ascii=False, digit=False))
