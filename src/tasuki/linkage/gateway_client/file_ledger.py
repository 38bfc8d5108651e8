"""What was written to the intermediate server and read from it, so that nothing is written or read twice.

The ledger (台帳) is a file that only grows, beside the node's keys: whoever carries files away or empties folders does
not touch it. A file is on disk under a temporary name before its line is in the ledger, and gets its own name
afterwards; so whichever moment a process ends at, the ledger says whether the file counts, and the next one finishes.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

_PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one node, in `folder`; files go out through `out`. Use it only inside `open_ledger`."""

    folder: Path
    out: Path
    entries: list[dict[str, Any]]

    def of(self, step: str) -> Iterator[dict[str, Any]]:
        return (entry for entry in self.entries if entry["step"] == step)

    def next_number(self) -> int:
        return 1 + max((entry["number"] for entry in self.of("written")), default=0)

    def envelopes(self) -> list[dict[str, Any]]:
        return [entry for entry in self.of("written") if "run" in entry]

    def ends_with(self, digests: Sequence[str]) -> bool:
        """Say whether the last envelopes written were of these attachments."""
        return [entry["sha256"] for entry in self.envelopes()[-len(digests) :]] == list(digests)

    def has_written(self, kind: str, sha256: str) -> bool:
        return any(entry["kind"] == kind and entry["sha256"] == sha256 for entry in self.of("written"))

    def write(self, entry: Mapping[str, Any], contents: Mapping[str, bytes]) -> None:
        """Write the files of one number, the last of which makes the others count, and note them."""
        for name, content in contents.items():
            write_durably(self._part(name), content)
        sync_folder(self.out)
        self.note({"step": "written", **entry, "files": list(contents)})
        self._give_names(list(contents))

    def note(self, entry: Mapping[str, Any]) -> None:
        """Add a line, and return once it is on disk."""
        self.entries.append(dict(entry))
        with (self.folder / "ledger.jsonl").open("ab") as opened:
            opened.write(orjson.dumps(entry) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())

    def finish(self) -> None:
        """Give noted files the names they still lack; what was never noted never counted, and goes."""
        noted = [name for entry in self.of("written") for name in entry["files"]]
        self._give_names([name for name in noted if self._part(name).exists()])
        for left in self.out.glob(f".*{_PART}"):
            left.unlink()

    def _give_names(self, names: Sequence[str]) -> None:
        for name in names:
            self._part(name).rename(self.out / name)
        if names:
            sync_folder(self.out)

    def _part(self, name: str) -> Path:
        return self.out / f".{name}{_PART}"


@contextmanager
def open_ledger(folder: Path, out: Path) -> Iterator[Ledger]:
    """Give the ledger to one process at a time, with what an interruption left finished."""
    for place in (folder, out):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ledger = Ledger(folder, out, _entries(folder / "ledger.jsonl"))
        ledger.finish()
        yield ledger


def _entries(file: Path) -> list[dict[str, Any]]:
    """Read the lines; a last one without its end was never acted on, and is cut off."""
    if not file.exists():
        file.touch(mode=0o600)
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        os.truncate(file, len(whole))
    return [orjson.loads(line) for line in whole.splitlines()]


def write_durably(place: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and return once it is on disk."""
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def replace_durably(place: Path, content: bytes) -> None:
    """Put new content in the place of a file at once: whoever reads it finds the old or the new, whole."""
    part = place.with_name(f".{place.name}{_PART}")
    write_durably(part, content)
    part.rename(place)
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Return once the names in a folder are on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
