#!/usr/bin/env python3
"""Stand-alone verifier of an exported evidence log.

    python verifier.py EXPORT [--witness FILE]… [--key BASE64]

It needs only this file, Python, and the `cryptography` package for the signatures. It shares no code with the program
that wrote the log, so that it can be read, kept and run by someone who does not trust that program.

What it proves: every line is byte for byte what the log wrote; every record still has the hash it was sealed with;
the records in their order give exactly the roots that the log signed; and the log is no shorter than, and the same as,
the checkpoints that other parties kept. A log that was restored from a backup goes on under a new name: then a record
of it says what of the former one is lost, and that is reported as lost. A record of an exchange may be gone once its
retention is over: then a later record of the log names it, and it is older than that record may let go. Without
`--witness` or `--key`, whoever owns the log could have cut its tail or written all of it anew: then the report says
that nothing outside the export vouches for it.
"""

import argparse
import base64
import binascii
import dataclasses
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

EXPORT_FORMAT = "tasuki-evidence/1"
WITNESS_FORMAT = "tasuki-witness/1"
MAX_LINE_BYTES = 262_144
MAX_PROBLEMS = 100
_CHUNK_BYTES = 1 << 20
_HASH_HEX = 64
_HASH_BYTES = 32
# How much of a leaf's line stands before its record, beside the digits of its number.
_AROUND_ENTRY = len('{"leaf":,"hash":"","entry":') + _HASH_HEX
_LEAF_START = b'{"leaf":'
_CHECKPOINT_START = b'{"checkpoint":'
_PURGE_START = b'{"kind":"records_purged",'
_SUCCESSION_START = b'{"kind":"log_succeeded",'
_ABOUT_THE_LOG = (_PURGE_START, _SUCCESSION_START)
# The least the law ever asked for (番号法23条, 番号法施行令30条).
_KEPT_YEARS = 7

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9./-]{0,99}")
_HEADER_NUMBER_LIMIT = 10**18
_LEAF_NUMBER = re.compile(rb'^\{"leaf":(0|[1-9][0-9]{0,17}),', re.MULTILINE)
_LEAF_LINE = re.compile(rb'\{"leaf":(0|[1-9][0-9]{0,17}),"hash":"([0-9a-f]{64})","entry":(.*)\}', re.DOTALL)
_ENTRY = re.compile(
    rb'\{"kind":"[a-z][a-z_]{1,39}","transaction_number":(?:null|"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}"),'
    rb'"recorded_at":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z","body":(?=\{)'
)
# A helper is a process of this program that looks at blocks of lines for another: it takes as long to start as looking
# at a few megabytes. With more of them the one that puts everything together would be the slowest.
_HELPER_ARGUMENT = "--help-another-run"
_WORTH_HELPERS_BYTES = 16 << 20
_MOST_HELPERS = 4
_BLOCK_HEAD = struct.Struct(">I")
_ANSWER_HEAD = struct.Struct(">QII")

_NOTE = re.compile(
    r"(?P<text>(?P<origin>[^\n]+)\n(?P<size>[1-9][0-9]{0,17})\n(?P<root>[0-9A-Za-z+/]{43}=)\n"
    r"signed_at (?P<signed_at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)\n"
    r"previous (?P<previous>0|[1-9][0-9]{0,17})\n)\n— (?P<name>[^\n ]+) (?P<signature>[0-9A-Za-z+/]{91}=)\n"
)


@dataclass(frozen=True)
class Problem:
    """One thing that is not as the log signed it; `line` counts from 1, `leaf` from 0."""

    code: str
    message: str
    file: str
    line: int | None = None
    leaf: int | None = None


@dataclass(frozen=True)
class Loss:
    """What a restore from a backup took from a log: records `first` to `last` of it, as it was signed before.

    `leaf` is the place of the record that says so and under which name the log goes on; `former` are all names of what
    was lost, for a restore may take away the record of another one.
    """

    log: str
    first: int
    last: int
    at: str
    why: str
    leaf: int
    goes_on_as: str
    former: tuple[str, ...]


