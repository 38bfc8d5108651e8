"""Looks for the fictitious people's names, addresses and numbers in whatever a node keeps."""

import base64
import binascii
import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from tasuki.shared.names import fold_address, fold_digits, fold_kana, fold_name

#: How values that are not text are written in dumps and exports.
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{24,}(?![0-9a-f])")
_BASE64 = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{16,}(?![0-9A-Za-z+/_-])")
_ESCAPED = re.compile(r"\\\\?u([0-9a-fA-F]{4})")
_TWELVE_DIGITS = re.compile(r"(?=([0-9]{12}))")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_SPACES = str.maketrans("", "", " \u3000")
#: Shorter ones, such as カノ for a given name, occur by chance.
SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Canaries:
    """What must not be found: individual numbers, and names and addresses by their first characters."""

    numbers: frozenset[str]
    texts: dict[str, tuple[str, ...]]
    beginnings: re.Pattern[str]

    def found_in(self, content: bytes) -> set[str]:
        """Return every canary that stands in the content, in clear or merely encoded."""
        found: set[str] = set()
        for view in views(content):
            found |= self.numbers_in(view)
            found |= self._texts_in(view.translate(_SPACES))
        return found

    def individual_numbers_in(self, content: bytes) -> set[str]:
        """Return every individual number that stands in the content, in clear or merely encoded."""
        return {number for view in views(content) for number in self.numbers_in(view)}

    def numbers_in(self, view: str) -> set[str]:
        return self.numbers & {match[1] for match in _TWELVE_DIGITS.finditer(view.translate(_WIDE_DIGITS))}

    def _texts_in(self, view: str) -> set[str]:
        return {
            text
            for match in self.beginnings.finditer(view)
            for text in self.texts.get(view[match.start() : match.start() + SHORTEST], ())
            if view.startswith(text, match.start())
        }


def views(content: bytes) -> Iterator[str]:
    """Return the content as text, and the text inside its hexadecimal, base64, escaped and quoted parts."""
    text = content.decode(errors="replace")
    yield text
    yield "\n".join(bytes.fromhex(run[: len(run) // 2 * 2]).decode(errors="ignore") for run in _HEX.findall(text))
    yield "\n".join(_unpacked(run) for run in _BASE64.findall(text))
    if "\\u" in text:
        pairs = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        yield pairs.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "%" in text:
        yield unquote(text)


def _unpacked(run: str) -> str:
    whole = run.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode(errors="ignore")
    except binascii.Error:
        return ""


def canaries_of(data: Path) -> Canaries:
    """Read every fictitious person of a generated folder, in both towns."""
    numbers: set[str] = set()
    texts: set[str] = set()
    for register in sorted(data.glob("*/register.csv")):
        with register.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                numbers.add(row["個人番号"])
                if "氏名" in row:  # the J-LIS stand-in's register names nobody
                    texts.update(_texts_of(row))
    return Canaries(frozenset(numbers), *_by_beginning(texts))


def _texts_of(row: dict[str, str]) -> Iterator[str]:
    """Return a person's texts as written and as folded for searching, all without spaces."""
    name, kana, address = row["氏名"], row["カナ氏名"], row["住所"]
    for text in (name, kana, address, fold_name(name), fold_kana(kana), fold_address(address), fold_digits(address)):
        yield text.translate(_SPACES)


def _by_beginning(texts: Iterable[str]) -> tuple[dict[str, tuple[str, ...]], re.Pattern[str]]:
    by_beginning: defaultdict[str, list[str]] = defaultdict(list)
    for text in sorted(texts):
        if len(text) >= SHORTEST:
            by_beginning[text[:SHORTEST]].append(text)
    first = "".join(sorted({beginning[0] for beginning in by_beginning}))
    return {key: tuple(value) for key, value in by_beginning.items()}, re.compile(f"[{re.escape(first)}]")
