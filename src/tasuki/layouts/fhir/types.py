"""Values of FHIR documents: a screening with whom it is about, who wrote it down, and what is attached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from tasuki.layouts.types import AbsentReason, Programme, ScreeningRecord, Severity, Stage


@dataclass(frozen=True, slots=True)
class FhirProblem:
    """What is wrong with a document, and where: `path` is a FHIRPath-like place, `value` what stands there, if short.

    `item` is the item that cannot be read for it; None where the document as a whole is meant. `fact` is what the
    wording names.
    """

    rule: str
    path: str
    severity: Severity
    message_ja: str
    message_en: str
    remedy_ja: str
    remedy_en: str
    value: str = ""
    item: str | None = None
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a document is about; every part may be unknown and is then empty.

    `person_number` is the 宛名番号, where the document has one of this municipality's.
    """

    person_number: str = ""
    name: str = ""
    kana_name: str = ""
    birth_date: str = ""
    sex: str = ""
    postal_code: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a document, such as the CDA report it was made from; byte for byte as it came."""

    media_type: str
    title: str
    format_code: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The digest of the content."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Writer:
    """The institution that writes a document, which is not the one that examined."""

    municipality: str
    name: str


@dataclass(frozen=True, slots=True)
class ScreeningDocument:
    """A document to be written. `document_id` names it, and makes every identity in it."""

    document_id: UUID
    record: ScreeningRecord
    fee_class: str
    subject: Subject
    writer: Writer
    written_at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a document says, as far as it can be read. Nothing is judged here: values are as they stand.

    `unreadable` are items the document speaks of in a way that cannot be read; `values` are those of the header:
    `stage`, `fiscal_year`, `sequence`, `examined_date`, `age`, `encounter_type`, `facility_number`, `facility_name`,
    `fee_class`, each empty where the document says nothing. `programme` is None where that cannot be told.
    """

    programme: Programme | None = None
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    items: Mapping[str, str] = field(default_factory=dict, hash=False)
    absent: Mapping[str, AbsentReason] = field(default_factory=dict, hash=False)
    unreadable: frozenset[str] = frozenset()
    subject: Subject = Subject()
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[FhirProblem, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether any of it must not be taken as read."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def record(self) -> ScreeningRecord | None:
        """Return the screening the document is about; None where anything that makes it one cannot be read."""
        year, sequence = self.values.get("fiscal_year", ""), self.values.get("sequence", "") or "1"
        stage, age = self.values.get("stage", ""), self.values.get("age", "")
        if self.has_errors or self.programme is None or stage not in set(Stage) or not (year + sequence).isdigit():
            return None
        return ScreeningRecord(
            programme=self.programme,
            stage=Stage(stage),
            fiscal_year=int(year or "0"),
            sequence=int(sequence),
            examined_date=self.values.get("examined_date") or None,
            age=int(age) if age.isascii() and age.isdigit() else None,
            encounter_type=self.values.get("encounter_type") or None,
            facility_number=self.values.get("facility_number") or None,
            facility_name=self.values.get("facility_name") or None,
            items=self.items,
            absent=self.absent,
        )
