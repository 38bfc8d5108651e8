"""The area of work of a health centre (担当区域): whoever lies outside it is not shown, and that is recorded.

Lists leave such people out by themselves (`screening.sight`). Two gates stand behind that: an address that names
somebody outside does not open, and a page that gives the address of somebody outside is not sent, so that a list which
forgot the limit shows nobody rather than everybody.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tasuki.accounts.permissions import Permission, may
from tasuki.screening import sight
from tasuki.web import protection, watching
from tasuki.web.guard import StaffRequest


def gate(
    request: StaffRequest, arguments: Mapping[str, Any], permission: Permission, *, handles_whole_town: bool
) -> HttpResponse | None:
    """Return the refusal of a page that is about somebody outside the area, or about everybody; None for any other."""
    if not sight.is_limited():
        return None
    if handles_whole_town:
        watching.refused(request, permission)
        return _refusal(request, _("この画面は、区全体の住民をまとめて扱います。"))
    named = protection.person_named(arguments)
    return None if named is None or sight.sees(named) else _outside(request, [named])


def veto(request: StaffRequest, people: set[str]) -> HttpResponse | None:
    """Return what takes the place of a page that would show somebody outside the area; None where it shows nobody."""
    strangers = sight.out_of_sight(people)
    return _outside(request, sorted(strangers)) if strangers else None


def _outside(request: StaffRequest, people: list[str]) -> HttpResponse:
    watching.refused_area(request, people)
    return _refusal(request, _("この住民の住所は、あなたの担当区域の外か、どの区域にも入っていません。"))


def _refusal(request: StaffRequest, text: str) -> HttpResponse:
    context = {
        "text": text,
        "has_area": bool(request.member.areas),
        "may_ask": may(request.member, Permission.ASK_EMERGENCY),
    }
    response = render(request, "errors/area.html", context, status=403)
    if request.headers.get("HX-Request"):
        # A part of a page: the whole page goes there, and says why.
        return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path()})
    return response
