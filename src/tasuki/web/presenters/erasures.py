"""Erasures in words: what goes and what stays, what stands in the way, who did what; and their certificate."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.erasure.catalogue import Fate, rule_named, tables
from tasuki.erasure.types import Carried, Counted, Erasure, Obstacle, Rule, State, Subject
from tasuki.layouts.render import Language
from tasuki.letters.types import ListDocument
from tasuki.shared.identifiers import is_system_person_number
from tasuki.web.templatetags.tasuki import civil, current_language, moment

_NO_CONTROLS: Final = r"^[^\x00-\x1f]*$"
_NAMES_NOBODY: Final = gettext_lazy("200文字まで。証跡と管理簿に残ります。住民の氏名や番号は書かないでください。")
#: People one request names at most; more are erased by a rule.
MOST_NAMED: Final = 100

SUBJECT_LABELS: Final[Mapping[Subject, Promise]] = {
    Subject.PERSON: gettext_lazy("転出・死亡した人"),
    Subject.RESULT: gettext_lazy("検診結果"),
    Subject.BATCH: gettext_lazy("取込みの行"),
    Subject.LETTER: gettext_lazy("通知の記録"),
}
STATE_LABELS: Final[Mapping[State, Promise]] = {
    State.REQUESTED: gettext_lazy("承認待ち(0/2)"),
    State.APPROVED_ONCE: gettext_lazy("承認待ち(1/2)"),
    State.APPROVED: gettext_lazy("承認済み・開始前"),
    State.UNDER_WAY: gettext_lazy("消去中"),
    State.PROVEN: gettext_lazy("消去済み"),
    State.WITHDRAWN: gettext_lazy("取下げ"),
    State.REFUSED: gettext_lazy("不承認"),
}
OBSTACLE_LABELS: Final[Mapping[Obstacle, Promise]] = {
    Obstacle.UNKNOWN: gettext_lazy("住民の記録にない番号です。番号を確かめてください。"),
    Obstacle.LIVES_HERE: gettext_lazy("いまも住民です。転出か死亡の異動が届くまで消去できません。"),
    Obstacle.PROTECTED: gettext_lazy("支援措置の対象です。支援措置が終わるまで消去できません。"),
    Obstacle.QUARANTINED: gettext_lazy("提供を止めている人です。停止のわけが済むまで消去できません。"),
    Obstacle.OPEN_CASE: gettext_lazy("誰の番号かを決めている途中です。決まるまで消去できません。"),
    Obstacle.OPEN_EXCHANGE: gettext_lazy("自治体間の照会が続いています。終わるまで消去できません。"),
    Obstacle.OPEN_FOLLOWUP: gettext_lazy("精密検査の確認が続いています。終わるまで消去できません。"),
}
CARRIED_LABELS: Final[Mapping[Carried, Promise]] = {
    Carried.REQUEST: gettext_lazy("申請と二人の承認で消去"),
    Carried.ITSELF: gettext_lazy("それぞれの決まりで消える"),
    Carried.KEPT: gettext_lazy("残す"),
}
TONES: Final = {
    State.REQUESTED: "tag--care",
    State.APPROVED_ONCE: "tag--care",
    State.UNDER_WAY: "tag--care",
    State.PROVEN: "tag--good",
}


class ReasonForm(forms.Form):
    """Why something is to be erased."""

    reason = forms.RegexField(_NO_CONTROLS, label=gettext_lazy("消去の理由"), help_text=_NAMES_NOBODY, max_length=200)


class PeopleForm(ReasonForm):
    """Who is to be erased, and why."""

    numbers = forms.CharField(
        label=gettext_lazy("宛名番号"),
        help_text=gettext_lazy("1行に1人。100人まで。転出または死亡した人に限ります。"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("numbers", "reason")

    def clean_numbers(self) -> list[str]:
        """Read one number a line."""
        numbers = list(
            dict.fromkeys(line.strip() for line in self.cleaned_data["numbers"].splitlines() if line.strip())
        )
        for line, number in enumerate(numbers, 1):
            if not is_system_person_number(number):
                raise forms.ValidationError(
                    _("%(line)s行目: 宛名番号ではありません。数字だけで入れてください。") % {"line": line}
                )
        if len(numbers) > MOST_NAMED:
            raise forms.ValidationError(_("100人までです。保存期間の過ぎた人は「保存期間」からまとめて申請できます。"))
        return numbers


class EarlyForm(forms.Form):
    """That somebody read the warning before people whose time is not over."""

    early = forms.BooleanField(label=gettext_lazy("保存期間の前であることを確かめました。それでも消去を申請します。"))


class DecisionForm(forms.Form):
    """Why a request is refused."""

    reason = forms.RegexField(
        _NO_CONTROLS, label=gettext_lazy("承認しない理由"), help_text=_NAMES_NOBODY, max_length=200, required=False
    )


class SearchForm(forms.Form):
    """What to look for in the register."""

    words = forms.CharField(label=gettext_lazy("理由の言葉"), max_length=100, required=False)
    number = forms.CharField(
        label=gettext_lazy("宛名番号"),
        help_text=gettext_lazy("この番号の人を消去したかを調べます。管理簿に番号は残っていません。"),
        max_length=15,
        required=False,
    )


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as the page of retention shows it."""

    name: str
    label: str
    period: str
    basis: str
    carried: str
    is_requested: bool
    due: int
    is_provisional: bool