@dataclass
class Report:
    """The outcome: `ok` only when nothing at all was found."""

    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    origin: str = ""
    public_key: str = ""
    tree_size: int = 0
    root: str = ""
    leaves: int = 0
    checkpoints: int = 0
    witnessed: int = 0
    purged: int = 0
    withheld: int = 0
    lost: list[Loss] = field(default_factory=list)
    vouched: bool = False
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Tell whether the whole export holds."""
        return self.problem_count == 0

    def add(self, problem: Problem) -> None:
        """Note a problem; the first hundred are kept, all are counted."""
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)


@dataclass(frozen=True)
class Part:
    """The records of a period: leaves from `first` up to, not including, `last`; of the others only the hash is there.

    Times are text as the log writes them. The checkpoints at both ends show that no record of the period was left out.
    """

    first: int
    last: int
    since: str
    until: str


class _Unreadable(Exception):
    """A line or a file is not in the form the log writes; reading on would be guessing."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class _Note:
    """A checkpoint as read from a file."""

    text: str
    origin: str
    size: int
    previous: int
    signed_at: str
    root: bytes
    signature: bytes
    whole: str


class _Tree:
    """The Merkle tree of RFC 9162 so far: the roots of its complete subtrees, lowest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes | None] = []

    def extend(self, hashes: list[bytes]) -> None:
        """Append leaf hashes."""
        sha256 = hashlib.sha256
        self.size += len(hashes)
        level = 0
        while hashes:
            if level == len(self._peaks):
                self._peaks.append(None)
            waiting = self._peaks[level]
            if waiting is not None:
                hashes = [waiting, *hashes]
            self._peaks[level] = hashes.pop() if len(hashes) & 1 else None
            hashes = [sha256(b"\x01" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2], strict=True)]
            level += 1

    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        root: bytes | None = None
        for peak in self._peaks:
            if peak is not None:
                root = peak if root is None else hashlib.sha256(b"\x01" + peak + root).digest()
        return hashlib.sha256(b"").digest() if root is None else root


def _first_line(stream: BinaryIO) -> bytes:
    line = stream.readline(MAX_LINE_BYTES + 1)
    if not line:
        raise _Unreadable("empty_file", "The file is empty.")
    if not line.endswith(b"\n"):
        raise _too_long() if len(line) > MAX_LINE_BYTES else _cut_off()
    return line[:-1]


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Read complete lines in large blocks: the memory needed does not grow with the file."""
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        lines, end, chunk_rest = chunk.rpartition(b"\n")
        if end:
            yield rest + lines
            rest = chunk_rest
        else:
            rest += chunk
        if len(rest) > MAX_LINE_BYTES:
            raise _too_long()
    if rest:
        raise _cut_off()


def _lines(block: bytes) -> list[bytes]:
    lines = block.split(b"\n")
    if max(map(len, lines)) > MAX_LINE_BYTES:
        raise _too_long()
    return lines


def _cut_off() -> _Unreadable:
    return _Unreadable("cut_off", "The file ends in the middle of a line.")


def _too_long() -> _Unreadable:
    return _Unreadable("line_too_long", f"A line is longer than {MAX_LINE_BYTES} bytes.")


def _sealed(line: bytes, index: int) -> tuple[bytes, bytes] | None:
    """Give the record of a leaf's line and its hash; None when the line is not what the log writes for that hash."""
    entry = line[len(str(index)) + _AROUND_ENTRY : -1]
    digest = hashlib.sha256(b"\x00" + entry).digest()
    written = b'{"leaf":%d,"hash":"%b","entry":%b}' % (index, binascii.hexlify(digest), entry)
    return (entry, digest) if line == written else None


def _is_record(entry: bytes) -> bool:
    try:
        text = entry.decode()
        return _ENTRY.match(entry) is not None and _parse(text)[1] == len(text)
    except (ValueError, RecursionError):
        return False


_parse = json.JSONDecoder().raw_decode


@dataclass(frozen=True)
class _Looked:
    """What lines say for themselves: the hashes of the plain records among them, and where the other lines stand.

    `first` is the leaf that the first of them was taken for. A record about the log is not plain, nor is a line that is
    not as it should be; what to make of those depends on what was read before.
    """

    first: int
    hashes: list[bytes]
    others: list[int]


