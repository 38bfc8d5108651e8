"""Reads rows as people send them: any size without filling memory, any damage named with its place.

Files without a quote, nearly all, are cut with `str.split`, which is several times faster than a CSV parser.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from struct import iter_unpack
from typing import Final

from tasuki.screening.mapping import Shape
from tasuki.screening.reading.sources import CHUNK, LONGEST_LINE, SourceFile, UnreadableSource
from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem

PLAIN: Final = Shape()
MARK: Final = "\ufeff"
_ROWS_A_CHUNK: Final = 4096
# What else a Japanese file may be; in the order in which a wrong guess is least likely.
_OTHER_ENCODINGS: Final = ("euc_jp", "iso2022_jp")
_OTHER_BLANKS: Final = re.compile("[\u3000\x1c-\x1f]")

# Line numbers and cells of some rows; a row that spans lines has the number of its first.
Rows = tuple[list[int], list[list[str]]]


def read_rows(source: SourceFile, shape: Shape = PLAIN, notes: list[ImportProblem] | None = None) -> Iterator[Rows]:
    """Read the rows of a file, blank lines left out.

    :param notes: takes what is to be said of the file while it is read, such as marks in its middle.
    :raises UnreadableSource: at a byte that is not of the encoding, or a quote that is never closed.
    """
    texts, line = _without_marks(_texts(source), notes), 1
    for text in texts:
        if '"' in text and not shape.is_fixed:
            yield from _read_quoted(chain((text,), texts), line, shape.delimiter)
            return
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.removesuffix("\n").split("\n")
        numbers = list(range(line, line + len(lines)))
        line += len(lines)
        if "" in lines:
            kept = [(number, content) for number, content in zip(numbers, lines, strict=True) if content]
            numbers, lines = [number for number, _ in kept], [content for _, content in kept]
        if shape.is_fixed:
            yield numbers, _cut_all(lines, source.encoding, shape.widths)
        else:
            yield numbers, [content.split(shape.delimiter) for content in lines]


def _without_marks(texts: Iterator[str], notes: list[ImportProblem] | None) -> Iterator[str]:
    """Take byte order marks out of the middle of a file: files put one after another leave them behind."""
    line = 1
    for text in texts:
        if MARK in text:
            if notes is not None:
                notes.append(import_problem("stray_mark", line=line + text.count("\n", 0, text.index(MARK))))
            line += text.count("\n")
            yield text.replace(MARK, "")
        else:
            line += text.count("\n")
            yield text


def cutter(encoding: str, widths: Sequence[int]) -> Callable[[str], list[str]]:
    """Make a function that cuts a line of fixed length: at bytes in CP932, at characters in any other encoding.

    A line of another length, or one that a cut would tear a character of, is given back whole, as its only cell.
    """
    ends = list(accumulate(widths))
    spans = list(zip([0, *ends[:-1]], ends, strict=True))
    total = ends[-1]

    def cut(line: str) -> list[str]:
        if line.isascii() or encoding != "cp932":
            return [line[start:end].strip() for start, end in spans] if len(line) == total else [line]
        try:
            content = line.encode("cp932", errors="surrogateescape")
        except UnicodeEncodeError:
            # Not a line of such a file: it was decoded by guess, to see which layout fits.
            return [line]
        if len(content) != total:
            return [line]
        try:
            return [content[start:end].decode("cp932").strip() for start, end in spans]
        except UnicodeDecodeError:
            return [line]

    return cut


def _cut_all(lines: Sequence[str], encoding: str, widths: Sequence[int]) -> list[list[str]]:
    """Cut many lines as `cutter` cuts one: bytes become text once a column rather than once a cell."""
    cut = cutter(encoding, widths)
    if encoding != "cp932" or not lines:
        return [cut(line) for line in lines]
    total = sum(widths)
    try:
        contents = "\n".join(lines).encode("cp932", errors="surrogateescape").split(b"\n")
        whole = b"".join([content for content in contents if len(content) == total])
        # A column that ends within a character cannot be decoded: no second byte is a line feed.
        columns = [
            _texts_of(b"\n".join(map(bytes.strip, column)).decode("cp932"))
            for column in zip(*iter_unpack("".join(f"{width}s" for width in widths), whole), strict=True)
        ]
    except UnicodeError:
        return [cut(line) for line in lines]
    rows = map(list, zip(*columns, strict=True))
    return [next(rows) if len(content) == total else [line] for content, line in zip(contents, lines, strict=True)]


def _texts_of(column: str) -> Iterable[str]:
    """Part a column into cells. Most of such a file is blank, and what bytes know as blank is gone by now."""
    cells = column.split("\n")
    return map(str.strip, cells) if _OTHER_BLANKS.search(column) else cells


def width_of(line: str, encoding: str) -> int:
    """Return the length of a line as files of fixed length count it."""
    return len(line.encode("cp932", errors="replace")) if encoding == "cp932" else len(line)


def _read_quoted(texts: Iterator[str], first_line: int, delimiter: str) -> Iterator[Rows]:
    feed = _Feed(texts, first_line)
    numbers: list[int] = []
    rows: list[list[str]] = []
    for row in csv.reader(feed, delimiter=delimiter):
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
    if source.encoding.startswith("utf-16"):
        yield from _wide_texts(source)
        return
    with source.path.open("rb") as file:
        offset = file.seek(source.mark_length)
        rest = b""
        while chunk := file.read(CHUNK):
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


def _wide_texts(source: SourceFile) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(source.encoding)()
    rest = ""
    with source.path.open("rb") as file:
        file.seek(source.mark_length)
        while chunk := file.read(CHUNK):
            # The first reading has seen that every byte decodes.
            text = rest + decoder.decode(chunk)
            end = text.rfind("\n") + 1
            piece, rest = text[:end], text[end:]
            if piece:
                yield _as_in_cp932(piece)
    if rest:
        yield _as_in_cp932(rest)


def _as_in_cp932(text: str) -> str:
    """Write what CP932 has one of as CP932 does: files made from JIS have other wave dashes and minuses."""
    return text.replace("\u301c", "\uff5e").replace("\u2212", "\uff0d")


def _decode(piece: bytes, encoding: str, offset: int) -> str:
    try:
        text = piece.decode(encoding)
    except UnicodeDecodeError as error:
        likely = _likely_encoding(piece)
        place = offset + error.start
        raise UnreadableSource(import_problem("wrong_encoding", offset=place, likely=likely)) from error
    return _as_in_cp932(text) if encoding == "utf-8" else text


def _likely_encoding(piece: bytes) -> str:
    for encoding in _OTHER_ENCODINGS:
        try:
            piece.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding.upper().replace("_", "-")
    # A UTF-8 file that was cut or patched is still UTF-8 for the most part.
    broken = piece.decode("utf-8", errors="replace").count("\ufffd")
    return "UTF-8" if broken * 20 < len(piece) else "?"
