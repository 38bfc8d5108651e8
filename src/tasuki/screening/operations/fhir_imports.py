"""FHIR documents as they arrive: one, many in a ZIP, or one on each line. They become imports like any other file."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction

from tasuki.layouts.fhir import Attachment, ReadDocument, read_bundle
from tasuki.layouts.fhir.strict_json import LARGEST
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.screening.arriving import digest_of, members_of
from tasuki.screening.batch_keeping import FileToImport, batch_of, discard_earlier, standing_import, store_batch
from tasuki.screening.checking import Checker
from tasuki.screening.copying import copy_lines, escaped
from tasuki.screening.document_problems import as_row_problem
from tasuki.screening.fhir_rows import header_of_documents, mapping_of_documents, row_of
from tasuki.screening.lookups import known_facilities
from tasuki.screening.objecting import Objecting, no_objections
from tasuki.screening.operations.import_files import Arrival, Arrived
from tasuki.screening.operations.imports import note_unreadable
from tasuki.screening.reading import LARGEST_FILE, Member, Rows
from tasuki.screening.staging import Progress, keep_problem_rows, keep_problems, stage
from tasuki.screening.types import Batch, ImportProblem, UnreadableFile
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

MOST_DOCUMENTS: Final = 20_000
_ROWS_AT_ONCE: Final = 4096
#: So much of attachments is held before it is written.
_WRITTEN_AT_ONCE: Final = 32 * 1024 * 1024
_ATTACHMENT: Final = (
    "attachment_id", "batch_id", "line", "number", "media_type", "title", "format_code", "size", "sha256", "content",
    "received_at",
)  # fmt: skip
_FIRST_LINE: Final = re.compile(rb"\s*\{.*\}\s*", re.DOTALL)


@dataclass(slots=True)
class _Found:
    """The documents of one programme, as rows; `digest` is of all their bytes in turn."""

    batch_id: UUID
    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """What tells these documents from others: of a single one its own digest."""
        if len(self.digests) == 1:
            return self.digests[0]
        return sha256("\n".join(self.digests).encode()).hexdigest()


@dataclass(slots=True)
class _Arriving:
    """What has been read of an arrival so far."""

    municipality: str
    at: dt.datetime
    objecting: Objecting
    by_programme: dict[Programme, _Found] = field(default_factory=dict)
    problems: list[ImportProblem] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    count: int = 0


# Durable, as `preview_import` is.
@transaction.atomic(durable=True)
def preview_documents(
    *,
    arrival: Arrival,
    folder: Path,
    municipality: str,
    keeps_unreadable: bool,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
    objecting: Objecting = no_objections,
) -> Arrived:
    """Check FHIR documents and stage those that may go in, one import for each programme; no result is stored yet.

    A document of which not even the programme can be told is named among the problems of the file, which are kept
    with the first import, or given back where there is none. Whatever `progress` raises undoes everything.

    :param folder: where a ZIP is unpacked, and from where it is gone afterwards.
    :param municipality: whose 宛名番号 are understood.
    :param keeps_unreadable: enter what cannot be read at all in the list of imports, for whoever comes later.
    :param objecting: what the programmes' own rules say against rows: age, sex, interval.
    """
    run("SET LOCAL synchronous_commit TO off")
    arriving = _Arriving(municipality, at, objecting)
    with members_of(arrival, folder) as members:
        for member in members:
            if isinstance(member, UnreadableFile):
                arriving.problems += member.problems
            elif arriving.count <= MOST_DOCUMENTS:
                _read_member(member, arriving, progress)
    if arriving.count > MOST_DOCUMENTS:
        # Nothing is half imported: what was read of too many goes again.
        transaction.set_rollback(True)
        return Arrived((), (), (import_problem("too_many_documents", most=MOST_DOCUMENTS),))
    arrived = _store(arriving, arrival, by, at)
    if keeps_unreadable and arrived.first is None:
        file = _file(Programme.LUNG, arrival)
        digest = digest_of(arrival.path)
        noted = note_unreadable(
            file=file, problems=arriving.problems, sha256=digest, by=by, at=at, knows_programme=False
        )
        return Arrived((noted,), (), arrived.problems)
    return arrived


def _read_member(member: Member, arriving: _Arriving, progress: Progress | None) -> None:
    for content in _contents(member.path):
        arriving.count += 1
        if arriving.count > MOST_DOCUMENTS:
            return
        document = read_bundle(content, arriving.municipality)
        if document.programme is None:
            arriving.problems += [
                replace(as_row_problem(one, line=0), field=f"{member.name} {one.path}".strip())
                for one in document.problems
            ]
        else:
            _take(document, document.programme, member.name, sha256(content).hexdigest(), arriving)
        if progress is not None:
            progress(arriving.count, arriving.count)


def _contents(path: Path) -> Iterator[bytes]:
    """Give the documents of a file: the whole, or each line where every line is one.

    What is too large is given cut, which its reader then refuses by its size.
    """
    with path.open("rb") as file:
        first = file.readline(LARGEST + 1)
        rest = file.readline(LARGEST + 1)
        is_by_line = _FIRST_LINE.fullmatch(first) is not None and rest.strip() != b""
        file.seek(0)
        if not is_by_line:
            yield file.read(LARGEST + 1)
            return
        while line := file.readline(LARGEST + 1):
            if line.strip():
                yield line
            if file.tell() > LARGEST_FILE:
                return


def _take(document: ReadDocument, programme: Programme, name: str, digest: str, arriving: _Arriving) -> None:
    found = arriving.by_programme.get(programme)
    if found is None:
        (fresh,) = rows("SELECT screening_new_uuid() AS batch_id")
        found = arriving.by_programme[programme] = _Found(fresh["batch_id"])
    line = len(found.lines) + 1
    found.lines.append(line)
    found.rows.append(row_of(document, programme, name))
    found.digests.append(digest)
    for number, attachment in enumerate(document.attachments):
        arriving.waiting.append(_attachment_line(found.batch_id, line, number, attachment, arriving.at))
    if sum(map(len, arriving.waiting)) > _WRITTEN_AT_ONCE:
        _write_attachments(arriving)


def _attachment_line(batch_id: UUID, line: int, number: int, attachment: Attachment, at: dt.datetime) -> str:
    named = (attachment.media_type, attachment.title, attachment.format_code)
    return "\t".join(
        (
            str(uuid5(batch_id, f"{line}-{number}")), str(batch_id), str(line), str(number), *map(escaped, named),
            str(len(attachment.content)), attachment.sha256, "\\\\x" + attachment.content.hex(), at.isoformat(),
        )
    )  # fmt: skip


def _write_attachments(arriving: _Arriving) -> None:
    """Store what is attached, apart from any result until the import is committed."""
    copy_lines("screening_attachment", _ATTACHMENT, arriving.waiting)
    arriving.waiting.clear()


def _store(arriving: _Arriving, arrival: Arrival, by: Actor, at: dt.datetime) -> Arrived:
    """Enter what was read as one import for each programme."""
    _write_attachments(arriving)
    batches: list[Batch] = []
    already: list[UUID] = []
    for programme, found in sorted(arriving.by_programme.items()):
        standing = standing_import(found.sha256)
        if standing is None:
            batches.append(_store_programme(programme, found, arrival, arriving.objecting, by, at))
        else:
            already.append(standing)
            run("DELETE FROM screening_attachment WHERE batch_id = %s", [found.batch_id])
    if batches:
        keep_problems(batches[0].batch_id, arriving.problems)
    return Arrived(tuple(batches), tuple(already), tuple(arriving.problems))


def _store_programme(
    programme: Programme, found: _Found, arrival: Arrival, objecting: Objecting, by: Actor, at: dt.datetime
) -> Batch:
    mapping, header = mapping_of_documents(programme), header_of_documents(programme)
    checker = Checker(
        mapping,
        header,
        on=civil_date(at),
        fiscal_year=arrival.fiscal_year,
        facilities=known_facilities(),
        encoding="utf-8",
        objecting=objecting,
    )
    digest = stage(found.batch_id, checker, _chunks(found))
    keep_problems(found.batch_id, checker.problems)
    keep_problem_rows(found.batch_id, checker.problem_rows)
    discard_earlier(found.sha256, by, at)
    file = _file(programme, arrival)
    store_batch(found.batch_id, file, header, checker, digest, by, at, sha256=found.sha256, encoding="utf-8")
    return batch_of(found.batch_id)


def _file(programme: Programme, arrival: Arrival) -> FileToImport:
    mapping = mapping_of_documents(programme)
    return FileToImport(arrival.path, arrival.name, mapping, fiscal_year=arrival.fiscal_year, origin=arrival.origin)


def _chunks(found: _Found) -> Iterator[Rows]:
    for start in range(0, len(found.lines), _ROWS_AT_ONCE):
        end = start + _ROWS_AT_ONCE
        yield found.lines[start:end], found.rows[start:end]
