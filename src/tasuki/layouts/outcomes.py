"""What a record comes to: may the person rest, must somebody follow up, and what a detailed examination found.

The codes and their source stand in `data/outcomes.toml`; screens, follow-up and the national report read them here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.reading import Entry, read_file
from tasuki.layouts.types import Item, Programme, ScreeningRecord, Stage


class Verdict(StrEnum):
    """What a result asks for."""

    FINE = "FINE"
    ADVICE = "ADVICE"
    DETAIL_NEEDED = "DETAIL_NEEDED"
    DETAIL_DONE = "DETAIL_DONE"
    UNJUDGED = "UNJUDGED"
    TAKEN = "TAKEN"


class Finding(StrEnum):
    """What a detailed examination found, as the national report counts it; EARLY and IN_SITU lie within CANCER."""

    NONE = "none"
    CANCER = "cancer"
    EARLY = "early"
    IN_SITU = "in_situ"
    AIS = "ais"
    CIN3 = "cin3"
    CIN2 = "cin2"
    CIN2_OR_CIN3 = "cin2_or_cin3"
    CIN1 = "cin1"
    ADENOMA = "adenoma"
    ADENOMA_10MM = "adenoma_10mm"
    DISEASE = "disease"
    SUSPECTED = "suspected"
    OTHER = "other"


#: Findings that lie within another one: every leaf is under exactly one of the others.
WITHIN: Final[Mapping[Finding, Finding]] = MappingProxyType(
    {Finding.EARLY: Finding.CANCER, Finding.IN_SITU: Finding.CANCER, Finding.ADENOMA_10MM: Finding.ADENOMA}
)
_PRIMARY: Final[Mapping[str, Verdict]] = {
    "fine": Verdict.FINE,
    "advice": Verdict.ADVICE,
    "detail_needed": Verdict.DETAIL_NEEDED,
    "unjudged": Verdict.UNJUDGED,
}
# The gravest word of several wins: a positive virus test is not hidden by a negative one.
_GRAVITY: Final = (Verdict.DETAIL_NEEDED, Verdict.UNJUDGED, Verdict.ADVICE, Verdict.FINE)


@dataclass(frozen=True, slots=True)
class Judge:
    """An item that judges a screening, and what each of its codes comes to."""

    item: Item
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class DetailedItem:
    """The item that holds the result of a detailed examination, and the codes under each finding."""

    item: Item
    codes: Mapping[Finding, frozenset[str]]


@dataclass(frozen=True, slots=True)
class IncidentItems:
    """The items that tell of incidents, primary and detailed, and which codes are serious or a death."""

    primary: Item
    detailed: Item
    serious: frozenset[str]
    death: frozenset[str]


@cache
def judges(programme: Programme) -> tuple[Judge, ...]:
    """Return the items that judge a screening of a programme."""
    return tuple(
        Judge(
            catalogue().item_named(programme, entry.text("item")),
            {code: verdict for key, verdict in _PRIMARY.items() for code in _codes(entry, key)},
        )
        for entry in _entries("primary", programme)
    )


@cache
def detailed_item(programme: Programme) -> DetailedItem:
    """Return the item with the result of a programme's detailed examinations."""
    (entry,) = _entries("detailed", programme)
    return DetailedItem(
        catalogue().item_named(programme, entry.text("item")),
        {finding: codes for finding in Finding if (codes := frozenset(_codes(entry, finding.value)))},
    )


@cache
def incident_items(programme: Programme) -> IncidentItems | None:
    """Return the items that tell of incidents; only cancer screenings have them."""
    found = _entries("incident", programme)
    if not found:
        return None
    (entry,) = found
    return IncidentItems(
        catalogue().item_named(programme, entry.text("primary")),
        catalogue().item_named(programme, entry.text("detailed")),
        frozenset(entry.texts("serious")),
        frozenset(entry.texts("death")),
    )


def verdict_of(record: ScreeningRecord) -> Verdict:
    """Return what a record comes to; one that judges nothing only says that the examination was taken."""
    if record.stage is Stage.DETAILED:
        return Verdict.DETAIL_DONE
    return primary_verdict(record.programme, record.items)


def primary_verdict(programme: Programme, items: Mapping[str, str]) -> Verdict:
    """Return what a screening asks for by its own items, whether or not a detailed one followed."""
    found = {
        verdict
        for judge in judges(programme)
        if (verdict := judge.verdicts.get(items.get(judge.item.code, ""))) is not None
    }
    return next((verdict for verdict in _GRAVITY if verdict in found), Verdict.TAKEN)


def findings_of(programme: Programme, items: Mapping[str, str]) -> frozenset[Finding]:
    """Return what a detailed examination found; empty where its result is not among the items."""
    found = detailed_item(programme)
    code = items.get(found.item.code)
    return frozenset(finding for finding, codes in found.codes.items() if code in codes)


@cache
def _file() -> Entry:
    return read_file(files("tasuki.layouts").joinpath("data"), "outcomes.toml")


def _entries(kind: str, programme: Programme) -> tuple[Entry, ...]:
    return tuple(entry for entry in _file().entries(kind) if programme in entry.texts("programmes"))


def _codes(entry: Entry, key: str) -> tuple[str, ...]:
    return entry.texts(key) if key in entry.values else ()
