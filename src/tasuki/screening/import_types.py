"""Values around imports: senders, versions of their mappings, rows to look at, candidates for whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tasuki.screening.types import ImportProblem


class SenderKind(StrEnum):
    """What kind of party sends files."""

    ASSOCIATION = "ASSOCIATION"
    CENTRE = "CENTRE"
    HOSPITAL = "HOSPITAL"
    OTHER = "OTHER"


class RowState(StrEnum):
    """What became of a row somebody has to look at."""

    OPEN = "OPEN"
    READY = "READY"
    STORED = "STORED"
    IGNORED = "IGNORED"
    SENT_BACK = "SENT_BACK"


class RowAct(StrEnum):
    """What was done with such a row."""

    FIXED = "FIXED"
    ACCEPTED = "ACCEPTED"
    MATCHED = "MATCHED"
    IGNORED = "IGNORED"
    SENT_BACK = "SENT_BACK"
    REOPENED = "REOPENED"
    STORED = "STORED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends files; `mappings` is how many of theirs are in use."""

    sender_id: UUID
    name: str
    kind: SenderKind
    drop_folder: str
    commits_unattended: bool
    mappings: int


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Somebody else is called so already: nothing was changed."""

    name: str


@dataclass(frozen=True, slots=True)
class SenderMapping:
    """One of a sender's mappings, at the version that counts now."""

    mapping_id: UUID
    sender_id: UUID
    sender_name: str
    programme: str
    name: str
    version: int
    content: str
    saved_at: datetime
    saved_by: str
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """What a mapping said at one version, who saved it, and why."""

    mapping_id: UUID
    version: int
    content: str
    reason: str
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True, slots=True)
class MappingDraft:
    """A mapping being made. `content` is the editor's own form of it, which may not be sound yet."""

    draft_id: UUID
    sender_id: UUID
    sender_name: str
    mapping_id: UUID | None
    content: Mapping[str, object]
    sample_name: str
    started_by: str


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A row somebody has to look at: as it was sent, as it reads now, its problems, and what was decided.

    `accepted` names rules whose warnings stand; `matched_person` is whom a clerk decided it is about.
    """

    line: int
    sent: tuple[str, ...]
    cells: tuple[str, ...]
    state: RowState
    has_errors: bool
    matched_person: str | None
    accepted: frozenset[str]
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class RowChange:
    """One thing that was done with a row; `before` and `after` are its cells, or what was decided."""

    act: RowAct
    changed_at: datetime
    changed_by: str
    reason: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many rows break a rule, by what became of them; worded as the first of its problems was."""

    rule: str
    is_error: bool
    open_rows: int
    rows: int
    message_ja: str
    message_en: str


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The rows of an import by what can be done with them now. `clean` rows had nothing wrong from the start."""

    clean: int
    ready: int
    to_accept: int
    to_fix: int
    ignored: int
    sent_back: int
    stored: int

    @property
    def can_go_in(self) -> int:
        """How many rows a commit would store."""
        return self.clean + self.ready


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resident a row may be about, and which of the four items say so.

    `is_certain` means: reading, birth date, sex and written name all agree, and with nobody else.
    """

    system_person_number: str
    name: str
    kana_name: str
    birth_date: date
    sex: str
    address: str
    moved_out_date: date | None
    died_date: date | None
    is_protected: bool
    agreeing: tuple[str, ...]
    is_named: bool
    is_certain: bool


@dataclass(frozen=True, slots=True)
class SearchedItems:
    """What a row says of whom it is about."""

    number: str
    name: str
    kana: str
    birth_date: str
    sex: str
    address: str


@dataclass(frozen=True, slots=True)
class RowChanged:
    """What was asked was done; the row now stands so, with what is still wrong with it."""

    state: RowState
    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class RowClosed:
    """The row is stored already, or its import is closed: nothing was changed."""

    line: int


RowOutcome = RowChanged | RowClosed
