"""Check sheets in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.changes.types import SheetLine, SheetProblem, Side, Signature, Verdict
from tasuki.layouts.differing import Kind, Subject
from tasuki.web.templatetags.tasuki import current_language, moment

KIND_WORDS: Final[Mapping[Kind, Promise]] = {
    Kind.ADDED: gettext_lazy("追加"),
    Kind.REMOVED: gettext_lazy("廃止"),
    Kind.CHANGED: gettext_lazy("変更"),
}
SUBJECT_WORDS: Final[Mapping[Subject, Promise]] = {
    Subject.ITEM: gettext_lazy("項目"),
    Subject.CODE: gettext_lazy("コード"),
    Subject.DATA_SET: gettext_lazy("特定個人情報名"),
    Subject.VERSION: gettext_lazy("様式の版"),
    Subject.TRAVELS: gettext_lazy("連携する項目"),
}
SIDE_WORDS: Final[Mapping[Side, Promise]] = {Side.TOWN: gettext_lazy("区"), Side.VENDOR: gettext_lazy("委託先")}
VERDICT_WORDS: Final[Mapping[Verdict, Promise]] = {
    Verdict.DONE: gettext_lazy("対応した"),
    Verdict.NOT_AFFECTED: gettext_lazy("影響がない"),
    Verdict.OPEN: gettext_lazy("残っている"),
}
PROBLEM_WORDS: Final[Mapping[SheetProblem, Promise]] = {
    SheetProblem.NO_ARCHIVE: gettext_lazy("ZIPとして読み取れません。様式のフォルダをZIPにして選んでください。"),
    SheetProblem.TOO_LARGE: gettext_lazy("様式にしては大きすぎます。様式のフォルダだけをZIPにしてください。"),
    SheetProblem.NO_LAYOUTS: gettext_lazy("様式のファイル(data_sets.toml)がありません。フォルダを確かめてください。"),
    SheetProblem.DAMAGED: gettext_lazy("様式として読み取れません。下の行を直してください。"),
    SheetProblem.NOTHING_CHANGES: gettext_lazy("今の様式と違うところがありません。チェックシートは作りませんでした。"),
}
_WHAT_WORDS: Final[Mapping[str, Promise]] = {
    "element": gettext_lazy("要素名"),
    "identifier": gettext_lazy("英語名"),
    "label_ja": gettext_lazy("名称"),
    "type": gettext_lazy("種類"),
    "max_bytes": gettext_lazy("最大バイト数"),
    "table": gettext_lazy("コード表"),
    "unit": gettext_lazy("単位"),
    "programme": gettext_lazy("検診"),
    "stage": gettext_lazy("検診区分"),
    "group": gettext_lazy("グループ"),
    "section": gettext_lazy("区分"),
    "mandatory": gettext_lazy("必須"),
    "in_force_from": gettext_lazy("適用の始め"),
    "in_force_until": gettext_lazy("適用の終わり"),
    "in_force": gettext_lazy("適用の期間"),
    "clause": gettext_lazy("根拠の条項"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """What a side says of a line, in words."""

    verdict: str
    tone: str
    remark: str
    when: str
    who: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a check sheet in words."""

    line: SheetLine
    kind: str
    subject: str
    name: str
    what: str
    sides: tuple[Word | None, ...]


def line_rows(lines: Sequence[SheetLine]) -> list[LineRow]:
    """Return lines in words, each side's last word in the order of `Side`."""
    signers = names_of_staff(sorted({one.signed_by for line in lines for one in line.signatures.values()}))
    return [
        LineRow(
            line=line,
            kind=str(KIND_WORDS[line.kind]),
            subject=str(SUBJECT_WORDS[line.subject]),
            name=line.name_ja if current_language() == "ja" else line.name_en,
            what=str(_WHAT_WORDS.get(line.what, line.what)),
            sides=tuple(_word(line.signatures.get(side), signers) for side in Side),
        )
        for line in lines
    ]


def _word(signature: Signature | None, signers: Mapping[str, str]) -> Word | None:
    if signature is None:
        return None
    return Word(
        verdict=str(VERDICT_WORDS[signature.verdict]),
        tone="tag--good" if signature.verdict.settles else "tag--care",
        remark=signature.remark,
        when=moment(signature.signed_at),
        who=signers.get(signature.signed_by, ""),
    )


def sheet_file(lines: Sequence[LineRow]) -> list[list[object]]:
    """Return a check sheet as lines of cells, its head first."""
    head: list[object] = [
        _("番号"), _("何が"), _("どうなる"), _("対象コード"), _("名称"), _("変わること"), _("今"), _("新しい版"),
        _("使っている所"), _("取込み定義"), _("保存している結果"),
    ]  # fmt: skip
    for side in Side:
        head += [_("%(side)sの確認") % {"side": SIDE_WORDS[side]}, _("備考"), _("日時"), _("氏名")]
    return [head, *(_cells(row) for row in lines)]


def _cells(row: LineRow) -> list[object]:
    line = row.line
    cells: list[object] = [
        line.number, row.subject, row.kind, line.key, row.name, row.what, line.before, line.after,
        " ".join(line.places), "、".join(line.mappings), line.results,
    ]  # fmt: skip
    for word in row.sides:
        cells += ["", "", "", ""] if word is None else [word.verdict, word.remark, word.when, word.who]
    return cells
