"""The check as a document of its own (PDF), in Japanese: what two people signed."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from tasuki.audits.rules import fact_kinds
from tasuki.audits.types import Answer, Check, CheckLine, Fact, Finding
from tasuki.letters.rendering import make_list
from tasuki.letters.types import ListDocument
from tasuki.shared.dates import civil_date, display_date, to_jst

#: How the sheet on paper says it.
MARKS: Final[Mapping[Answer, str]] = {
    Answer.KEPT: "○",
    Answer.PARTLY: "△",
    Answer.NOT_KEPT: "×",
    Answer.NOT_APPLICABLE: "対象外",
}


def check_document(
    check: Check,
    lines: Sequence[CheckLine],
    findings: Sequence[Finding],
    *,
    town: str,
    names: Mapping[str, str],
    second: str,
    at: dt.datetime,
) -> bytes:
    """Return the check of a year as PDF, with its findings and both signatures."""
    first, first_at = check.first_signed_by or "", check.first_signed_at or at
    signed = [
        f"署名1: {names.get(first, first)} {_moment(first_at)}",
        f"署名2: {names.get(second, second)} {_moment(at)}",
    ]
    counts = "、".join(f"{mark} {sum(one.answer is answer for one in lines)}" for answer, mark in MARKS.items())
    document = ListDocument(
        title=f"確認記録票 {check.fiscal_year}年度",
        subtitle=f"{len(lines)}項 ({counts}) システムの記録は{_moment(check.gathered_at)}現在",
        head=["項", "内容", "システムの記録", "評価", "所見"],
        rows=[
            [
                f"{one.part[0]} {one.number}" if one.number.isdigit() else one.part[0],
                one.heading[0],
                " / ".join(fact_text(fact) for fact in one.facts) or "–",
                MARKS[one.answer] if one.answer else "",
                one.remark,
            ]
            for one in lines
        ],
        notes=[*(_finding(one) for one in findings), *signed],
        is_wide=True,
    )
    return make_list(document, town=town, footer=f"{town} 確認記録票 {check.fiscal_year}年度")


def fact_text(fact: Fact) -> str:
    """Say in Japanese what the system said."""
    kind = fact_kinds().get(fact.key)
    count = "不明" if fact.count is None else f"{fact.count:,}"
    last = "" if fact.last_at is None else f" ({display_date(civil_date(fact.last_at))})"
    return f"{fact.key if kind is None else kind.name[0]} {count}{last}"


def _finding(one: Finding) -> str:
    end = "未完了" if one.mended_at is None else f"{_moment(one.mended_at)} 完了"
    return f"指摘 {one.clause}: {one.says} 改善: {one.remedy} 担当: {one.who} 期限: {display_date(one.due)} {end}"


def _moment(at: dt.datetime) -> str:
    return f"{to_jst(at):%Y-%m-%d %H:%M}"
