"""Reads result files as people send them."""

from tasuki.screening.reading.archives import Member, is_archive, unpack
from tasuki.screening.reading.rows import Rows, cutter, read_rows, width_of
from tasuki.screening.reading.sources import (
    LARGEST_FILE,
    LONGEST_LINE,
    FileInMemory,
    Openable,
    SourceFile,
    UnreadableSource,
    inspect,
)

__all__ = (
    "LARGEST_FILE",
    "LONGEST_LINE",
    "FileInMemory",
    "Member",
    "Openable",
    "Rows",
    "SourceFile",
    "UnreadableSource",
    "cutter",
    "inspect",
    "is_archive",
    "read_rows",
    "unpack",
    "width_of",
)
