"""What the gateway is told of changes: whom it holds, and the replicas that the law lets travel."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import as_text, not_screened
from tasuki.layouts.types import LayoutVersion, Programme, Stage
from tasuki.protocol.messages import Hold
from tasuki.screening.changes import Whereabouts, whereabouts
from tasuki.screening.queries.residents import protected_among
from tasuki.screening.types import Change, OutboxKind
from tasuki.shared.dates import fiscal_year_of

#: The record key under which a programme nobody took part in is registered.
NONE_TAKEN: Final = "none"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Who the people of a list are: the 団体内統合宛名番号, all the numbers each has here, and who is in quarantine."""

    unified: Mapping[str, str]
    own: Mapping[str, Sequence[str]]
    quarantined: Set[str]

    def rank(self, number: str) -> int:
        """Say which of a person's numbers this is: 0, but for a second one that a merge brought."""
        return self.own[self.unified[number]].index(number)


#: Hold and non-disclosure, by 団体内統合宛名番号.
Told = dict[str, tuple[bool, bool]]


def holds_of(
    changes: Sequence[Change], numbers: Numbers, institution: str, on: dt.date, told: Told | None = None
) -> list[Hold]:
    """Return the hold of each person of a list: protected now or ahead under any of their numbers, or in quarantine.

    Records about protected people are not disclosed either (番号法23条2項): who asks about them says where they live.

    :param told: what was told already; whom that still holds of is left out.
    """
    protected: dict[str, bool] = {}
    for change in changes:
        person = numbers.unified[change.system_person_number]
        protected[person] = protected.get(person, False) or change.protected
    several = [person for person in protected if len(numbers.own[person]) > 1]
    if several:
        among = protected_among([one for person in several for one in numbers.own[person]], on)
        for person in several:
            protected[person] = protected[person] or not among.isdisjoint(numbers.own[person])
    known = told or {}
    said = {person: (hidden or person in numbers.quarantined, hidden) for person, hidden in protected.items()}
    return [
        Hold(institution=institution, unified_person_number=person, hold=hold, non_disclosure=hidden)
        for person, (hold, hidden) in said.items()
        if known.get(person) != (hold, hidden)
    ]


def replicas_of(
    changes: Sequence[Change],
    numbers: Numbers,
    institution: str,
    on: dt.date,
    departed: Mapping[str, Whereabouts],
) -> Iterator[dict[str, Any]]:
    """Give the replicas of a list of changes, as rows of `protocol.messages.Replica`; nothing is read for that.

    What one says depends on the record alone, never on the day it is sent, so that it can be held against it later.

    :param departed: what `departed_among` gave for these changes.
    """
    in_force = _versions_in_force(on)
    described = _described(institution, on)
    for change in changes:
        person = numbers.unified[change.system_person_number]
        for key, version, payload in _places(change, numbers, in_force):
            yield _row(described[version], person, key, change.entry_id, change.revision, payload)
    yield from _absences(changes, numbers, institution, on, departed)


def _places(
    change: Change, numbers: Numbers, in_force: Mapping[str, Sequence[LayoutVersion]]
) -> Iterator[tuple[str, LayoutVersion, str]]:
    """Give what a change of a result puts where: record key, layout version, and payload, empty where nothing may stay.

    A record stands in every layout version in force: whoever asks may not read the newest yet.
    """
    record, changed_on = change.record, change.changed_on
    if record is None or changed_on is None:
        return
    rank = numbers.rank(change.system_person_number)
    # Where it stood and nothing stands now, nothing may be left to be provided.
    for place in change.former_places:
        for data_set in catalogue().data_sets_for(place.programme, place.stage):
            for version in data_set.versions:
                yield _place_key(place.fiscal_year, place.sequence, rank), version, ""
    if change.withdrawn:
        return
    for data_set in catalogue().data_sets_for(record.programme, record.stage):
        for version in in_force[data_set.code]:
            payload = as_text(record, layout_version=version, updated_on=changed_on)
            yield _place_key(record.fiscal_year, record.sequence, rank), version, payload


def _versions_in_force(on: dt.date) -> dict[str, tuple[LayoutVersion, ...]]:
    layouts = catalogue()
    return {code: layouts.versions_in_force(code, on) for code in layouts.data_sets}


def _place_key(fiscal_year: int, sequence: int, rank: int) -> str:
    """Name a record within its data set; what came under a second number of the person keeps apart."""
    return f"{fiscal_year}-{sequence:02}" if rank == 0 else f"{fiscal_year}-{sequence:02}-{rank}"


