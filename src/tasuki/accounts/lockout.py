"""How failed log-ins are counted.

django-axes counts by what was typed as ID and by address. People type passwords into the wrong box, so what is kept
is a keyed hash of the typed text, never the text.

Behind a device that ends TLS, or in an office with one address, everybody's address is the same; counting by ID and
address alone would let anybody lock a colleague out. A device on which an ID has logged in before is counted apart
from all others: failures elsewhere, at whatever address, never lock it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core import signing
from django.http import HttpRequest, HttpResponse

_SALT: Final = "tasuki.accounts.lockout"
_KNOWN_FOR: Final = timedelta(days=180)
#: A machine at a counter is shared by so many at most; the one who has not come for longest is forgotten.
_MOST_KNOWN: Final = 8


def username_key(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """Give the text under which attempts with this ID are counted; django-axes calls this wherever it needs the ID."""
    typed = (credentials or {}).get("username") or (request.POST.get("username", "") if request is not None else "")
    device, known = ("", ()) if request is None else _device(request)
    return _hash(f"login/{typed}/{device if _hash(typed) in known else ''}")


def _cookie() -> str:
    """Name the cookie after the session's: consoles of one machine differ in that alone."""
    return f"{settings.SESSION_COOKIE_NAME}-device"


def _hash(text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _device(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """Return the number of a device, and the hashes of the IDs that have logged in on it."""
    try:
        held = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=_KNOWN_FOR)
    except signing.BadSignature:
        return "", ()
    return held["device"], tuple(held["known"])


def remember_device(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Note on a device that an ID has logged in on it. What it keeps says nobody's ID, and cannot be made elsewhere."""
    device, known = _device(request)
    own = _hash(username)
    held = {"device": device or secrets.token_hex(16), "known": [own, *(one for one in known if one != own)]}
    held["known"] = held["known"][:_MOST_KNOWN]
    response.set_cookie(
        _cookie(),
        signing.dumps(held, salt=_SALT),
        max_age=_KNOWN_FOR,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Strict",
    )


def count_failure(request: HttpRequest, username: str) -> None:
    """Count a wrong code as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def remaining_wait(request: HttpRequest, username: str, at: datetime) -> timedelta:
    """Tell how long this ID stays locked on this device; zero when it is not."""
    latest: AccessAttempt | None = (
        AccessAttempt.objects.filter(
            username=username_key(request, {"username": username}),
            ip_address=get_client_ip_address(request),
            failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        )
        .order_by("-attempt_time")
        .first()
    )
    if latest is None:
        return timedelta(0)
    started: datetime = latest.attempt_time
    cool_off: timedelta = get_cool_off(request)
    return max(timedelta(0), started + cool_off - at)
