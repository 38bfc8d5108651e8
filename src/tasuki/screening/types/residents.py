"""Values of the resident register and of what staff keep beside it: changes, loads, contacts, protection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tasuki.screening.types import Person, ResidentRow


class MoveKind(StrEnum):
    """Why a line of the register changed (異動事由)."""

    BIRTH = "BIRTH"
    MOVED_IN = "MOVED_IN"
    MOVED_WITHIN = "MOVED_WITHIN"
    MOVED_OUT = "MOVED_OUT"
    DEATH = "DEATH"
    NAME_CHANGED = "NAME_CHANGED"
    HOUSEHOLD_CHANGED = "HOUSEHOLD_CHANGED"
    NUMBER_CHANGED = "NUMBER_CHANGED"
    PROTECTION = "PROTECTION"
    CORRECTED = "CORRECTED"


@dataclass(frozen=True, slots=True)
class ResidentMove:
    """One line of a day's changes: the resident as they are since `event_date`, and why."""

    resident: ResidentRow
    kind: MoveKind
    event_date: date


@dataclass(frozen=True, slots=True)
class RefusedMove:
    """A line of a day's changes that stayed out: its place in the list, and the rule it breaks."""

    place: int
    rule: str


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """What a load of the register changed.

    `missing` are residents whom a register said to be whole does not name; `refused` the changes that stayed out.
    """

    added: int
    changed: int
    unchanged: int
    missing: tuple[str, ...] = ()
    refused: tuple[RefusedMove, ...] = ()


class RegisterScope(StrEnum):
    """What a file of the register holds: everybody, what changed, or nothing anybody could read."""

    WHOLE = "WHOLE"
    CHANGES = "CHANGES"
    UNREADABLE = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class RegisterLoad:
    """One file of the register that was taken in."""

    load_id: UUID
    file_name: str
    sha256: str
    scope: RegisterScope
    total_rows: int
    added: int
    changed: int
    unchanged: int
    numbered: int
    problems: int
    missing: int
    loaded_at: datetime
    loaded_by: str


@dataclass(frozen=True, slots=True)
class FormerState:
    """A change of a resident: when it took effect and became known here, why, and what each changed column said."""

    kind: MoveKind
    event_date: date | None
    changed_at: datetime
    changed_by: str
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """A change of the register as it is passed on: whose, of what kind, since when, never what it says.

    `is_arrival` where the register had no entry of theirs before; `is_of_entry` where more changed than protection.
    """

    change_id: int
    system_person_number: str
    kind: MoveKind
    event_date: date | None
    changed_at: datetime
    is_arrival: bool
    is_of_entry: bool


class LetterLanguage(StrEnum):
    """Language a resident wants letters in; letters exist in Japanese and English, others get an easy Japanese one."""

    JAPANESE = "ja"
    ENGLISH = "en"
    CHINESE = "zh"
    KOREAN = "ko"
    VIETNAMESE = "vi"
    NEPALI = "ne"


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """How to reach a resident apart from the registered address."""

    phone: str = ""
    mailing_name: str = ""
    mailing_postal_code: str = ""
    mailing_address: str = ""
    mailing_from: date | None = None
    mailing_to: date | None = None
    letter_language: LetterLanguage = LetterLanguage.JAPANESE
    note: str = ""

    def mails_elsewhere(self, on: date) -> bool:
        """Say whether letters go to the mailing address on a day."""
        return bool(self.mailing_address) and (
            (self.mailing_from is None or self.mailing_from <= on) and (self.mailing_to is None or on < self.mailing_to)
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """A resident's contact as stored; `revision` 0 while nothing was ever written down."""

    details: ContactDetails
    revision: int = 0
    updated_at: datetime | None = None
    updated_by: str = ""


@dataclass(frozen=True, slots=True)
class FormerContact:
    """A change of a contact: who changed what, when and why. `before` is empty for the first."""

    changed_at: datetime
    changed_by: str
    reason: str
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ProtectionList:
    """Protected persons by what is to be done: in force without or with a far end, ending soon, lately ended."""

    in_force: tuple[Person, ...]
    ending: tuple[Person, ...]
    ended: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile:
    """Somebody else changed it since it was read; nothing was stored."""
