"""Households: who lives together, of what age, under which name, since when."""

from collections import Counter
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from tasuki.demo.generator.addresses import draw_address
from tasuki.demo.generator.names import NamePool, SpelledName
from tasuki.demo.generator.people import FEMALE, MALE, NumberDealer, Person
from tasuki.demo.generator.towns import Town, TownSet

PROTECTED_SHARE = 0.003
"""People under 支援措置 as a share of all; nationally the figure is of this order."""

# Ages of a person living alone in a Tokyo ward: (first age, last age, weight).
_SINGLE_AGES = (
    (18, 19, 4), (20, 24, 13), (25, 29, 17), (30, 34, 13), (35, 39, 10), (40, 44, 8), (45, 49, 8), (50, 54, 8),
    (55, 59, 6), (60, 64, 5), (65, 69, 4), (70, 74, 4), (75, 79, 5), (80, 84, 4), (85, 89, 3), (90, 99, 1),
)  # fmt: skip
_COUPLE_AGES = ((25, 34, 22), (35, 44, 12), (45, 54, 10), (55, 64, 16), (65, 74, 20), (75, 84, 16), (85, 92, 4))
_PARENT_AGES = ((28, 34, 18), (35, 44, 44), (45, 54, 34), (55, 60, 4))
_CARER_AGES = ((45, 54, 40), (55, 64, 45), (65, 70, 15))
_DYING_AGES = ((45, 59, 6), (60, 69, 12), (70, 79, 25), (80, 89, 37), (90, 100, 20))
_MOVER_AGES = ((26, 34, 22), (35, 44, 30), (45, 54, 20), (55, 64, 14), (65, 80, 14))


