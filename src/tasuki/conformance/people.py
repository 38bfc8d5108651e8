"""Fictitious people for the scenarios: nobody's numbers, recognisable by their first digits (ADR 0005)."""

from dataclasses import dataclass

from tasuki.shared.identifiers import individual_number_check_digit, resident_record_code_check_digit

#: How many people the register of the J-LIS stand-in is given; whoever is further up is unknown to it.
PEOPLE = 100
_FIRST = 9_900_000


@dataclass(frozen=True, slots=True)
class Person:
    """One person, by their place in the list: the numbers the state gives them, and those of the two towns."""

    place: int

    @property
    def individual_number(self) -> str:
        first = f"9999{_FIRST + self.place:07d}"
        return first + individual_number_check_digit(first)

    @property
    def resident_record_code(self) -> str:
        first = f"999{_FIRST + self.place:07d}"
        return first + resident_record_code_check_digit(first)

    @property
    def at_town(self) -> str:
        return f"7{self.place:014d}"

    @property
    def at_peer(self) -> str:
        return f"8{self.place:014d}"


def register() -> str:
    """Return the register of the J-LIS stand-in as the file `tasuki import-jlis` takes."""
    people = (Person(place) for place in range(PEOPLE))
    return "個人番号,住民票コード\n" + "".join(
        f"{one.individual_number},{one.resident_record_code}\n" for one in people
    )
