"""Reads an edition of the layouts out of an archive: the folder `layouts/data` as another release ships it."""

from pathlib import PurePosixPath
from typing import IO, Final
from zipfile import BadZipFile, LargeZipFile, Path, ZipFile, ZipInfo

from tasuki.changes.types import SheetProblem, UnusableEdition
from tasuki.layouts.catalogue import Catalogue, load_catalogue
from tasuki.layouts.errors import LayoutDataError

#: The present edition has half a megabyte in fifteen files.
_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_FILES: Final = 200
_MARK: Final = "data_sets.toml"


def read_edition(file: IO[bytes]) -> Catalogue:
    """Return the layouts in an archive.

    :raises UnusableEdition: when it is none, is too large, or its files are damaged or contradict each other.
    """
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            _check_size(entries)
            return load_catalogue(Path(archive, _folder(entries)))
    except (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnusableEdition(SheetProblem.NO_ARCHIVE) from error
    except (LayoutDataError, UnicodeDecodeError, FileNotFoundError, KeyError) as error:
        detail = str(error) if isinstance(error, LayoutDataError) else ""
        raise UnusableEdition(SheetProblem.DAMAGED, detail) from error


def _check_size(entries: list[ZipInfo]) -> None:
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise UnusableEdition(SheetProblem.TOO_LARGE)


def _folder(entries: list[ZipInfo]) -> str:
    """Return where in the archive the layouts lie."""
    found = [entry.filename for entry in entries if PurePosixPath(entry.filename).name == _MARK]
    if not found:
        raise UnusableEdition(SheetProblem.NO_LAYOUTS)
    return min(found, key=len).removesuffix(_MARK)
