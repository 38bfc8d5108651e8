"""What the gateway is told of changes: whom it holds, and the replicas that the law lets travel."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Self

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import as_text, not_screened
from tasuki.layouts.types import LayoutVersion, Programme, Stage
from tasuki.protocol.replica_messages import WrittenRow, WrittenSheet
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


def holds_of(changes: Sequence[Change], numbers: Numbers, on: dt.date, told: Told | None = None) -> Told:
    """Return for whom of a list to hold: who is protected now or ahead under any of their numbers, or in quarantine.

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
    return {person: holds for person, holds in said.items() if known.get(person) != holds}


def replicas_of(
    changes: Sequence[Change],
    numbers: Numbers,
    institution: str,
    on: dt.date,
    departed: Mapping[str, Whereabouts],
) -> list[WrittenSheet]:
    """Give the replicas of a list of changes; nothing is read for that, and the gateway checks what the sheets hold.

    What one says depends on the record alone, never on the day it is sent, so that it can be held against it later.

    :param departed: what `departed_among` gave for these changes.
    """
    sheets = _Sheets.blank(on)
    for change in changes:
        _put_result(sheets, change, numbers)
    _put_absences(sheets, changes, numbers, departed)
    return sheets.filled(institution, on)


_Page = tuple[LayoutVersion, list[WrittenRow]]


@dataclass(frozen=True, slots=True)
class _Sheets:
    """The sheets of a list while they are filled: a page for each layout version, by programme and stage.

    A record stands in every layout version in force: whoever asks may not read the newest yet. What is taken back is so
    in every version there ever was.
    """

    ever: Mapping[tuple[Programme, Stage], Sequence[_Page]]
    in_force: Mapping[tuple[Programme, Stage], Sequence[_Page]]

    @classmethod
    def blank(cls, on: dt.date) -> Self:
        layouts = catalogue()
        pages = {
            data_set.code: [(version, list[WrittenRow]()) for version in data_set.versions]
            for data_set in layouts.data_sets.values()
        }
        ever = {
            (programme, stage): [page for one in layouts.data_sets_for(programme, stage) for page in pages[one.code]]
            for programme in Programme
            for stage in Stage
        }
        in_force = {version for code in pages for version in layouts.versions_in_force(code, on)}
        return cls(ever, {key: [page for page in some if page[0] in in_force] for key, some in ever.items()})

    def filled(self, institution: str, on: dt.date) -> list[WrittenSheet]:
        """Give the sheets that say anything."""
        return [
            WrittenSheet.model_construct(
                institution=institution,
                data_set=version.data_set,
                layout_version=version.number,
                published_from=on,
                # What is in a layout no longer in force is not provided, even before it is taken back.
                published_to=version.in_force_until,
                replicas=rows,
            )
            for (_, stage), some in self.ever.items()
            # Pages of both stages are those of each.
            if stage is not Stage.BOTH
            for version, rows in some
            if rows
        ]


def _put_result(sheets: _Sheets, change: Change, numbers: Numbers) -> None:
    """Put down what a change of a result puts where: its payload, empty where nothing may stay."""
    record, changed_on = change.record, change.changed_on
    if record is None or changed_on is None:
        return
    person, rank = numbers.unified[change.system_person_number], numbers.rank(change.system_person_number)
    # Where it stood and nothing stands now, nothing may be left to be provided.
    for place in change.former_places:
        key = _place_key(place.fiscal_year, place.sequence, rank)
        for _, rows in sheets.ever[place.programme, place.stage]:
            rows.append((person, key, change.revision, change.entry_id, True, ""))
    if change.withdrawn:
        return
    key = _place_key(record.fiscal_year, record.sequence, rank)
    for version, rows in sheets.in_force[record.programme, record.stage]:
        payload = as_text(record, layout_version=version, updated_on=changed_on)
        rows.append((person, key, change.revision, change.entry_id, True, payload))


def _place_key(fiscal_year: int, sequence: int, rank: int) -> str:
    """Name a record within its data set; what came under a second number of the person keeps apart."""
    return f"{fiscal_year}-{sequence:02}" if rank == 0 else f"{fiscal_year}-{sequence:02}-{rank}"


def departed_among(changes: Sequence[Change], numbers: Numbers) -> Mapping[str, Whereabouts]:
    """Read the whereabouts of whoever left, or returned, by each of their numbers."""
    people = {numbers.unified[change.system_person_number] for change in changes if _has_left(change, numbers)}
    return whereabouts(sorted(one for person in people for one in numbers.own[person])) if people else {}


def _has_left(change: Change, numbers: Numbers) -> bool:
    """Say whether somebody left, returned, or may turn out to live here under another number than the one they left."""
    return change.moved_out_date is not None or change.has_returned or _lives_under_several(change, numbers)


def _put_absences(
    sheets: _Sheets, changes: Sequence[Change], numbers: Numbers, known: Mapping[str, Whereabouts]
) -> None:
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
    # What it says depends on the layout and the day alone, and many left on one day.
    worded: dict[tuple[str, str, dt.date], str] = {}
    for person, change in last.items():
        found = [known[one] for one in numbers.own[person] if one in known]
        taken = frozenset().union(*(one.programmes for one in found))
        moved_out_date = _moved_out_date(found)
        for programme in (one for one in Programme if one in about[person]):
            left_on = None if programme in taken else moved_out_date
            for version, rows in (sheets.ever if left_on is None else sheets.in_force)[programme, Stage.PRIMARY]:
                payload = "" if left_on is None else _absence(version, left_on, worded)
                rows.append((person, NONE_TAKEN, 1, change.entry_id, False, payload))


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
