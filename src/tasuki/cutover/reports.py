"""How what was found about files is stored, and what of it a record of evidence says."""

from dataclasses import asdict
from typing import Any

import orjson

from tasuki.cutover.types import FileReport


def as_json(files: tuple[FileReport, ...]) -> str:
    """Write reports of files as they are stored."""
    return orjson.dumps([asdict(one) for one in files]).decode()


def counts_of(one: FileReport) -> dict[str, Any]:
    """Give what a record of evidence says of a file."""
    return {
        "file": one.name,
        "sha256": one.sha256,
        "programme": one.programme,
        "expected": one.expected,
        "read": one.read,
        "loaded": one.loaded,
        "refused_by": dict(one.refused_by),
        "differences": dict(one.kinds),
    }
