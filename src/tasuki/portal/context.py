"""What every page of the portal is given."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tasuki.portal import own
from tasuki.portal.guard import COOKIE
from tasuki.portal.sittings import IDLE_SECONDS, LONGEST_SECONDS
from tasuki.web.places import Place, is_within


def common(request: HttpRequest) -> dict[str, object]:
    """Return values every page shows."""
    is_signed_in = own.sittings().find(request.COOKIES.get(COOKIE, "")) is not None
    return {
        "is_signed_in": is_signed_in,
        "places": _places(request) if is_signed_in else [],
        "idle_minutes": int(IDLE_SECONDS // 60),
        "longest_minutes": int(LONGEST_SECONDS // 60),
        "other_language": "ja" if get_language() == "en" else "en",
        "here": request.path if request.method == "GET" else reverse("sign-in"),
    }


def _places(request: HttpRequest) -> list[Place]:
    offered = [("home", _("はじめ")), ("ask", _("結果の請求")), ("records", _("照会の記録"))]
    return [Place(reverse(name), label, is_within(request.path, reverse(name))) for name, label in offered]
