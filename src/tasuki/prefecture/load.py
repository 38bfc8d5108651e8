"""Fills a prefecture through its nodes' own interfaces: who takes part, codes, replicas. Nothing goes into a table."""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tasuki.conformance.seats import Seat
from tasuki.demo.deployment import JLIS, NETWORK
from tasuki.demo.steps import Commands
from tasuki.layouts.types import LayoutVersion
from tasuki.prefecture.plan import (
    GATEWAYS,
    SEATS,
    Mover,
    Place,
    Plan,
    data_sets,
    movers,
    payload,
    places,
    registered_at,
)
from tasuki.protocol import messages
from tasuki.protocol.envelope import size_of
from tasuki.protocol.replica_messages import WrittenSheet, in_parts

LIST: Final = 5_000
_WAIT_SECONDS: Final = 300.0
_MEMBER: Final = """[[member]]
institution = "{institution}"
name = "{name}"
name_en = "Mogi {number:03d}"
municipality_code = "{code}"
class = "municipality"
gateway = "{gateway}"
town = "{town}"
assessed_on = 2022-03-01

"""


class NotBound(Exception):
    """Codes that were issued did not reach their gateways in time."""


def join(commands: Commands, plan: Plan, folder: Path) -> int:
    """Tell every node who takes part and the J-LIS stand-in who lives here; return how many people that is."""
    members, register = folder / "members.toml", folder / "register.csv"
    members.write_text("".join(map(_member, places(plan))), encoding="utf-8")
    people = (f"{one.individual_number},{one.resident_record_code}\n" for one in movers(plan))
    register.write_text("個人番号,住民票コード\n" + "".join(people), encoding="utf-8")
    known, *_ = commands.run_all(
        [
            ("import-jlis", str(register), "--node", JLIS),
            *(("members", str(members), "--node", node) for node in (NETWORK, *GATEWAYS)),
        ]
    )
    return int(known["people"])


def _member(place: Place) -> str:
    return _MEMBER.format(
        institution=place.institution,
        name=place.name,
        number=place.number + 1,
        code=place.municipality_code,
        gateway=GATEWAYS[place.side],
        town=SEATS[place.side],
    )


def on_both_sides(seats: Sequence[Seat], work: Callable[[int, Seat], Any]) -> list[Any]:
    """Do something for both sides at once."""
    with ThreadPoolExecutor(len(seats)) as pool:
        return list(pool.map(work, range(len(seats)), seats))


def acquire_codes(plan: Plan, seats: Sequence[Seat]) -> int:
    """Acquire the codes of everybody who moved, at both institutions, and wait until all are bound."""
    return sum(on_both_sides(seats, lambda side, seat: _acquire(plan, side, seat)))


def _acquire(plan: Plan, side: int, seat: Seat) -> int:
    people = list(_people_of(plan, side))
    for part in _parts(people):
        _acquire_part(seat, part)
    return len(people)


def _people_of(plan: Plan, side: int) -> Iterator[tuple[Place, str, Mover]]:
    for mover in movers(plan):
        for place, number in ((mover.home, mover.here), (mover.former, mover.there)):
            if place.side == side:
                yield place, number, mover


def _acquire_part(seat: Seat, part: Sequence[tuple[Place, str, Mover]]) -> None:
    numbers = [os.urandom(16).hex() for _ in part]
    link = seat.link()
    link.open_acquisitions(
        [
            messages.AcquisitionOpened(
                institution=place.institution, acquisition_number=number, unified_person_number=person
            )
            for number, (place, person, _) in zip(numbers, part, strict=True)
        ]
    )
    link.request_codes(
        [
            messages.AcquisitionRequest(
                institution=place.institution, acquisition_number=number, individual_number=mover.individual_number
            )
            for number, (place, _, mover) in zip(numbers, part, strict=True)
        ]
    )
    asked = [
        messages.CodeStatusAsked(institution=place.institution, acquisition_number=number, unified_person_number=person)
        for number, (place, person, _) in zip(numbers, part, strict=True)
    ]
    deadline = time.monotonic() + _WAIT_SECONDS
    while not all(one.bound for one in link.code_status(asked)):
        if time.monotonic() > deadline:
            raise NotBound(f"{len(asked)} codes were asked for")
        time.sleep(0.3)


def register(plan: Plan, seats: Sequence[Seat], *, told: Callable[[int], None]) -> int:
    """Let every institution answer for its people, and register their replicas; return how many there are.

    :param told: called now and then with how many are registered on one of the sides.
    """
    of_places = registered_at(plan)
    return sum(on_both_sides(seats, lambda side, seat: _register(of_places, side, seat, told)))


def _register(of_places: dict[Place, list[str]], side: int, seat: Seat, told: Callable[[int], None]) -> int:
    link, done = seat.link(), 0
    for place, people in of_places.items():
        if place.side != side:
            continue
        for part in _parts(people):
            link.set_holds([messages.Hold(institution=place.institution, unified_person_numbers=part, hold=False)])
        for part in in_parts((_sheet(place, people, version) for version in data_sets()), LIST):
            link.register_replicas(part)
            done += size_of(part)
            told(done)
    return done


def _sheet(place: Place, people: Sequence[str], version: LayoutVersion) -> WrittenSheet:
    return WrittenSheet.model_construct(
        institution=place.institution,
        data_set=version.data_set,
        layout_version=version.number,
        published_from=dt.date(2026, 4, 1),
        published_to=None,
        replicas=[(person, "2025-01", 1, 1, True, payload(version, place, person)) for person in people],
    )


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), LIST):
        yield items[start : start + LIST]
