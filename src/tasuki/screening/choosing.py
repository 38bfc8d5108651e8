"""Chooses by which of a sender's mappings a file is to be read: by its first row, or by the length of its lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

from tasuki.screening.mapping import ImportMapping
from tasuki.screening.reading import cutter

#: A header line is never longer; the import itself refuses longer lines.
_HEAD: Final = 64 * 1024
_BYTEWISE: Final = ("utf-8-sig", "cp932")

AnyMapping = TypeVar("AnyMapping")


def mapping_for(path: Path, mappings: Sequence[tuple[AnyMapping, ImportMapping]]) -> AnyMapping | None:
    """Return what stands beside the mapping that fits a file; None where none does.

    Fitting means: the first row names every mapped column, or has as many cells as a mapping that names its own.
    Among several, the one that uses the most of the file's columns.
    """
    with path.open("rb") as file:
        texts = _texts(file.read(_HEAD))
    scored = [(max(_fit(text, content) for text in texts), beside) for beside, content in mappings]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def _texts(head: bytes) -> list[str]:
    """Return the first line in every encoding it may have; a wrong one only finds no header it knows."""
    first = head.split(b"\n", 1)[0]
    texts = [first.decode(encoding, errors="replace") for encoding in _BYTEWISE]
    # Between two columns at the latest, UTF-16 has a zero byte; the others have none.
    if b"\0" in head:
        texts.append(head.decode("utf-16", errors="replace").split("\n", 1)[0])
    return [text.lstrip("\ufeff").rstrip("\r") for text in texts]


def _fit(first: str, mapping: ImportMapping) -> float:
    shape = mapping.shape
    if shape.is_fixed:
        return 0.5 if len(cutter(mapping.encoding, shape.widths)(first)) == len(shape.widths) else 0.0
    cells = [cell.strip().strip('"').strip() for cell in first.split(shape.delimiter)]
    if not shape.has_header:
        return 0.25 if len(cells) == len(shape.names) else 0.0
    mapped = {column.header for column in mapping.columns}
    return 1.0 + len(mapped) / max(len(cells), 1) if mapped <= set(cells) else 0.0
