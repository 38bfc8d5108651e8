"""Whole files as they arrive: single or in a ZIP, each read by the sender's mapping that fits it."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from django.db import transaction

from tasuki.screening.arriving import Arrival as Arrival
from tasuki.screening.arriving import Arrived as Arrived
from tasuki.screening.arriving import digest_of, members_of
from tasuki.screening.choosing import mapping_for
from tasuki.screening.import_types import SenderMapping
from tasuki.screening.mapping import ImportMapping, read_mapping
from tasuki.screening.objecting import Objecting, no_objections
from tasuki.screening.operations.imports import FileToImport, note_unreadable, preview_import
from tasuki.screening.reading import Member
from tasuki.screening.staging import Progress
from tasuki.screening.types import AlreadyImported, Batch, ImportProblem, UnreadableFile
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor


def preview_files(
    *,
    arrival: Arrival,
    folder: Path,
    keeps_unreadable: bool,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
    objecting: Objecting = no_objections,
) -> Arrived:
    """Preview a file, or every file of a ZIP.

    :param folder: where a ZIP is unpacked, and from where it is gone afterwards.
    :param keeps_unreadable: enter files that cannot be read in the list of imports, for whoever comes later.
    """
    contents = tuple((one, read_mapping(one.content, one.name)) for one in arrival.mappings)
    batches: list[Batch] = []
    already: list[UUID] = []
    problems: list[ImportProblem] = []
    with members_of(arrival, folder) as members:
        for member in members:
            file, outcome = _previewed(member, arrival, contents, by, at, progress, objecting)
            match outcome:
                case Batch():
                    batches.append(outcome)
                case AlreadyImported():
                    already.append(outcome.batch_id)
                case UnreadableFile():
                    problems += outcome.problems
                    if keeps_unreadable and file is not None:
                        noted = note_unreadable(
                            file=file, problems=outcome.problems, sha256=digest_of(file.path), by=by, at=at
                        )
                        batches.append(noted)
    return Arrived(tuple(batches), tuple(already), tuple(problems))


@transaction.atomic
def note_harmful(*, arrival: Arrival, by: Actor, at: dt.datetime) -> Batch | None:
    """Enter a file in the list of imports that was not read because there is harm in it; None without a mapping."""
    if not arrival.mappings:
        return None
    first = arrival.mappings[0]
    file = _file(Member(arrival.path, arrival.name), arrival, (first, read_mapping(first.content, first.name)))
    problems = (import_problem("file_harmful"),)
    return note_unreadable(file=file, problems=problems, sha256=digest_of(file.path), by=by, at=at)


def _previewed(
    member: Member | UnreadableFile,
    arrival: Arrival,
    contents: Sequence[tuple[SenderMapping, ImportMapping]],
    by: Actor,
    at: dt.datetime,
    progress: Progress | None,
    objecting: Objecting,
) -> tuple[FileToImport | None, Batch | AlreadyImported | UnreadableFile]:
    if isinstance(member, UnreadableFile):
        file = _file(Member(arrival.path, arrival.name), arrival, contents[0]) if contents else None
        return file, member
    chosen = contents[0][0] if len(contents) == 1 else mapping_for(member.path, contents)
    if chosen is None:
        file = _file(member, arrival, contents[0]) if contents else None
        return file, UnreadableFile((import_problem("no_mapping_fits"),))
    file = _file(member, arrival, next(pair for pair in contents if pair[0] == chosen))
    return file, preview_import(file=file, by=by, at=at, progress=progress, objecting=objecting)


def _file(member: Member, arrival: Arrival, chosen: tuple[SenderMapping, ImportMapping]) -> FileToImport:
    kept, content = chosen
    return FileToImport(
        path=member.path,
        name=member.name,
        mapping=content,
        mapping_id=kept.mapping_id,
        mapping_version=kept.version,
        fiscal_year=arrival.fiscal_year,
        origin=arrival.origin,
    )
