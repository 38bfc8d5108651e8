"""Files as they arrive, single or in an archive, and what became of them."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from tasuki.screening.import_types import SenderMapping
from tasuki.screening.reading import Member, UnreadableSource, is_archive, unpack
from tasuki.screening.types import Batch, ImportProblem, Origin, UnreadableFile

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


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
