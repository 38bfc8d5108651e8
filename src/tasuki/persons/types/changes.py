"""What business systems are told of the register (住民異動の通知): that and when something changed, never what to."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class ChangeKind(StrEnum):
    """What happened to somebody whom a business system registered; the words are ours and provisional (ADR 0020)."""

    REGISTERED = "REGISTERED"
    """The register has an entry of theirs now: they were born or moved in."""
    MOVED_IN = "MOVED_IN"
    """Somebody the register knew came back."""
    MOVED_WITHIN = "MOVED_WITHIN"
    MOVED_OUT = "MOVED_OUT"
    DIED = "DIED"
    NAME_CHANGED = "NAME_CHANGED"
    HOUSEHOLD_CHANGED = "HOUSEHOLD_CHANGED"
    NUMBER_CHANGED = "NUMBER_CHANGED"
    """Their individual number is another one; neither is told."""
    CORRECTED = "CORRECTED"
    MERGED = "MERGED"
    """They were found to be one person with somebody else of the index."""
    SPLIT = "SPLIT"
    """What was one person of the index was found to be two."""
    RETURNED = "RETURNED"
    """A merge or a split was undone: everybody is again who they were."""
    PROTECTION_STARTED = "PROTECTION_STARTED"
    PROTECTION_ENDED = "PROTECTION_ENDED"


#: Told only to those who may know who is protected (支援措置対象者).
OF_PROTECTION: Final = frozenset({ChangeKind.PROTECTION_STARTED, ChangeKind.PROTECTION_ENDED})


@dataclass(frozen=True, slots=True)
class RegisterMove:
    """A change of somebody in the register, by their number there, as the index is told of it."""

    register_number: str
    kind: ChangeKind
    event_date: date | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change as the system hears of it, by its own numbers. `same_person` are its other numbers of that person."""

    change_id: UUID
    kind: ChangeKind
    system_person_number: str
    same_person: tuple[str, ...]
    event_date: date | None
    changed_at: datetime
