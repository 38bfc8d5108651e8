"""Who may open an address of any node's screens: logged in, with the one permission it declares. Knows no resident."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from tasuki import runtime
from tasuki.accounts import queries
from tasuki.accounts.errors import PermissionRefusedError
from tasuki.accounts.models import SignIn
from tasuki.accounts.operations import record_refusal
from tasuki.accounts.permissions import Permission, check_may
from tasuki.accounts.types import Member
from tasuki.web.standing import Step, asked_again, standing, step_of

Parameters = ParamSpec("Parameters")


class StaffRequest(HttpRequest):
    """A request of a member of staff who is logged in."""

    member: Member
    sign_in: SignIn
    step: Step | None


def record_refused(request: StaffRequest, permission: Permission) -> None:
    """Record that a page was refused to whoever asked for it."""
    record_refusal(permission=permission, by=request.member.as_actor(), at=runtime.now())


def requires(
    permission: Permission,
    *,
    refused: Callable[[StaffRequest, Permission], None] = record_refused,
    at_step: Step | None = None,
    asks_again: bool = False,
) -> Callable[
    [Callable[Concatenate[StaffRequest, Parameters], HttpResponse]],
    Callable[Concatenate[HttpRequest, Parameters], HttpResponse],
]:
    """Let only staff with the permission in; others are refused, which is recorded, or asked to log in.

    :param refused: how a refusal is recorded; a town records it among its accesses too.
    :param at_step: this is where whoever logged in does what comes before anything else.
    :param asks_again: what is sent here is dangerous, so the password is asked for again unless it was given lately.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, Parameters], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponse]:
        @wraps(view)
        def guarded(request: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponse:
            at = runtime.now()
            sign_in = standing(request, at)
            if sign_in is None:
                return _ask_to_log_in(request)
            # An emergency's duty is asked for anew with each page: it is over the moment its time is.
            request.member = queries.member_now(request.user, at)
            request.sign_in = sign_in
            request.step = step_of(request.user, sign_in)
            if request.step not in (None, at_step):
                return redirect(request.step.value)
            try:
                check_may(request.member, permission)
            except PermissionRefusedError as refusal:
                refused(request, permission)
                raise PermissionDenied(refusal.permission) from refusal
            asked = asked_again(request, at) if asks_again else None
            response = view(request, *args, **kwargs) if asked is None else asked
            # What a page said must not be left in a shared machine's cache.
            add_never_cache_headers(response)
            return response

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the test that walks the addresses
        guarded.asks_again = asks_again  # type: ignore[attr-defined]  # as above
        return guarded

    return decorate


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare that an address is for everybody, logged in or not."""

    @wraps(view)
    def opened(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return view(request, *args, **kwargs)

    opened.is_public = True  # type: ignore[attr-defined]  # read by the test that walks the addresses
    return opened


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Send to the log-in and back; a part of a page asks for the whole page to go there."""
    address = resolve_url("login")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    back = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponse(status=302, headers={"Location": f"{address}?{back}" if back else address})
