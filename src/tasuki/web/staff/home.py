"""My work today."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.linkage import queries as linkage
from tasuki.screening import queries as screening
from tasuki.screening.queries.residents import protection_ending
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.tiles import Mood, Tile, to_do, waiting


@requires(Permission.VIEW_HOME)
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """Show what waits for this member of staff, by what their role lets them do."""
    on = civil_date(runtime.now())
    context = {"today": on, "tiles": _tiles(request.member)}
    return render(request, "home/home.html", context)


def _tiles(member: Member) -> list[Tile]:
    """Return the counts a role can act on; numbers of people only, never who."""
    tiles: list[Tile] = []
    exchange = linkage.home_counts()
    records = screening.counts(civil_date(runtime.now()))
    if may(member, Permission.ADOPT_ANSWER):
        tiles += [
            to_do(
                _("届いた回答"),
                exchange.answers_to_adopt,
                _("読んで履歴に取り込む"),
                _("取り込む回答はありません"),
                reverse("answers"),
            ),
            waiting(
                _("回答を待つ照会"), exchange.inquiries_open, _("自動で受け取ります"), _("待っている照会はありません")
            ),
        ]
    if may(member, Permission.VIEW_IMPORTS):
        tiles += [
            to_do(
                _("取込みを確かめるファイル"),
                records.batches_to_commit,
                _("確かめて取り込む"),
                _("確かめるファイルはありません"),
                reverse("imports"),
            ),
            to_do(
                _("直す行のある取込み"),
                records.batches_with_problems,
                _("わけと直し方を見る"),
                _("直す行はありません"),
                reverse("imports"),
            ),
        ]
    if may(member, Permission.VIEW_PROTECTED):
        tiles.append(
            to_do(
                _("まもなく終わる支援措置"),
                protection_ending(civil_date(runtime.now())),
                _("延長を担当課に確かめる"),
                _("30日以内に終わるものはありません"),
                reverse("protected"),
            )
        )
    if may(member, Permission.SEARCH_PEOPLE):
        tiles += [
            waiting(_("符号を待つ人"), exchange.codes_missing, _("管理者が取得します"), _("待っている人はいません")),
            waiting(_("中間サーバーへ送る変更"), exchange.outbox_waiting, _("自動で送ります"), _("すべて送りました")),
            Tile(_("住民"), records.residents, _("探して検診歴を開く"), Mood.CALM, reverse("people")),
        ]
    return tiles
