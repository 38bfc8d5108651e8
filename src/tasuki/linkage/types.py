"""Values of a town's exchanges, for screens, commands and jobs."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

from tasuki.protocol.messages import OPEN_STATES, HeldInquiry, State

#: The health information system, as the index knows it.
SYSTEM: Final = "screening"


@dataclass(frozen=True, slots=True)
class ProviderView:
    """An institution that can be asked."""

    municipality_code: str
    institution: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class InquiryView:
    """One inquiry as staff see it. `found` counts payloads in the answer."""

    transaction_number: str
    system_person_number: str
    provider: str
    provider_name: str
    provider_name_en: str
    state: State
    state_at: dt.datetime
    requested_at: dt.datetime
    requested_by: str
    permitted_at: dt.datetime | None
    provided_at: dt.datetime | None
    received_at: dt.datetime | None
    valid_until: dt.datetime | None
    adopted_at: dt.datetime | None
    adopted_count: int
    basis: str
    reason: str
    found: int
    answers: list[dict[str, Any]] = field(hash=False)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def may_adopt(self) -> bool:
        return self.state == State.RECEIVED and self.found > 0 and self.adopted_at is None


@dataclass(frozen=True, slots=True)
class HomeCounts:
    """What waits to be done with exchanges."""

    answers_to_adopt: int
    inquiries_open: int
    codes_missing: int
    outbox_waiting: int
    outbox_oldest_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AcquisitionReport:
    """How a round of linkage-code acquisition went."""

    asked: int
    issued: int
    already_issued: int
    unknown: int


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Why a person's inquiry was not made at all; nothing was sent."""

    system_person_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The inquiries that were made, and the people for whom none was."""

    transaction_numbers: tuple[str, ...]
    not_asked: tuple[NotAsked, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldView:
    """An inquiry of another town that waits for our answer by hand, and whom it is about here (宛名番号)."""

    inquiry: HeldInquiry
    person: str | None
