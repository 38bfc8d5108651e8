"""Where the software uses an item of the layouts, so that nobody forgets a place when it changes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from tasuki.layouts.types import Item

_KINDS: Final = (".py", ".toml", ".html")
_WORD: Final = re.compile(r"[A-Za-z0-9_.]+")


@dataclass(frozen=True, slots=True)
class Usage:
    """A line of the software that names an item, by its code, its element or its English name."""

    place: str
    line: int


def usages(items: Iterable[Item]) -> dict[str, list[Usage]]:
    """Return where each item is named, by its code; code, data and pages of the installed software are read.

    An English name that means something else elsewhere is listed too: better one place too many than one forgotten.
    """
    places = _places()
    return {item.code: sorted(_of(item, places), key=lambda one: (one.place, one.line)) for item in items}


def _of(item: Item, places: Mapping[str, tuple[Usage, ...]]) -> set[Usage]:
    return {use for word in (item.code, item.element, item.identifier) for use in places.get(word, ())}


@cache
def _places() -> Mapping[str, tuple[Usage, ...]]:
    """Return every word of the software with the lines it stands in."""
    found: dict[str, list[Usage]] = {}
    for place, text in _texts(files("tasuki"), "tasuki"):
        for number, line in enumerate(text.splitlines(), start=1):
            for word in set(_WORD.findall(line)):
                found.setdefault(word, []).append(Usage(place, number))
    return {word: tuple(uses) for word, uses in found.items()}


def _texts(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _texts(entry, inner)
        elif entry.name.endswith(_KINDS):
            yield inner, entry.read_text(encoding="utf-8")
