"""Values of plans of the change over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tasuki.cutover.types import FileKind, FileReport, TableDigest


class PlanState(StrEnum):
    """How far a plan has come."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    STOPPED = "STOPPED"
    """Somebody said no-go."""
    RUNNING = "RUNNING"
    LOADED = "LOADED"
    ROLLED_BACK = "ROLLED_BACK"
    CLOSED = "CLOSED"


class Verdict(StrEnum):
    """What somebody says of a plan."""

    GO = "GO"
    NO_GO = "NO_GO"


class Obstacle(StrEnum):
    """Why a plan may not be approved, or not be carried out now."""

    IN_OFFICE_HOURS = "in_office_hours"
    WINDOW_OVER = "window_over"
    NOT_REHEARSED = "not_rehearsed"
    REHEARSAL_FAILED = "rehearsal_failed"
    WAY_BACK_NOT_PROVEN = "way_back_not_proven"
    SHEET_NOT_SETTLED = "sheet_not_settled"
    STEP_OUTSIDE = "step_outside"
    STEP_WITHOUT_PERSON = "step_without_person"
    SAME_PERSON = "same_person"
    NOT_A_DRAFT = "not_a_draft"
    NOT_APPROVED = "not_approved"
    OUTSIDE_WINDOW = "outside_window"
    OTHER_EXPORT = "other_export"
    NOTHING_TO_UNDO = "nothing_to_undo"
    STEPS_OPEN = "steps_open"
    NOT_FINISHED = "not_finished"
    NO_SUCH_PLAN = "no_such_plan"


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody's go or no-go."""

    verdict: Verdict
    reason: str
    said_at: datetime
    said_by: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan: what, who, when, and the way back from there; `done_at` is when it was really done."""

    place: int
    what: tuple[str, str]
    who: str
    planned_at: datetime
    way_back: tuple[str, str]
    done_at: datetime | None = None
    ticked_by: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class LoadedPart:
    """A file of a plan that is in."""

    name: str
    kind: FileKind
    sha256: str
    load: UUID
    loaded_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of the change over, with what became of it."""

    number: int
    title: str
    rehearsal: int
    export_digest: str
    sheet_id: UUID | None
    opens_at: datetime
    closes_at: datetime
    state: PlanState
    made_at: datetime
    made_by: str
    begun_at: datetime | None
    loaded_at: datetime | None
    rolled_back_at: datetime | None
    rolled_back_by: str | None
    rolled_back_why: str
    files: tuple[FileReport, ...]
    before: Mapping[str, TableDigest]
    differing: tuple[str, ...]
    left: int | None
    closed_at: datetime | None
    closed_by: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What somebody asks for when they plan a change over."""

    title: str
    rehearsal: int
    sheet_id: UUID | None
    opens_at: datetime
    closes_at: datetime
