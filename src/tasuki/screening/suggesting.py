"""Suggests what a column of a sender's file stands for, and which code a term of theirs means. People decide."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import CodeTable, Item, ItemType, Programme
from tasuki.screening.mapping import ITEM_PREFIX
from tasuki.screening.sampling import SampleColumn

# What senders call the fields that every file has, folded; ours, from the layouts of fictitious senders.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "system_person_number": ("宛名番号", "住民番号", "個人コード", "受診者番号", "住民コード"),
    "kana_name": ("カナ氏名", "氏名カナ", "フリガナ", "カナ", "氏名フリガナ"),
    "name": ("氏名", "漢字氏名", "受診者氏名", "氏名漢字"),
    "birth_date": ("生年月日", "誕生日"),
    "sex": ("性別", "性別コード"),
    "address": ("住所", "現住所"),
    "stage": ("検診区分", "一次精密区分", "一次精検区分"),
    "examined_date": ("受診日", "検診日", "受診年月日", "検査日", "実施日"),
    "fiscal_year": ("年度", "検診年度", "実施年度"),
    "facility_number": ("実施機関番号", "医療機関番号", "医療機関コード", "保険医療機関番号"),
    "facility_name": ("実施機関名", "医療機関名", "実施機関", "医療機関名称"),
    "encounter_type": ("受診方法", "個別集団区分", "検診方式", "個別集団"),
    "fee_class": ("料金区分", "自己負担区分", "減免区分"),
    "sequence": ("連番", "年度内連番", "受診回数"),
}
_GOOD_ENOUGH: Final = 0.55
_NOISE: Final = re.compile(r"[\s()・_\-/、,.:「」\[\]【】<>]+")
# What senders abbreviate, and the words of the national labels for it.
_ABBREVIATIONS: Final[Mapping[str, str]] = {
    "精検": "精密検査",
    "x線": "エックス線",
    "レントゲン": "エックス線",
    "マンモ": "マンモグラフィー",
    "要否": "対象有無",
    "所見なし": "異常なし",
    "または": "",
    "自覚症状": "に係る症状",
}
# Signs that stand for a word of the labels.
_SIGNS: Final[Mapping[str, str]] = {"-": "陰性", "(-)": "陰性", "−": "陰性", "+": "陽性", "(+)": "陽性"}
# How every label of a programme begins; it tells nothing of the item.
_BEGINNING: Final = re.compile(r"^.*?検診(?:時)?(?:の|による)(?:問診:)?")


def folded(text: str) -> str:
    """Write a name so that width, brackets, separators and usual abbreviations do not matter."""
    text = _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    for short, long in _ABBREVIATIONS.items():
        text = text.replace(short, long)
    return text


def likeness(one: str, other: str) -> float:
    """Say how alike two names are, 0 to 1: all of one within the other counts nearly as much as the same."""
    one, other = folded(one), folded(other)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= 2 and short in long:
        return 0.7 + 0.25 * len(short) / len(long)
    if len(short) >= 3 and _is_shortened(short, long):
        return 0.6 + 0.25 * len(short) / len(long)
    return SequenceMatcher(None, one, other).ratio() * 0.85


def _is_shortened(short: str, long: str) -> bool:
    """Say whether a name is another one with characters left out, as abbreviations are."""
    rest = iter(long)
    return all(char in rest for char in short)


def suggest_fields(columns: Sequence[SampleColumn], programme: Programme) -> dict[str, str]:
    """Suggest a field for each column that resembles one; each field once, the best pairs first."""
    scored = sorted(
        (
            (score, column.name, field)
            for column in columns
            for field, score in _scores(column, programme).items()
            if score >= _GOOD_ENOUGH
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    chosen: dict[str, str] = {}
    for _, name, field in scored:
        if name not in chosen and field not in chosen.values():
            chosen[name] = field
    return chosen


def _scores(column: SampleColumn, programme: Programme) -> dict[str, float]:
    scores = {field: max(likeness(column.name, name) for name in names) for field, names in _NAMES.items()}
    for item in catalogue().items_of(programme):
        scores[f"{ITEM_PREFIX}{item.code}"] = _item_score(column, item)
    for field in ("birth_date", "examined_date"):
        # A date can only stand where dates are.
        if not column.date_format and column.filled:
            scores[field] = 0.0
    return scores


def _item_score(column: SampleColumn, item: Item) -> float:
    label = _BEGINNING.sub("", unicodedata.normalize("NFKC", item.label_ja))
    by_name = max(likeness(column.name, label), likeness(column.name, label.removesuffix("の有無")))
    if item.type is ItemType.CODE and item.table is not None and column.terms:
        return 0.8 * by_name + 0.2 * _fit(column, catalogue().table(item.table))
    if item.type is ItemType.DATE:
        return by_name if column.date_format or not column.filled else 0.0
    # A column of a few repeated terms is hardly free text, nor is one named after its findings a code.
    return by_name * (0.85 if item.type is ItemType.TEXT and column.terms else 1.0)


def _fit(column: SampleColumn, table: CodeTable) -> float:
    """Say how many of a column's terms are a code of a table or resemble a label of it."""
    known = [term for term, _ in column.terms if suggest_code(term, table)]
    return len(known) / len(column.terms)


def suggest_code(term: str, table: CodeTable) -> str:
    """Suggest the code of a term: the code itself, its label, or the one label that resembles it by far the most."""
    if unicodedata.normalize("NFKC", term).strip() in table.codes:
        return unicodedata.normalize("NFKC", term).strip()
    term = _SIGNS.get(unicodedata.normalize("NFKC", term).strip(), term)
    scored = sorted(((likeness(term, code.ja), code.code) for code in table.codes.values()), reverse=True)
    if not scored or scored[0][0] < _GOOD_ENOUGH:
        return ""
    # Between two labels that are equally alike nobody but the sender can choose.
    is_clear = len(scored) == 1 or scored[0][0] - scored[1][0] >= 0.02
    return scored[0][1] if is_clear else ""
