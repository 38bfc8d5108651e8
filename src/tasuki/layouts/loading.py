"""From the TOML files to the values of `types`, refusing files that are damaged or contradict each other."""

import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from tasuki.layouts.reading import Entry, read_file
from tasuki.layouts.types import (
    AllowEntry,
    Code,
    CodeTable,
    DataSet,
    Group,
    Item,
    ItemType,
    LayoutVersion,
    Mandatory,
    Programme,
    Section,
    Stage,
    Status,
)

ITEM_FILES: Final[Mapping[str, Programme | None]] = MappingProxyType(
    {"common": None} | {programme.name.lower(): programme for programme in Programme}
)

# 健増規則4条の3第3号: the detailed results of the cancer and hepatitis-virus screenings must not travel.
DETAILED_RESULT_TRAVELS: Final = frozenset({Programme.OSTEOPOROSIS, Programme.PERIODONTAL})

# Codes become names of XML elements, and are looked for byte by byte when a replica is inspected.
_ELEMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*")
_NATIONAL_CODE_LENGTH: Final = 17


def load_tables(folder: Traversable) -> dict[str, CodeTable]:
    """Read every code table."""
    tables: dict[str, CodeTable] = {}
    for entry in read_file(folder, "code_tables.toml").entries("table"):
        codes: dict[str, Code] = {}
        for row in entry.entries("codes"):
            code = Code(code=row.text("code"), ja=row.text("ja"), en=row.text("en"))
            if code.code in codes:
                raise entry.fault(f"code {code.code} stands twice")
            codes[code.code] = code
        table = CodeTable(
            id=entry.text("id"),
            name_ja=entry.text("name_ja"),
            name_en=entry.text("name_en"),
            codes=MappingProxyType(codes),
            status=entry.member("status", Status),
        )
        if not codes or table.id in tables:
            raise entry.fault("the table is empty or stands twice")
        tables[table.id] = table
    return tables


def load_units(folder: Traversable) -> dict[str, tuple[str, str]]:
    """Read how each unit is shown, in Japanese and in English."""
    entries = read_file(folder, "units.toml").named_entries("unit")
    return {name: (entry.text("ja"), entry.text("en")) for name, entry in entries}


def load_items(
    folder: Traversable, tables: Mapping[str, CodeTable], units: Mapping[str, tuple[str, str]]
) -> tuple[dict[str, Item], dict[Programme, frozenset[str]]]:
    """Read the items of every programme, and the groups of which at least one must be filled."""
    items: dict[str, Item] = {}
    one_of_groups: dict[Programme, frozenset[str]] = {}
    elements: set[str] = set()
    names: set[tuple[Programme | None, str]] = set()
    for stem, programme in ITEM_FILES.items():
        file = read_file(folder, f"items/{stem}.toml")
        if programme is not None and file.text("programme") != programme:
            raise file.fault(f"programme is not {programme}")
        groups = {name: Group(name, entry.text("ja"), entry.text("en")) for name, entry in file.named_entries("group")}
        for entry in file.entries("item"):
            item = _read_item(entry, programme, groups)
            _check_item(entry, item, tables, units)
            # A common identifier used again by a programme would make the allow-list ambiguous.
            if (
                item.code in items
                or item.element in elements
                or {(None, item.identifier), (programme, item.identifier)} & names
            ):
                raise entry.fault("code, element or identifier stands twice")
            items[item.code] = item
            elements.add(item.element)
            names.add((programme, item.identifier))
        if programme is not None and "one_of_groups" in file.values:
            one_of_groups[programme] = frozenset(file.texts("one_of_groups"))
            if not one_of_groups[programme] <= groups.keys():
                raise file.fault("one_of_groups names an unknown group")
    return items, one_of_groups


def _read_item(entry: Entry, programme: Programme | None, groups: Mapping[str, Group]) -> Item:
    group = entry.text("group")
    if group not in groups:
        raise entry.fault(f"group {group} is unknown")
    start, end = entry.period()
    return Item(
        code=entry.text("code"),
        element=entry.text("element"),
        identifier=entry.text("identifier"),
        label_ja=entry.text("label_ja"),
        label_en=entry.text("label_en"),
        type=entry.member("type", ItemType),
        max_bytes=entry.integer("max_bytes"),
        table=entry.optional_text("table"),
        unit=entry.optional_text("unit"),
        programme=programme,
        stage=None if programme is None else entry.member("stage", Stage),
        group=groups[group],
        section=entry.member("section", Section),
        mandatory=entry.member("mandatory", Mandatory),
        in_force_from=start,
        in_force_until=end,
        status=entry.member("status", Status),
    )


