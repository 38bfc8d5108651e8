"""What changes from one edition of the national layouts to another: items, codes, versions, what may travel. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, TypeVar

from tasuki.layouts.catalogue import Catalogue
from tasuki.layouts.types import CodeTable, DataSet, Item, LayoutVersion

_Entry = TypeVar("_Entry")


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Subject(StrEnum):
    """What a difference is about."""

    ITEM = "item"
    CODE = "code"
    DATA_SET = "data_set"
    VERSION = "version"
    TRAVELS = "travels"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a check sheet: `what` of a thing, before and after; both are empty where the whole thing is meant.

    `key` names the thing: an item's code, a table's and a code within it, a data set and a version.
    """

    kind: Kind
    subject: Subject
    key: str
    name_ja: str
    name_en: str
    what: str = ""
    before: str = ""
    after: str = ""
    items: tuple[str, ...] = ()
    """Codes of the items it touches."""


#: What of an item is compared, in the order in which a check sheet lists it.
_OF_ITEM: Final = tuple(one.name for one in fields(Item) if one.name not in {"code", "label_en", "status"})


def differences(former: Catalogue, later: Catalogue) -> list[Difference]:
    """Return everything that changes from one edition to another, items first; nothing where they say the same."""
    return [
        *_of_items(former, later),
        *_of_codes(former, later),
        *_of_data_sets(former, later),
        *_of_travelling(former, later),
    ]


def _pairs(
    former: Mapping[str, _Entry], later: Mapping[str, _Entry]
) -> Iterator[tuple[str, _Entry | None, _Entry | None]]:
    """Give every key once, in the order of the later edition, those that are gone last."""
    for key, entry in later.items():
        yield key, former.get(key), entry
    for key, entry in former.items():
        if key not in later:
            yield key, entry, None


def _of_items(former: Catalogue, later: Catalogue) -> Iterator[Difference]:
    for code, before, after in _pairs(former.items, later.items):
        known = after or before
        assert known is not None  # noqa: S101 — one of them gave the key
        if before is None or after is None:
            kind = Kind.ADDED if before is None else Kind.REMOVED
            yield Difference(kind, Subject.ITEM, code, known.label_ja, known.label_en, items=(code,))
            continue
        for name in _OF_ITEM:
            one, other = _plain(getattr(before, name)), _plain(getattr(after, name))
            if one != other:
                yield Difference(
                    Kind.CHANGED, Subject.ITEM, code, known.label_ja, known.label_en, name, one, other, (code,)
                )


def _of_codes(former: Catalogue, later: Catalogue) -> Iterator[Difference]:
    for table, before, after in _pairs(former.tables, later.tables):
        known = after or before
        assert known is not None  # noqa: S101 — as above
        users = tuple(
            sorted({item.code for one in (former, later) for item in one.items.values() if item.table == table})
        )
        for code, one, other in _pairs(_codes(before), _codes(after)):
            if one != other:
                kind = Kind.ADDED if one is None else Kind.REMOVED if other is None else Kind.CHANGED
                yield Difference(
                    kind,
                    Subject.CODE,
                    f"{table} {code}",
                    known.name_ja,
                    known.name_en,
                    "",
                    one or "",
                    other or "",
                    users,
                )


def _codes(table: CodeTable | None) -> dict[str, str]:
    return {} if table is None else {code: one.ja for code, one in table.codes.items()}


def _of_data_sets(former: Catalogue, later: Catalogue) -> Iterator[Difference]:
    for key, before, after in _pairs(former.data_sets, later.data_sets):
        known = after or before
        assert known is not None  # noqa: S101 — as above
        if before is None or after is None:
            kind = Kind.ADDED if before is None else Kind.REMOVED
            yield Difference(kind, Subject.DATA_SET, key, known.name_ja, known.name_en)
        for number, one, other in _pairs(_versions(before), _versions(after)):
            if one != other:
                kind = Kind.ADDED if one is None else Kind.REMOVED if other is None else Kind.CHANGED
                yield Difference(
                    kind,
                    Subject.VERSION,
                    f"{key} {number}",
                    known.name_ja,
                    known.name_en,
                    "in_force",
                    one or "",
                    other or "",
                )


def _versions(data_set: DataSet | None) -> dict[str, str]:
    return {} if data_set is None else {one.number: _in_force(one) for one in data_set.versions}


def _in_force(version: LayoutVersion) -> str:
    return f"{version.in_force_from.isoformat()} – {_plain(version.in_force_until)}".rstrip()


def _of_travelling(former: Catalogue, later: Catalogue) -> Iterator[Difference]:
    for key, before, after in _pairs(_travelling(former), _travelling(later)):
        if before != after:
            code = key.split()[1]
            item = (later if after is not None else former).items[code]
            kind = Kind.ADDED if before is None else Kind.REMOVED if after is None else Kind.CHANGED
            yield Difference(
                kind, Subject.TRAVELS, key, item.label_ja, item.label_en, "clause", before or "", after or "", (code,)
            )


def _travelling(layouts: Catalogue) -> dict[str, str]:
    """Return by data set and item under which clause it may travel in the newest version."""
    return {
        f"{code} {entry.item.code}": entry.clause
        for code, data_set in layouts.data_sets.items()
        for entry in layouts.allowed(data_set.versions[-1])
    }


def _plain(value: object) -> str:
    """Write a value of an item as a check sheet shows it."""
    if value is None:
        return ""
    return str(getattr(value, "value", None) or getattr(value, "id", None) or value)
