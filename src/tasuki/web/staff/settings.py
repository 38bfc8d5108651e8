"""Registers and settings: what is looked after now and then, apart from the day's work."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.web.access import StaffRequest, requires


@dataclass(frozen=True, slots=True)
class Entry:
    """One register or setting: where it is, and what it is for."""

    address: str
    label: str
    note: str


#: Every register and setting: the permission it takes, its page, its name and what it is for.
_OFFERED: Final[tuple[tuple[Permission, str, Promise, Promise], ...]] = (
    (
        Permission.MANAGE_FACILITIES,
        "facilities",
        gettext_lazy("実施機関の台帳"),
        gettext_lazy("医療機関の番号と名前、番号が有効な期間。"),
    ),
    (
        Permission.EDIT_MAPPINGS,
        "import-mappings",
        gettext_lazy("送付元と対応表"),
        gettext_lazy("医師会や検診センターのファイルの列を、国の項目に対応させます。"),
    ),
    (
        Permission.EDIT_MAPPINGS,
        "import-hours",
        gettext_lazy("自動取込みの時間帯"),
        gettext_lazy("送付元のフォルダに届いたファイルを、何時から何時まで自動で取り込むか。"),
    ),
    (
        Permission.MANAGE_ELIGIBILITY,
        "due-options",
        gettext_lazy("検診の対象の決まり"),
        gettext_lazy("国の決まりと、この自治体で選んだこと(基準日、広げた年齢など)。"),
    ),
    (Permission.EDIT_LETTERS, "letters", gettext_lazy("通知の文面"), gettext_lazy("通知の言葉、差出人、封筒の窓。")),
    (
        Permission.VIEW_REGISTER_LOADS,
        "register-loads",
        gettext_lazy("住民情報の取込み"),
        gettext_lazy("毎日の異動と全件の取込みの結果。"),
    ),
    (
        Permission.VIEW_PROTECTED,
        "protected",
        gettext_lazy("支援措置の対象者"),
        gettext_lazy("続いている人、まもなく終わる人、最近終わった人。"),
    ),
    (
        Permission.VIEW_RECORDS,
        "records",
        gettext_lazy("情報提供等の記録"),
        gettext_lazy("いつ、どこと、何を、どの条文で照会・提供したか。"),
    ),
    (
        Permission.VIEW_CHANGES,
        "change-sheets",
        gettext_lazy("様式改定と切替"),
        gettext_lazy("国の様式の新しい版で変わる項目の確認と、旧システムからの仮移行・切替の計画。"),
    ),
    (
        Permission.VIEW_ACCESS_LOG,
        "accesses",
        gettext_lazy("アクセス記録"),
        gettext_lazy("職員の誰が、いつ、どの画面で、誰の情報を扱ったか。"),
    ),
    (
        Permission.REQUEST_EXPORT,
        "exports",
        gettext_lazy("持出し管理簿"),
        gettext_lazy("ファイルの持出しの申請・承認と、返却・廃棄の確認。"),
    ),
    (
        Permission.VIEW_CHECKS,
        "checks",
        gettext_lazy("確認記録票"),
        gettext_lazy("個人情報保護対策の年に一度の点検。評価、指摘と改善、二人の署名。"),
    ),
    (
        Permission.TELL_INCIDENT,
        "incidents",
        gettext_lazy("漏えい等の事案"),
        gettext_lazy("疑いの届出、国への報告の期限、影響を受けた人、報告と通知の案。"),
    ),
    (
        Permission.VIEW_ERASURES,
        "erasures",
        gettext_lazy("消去管理簿"),
        gettext_lazy("保存期間と、過ぎた記録の消去の申請・承認、消去証明書。"),
    ),
    (
        Permission.VIEW_CONTRACTORS,
        "contractors",
        gettext_lazy("委託作業"),
        gettext_lazy("委託先の作業の申請・審査・立会い・検査と、取扱者、入退室、機器、鍵の台帳。"),
    ),
    (
        Permission.VIEW_DISTRICTS,
        "districts",
        gettext_lazy("担当区域"),
        gettext_lazy("保健センターごとの町・丁目。担当者に見える住民の範囲が決まる。"),
    ),
    (
        Permission.VIEW_EMERGENCIES,
        "emergencies",
        gettext_lazy("緊急時の権限"),
        gettext_lazy("待てないときに職務を短い時間だけ借りる申請。ほかの人が開き、警告が出る。"),
    ),
    (
        Permission.VIEW_HOME,
        "environment",
        gettext_lazy("環境の区分"),
        gettext_lazy("本番か模擬データか、取り込めるものは何か。"),
    ),
    (
        Permission.VIEW_ACCOUNTS,
        "accounts",
        gettext_lazy("利用者"),
        gettext_lazy("このシステムを使える人の台帳。役割、期限、最後に入った日時。"),
    ),
    (
        Permission.APPLY_FOR_ACCOUNT,
        "account-applications",
        gettext_lazy("利用者の申請"),
        gettext_lazy("新しい利用者や、役割・期間の変更を申請します。別の人が承認すると使えます。"),
    ),
)


@requires(Permission.VIEW_HOME)
@require_GET
def settings(request: StaffRequest) -> HttpResponse:
    """List the registers and settings this member may look after."""
    return render(request, "settings/settings.html", {"entries": entries(request.member)})


def entries(member: Member) -> list[Entry]:
    """Return what a member may look after; what they may not is not shown."""
    allowed = [one for one in _OFFERED if may(member, one[0])]
    return [Entry(reverse(name), str(label), str(note)) for _permission, name, label, note in allowed]
