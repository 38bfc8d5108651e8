"""What every page of a console is given."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.console.own import is_network
from tasuki.web.places import Place, is_within


def common(request: HttpRequest) -> dict[str, object]:
    """Return values every page shows."""
    member = getattr(request, "member", None)
    own = runtime.node()
    return {
        "member": member,
        "places": _places(request) if member is not None and getattr(request, "step", None) is None else [],
        "may_operate": member is not None and may(member, Permission.OPERATE_NODE),
        "whose": own.name,
        "is_console": True,
        "is_network": is_network(),
        "is_dummy": own.is_dummy,
        "other_language": "ja" if get_language() == "en" else "en",
        "here": request.get_full_path() if request.method == "GET" else reverse("home"),
        "languages": settings.LANGUAGES,
    }


def _places(request: HttpRequest) -> list[Place]:
    at_network = is_network()
    offered = [
        ("home", _("概況")),
        ("flow", _("流れ")),
        ("statistics", _("統計")),
        ("institutions", _("参加機関") if at_network else _("受持ちの機関")),
        *([("law", _("法令の表"))] if at_network else []),
        ("peers", _("相手方のノード")),
        ("evidence", _("証跡")),
        ("maintenance", _("保守")),
    ]
    return [Place(reverse(name), label, is_within(request.path, reverse(name))) for name, label in offered]
