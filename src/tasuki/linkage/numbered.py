"""Who the people of a sending are: the index is not asked again with each of the lists that tell of them."""

import time
from collections.abc import Set
from typing import Final

from tasuki.linkage.carrying import Numbers
from tasuki.linkage.types import SYSTEM
from tasuki.persons.queries import people as people_of_index

#: What the index said is gone by for so many seconds: no longer than a list may be under way.
KNOWN_FOR: Final = 5.0


class NumberedPeople:
    """What the index said of people a moment ago; most are in several lists of a sending.

    Who is who may change meanwhile, as it may for a list that is already under way: the next sending begins with what
    changed, and tells everything of those people anew.
    """

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._unified: dict[str, str] = {}
        self._own: dict[str, tuple[str, ...]] = {}

    def numbers_of(self, system_numbers: Set[str]) -> Numbers:
        """Return who these are; the unnumbered are left out. Who is in quarantine is asked each time."""
        if time.monotonic() - self._since > KNOWN_FOR:
            self._forget()
        if not self._learn(system_numbers - self._unified.keys()):
            self._forget()
            self._learn(system_numbers)
        unified = {number: self._unified[number] for number in system_numbers if number in self._unified}
        people = set(unified.values())
        own = {person: self._own[person] for person in people}
        return Numbers(unified, own, people_of_index.quarantined(sorted(people)))

    def _learn(self, system_numbers: Set[str]) -> bool:
        """Ask the index about people, and say whether it agrees with what it said of others before."""
        if not system_numbers:
            return True
        unified, own = people_of_index.people_numbered(SYSTEM, sorted(system_numbers))
        agrees = all(self._own.get(person, numbers) == numbers for person, numbers in own.items())
        self._unified |= unified
        self._own |= own
        return agrees

    def _forget(self) -> None:
        self._since = time.monotonic()
        self._unified.clear()
        self._own.clear()
