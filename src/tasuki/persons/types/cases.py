"""Cases (要確認): what the index does not decide by itself, and what people decide about it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class CaseKind(StrEnum):
    """Why somebody has to look."""

    ITEMS_DIFFER = "ITEMS_DIFFER"
    """The individual number is somebody's whose items in the register are others."""
    HOUSEHOLD_MEMBER = "HOUSEHOLD_MEMBER"
    """The individual number is that of another member of the household."""
    SHARED_NUMBER = "SHARED_NUMBER"
    """Two persons of one system state one individual number."""
    NUMBER_CHANGED = "NUMBER_CHANGED"
    """The person is in custody with another individual number (番号法7条2項, or a mix-up)."""
    TOO_LITTLE_KNOWN = "TOO_LITTLE_KNOWN"
    """Nothing differs, but fewer than the items the gate needs are stated."""
    NOT_IN_REGISTER = "NOT_IN_REGISTER"
    """An individual number of somebody the register does not know: nothing to hold it against."""
    SAME_NAME = "SAME_NAME"
    """Several people of one name, reading and birth date could be meant."""
    CANDIDATES = "CANDIDATES"
    """No individual number, and somebody known may be this person (住登外者)."""
    MERGE = "MERGE"
    """Two numbers are said to be of one person."""
    SPLIT = "SPLIT"
    """One number is said to be of two people."""
    UNDO = "UNDO"
    """A merge or a split is said to have been wrong."""
    # Found by an inspection of links (総点検); `subject` names the likely cause.
    LINKED_TO_OTHER = "LINKED_TO_OTHER"
    """The system's number stands for one person, and its statement describes another."""
    LINK_DOUBTFUL = "LINK_DOUBTFUL"
    """The system's statement is not of the person it is linked to, or not right; whose it is nobody can tell."""
    NUMBERED_TWICE = "NUMBERED_TWICE"
    """One person seems to have two numbers."""

    MASS_STOP = "MASS_STOP"
    """An inspection would stop so many people of one system that the system may have shifted its numbers."""


#: Kinds of cases that an inspection opens, and closes when their reason goes away.
INSPECTED_KINDS: Final = (CaseKind.LINKED_TO_OTHER, CaseKind.LINK_DOUBTFUL, CaseKind.NUMBERED_TWICE)


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "OPEN"
    PROPOSED = "PROPOSED"
    DECIDED = "DECIDED"
    SENT_BACK = "SENT_BACK"
    SUPERSEDED = "SUPERSEDED"
    """The system registered the person anew in the meantime, or the reason went away."""


class CaseAct(StrEnum):
    """What may be decided."""

    LINK = "LINK"
    """This is that person, and the individual number is theirs."""
    LINK_OTHER = "LINK_OTHER"
    """This is the other one; the individual number that was stated is not theirs."""
    NEW = "NEW"
    """This is somebody else: a number of their own, without the individual number that is in doubt."""
    KEEP_NUMBER = "KEEP_NUMBER"
    """Somebody with a number of their own, and the individual number is theirs: it was seen on a document."""
    SEND_BACK = "SEND_BACK"
    """The statement is wrong; its sender puts it right."""
    MERGE = "MERGE"
    SPLIT = "SPLIT"
    UNDO = "UNDO"
    MOVE_LINK = "MOVE_LINK"
    """The system's number is the other one's."""
    PART_LINK = "PART_LINK"
    """The system's number is somebody else's: a number of their own."""
    STOP_ALL = "STOP_ALL"
    """Provision is stopped for everybody of a mass stop whose case is undecided."""
    LEAVE_ALL = "LEAVE_ALL"
    """The system has shifted its numbers: nobody is stopped for it, and every case stays to be decided."""
    CONFIRM = "CONFIRM"
    """All is right as it is; not asked again unless a statement changes."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. `levels` says how far the two sides agree, never what they say."""

    case_id: UUID
    kind: CaseKind
    state: CaseState
    system: str
    system_person_number: str
    person: str | None
    """The 団体内統合宛名番号 the statement seems to be about."""
    other: str | None
    """Whom it may be about instead: the household's other member, the candidate, the one to be merged."""
    levels: Mapping[str, str]
    subject: Mapping[str, Any]
    """What a split moves, or which act is to be undone."""
    has_number: bool
    """Whether an individual number waits with it."""
    opened_at: dt.datetime
    act: CaseAct | None
    proposed_at: dt.datetime | None
    proposed_by: str
    reason: str
    decided_at: dt.datetime | None
    decided_by: str
    decision_reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision took effect; `person` is whom it left the number with."""

    person: str | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A first person proposed it; a second one has to approve."""

    case_id: UUID


class Refusal(StrEnum):
    """Why a decision was not taken."""

    NOT_OPEN = "NOT_OPEN"
    """Somebody else decided in the meantime."""
    SAME_PERSON_TWICE = "SAME_PERSON_TWICE"
    """Whoever proposed cannot approve."""
    ACT_NOT_OFFERED = "ACT_NOT_OFFERED"
    """That cannot be decided about a case of this kind."""
    NO_REASON = "NO_REASON"
    NUMBER_IN_USE = "NUMBER_IN_USE"
    """The individual number is another person's by now."""
    ALREADY_LINKED = "ALREADY_LINKED"
    """The system has a number of that person already: merge the two instead."""
    CHANGED_SINCE = "CHANGED_SINCE"
    """The people concerned were merged or split since; look again."""
    TWO_NUMBERS = "TWO_NUMBERS"
    """Both hold an individual number, and nobody has two: they are two people, or one number is wrong."""
    NOTHING_LEFT = "NOTHING_LEFT"
    """A split leaves something on either side."""
    UNKNOWN_PERSON = "UNKNOWN_PERSON"


@dataclass(frozen=True, slots=True)
class RefusedDecision:
    """A decision that was not taken, and why; nothing changed."""

    refusal: Refusal


Decision = Decided | Proposed | RefusedDecision