def _described(institution: str, on: dt.date) -> dict[LayoutVersion, dict[str, Any]]:
    """Return what replicas in a layout version have in common, for every version."""
    return {
        version: {
            "institution": institution,
            "data_set": version.data_set,
            "layout_version": version.number,
            "published_from": on.isoformat(),
            # What is in a layout no longer in force is not provided, even before it is taken back.
            "published_to": version.in_force_until.isoformat() if version.in_force_until else None,
        }
        for data_set in catalogue().data_sets.values()
        for version in data_set.versions
    }


def _row(
    described: Mapping[str, Any], person: str, key: str, ordinal: int, revision: int, payload: str
) -> dict[str, Any]:
    return {
        **described,
        "unified_person_number": person,
        "record_key": key,
        "revision": revision,
        "ordinal": ordinal,
        "taken": key != NONE_TAKEN,
        "payload": payload,
    }


def departed_among(changes: Sequence[Change], numbers: Numbers) -> Mapping[str, Whereabouts]:
    """Read the whereabouts of whoever left, or returned, by each of their numbers."""
    people = {numbers.unified[change.system_person_number] for change in changes if _has_left(change, numbers)}
    return whereabouts(sorted(one for person in people for one in numbers.own[person])) if people else {}


def _has_left(change: Change, numbers: Numbers) -> bool:
    """Say whether somebody left, returned, or may turn out to live here under another number than the one they left."""
    return change.moved_out_date is not None or change.has_returned or _lives_under_several(change, numbers)


def _absences(
    changes: Sequence[Change], numbers: Numbers, institution: str, on: dt.date, known: Mapping[str, Whereabouts]
) -> Iterator[dict[str, Any]]:
    """Say of people who moved out which programmes they did not take part in (健康増進法施行規則4条の3第1号).

    The town they moved to then hears "not screened" instead of finding nothing, which could also mean "not yet sent".
    Once they took part after all, or live here again, that is taken back. What was told when they left is not told
    again with each of their results, but for the programme that the result is of.
    """
    last: dict[str, Change] = {}
    about: defaultdict[str, set[Programme]] = defaultdict(set)
    for change in changes:
        if _has_left(change, numbers):
            person = numbers.unified[change.system_person_number]
            last[person] = change
            about[person].update(_may_concern(change))
    in_force, described = _versions_in_force(on), _described(institution, on)
    # What it says depends on the layout and the day alone, and many left on one day.
    worded: dict[tuple[str, str, dt.date], str] = {}
    for person, change in last.items():
        found = [known[one] for one in numbers.own[person] if one in known]
        taken = frozenset().union(*(one.programmes for one in found))
        moved_out_date = _moved_out_date(found)
        for programme in (one for one in Programme if one in about[person]):
            left_on = None if programme in taken else moved_out_date
            for data_set in catalogue().data_sets_for(programme, Stage.PRIMARY):
                for version in data_set.versions if left_on is None else in_force[data_set.code]:
                    payload = "" if left_on is None else _absence(version, left_on, worded)
                    yield _row(described[version], person, NONE_TAKEN, change.entry_id, 1, payload)


def _absence(version: LayoutVersion, moved_out_date: dt.date, worded: dict[tuple[str, str, dt.date], str]) -> str:
    place = version.data_set, version.number, moved_out_date
    if place not in worded:
        worded[place] = not_screened(
            layout_version=version,
            fiscal_year=fiscal_year_of(moved_out_date),
            sequence=1,
            updated_on=moved_out_date,
        ).decode()
    return worded[place]


def _may_concern(change: Change) -> Iterable[Programme]:
    """Return the programmes that somebody may have taken part in, or no longer, through a change."""
    if change.kind is not OutboxKind.RESULT or change.record is None:
        return Programme
    # A correction never makes it a result of another programme (`other_examination`).
    return {change.record.programme}


def _lives_under_several(change: Change, numbers: Numbers) -> bool:
    """Say whether somebody who left under one of their numbers may turn out to live here under another."""
    return change.kind is OutboxKind.RESIDENT and len(numbers.own[numbers.unified[change.system_person_number]]) > 1


def _moved_out_date(found: Sequence[Whereabouts]) -> dt.date | None:
    """Return when a person left; none while they live here under any of their numbers."""
    dates = [one.moved_out_date for one in found if one.moved_out_date is not None]
    return max(dates) if dates and len(dates) == len(found) else None
