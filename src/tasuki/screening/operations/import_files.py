"""Whole files as they arrive: single or in a ZIP, each read by the sender's mapping that fits it."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from tasuki.screening.choosing import mapping_for
from tasuki.screening.import_types import SenderMapping
from tasuki.screening.mapping import ImportMapping, read_mapping
from tasuki.screening.operations.imports import FileToImport, note_unreadable, preview_import
from tasuki.screening.reading import Member, UnreadableSource, is_archive, unpack
from tasuki.screening.staging import Progress
from tasuki.screening.types import AlreadyImported, Batch, ImportProblem, Origin, UnreadableFile
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it arrived, and the mappings it may be read by: one that was chosen, or all of its sender."""

    path: Path
    name: str
    mappings: tuple[SenderMapping, ...]
    origin: Origin
    fiscal_year: int | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of an arrival: imports to look at, files imported before, and problems nobody could keep."""

    batches: tuple[Batch, ...]
    already: tuple[UUID, ...]
    problems: tuple[ImportProblem, ...]

    @property
    def first(self) -> UUID | None:
        """The import to show first, if there is one."""
        return next(iter([*(batch.batch_id for batch in self.batches), *self.already]), None)


def preview_files(
    *,
    arrival: Arrival,
    folder: Path,
    keeps_unreadable: bool,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
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
            file, outcome = _previewed(member, arrival, contents, by, at, progress)
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


@contextmanager
def members_of(arrival: Arrival, folder: Path) -> Iterator[Sequence[Member | UnreadableFile]]:
    """Give the files of an arrival, unpacked where it is an archive."""
    if not is_archive(arrival.path):
        yield [Member(arrival.path, arrival.name)]
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=folder) as place:
        try:
            found: list[Member | UnreadableFile] = [
                replace(member, name=f"{arrival.name}/{member.name}") for member in unpack(arrival.path, Path(place))
            ]
        except UnreadableSource as unreadable:
            found = [UnreadableFile((unreadable.problem,))]
        yield found


def _previewed(
    member: Member | UnreadableFile,
    arrival: Arrival,
    contents: Sequence[tuple[SenderMapping, ImportMapping]],
    by: Actor,
    at: dt.datetime,
    progress: Progress | None,
) -> tuple[FileToImport | None, Batch | AlreadyImported | UnreadableFile]:
    if isinstance(member, UnreadableFile):
        file = _file(Member(arrival.path, arrival.name), arrival, contents[0]) if contents else None
        return file, member
    chosen = contents[0][0] if len(contents) == 1 else mapping_for(member.path, contents)
    if chosen is None:
        file = _file(member, arrival, contents[0]) if contents else None
        return file, UnreadableFile((import_problem("no_mapping_fits"),))
    file = _file(member, arrival, next(pair for pair in contents if pair[0] == chosen))
    return file, preview_import(file=file, by=by, at=at, progress=progress)


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


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
