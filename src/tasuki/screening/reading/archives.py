"""Unpacks a ZIP file that came from outside, trusting nothing it says of itself.

Nothing is ever written under a name from the archive: members are numbered, and their names are only shown.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from struct import error as StructError
from typing import IO, BinaryIO, Final

from tasuki.screening.reading.sources import CHUNK, LARGEST_FILE, UnreadableSource
from tasuki.screening.wording import import_problem

MOST_MEMBERS: Final = 100
LARGEST_RATIO: Final = 200
# Below this nothing is a bomb, and text of one repeated line shrinks beyond any ratio.
HARMLESS_SIZE: Final = 8 * 1024 * 1024
_MAGIC: Final = b"PK\x03\x04"
_EMPTY_MAGIC: Final = b"PK\x05\x06"
_ENCRYPTED: Final = 0x1
_NAME_IS_UTF_8: Final = 0x800
_ARCHIVES: Final = (".zip", ".lzh", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".cab")
_ARCHIVE_MAGICS: Final = (_MAGIC, b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
# What operating systems leave in archives beside the files.
_RUBBISH: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")

# A damaged archive fails in the way of whichever part of it is damaged.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    StructError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file out of an archive: where it was put, and what it was called."""

    path: Path
    name: str


def is_archive(path: Path) -> bool:
    """Say whether a file is a ZIP file, by its content."""
    with path.open("rb") as file:
        return file.read(4) in (_MAGIC, _EMPTY_MAGIC)


def unpack(path: Path, folder: Path) -> list[Member]:
    """Unpack every file of an archive into a folder of ours, under names of ours.

    Whatever was written before a fault stays in the folder, which is the caller's to remove.

    :raises UnreadableSource: when it is damaged, encrypted, nested, points outside, or would grow beyond measure.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = list(_members(archive))
            if not members:
                raise UnreadableSource(import_problem("archive_empty"))
            return list(_unpacked(archive, members, folder))
    except _DAMAGE as error:
        raise UnreadableSource(import_problem("archive_damaged")) from error


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """Return the files of an archive with their names, after looking at what it says of each."""
    found = 0
    for info in archive.infolist():
        name = _name(info)
        if info.is_dir() or any(part in name for part in _RUBBISH):
            continue
        found += 1
        if found > MOST_MEMBERS:
            raise UnreadableSource(import_problem("archive_too_many", most=MOST_MEMBERS))
        if _points_outside(name) or stat.S_ISLNK(info.external_attr >> 16):
            raise UnreadableSource(import_problem("archive_path", name=name))
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableSource(import_problem("archive_encrypted", name=name))
        if name.lower().endswith(_ARCHIVES):
            raise UnreadableSource(import_problem("archive_nested", name=name))
        if info.file_size > LARGEST_FILE:
            raise UnreadableSource(import_problem("archive_too_large", name=name))
        yield info, name


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; Windows writes Japanese ones in CP932 without saying so."""
    if info.flag_bits & _NAME_IS_UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("cp932").replace("\\", "/")
    except UnicodeError:
        return info.filename


def _points_outside(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name


def _unpacked(archive: zipfile.ZipFile, members: list[tuple[zipfile.ZipInfo, str]], folder: Path) -> Iterator[Member]:
    total = 0
    for number, (info, name) in enumerate(members):
        place = folder / f"member-{number}"
        with archive.open(info) as packed, place.open("xb") as unpacked:
            place.chmod(0o600)
            written = _copy(packed, unpacked, info, name, LARGEST_FILE - total)
        total += written
        yield Member(place, PurePosixPath(name).name)


def _copy(packed: IO[bytes], unpacked: BinaryIO, info: zipfile.ZipInfo, name: str, most: int) -> int:
    """Copy one member, counting what really comes out: what an archive says of its sizes proves nothing."""
    written = 0
    while chunk := packed.read(CHUNK):
        if written == 0 and chunk.startswith(_ARCHIVE_MAGICS):
            raise UnreadableSource(import_problem("archive_nested", name=name))
        written += len(chunk)
        grown = written > HARMLESS_SIZE and written > LARGEST_RATIO * max(info.compress_size, 1)
        if written > most or grown:
            raise UnreadableSource(import_problem("archive_too_large", name=name))
        unpacked.write(chunk)
    return written
