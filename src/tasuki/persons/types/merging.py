"""Values of merge, split and quarantine."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True, order=True)
class SystemNumber:
    """A person as one system numbers them (宛名番号)."""

    system: str
    number: str


class GatewayTaskKind(StrEnum):
    """What the gateway is to be told of a person."""

    STOP = "STOP"
    """No automatic answers from now on."""
    FORGET = "FORGET"
    """Delete what is registered of this number, its linkage code included; what still holds is registered anew."""
    FORGET_CODE = "FORGET_CODE"
    """Delete the linkage code: the individual number it was acquired with is gone for good (番号法20条)."""
    RELEASE = "RELEASE"
    """Automatic answers again, once everything before is done, unless something else holds them."""


class QuarantineCause(StrEnum):
    """Why provision for a person is stopped."""

    CASE = "CASE"
    """It is being decided who they are."""
    WRONG_LINK = "WRONG_LINK"
    """Somebody else's records are, or may be, among theirs."""
    WRONG_NUMBER = "WRONG_NUMBER"
    """The individual number may be another person's."""
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One stop of provision for a person."""

    quarantine_id: UUID
    person: str
    case_id: UUID | None
    cause: QuarantineCause
    reason: str
    began_at: dt.datetime
    began_by: str
    ended_at: dt.datetime | None
    ended_by: str
    end_reason: str


@dataclass(frozen=True, slots=True)
class GatewayTask:
    """Something the gateway has yet to be told of a person."""

    task_id: int
    kind: GatewayTaskKind
    person: str
    created_at: dt.datetime


class ActKind(StrEnum):
    """What was done to who is who."""

    MERGE = "MERGE"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True)
class IdentityAct:
    """A merge or a split, and whether it was undone."""

    act_id: UUID
    kind: ActKind
    person: str
    other: str
    reason: str
    proposed_by: str
    done_at: dt.datetime
    done_by: str
    undone_at: dt.datetime | None
    undone_by: str
    undo_reason: str
