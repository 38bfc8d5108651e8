"""People who moved from one populated town to the other: the same person in two registers."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tasuki.demo.generator.addresses import draw_address
from tasuki.demo.generator.households import HouseholdBuilder
from tasuki.demo.generator.names import modern_spelling
from tasuki.demo.generator.people import Person
from tasuki.demo.generator.towns import Town

MIN_NEVER_SCREENED = 20
"""The first households to move were never screened: an inquiry about them must find nothing, and say so."""
MIN_PROTECTED = 6
"""The next ones are under 支援措置 and were screened: their answers must be held."""
_LONGEST_STAY_DAYS = 340


@dataclass(slots=True)
class Mover:
    """One person, as the former and as the present town registers them."""

    former: Person
    present: Person
    screened: bool
    results: int = 0


def build_moving_households(
    *,
    former: Town,
    present: Town,
    builder: HouseholdBuilder,
    count: int,
    reference_date: date,
    random: Random,
) -> list[list[Mover]]:
    """Build households that moved within the last year, at least `count` people in all."""
    households: list[list[Mover]] = []
    people = 0
    while people < count:
        left = reference_date - timedelta(days=7 + int(random.random() * _LONGEST_STAY_DAYS))
        # Most were screened: the history that should follow them is what the software is for.
        screened = len(households) >= MIN_NEVER_SCREENED and random.random() > 0.05
        household = builder.moving_household(left)
        if MIN_NEVER_SCREENED <= len(households) < MIN_NEVER_SCREENED + MIN_PROTECTED:
            for person in household:
                builder.protect(person)
        households.append(_arrive(household, former, present, left, screened, random))
        people += len(household)
    return households


def _arrive(
    household: list[Person], former: Town, present: Town, left: date, screened: bool, random: Random
) -> list[Mover]:
    arrived = left + timedelta(days=int(random.random() * 6))
    postal_code, address = draw_address(random, present)
    respelled = random.random() < 0.1
    movers = []
    for person in household:
        person.moved_out_to = present.code
        there = replace(
            person,
            name=modern_spelling(person.name) if respelled else person.name,
            postal_code=postal_code,
            address=address,
            moved_in=arrived,
            moved_in_from=former.code,
            moved_out=None,
            moved_out_to="",
        )
        movers.append(Mover(person, there, screened))
    return movers
