"""Drafts of what is said about an incident, in Japanese: to the Commission, to people, and by a contractor to the town.

They name nobody. What is not known yet is said to be so, since a report is made with what is known (施行規則44条1項).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from tasuki.audits.incident_rules import clocks, duties_of
from tasuki.audits.incident_types import Incident, Step
from tasuki.letters.rendering import make_list
from tasuki.letters.types import ListDocument
from tasuki.shared.dates import display_date, to_jst

_UNKNOWN: Final = "調査中"


class DraftKind(StrEnum):
    """What is drafted."""

    PRELIMINARY = "preliminary"
    FULL = "full"
    PEOPLE = "people"
    CONTRACTOR = "contractor"


_TITLES: Final = {
    DraftKind.PRELIMINARY: "漏えい等報告書（速報）案",
    DraftKind.FULL: "漏えい等報告書（確報）案",
    DraftKind.PEOPLE: "個人情報の漏えい等についてのお知らせ 案",
    DraftKind.CONTRACTOR: "委託先からの漏えい等の通知書 様式案",
}


def draft(kind: DraftKind, found: Incident, *, town: str, telephone: str) -> bytes:
    """Return a draft as PDF."""
    document = ListDocument(
        title=_TITLES[kind],
        subtitle=f"管理番号 {found.incident_id}",
        head=["事項", "内容"],
        rows=_rows(kind, found, telephone),
        notes=[*(f"根拠: {one.basis}" for one in duties_of(found.assessment.grounds)), *_due(kind, found)],
    )
    return make_list(document, town=town, footer=f"{town} 案")


def _rows(kind: DraftKind, found: Incident, telephone: str) -> Sequence[Sequence[str]]:
    known = found.assessment
    happened = [["概要", found.says], ["情報の項目", known.items or _UNKNOWN]]
    people = ["本人の数", f"{known.people:,}人" if known.people else _UNKNOWN]
    cause, harm = ["原因", known.cause or _UNKNOWN], ["二次被害又はそのおそれの有無及び内容", known.harm or _UNKNOWN]
    if kind is DraftKind.PEOPLE:
        return [*happened, cause, harm, ["お問い合わせ先", telephone or "（担当課の電話番号を記入）"]]
    told, full = found.taken(Step.PEOPLE_TOLD), kind is DraftKind.FULL
    said = f"{to_jst(told.at):%Y-%m-%d} 通知済み" if told is not None else "未実施（準備中）"
    rows = [
        ["知った日時", f"{to_jst(found.known_at):%Y-%m-%d %H:%M}"],
        *happened,
        people,
        cause,
        harm,
        ["本人への対応の実施状況", said],
        ["公表の実施状況", "（記入）"],
        ["再発防止のための措置", known.prevention or _UNKNOWN],
        ["その他参考となる事項", "（記入）"],
    ]
    if kind is DraftKind.CONTRACTOR:
        return [["委託先の名称・責任者", "（記入）"], ["委託業務の名称", "（記入）"], *rows]
    # In the full report nothing may be left open; whoever writes it sees what is.
    return [[label, f"【要記入】{text}" if full and text == _UNKNOWN else text] for label, text in rows]


def _due(kind: DraftKind, found: Incident) -> list[str]:
    step = {DraftKind.PRELIMINARY: Step.PRELIMINARY, DraftKind.FULL: Step.FULL}.get(kind)
    return [f"期限: {display_date(clock.due)}" for clock in clocks(found) if clock.step is step]
