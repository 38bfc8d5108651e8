"""Values of the health information system: residents, results, imports."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from tasuki.layouts.types import Programme, RecordProblem, ScreeningRecord, Severity, Stage


class Sex(StrEnum):
    """Sex as the resident register codes it (1 男, 2 女)."""

    MALE = "1"
    FEMALE = "2"


class Source(StrEnum):
    """Who gave the screening: history counts whoever gave it."""

    OWN = "OWN"
    OTHER_MUNICIPALITY = "OTHER_MUNICIPALITY"
    WORKPLACE = "WORKPLACE"


class BatchState(StrEnum):
    """How far an import has come."""

    PREVIEWED = "PREVIEWED"
    COMMITTED = "COMMITTED"
    UNDONE = "UNDONE"
    DISCARDED = "DISCARDED"
    UNREADABLE = "UNREADABLE"


class Origin(StrEnum):
    """Which way a file came in."""

    SCREEN = "SCREEN"
    COMMAND = "COMMAND"
    DROP = "DROP"


class OutboxKind(StrEnum):
    """What changed."""

    RESULT = "RESULT"
    RESIDENT = "RESIDENT"


class HistoryAct(StrEnum):
    """What ended a revision of a result."""

    CORRECTED = "CORRECTED"
    WITHDRAWN = "WITHDRAWN"
    UNDONE = "UNDONE"
    RESTORED = "RESTORED"


class Objection(StrEnum):
    """What a programme's own rule says against a screening; whoever knows that rule passes it in."""

    AGE = "AGE"
    SEX = "SEX"
    INTERVAL = "INTERVAL"


