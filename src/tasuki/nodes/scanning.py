"""Asks a scanner on this machine or beside it whether a file is clean: clamd, by its command INSTREAM."""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_SECONDS: Final = 60.0
_LONGEST_ANSWER: Final = 4096
_LENGTH: Final = struct.Struct("!I")


class Verdict(StrEnum):
    CLEAN = "clean"
    FOUND = "found"
    UNANSWERED = "unanswered"
    """The scanner did not say: it is away, is busy, or takes no file of that size."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scanner says. `why` is a word of ours for why there is no answer: `away`, `size`, `other`."""

    verdict: Verdict
    why: str = ""


def scan(chunks: Iterable[bytes], scanner: str) -> Scanned:
    """Ask whether some bytes are clean.

    :param scanner: `unix:PATH` or `tcp:HOST:PORT`.
    """
    try:
        with _connected(scanner) as speaking:
            speaking.sendall(b"zINSTREAM\0")
            try:
                for chunk in chunks:
                    if chunk:
                        speaking.sendall(_LENGTH.pack(len(chunk)) + chunk)
                speaking.sendall(_LENGTH.pack(0))
            except (BrokenPipeError, ConnectionResetError):
                # It says why it hung up before we were done: the answer waits to be read.
                pass
            return _verdict(_answer(speaking))
    except OSError:
        return Scanned(Verdict.UNANSWERED, "away")


def scan_file(file: Path, scanner: str) -> Scanned:
    """Ask whether a file is clean."""
    with file.open("rb") as opened:
        return scan(iter(lambda: opened.read(1 << 18), b""), scanner)


def _connected(scanner: str) -> socket.socket:
    kind, _, place = scanner.partition(":")
    if kind == "unix":
        speaking = socket.socket(socket.AF_UNIX)
        try:
            speaking.settimeout(_SECONDS)
            speaking.connect(place)
        except OSError:
            speaking.close()
            raise
        return speaking
    host, _, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), _SECONDS)


def _answer(speaking: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER and (more := speaking.recv(_LONGEST_ANSWER)):
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace")


def _verdict(answer: str) -> Scanned:
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return Scanned(Verdict.CLEAN)
    if said.endswith(" FOUND"):
        return Scanned(Verdict.FOUND)
    return Scanned(Verdict.UNANSWERED, "size" if "size limit" in said else "other")
