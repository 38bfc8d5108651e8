"""Values of notices to residents through the portal (お知らせ)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from tasuki.protocol.portal_messages import PortalNoticeKind, PortalNoticeState

#: States in which a notice may still reach somebody or be taken back.
OPEN_NOTICES: Final = (PortalNoticeState.WAITING, PortalNoticeState.DELIVERED)


class NotTold(StrEnum):
    """Why nobody is told through the portal together with the others."""

    PROTECTED = "PROTECTED"
    """Protected now or ahead, or nobody can say; or in quarantine: fails closed."""
    GONE = "GONE"
    """Died, moved out, or not in the register."""
    NO_CODE = "NO_CODE"
    """Without a linkage code the portal cannot be told whom it is for."""
    TOLD_LATELY = "TOLD_LATELY"


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom a list of notices goes to (宛名番号), and how many are left out for what reason."""

    people: tuple[str, ...]
    left_out: Mapping[NotTold, int]


@dataclass(frozen=True, slots=True)
class NoticeList:
    """Notices that were sent together, and how many of them stand where."""

    list_id: UUID
    kind: PortalNoticeKind
    day: dt.date
    expires_at: dt.datetime
    sent_at: dt.datetime
    sent_by: str
    states: Mapping[PortalNoticeState, int]
    taking_back: int
    """How many somebody wants back, of which the network has not said yet whether it could."""

    @property
    def count(self) -> int:
        """How many people were written to."""
        return sum(self.states.values())

    @property
    def can_be_taken_back(self) -> int:
        """How many may still be taken back as far as is known here."""
        return sum(self.states.get(one, 0) for one in OPEN_NOTICES) - self.taking_back


@dataclass(frozen=True, slots=True)
class SentNotice:
    """One notice to one person."""

    kind: PortalNoticeKind
    day: dt.date
    expires_at: dt.datetime
    sent_at: dt.datetime
    state: PortalNoticeState
    state_at: dt.datetime

    def is_shown(self, at: dt.datetime) -> bool:
        """Say whether the person can see it in the portal, as far as is known here."""
        return self.state in (PortalNoticeState.DELIVERED, PortalNoticeState.FETCHED) and at < self.expires_at
