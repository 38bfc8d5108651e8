"""Values of the watching context."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: More people than one page of a list shows are counted and not named: their list has its own record of whom it holds.
MOST_NAMED: Final = 100


class Act(StrEnum):
    """What a member of staff did with personal data (操作)."""

    VIEW = "VIEW"
    SEARCH = "SEARCH"
    PRINT = "PRINT"
    EXPORT = "EXPORT"
    CHANGE = "CHANGE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Access:
    """One access: what was done on which page, from where, and whom it showed.

    A search tells which fields were used and how many were found, never the words.
    """

    act: Act
    page: str
    role: str
    address: str
    part: str = ""
    """What of the page, where the page alone does not say it."""
    is_list: bool = False
    """The page is about nobody alone, also where it shows one person only."""
    people: tuple[str, ...] = ()
    """Numbers in the health information system (宛名番号)."""
    unified: tuple[str, ...] = ()
    """Numbers in the person index (団体内統合宛名番号), where the page knows no other."""
    shown: int | None = None
    """How many people were shown or found; None where nobody counted."""
    fields: tuple[str, ...] = ()
    reason: str = ""
    """Why, as a code, where the page asked."""

    @property
    def named(self) -> int:
        """How many people the page named."""
        return len(self.people) + len(self.unified)

    @property
    def is_one_person(self) -> bool:
        """Tell whether the page is about one person, by either number or by both."""
        return not self.is_list and self.named > 0 and len(self.people) <= 1 and len(self.unified) <= 1

    @property
    def counted(self) -> int:
        """How many people the record counts."""
        if self.shown is not None:
            return self.shown
        return 1 if self.is_one_person else self.named


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which accesses are looked for; the period takes in both days."""

    since: dt.datetime
    until: dt.datetime
    staff: str | None = None
    act: Act | None = None
    role: str | None = None
    person: str | None = None
    unified: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedAccess:
    """An access as it was recorded, with the number of its record in the evidence."""

    entry_id: int
    at: dt.datetime
    staff: str
    role: str
    act: Act
    page: str
    people: tuple[str, ...]
    unified: tuple[str, ...]
    shown: int | None
    fields: tuple[str, ...]
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class AccessPage:
    """One page of accesses, and how many there are; `is_cut` says that there are more than were counted."""

    rows: tuple[RecordedAccess, ...]
    total: int
    is_cut: bool
