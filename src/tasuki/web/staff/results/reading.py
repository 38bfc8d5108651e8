"""From a record to what its form holds, and back. Pure: a form is a mapping of field names to what was typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.rules import rules as layout_rules
from tasuki.layouts.types import AbsentReason, Item, ItemType, Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.layouts.values import bytes_used
from tasuki.screening.cells import plain, read_partial_day, read_text
from tasuki.screening.rules import header_item, rules
from tasuki.screening.types import FacilityRow
from tasuki.shared.dates import age_by_birthday
from tasuki.shared.names import fold_name

Typed = Mapping[str, str]

#: Header fields of a form, in their order; each is called as its item is.
HEADER: Final = (
    "fiscal_year", "sequence", "examined_date", "encounter_type", "facility_number", "facility_name",
)  # fmt: skip
FEE_CLASS: Final = "fee_class"
FEE_CLASS_BYTES: Final = 40
_REASONS: Final = {reason.value: reason for reason in AbsentReason}
_MOST_DIGITS: Final = 4
# What a file's sender is told about a spreadsheet is no help to who types a date.
_IN_A_FORM: Final = {"excel_serial": "unreadable_date", "two_digit_year": "year_of_two_digits"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says. `problems` are what could not be read; those of the record itself are not among them."""

    record: ScreeningRecord
    fee_class: str
    problems: tuple[RecordProblem, ...]


def value_field(item: Item) -> str:
    """Name the field that holds an item's value."""
    return f"item-{item.code}"


def absent_field(item: Item) -> str:
    """Name the field that holds why an item has no value."""
    return f"absent-{item.code}"


def items_for(programme: Programme, stage: Stage, *, examined: str | None, on: date) -> tuple[Item, ...]:
    """Return the items that apply to an examination, in the order of the layout.

    What was in force on no day the examination can have been does not apply; an unknown day is taken as `on`.
    """
    first, last = days_meant(examined or "") or (on, on)
    return tuple(
        item
        for item in catalogue().items_of(programme, stage)
        if item.in_force_from <= last and (item.in_force_until is None or first < item.in_force_until)
    )


def has_content(item: Item, typed: Typed) -> bool:
    """Say whether anything was typed for an item."""
    return bool(typed.get(value_field(item), "").strip() or typed.get(absent_field(item)))


def typed_from(record: ScreeningRecord, fee_class: str) -> dict[str, str]:
    """Give what the form of a record holds."""
    header = {name: "" if (value := getattr(record, name)) is None else str(value) for name in HEADER}
    items = catalogue().items
    return (
        header
        | {FEE_CLASS: fee_class}
        | {value_field(items[code]): value for code, value in record.items.items()}
        | {absent_field(items[code]): reason.value for code, reason in record.absent.items()}
    )


def read_form(programme: Programme, stage: Stage, typed: Typed, *, age: int | None = None) -> Reading:
    """Read what was typed as a record of a programme and stage.

    Years and sequences that are no numbers become 0, which the checks of the record refuse in their own words.

    :param age: the age at the time, which is worked out and not typed.
    """
    problems: list[RecordProblem] = []
    examined = _day(typed, "examined_date", header_item("examined_date"), problems)
    items, absent = _content(catalogue().items_of(programme, stage), typed, problems)
    record = ScreeningRecord(
        programme=programme,
        stage=stage,
        fiscal_year=_whole(typed, "fiscal_year"),
        sequence=_whole(typed, "sequence"),
        examined_date=examined,
        age=age,
        encounter_type=typed.get("encounter_type", "").strip() or None,
        facility_number=plain(typed.get("facility_number", "")) or None,
        facility_name=read_text(typed.get("facility_name", ""))[0],
        items=items,
        absent=absent,
    )
    fee_class = read_text(typed.get(FEE_CLASS, ""))[0] or ""
    if (used := bytes_used(fee_class)) > FEE_CLASS_BYTES:
        problems.append(_fee_class_too_long(used))
    return Reading(record, fee_class, tuple(problems))


def _fee_class_too_long(used: int) -> RecordProblem:
    """Word the length of the one field that is no item of the layouts."""
    rule = layout_rules()["too_long"]
    return replace(
        rule.problem(code=FEE_CLASS, limit=FEE_CLASS_BYTES, used=used),
        message_ja=rule.message_ja.format(item="負担区分", limit=FEE_CLASS_BYTES, used=used),
        message_en=rule.message_en.format(item="Fee class", limit=FEE_CLASS_BYTES, used=used),
    )


def _content(
    items: Iterable[Item], typed: Typed, problems: list[RecordProblem]
) -> tuple[dict[str, str], dict[str, AbsentReason]]:
    values: dict[str, str] = {}
    absent: dict[str, AbsentReason] = {}
    for item in items:
        value = _value(item, typed, problems)
        if value is not None:
            values[item.code] = value
        reason = _REASONS.get(typed.get(absent_field(item), ""))
        if reason is not None:
            absent[item.code] = reason
    return values, absent


def _value(item: Item, typed: Typed, problems: list[RecordProblem]) -> str | None:
    field = value_field(item)
    match item.type:
        case ItemType.DATE:
            return _day(typed, field, item, problems)
        case ItemType.NUMBER | ItemType.CODE:
            # What is no number or no code is refused by the layouts, with what to do about it.
            return plain(typed.get(field, "")) or None
        case ItemType.TEXT:
            return read_text(typed.get(field, ""))[0]


def _day(typed: Typed, field: str, item: Item, problems: list[RecordProblem]) -> str | None:
    value, broken = read_partial_day(typed.get(field, ""))
    if broken is not None:
        problems.append(rules()[_IN_A_FORM.get(broken, broken)].problem(item))
    return value


def _whole(typed: Typed, field: str) -> int:
    text = plain(typed.get(field, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0


def age_on(birth_date: date, examined: str | None) -> int | None:
    """Return the age on the day of an examination; where the day is not known, the age is not known either."""
    days = days_meant(examined or "")
    if days is None or days[0] != days[1] or days[0] < birth_date:
        return None
    return age_by_birthday(birth_date, days[0])


def completed(typed: Typed, facilities: Iterable[FacilityRow]) -> dict[str, str]:
    """Fill in the institution's name from its number, or its number from a name that only one has.

    :param facilities: those that hold their number on the day.
    """
    number, name = plain(typed.get("facility_number", "")), typed.get("facility_name", "").strip()
    if bool(number) == bool(name):
        return dict(typed)
    if number:
        names = [one.name for one in facilities if one.facility_number == number]
        return {**typed, "facility_name": names[0]} if names else dict(typed)
    numbers = [one.facility_number for one in facilities if fold_name(one.name) == fold_name(name)]
    return {**typed, "facility_number": numbers[0]} if len(numbers) == 1 else dict(typed)
