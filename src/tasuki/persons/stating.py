"""Statements as they are handed over: lines of COPY's text form. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from tasuki.persons.types.items import Registration

#: The columns of a line that `state_people` takes, in their order.
COLUMNS: Final = (
    "system_person_number", "name", "kana_name", "birth_date", "sex", "postal_code", "address", "household_number",
)  # fmt: skip


def lines_of(people: Iterable[Registration]) -> Iterator[bytes]:
    """Write registrations as `state_people` takes them."""
    for one in people:
        yield ("\t".join(map(_escaped, cells_of(one))) + "\n").encode()


def cells_of(one: Registration) -> tuple[str, ...]:
    """Give what a registration states, in the order of `COLUMNS`."""
    items = one.items
    return (
        one.system_person_number, items.name, items.kana_name, items.birth_date, items.sex, items.postal_code,
        items.address, items.household_number,
    )  # fmt: skip


def _escaped(text: str) -> str:
    """Write a text as COPY's text form wants it; PostgreSQL keeps no NUL."""
    text = text.replace("\0", "").replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
