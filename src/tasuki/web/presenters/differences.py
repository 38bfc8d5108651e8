"""What one version of a result says otherwise than another, item by item, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language, absent_label, item_label, value_label
from tasuki.layouts.types import Item, ScreeningRecord
from tasuki.screening.rules import header_item

_HEADER = (
    "fiscal_year", "sequence", "examined_date", "age", "encounter_type", "facility_number", "facility_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that is said otherwise; an empty text stands for nothing said."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """What there is to compare."""

    record: ScreeningRecord
    fee_class: str


def differences(before: Version, after: Version, language: Language) -> list[Difference]:
    """Return every difference between two versions of a result, in the order of the form."""
    found = []
    for name in _HEADER:
        item = header_item(name)
        pair = [_header(version.record, name, item, language) for version in (before, after)]
        found.append(Difference(item_label(item, language), *pair))
    found.append(Difference(_("負担区分"), before.fee_class, after.fee_class))
    for item in catalogue().items_of(before.record.programme):
        pair = [_said(version.record, item, language) for version in (before, after)]
        found.append(Difference(item_label(item, language), *pair))
    return [one for one in found if one.before != one.after]


def _header(record: ScreeningRecord, name: str, item: Item, language: Language) -> str:
    value = getattr(record, name)
    return "" if value is None else value_label(item, str(value), language)


def _said(record: ScreeningRecord, item: Item, language: Language) -> str:
    values: Mapping[str, str] = record.items
    if item.code in values:
        return value_label(item, values[item.code], language)
    return absent_label(record.absent[item.code], language) if item.code in record.absent else ""
