"""Values of a town's exchanges, for screens, commands and jobs."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tasuki.protocol.messages import OPEN_STATES, HeldInquiry, State
from tasuki.protocol.seeking import SeekOutcome

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
    cancel_asked_at: dt.datetime | None
    purged_at: dt.datetime | None
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
    def may_cancel(self) -> bool:
        """Whether it can still be called off, and nobody has asked for that."""
        return self.is_open and self.cancel_asked_at is None

    @property
    def may_adopt(self) -> bool:
        return self.state == State.RECEIVED and self.found > 0 and self.adopted_at is None


@dataclass(frozen=True, slots=True)
class CorrectedAnswer:
    """An answer of another town that it corrected or withdrew since, and that was not asked for again yet."""

    transaction_number: str
    system_person_number: str
    provider: str
    provider_name: str
    provider_name_en: str
    data_sets: tuple[str, ...]
    is_withdrawn: bool
    corrected_at: dt.datetime
    heard_at: dt.datetime
    is_adopted: bool


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step that an inquiry made in this town, as it was recorded."""

    at: dt.datetime
    state: State
    cause: str


@dataclass(frozen=True, slots=True)
class HomeCounts:
    """What waits to be done with exchanges."""

    answers_to_adopt: int
    answers_corrected: int
    inquiries_open: int
    codes_missing: int
    outbox_waiting: int
    outbox_oldest_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom the network says may be asked about somebody; `unlisted` are not in this town's directory."""

    outcome: SeekOutcome
    basis: str
    providers: tuple[ProviderView, ...]
    unlisted: int


@dataclass(frozen=True, slots=True)
class HeldCount:
    """How many inquiries of others waited for our answer when the gateway was last asked, and the first deadline."""

    asked_at: dt.datetime
    waiting: int
    first_deadline: dt.datetime | None


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
class HeldProposal:
    """What one person proposes about a held inquiry, and why; `by` is the actor in the form of logs."""

    release: bool
    reason: str
    at: dt.datetime
    by: str
    non_disclosure: bool = False


@dataclass(frozen=True, slots=True)
class HeldView:
    """An inquiry of another town that waits for our answer by hand, and whom it is about here (宛名番号)."""

    inquiry: HeldInquiry
    person: str | None
    proposal: HeldProposal | None = None


class HeldOutcome(StrEnum):
    """What became of a decision about a held inquiry."""

    DECIDED = "DECIDED"
    TOO_LATE = "TOO_LATE"
    """Its validity is over, or it was decided or called off before."""
    NOT_PROPOSED = "NOT_PROPOSED"
    """Nobody has proposed anything, so there is nothing for a second person to decide."""
    SAME_PERSON = "SAME_PERSON"
    """Whoever proposed cannot be the one who decides."""


@dataclass(frozen=True, slots=True)
class ReconciliationView:
    """One comparison of originals, index and replicas. `found` counts differences by kind.

    `remaining` is what was left after a repair, none where nothing was to be mended by it.
    """

    reconciliation_id: UUID
    started_at: dt.datetime
    ended_at: dt.datetime
    asked_by: str
    is_repair: bool
    people: int
    replicas: int
    on_their_way: int
    found: Mapping[str, int]
    remaining: int | None

    @property
    def differences(self) -> int:
        """How many differences there were."""
        return sum(self.found.values())

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs any more, as far as this comparison knows."""
        return (self.differences if self.remaining is None else self.remaining) == 0


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One difference by the business system's own number, which is empty where no person has it."""

    kind: str
    system_person_number: str
    data_set: str
    record_key: str


class LinkMood(StrEnum):
    """How the link with the gateway stands."""

    QUIET = "QUIET"
    """Everything was told."""
    SENDING = "SENDING"
    """Something waits, as it should for a moment."""
    FAILING = "FAILING"
    """Sending broke off, and nothing went through since."""
    UNNUMBERED = "UNNUMBERED"
    """What waits longest is about somebody the index has not numbered."""
    STUCK = "STUCK"
    """Something waits far too long, and nothing says why."""


#: A change is told within seconds; after this long somebody looks.
LATE: Final = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LinkState:
    """How far behind the gateway is, and how sending went last. `waiting` counts what waits by its kind.

    `unnumbered` are people with changes that cannot be told before the index numbers them; counted only when late.
    """

    at: dt.datetime
    waiting: Mapping[str, int]
    oldest_at: dt.datetime | None
    unnumbered: int
    succeeded_at: dt.datetime | None
    failed_at: dt.datetime | None
    failed_peer: str
    failed_phase: str
    failed_reason: str

    @property
    def lag(self) -> dt.timedelta:
        """How long the oldest change has been waiting."""
        return dt.timedelta(0) if self.oldest_at is None else self.at - self.oldest_at

    @property
    def is_failing(self) -> bool:
        """Whether sending broke off and nothing went through since."""
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)

    @property
    def mood(self) -> LinkMood:
        """How the link stands, the worst first."""
        if self.oldest_at is None:
            return LinkMood.QUIET
        if self.is_failing:
            return LinkMood.FAILING
        if self.lag < LATE:
            return LinkMood.SENDING
        return LinkMood.UNNUMBERED if self.unnumbered else LinkMood.STUCK


@dataclass(frozen=True, slots=True)
class DailyReconciliation:
    """The full hour, by the clock on the wall, at which everything is compared each day; none for not at all.

    Version 0 is what this release ships: at night, finding without mending.
    """

    hour: int | None = 3
    repairs: bool = False
    version: int = 0


class LoadKind(StrEnum):
    """Why everything is registered (登録区分)."""

    INITIAL = "INITIAL"
    """The first time (当初)."""
    AGAIN = "AGAIN"
    """Once more: after a loss, a restored backup or a new layout version (再登録)."""


@dataclass(frozen=True, slots=True)
class ReplicaLoad:
    """A registration of everything, and how far it has come."""

    load_id: UUID
    kind: LoadKind
    started_at: dt.datetime
    reached: str
    done: int
    total: int
    ended_at: dt.datetime | None
