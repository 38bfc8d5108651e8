"""What a wrong link led to (影響範囲): every exchange about a person, every look at them, every letter, since a day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from django.db import transaction

from tasuki.evidence import queries as evidence
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.letters.queries import letters_of_people
from tasuki.letters.types import IssuedLetter
from tasuki.linkage import queries
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.types import SYSTEM, InquiryView
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.people import index_person
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Direction, Exchange, ExchangesAsked
from tasuki.shared.actor import Actor

#: Records that somebody looked at a person, or opened a protected person's pages all the same.
_LOOKS: Final = (
    EntryKind.PERSON_VIEWED,
    EntryKind.PEOPLE_LISTED,
    EntryKind.PEOPLE_SEARCHED,
    EntryKind.PEOPLE_PRINTED,
    EntryKind.PEOPLE_EXPORTED,
    EntryKind.CHANGE_ASKED,
    EntryKind.PROTECTION_OVERRIDDEN,
    EntryKind.RECORDS_SEARCHED,
    EntryKind.RECORDS_EXPORTED,
    EntryKind.RECORDS_DISCLOSED,
)

#: People asked about in one message.
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person: who, when, which page."""

    at: dt.datetime
    staff: str
    part: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What happened about a person since a day.

    `exchanges` come from the gateway's records and are None when it cannot be had; `inquiries` are the town's own
    record of what it asked. `exports` counts files taken away since then, of which nothing says whom they name.
    """

    person: str
    own: tuple[str, ...]
    """The person's numbers in the health information system (宛名番号)."""
    since: dt.datetime
    drawn_at: dt.datetime
    found_at: dt.datetime
    """When the error came to light: when provision was stopped first, else now."""
    exchanges: tuple[Exchange, ...] | None
    inquiries: tuple[InquiryView, ...]
    looks: tuple[Look, ...]
    letters: tuple[IssuedLetter, ...]
    exports: int

    @property
    def told_by_town_alone(self) -> tuple[InquiryView, ...]:
        """Inquiries that the gateway's records do not show: never sent, or the gateway cannot be had."""
        known = {one.transaction_number for one in self.exchanges or ()}
        return tuple(one for one in self.inquiries if one.transaction_number not in known)

    @property
    def provided(self) -> tuple[Exchange, ...]:
        """Exchanges in which another institution was given something."""
        return tuple(
            one for one in self.exchanges or () if one.direction is Direction.PROVIDED and one.provided_at is not None
        )

    @property
    def received(self) -> tuple[Exchange, ...]:
        """Exchanges in which this town was given something."""
        return tuple(
            one for one in self.exchanges or () if one.direction is Direction.INQUIRED and one.provided_at is not None
        )


def draw_impact(*, person: str, since: dt.datetime, institution: str, link: Link, by: Actor, at: dt.datetime) -> Impact:
    """Gather what happened about a person since a time, recorded before; changes nothing.

    Whoever they were merged with counts as they: what was exchanged under an alias was exchanged about them.

    :raises NoSuchPerson: when nobody has that number.
    """
    with transaction.atomic():
        append(
            kind=EntryKind.IMPACT_DRAWN,
            body={"person": person, "since": since.isoformat(), "by": str(by)},
            at=at,
        )
    known = index_person(person)
    unified = [known.person, *known.aliases]
    own = [one.number for one in known.stated if one.system == SYSTEM]
    asked = [ExchangesAsked(institution=institution, unified_person_number=one, since=since) for one in sorted(unified)]
    return Impact(
        person=known.person,
        own=tuple(own),
        since=since,
        drawn_at=at,
        found_at=min((one.began_at for one in known.quarantines if one.ended_at is None), default=at),
        exchanges=_exchanges(link, asked),
        inquiries=tuple(queries.inquiries_since(own, since)),
        looks=tuple(_looks([*unified, *own], since)),
        letters=tuple(letters_of_people(own, since)),
        exports=evidence.count_of(EntryKind.EXPORT_TAKEN, since),
    )


@dataclass(frozen=True, slots=True)
class ExchangeSum:
    """How many exchanges with one institution there were about some people, and of how many content passed."""

    direction: Direction
    other: str
    exchanges: int
    delivered: int
    people: int
    first_at: dt.datetime
    last_at: dt.datetime


def sum_exchanges(
    *, people: Sequence[str], since: dt.datetime, institution: str, link: Link, by: Actor, at: dt.datetime
) -> list[ExchangeSum] | None:
    """Sum up what was inquired and provided about people (宛名番号) since a time, recorded before by how many they are.

    None when the gateway, which keeps the records, cannot be had.
    """
    with transaction.atomic():
        body = {"count": len(people), "since": since.isoformat(), "by": str(by)}
        append(kind=EntryKind.IMPACT_SUMMED, body=body, at=at)
    known = sorted(set(unified_numbers(SYSTEM, list(people)).values()))
    found: list[Exchange] = []
    for start in range(0, len(known), _AT_ONCE):
        asked = [
            ExchangesAsked(institution=institution, unified_person_number=one, since=since)
            for one in known[start : start + _AT_ONCE]
        ]
        answered = _exchanges(link, asked)
        if answered is None:
            return None
        found += answered
    between: dict[tuple[Direction, str], list[Exchange]] = defaultdict(list)
    for one in found:
        between[(one.direction, one.other)].append(one)
    return [_sum(direction, other, some) for (direction, other), some in sorted(between.items())]


def _sum(direction: Direction, other: str, some: Sequence[Exchange]) -> ExchangeSum:
    return ExchangeSum(
        direction=direction,
        other=other,
        exchanges=len(some),
        delivered=sum(one.provided_at is not None for one in some),
        people=len({one.unified_person_number for one in some}),
        first_at=min(one.requested_at for one in some),
        last_at=max(one.requested_at for one in some),
    )


def _exchanges(link: Link, asked: Sequence[ExchangesAsked]) -> tuple[Exchange, ...] | None:
    """Ask the gateway; what the town itself knows must be seen even while it cannot be had."""
    try:
        return tuple(link.exchanges(asked))
    except ExchangeFailed:
        return None


def _looks(people: Sequence[str], since: dt.datetime) -> list[Look]:
    looks = []
    for entry in evidence.entries_naming(_LOOKS, people, since):
        body = orjson.loads(entry.body)
        looks.append(Look(entry.recorded_at, str(body["staff"]), str(body.get("part", entry.kind))))
    return looks