def _look(lines: Sequence[bytes], first: int) -> _Looked:
    """Look at lines of which the first leaf should be `first`. This is the inner loop."""
    index, found = first, _Looked(first, [], [])
    for position, line in enumerate(lines):
        sealed = _sealed(line, index)
        if sealed is not None and not sealed[0].startswith(_ABOUT_THE_LOG) and _is_record(sealed[0]):
            found.hashes.append(sealed[1])
            index += 1
        else:
            found.others.append(position)
            index += line.startswith(_LEAF_START)
    return found


def _help(blocks: BinaryIO, answers: BinaryIO) -> None:
    """Look at the blocks that another process of this program sends, until it sends no more."""
    while head := blocks.read(_BLOCK_HEAD.size):
        block = blocks.read(*_BLOCK_HEAD.unpack(head))
        numbered = _LEAF_NUMBER.search(block)
        found = _look(block.split(b"\n"), 0 if numbered is None else int(numbered[1]))
        answers.write(_ANSWER_HEAD.pack(found.first, len(found.hashes), len(found.others)))
        answers.write(b"".join(found.hashes) + struct.pack(f">{len(found.others)}I", *found.others))
        answers.flush()


class _Helper:
    """A process of this program that looks at one block at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- this very file; no shell
            [sys.executable, "-I", __file__, _HELPER_ARGUMENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def send(self, block: bytes) -> None:
        """Have a block looked at. Of a helper that died nothing is expected."""
        pipe = self._process.stdin
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.write(_BLOCK_HEAD.pack(len(block)) + block)
                pipe.flush()

    def answer(self) -> _Looked | None:
        """Give what it found; None when it died over it."""
        pipe = self._process.stdout
        head = b"" if pipe is None else pipe.read(_ANSWER_HEAD.size)
        if pipe is None or len(head) < _ANSWER_HEAD.size:
            return None
        first, hashes, others = _ANSWER_HEAD.unpack(head)
        joined, positions = pipe.read(hashes * _HASH_BYTES), pipe.read(4 * others)
        if len(positions) < 4 * others:
            return None
        each = range(0, len(joined), _HASH_BYTES)
        return _Looked(
            first, [joined[at : at + _HASH_BYTES] for at in each], list(struct.unpack(f">{others}I", positions))
        )

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def _helpers(count: int) -> Iterator[list[_Helper]]:
    """Start helpers; where none can be started there are none."""
    started: list[_Helper] = []
    try:
        with suppress(OSError):
            started += (_Helper() for _ in range(count))
        yield started
    finally:
        for helper in started:
            helper.end()


def _looked_at(blocks: Iterator[bytes], helpers: Sequence[_Helper]) -> Iterator[tuple[bytes, _Looked | None]]:
    """Give every block in its order with what a helper found in it, and have the next ones looked at meanwhile."""
    under_way: deque[tuple[bytes, _Helper]] = deque()
    free, ended = deque(helpers), None
    try:
        for block in blocks:
            if not helpers:
                yield block, None
                continue
            done = None
            if not free:
                before, helper = under_way.popleft()
                done = before, helper.answer()
                free.append(helper)
            free[0].send(block)
            under_way.append((block, free.popleft()))
            if done is not None:
                yield done
    except (OSError, _Unreadable) as error:
        # What was read before it is looked at first.
        ended = error
    for block, helper in under_way:
        yield block, helper.answer()
    if ended is not None:
        raise ended


def _read_object(line: bytes, keys: Sequence[str], what: str) -> list[object]:
    """Read a line that must be exactly this JSON object in exactly one spelling, and give its values."""
    try:
        value = json.loads(line)
        canonical = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise _Unreadable("bad_json", f"The {what} is not JSON: {type(error).__name__}.") from error
    if not isinstance(value, dict) or list(value) != list(keys) or canonical != line:
        raise _Unreadable("not_canonical", f"The {what} is not written as the log writes it.")
    return list(value.values())


def _decode(value: object, length: int, what: str) -> bytes:
    """Decode base64 that has exactly one spelling and one length."""
    if isinstance(value, str):
        try:
            decoded = base64.b64decode(value, validate=True)
        except ValueError:
            decoded = b""
        if len(decoded) == length and base64.b64encode(decoded).decode() == value:
            return decoded
    raise _Unreadable("bad_base64", f"The {what} is not base64 of {length} bytes.")


def _read_header(line: bytes, file_format: str, count_key: str) -> tuple[str, bytes, int]:
    """Read a first line: origin, public key, and how much is to follow."""
    stated, origin, key, count = _read_object(line, ("format", "origin", "public_key", count_key), "header")
    if stated != file_format:
        raise _Unreadable("wrong_format", f"The file does not say that it is {file_format}.")
    if not isinstance(origin, str) or _ORIGIN.fullmatch(origin) is None:
        raise _Unreadable("bad_header", "The header does not name a log.")
    if type(count) is not int or not 0 <= count < _HEADER_NUMBER_LIMIT:
        raise _Unreadable("bad_header", f"The header's {count_key} is not a count.")
    return origin, _decode(key, 32, "public key"), count


def _checkpoint_line(note: object) -> bytes:
    return json.dumps({"checkpoint": note}, ensure_ascii=False, separators=(",", ":")).encode()


def _read_note(line: bytes) -> _Note:
    """Read the line of a checkpoint."""
    (whole,) = _read_object(line, ("checkpoint",), "checkpoint")
    found = _NOTE.fullmatch(whole) if isinstance(whole, str) else None
    if found is None or found["name"] != found["origin"]:
        raise _Unreadable("bad_checkpoint", "The checkpoint has not the lines of a checkpoint.")
    return _Note(
        text=found["text"],
        origin=found["origin"],
        size=int(found["size"]),
        previous=int(found["previous"]),
        signed_at=found["signed_at"],
        root=_decode(found["root"], 32, "root"),
        signature=_decode(found["signature"], 68, "signature"),
        whole=found[0],
    )


SignatureCheck = Callable[[_Note], bool]


def _signature_check(origin: str, public_key: bytes) -> SignatureCheck:
    """Give the check of one key's signatures."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise _Unreadable("no_cryptography", "Signatures cannot be checked: install `cryptography`.") from error
    key = Ed25519PublicKey.from_public_bytes(public_key)
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public_key).digest()[:4]

    def is_signed(note: _Note) -> bool:
        if note.origin != origin or note.signature[:4] != key_id:
            return False
        try:
            key.verify(note.signature[4:], note.text.encode())
        except InvalidSignature:
            return False
        return True

    return is_signed


