"""The report of a change over as a PDF, in Japanese: what was planned, decided, done and found."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from tasuki.cutover.catalogue import difference_words, rule_words
from tasuki.cutover.plan_types import Plan, Step, Verdict, Word
from tasuki.cutover.types import DifferenceKind, FileReport, Rehearsal, digest_of_all
from tasuki.letters.rendering import make_list
from tasuki.letters.types import ListDocument
from tasuki.shared.dates import to_jst

_VERDICTS: Final = {Verdict.GO: "実施する", Verdict.NO_GO: "実施しない"}
_HEAD: Final = ("区分", "内容", "予定・期待", "実際", "備考")


def cutover_document(
    plan: Plan,
    steps: Sequence[Step],
    words: Sequence[Word],
    rehearsed: Rehearsal,
    *,
    town: str,
    names: Mapping[str, str],
    at: dt.datetime,
) -> bytes:
    """Return the report of a change over as PDF: steps with both clocks, files with counts, decisions, digests."""
    outcome = "切り替えた" if plan.rolled_back_at is None else "取り消した"
    document = ListDocument(
        title=f"切替報告書 第{plan.number}号 {plan.title}",
        subtitle=f"{outcome} 作業時間帯 {_moment(plan.opens_at)} から {_moment(plan.closes_at)} まで",
        head=list(_HEAD),
        rows=[
            *(_word(one, names) for one in words),
            *(_step(one, names) for one in steps),
            *(_file(one) for one in plan.files),
        ],
        notes=[*_notes(plan, rehearsed, names), f"この報告書を作った日時: {_moment(at)}"],
        is_wide=True,
    )
    return make_list(document, town=town, footer=f"{town} 切替報告書 第{plan.number}号")


def _word(one: Word, names: Mapping[str, str]) -> list[str]:
    said = f"{_moment(one.said_at)} {names.get(one.said_by, one.said_by)}"
    return ["判定", _VERDICTS[one.verdict], "", said, one.reason]


def _step(one: Step, names: Mapping[str, str]) -> list[str]:
    done = "未了" if one.done_at is None else _moment(one.done_at)
    who = "" if one.ticked_by is None else names.get(one.ticked_by, one.ticked_by)
    what = f"{one.what[0]} (担当: {one.who})"
    return [f"手順{one.place}", what, _moment(one.planned_at), f"{done} {who}", one.remark]


def _file(one: FileReport) -> list[str]:
    found = "、".join(f"{difference_words(DifferenceKind(kind))[0]} {count}" for kind, count in one.kinds.items())
    refused = "、".join(f"{rule_words(rule)[0]} {count}" for rule, count in one.refused_by.items())
    return [
        "ファイル",
        f"{one.name} {one.programme}",
        f"{one.expected:,}行 (残すと決めた {one.agreed:,}行)",
        f"読んだ {one.read:,}行 入れた {one.loaded:,}行 違い {one.differences:,}",
        " ".join(part for part in (found, refused) if part),
    ]


def _notes(plan: Plan, rehearsed: Rehearsal, names: Mapping[str, str]) -> list[str]:
    outcome = "合格" if rehearsed.passed else "不合格"
    proven = "元に戻った" if rehearsed.way_back else "元に戻らない"
    begun = _moment(rehearsed.begun_at)
    notes = [
        f"仮移行 第{rehearsed.number}号 ({begun}): {outcome} 戻す手順: {proven} 比べた表: {rehearsed.tables}",
        f"書き出しの要約値: {plan.export_digest}",
        *(f"{one.name} SHA-256: {one.sha256}" for one in plan.files),
    ]
    if plan.begun_at is not None:
        notes.append(f"取込みの始め: {_moment(plan.begun_at)}")
        notes.append(f"取込み前の{len(plan.before)}の表の要約値: {digest_of_all(plan.before)}")
    if plan.loaded_at is not None:
        notes.append(f"取込みの終わり: {_moment(plan.loaded_at)}")
    if plan.rolled_back_at is not None:
        by = plan.rolled_back_by or ""
        tables = "、".join(plan.differing) or "なし"
        notes.append(
            f"取消し: {_moment(plan.rolled_back_at)} {names.get(by, by)} 理由: {plan.rolled_back_why}"
            f" 残った結果 {plan.left} 元と違う表: {tables}"
        )
    return notes


def _moment(at: dt.datetime) -> str:
    return f"{to_jst(at):%Y-%m-%d %H:%M}"
