"""Exports in words: what is asked for, how it stands, who did what."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki import runtime
from tasuki.accounts.queries import names_of_staff
from tasuki.layouts.render import Language
from tasuki.media.catalogue import downloads
from tasuki.media.types import Export, ExportState, Medium, Settlement, Wish
from tasuki.shared.dates import civil_date
from tasuki.web.templatetags.tasuki import current_language, moment

_NO_CONTROLS: Final = r"^[^\x00-\x1f]*$"
_NAMES_NOBODY: Final = gettext_lazy("住民の氏名や番号は書かないでください。")
#: So long an archive may be taken at most, and so long a copy may be out.
MOST_DAYS: Final = 14
LONGEST_OUT: Final = dt.timedelta(days=366)

MEDIUM_LABELS: Final[Mapping[Medium, Promise]] = {
    Medium.NONE: gettext_lazy("媒体を使わない(庁内の端末だけ)"),
    Medium.USB: gettext_lazy("USBメモリ"),
    Medium.DISC: gettext_lazy("CD・DVD"),
    Medium.PAPER: gettext_lazy("紙"),
}
SETTLEMENT_LABELS: Final[Mapping[Settlement, Promise]] = {
    Settlement.RETURNED: gettext_lazy("返却された"),
    Settlement.DESTROYED: gettext_lazy("廃棄・消去された"),
}
STATE_LABELS: Final[Mapping[ExportState, Promise]] = {
    ExportState.REQUESTED: gettext_lazy("承認待ち"),
    ExportState.WITHDRAWN: gettext_lazy("取下げ"),
    ExportState.REFUSED: gettext_lazy("不承認"),
    ExportState.APPROVED: gettext_lazy("承認済み・未作成"),
    ExportState.MADE: gettext_lazy("作成済み・未受取"),
    ExportState.OUT: gettext_lazy("持出し中"),
    ExportState.OVERDUE: gettext_lazy("返却の期限切れ"),
    ExportState.SETTLED: gettext_lazy("返却・廃棄の確認済み"),
    ExportState.LAPSED: gettext_lazy("期限切れ・持出しなし"),
}


class RequestForm(forms.Form):
    """What a file is wanted for."""

    about = forms.RegexField(
        _NO_CONTROLS,
        label=gettext_lazy("内容"),
        help_text=gettext_lazy("何の一覧か、何人分か。住民の氏名や番号は書かないでください。"),
        max_length=200,
    )
    purpose = forms.RegexField(_NO_CONTROLS, label=gettext_lazy("目的"), help_text=_NAMES_NOBODY, max_length=200)
    recipient = forms.RegexField(
        _NO_CONTROLS, label=gettext_lazy("渡す相手"), help_text=gettext_lazy("団体や課の名前。"), max_length=100
    )
    medium = forms.ChoiceField(
        label=gettext_lazy("媒体"),
        choices=[(one.value, label) for one, label in MEDIUM_LABELS.items()],
        widget=forms.RadioSelect,
    )
    serial = forms.RegexField(
        r"^[0-9A-Za-z._-]*$",
        label=gettext_lazy("媒体の管理番号"),
        help_text=gettext_lazy("USBメモリ・ディスク・紙のときは必ず。英数字と . _ - で30文字まで。"),
        max_length=30,
        required=False,
    )
    days = forms.IntegerField(
        label=gettext_lazy("受け取れる日数"),
        help_text=gettext_lazy("承認を待つ日も含みます。過ぎるとファイルは消えます。1日から14日。"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=3,
    )
    return_by = forms.DateField(
        label=gettext_lazy("返却・廃棄の期限"),
        help_text=gettext_lazy("例: 2026-12-31。この日を過ぎると、ホームに警告が出ます。"),
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        widget=forms.DateInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a medium's number, and for a day that lies ahead."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("medium") not in (None, Medium.NONE.value) and not values.get("serial"):
            self.add_error("serial", _("媒体の管理番号を入れてください。台帳の番号か、媒体に貼った番号です。"))
        day, today = values.get("return_by"), civil_date(runtime.now())
        if day is not None and not today <= day <= today + LONGEST_OUT:
            self.add_error("return_by", _("今日から1年以内の日を入れてください。"))
        return values


def wish_of(form: RequestForm, *, kind: str, call: str, at: dt.datetime) -> Wish:
    """Return what a filled-in request wishes for."""
    typed = form.cleaned_data
    return Wish(
        kind=kind,
        call=call,
        about=typed["about"],
        purpose=typed["purpose"],
        recipient=typed["recipient"],
        medium=Medium(typed["medium"]),
        serial=typed["serial"],
        expires_at=at + dt.timedelta(days=typed["days"]),
        return_by=typed["return_by"],
    )


class DecisionForm(forms.Form):
    """Why a request is approved or refused."""

    reason = forms.RegexField(
        _NO_CONTROLS, label=gettext_lazy("理由"), help_text=_NAMES_NOBODY, max_length=200, required=False
    )


class SettlementForm(forms.Form):
    """How the copies ended."""

    settlement = forms.ChoiceField(
        label=gettext_lazy("確かめたこと"),
        choices=[(one.value, label) for one, label in SETTLEMENT_LABELS.items()],
        widget=forms.RadioSelect,
    )
    note = forms.RegexField(
        _NO_CONTROLS,
        label=gettext_lazy("確かめ方"),
        help_text=gettext_lazy("例: 媒体を受け取り、中身がないことを見た。"),
        max_length=200,
    )


@dataclass(frozen=True, slots=True)
class FileWords:
    """A kind of file in the reader's language: what it is, and why it takes what it takes."""

    name: str
    why: str