class _Witnesses:
    """The checkpoints of this log that other parties handed over, by tree size."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._notes: dict[tuple[str, int], list[tuple[str, int, str]]] = {}
        self._forked: dict[tuple[str, int], list[tuple[str, int, str]]] = {}
        self._files: list[tuple[str, str]] = []

    def read(self, path: Path, public_key: bytes) -> None:
        """Take in one party's file; a file that cannot be trusted is a problem, never ignored."""
        is_signed: SignatureCheck = lambda _note: False  # noqa: E731 -- until the file has named its log
        number = expected = 0
        origin = ""
        try:
            with path.open("rb") as stream:
                for block in _blocks(stream):
                    for line in _lines(block):
                        number += 1
                        if number == 1:
                            origin, expected = self._begin(line, public_key)
                            is_signed = _signature_check(origin, public_key)
                        else:
                            self._take(str(path), number, _read_note(line), origin, is_signed)
            if expected == 0 or number != expected + 1:
                raise _Unreadable("witness_incomplete", "The witness file has not as many checkpoints as it says.")
            self._files.append((str(path), origin))
        except OSError as error:
            self._report.add(Problem("unreadable_file", f"{error.strerror}.", str(path)))
        except _Unreadable as error:
            self._report.add(Problem(error.code, error.message, str(path), number or None))

    def _begin(self, line: bytes, public_key: bytes) -> tuple[str, int]:
        origin, stated_key, expected = _read_header(line, WITNESS_FORMAT, "checkpoints")
        if stated_key != public_key:
            raise _Unreadable("other_key", "The other party checked this log with another public key.")
        return origin, expected

    def _take(self, file: str, number: int, note: _Note, origin: str, is_signed: SignatureCheck) -> None:
        if note.origin != origin:
            raise _Unreadable("other_log", "The witness file holds a checkpoint of another log than it names.")
        if not is_signed(note):
            raise _Unreadable("bad_signature", "The log did not sign this checkpoint.")
        kept = self._notes.setdefault((note.origin, note.size), [])
        if any(whole == note.whole and other == file for other, _, whole in kept):
            raise _Unreadable("witness_duplicate", "The same checkpoint stands twice in the witness file.")
        kept.append((file, number, note.whole))

    def compare(self, note: _Note) -> None:
        """Compare a checkpoint of the export with those of the same size held elsewhere."""
        held = self._notes.pop((note.origin, note.size), [])
        self._report.witnessed += len(held)
        forked = [one for one in held if one[2] != note.whole]
        if forked:
            # Whether it is one, or was lost in a restore, shows only when the log was read to its end.
            self._forked[note.origin, note.size] = forked

    def report_rest(self, tree_size: int, names: Sequence[str], lost: Sequence[Loss]) -> list[Loss]:
        """Report what other parties hold and the export does not; give the losses as far as these files show them."""
        known = {*names, *(name for loss in lost for name in loss.former)}
        for file, origin in self._files:
            if origin not in known:
                self._report.add(Problem("other_log", "The witness file is about another log.", file, 1))
        reached = [loss.last for loss in lost]
        for held in (self._forked, self._notes):
            for origin, size in list(held):
                place = next((n for n, one in enumerate(lost) if origin in one.former and size > one.first), None)
                if origin not in known or place is not None:
                    held.pop((origin, size))
                if place is not None:
                    reached[place] = max(reached[place], size - 1)
        self._report_forks()
        self._report_missing(tree_size)
        return [dataclasses.replace(loss, last=last) for loss, last in zip(lost, reached, strict=True)]

    def _report_forks(self) -> None:
        for (_origin, size), held in sorted(self._forked.items()):
            for file, number, _ in held:
                message = f"Fork: at size {size} the log signed something else for this party."
                self._report.add(Problem("fork", message, file, number))

    def _report_missing(self, tree_size: int) -> None:
        for (_origin, size), held in sorted(self._notes.items()):
            for file, number, _ in held:
                if size > tree_size:
                    message = f"Cut off: the log had signed {size} records; the export has {tree_size}."
                    self._report.add(Problem("tail_missing", message, file, number, tree_size))
                else:
                    message = f"The export lacks the checkpoint of size {size} that this party holds."
                    self._report.add(Problem("checkpoint_missing", message, file, number))


