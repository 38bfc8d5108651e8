"""Reads a delimited file as people send it: any size without filling memory, any damage named with its place.

A file is read twice: once for its digest, its encoding and whatever makes it unreadable as a whole, then in chunks of
lines. Files without a quote, nearly all, are cut with `str.split`, which is several times faster than a CSV parser.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem

LARGEST_FILE: Final = 512 * 1024 * 1024
LONGEST_LINE: Final = 64 * 1024
_CHUNK: Final = 1024 * 1024
_ROWS_A_CHUNK: Final = 4096
# What else a Japanese file may be; in the order in which a wrong guess is least likely.
_OTHER_ENCODINGS: Final = ("euc_jp", "iso2022_jp")
_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Line numbers and cells of some rows; a row that spans lines has the number of its first.
Rows = tuple[list[int], list[list[str]]]


class UnreadableSource(Exception):
    """The file cannot be read as a whole; `problem` says why, for staff."""

    def __init__(self, problem: ImportProblem) -> None:
        super().__init__(problem.rule)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What the first reading found."""

    path: Path
    sha256: str
    encoding: str
    has_mark: bool
    ends_with_newline: bool


def inspect(path: Path, expected_encoding: str) -> SourceFile:
    """Read a file through once.

    :raises UnreadableSource: when it is empty, too large, no text, or has a line beyond all measure.
    """
    digest, utf_8 = sha256(), codecs.getincrementaldecoder("utf-8")()
    is_utf_8, is_ascii, offset, line, since_newline, last = True, True, 0, 1, 0, b""
    with path.open("rb") as file:
        head = file.read(len(codecs.BOM_UTF8))
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            _check_chunk(chunk, offset, line, since_newline)
            is_ascii = is_ascii and chunk.isascii()
            is_utf_8 = is_utf_8 and _decodes(utf_8, chunk)
            offset, line, last = offset + len(chunk), line + chunk.count(b"\n"), chunk[-1:]
            since_newline = len(chunk) - chunk.rfind(b"\n") - 1 + (since_newline if b"\n" not in chunk else 0)
            if offset > LARGEST_FILE:
                raise UnreadableSource(import_problem("file_too_large"))
    if offset == 0:
        raise UnreadableSource(import_problem("file_empty"))
    encoding = expected_encoding if is_ascii else "utf-8" if is_utf_8 else "cp932"
    return SourceFile(path, digest.hexdigest(), encoding, head == codecs.BOM_UTF8, last == b"\n")


def _check_chunk(chunk: bytes, offset: int, line: int, since_newline: int) -> None:
    found = chunk.find(b"\0")
    if found >= 0:
        raise UnreadableSource(
            import_problem("nul_bytes", line=line + chunk.count(b"\n", 0, found), offset=offset + found)
        )
    lengths = [len(part) for part in chunk.split(b"\n")]
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


def read_rows(source: SourceFile) -> Iterator[Rows]:
    """Read the rows of a file, blank lines left out.

    :raises UnreadableSource: at a byte that is not of the encoding, or a quote that is never closed.
    """
    texts, line = _texts(source), 1
    for text in texts:
        if '"' in text:
            yield from _read_quoted(chain((text,), texts), line)
            return
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.removesuffix("\n").split("\n")
        numbers = list(range(line, line + len(lines)))
        line += len(lines)
        if "" in lines:
            kept = [(number, content) for number, content in zip(numbers, lines, strict=True) if content]
            numbers, lines = [number for number, _ in kept], [content for _, content in kept]
        yield numbers, [content.split(",") for content in lines]


def _read_quoted(texts: Iterator[str], first_line: int) -> Iterator[Rows]:
    feed = _Feed(texts, first_line)
    numbers: list[int] = []
    rows: list[list[str]] = []
    for row in csv.reader(feed):
        number, was_open = feed.finish_record()
        if was_open:
            raise UnreadableSource(import_problem("quote_left_open", line=number))
        if row:
            numbers.append(number)
            rows.append(row)
        if len(rows) == _ROWS_A_CHUNK:
            yield numbers, rows
            numbers, rows = [], []
    yield numbers, rows


class _Feed:
    """Physical lines for the CSV parser, watching where a record began and whether its quotes are paired."""

    def __init__(self, texts: Iterator[str], first_line: int) -> None:
        self._lines = (line for text in texts for line in io.StringIO(text, newline=""))
        self._start = self._next = first_line
        self._length = self._quotes = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._next += 1
        self._length += len(line)
        self._quotes += line.count('"')
        if self._length > LONGEST_LINE:
            raise UnreadableSource(import_problem("quote_left_open", line=self._start))
        return line

    def finish_record(self) -> tuple[int, bool]:
        """Return the line a record began on, and whether it ended with a quote open (at the end of the file)."""
        start, was_open = self._start, self._quotes % 2 == 1
        self._start, self._length, self._quotes = self._next, 0, 0
        return start, was_open


def _texts(source: SourceFile) -> Iterator[str]:
    """Decode a file in pieces that end with a line end, the last one perhaps without."""
    with source.path.open("rb") as file:
        offset = file.seek(len(codecs.BOM_UTF8) if source.has_mark else 0)
        rest = b""
        while chunk := file.read(_CHUNK):
            # No byte of a character of two or more bytes is a line feed, neither in CP932 nor in UTF-8.
            end = chunk.rfind(b"\n") + 1
            if not end:
                rest += chunk
                continue
            piece, rest = rest + chunk[:end], chunk[end:]
            yield _decode(piece, source.encoding, offset)
            offset += len(piece)
        if rest:
            yield _decode(rest, source.encoding, offset)


def _decode(piece: bytes, encoding: str, offset: int) -> str:
    try:
        text = piece.decode(encoding)
    except UnicodeDecodeError as error:
        likely = _likely_encoding(piece)
        place = offset + error.start
        raise UnreadableSource(import_problem("wrong_encoding", offset=place, likely=likely)) from error
    if encoding == "utf-8":
        # CP932 has one wave dash and one minus; UTF-8 files made from JIS have others that look the same.
        text = text.replace("\u301c", "\uff5e").replace("\u2212", "\uff0d")
    return text


def _likely_encoding(piece: bytes) -> str:
    if piece[:2] in _UTF_16_MARKS:
        return "UTF-16"
    for encoding in _OTHER_ENCODINGS:
        try:
            piece.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding.upper().replace("_", "-")
    # A UTF-8 file that was cut or patched is still UTF-8 for the most part.
    broken = piece.decode("utf-8", errors="replace").count("\ufffd")
    return "UTF-8" if broken * 20 < len(piece) else "?"
