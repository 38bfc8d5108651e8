"""My work today."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.tiles import Mood, Tile


@requires(Permission.VIEW_HOME)
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """Show what waits for this member of staff, by what their role lets them do."""
    on = civil_date(runtime.now())
    context = {"today": on, "tiles": _tiles(request.member)}
    return render(request, "home/home.html", context)


def _tiles(member: Member) -> list[Tile]:
    tiles: list[Tile] = []
    if may(member, Permission.SEARCH_PEOPLE):
        counts = screening.counts(civil_date(runtime.now()))
        tiles.append(Tile(_("住民"), counts.residents, _("探して検診歴を開く"), Mood.CALM, reverse("people")))
    return tiles