class _Purges:
    """Leaves without their records, and what the log says it purged. Times are text of one form, so they compare."""

    def __init__(self) -> None:
        # Leaf and line; then also when the checkpoint that first covered it was signed: it was written before that.
        self.unsigned: list[tuple[int, int]] = []
        self.gone: list[tuple[int, int, str]] = []
        self._named: list[tuple[int, int, str]] = []

    def read(self, entry: bytes, index: int) -> bool:
        """Take the leaves that a record lets go; tell whether it may: earlier ones, after their retention."""
        value = json.loads(entry)
        try:
            before, named = value["body"]["before"], [(first, last) for first, last in value["body"]["leaves"]]
            kept_until = f"{int(before[:4]) + _KEPT_YEARS:04}{before[4:]}"
            may_go = kept_until <= value["recorded_at"] and all(0 <= one <= two < index for one, two in named)
        except (KeyError, TypeError, ValueError):
            return False
        self._named += [(first, last, before) for first, last in named if may_go]
        return may_go

    def sign(self, signed_at: str) -> None:
        """Note when the leaves read since the last checkpoint were signed."""
        self.gone += [(leaf, line, signed_at) for leaf, line in self.unsigned]
        self.unsigned.clear()

    def wrong(self) -> Iterator[tuple[int, int, str, str]]:
        """Give leaf, line, code and message of whatever may not be gone."""
        named, reached = sorted(self._named), (-1, "")
        named.reverse()
        for leaf, line, signed_at in self.gone:
            while named and named[-1][0] <= leaf:
                reached = max(reached, named.pop()[1:])
            if leaf > reached[0]:
                yield leaf, line, "leaf_removed", "The record was removed from the log."
            elif signed_at >= reached[1]:
                yield leaf, line, "purged_too_early", "The record was purged before its retention was over."


