"""Replicas (副本): official-shape XML bytes out of a record, and back.

Only allow-listed items leave (`data/allow_list.toml`, 健増規則4条の3), and only when their value is one the item may
hold: a coded item never carries anything but a code, so nothing can be smuggled out in it. Every call builds its own
parts from its own record; nothing of an item is kept between calls, so record N+1 cannot hold anything of record N.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.errors import ReplicaError
from tasuki.layouts.replica_plan import NOT_TAKEN, TAKEN, Leaf, plan_of
from tasuki.layouts.replica_reading import parse
from tasuki.layouts.types import AbsentReason, Item, ItemType, LayoutVersion, ReplicaContent, ScreeningRecord, Stage

__all__ = ["as_text", "from_pairs", "not_screened", "pair_items", "parse", "record_of", "serialise"]

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REMEMBERED: Final = 8192
_SPECIAL: Final = re.compile("[&<>\r]")
# A parser turns a bare carriage return into a line feed, so it travels as a reference.
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def serialise(record: ScreeningRecord, *, layout_version: LayoutVersion, updated_on: date) -> bytes:
    """Write what may travel of a record, in a layout version, as the bytes of a document (`as_text`)."""
    return as_text(record, layout_version=layout_version, updated_on=updated_on).encode()


def as_text(record: ScreeningRecord, *, layout_version: LayoutVersion, updated_on: date) -> str:
    """Write what may travel of a record, in a layout version, as it goes into a message.

    A record of both stages is written once for each of its two data sets. An item with neither value nor reason is
    left out: nothing is known of it, not even why.

    :raises ReplicaError: when the record is not of this data set, or holds a value its item may not hold.
    """
    plan = plan_of(layout_version)
    data_set = catalogue().data_set(layout_version.data_set)
    if record.programme != data_set.programme or record.stage not in (data_set.stage, Stage.BOTH):
        raise ReplicaError("wrong_data_set", data_set.code, "the record is of another programme or stage")
    header = _header_of(record)
    # Codes, the bulk of every replica, are written ready-made: they need no look at their characters.
    parts = [plan.start, updated_on.isoformat(), '">']
    write = parts.append
    for identifier, written in _headers(layout_version):
        write(written[header[identifier]])
    value_of, reason_of = record.items.get, record.absent.get
    for code, leaf in plan.in_order:
        value = value_of(code)
        if value is not None:
            write(leaf.ready(value) or _write(leaf, value))
        else:
            reason = reason_of(code)
            if reason is not None:
                write(leaf.nil[reason])
    write(plan.end)
    return "".join(parts)


def not_screened(*, layout_version: LayoutVersion, fiscal_year: int, sequence: int, updated_on: date) -> bytes:
    """Write that the screening was not taken: its key and nothing else (健増規則4条の3第1号, 第3号).

    :raises ReplicaError: when the key cannot be written.
    """
    plan = plan_of(layout_version)
    values = {"fiscal_year": str(fiscal_year), "sequence": str(sequence), "taken": NOT_TAKEN}
    written = [_write(leaf, values[name]) for name, leaf in plan.header.items() if name in values]
    return "".join([plan.start, updated_on.isoformat(), '">', *written, plan.end]).encode()


def pair_items(layout_version: LayoutVersion) -> tuple[Item, ...]:
    """Return the items of a layout version in the order in which `from_pairs` takes what is said of them."""
    return tuple(leaf.item for leaf in plan_of(layout_version).by_element.values())


def from_pairs(pairs: Sequence[tuple[str, str]], *, layout_version: LayoutVersion, updated_on: date) -> bytes:
    """Write a replica from a value and a code of `ReasonOfNull` for each item; with neither, the item is left out.

    :raises ReplicaError: naming the item, when there are other than one pair for each, or what one says cannot be.
    """
    plan = plan_of(layout_version)
    if len(pairs) != len(plan.by_element):
        raise ReplicaError("wrong_count", plan.data_set, f"{len(plan.by_element)} pairs are expected")
    reasons = {reason.code: reason for reason in AbsentReason}
    parts = [plan.start, updated_on.isoformat(), '">']
    for leaf, (value, reason) in zip(plan.by_element.values(), pairs, strict=True):
        if reason and (value or reason not in reasons):
            raise ReplicaError("wrong_null", leaf.item.element, "a missing value needs a known reason and no content")
        if reason:
            parts.append(leaf.nil[reasons[reason]])
        elif value:
            parts.append(_write(leaf, value))
    written = "".join([*parts, plan.end]).encode()
    parse(written)
    return written


def record_of(content: ReplicaContent) -> ScreeningRecord:
    """Return the record that a replica tells of: what may travel of it, and no more."""
    data_set = catalogue().data_set(content.data_set)
    return ScreeningRecord(
        programme=data_set.programme,
        stage=data_set.stage,
        fiscal_year=content.fiscal_year,
        sequence=content.sequence,
        examined_date=content.examined_date,
        age=content.age,
        encounter_type=content.encounter_type,
        facility_number=None,
        facility_name=content.facility_name,
        items=content.items,
        absent=content.absent,
    )


def _header_of(record: ScreeningRecord) -> dict[str, str | int | None]:
    return {
        "fiscal_year": record.fiscal_year,
        "sequence": record.sequence,
        "taken": TAKEN,
        "examined_date": record.examined_date,
        "age": record.age,
        "encounter_type": record.encounter_type,
        "facility_name": record.facility_name,
    }


class _Header(dict[str | int | None, str]):
    """What the values of one item of the header are written as.

    Records share their years, days, ages and facilities: what they hold of the items themselves is never remembered.
    """

    def __init__(self, leaf: Leaf) -> None:
        super().__init__()
        self._leaf = leaf

    def __missing__(self, value: str | int | None) -> str:
        # Threads share this: two of them may pass the bound together.
        if len(self) >= _REMEMBERED:
            self.clear()
        written = self._leaf.nil[AbsentReason.UNKNOWN] if value is None else _write(self._leaf, str(value))
        self[value] = written
        return written


@cache
def _headers(version: LayoutVersion) -> tuple[tuple[str, _Header], ...]:
    return tuple((identifier, _Header(leaf)) for identifier, leaf in plan_of(version).header.items())


def _write(leaf: Leaf, value: str) -> str:
    fault = leaf.fault_of(value)
    if fault is not None:
        raise ReplicaError(fault, leaf.item.element, "the item may not hold this value")
    if leaf.item.type is ItemType.TEXT:
        value = _escape(leaf.item.element, value)
    return f"{leaf.opening}{value}{leaf.closing}"


def _escape(element: str, value: str) -> str:
    illegal = _ILLEGAL.search(value)
    if illegal is not None:
        raise ReplicaError("illegal_character", element, f"U+{ord(illegal.group()):04X} cannot be written in XML")
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value
