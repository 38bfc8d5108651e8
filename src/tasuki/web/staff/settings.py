"""Registers and settings: what is looked after now and then, apart from the day's work."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
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


@requires(Permission.VIEW_HOME)
@require_GET
def settings(request: StaffRequest) -> HttpResponse:
    """List the registers and settings this member may look after."""
    return render(request, "settings/settings.html", {"entries": entries(request.member)})


def entries(member: Member) -> list[Entry]:
    """Return what a member may look after; what they may not is not shown."""
    offered = [
        (
            Permission.MANAGE_FACILITIES,
            "facilities",
            _("実施機関の台帳"),
            _("医療機関の番号と名前、番号が有効な期間。"),
        ),
        (
            Permission.EDIT_MAPPINGS,
            "import-mappings",
            _("送付元と対応表"),
            _("医師会や検診センターのファイルの列を、国の項目に対応させます。"),
        ),
        (
            Permission.EDIT_MAPPINGS,
            "import-hours",
            _("自動取込みの時間帯"),
            _("送付元のフォルダに届いたファイルを、何時から何時まで自動で取り込むか。"),
        ),
        (
            Permission.MANAGE_ELIGIBILITY,
            "due-options",
            _("検診の対象の決まり"),
            _("国の決まりと、この自治体で選んだこと(基準日、広げた年齢など)。"),
        ),
        (Permission.EDIT_LETTERS, "letters", _("通知の文面"), _("通知の言葉、差出人、封筒の窓。")),
        (
            Permission.VIEW_REGISTER_LOADS,
            "register-loads",
            _("住民情報の取込み"),
            _("毎日の異動と全件の取込みの結果。"),
        ),
        (
            Permission.VIEW_PROTECTED,
            "protected",
            _("支援措置の対象者"),
            _("続いている人、まもなく終わる人、最近終わった人。"),
        ),
        (
            Permission.VIEW_RECORDS,
            "records",
            _("情報提供等の記録"),
            _("いつ、どこと、何を、どの条文で照会・提供したか。"),
        ),
        (
            Permission.VIEW_ACCOUNTS,
            "accounts",
            _("利用者"),
            _("このシステムを使える人の台帳。役割、期限、最後に入った日時。"),
        ),
        (
            Permission.APPLY_FOR_ACCOUNT,
            "account-applications",
            _("利用者の申請"),
            _("新しい利用者や、役割・期間の変更を申請します。別の人が承認すると使えます。"),
        ),
    ]
    return [Entry(reverse(name), label, note) for permission, name, label, note in offered if may(member, permission)]
