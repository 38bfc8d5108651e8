"""Values of check sheets."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tasuki.layouts.differing import Kind, Subject


class Side(StrEnum):
    """Who answers for a line (双方): the town, or whoever builds and runs its system."""

    TOWN = "TOWN"
    VENDOR = "VENDOR"


class Verdict(StrEnum):
    """What a side says of a line."""

    DONE = "DONE"
    NOT_AFFECTED = "NOT_AFFECTED"
    OPEN = "OPEN"

    @property
    def settles(self) -> bool:
        """Whether nothing is left to do."""
        return self is not Verdict.OPEN


@dataclass(frozen=True, slots=True)
class Signature:
    """A side's word for a line, and whose it is."""

    side: Side
    verdict: Verdict
    remark: str
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One difference, every place that uses what it touches, and each side's last word."""

    number: int
    kind: Kind
    subject: Subject
    key: str
    name_ja: str
    name_en: str
    what: str
    before: str
    after: str
    places: tuple[str, ...]
    mappings: tuple[str, ...]
    results: int
    signatures: dict[Side, Signature]

    @property
    def is_settled(self) -> bool:
        """Whether both sides say that nothing is left to do."""
        return len(self.signatures) == len(Side) and all(one.verdict.settles for one in self.signatures.values())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A check sheet (チェックシート): what one edition of the layouts changes."""

    sheet_id: UUID
    title: str
    edition_sha256: str
    drawn_at: datetime
    drawn_by: str
    lines: int
    settled: int

    @property
    def is_settled(self) -> bool:
        """Whether both sides settled every line."""
        return self.settled == self.lines


class SheetProblem(StrEnum):
    """Why no check sheet is drawn."""

    NO_ARCHIVE = "no_archive"
    TOO_LARGE = "too_large"
    NO_LAYOUTS = "no_layouts"
    DAMAGED = "damaged"
    NOTHING_CHANGES = "nothing_changes"


class UnusableEdition(Exception):
    """A file is no edition of the layouts; `detail` names file and entry, in the words of the reader."""

    def __init__(self, problem: SheetProblem, detail: str = "") -> None:
        super().__init__(problem.value)
        self.problem, self.detail = problem, detail