class HouseholdBuilder:
    """Builds the households of one town."""

    def __init__(self, *, town: Town, towns: TownSet, names: NamePool, dealer: NumberDealer, random: Random) -> None:
        """Take what every household draws from."""
        self._town, self._towns, self._names, self._dealer, self._random = town, towns, names, dealer, random
        self._weights = list(accumulate(town.household_weights))
        self._previous_single: Person | None = None
        self._last_surname: tuple[SpelledName, bool] | None = None
        self.counts: Counter[str] = Counter()

    def resident_household(self) -> list[Person]:
        """Build a household that lives in the town today."""
        people = self._compose()
        self._settle(people)
        return people

    def departed_household(self) -> list[Person]:
        """Build a household that moved elsewhere in the last five years."""
        people = self._compose()
        left = self._towns.reference_date - timedelta(days=30 + int(self._random.random() * 1780))
        destination = self._elsewhere()
        # Nobody can leave before being born: the youngest decides.
        left = max(left, max(person.born for person in people) + timedelta(days=30))
        left = min(left, self._towns.reference_date)
        self._settle(people, before=left)
        for person in people:
            person.moved_out, person.moved_out_to = left, destination
            person.protected_from = person.protected_until = None
        return people

    def deceased_person(self) -> list[Person]:
        """Build a person who died in the last five years."""
        person = self._person(self._surname(), self._age(_DYING_AGES), self._sex())
        died = self._towns.reference_date - timedelta(days=int(self._random.random() * 1800))
        self._settle([person], before=died)
        person.died = died
        person.protected_from = person.protected_until = None
        return [person]

    def moving_household(self, left: date) -> list[Person]:
        """Build a household that left for the other populated town on that day; mostly of ages with screenings."""
        head = self._person(self._surname(), self._age(_MOVER_AGES), self._sex())
        people = [head]
        if self._random.random() < 0.35:
            people.append(self._spouse(head))
        self._settle(people, before=left - timedelta(days=400))
        for person in people:
            person.moved_out = left
        return people

    def _compose(self) -> list[Person]:
        drawn = self._random.random() * self._weights[-1]
        kind = next(index for index, limit in enumerate(self._weights) if drawn < limit)
        if kind == 0:
            return [self._single()]
        if kind == 1:
            head = self._person(self._surname(), self._age(_COUPLE_AGES), MALE)
            return [head, self._spouse(head)]
        if kind in (2, 3):
            return self._family(two_parents=kind == 2)
        return self._carer_and_parent()

    def _single(self) -> Person:
        age = self._age(_SINGLE_AGES)
        sex = FEMALE if age >= 65 and self._random.random() < 0.35 else self._sex()
        person = self._person(self._surname(), age, sex)
        twin_of_name = self._previous_single
        if twin_of_name is not None and twin_of_name.sex == sex and self._random.random() < 0.005:
            # Same name, same reading, somebody else: what an index must never merge by name alone.
            person.name, person.kana, person.half_kana = twin_of_name.name, twin_of_name.kana, twin_of_name.half_kana
            self.counts["same_name_pairs"] += 1
        self._previous_single = person
        return person

    def _family(self, *, two_parents: bool) -> list[Person]:
        surname = self._surname()
        mother = self._person(surname, self._age(_PARENT_AGES), FEMALE)
        people = [mother]
        if two_parents:
            father = self._person(surname, self._age_of(mother) + int(self._random.gauss(2, 3)), MALE)
            people.insert(0, father)
        oldest = self._age_of(mother) - 24 - int(self._random.random() * 12)
        children = 1 + (self._random.random() < 0.5) + (self._random.random() < 0.12)
        age, born = min(max(oldest, 0), 22), None
        for _ in range(children):
            child = self._person(surname, age, self._sex())
            if born is not None and self._random.random() < 0.02:
                child.born = born
                self.counts["twin_pairs"] += 1
            people.append(child)
            born, age = child.born, max(age - 2 - int(self._random.random() * 3), 0)
        return people

    def _carer_and_parent(self) -> list[Person]:
        surname = self._surname()
        carer = self._person(surname, self._age(_CARER_AGES), self._sex())
        parent = self._person(surname, min(self._age_of(carer) + 24 + int(self._random.random() * 9), 99), FEMALE)
        return [carer, parent]

    def _spouse(self, head: Person) -> Person:
        # Couples share one name in this data, as married couples in the register do (民法750条).
        surname = self._last_surname or self._surname()
        sex = FEMALE if head.sex == MALE else MALE
        age = max(20, self._age_of(head) + int(self._random.gauss(-1, 3)))
        return self._person(surname, age, sex)

    def _surname(self) -> tuple[SpelledName, bool]:
        foreign = self._random.random() < self._town.foreign_share
        self._last_surname = (self._names.surname(self._random, foreign=foreign), foreign)
        return self._last_surname

    def _person(self, surname: tuple[SpelledName, bool], age: int, sex: str) -> Person:
        family, foreign = surname
        # Somewhere in the year that makes the age on the reference day; 365 days never reach the next birthday.
        days = int(age * 365.2425) + 1 + int(self._random.random() * 364)
        born = self._towns.reference_date - timedelta(days=days)
        given = self._names.given_name(self._random, sex=sex, born_year=born.year, foreign=foreign)
        individual_number, record_code = self._dealer.deal()
        return Person(
            individual_number=individual_number,
            resident_record_code=record_code,
            name=f"{family.written} {given.written}" if foreign else f"{family.written}　{given.written}",
            kana=f"{family.kana}　{given.kana}",
            half_kana=f"{family.half_kana} {given.half_kana}",
            born=born,
            sex=sex,
        )

    def _settle(self, people: list[Person], before: date | None = None) -> None:
        """Give the household its address, the day it came, and sometimes a protection."""
        latest = before or self._towns.reference_date
        postal_code, address = draw_address(self._random, self._town)
        came: date | None = None
        if self._random.random() < 0.6:
            came = latest - timedelta(days=1 + int(self._random.expovariate(1 / 2200)))
        origin = self._elsewhere()
        protected = self._random.random() < PROTECTED_SHARE
        for person in people:
            person.postal_code, person.address = postal_code, address
            if came is not None and came > person.born:
                person.moved_in, person.moved_in_from = came, origin
            if protected:
                self.protect(person)

    def protect(self, person: Person) -> None:
        """Put a person under 支援措置 for one year from a day within the last."""
        started = self._towns.reference_date - timedelta(days=int(self._random.random() * 360))
        person.protected_from, person.protected_until = started, started + timedelta(days=364)

    def _elsewhere(self) -> str:
        if self._random.random() < 0.08:
            return self._towns.abroad
        return self._towns.elsewhere[int(self._random.random() * len(self._towns.elsewhere))]

    def _age(self, bands: tuple[tuple[int, int, int], ...]) -> int:
        drawn = self._random.random() * sum(weight for _, _, weight in bands)
        for first, last, weight in bands:
            drawn -= weight
            if drawn < 0:
                return first + int(self._random.random() * (last - first + 1))
        return bands[-1][1]

    def _age_of(self, person: Person) -> int:
        return int((self._towns.reference_date - person.born).days / 365.2425)

    def _sex(self) -> str:
        return MALE if self._random.random() < 0.5 else FEMALE
