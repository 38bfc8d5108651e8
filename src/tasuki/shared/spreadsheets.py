"""Files for spreadsheets (CSV), the one way they are written: no cell of theirs is ever taken for a formula."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from typing import Final

# A spreadsheet runs a cell that begins so; a plain number with its sign is none.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "\uff20")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_RUNS) and not _NUMBER.fullmatch(cell) else cell


def csv_text(lines: Iterable[Iterable[object]]) -> str:
    """Return lines of cells as the text of a CSV file, none of them a formula."""
    written = StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows([harmless(str(cell)) for cell in line] for line in lines)
    return written.getvalue()


def csv_file(lines: Iterable[Iterable[object]]) -> bytes:
    """Return lines of cells as a CSV file in UTF-8 with the mark without which spreadsheets garble it."""
    return csv_text(lines).encode("utf-8-sig")