class FacilityAct(StrEnum):
    """What happened to an institution's entry in the register."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    RENAMED = "RENAMED"
    ENDED = "ENDED"


class FacilityProblem(StrEnum):
    """Why an entry of an institution is refused."""

    NUMBER_LENGTH = "NUMBER_LENGTH"
    NUMBER_PREFECTURE = "NUMBER_PREFECTURE"
    NUMBER_POINTS_TABLE = "NUMBER_POINTS_TABLE"
    NAME_MISSING = "NAME_MISSING"
    NAME_TOO_LONG = "NAME_TOO_LONG"
    PERIOD_ENDS_BEFORE_IT_BEGINS = "PERIOD_ENDS_BEFORE_IT_BEGINS"
    PERIODS_OVERLAP = "PERIODS_OVERLAP"
    NOT_REGISTERED = "NOT_REGISTERED"
    ALREADY_ENDED = "ALREADY_ENDED"
    SAME_NAME = "SAME_NAME"


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One line of the resident register as far as screening may know it: everything but the 個人番号."""

    system_person_number: str
    household_number: str
    name: str
    kana_name: str
    birth_date: date
    sex: str
    postal_code: str = ""
    address: str = ""
    moved_in_date: date | None = None
    moved_in_from: str = ""
    moved_out_date: date | None = None
    moved_out_to: str = ""
    died_date: date | None = None
    protected_from: date | None = None
    protected_to: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A resident as stored. `protected_from` to (and without) `protected_to` is the time of 支援措置.

    `is_held` while the list of protected persons is too old to say that nothing protects them.
    """

    system_person_number: str
    household_number: str
    name: str
    kana_name: str
    birth_date: date
    sex: str
    postal_code: str
    address: str
    moved_in_date: date | None
    moved_in_from: str
    moved_out_date: date | None
    moved_out_to: str
    died_date: date | None
    protected_from: date | None
    protected_to: date | None
    registered_at: datetime
    updated_at: datetime
    is_held: bool = False

    def is_protected(self, on: date) -> bool:
        """Say whether the person is to be treated as protected: 支援措置 covers the day, or nobody can say it does not.

        One without an end stays in force.
        """
        return self.is_held or (
            self.protected_from is not None
            and (self.protected_from <= on and (self.protected_to is None or on < self.protected_to))
        )

    def lives_here(self, on: date) -> bool:
        """Say whether the person is a resident on a day."""
        return not any(end is not None and end <= on for end in (self.moved_out_date, self.died_date))


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a search, and how many people it found; `is_cut` when there are more than it counts."""

    total: int
    rows: tuple[Person, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """A medical institution (実施機関) from `valid_from` until and without `valid_to`, while it holds its number."""

    facility_number: str
    name: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class FacilityChange:
    """One change of the register of institutions: `before` and `after` are entries, None where there was none."""

    facility_number: str
    act: FacilityAct
    changed_at: datetime
    changed_by: str
    before: FacilityRow | None
    after: FacilityRow | None


@dataclass(frozen=True, slots=True)
class FacilityRefused:
    """The entry was not made or changed."""

    problems: tuple[FacilityProblem, ...]


@dataclass(frozen=True, slots=True)
class FacilitiesPage:
    """One page of the register, and how many entries there are in all."""

    total: int
    rows: tuple[FacilityRow, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who stood by a warning of a result, and when."""

    rule: str
    item: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A screening result as it stands. Withdrawn ones stay readable, with the time they were withdrawn."""

    result_id: UUID
    system_person_number: str
    record: ScreeningRecord
    fee_class: str
    warnings: tuple[RecordProblem, ...]
    source: Source
    source_institution: str
    transaction_number: str | None
    batch_id: UUID | None
    revision: int
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    acknowledgements: tuple[Acknowledgement, ...] = ()
    declared_outcome: str | None = None


@dataclass(frozen=True, slots=True)
class FormerRevision:
    """A revision of a result that no longer stands: what it said, and who ended it, when and why."""

    result: StoredResult
    act: HistoryAct
    ended_at: datetime
    ended_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """The result was stored, with the warnings that were acknowledged."""

    result_id: UUID
    revision: int
    warnings: tuple[RecordProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was stored: there are errors, or warnings that nobody has acknowledged yet."""

    problems: tuple[RecordProblem, ...]

    @property
    def only_needs_acknowledgement(self) -> bool:
        """Say whether acknowledging the warnings is all that is missing."""
        return all(problem.severity is Severity.WARNING for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Outdated:
    """Nothing was changed: somebody else changed the result meanwhile; `revision` is what stands now."""

    result_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The result no longer counts."""

    result_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """Results of another municipality taken into a person's history."""

    stored: int
    already_stored: int
    not_screened: int


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What is wrong with one cell, one line (`field` empty) or the file (`line` 0), and what to do about it.

    `value` is the offending cell: personal data for staff screens, never for logs.
    """

    line: int
    field: str
    rule: str
    severity: Severity
    message_ja: str
    message_en: str
    remedy_ja: str
    remedy_en: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One import of a result file, and what became of its rows.

    The preview found `good_rows`, of which `warned_rows` carry warnings, and `bad_rows`; `stored_rows` went into the
    records since. `mapping` is the definition the file was read by, as TOML, and `header` its columns.
    """

    batch_id: UUID
    file_name: str
    sha256: str
    programme: str
    mapping_name: str
    mapping_id: UUID | None
    mapping_version: int | None
    mapping: str
    header: tuple[str, ...]
    origin: Origin
    fiscal_year: int | None
    encoding: str
    state: BatchState
    total_rows: int
    good_rows: int
    warned_rows: int
    bad_rows: int
    stored_rows: int
    rows_sha256: str
    previewed_at: datetime
    previewed_by: str
    committed_at: datetime | None
    committed_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    closed_reason: str


@dataclass(frozen=True, slots=True)
class AlreadyImported:
    """The very same file was imported before and stands."""

    batch_id: UUID


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """The file as a whole cannot be read; nothing of it was kept."""

    problems: tuple[ImportProblem, ...]


@dataclass(frozen=True, slots=True)
class OutOfDate:
    """What is stored changed since rows were checked, so that they collide now: preview the file again.

    Without a preview there is no import to be named.
    """

    batch_id: UUID | None


PreviewOutcome = Batch | AlreadyImported | UnreadableFile
CommitOutcome = Batch | AlreadyImported | OutOfDate


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One change that the linkage has not yet carried on, in the order of `entry_id`."""

    entry_id: int
    kind: OutboxKind
    system_person_number: str
    result_id: UUID | None
    revision: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Imports a clerk has to look at: previewed ones to commit, and those with rows somebody must decide about."""

    to_commit: int
    with_problems: int


@dataclass(frozen=True, slots=True)
class FormerPlace:
    """Where a result stood before it was corrected or taken back: of one stage, never of both."""

    programme: Programme
    stage: Stage
    fiscal_year: int
    sequence: int


class Change(NamedTuple):
    """One change to carry to the gateway, with what stands now.

    `record` is none for a change of the resident alone, and for a result that is gone. `protected` covers a
    protection (支援措置) in force or still to come; `concerns_others` says whether anyone elsewhere could ask about
    the person: they have results, moved out (or did, before they returned), or are protected. `changed_on` is the day
    of the record's last change, in Japan. `former_places` are those where nothing stands any more.
    """

    entry_id: int
    kind: OutboxKind
    system_person_number: str
    protected: bool
    moved_out_date: date | None
    has_returned: bool
    concerns_others: bool
    record: ScreeningRecord | None
    revision: int
    withdrawn: bool
    changed_on: date | None
    former_places: tuple[FormerPlace, ...] = ()
