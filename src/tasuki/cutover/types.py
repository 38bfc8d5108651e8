"""Values of the change over from a predecessor's system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from tasuki.screening.import_types import SenderMapping
from tasuki.screening.mapping import ImportMapping


class FileKind(StrEnum):
    """What a file of an export holds."""

    REGISTER = "register"
    RESULTS = "results"


class DifferenceKind(StrEnum):
    """How what was loaded differs from what the predecessor gave."""

    NOT_LOADED = "NOT_LOADED"
    """The row was refused by a rule of the import; the manifest says how many of these were agreed on."""
    REPEATED = "REPEATED"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"
    LOST = "LOST"
    ADDED = "ADDED"
    CHANGED = "CHANGED"


class ExportProblem(StrEnum):
    """Why an export is not taken in."""

    NO_MANIFEST = "no_manifest"
    DAMAGED = "damaged"
    UNKNOWN_ENTRY = "unknown_entry"
    BAD_ENTRY = "bad_entry"
    NO_FILES = "no_files"
    NAMED_TWICE = "named_twice"
    NO_FILE = "no_file"
    NOT_LISTED = "not_listed"
    CHANGED = "changed"
    NO_SENDER = "no_sender"
    NO_MAPPING = "no_mapping"
    OTHER_PROGRAMME = "other_programme"
    REGISTER_LATE = "register_late"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an export: where, and what; `detail` is what was found there."""

    problem: ExportProblem
    file: str = ""
    entry: str = ""
    detail: str = ""


class UnusableExport(Exception):
    """An export is not taken in; every reason is told at once."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(sorted({one.problem.value for one in faults})))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export, as the manifest describes it.

    `refused` is how many of its rows both sides agreed to leave behind; `fiscal_year` is the year of every row where
    the file itself does not say it.
    """

    name: str
    kind: FileKind
    rows: int
    sha256: str
    mapping: str = ""
    programme: str = ""
    refused: int = 0
    fiscal_year: int | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A predecessor's export whose every file is there, unchanged, and has a mapping.

    `digest` stands for all of it: the manifest's entries and the text of each mapping.
    """

    title: str
    files: tuple[ExportFile, ...]
    digest: str
    paths: Mapping[str, Path] = field(repr=False)
    mappings: Mapping[str, tuple[SenderMapping, ImportMapping]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What became of a file: rows read, stored, and refused or accepted with a warning, by rule.

    `load` is the import or the load of the register it stands under; `stopped` says why the file as a whole did not go
    in, in words, and `is_again` that it stood already.
    """

    name: str
    load: UUID | None
    read: int
    loaded: int
    refused: int = 0
    refused_by: Mapping[str, int] = field(default_factory=dict)
    accepted_by: Mapping[str, int] = field(default_factory=dict)
    stopped: tuple[str, str] | None = None
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell, or one row (`field` empty), that is not as the predecessor gave it.

    `source` and `loaded` are personal: they go into the report file alone.
    """

    file: str
    line: int
    field: str
    kind: DifferenceKind
    source: str = dataclass_field(default="", repr=False)
    loaded: str = dataclass_field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """A file held against what was loaded of it, row by row.

    `kinds` counts differences; `respelled` cells that say the same in other characters; `not_kept` names the columns
    that have no place here.
    """

    rows: int
    cells: int
    kinds: Mapping[str, int]
    respelled: int
    filled: int
    not_kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableDigest:
    """How many rows of a table stand, and a digest of them."""

    rows: int
    sha256: str


class RehearsalState(StrEnum):
    """How far a rehearsal has come."""

    RUNNING = "RUNNING"
    ENDED = "ENDED"
    BROKEN_OFF = "BROKEN_OFF"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What a rehearsal or a cut-over found about one file."""

    name: str
    kind: FileKind
    programme: str
    sha256: str
    expected: int
    agreed: int
    read: int
    loaded: int
    refused: int
    refused_by: Mapping[str, int]
    accepted_by: Mapping[str, int]
    stopped: tuple[str, str] | None
    cells: int
    kinds: Mapping[str, int]
    respelled: int
    filled: int
    not_kept: tuple[str, ...]

    @property
    def differences(self) -> int:
        """How many differences there are beside the rows that were refused."""
        return sum(count for kind, count in self.kinds.items() if kind != DifferenceKind.NOT_LOADED)

    @property
    def is_as_expected(self) -> bool:
        """Whether every row of the manifest is there as it was given, but for those both sides left behind."""
        return (
            self.stopped is None
            and self.read == self.expected
            and self.refused == self.agreed
            and self.differences == 0
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What a rehearsal found: of each file, and of every table before the load and after the way back.

    `left` is how many results of the rehearsed files still stood after the way back.
    """

    files: tuple[FileReport, ...]
    before: Mapping[str, TableDigest]
    after: Mapping[str, TableDigest]
    left: int

    @property
    def differing(self) -> tuple[str, ...]:
        """The tables that are not as they were."""
        return differing(self.before, self.after)

    @property
    def passed(self) -> bool:
        """Whether every file is as expected."""
        return all(one.is_as_expected for one in self.files)

    @property
    def way_back(self) -> bool:
        """Whether the way back leads to where the load began."""
        return not self.differing and self.left == 0


def digest_of_all(tables: Mapping[str, TableDigest]) -> str:
    """Return one digest that stands for those of all tables."""
    lines = "".join(f"{name} {one.rows} {one.sha256}\n" for name, one in sorted(tables.items()))
    return sha256(lines.encode()).hexdigest()


def differing(before: Mapping[str, TableDigest], after: Mapping[str, TableDigest]) -> tuple[str, ...]:
    """Return the tables whose rows are not the same in both."""
    return tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal of an export in a sealed copy."""

    number: int
    title: str
    export_digest: str
    state: RehearsalState
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None
    copy_dropped_at: datetime | None
    files: tuple[FileReport, ...]
    differing: tuple[str, ...]
    tables: int
    differences: int
    passed: bool
    way_back: bool
    report_sha256: str
