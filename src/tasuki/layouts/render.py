"""Labels of items and values, in Japanese and in English, for screens, letters and lists."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import AbsentReason, CodeTable, Group, Item, ItemType, ScreeningRecord


class Language(StrEnum):
    """The languages of the screens."""

    JA = "ja"
    EN = "en"


_ABSENT: Final[Mapping[AbsentReason, Mapping[Language, str]]] = MappingProxyType(
    {
        AbsentReason.NOT_PERFORMED: {Language.JA: "未実施", Language.EN: "Not performed"},
        AbsentReason.NOT_MEASURED: {Language.JA: "測定不能", Language.EN: "Could not be measured"},
        AbsentReason.UNKNOWN: {Language.JA: "不明", Language.EN: "Unknown"},
    }
)

_UNKNOWN_CODE: Final[Mapping[Language, str]] = MappingProxyType(
    {Language.JA: "コード表にない値", Language.EN: "not in the code table"}
)


def item_label(item: Item, language: Language) -> str:
    """Return the label of an item."""
    return item.label_ja if language is Language.JA else item.label_en


def group_label(group: Group, language: Language) -> str:
    """Return the label of a group of items."""
    return group.ja if language is Language.JA else group.en


def absent_label(reason: AbsentReason, language: Language) -> str:
    """Return why there is no value."""
    return _ABSENT[reason][language]


def code_choices(table: CodeTable, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the codes of a table with their labels, in the order of the table, as a form offers them."""
    return tuple((code.code, code.ja if language is Language.JA else code.en) for code in table.codes.values())


def value_label(item: Item, value: str, language: Language) -> str:
    """Return a value as people read it: the label of a code, a number with its unit, a date written out.

    A value its item may not hold is shown as it stands, so that staff can see what to correct.
    """
    if item.table is not None:
        code = catalogue().table(item.table).codes.get(value)
        if code is None:
            return f"{value} ({_UNKNOWN_CODE[language]})"
        return code.ja if language is Language.JA else code.en
    if item.type is ItemType.DATE:
        return date_label(value, language)
    if item.unit is not None:
        ja, en = catalogue().units[item.unit]
        return f"{value} {ja if language is Language.JA else en}"
    return value


def date_label(partial: str, language: Language) -> str:
    """Return a partial date as people read it, no more precise than it is."""
    if language is Language.EN:
        return partial
    parts = partial.split("-")
    return "".join(
        f"{int(part)}{name}" if part.isdigit() else part for part, name in zip(parts, "年月日", strict=False)
    )


def rendered_items(record: ScreeningRecord, language: Language) -> list[tuple[Item, str, str]]:
    """Return every item a record says something about, with its label and its value, in the order of the layout."""
    shown = []
    for item in catalogue().items_of(record.programme):
        if item.code in record.items:
            shown.append((item, item_label(item, language), value_label(item, record.items[item.code], language)))
        elif item.code in record.absent:
            shown.append((item, item_label(item, language), absent_label(record.absent[item.code], language)))
    return shown
