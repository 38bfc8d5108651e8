"""The national report and its indicators in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.outcomes import detailed_item
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.reporting.catalogue import methods
from tasuki.reporting.types import Column, Compare, Dimension, Edition, Tally, Value

COLUMN_LABELS: Final[Mapping[Column, Promise]] = {
    Column.EXAMINED: _("受診者"),
    Column.RETURNING: _("非初回"),
    Column.SECOND_YEAR: _("2年連続"),
    Column.NEEDS_DETAIL: _("要精検"),
    Column.DETAIL_TAKEN: _("精検受診"),
    Column.FOUND_NONE: _("異常なし"),
    Column.FOUND_CANCER: _("がん"),
    Column.FOUND_EARLY: _("うち早期がん"),
    Column.FOUND_IN_SITU: _("うち上皮内・粘膜内"),
    Column.FOUND_AIS: _("AIS"),
    Column.FOUND_CIN3: _("CIN3"),
    Column.FOUND_CIN2: _("CIN2"),
    Column.FOUND_CIN2_OR_CIN3: _("CIN2・3の区別なし"),
    Column.FOUND_CIN1: _("CIN1"),
    Column.FOUND_ADENOMA: _("腺腫"),
    Column.FOUND_ADENOMA_10MM: _("うち10mm以上"),
    Column.FOUND_DISEASE: _("疾患あり"),
    Column.FOUND_SUSPECTED: _("疑い・未確定"),
    Column.FOUND_OTHER: _("その他の疾患"),
    Column.DETAIL_NOT_TAKEN: _("精検未受診"),
    Column.DETAIL_UNKNOWN: _("精検未把握"),
    Column.INCIDENT: _("検診の偶発症"),
    Column.INCIDENT_DEATH: _("うち死亡"),
    Column.DETAIL_INCIDENT: _("精検の偶発症"),
    Column.DETAIL_INCIDENT_DEATH: _("精検のうち死亡"),
}
DIMENSION_LABELS: Final[Mapping[Dimension, Promise]] = {
    Dimension.PROGRAMME: _("検診"),
    Dimension.METHOD: _("方法"),
    Dimension.ENCOUNTER: _("個別・集団"),
    Dimension.SEX: _("性別"),
    Dimension.AGE_BAND: _("年齢階級"),
    Dimension.IS_FIRST: _("初回・非初回"),
    Dimension.FACILITY: _("実施機関"),
}
_ENCOUNTERS: Final[Mapping[str, Promise]] = {"1": _("個別"), "2": _("集団"), "": _("不明")}
_SEXES: Final[Mapping[str, Promise]] = {"1": _("男"), "2": _("女")}
_FIRST: Final[Mapping[str, Promise]] = {"1": _("初回"), "0": _("非初回")}
_INCIDENTS: Final = (Column.INCIDENT, Column.INCIDENT_DEATH, Column.DETAIL_INCIDENT, Column.DETAIL_INCIDENT_DEATH)
_CANCERS: Final = (Programme.LUNG, Programme.BREAST, Programme.STOMACH, Programme.CERVIX, Programme.COLORECTAL)


@dataclass(frozen=True, slots=True)
class CellView:
    """One count, and the query that opens the people behind it."""

    column: Column
    number: int
    query: str


@dataclass(frozen=True, slots=True)
class RowView:
    """One group: its name, its value in an address, its counts."""

    label: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What an indicator is held against, and whether it is good."""

    label: str
    limit: str
    is_met: bool
    is_confirmed: bool
    source: str


@dataclass(frozen=True, slots=True)
class ValueView:
    """One indicator in words and figures."""

    id: str
    label: str
    percent: str
    plain: str
    numerator: int
    denominator: int
    verdicts: tuple[VerdictView, ...]


def columns_of(programme: Programme) -> tuple[Column, ...]:
    """Return the columns of a programme: findings its detailed result knows, and incidents of cancer screenings."""
    known = {f"FOUND_{finding.name}" for finding in detailed_item(programme).codes} | {"FOUND_SUSPECTED"}
    return tuple(
        column
        for column in Column
        if (column.name in known if column.name.startswith("FOUND_") else True)
        and (column not in _INCIDENTS or programme in _CANCERS)
    )


def method_label(programme: Programme, code: str, language: Language) -> str:
    """Return what a method is called."""
    for one in methods():
        if one.programme is programme and one.code == code:
            return one.label_ja if language is Language.JA else one.label_en
    return code


def group_label(dimension: Dimension, value: str, programme: Programme | None, language: Language) -> str:
    """Return what a value of a dimension is called."""
    match dimension:
        case Dimension.METHOD if programme is not None:
            return method_label(programme, value, language)
        case Dimension.ENCOUNTER:
            return str(_ENCOUNTERS.get(value, value))
        case Dimension.SEX:
            return str(_SEXES.get(value, value))
        case Dimension.IS_FIRST:
            return str(_FIRST.get(value, value))
        case Dimension.AGE_BAND:
            return _band(value, language)
        case _:
            return value or str(_("不明"))


def _band(value: str, language: Language) -> str:
    first, _dash, last = value.partition("-")
    if language is Language.EN:
        return f"under {int(last) + 1}" if not first else f"{first} and over" if not last else f"{first}–{last}"
    return f"{last}歳以下" if not first else f"{first}歳以上" if not last else f"{first}～{last}歳"


def value_view(value: Value, language: Language) -> ValueView:
    """Return an indicator in words and figures."""
    indicator = value.indicator
    compare = indicator.compare
    return ValueView(
        id=indicator.id,
        label=indicator.label_ja if language is Language.JA else indicator.label_en,
        percent="—" if value.percent is None else f"{value.percent:.2f}%",
        plain="" if value.percent is None else f"{value.percent:.4f}",
        numerator=value.numerator,
        denominator=value.denominator,
        verdicts=tuple(
            VerdictView(
                label=edition_label(one.threshold.edition, language),
                limit=f"{'≤' if compare is Compare.AT_MOST else '≥'} {one.threshold.value:g}%",
                is_met=one.is_met,
                is_confirmed=one.threshold.is_confirmed,
                source=one.threshold.edition.source,
            )
            for one in value.verdicts
        ),
    )


def edition_label(edition: Edition, language: Language) -> str:
    """Return what an edition's values are called."""
    return edition.label_ja if language is Language.JA else edition.label_en


def table_head(by: Sequence[Dimension], columns: Sequence[Column]) -> list[str]:
    """Return the head of a table of counts, for files."""
    return [*(str(DIMENSION_LABELS[one]) for one in by), *(str(COLUMN_LABELS[one]) for one in columns)]


def table_row(tally: Tally, by: Sequence[Dimension], columns: Sequence[Column], language: Language) -> list[str]:
    """Return one line of a table of counts, for files."""
    programme = Programme(tally.group[Dimension.PROGRAMME]) if Dimension.PROGRAMME in tally.group else None
    names = [
        programme_name(programme) if one is Dimension.PROGRAMME and programme is not None
        else group_label(one, tally.group[one], programme, language)
        for one in by
    ]  # fmt: skip
    return [*names, *(str(tally.counts[one]) for one in columns)]


def programme_name(programme: Programme) -> str:
    """Return a programme's official name."""
    (found,) = (one for one in catalogue().data_sets.values() if one.programme == programme and one.stage == "1")
    return found.name_ja.removesuffix("（一次検診）")
