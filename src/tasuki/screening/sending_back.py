"""Writes rows that go back to their sender: their own columns as they sent them, with the reason and what to do."""

from collections.abc import Sequence
from typing import Final

from tasuki.screening.import_types import ProblemRow
from tasuki.shared.spreadsheets import csv_text

ENCODINGS: Final = ("cp932", "utf-8")
_ADDED: Final = ("行番号", "直すところ", "直し方")


def send_back_csv(header: Sequence[str], rows: Sequence[ProblemRow], encoding: str) -> bytes | None:
    """Write rows for their sender; None where a character of theirs does not exist in the encoding.

    UTF-8 begins with a byte order mark, without which spreadsheets garble it.
    """
    lines: list[Sequence[object]] = [[*header, *_ADDED]]
    for row in rows:
        # A line of the wrong width keeps its place: too few cells are filled up, and too many stay.
        cells = [*row.sent, *[""] * (len(header) - len(row.sent))]
        why = " / ".join(dict.fromkeys(problem.message_ja for problem in row.problems))
        what = " / ".join(dict.fromkeys(problem.remedy_ja for problem in row.problems))
        lines.append([*cells, row.line, why, what])
    try:
        return csv_text(lines).encode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeEncodeError:
        return None
