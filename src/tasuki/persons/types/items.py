"""What a system says of a person: the basic items (基本4情報) and what belongs to them."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class BasicItems:
    """What people are told apart by (氏名・生年月日・性別・住所), as one system states it; no `repr` shows any.

    `birth_date` is an ISO day, `1984-06` or `1984` where no more is known, or empty. `sex` is 1, 2 or empty.
    """

    name: str = field(repr=False)
    kana_name: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    address: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    household_number: str = field(default="", repr=False)


class Item(StrEnum):
    """One of the items that are compared, by the field that holds it."""

    NAME = "name"
    KANA_NAME = "kana_name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    ADDRESS = "address"


class Level(StrEnum):
    """How far two statements of one item agree."""

    SAME = "SAME"
    """To the letter."""
    VARIANT = "VARIANT"
    """One spelling of the other: kanji forms, width, kana, the way an address is written."""
    FORMER = "FORMER"
    """What the register said before: a former address or name."""
    UNKNOWN = "UNKNOWN"
    """At least one side does not say it."""
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two statements about people agree, item by item; says nothing of what the items are."""

    levels: tuple[tuple[Item, Level], ...]

    def of(self, item: Item) -> Level:
        """Give the level of one item."""
        # Five at most: looking along them is quicker than a table, and an inspection asks millions of times.
        return next(level for one, level in self.levels if one is item)

    @property
    def differing(self) -> tuple[Item, ...]:
        """The items that differ."""
        return tuple(item for item, level in self.levels if level is Level.DIFFERENT)

    @property
    def stored(self) -> dict[str, str]:
        """The form that is kept with a case."""
        return {item.value: level.value for item, level in self.levels}


class Verdict(StrEnum):
    """What an agreement is worth at the gate."""

    AGREES = "AGREES"
    DOUBT = "DOUBT"
    """Nothing differs, but too little is known."""
    DIFFERS = "DIFFERS"


@dataclass(frozen=True, slots=True)
class Registration:
    """A person whom a business system registers with the index (宛名登録); the individual number shows in no `repr`."""

    system_person_number: str
    items: BasicItems
    individual_number: str | None = field(default=None, repr=False)


class NonRegisteredCause(StrEnum):
    """Why somebody outside the register is registered by hand."""

    SCREENED_HERE = "SCREENED_HERE"
    """Takes a screening here while living elsewhere."""
    MOVED_OUT = "MOVED_OUT"
    """Has moved out, and the town still deals with them."""
    OTHER_DUTY = "OTHER_DUTY"
    """Another duty of the town, such as a tax or a benefit."""
