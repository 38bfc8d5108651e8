"""Drafts of what must be written when records were linked to the wrong person (番号法29条の4): to whom, about what.

The report names nobody. Nor do the letters to institutions: these go by the transaction numbers, which they hold too.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from tasuki.layouts.catalogue import catalogue
from tasuki.letters import queries as words
from tasuki.letters.operations import next_numbers, record_letters
from tasuki.letters.rendering import breakable, make_letters
from tasuki.letters.types import Destination, Letter, LetterKind, WordingLanguage
from tasuki.linkage.operations.impact import Impact
from tasuki.linkage.queries import institution_names
from tasuki.protocol.messages import Direction, Exchange
from tasuki.screening import queries as screening
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date, in_era

COMMISSION: Final = "個人情報保護委員会"
KINDS: Final = (LetterKind.INCIDENT_REPORT, LetterKind.WRONG_LINK_NOTICE, LetterKind.WRONG_DATA_NOTICE)
_ENGLISH: Final = ("Transaction", "Day", "Institution", "Direction", "Information")
_JAPANESE: Final = ("処理通番", "日", "相手", "向き", "情報")
_DIRECTIONS: Final = {
    Direction.PROVIDED: {True: "given to them", False: "提供"},
    Direction.INQUIRED: {True: "received from them", False: "取得"},
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The letters as one PDF, and how many they are."""

    pdf: bytes
    count: int


@transaction.atomic
def draft_letters(
    *, impact: Impact, kind: LetterKind, language: WordingLanguage, town: str, by: Actor, at: dt.datetime
) -> Draft | None:
    """Draft the letters of a kind about an impact, and record that they were made.

    None when there is nobody to write to: the gateway could not be had, nothing was given to anybody, the person has
    no entry here, or is a protected person, whose address goes into no letter made in a moment.

    :param kind: one of `KINDS`.
    """
    to = _destinations(impact, kind, civil_date(at))
    if impact.exchanges is None or not to:
        return None
    numbers = next_numbers(count=len(to), by=by, at=at)
    letters = [
        Letter(
            destination=destination,
            person=impact.own[0] if impact.own else "",
            number=f"第{number}号",
            on=civil_date(at),
            values=_values(impact, about, destination),
            head=_ENGLISH if language is WordingLanguage.ENGLISH else _JAPANESE,
            rows=_rows(about, is_english=language is WordingLanguage.ENGLISH),
            subject=impact.person,
        )
        for number, (destination, about) in zip(numbers, to, strict=True)
    ]
    wording = words.wording(kind, language)
    made = make_letters(letters, wording, words.sender(), town)
    record_letters(letters=letters, wording=wording, by=by, at=at)
    return Draft(made.pdf, len(letters))


def _destinations(impact: Impact, kind: LetterKind, on: dt.date) -> list[tuple[Destination, Sequence[Exchange]]]:
    """Give to whom letters of a kind go, each with the exchanges it is about."""
    everything = [*impact.provided, *impact.received]
    if kind is LetterKind.INCIDENT_REPORT:
        return [(Destination(COMMISSION, "", "", honorific="御中"), everything)]
    if kind is LetterKind.WRONG_LINK_NOTICE:
        person = screening.person(impact.own[0]) if impact.own else None
        if person is None or person.is_protected(on):
            return []
        return [(Destination(person.name, person.postal_code, person.address), everything)]
    names, receivers = institution_names(), dict.fromkeys(one.other for one in impact.provided)
    return [
        (
            Destination(names.get(other, (other, other))[0], "", "", honorific="御中"),
            [one for one in impact.provided if one.other == other],
        )
        for other in receivers
    ]


def _values(impact: Impact, about: Sequence[Exchange], destination: Destination) -> dict[str, str]:
    provided = sum(one.direction is Direction.PROVIDED for one in about)
    return {
        "氏名": destination.name,
        "発覚日": in_era(civil_date(impact.found_at)),
        "起算日": in_era(civil_date(impact.since)),
        "提供件数": f"{provided:,}",
        "取得件数": f"{len(about) - provided:,}",
        "閲覧件数": f"{len(impact.looks):,}",
        "手紙件数": f"{len(impact.letters):,}",
    }


def _rows(about: Sequence[Exchange], *, is_english: bool) -> list[tuple[str, ...]]:
    names = institution_names()
    return [
        (
            breakable(one.transaction_number),
            in_era(civil_date(one.provided_at or one.requested_at)),
            names.get(one.other, (one.other, one.other))[is_english],
            _DIRECTIONS[one.direction][is_english],
            "、".join(_data_set(code, is_english=is_english) for code in one.data_sets),
        )
        for one in sorted(about, key=lambda one: one.requested_at)
    ]


def _data_set(code: str, *, is_english: bool) -> str:
    found = catalogue().data_set(code)
    return found.name_en if is_english else found.name_ja
