"""What every page's template is given."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.rules import session_rules
from tasuki.accounts.types import Member
from tasuki.web.places import Place, is_within
from tasuki.web.presenters.areas import area_names
from tasuki.web.presenters.emergencies import banner
from tasuki.web.staff.settings import entries


def common(request: HttpRequest) -> dict[str, object]:
    """Return values every page shows."""
    member: Member | None = getattr(request, "member", None)
    # Whoever still has to choose a password is offered nothing else.
    is_settled = getattr(request, "step", None) is None
    town = runtime.node().town
    english = get_language() == "en"
    return {
        "member": member,
        "places": _places(request, member) if member is not None and is_settled else [],
        "works_address": reverse("works") if is_settled else "",
        "whose": "" if town is None else (town.name_en if english else town.name),
        "idle_minutes": session_rules().idle_minutes if member is not None else 0,
        "areas": None if member is None or member.areas is None else area_names(member.areas),
        "is_limited": member is not None and member.sight is not None,
        "emergency": None if member is None else banner(member.lent, runtime.now()),
        "is_dummy": runtime.node().is_dummy,
        "other_language": "ja" if english else "en",
        # Only a page that was asked for can be asked for again: a form's answer has no address of its own.
        "here": request.get_full_path() if request.method == "GET" else reverse("home"),
        "languages": settings.LANGUAGES,
    }


def _places(request: HttpRequest, member: Member) -> list[Place]:
    """Return the places this member may go to; what they may not use is not shown."""
    offered = [
        (Permission.VIEW_HOME, "home", _("ホーム")),
        (Permission.REPORT_WORK, "contractor-own", _("いまの作業")),
        (Permission.SEARCH_PEOPLE, "people", _("住民")),
        (Permission.VIEW_DUE, "due", _("検診対象")),
        (Permission.VIEW_INVITATIONS, "invitations", _("案内")),
        (Permission.VIEW_FOLLOWUP, "followup", _("精検追跡")),
        (Permission.ADOPT_ANSWER, "answers", _("届いた回答")),
        (Permission.VIEW_IMPORTS, "imports", _("取込み")),
        (Permission.VIEW_REPORTS, "reports", _("事業報告")),
        (Permission.VIEW_HELD, "held", _("手動回答")),
        (Permission.VIEW_INDEX, "index", _("統合宛名")),
        (Permission.VIEW_EVIDENCE, "evidence", _("証跡")),
    ]
    places = [
        Place(reverse(name), label, is_within(request.path, reverse(name)))
        for permission, name, label in offered
        if may(member, permission)
    ]
    looked_after = entries(member)
    if looked_after:
        own = [reverse("settings"), *(entry.address for entry in looked_after)]
        is_there = not any(place.is_current for place in places) and any(is_within(request.path, one) for one in own)
        places.append(Place(reverse("settings"), _("台帳と設定"), is_there))
    return places
