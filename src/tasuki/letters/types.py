"""Values of letters: to whom, about what, in whose words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class LetterKind(StrEnum):
    """What a letter is for."""

    RESULT_NOTICE = "RESULT_NOTICE"
    GATHERED_NOTICE = "GATHERED_NOTICE"
    REFERRAL = "REFERRAL"
    DETAIL_REMINDER = "DETAIL_REMINDER"
    HPV_RECALL = "HPV_RECALL"
    RETEST = "RETEST"
    COUPON = "COUPON"
    REMINDER = "REMINDER"
    CODE_REQUEST = "CODE_REQUEST"
    """To another municipality that holds no linkage code of a person: please acquire one."""
    INCIDENT_REPORT = "INCIDENT_REPORT"
    """To the Personal Information Protection Commission: a wrong link, and what it led to."""
    WRONG_LINK_NOTICE = "WRONG_LINK_NOTICE"
    """To the person whose records were mixed up with another's."""
    WRONG_DATA_NOTICE = "WRONG_DATA_NOTICE"
    """To an institution that was given another person's records."""


#: Letters that tell a person what a screening came to.
NOTICES: Final = (LetterKind.RESULT_NOTICE, LetterKind.GATHERED_NOTICE)


class WordingLanguage(StrEnum):
    """A language letters are worded in; the easy Japanese one serves whoever reads neither of the others well."""

    JAPANESE = "ja"
    EASY_JAPANESE = "ja-easy"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one kind of letter in one language, as staff may change them.

    Each text is plain: an empty line parts paragraphs, `**` surrounds what is bold, `{氏名}` stands for a value.
    Version 0 is what this release ships.
    """

    kind: LetterKind
    language: WordingLanguage
    title: str
    opening: str
    body: str
    notes: str
    version: int = 0
    reason: str = ""
    written_at: datetime | None = None
    written_by: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the letters, and where on the page an envelope's window shows the destination, in millimetres."""

    department: str
    postal_code: str
    address: str
    phone: str
    hours: str
    window_left: float = 22.0
    window_top: float = 18.0
    window_width: float = 85.0
    window_height: float = 40.0
    version: int = 0
    reason: str = ""
    written_at: datetime | None = None
    written_by: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """To whom a letter goes: the lines in the window. `care_of` is another name on the envelope, such as 様方."""

    name: str
    postal_code: str
    address: str
    care_of: str = ""
    honorific: str = "様"


@dataclass(frozen=True, slots=True)
class Coupon:
    """The part of a letter that is handed in at the examination: a number, also as a barcode, and what it is for."""

    number: str
    title: str
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Slip:
    """A page for somebody else to fill in and send back: labels with room to write, or with boxes to tick."""

    title: str
    intro: str
    lines: Sequence[tuple[str, Sequence[str]]]
    """Each label with the choices to tick; none leaves a line to write on."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: `values` fill the placeholders of the wording, `rows` make its table under `head`."""

    destination: Destination
    person: str
    """宛名番号; for the record of what was sent, never printed."""
    number: str
    on: date
    values: dict[str, str] = field(default_factory=dict)
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    coupon: Coupon | None = None
    slip: Slip | None = None
    subject: str = ""
    """What the letter is about, by id: a result, an invitation, a case."""
    also: Sequence[str] = ()
    """What else it is about: the other results of a notice that gathers several."""


@dataclass(frozen=True, slots=True)
class ListDocument:
    """A printed list or report: a title, a table that goes on over the pages, and notes."""

    title: str
    subtitle: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    is_wide: bool = False
    numeric: Sequence[int] = ()
    """Columns of numbers, which stand to the right."""


@dataclass(frozen=True, slots=True)
class WordingProblem:
    """What is wrong with a text staff wrote: which part, what, and what to do."""

    part: str
    message_ja: str
    message_en: str


@dataclass(frozen=True, slots=True)
class IssuedLetter:
    """A letter that was made for a resident."""

    letter_id: UUID
    kind: LetterKind
    language: WordingLanguage
    person: str
    number: str
    subject: str
    wording_version: int
    issued_at: datetime
    issued_by: str


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF, and the letters whose names or addresses have characters no font of ours has."""

    pdf: bytes
    unprintable: tuple[Letter, ...] = ()
