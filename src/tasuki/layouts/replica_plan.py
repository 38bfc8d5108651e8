"""A layout version worked out for writing and reading replicas: which items may travel, and their markup."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import quoteattr

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.types import AbsentReason, Item, ItemType, LayoutVersion, Section
from tasuki.layouts.values import bytes_used, is_number

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
TAKEN: Final = "1"
NOT_TAKEN: Final = "2"

# The largest layout filled to its limits is about 3 KB.
LARGEST_REPLICA: Final = 64 * 1024

_PROLOGUE: Final = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One allow-listed item of a layout version, with its markup: `codes` has each code's whole element."""

    item: Item
    codes: Mapping[str, str]
    opening: str
    closing: str
    nil: Mapping[AbsentReason, str]
    #: Gives a code's whole element, or None for what is no code.
    ready: Callable[[str], str | None]
    #: Says which rule a value breaks, or None when the item may hold it.
    fault_of: Callable[[str], str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A layout version worked out for writing and reading."""

    data_set: str
    group: str
    start: str
    end: str
    header: Mapping[str, Leaf]
    items: Mapping[str, Leaf]
    by_element: Mapping[str, Leaf]
    #: The items, as writing goes through them.
    in_order: tuple[tuple[str, Leaf], ...]


@cache
def plan_of(version: LayoutVersion) -> Plan:
    """Work out a layout version; the result is immutable and holds nothing of any record."""
    data_set = catalogue().data_set(version.data_set)
    leaves = [_leaf(entry.item, version.number) for entry in catalogue().allowed(version)]
    number = quoteattr(version.number)
    items = {leaf.item.code: leaf for leaf in leaves if leaf.item.section is not Section.HEADER}
    return Plan(
        data_set=data_set.code,
        group=data_set.group_element,
        start=(
            f'{_PROLOGUE}<{data_set.code} xmlns:xsi="{XSI}" Version={number}>'
            f'<{data_set.group_element} Version={number} TimeAndDateOfUpdate="'
        ),
        end=f"</{data_set.group_element}></{data_set.code}>",
        header=MappingProxyType({leaf.item.identifier: leaf for leaf in leaves if leaf.item.section is Section.HEADER}),
        items=MappingProxyType(items),
        by_element=MappingProxyType({leaf.item.element: leaf for leaf in leaves}),
        in_order=tuple(items.items()),
    )


def _leaf(item: Item, version: str) -> Leaf:
    tag = f"<{item.element} Version={quoteattr(version)}"
    opening, closing = f"{tag}>", f"</{item.element}>"
    codes = () if item.table is None else catalogue().table(item.table).codes
    elements = {code: f"{opening}{code}{closing}" for code in codes}
    return Leaf(
        item=item,
        codes=MappingProxyType(elements),
        opening=opening,
        closing=closing,
        ready=elements.get,
        nil=MappingProxyType(
            {reason: f'{tag} ReasonOfNull="{reason.code}" xsi:nil="true"/>' for reason in AbsentReason}
        ),
        fault_of=_faults_of(item.type, item.max_bytes, frozenset(codes)),
    )


def _faults_of(kind: ItemType, most: int, codes: frozenset[str]) -> Callable[[str], str | None]:
    if kind is ItemType.CODE:
        return lambda value: None if value in codes else "unknown_code"
    if kind is ItemType.NUMBER:
        return lambda value: None if is_number(value) and len(value) <= most else "not_a_number"
    if kind is ItemType.DATE:
        return lambda value: None if days_meant(value) is not None else "not_a_date"
    return lambda value: None if value and bytes_used(value) <= most else "wrong_length"
