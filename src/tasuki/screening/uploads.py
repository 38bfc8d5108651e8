"""Keeps received files in a folder of the node's own until they are checked; nobody else can read them."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

_FILE: Final = "file"
_FACTS: Final = "facts.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file and what was said of it."""

    path: Path
    facts: Mapping[str, str]


def keep_upload(folder: Path, upload_id: UUID, received: Path, facts: Mapping[str, str]) -> Upload:
    """Copy a received file to where only this node can read it."""
    place = folder / str(upload_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.mkdir(mode=0o700)
    target = place / _FILE
    target.touch(mode=0o600)
    shutil.copyfile(received, target)
    (place / _FACTS).touch(mode=0o600)
    (place / _FACTS).write_bytes(orjson.dumps(dict(facts)))
    return Upload(target, dict(facts))


def open_upload(folder: Path, upload_id: UUID) -> Upload | None:
    """Return a kept file; None where it is gone."""
    place = folder / str(upload_id)
    if not (place / _FACTS).exists():
        return None
    return Upload(place / _FILE, orjson.loads((place / _FACTS).read_bytes()))


def remove_upload(folder: Path, upload_id: UUID) -> None:
    """Delete a kept file, if it is still there."""
    place = folder / str(upload_id)
    if place.exists():
        shutil.rmtree(place)


def forget_uploads(folder: Path, before: datetime) -> int:
    """Delete files that were left behind: asked for and cancelled, or begun and never gone on with."""
    if not folder.is_dir():
        return 0
    left = [place for place in folder.iterdir() if place.is_dir() and place.stat().st_mtime < before.timestamp()]
    for place in left:
        shutil.rmtree(place)
    return len(left)