def rule_row(rule: Rule, due: int) -> RuleRow:
    """Return a rule in the reader's language, and how much is due by it."""
    return RuleRow(
        rule.name,
        _spoken(rule.label),
        _period(rule),
        _spoken(rule.basis),
        str(CARRIED_LABELS[rule.carried]),
        rule.carried is Carried.REQUEST,
        due,
        rule.is_provisional,
    )


def _period(rule: Rule) -> str:
    if not rule.years:
        return _("定めなし")
    if rule.counted is Counted.FISCAL_YEAR:
        return _("その年度の終わりから%(years)s年") % {"years": rule.years}
    return _("その日から%(years)s年") % {"years": rule.years}


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """One erasure as the register and its page show it."""

    one: Erasure
    subject: str
    state: str
    tone: str
    asker: str
    first: str
    second: str
    refuser: str

    @property
    def rule(self) -> str:
        """By which rule it was due."""
        rule = rule_named(self.one.rule)
        return _("番号を指定") if rule is None else _spoken(rule.label)

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            one.number, self.state, self.subject, one.people, self.rule, one.reason, self.asker,
            moment(one.requested_at), self.first, moment(one.first_at), self.second, moment(one.second_at),
            self.refuser, one.refusal, moment(one.deleted_at), moment(one.proven_at), civil(one.backups_until),
            one.digest,
        ]  # fmt: skip


def register_head() -> list[str]:
    """Return the head of the register as a file."""
    return [
        _("管理番号"), _("状態"), _("対象"), _("件数"), _("保存期間の区分"), _("消去の理由"), _("申請した人"),
        _("申請の日時"), _("承認した人(1人目)"), _("承認の日時(1人目)"), _("承認した人(2人目)"), _("承認の日時(2人目)"),
        _("承認しなかった人"), _("承認しない理由"), _("消去の日時"), _("確認の日時"), _("バックアップから消える日"),
        _("消去前の要約(鍵付き)"),
    ]  # fmt: skip


def erasure_rows(found: Sequence[Erasure]) -> list[ErasureRow]:
    """Return erasures in words, staff by their names."""
    actors = {
        actor for one in found for actor in (one.requested_by, one.first_by, one.second_by, one.refused_by) if actor
    }
    names = names_of_staff(list(actors))
    return [_row(one, names) for one in found]


