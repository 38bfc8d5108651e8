"""Results that the intermediate server puts into a folder: taken once, kept until the town has stored them.

Beside the ledger lie one map for each inquiry file (which line asks what) and, until they are read, the good lines of
each result file. Both go as soon as they are not needed: they tell of people.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import orjson

from tasuki.linkage.gateway_client.file_ledger import Ledger, digest, replace_durably, write_durably
from tasuki.linkage.result_files import LARGEST, Asked, ResultLine, SetAside, layout, read_result_file
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.messages import State
from tasuki.shared.spreadsheets import csv_file

#: Names under which files are still on their way.
_UNFINISHED: Final = (".part", ".tmp", ".filepart")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an inquiry file, and the inquiry it belongs to."""

    file: int
    line: int
    transaction: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Told:
    """What a result says of one line."""

    file: int
    line: int
    state: State
    provided_at: str | None
    payload: str


@dataclass(frozen=True, slots=True)
class FileTaken:
    """A result file that was taken: how many lines were good, and what was set aside. Its name may tell of people."""

    name: str
    sha256: str
    lines: int
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True)
class Inbox:
    """What is asked and not yet read, and the folder in which results arrive. Use it while the ledger is open."""

    ledger: Ledger
    folder: Path
    institution: str
    record: Callable[[FileTaken], None]

    @cached_property
    def _maps(self) -> Path:
        return self._made("inquiries")

    @cached_property
    def _answers(self) -> Path:
        return self._made("answers")

    def _made(self, name: str) -> Path:
        place = self.ledger.folder / name
        place.mkdir(mode=0o700, exist_ok=True)
        return place

    def keep_map(self, number: int, lines: Sequence[Line]) -> None:
        """Keep which line of a file asks what; before the file itself counts."""
        content = [
            [one.line, one.transaction, one.asked.person, one.asked.provider, one.asked.data_set] for one in lines
        ]
        replace_durably(self._map(number), orjson.dumps({"lines": content, "read": []}))

    def _map(self, number: int) -> Path:
        return self._maps / f"{number:08}.json"

    def lines(self) -> list[Line]:
        """Return every line whose file was written and is not read to its end."""
        written = {entry["number"] for entry in self.ledger.of("written") if entry["kind"] == "inquiries"}
        found: list[Line] = []
        for number in sorted(written):
            if self._map(number).exists():
                content = orjson.loads(self._map(number).read_bytes())
                read = set(content["read"])
                found += [
                    Line(number, line, transaction, Asked(person, provider, data_set, is_read=transaction in read))
                    for line, transaction, person, provider, data_set in content["lines"]
                ]
        return found

    def told(self, besides: str = "") -> list[Told]:
        """Return what results say of lines that are not read, besides those of the file of that digest."""
        said = [
            orjson.loads(line)
            for place in sorted(self._answers.glob("*.jsonl"))
            if place.stem != besides
            for line in place.read_bytes().splitlines()
        ]
        return [Told(**one | {"state": State(one["state"])}) for one in said]

    def take_in(self) -> list[FileTaken]:
        """Take every new file out of the folder: good lines are kept, the others set aside with their problems."""
        return [self._take(place) for place in sorted(self.folder.iterdir()) if _has_arrived(place)]

    def _take(self, place: Path) -> FileTaken:
        with place.open("rb") as opened:
            content = opened.read(LARGEST + 1)
        sha256 = digest(content)
        read = list(self._read(content, sha256))
        good = [one for one in read if isinstance(one, ResultLine)]
        bad = [one for one in read if isinstance(one, SetAside)]
        taken = FileTaken(place.name, sha256, len(good), tuple(bad))
        # Evidence first. Whoever ends between here and the ledger's line records the same digest once more.
        self.record(taken)
        if bad:
            self._set_aside(place, sha256, content, bad)
        if good:
            write_durably(self._answers / f"{sha256}.jsonl", b"".join(_kept(one) for one in good))
        entry = {"step": "taken", "name": place.name, "sha256": sha256, "lines": len(good), "set_aside": len(bad)}
        self.ledger.note(entry)
        place.unlink()
        return taken

    def _read(self, content: bytes, sha256: str) -> Iterator[ResultLine | SetAside]:
        if any(entry["sha256"] == sha256 for entry in self.ledger.of("taken")):
            return iter([SetAside(0, "repeated")])
        known = {(one.file, one.line): one.asked for one in self.lines()}
        # Of this file itself an interruption may have left lines, which do not count yet.
        answered = {(one.file, one.line) for one in self.told(besides=sha256)}
        closed = {
            entry["number"]
            for entry in self.ledger.of("written")
            if entry["kind"] == "inquiries" and not self._map(entry["number"]).exists()
        }

        def asked(file: int, line: int) -> Asked | None:
            found = known.get((file, line))
            if file in closed or (file, line) in answered:
                return Asked("", "", "", is_read=True)
            return found

        return read_result_file(content, self.institution, asked)

    def _set_aside(self, place: Path, sha256: str, content: bytes, bad: Sequence[SetAside]) -> None:
        """Keep what cannot be used, and beside it a list that names line, field, reason and remedy."""
        rejected = self.folder / "rejected"
        rejected.mkdir(mode=0o700, exist_ok=True)
        whole = any(one.line == 0 for one in bad)
        write_durably(rejected / f"{sha256[:8]}-{place.name}", content if whole else b"".join(one.raw for one in bad))
        head = ["行 / line", "項目 / field", "理由と対処", "reason and remedy"]
        listed = csv_file([head, *([one.line or "", one.field, *explain(one)] for one in bad)])
        write_durably(rejected / f"{sha256[:8]}-{place.name}.problems.csv", listed)

    def let_go(self, transactions: set[str]) -> None:
        """Forget what was asked and answered of inquiries whose answers the town has stored."""
        by_file: dict[int, list[Line]] = {}
        for one in self.lines():
            by_file.setdefault(one.file, []).append(one)
        gone: set[tuple[int, int]] = set()
        for number, lines in by_file.items():
            read = {one.transaction for one in lines if one.asked.is_read or one.transaction in transactions}
            gone |= {(one.file, one.line) for one in lines if one.transaction in read}
            if {one.transaction for one in lines} == read:
                self._map(number).unlink()
            elif read:
                self._mark_read(number, read)
        for place in self._answers.glob("*.jsonl"):
            self._drop(place, gone)

    def _mark_read(self, number: int, read: set[str]) -> None:
        content = orjson.loads(self._map(number).read_bytes())
        replace_durably(self._map(number), orjson.dumps(content | {"read": sorted(read)}))

    @staticmethod
    def _drop(place: Path, gone: set[tuple[int, int]]) -> None:
        lines = place.read_bytes().splitlines(keepends=True)
        left = [line for line in lines if _place_of(orjson.loads(line)) not in gone]
        if not left:
            place.unlink()
        elif len(left) < len(lines):
            replace_durably(place, b"".join(left))


def _has_arrived(place: Path) -> bool:
    is_ours = place.is_file() and not place.is_symlink()
    return is_ours and not place.name.startswith(".") and not place.name.endswith(_UNFINISHED)


def _kept(one: ResultLine) -> bytes:
    told = {"file": one.file, "line": one.line, "state": one.state.value, "payload": one.payload}
    return orjson.dumps(told | {"provided_at": _wire(one.provided_at)}) + b"\n"


def _wire(at: dt.datetime | None) -> str | None:
    return None if at is None else wire_time(at)


def _place_of(told: Mapping[str, Any]) -> tuple[int, int]:
    return told["file"], told["line"]


def explain(one: SetAside) -> tuple[str, str]:
    """Say in Japanese and English why something was set aside and what to do."""
    words = layout().words
    return words(one.problem, one.field, english=False), words(one.problem, one.field, english=True)
