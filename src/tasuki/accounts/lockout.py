"""How failed log-ins are counted.

django-axes counts by what was typed as ID and by address. People type passwords into the wrong box, so what is kept
is a keyed hash of the typed text, never the text.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from axes.helpers import get_client_ip_address, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest


def username_key(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """Give the text under which attempts with this ID are counted; django-axes calls this wherever it needs the ID."""
    typed = (credentials or {}).get("username") or (request.POST.get("username", "") if request is not None else "")
    return hmac.new(settings.SECRET_KEY.encode(), f"login/{typed}".encode(), hashlib.sha256).hexdigest()


def remaining_wait(request: HttpRequest, username: str, at: datetime) -> timedelta:
    """Tell how long this ID stays locked from this address; zero when it is not."""
    latest: AccessAttempt | None = (
        AccessAttempt.objects.filter(
            username=username_key(None, {"username": username}),
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
