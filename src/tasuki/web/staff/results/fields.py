"""One field of a record as a form shows it, and a whole form of them in the order of the layout.

`templates/components/item_field.html` shows a field; whatever lets staff mend a single item can use both.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language, absent_label, code_choices, group_label, item_label
from tasuki.layouts.types import AbsentReason, Item, ItemType, Mandatory, Programme, RecordProblem, Severity, Stage
from tasuki.layouts.values import bytes_used
from tasuki.screening.rules import acknowledgement_key, header_item
from tasuki.shared.dates import PartialDate, parse_partial_date
from tasuki.web.presenters.dates import understood
from tasuki.web.staff.results.reading import (
    FEE_CLASS,
    FEE_CLASS_BYTES,
    HEADER,
    Typed,
    absent_field,
    has_content,
    items_for,
    value_field,
)

#: More codes than this are chosen from a list that can be typed into, not from buttons.
MOST_RADIOS: Final = 12
#: A text that may be longer than this many bytes gets a box of several lines.
_ONE_LINE: Final = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """One code to choose."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WarningView:
    """One warning, to be acknowledged by its name."""

    key: str
    message: str
    remedy: str
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: what it is called, what was typed, what is wrong with it."""

    name: str
    label: str
    kind: str
    value: str
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    max_bytes: int = 0
    used_bytes: int = 0
    inputmode: str = ""
    suggestions: str = ""
    absent_name: str = ""
    absent_choices: tuple[Choice, ...] = ()
    is_required: bool = False
    echo: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    warnings: tuple[WarningView, ...] = ()

    @property
    def id(self) -> str:
        """What labels and links point to: the first button of a group of them."""
        return f"{self.name}-0" if self.kind == "radio" else self.name

    @property
    def described_by(self) -> str:
        """Name what stands beside the field and belongs to it."""
        parts = {
            "unit": bool(self.unit),
            "count": self.max_bytes > 0,
            "echo": self.kind == "date",
            "errors": bool(self.errors),
        }
        return " ".join(f"{self.name}-{part}" for part, is_there in parts.items() if is_there)

    @property
    def is_absent(self) -> bool:
        return any(choice.chosen and choice.value for choice in self.absent_choices)


@dataclass(frozen=True, slots=True)
class GroupView:
    """One part of the form."""

    id: str
    label: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class Objected:
    """One line of the summary on top: where it leads, and what is wrong there."""

    target: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class FormView:
    """A whole form. `general` are problems of the record as a whole."""

    header: tuple[FieldView, ...]
    groups: tuple[GroupView, ...]
    errors: tuple[Objected, ...]
    to_acknowledge: tuple[Objected, ...]
    general: tuple[WarningView, ...]

    @property
    def fields(self) -> tuple[FieldView, ...]:
        return (*self.header, *(field for group in self.groups for field in group.fields))


def item_field(
    item: Item,
    typed: Typed,
    problems: Sequence[RecordProblem] = (),
    *,
    language: Language,
    acknowledged: Collection[str] = (),
    name: str | None = None,
) -> FieldView:
    """Return the field of one item.

    :param name: what the field is called, for an item every record has; such a one is never absent with a reason.
    """
    value = typed.get(name or value_field(item), "")
    mine = [problem for problem in problems if problem.item == item.code]
    return FieldView(
        name=name or value_field(item),
        label=item_label(item, language),
        kind=_kind(item),
        value=value,
        choices=_codes(item, value, language),
        unit=_unit(item, language),
        max_bytes=item.max_bytes if item.type is ItemType.TEXT else 0,
        used_bytes=bytes_used(value.replace("\r\n", "\n")),
        inputmode=_inputmode(item),
        absent_name="" if name else absent_field(item),
        absent_choices=() if name else _reasons(typed.get(absent_field(item), ""), language),
        is_required=item.mandatory is Mandatory.ALWAYS,
        echo=understood(value, language) if item.type is ItemType.DATE else "",
        errors=tuple(_words(problem, language) for problem in mine if problem.severity is Severity.ERROR),
        warnings=tuple(
            warning_view(problem, language, acknowledged) for problem in mine if problem.severity is Severity.WARNING
        ),
    )


def form_view(
    programme: Programme,
    stage: Stage,
    typed: Typed,
    problems: Sequence[RecordProblem] = (),
    *,
    on: date,
    language: Language,
    acknowledged: Collection[str] = (),
) -> FormView:
    """Return the form of a programme and stage: the items that apply on the day, and any other that was filled in."""
    found = parse_partial_date(typed.get("examined_date", ""))
    examined = found.iso if isinstance(found, PartialDate) else None
    applying = {item.code for item in items_for(programme, stage, examined=examined, on=on)}
    items = [
        item for item in catalogue().items_of(programme, stage) if item.code in applying or has_content(item, typed)
    ]

    def field(item: Item, name: str | None = None) -> FieldView:
        return item_field(item, typed, problems, language=language, acknowledged=acknowledged, name=name)

    header = tuple(_with_suggestions(field(header_item(name), name)) for name in HEADER)
    groups = tuple(
        GroupView(group.id, group_label(group, language), tuple(field(item) for item in items if item.group == group))
        for group in dict.fromkeys(item.group for item in items)
    )
    return _summarised((*header, _fee_class(typed, problems, language)), groups, problems, language, acknowledged)


def _summarised(
    header: tuple[FieldView, ...],
    groups: tuple[GroupView, ...],
    problems: Sequence[RecordProblem],
    language: Language,
    acknowledged: Collection[str],
) -> FormView:
    shown = (*header, *(field for group in groups for field in group.fields))
    beside = {text for field in shown for text, _remedy in field.errors}
    beside |= {warning.key for field in shown for warning in field.warnings}
    apart = [
        problem
        for problem in problems
        if _words(problem, language)[0] not in beside and acknowledgement_key(problem) not in beside
    ]
    errors = [Objected(field.id, field.label, text) for field in shown for text, _remedy in field.errors]
    errors += [
        Objected("", "", " ".join(_words(problem, language))) for problem in apart if problem.severity is Severity.ERROR
    ]
    general = tuple(
        warning_view(problem, language, acknowledged) for problem in apart if problem.severity is Severity.WARNING
    )
    waiting = [
        Objected(f"ack-{warning.key}", field.label, warning.message)
        for field in shown
        for warning in field.warnings
        if not warning.acknowledged
    ]
    waiting += [Objected(f"ack-{warning.key}", "", warning.message) for warning in general if not warning.acknowledged]
    return FormView(header, groups, tuple(errors), tuple(waiting), general)


def warning_view(problem: RecordProblem, language: Language, acknowledged: Collection[str]) -> WarningView:
    """Return a warning with its box to tick."""
    message, remedy = _words(problem, language)
    key = acknowledgement_key(problem)
    return WarningView(key, message, remedy, key in acknowledged)


def _words(problem: RecordProblem, language: Language) -> tuple[str, str]:
    if language is Language.EN:
        return problem.message_en, problem.remedy_en
    return problem.message_ja, problem.remedy_ja


def _kind(item: Item) -> str:
    match item.type:
        case ItemType.CODE:
            return "radio" if len(catalogue().table(item.table or "").codes) <= MOST_RADIOS else "list"
        case ItemType.TEXT:
            return "lines" if item.max_bytes > _ONE_LINE and item.code not in _header_codes() else "text"
        case ItemType.DATE:
            return "date"
        case ItemType.NUMBER:
            return "number"


def _header_codes() -> set[str]:
    return {header_item(name).code for name in HEADER}


def _inputmode(item: Item) -> str:
    if item.type is ItemType.NUMBER:
        return "decimal" if item.unit is not None else "numeric"
    return "numeric" if item.identifier == "facility_number" else ""


def _unit(item: Item, language: Language) -> str:
    if item.unit is None:
        return ""
    ja, en = catalogue().units[item.unit]
    return ja if language is Language.JA else en


def _codes(item: Item, value: str, language: Language) -> tuple[Choice, ...]:
    if item.table is None:
        return ()
    codes = code_choices(catalogue().table(item.table), language)
    return (
        Choice("", _("未記入"), value == ""),
        *(Choice(code, label, code == value) for code, label in codes),
    )


def _reasons(chosen: str, language: Language) -> tuple[Choice, ...]:
    return (
        Choice("", _("値がある"), chosen == ""),
        *(Choice(reason.value, absent_label(reason, language), reason.value == chosen) for reason in AbsentReason),
    )


_SUGGESTIONS: Final[Mapping[str, str]] = {
    "facility_number": "facility-numbers",
    "facility_name": "facility-names",
}


def _with_suggestions(field: FieldView) -> FieldView:
    return replace(field, suggestions=_SUGGESTIONS.get(field.name, ""))


def _fee_class(typed: Typed, problems: Sequence[RecordProblem], language: Language) -> FieldView:
    value = typed.get(FEE_CLASS, "")
    return FieldView(
        FEE_CLASS,
        _("負担区分"),
        "text",
        value,
        max_bytes=FEE_CLASS_BYTES,
        used_bytes=bytes_used(value),
        errors=tuple(_words(problem, language) for problem in problems if problem.item == FEE_CLASS),
    )
