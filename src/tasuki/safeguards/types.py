"""The clauses of the report and what answers them. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How far a clause is kept."""

    ENFORCED = "enforced"
    """The software does it, and the tests named prove it."""
    REGISTER = "register"
    """People do it, and a register in the software carries the evidence."""
    ORGANISATIONAL = "organisational"
    """People do it, and a register outside the software carries the evidence."""
    OPEN = "open"
    """The software is to do it and does not yet, or not wholly."""


@dataclass(frozen=True)
class Words:
    """One text in both languages."""

    ja: str
    en: str


@dataclass(frozen=True)
class Safeguard:
    """What is done for one or more clauses (個人情報保護対策)."""

    identifier: str
    standing: Standing
    does: Words
    missing: Words | None
    register: Words | None
    tests: Sequence[str]


@dataclass(frozen=True)
class Part:
    """One list of clauses within the report."""

    identifier: str
    title: Words


@dataclass(frozen=True)
class ReportClause:
    """One promise of the report (報告の項): its list, its number there, its heading in our own words."""

    identifier: str
    part: Part
    number: str
    heading: Words
    safeguard: Safeguard


class How(StrEnum):
    """By what a measure of the guideline is met."""

    SOFTWARE = "software"
    REGISTER = "register"
    ORGANISATIONAL = "organisational"


@dataclass(frozen=True)
class Measure:
    """One measure of the national guideline (安全管理措置), and what answers it."""

    number: str
    group: Words
    name: Words
    how: How
    does: Words
    safeguards: Sequence[Safeguard]
    register: Words | None

    @property
    def tests(self) -> Sequence[str]:
        """The tests that prove what answers it, each once."""
        return tuple(dict.fromkeys(test for one in self.safeguards for test in one.tests))

    @property
    def open_safeguards(self) -> Sequence[str]:
        """The safeguards it rests on of which something is still missing."""
        return tuple(one.identifier for one in self.safeguards if one.standing is Standing.OPEN)


@dataclass(frozen=True)
class Guideline:
    """The guideline's measures, and since when they were held against their source; provisional until read there."""

    basis: str
    checked: dt.date
    is_provisional: bool
    measures: Sequence[Measure]