class _Successions:
    """The names of the log: the one its first checkpoint bears, and those it went on by after a restore."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.lost: list[Loss] = []
        # Their records, not yet covered by a checkpoint.
        self._waiting: list[Loss] = []

    def read(self, entry: bytes, index: int, public_key: bytes) -> bool:
        """Take the record of a succession; tell whether it holds: something this log signed must prove its gap."""
        value = json.loads(entry)
        try:
            body = value["body"]
            lost = [_read_note(_checkpoint_line(note)) for note in body["kept_elsewhere"].values()]
            loss = Loss(
                log=body["succeeds"],
                first=body["restored_size"],
                last=body["lost_until"] - 1,
                at=value["recorded_at"],
                why=body["why"],
                leaf=index,
                goes_on_as=body["log"],
                former=tuple(body["former"]),
            )
            holds = (
                0 <= loss.first <= min(index, loss.last)
                and max(note.size for note in lost) == loss.last + 1
                and loss.log in loss.former
                and loss.goes_on_as not in loss.former
                and all(note.origin in loss.former and _signature_check(note.origin, public_key)(note) for note in lost)
            )
        except (_Unreadable, AttributeError, KeyError, TypeError, ValueError):
            return False
        if holds:
            self._waiting.append(loss)
        return holds

    def sign(self, note: _Note) -> bool:
        """Tell whether a checkpoint bears the name that the records up to it give the log."""
        for loss in self._waiting:
            if self.names and loss.log != self.names[-1]:
                return False
            self.names += [loss.goes_on_as] if self.names else [loss.log, loss.goes_on_as]
        self.lost += self._waiting
        self._waiting = []
        if not self.names:
            self.names = [note.origin]
        return note.origin == self.names[-1]


class _Export:
    """One pass over an export."""

    def __init__(
        self, path: Path, witnesses: Sequence[Path], pinned: bytes | None, part: Part | None, report: Report
    ) -> None:
        self._path = path
        self._part = part
        self._ends = {"beginning": part is None or part.first == 0, "end": part is None}
        self._witness_paths = witnesses
        self._pinned = pinned
        self._report = report
        self._witnesses = _Witnesses(report)
        self._tree = _Tree()
        self._line = 0
        self._purges = _Purges()
        self._successions = _Successions()
        self._public_key = b""
        self._is_signed: SignatureCheck = lambda _note: False
        self._checked_name = ""
        self._signed_size = 0
        self._stated_size = 0

    def verify(self) -> None:
        """Read to the end, or to the first place after which nothing can be told."""
        try:
            with self._path.open("rb") as stream, _helpers(_helpers_for(stream)) as helpers:
                self._begin(_first_line(stream))
                for block, looked in _looked_at(_blocks(stream), helpers):
                    self._take(_lines(block), looked)
            self._finish()
        except OSError as error:
            self._report.add(Problem("unreadable_file", f"{error.strerror}.", str(self._path)))
        except _Unreadable as error:
            self._problem(error.code, error.message, leaf=self._tree.size)
        self._purges.sign("never")
        wrong = list(self._purges.wrong())
        for leaf, line, code, message in wrong:
            self._report.add(Problem(code, message, str(self._path), line, leaf))
        self._report.purged = len(self._purges.gone) - len(wrong)
        self._report.leaves = self._tree.size

    def _problem(self, code: str, message: str, *, leaf: int | None = None) -> None:
        self._report.add(Problem(code, message, str(self._path), self._line or None, leaf))

    def _take(self, lines: list[bytes], looked: _Looked | None) -> None:
        """Take lines, with what was found in them if that was for the right leaf."""
        if looked is None or looked.first != self._tree.size:
            looked = _look(lines, self._tree.size)
        position = taken = 0
        for other in (*looked.others, len(lines)):
            plain = other - position
            self._line += plain
            self._tree.extend(looked.hashes[taken : taken + plain])
            position, taken = other + 1, taken + plain
            if other < len(lines):
                self._line += 1
                self._take_other(lines[other])

    def _take_other(self, line: bytes) -> None:
        """Take what is not a plain record."""
        if line.startswith(_CHECKPOINT_START):
            self._take_checkpoint(line)
        else:
            self._tree.extend([self._take_leaf(line, self._tree.size)])

    def _begin(self, line: bytes) -> None:
        self._line = 1
        origin, public_key, self._stated_size = _read_header(line, EXPORT_FORMAT, "tree_size")
        if self._pinned is not None and self._pinned != public_key:
            raise _Unreadable("other_key", "The export names another public key than the one given.")
        self._report.origin, self._report.public_key = origin, base64.b64encode(public_key).decode()
        self._public_key = public_key
        self._is_signed, self._checked_name = _signature_check(origin, public_key), origin
        for path in self._witness_paths:
            self._witnesses.read(path, public_key)

    def _take_leaf(self, line: bytes, index: int) -> bytes:
        """Take a leaf that is about the log or not as it should be, and give its hash."""
        sealed = _sealed(line, index)
        if sealed is None:
            return self._stated_hash(line, index)
        entry, digest = sealed
        if not _is_record(entry):
            self._problem("bad_record", "The record was sealed in a form that is not a record.", leaf=index)
        elif entry.startswith(_PURGE_START) and not self._purges.read(entry, index):
            message = "The record purges what was still to be kept, or what it does not name."
            self._problem("bad_purge", message, leaf=index)
        elif entry.startswith(_SUCCESSION_START) and not self._successions.read(entry, index, self._public_key):
            message = "The record gives the log another name without a checkpoint that proves what it lost."
            self._problem("bad_succession", message, leaf=index)
        return digest

    def _stated_hash(self, line: bytes, index: int) -> bytes:
        """Say what is wrong with a leaf line, and give the hash that it states.

        The stated hash comes from the tree, not from the record. So where only the record was altered the tree still
        holds, and exactly the altered records are reported.
        """
        found = _LEAF_LINE.fullmatch(line)
        stated = -1 if found is None else int(found[1])
        if found is None:
            raise _Unreadable("bad_line", "The line is neither a leaf nor a checkpoint as the log writes them.")
        if stated > index:
            raise _Unreadable("leaf_missing", f"Leaf {index} is missing; leaf {stated} follows.")
        if stated < index:
            raise _Unreadable("leaf_out_of_order", f"Leaf {stated} stands where leaf {index} belongs.")
        if found[3] == b"null" and self._part is not None and not self._part.first <= index < self._part.last:
            self._report.withheld += 1
        elif found[3] == b"null":
            self._purges.unsigned.append((index, self._line))
        else:
            self._problem("leaf_altered", "The record is not the one that was sealed.", leaf=index)
        return bytes.fromhex(found[2].decode())

    def _take_checkpoint(self, line: bytes) -> None:
        note = _read_note(line)
        self._report.checkpoints += 1
        if note.size != self._tree.size:
            raise _Unreadable("checkpoint_misplaced", f"A checkpoint of size {note.size} stands at {self._tree.size}.")
        if note.previous != self._signed_size:
            message = f"The checkpoint of size {note.previous} is missing before the one of size {note.size}."
            self._problem("checkpoint_missing", message)
        is_named = self._successions.sign(note)
        if note.origin != self._checked_name:
            self._is_signed, self._checked_name = _signature_check(note.origin, self._public_key), note.origin
        if not is_named or not self._is_signed(note):
            self._problem("bad_signature", "The log did not sign this checkpoint.")
        if note.root != self._tree.root():
            message = f"The records from {self._signed_size} to {note.size - 1} are not those that were signed."
            self._problem("root_mismatch", message, leaf=self._signed_size)
            raise _Unreadable("stopped", "Nothing after this place can be told.")
        self._witnesses.compare(note)
        self._signed_size = note.size
        self._purges.sign(note.signed_at)
        self._look_at_end(note)
        self._report.tree_size, self._report.root = note.size, note.root.hex()

    def _look_at_end(self, note: _Note) -> None:
        """Hold the ends of a part against the times at which the log signed them."""
        if self._part is not None and note.size == self._part.first:
            self._ends["beginning"] |= note.signed_at <= self._part.since
        if self._part is not None and note.size == self._part.last:
            self._ends["end"] |= note.signed_at >= self._part.until

    def _finish(self) -> None:
        size = self._tree.size
        if size != self._signed_size:
            self._problem("tail_unsigned", "No checkpoint covers the last records.", leaf=self._signed_size)
        if size != self._stated_size:
            self._problem("cut_off", f"The header promises {self._stated_size} records; {size} follow.", leaf=size)
        self._ends["end"] |= self._part is not None and self._part.last == size
        for end in [end for end, holds in self._ends.items() if not holds]:
            self._problem("part_too_short", f"Nothing shows that the records of the period are whole at their {end}.")
        names = self._successions.names or [self._report.origin]
        if names[-1] != self._report.origin:
            self._problem("other_log", "The checkpoints are not of the log that the header names.")
        self._report.lost = self._witnesses.report_rest(size, names, self._successions.lost)
        self._report.vouched = self._pinned is not None or self._report.witnessed > 0


def _helpers_for(stream: BinaryIO) -> int:
    """Tell how many helpers are worth their start: one a processor, and none for a small file."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    is_large = os.fstat(stream.fileno()).st_size >= _WORTH_HELPERS_BYTES
    return min(processors, _MOST_HELPERS) if is_large and processors > 1 else 0