def _row(one: Erasure, names: Mapping[str, str]) -> ErasureRow:
    return ErasureRow(
        one,
        str(SUBJECT_LABELS[one.subject]),
        str(STATE_LABELS[one.state]),
        TONES.get(one.state, ""),
        *(names.get(by or "", by or "") for by in (one.requested_by, one.first_by, one.second_by, one.refused_by)),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A table in words: how many rows, None where people cannot be found in it by number, and why they stay."""

    name: str
    count: int | None
    why: str = ""


def places(counts: Mapping[str, int]) -> list[Place]:
    """Return tables with how many rows, in the order of the list of tables."""
    return [Place(table_label(one.name), counts[one.name]) for one in tables() if counts.get(one.name)]


def staying(counts: Mapping[str, int]) -> list[Place]:
    """Return every table that stays, with the reason; how many rows, where people are found in it."""
    return [
        Place(table_label(one.name), counts.get(one.name, 0) if one.searched else None, _spoken(one.why))
        for one in tables()
        if one.fate is Fate.KEPT and one.name != "erasure_item"
    ]


def table_label(name: str) -> str:
    """Return what staff call a table: the term of what it holds."""
    return str(_TABLES.get(name, name))


def obstacle_lines(obstacles: Mapping[Obstacle, int]) -> list[str]:
    """Return what stands in the way of how many."""
    return [
        _("%(count)s件: %(why)s") % {"count": count, "why": OBSTACLE_LABELS[one]} for one, count in obstacles.items()
    ]


def certificate_document(row: ErasureRow, *, town: str) -> ListDocument:
    """Return the certificate of an erasure that is proven: what went and by whose word, what stays, until when."""
    one = row.one
    if one.proof is None:
        raise ValueError("an erasure is certified once it is proven")
    facts = [
        [_("発行した団体"), town],
        [_("管理番号"), one.number],
        [_("対象"), _("%(subject)s %(count)s件") % {"subject": row.subject, "count": f"{one.people:,}"}],
        [_("保存期間の区分"), row.rule],
        [_("消去の理由"), one.reason],
        [_("申請した人"), f"{row.asker} {moment(one.requested_at)}"],
        [_("承認した人"), f"{row.first} {moment(one.first_at)}"],
        [_("承認した人"), f"{row.second} {moment(one.second_at)}"],
        [_("消去の日時"), moment(one.deleted_at)],
        [_("残っていないことを確かめた日時"), moment(one.proven_at)],
        [_("バックアップから消える日"), civil(one.backups_until)],
        [_("消去前の要約(鍵付きSHA-256)"), _spaced(one.digest)],
        [_("一覧の要約(鍵付きSHA-256)"), _spaced(one.list_digest)],
    ]
    gone = [
        [_("消去したもの: %(name)s") % {"name": place.name}, f"{place.count:,}"] for place in places(one.proof.erased)
    ]
    kept = [
        _("残るもの: %(name)s(%(count)s件)。%(why)s")
        % {"name": place.name, "count": "–" if place.count is None else f"{place.count:,}", "why": place.why}
        for place in staying(one.proof.kept)
    ]
    return ListDocument(
        _("消去証明書"),
        _("下のとおり消去し、個人を表す番号のあるすべての表に残っていないことを確かめました。"),
        [_("事項"), _("内容")],
        [*facts, *gone],
        [_("バックアップには、上の日まで残ります。"), *_beyond(one), *beyond_lines(one), *kept],
    )


def beyond_lines(one: Erasure) -> list[str]:
    """Return which files may still name whoever went, because no number leads to anybody in them, and until when."""
    found = {} if one.proof is None else one.proof.beyond
    return [
        str(_BEYOND[name]) % {"count": f"{files.count:,}", "day": civil(files.until)}
        for name, files in found.items()
        if files.count
    ]


_BEYOND: Final[Mapping[str, Promise]] = {
    "work_output": gettext_lazy("作業の出力が%(count)s件あり、中に名前があるかもしれません。%(day)sまでに消えます。"),
    "media_export": gettext_lazy(
        "持出しの書庫が%(count)s件あり、中に名前があるかもしれません。%(day)sまでに消えます。"
    ),
    "media_copies": gettext_lazy(
        "渡したままの持出しの写しが%(count)s件あり、中に名前があるかもしれません。返却・廃棄の期限は%(day)sです。"
    ),
}


def _beyond(one: Erasure) -> list[str]:
    """Return what the certificate says of other places than the town's own tables."""
    if one.subject not in (Subject.PERSON, Subject.RESULT):
        return []
    return [_("中間サーバーの副本と符号も消えます。別の業務システムも使っている人は、索引に残ります。")]


def _spaced(digest: str) -> str:
    return re.sub(r"(.{8})(?=.)", r"\1 ", digest)


def _spoken(texts: tuple[str, str]) -> str:
    return texts[int(current_language() is Language.EN)]


_TABLES: Final[Mapping[str, Promise]] = {
    "screening_attachment": gettext_lazy("検診結果の添付"),
    "screening_contact": gettext_lazy("連絡先"),
    "screening_contact_change": gettext_lazy("連絡先の履歴"),
    "screening_resident_district": gettext_lazy("住民の担当区域"),
    "watching_declaration": gettext_lazy("職員本人の宛名番号"),
    "screening_import_problem": gettext_lazy("取込みの問題"),
    "screening_import_problem_row": gettext_lazy("取り込めなかった行"),
    "screening_import_row": gettext_lazy("取込みの行"),
    "screening_import_row_change": gettext_lazy("取込みの行の直し"),
    "screening_listed_person": gettext_lazy("支援措置の一覧の行"),
    "screening_outbox": gettext_lazy("中間サーバーへ知らせる変更"),
    "screening_resident_change": gettext_lazy("住民の異動の履歴"),
    "screening_result_history": gettext_lazy("検診結果の履歴"),
    "screening_result": gettext_lazy("検診結果"),
    "screening_resident": gettext_lazy("住民の記録"),
    "followup_act": gettext_lazy("精密検査の経過"),
    "letters_letter": gettext_lazy("通知の記録"),
    "eligibility_assessment": gettext_lazy("検診の対象の判定"),
    "eligibility_exclusion": gettext_lazy("検診の対象からの除外"),
    "eligibility_change": gettext_lazy("対象の見直し待ち"),
    "invitations_coupon": gettext_lazy("受診券"),
    "invitations_left_out": gettext_lazy("発送から外した人"),
    "invitations_refusal": gettext_lazy("受診の辞退"),
    "invitations_reminder": gettext_lazy("再勧奨"),
    "invitations_target": gettext_lazy("対象者の名簿"),
    "linkage_difference": gettext_lazy("副本の照合の違い"),
    "linkage_told_hold": gettext_lazy("提供の停止を知らせた人"),
    "persons_statement": gettext_lazy("索引: 宛名の記載"),
    "persons_former_statement": gettext_lazy("索引: 宛名の前の記載"),
    "persons_system_person": gettext_lazy("索引: 宛名番号の対応"),
    "persons_register_change": gettext_lazy("索引: 住民異動の通知"),
    "persons_told_protection": gettext_lazy("索引: 支援措置の通知"),
    "persons_match_waiting": gettext_lazy("索引: 照合待ち"),
    "persons_match_record": gettext_lazy("索引: 照合の記録"),
    "persons_match_key": gettext_lazy("索引: 照合の鍵"),
    "persons_match_link": gettext_lazy("索引: 照合の結び付き"),
    "persons_case": gettext_lazy("索引: 本人確認の案件"),
    "persons_merge": gettext_lazy("索引: 統合"),
    "persons_split": gettext_lazy("索引: 分割"),
    "persons_quarantine": gettext_lazy("索引: 提供の停止"),
    "persons_gateway_task": gettext_lazy("索引: 中間サーバーへの知らせ"),
    "persons_number_custody": gettext_lazy("索引: 個人番号"),
    "persons_custody_change": gettext_lazy("索引: 個人番号の異動"),
    "persons_code_attempt": gettext_lazy("索引: 符号の取得"),
    "persons_acquisition": gettext_lazy("索引: 取得番号"),
    "persons_person": gettext_lazy("索引: 団体内統合宛名"),
    "persons_root": gettext_lazy("索引: 団体内統合宛名の見出し"),
    "persons_people_file": gettext_lazy("索引: 宛名登録ファイル"),
    "evidence_entry": gettext_lazy("証跡"),
    "watching_access": gettext_lazy("アクセス記録"),
    "watching_alert": gettext_lazy("アクセスの警報"),
    "reporting_line": gettext_lazy("確定した集計の明細"),
    "linkage_inquiry": gettext_lazy("情報提供等の記録"),
    "linkage_correction": gettext_lazy("提供した情報の訂正"),
    "linkage_record_correction": gettext_lazy("情報提供等の記録の訂正"),
    "linkage_held_proposal": gettext_lazy("手動で答える照会の案"),
    "linkage_portal_notice": gettext_lazy("マイナポータルへのお知らせ"),
    "linkage_inquiry_file_line": gettext_lazy("一括照会の行"),
    "linkage_replica_load": gettext_lazy("副本の登録"),
    "screening_import_batch": gettext_lazy("取込みの台帳"),
    "screening_mapping_draft": gettext_lazy("対応表の下書き"),
    "screening_register_problem": gettext_lazy("住民情報の取込みの問題"),
    "persons_case_event": gettext_lazy("索引: 本人確認の案件の経過"),
    "persons_pending_number": gettext_lazy("索引: 登録待ちの個人番号"),
    "erasure_item": gettext_lazy("消去の対象の一覧"),
    "audits_finding": gettext_lazy("監査の指摘"),
    "audits_line": gettext_lazy("確認記録票の行"),
    "audits_incident": gettext_lazy("漏えい等の事案"),
    "audits_incident_step": gettext_lazy("事案の経過"),
    "work_output": gettext_lazy("作業の出力"),
    "media_export": gettext_lazy("持出しのファイル"),
}
