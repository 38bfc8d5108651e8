"""Senders, their mappings, and a mapping being made, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language, code_choices, date_label, item_label, value_label
from tasuki.layouts.types import Item, Programme, Stage
from tasuki.screening.editing import FIELDS, Draft, ReadCell, codes_of, item_of, read_as
from tasuki.screening.import_types import SenderKind, SenderMapping
from tasuki.screening.mapping import ITEM_PREFIX, REQUIRED
from tasuki.screening.rules import rules
from tasuki.screening.sampling import Sample, SampleColumn
from tasuki.shared.dates import display_date, parse_date
from tasuki.web.presenters.programmes import ProgrammeView, programme_view

_KINDS: Final[Mapping[SenderKind, Promise]] = {
    SenderKind.ASSOCIATION: gettext_lazy("医師会・歯科医師会"),
    SenderKind.CENTRE: gettext_lazy("検診機関"),
    SenderKind.HOSPITAL: gettext_lazy("病院・診療所"),
    SenderKind.OTHER: gettext_lazy("その他"),
}
_FIELDS: Final[Mapping[str, Promise]] = {
    "system_person_number": gettext_lazy("宛名番号"),
    "kana_name": gettext_lazy("フリガナ"),
    "name": gettext_lazy("氏名"),
    "birth_date": gettext_lazy("生年月日"),
    "sex": gettext_lazy("性別"),
    "address": gettext_lazy("住所"),
    "stage": gettext_lazy("検診区分(一次・精密)"),
    "examined_date": gettext_lazy("受診日"),
    "fiscal_year": gettext_lazy("年度"),
    "sequence": gettext_lazy("年度内の連番"),
    "encounter_type": gettext_lazy("受診方法(個別・集団)"),
    "facility_number": gettext_lazy("実施機関番号"),
    "facility_name": gettext_lazy("実施機関名"),
    "fee_class": gettext_lazy("料金区分"),
}
_DAY_LENGTH: Final = len("2026-11-23")
_DATED: Final = ("birth_date", "examined_date")


@dataclass(frozen=True, slots=True)
class MappingView:
    """A mapping as lists show it."""

    mapping_id: UUID
    sender_id: UUID
    sender: str
    name: str
    programme: ProgrammeView
    version: int
    saved_at: datetime
    saved_by: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class TermView:
    """One term of a column, how often it occurs, and the code chosen for it."""

    name: str
    term: str
    count: int
    code: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column of the sample in the editor."""

    place: int
    name: str
    examples: tuple[str, ...]
    chosen: str
    label: str
    codes: tuple[tuple[str, str], ...]
    terms: tuple[TermView, ...]
    date_examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CheckedCell:
    """One cell as the draft reads it."""

    column: str
    cell: str
    value: str
    problem: str


def kind_label(kind: SenderKind) -> str:
    """Return what a kind of sender is called."""
    return str(_KINDS[kind])


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of senders as a form offers them."""
    return [(kind.value, str(label)) for kind, label in _KINDS.items()]


def mapping_view(one: SenderMapping, language: Language, names: Mapping[str, str]) -> MappingView:
    """Return a mapping in words."""
    return MappingView(
        mapping_id=one.mapping_id,
        sender_id=one.sender_id,
        sender=one.sender_name,
        name=one.name,
        programme=programme_view(Programme(one.programme), language),
        version=one.version,
        saved_at=one.saved_at,
        saved_by=names.get(one.saved_by.partition(":")[2], one.saved_by),
        is_retired=one.retired_at is not None,
    )


def field_label(field: str, item: Item | None, language: Language) -> str:
    """Return what a field or an item is called."""
    return item_label(item, language) if item is not None else str(_FIELDS[field])


def chosen_label(chosen: str, language: Language) -> str:
    """Return what a choice of the editor is called; nothing for a column that is left out."""
    if not chosen:
        return ""
    return field_label(chosen, item_of(chosen), language)


def target_groups(programme: Programme, language: Language) -> list[tuple[str, list[tuple[str, str]]]]:
    """Offer what a column may stand for, in groups."""
    layouts = catalogue()
    groups = [(_("本人と受診"), [(name, str(_FIELDS[name])) for name in FIELDS])]
    for stage, label in ((Stage.PRIMARY, _("一次検診の項目")), (Stage.DETAILED, _("精密検査の項目"))):
        items = layouts.items_of(programme, stage)
        groups.append((label, [(f"{ITEM_PREFIX}{item.code}", item_label(item, language)) for item in items]))
    return groups


def column_views(draft: Draft, sample: Sample, language: Language) -> list[ColumnView]:
    """Return the columns of a sample as the editor shows them."""
    return [_column_view(place, column, draft, language) for place, column in enumerate(sample.columns)]


def _column_view(place: int, column: SampleColumn, draft: Draft, language: Language) -> ColumnView:
    chosen = draft.fields.get(column.name, "")
    codes = codes_of(chosen) if chosen else None
    known = draft.terms.get(column.name, {})
    counted = dict(column.terms)
    terms = [*counted, *(term for term in known if term not in counted)] if codes is not None else []
    dates = column.examples if chosen in _DATED else ()
    return ColumnView(
        place=place,
        name=column.name,
        examples=column.examples,
        chosen=chosen,
        label=chosen_label(chosen, language),
        codes=code_choices(codes, language) if codes is not None else (),
        terms=tuple(
            TermView(f"{place}-{number}", term, counted.get(term, 0), known.get(term, ""))
            for number, term in enumerate(terms)
        ),
        date_examples=tuple((cell, _read_date(cell, language)) for cell in dates),
    )


def _read_date(cell: str, language: Language) -> str:
    found = parse_date(cell)
    return _dated(found.isoformat(), language) if isinstance(found, date) else _("日付として読み取れません")


def _dated(partial: str, language: Language) -> str:
    """Write a date as screens do: with its era where the day is known."""
    known = len(partial) == _DAY_LENGTH and language is Language.JA
    return display_date(date.fromisoformat(partial)) if known else date_label(partial, language)


def checked_rows(draft: Draft, sample: Sample, language: Language) -> list[tuple[int, list[CheckedCell]]]:
    """Return the first rows of a sample as the draft reads them."""
    return [(line, [_checked(cell, language) for cell in cells]) for line, cells in read_as(draft, sample)]


def _checked(read: ReadCell, language: Language) -> CheckedCell:
    value, problem = "", ""
    if read.rule is not None:
        rule = rules()[read.rule]
        problem = (rule.message_ja if language is Language.JA else rule.message_en).format(item=read.column)
    elif read.value is not None:
        value = _value(read.field, read.value, language)
    return CheckedCell(read.column, read.cell, value, problem)


def _value(field: str, value: str, language: Language) -> str:
    item = item_of(field)
    if item is not None:
        return value_label(item, value, language)
    if field in _DATED:
        return _dated(value, language)
    codes = codes_of(field)
    return dict(code_choices(codes, language)).get(value, value) if codes is not None else value


def field_labels(names: Sequence[str], language: Language) -> list[str]:
    """Return what some fields are called."""
    return [chosen_label(name, language) for name in names]


def is_required(field: str) -> bool:
    """Say whether no row can go in without a field."""
    return field in (*REQUIRED, "system_person_number")
