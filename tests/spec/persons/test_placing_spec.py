"""Where a registration belongs: what the index knows, and what follows from it."""

from dataclasses import dataclass, field, replace

import pytest

from tasuki.persons.placing import Ask, Known, Link, New, Placement, Stand, Subject, place
from tasuki.persons.types import REGISTER
from tasuki.persons.types.cases import CaseKind
from tasuki.persons.types.items import BasicItems

TARO = BasicItems("例示　太郎", "レイジ　タロウ", "1984-06-02", "1", "架空区模擬町1-1", household_number="77")
HANAKO = replace(TARO, name="例示　花子", kana_name="レイジ　ハナコ", birth_date="1986-01-15", sex="2")
NAMESAKE = replace(TARO, address="架空区例示町9-9", household_number="78")
NUMBER, OTHER_NUMBER = b"one", b"another"


def known(person: str, items: BasicItems, *systems: str, number: bytes | None = None, register: bool = True) -> Subject:
    """A person of the index, by default one the register knows."""
    everywhere = ([REGISTER] if register else []) + list(systems)
    return Subject(person, [(one, items) for one in everywhere], set(everywhere), set() if number is None else {number})


TARO_1 = known("1", TARO, number=NUMBER)
HANAKO_2 = known("2", HANAKO, number=OTHER_NUMBER)


@dataclass(frozen=True)
class Row:
    """`items` and `number` are stated by the system "care"; the rest is what stands."""

    name: str
    expected: Placement | CaseKind
    items: BasicItems = TARO
    number: bytes | None = NUMBER
    own: Subject | None = None
    holder: Subject | None = None
    household: tuple[Subject, ...] = ()
    born: tuple[Subject, ...] = field(default=())
    people: tuple[str | None, str | None] | None = None


ROWS = [
    Row("number and items of one person", Link("1"), holder=TARO_1),
    Row("again", Stand(), holder=TARO_1, own=TARO_1),
    Row("number of a stranger", CaseKind.ITEMS_DIFFER, holder=known("3", NAMESAKE, number=NUMBER), people=("3", None)),
    Row(
        "number of a stranger, items of somebody known", CaseKind.ITEMS_DIFFER,
        holder=known("3", NAMESAKE, number=NUMBER), born=(known("1", TARO),), people=("3", "1"),
    ),
    Row(
        "the spouse's number on the form", CaseKind.HOUSEHOLD_MEMBER, items=HANAKO, holder=TARO_1,
        household=(HANAKO_2,), people=("1", "2"),
    ),
    Row("too little to tell", CaseKind.TOO_LITTLE_KNOWN, items=replace(TARO, address=""), holder=TARO_1),
    Row("too little, but linked before", Stand(), items=replace(TARO, address=""), holder=TARO_1, own=TARO_1),
    Row("linked before, and now somebody else's items", CaseKind.ITEMS_DIFFER, items=HANAKO, holder=TARO_1, own=TARO_1),
    Row(
        "the system knows the holder by another number", CaseKind.SHARED_NUMBER,
        holder=known("1", TARO, "care", number=NUMBER), people=("1", None),
    ),
    Row("linked to one, number of another", CaseKind.NUMBER_CHANGED, holder=TARO_1, own=HANAKO_2, people=("2", "1")),
    Row("linked to one without a number", CaseKind.SHARED_NUMBER, holder=TARO_1, own=known("2", HANAKO)),
    Row("number of nobody, person without one", Link("1", takes_number=True), born=(known("1", TARO),)),
    Row("the same, linked before", Link("1", takes_number=True), own=known("1", TARO)),
    Row("number of nobody, person has another", CaseKind.NUMBER_CHANGED, born=(known("1", TARO, number=b"x"),)),
    Row("the same, linked before", CaseKind.NUMBER_CHANGED, own=known("1", TARO, number=b"x")),
    Row("number of nobody, known to no register", CaseKind.NOT_IN_REGISTER, people=(None, None)),
    Row(
        "number of nobody, known to another system only", CaseKind.NOT_IN_REGISTER,
        born=(known("1", TARO, "tax", register=False),), people=("1", None),
    ),
    Row("number of nobody, two people it could be of", CaseKind.SAME_NAME, born=(known("1", TARO), known("4", TARO))),
    Row("number of nobody, somebody near", CaseKind.NOT_IN_REGISTER, born=(known("3", NAMESAKE),), people=(None, "3")),
    Row("no number, nobody near", New(), number=None),
    Row("no number, linked before", Stand(), number=None, own=TARO_1),
    Row("no number, all items of one person", Link("1"), number=None, born=(known("1", TARO),)),
    Row("no number, a twin on the same day", Link("1"), number=None, born=(
        known("1", TARO), known("5", replace(TARO, name="例示　次郎", kana_name="レイジ　ジロウ")))),
    Row("no number, and a namesake", CaseKind.SAME_NAME, number=None, born=(known("1", TARO), known("3", NAMESAKE))),
    Row("no number, a namesake only", CaseKind.CANDIDATES, number=None, born=(known("3", NAMESAKE),)),
    Row("no number, the system has that person", CaseKind.CANDIDATES, number=None, born=(known("1", TARO, "care"),)),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_where_a_registration_belongs(row: Row) -> None:
    found = place(Known("care", row.items, row.number, row.own, row.holder, row.household, row.born))
    if isinstance(row.expected, CaseKind):
        assert isinstance(found, Ask)
        assert found.kind is row.expected
        if row.people is not None:
            assert (found.person, found.other) == row.people
    else:
        assert found == row.expected
