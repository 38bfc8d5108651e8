"""What happens to every request of the screens."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tasuki import runtime
from tasuki.nodes.metrics import REQUESTS, SECONDS
from tasuki.web.errors import in_maintenance


class BehindTls:
    """Takes a request for one over TLS when a configured proxy, which ends TLS before the node, hands it over.

    Nobody else is believed, whatever headers say; without this Django would refuse forms, whose origin is https.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        screens = runtime.node().screens
        if screens.behind_tls and request.META.get("REMOTE_ADDR") in screens.proxies:
            request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


class UnderMaintenance:
    """Shows staff that the node is in maintenance instead of their pages; logging in and out stay."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> HttpResponse | None:
        current = runtime.maintenance() if hasattr(view, "permission") else None
        return None if current is None else in_maintenance(request, current, runtime.now())


class Counted:
    """Counts what was asked for by the name of its address, and how it ended; never by what the address says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.view_name if match is not None else "none"
        REQUESTS.labels(route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - started)
        return response