def verify_export(
    path: str | Path,
    witnesses: Sequence[str | Path] = (),
    *,
    public_key: bytes | None = None,
    part: Part | None = None,
) -> Report:
    """Verify an export, with the checkpoints that other parties hold and the key known from elsewhere.

    Of a `part` the records of a period are there; of the others their hashes, which give the signed roots all the same.
    Nothing in the files raises: whatever is wrong is a problem in the report.
    """
    started = time.perf_counter()
    report = Report()
    _Export(Path(path), [Path(witness) for witness in witnesses], public_key, part, report).verify()
    report.seconds = time.perf_counter() - started
    return report


def _describe(report: Report) -> Iterator[str]:
    yield f"log {report.origin or '?'}, public key {report.public_key or '?'}"
    yield f"{report.leaves} records, {report.checkpoints} checkpoints, {report.witnessed} held by other parties"
    if report.purged:
        yield f"{report.purged} records purged after their retention"
    yield f"root of {report.tree_size} records: {report.root or '?'}; {report.seconds:.2f} s"
    for loss in report.lost:
        yield (
            f"LOST log {loss.log}: records {loss.first} to {loss.last} were lost in a restore, stated {loss.at}"
            f" (leaf {loss.leaf}): {loss.why}; the log goes on as {loss.goes_on_as}"
        )
    for problem in report.problems:
        leaf = "" if problem.leaf is None else f", leaf {problem.leaf}"
        yield f"PROBLEM {problem.code}: {problem.message} ({problem.file}, line {problem.line or '?'}{leaf})"
    if report.problem_count > len(report.problems):
        yield f"… and {report.problem_count - len(report.problems)} more problems"
    if report.ok and not report.vouched:
        yield "NOTE nothing outside the export vouches for it: give --witness files or --key"
    yield "OK" if report.ok else "FAILED"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 means that everything holds."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given == [_HELPER_ARGUMENT]:
        _help(sys.stdin.buffer, sys.stdout.buffer)
        return 0
    parser = argparse.ArgumentParser(description="Verify an exported evidence log.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--witness", type=Path, action="append", default=[], help="checkpoints another party holds")
    parser.add_argument("--key", help="the log's public key, base64, known from elsewhere")
    options = parser.parse_args(given)
    try:
        key = None if options.key is None else _decode(options.key, 32, "key")
    except _Unreadable as error:
        parser.error(error.message)
    report = verify_export(options.export, options.witness, public_key=key)
    sys.stdout.write("\n".join(_describe(report)) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())  # pragma: no cover -- run by its test in a process of its own