def file_words(key: str) -> FileWords:
    """Return the words for a kind of file."""
    found = downloads().get(key)
    if found is None:
        return FileWords(key, "")
    english = int(current_language() is Language.EN)
    return FileWords(found.name[english], found.why[english])


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export as the register and its page show it."""

    one: Export
    file: str
    state: str
    tone: str
    medium: str
    asker: str
    decider: str
    settler: str
    settlement: str

    @property
    def export_id(self) -> UUID:
        """Which one it is."""
        return self.one.export_id

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            one.export_id, self.state, self.file, one.about, one.purpose, one.recipient, self.medium, one.serial,
            self.asker, moment(one.requested_at), self.decider, moment(one.decided_at), one.decision_reason,
            moment(one.expires_at), one.taken, moment(one.taken_at), one.return_by.isoformat(), self.settlement,
            self.settler, moment(one.settled_at), one.settlement_note, moment(one.erased_at), one.sha256,
        ]  # fmt: skip


def register_head() -> list[str]:
    """Return the head of the register as a file."""
    return [
        _("管理番号"), _("状態"), _("ファイル"), _("内容"), _("目的"), _("渡す相手"), _("媒体"), _("媒体の管理番号"),
        _("申請した人"), _("申請の日時"), _("決めた人"), _("決めた日時"), _("理由"), _("受取りの期限"),
        _("受取りの回数"), _("受取りの日時"), _("返却・廃棄の期限"), _("確かめたこと"), _("確かめた人"),
        _("確かめた日時"), _("確かめ方"), _("消去の日時"), "SHA-256",
    ]  # fmt: skip


_TONES: Final = {
    ExportState.REQUESTED: "tag--care",
    ExportState.OUT: "tag--care",
    ExportState.OVERDUE: "tag--bad",
    ExportState.SETTLED: "tag--good",
}


def export_rows(found: Sequence[Export]) -> list[ExportRow]:
    """Return exports in words, staff by their names."""
    at = runtime.now()
    on = civil_date(at)
    names = names_of_staff(list(_actors(found)))
    return [_row(one, one.state(at, on), names) for one in found]


def _row(one: Export, state: ExportState, names: Mapping[str, str]) -> ExportRow:
    return ExportRow(
        one,
        file_words(one.kind).name,
        str(STATE_LABELS[state]),
        _TONES.get(state, ""),
        str(MEDIUM_LABELS[one.medium]),
        names.get(one.requested_by, one.requested_by),
        names.get(one.decided_by or "", one.decided_by or ""),
        names.get(one.settled_by or "", one.settled_by or ""),
        "" if one.settlement is None else str(SETTLEMENT_LABELS[one.settlement]),
    )


def _actors(found: Sequence[Export]) -> Collection[str]:
    return {actor for one in found for actor in (one.requested_by, one.decided_by, one.settled_by) if actor}


def cover_text(row: ExportRow, *, town: str, dummy: bool, at: dt.datetime) -> str:
    """Return what lies beside the file in its archive: whose copy it is, and what to do with it."""
    one = row.one
    lines = [
        *(["■ 模擬データの環境 / DUMMY ENVIRONMENT ■"] if dummy else []),
        f"{town} 持出し記録 / record of an export",
        f"管理番号 / number: {one.export_id}",
        f"ファイル / file: {row.file}",
        f"申請した人 / requested by: {row.asker} ({one.requested_by})",
        f"承認した人 / approved by: {row.decider} ({one.decided_by})",
        f"作成日時 / made at: {at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"目的 / purpose: {one.purpose}",
        f"渡す相手 / recipient: {one.recipient}",
        f"媒体 / medium: {row.medium} {one.serial}",
        f"返却・廃棄の期限 / return or destroy by: {one.return_by.isoformat()}",
        "目的以外に使わず、期限までに返却または廃棄してください。",
        "Use it for this purpose only, and return or destroy it by the day above.",
    ]
    return "\n".join(lines) + "\n"
