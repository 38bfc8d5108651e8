"""What a file is, found in one reading: its digest, its encoding, and whatever makes it unreadable as a whole."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, Final, Literal, Protocol

from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem

LARGEST_FILE: Final = 512 * 1024 * 1024
LONGEST_LINE: Final = 64 * 1024
CHUNK: Final = 1024 * 1024
# How much is looked at to tell UTF-16 without a mark.
_GLANCE: Final = 4096
_SEPARATORS: Final = b"\n\t,"
UTF_16: Final[dict[bytes, str]] = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_ENCODING_NAMES: Final = {"cp932": "CP932", "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


class Openable(Protocol):
    """What can be read again and again: a file on disk, or one that must never lie on a disk."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Begin to read at the first byte."""
        ...


@dataclass(frozen=True, slots=True)
class FileInMemory:
    """A file whose content is nowhere else in clear; no `repr` shows any of it."""

    content: bytes = field(repr=False)

    def open(self, _mode: Literal["rb"], /) -> BinaryIO:
        """Begin to read at the first byte."""
        return BytesIO(self.content)


class UnreadableSource(Exception):
    """The file cannot be read as a whole; `problem` says why, for staff."""

    def __init__(self, problem: ImportProblem) -> None:
        super().__init__(problem.rule)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What the first reading found.

    `mark_length` is how many bytes of a byte order mark to pass over; `lines` is about how many rows there are.
    """

    path: Openable
    sha256: str
    encoding: str
    mark_length: int
    ends_with_newline: bool
    lines: int

    @property
    def has_mark(self) -> bool:
        """Whether the file began with a byte order mark."""
        return self.mark_length > 0

    @property
    def encoding_name(self) -> str:
        """The encoding as staff know it."""
        return _ENCODING_NAMES[self.encoding]


def inspect(path: Openable, expected_encoding: str) -> SourceFile:
    """Read a file through once.

    :raises UnreadableSource: when it is empty, too large, no text, or has a line beyond all measure.
    """
    with path.open("rb") as file:
        head = file.read(_GLANCE)
    wide = _wide_encoding(head)
    if wide is not None:
        return _inspect_wide(path, wide, 2 if head[:2] in UTF_16 else 0)
    digest, utf_8 = sha256(), codecs.getincrementaldecoder("utf-8")()
    is_utf_8, is_ascii, offset, line, since_newline, last = True, True, 0, 1, 0, b""
    for chunk in _chunks(path):
        digest.update(chunk)
        _check_chunk(chunk, offset, line, since_newline)
        is_ascii = is_ascii and chunk.isascii()
        is_utf_8 = is_utf_8 and _decodes(utf_8, chunk)
        offset, line, last = offset + len(chunk), line + chunk.count(b"\n"), chunk[-1:]
        since_newline = len(chunk) - chunk.rfind(b"\n") - 1 + (since_newline if b"\n" not in chunk else 0)
    if offset == 0:
        raise UnreadableSource(import_problem("file_empty"))
    plain = expected_encoding if expected_encoding != "utf-16" else "utf-8"
    encoding = plain if is_ascii else "utf-8" if is_utf_8 else "cp932"
    mark = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    return SourceFile(path, digest.hexdigest(), encoding, mark, last == b"\n", line)


def _chunks(path: Openable) -> Iterator[bytes]:
    """Read a file piece by piece.

    :raises UnreadableSource: as soon as it is too large.
    """
    total = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
            total += len(chunk)
            if total > LARGEST_FILE:
                raise UnreadableSource(import_problem("file_too_large"))


def _wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 by its mark, or by the separators and digits of which every other byte is zero."""
    if head[:2] in UTF_16:
        return UTF_16[head[:2]]
    if 0 not in head:
        return None
    even, odd = head[0::2], head[1::2]
    for zeros, letters, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        has_separator = any(zero == 0 and letter in _SEPARATORS for zero, letter in zip(zeros, letters, strict=False))
        if has_separator and "\0" not in head.decode(encoding, errors="ignore"):
            return encoding
    return None


def _inspect_wide(path: Openable, encoding: str, mark_length: int) -> SourceFile:
    """Read a UTF-16 file through once.

    :raises UnreadableSource: as `inspect` does.
    """
    digest, decoder = sha256(), codecs.getincrementaldecoder(encoding)()
    place, line, length, ended, seen_any = 0, 1, 0, False, False
    for chunk in _chunks(path):
        digest.update(chunk)
        body = chunk[mark_length:] if place == 0 else chunk
        try:
            text = decoder.decode(body)
        except UnicodeDecodeError as error:
            raise _wrong_wide(place + error.start) from error
        if "\0" in text:
            raise UnreadableSource(import_problem("nul_bytes", line=line, offset=place))
        for index, part in enumerate(text.split("\n")):
            length = len(part) + (length if index == 0 else 0)
            if length > LONGEST_LINE:
                raise UnreadableSource(import_problem("line_too_long", line=line + index))
        line += text.count("\n")
        ended = text.endswith("\n") if text else ended
        seen_any = seen_any or bool(text)
        place += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _wrong_wide(place) from error
    if not seen_any:
        raise UnreadableSource(import_problem("file_empty"))
    return SourceFile(path, digest.hexdigest(), encoding, mark_length, ended, line)


def _wrong_wide(offset: int) -> UnreadableSource:
    return UnreadableSource(import_problem("wrong_encoding", offset=offset, likely="UTF-16"))


def _check_chunk(chunk: bytes, offset: int, line: int, since_newline: int) -> None:
    found = chunk.find(b"\0")
    if found >= 0:
        raise UnreadableSource(
            import_problem("nul_bytes", line=line + chunk.count(b"\n", 0, found), offset=offset + found)
        )
    lengths = list(map(len, chunk.split(b"\n")))
    lengths[0] += since_newline
    if max(lengths) > LONGEST_LINE:
        place = next(index for index, length in enumerate(lengths) if length > LONGEST_LINE)
        raise UnreadableSource(import_problem("line_too_long", line=line + place))


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True