def _check_item(
    entry: Entry, item: Item, tables: Mapping[str, CodeTable], units: Mapping[str, tuple[str, str]]
) -> None:
    if item.programme is not None and len(item.code) != _NATIONAL_CODE_LENGTH:
        raise entry.fault(f"code is not {_NATIONAL_CODE_LENGTH} characters long")
    if not _ELEMENT.fullmatch(item.element) or not _IDENTIFIER.fullmatch(item.identifier):
        raise entry.fault("element or identifier is not a name")
    if (item.programme is None) != (item.section is Section.HEADER):
        raise entry.fault("only common items belong to the header")
    if (item.type is ItemType.CODE) != (item.table is not None):
        raise entry.fault("a coded item needs a table, and only a coded item has one")
    if item.table is not None:
        table = tables.get(item.table)
        if table is None:
            raise entry.fault(f"table {item.table} is unknown")
        if any(len(code) > item.max_bytes for code in table.codes):
            raise entry.fault(f"table {item.table} has codes longer than max_bytes")
    if item.unit is not None and (item.unit not in units or item.type is not ItemType.NUMBER):
        raise entry.fault("unit is unknown, or the item is not a number")


def load_data_sets(folder: Traversable) -> dict[str, DataSet]:
    """Read the data sets with their layout versions, oldest version first."""
    data_sets: dict[str, DataSet] = {}
    seen: set[tuple[Programme, Stage]] = set()
    for entry in read_file(folder, "data_sets.toml").entries("data_set"):
        code = entry.text("code")
        versions = sorted(
            (_read_version(code, version) for version in entry.entries("layout_version")),
            key=lambda version: version.in_force_from,
        )
        data_set = DataSet(
            code=code,
            programme=entry.member("programme", Programme),
            stage=entry.member("stage", Stage),
            name_ja=entry.text("name_ja"),
            name_en=entry.text("name_en"),
            group_element=entry.text("group_element"),
            status=entry.member("status", Status),
            versions=tuple(versions),
        )
        if (
            not _ELEMENT.fullmatch(code)
            or not _ELEMENT.fullmatch(data_set.group_element)
            or data_set.stage is Stage.BOTH
        ):
            raise entry.fault("code or group_element is not a name, or the stage is not one of the two")
        if code in data_sets or (data_set.programme, data_set.stage) in seen:
            raise entry.fault("the data set stands twice")
        if not versions or len({version.number for version in versions}) != len(versions):
            raise entry.fault("layout versions are missing or stand twice")
        data_sets[code] = data_set
        seen.add((data_set.programme, data_set.stage))
    return data_sets


def _read_version(data_set: str, entry: Entry) -> LayoutVersion:
    start, end = entry.period()
    return LayoutVersion(
        data_set=data_set,
        number=entry.text("number"),
        in_force_from=start,
        in_force_until=end,
        status=entry.member("status", Status),
    )


def load_allow_list(
    folder: Traversable, items: Mapping[str, Item], data_sets: Mapping[str, DataSet]
) -> dict[str, tuple[AllowEntry, ...]]:
    """Read what may travel in each data set, in the order of the file.

    :raises LayoutDataError: when an entry names something no clause lets travel.
    """
    file = read_file(folder, "allow_list.toml")
    grounds = dict(file.named_entries("ground"))
    by_name = {(item.programme, item.identifier): item for item in items.values()}
    allowed: dict[str, tuple[AllowEntry, ...]] = {}
    for code, entry in file.named_entries("data_set"):
        if code not in data_sets:
            raise entry.fault("the data set is unknown")
        entries: dict[str, AllowEntry] = {}
        for ground_name in entry.values:
            ground = grounds.get(ground_name)
            if ground is None:
                raise entry.fault(f"ground {ground_name} is unknown")
            for name in entry.texts(ground_name):
                item = by_name.get((data_sets[code].programme, name)) or by_name.get((None, name))
                if item is None or item.code in entries:
                    raise entry.fault(f"item {name} is unknown or stands twice")
                _check_may_travel(entry, item, data_sets[code])
                entries[item.code] = _allow(data_sets[code], item, ground_name, ground)
        allowed[code] = tuple(entries.values())
    if missing := data_sets.keys() - allowed.keys():
        raise file.fault(f"data sets without a list: {', '.join(sorted(missing))}")
    return allowed


def _allow(data_set: DataSet, item: Item, ground_name: str, ground: Entry) -> AllowEntry:
    return AllowEntry(
        data_set=data_set.code,
        item=item,
        ground=ground_name,
        clause=ground.text("clause"),
        text_ja=ground.text("text_ja"),
        text_en=ground.text("text_en"),
        status=ground.member("status", Status),
    )


def _check_may_travel(entry: Entry, item: Item, data_set: DataSet) -> None:
    """Hold the list against 健増規則4条の3 once more, so that a slip in the file cannot let anything out."""
    if item.section is Section.HEADER:
        if item.identifier == "facility_number":
            raise entry.fault("健増規則4条の3 names the institution, not its number")
        return
    if item.section is Section.QUESTIONNAIRE:
        raise entry.fault(f"item {item.identifier} is of the questionnaire, which no clause names")
    if item.type is ItemType.TEXT:
        raise entry.fault(f"item {item.identifier} is free text, which cannot be held to a clause")
    if item.stage is not data_set.stage:
        raise entry.fault(f"item {item.identifier} is of the other stage")
    if item.stage is Stage.DETAILED and item.programme not in DETAILED_RESULT_TRAVELS:
        raise entry.fault(f"item {item.identifier} is a detailed result that 健増規則4条の3第3号 withholds")
