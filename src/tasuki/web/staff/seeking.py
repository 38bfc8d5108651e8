"""Seeking whom to ask about a resident, when the register does not say where they lived before."""

from collections.abc import Mapping
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.town import asker
from tasuki.layouts.render import Language
from tasuki.linkage.operations.seeking import seek_providers
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.seeking import SeekOutcome
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.staff.person import identity, opened
from tasuki.web.templatetags.tasuki import current_language

#: What became of the search, what to do, and the article.
_ENDS: Final[Mapping[SeekOutcome, tuple[Promise, Promise, str]]] = {
    SeekOutcome.OWN_CODE_MISSING: (
        gettext_lazy("この人の符号をまだ取得していません。"),
        gettext_lazy("転入してすぐの人は、符号の取得に1日ほどかかります。明日、もう一度探してください。"),
        "番号法21条の2",
    ),
    SeekOutcome.NO_LEGAL_BASIS: (
        gettext_lazy("法令の根拠がないため、探せませんでした。"),
        gettext_lazy("この事務で照会してよいという規定が、今日はありません。システム管理者に知らせてください。"),
        "番号法21条2項1号",
    ),
    SeekOutcome.NO_ASSESSMENT: (
        gettext_lazy("特定個人情報保護評価が公表されていないため、探せませんでした。"),
        gettext_lazy("評価の公表が終わるまで、照会も検索も止まります。システム管理者に知らせてください。"),
        "番号法21条2項2号・28条",
    ),
    SeekOutcome.SUSPENDED: (
        gettext_lazy("この自治体の連携が止められているため、探せませんでした。"),
        gettext_lazy("情報提供ネットワークシステムの運用者が止めています。再開のあと、もう一度探してください。"),
        "番号法24条",
    ),
    SeekOutcome.UNREACHED: (
        gettext_lazy("情報提供ネットワークシステムにつながりませんでした。"),
        gettext_lazy("少し待って、もう一度探してください。続くときはシステム管理者に知らせてください。"),
        "命令85号40条",
    ),
}


@requires(Permission.INQUIRE)
@require_POST
def seek(request: StaffRequest, token: str) -> HttpResponse:
    """Ask the network who may be asked about a resident, and list them, each with a button that asks."""
    person = opened(request, token, "seek providers")
    try:
        found = seek_providers(
            person=person.system_person_number,
            asker=asker(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except ExchangeFailed:
        messages.error(request, _("中間サーバーにつながりません。少し待って、もう一度探してください。"))
        return redirect("person", token)
    if found is None:
        messages.error(
            request,
            _("この住民は統合宛名にまだ登録されていないため、探せません。翌日の取込みのあとで試してください。"),
        )
        return redirect("person", token)
    english = current_language() is Language.EN
    title, text, article = _ENDS.get(found.outcome, ("", "", "命令85号40条3項・4項"))
    context = identity(person, civil_date(runtime.now())) | {
        "token": token,
        "providers": [
            {"institution": one.institution, "name": one.name_en if english else one.name} for one in found.providers
        ],
        "unlisted": found.unlisted,
        "is_told": found.outcome is SeekOutcome.TOLD,
        "title": title,
        "text": text,
        "article": article,
        "basis": found.basis,
    }
    return render(request, "inquiries/sought.html", context)
