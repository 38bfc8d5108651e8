"""A town whose systems are linked, with wrong links of the national kinds among them, and the truth about each.

Everybody stands in the register and nearly everybody in one or two business systems, which lag behind moves and
marriages and spell as such systems do. Wrong links are planted past the gate, as they came about before there was one.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from tasuki.demo.generator.labelled import labelled_records
from tasuki.matching.types import PersonRecord
from tasuki.persons.inspecting import agrees_plainly
from tasuki.persons.types import REGISTER
from tasuki.persons.types.inspection import Cause
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.shared.dates import PartialDate

#: Business systems by the beginning of their keys.
SYSTEMS: Final = {"K0": "care", "K1": "benefits"}
#: Of 200 planted links, so many are of each kind.
KINDS: Final = {
    Cause.FAMILY_NUMBER: 40,
    Cause.NAMESAKE: 30,
    Cause.FEWER_ITEMS: 30,
    Cause.KEPT_BIRTH: 20,
    Cause.TYPO_BIRTH: 10,
    Cause.SWAPPED: 40,
    Cause.NEIGHBOUR: 30,
}
PLANTED: Final = sum(KINDS.values())


@dataclass(slots=True)
class Link:
    """A number of a business system: what it states, and of whom of the register it is said to be."""

    system: str
    registration: Registration
    person: int


@dataclass(slots=True)
class LinkedTown:
    """The register by person, every link, and what was planted: system and number with its kind."""

    register: dict[int, BasicItems] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    planted: dict[tuple[str, str], Cause] = field(default_factory=dict)
    truth: dict[tuple[str, str], int] = field(default_factory=dict)

    def statements(self) -> dict[str, list[Registration]]:
        """Give what each system states, the register included."""
        stated = {REGISTER: [Registration(_number(person), items) for person, items in self.register.items()]}
        for link in self.links:
            stated.setdefault(link.system, []).append(link.registration)
        return stated


def _number(person: int) -> str:
    return f"{person:07d}"


def linked_town(*, people: int, planted: int, seed: int) -> LinkedTown:
    """Make a town of so many people with so many wrong links."""
    town = LinkedTown()
    # A wrong birth date in a system is itself what an inspection looks for, so only planted ones are wrong.
    for one in labelled_records(people=people, seed=seed, has_wrong_births=False):
        items = _items(one.record)
        if one.record.key.startswith("R"):
            town.register[one.person] = items
        else:
            system = SYSTEMS[one.record.key[:2]]
            town.links.append(Link(system, Registration(_number(one.person), items), one.person))
            town.truth[system, _number(one.person)] = one.person
    _Planter(town, Random(seed + 1)).plant(planted)  # noqa: S311 — fictitious data, and must repeat
    return town


def _items(record: PersonRecord) -> BasicItems:
    return BasicItems(
        name=record.name or "",
        kana_name=record.kana or "",
        birth_date=_birth(record.birth_date),
        sex=record.sex or "",
        address=record.address or "",
        postal_code=record.postal_code or "",
        household_number=record.household_number or "",
    )


def _birth(known: PartialDate | None) -> str:
    if known is None:
        return ""
    parts = [f"{known.year:04d}"] + [f"{part:02d}" for part in (known.month, known.day) if part is not None]
    return "-".join(parts)


class _Planter:
    """Plants wrong links; nobody is used twice, and each form was right when it was written."""

    def __init__(self, town: LinkedTown, random: Random) -> None:
        self._town, self._random = town, random
        self._used: set[int] = set()
        self._households: dict[str, list[int]] = {}
        for person, items in town.register.items():
            self._households.setdefault(items.household_number, []).append(person)
        self._next = max(town.register) + 1

    def plant(self, planted: int) -> None:
        """Plant so many, of each kind in its share."""
        links = copy(self._town.links)
        self._random.shuffle(links)
        current = iter([link for link in links if agrees_plainly(link.registration.items, self._known(link))])
        kinds = [cause for cause, share in KINDS.items() for _ in range(share * planted // PLANTED)]
        places: dict[Cause, Callable[[Link], bool]] = {
            Cause.FAMILY_NUMBER: self._give_family_number,
            Cause.SWAPPED: self._swap,
            Cause.TYPO_BIRTH: self._mistype_birth,
            Cause.NAMESAKE: lambda link: self._link_to_new(link, address=True, birth=True),
            Cause.FEWER_ITEMS: lambda link: self._link_to_new(link, address=True, birth=False),
            Cause.KEPT_BIRTH: self._keep_wrong_birth,
            Cause.NEIGHBOUR: self._link_to_neighbour,
        }
        while kinds:
            cause, link = kinds[-1], next(current)
            if link.person in self._used:
                continue
            if places[cause](link):
                self._used.add(link.person)
                self._town.planted[link.system, link.registration.system_person_number] = cause
                kinds.pop()
                if cause is Cause.SWAPPED:
                    kinds.pop()

    def _known(self, link: Link) -> BasicItems:
        return self._town.register[link.person]

    def _family(self, link: Link) -> Sequence[int]:
        household = self._households[self._known(link).household_number]
        return [one for one in household if one != link.person and one not in self._used]

    def _give_family_number(self, link: Link) -> bool:
        family = self._family(link)
        if not family:
            return False
        link.person = self._random.choice(family)
        return True

    def _swap(self, link: Link) -> bool:
        numbers = {_number(one) for one in self._family(link)}
        other = next(
            (one for one in self._town.links
             if one.system == link.system and one.registration.system_person_number in numbers
             and agrees_plainly(one.registration.items, self._known(one))),
            None,
        )  # fmt: skip
        if other is None:
            return False
        link.person, other.person = other.person, link.person
        self._used |= {link.person, other.person}
        self._town.planted[other.system, other.registration.system_person_number] = Cause.SWAPPED
        return True

    def _mistype_birth(self, link: Link) -> bool:
        self._state(link, birth_date=_other_day(link.registration.items.birth_date, self._random))
        return True

    def _keep_wrong_birth(self, link: Link) -> bool:
        """The system has a wrong birth date, which is that of a namesake."""
        self._link_to_new(link, address=True, birth=True)
        self._state(link, birth_date=self._known(link).birth_date)
        return True

    def _link_to_new(self, link: Link, *, address: bool, birth: bool) -> bool:
        """Let somebody of the same name live elsewhere, or be of another age, and link to them."""
        known = self._known(link)
        elsewhere = self._town.register[self._random.choice(range(len(self._town.register)))]
        link.person = self._settle(
            replace(
                known,
                address=elsewhere.address if address else known.address,
                postal_code=elsewhere.postal_code if address else known.postal_code,
                birth_date=_other_day(known.birth_date, self._random) if birth else known.birth_date,
            )
        )
        return True

    def _link_to_neighbour(self, link: Link) -> bool:
        known = self._known(link)
        stranger = self._town.register[self._random.choice(range(len(self._town.register)))]
        link.person = self._settle(
            replace(
                stranger,
                address=known.address,
                postal_code=known.postal_code,
                birth_date=_other_day(stranger.birth_date, self._random),
            )
        )
        return True

    def _settle(self, items: BasicItems) -> int:
        """Let somebody new move into a household of their own."""
        person, self._next = self._next, self._next + 1
        self._town.register[person] = replace(items, household_number=f"N{person:07d}")
        return person

    def _state(self, link: Link, *, birth_date: str) -> None:
        link.registration = replace(link.registration, items=replace(link.registration.items, birth_date=birth_date))


def _other_day(birth_date: str, random: Random) -> str:
    day = date.fromisoformat(birth_date)
    return (day - timedelta(days=random.randrange(30, 4000))).isoformat()
