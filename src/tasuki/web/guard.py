"""Who may open an address of any node's screens: logged in, with the one permission it declares. Knows no resident."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from tasuki import runtime
from tasuki.accounts.errors import PermissionRefusedError
from tasuki.accounts.operations import record_refusal
from tasuki.accounts.permissions import Permission, check_may
from tasuki.accounts.types import Member

Parameters = ParamSpec("Parameters")


class Step(StrEnum):
    """What whoever signed in does before anything else; its value names the page where they do it."""

    PASSWORD = "password"  # noqa: S105 — the name of a page


class StaffRequest(HttpRequest):
    """A request of a member of staff who is logged in."""

    member: Member
    step: Step | None


def requires(
    permission: Permission, *, at_step: Step | None = None
) -> Callable[
    [Callable[Concatenate[StaffRequest, Parameters], HttpResponse]],
    Callable[Concatenate[HttpRequest, Parameters], HttpResponse],
]:
    """Let only staff with the permission in; others are refused, which is recorded, or asked to log in.

    :param at_step: this is where whoever signed in does what comes before anything else.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, Parameters], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponse]:
        @wraps(view)
        def guarded(request: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponse:
            if not _is_let_in(request):
                return _ask_to_log_in(request)
            request.member = request.user.member
            request.step = _step_of(request)
            if request.step not in (None, at_step):
                return redirect(request.step.value)
            try:
                check_may(request.member, permission)
            except PermissionRefusedError as refusal:
                record_refusal(permission=permission, by=request.member.as_actor(), at=runtime.now())
                raise PermissionDenied(refusal.permission) from refusal
            response = view(request, *args, **kwargs)
            # What a page said must not be left in a shared machine's cache.
            add_never_cache_headers(response)
            return response

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the test that walks the addresses
        return guarded

    return decorate


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Declare that an address is for everybody, logged in or not."""

    @wraps(view)
    def opened(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return view(request, *args, **kwargs)

    opened.is_public = True  # type: ignore[attr-defined]  # read by the test that walks the addresses
    return opened


def _is_let_in(request: HttpRequest) -> bool:
    """Say whether a session is one of an account that lets its owner in now; end it when it is not."""
    staff = request.user
    if not staff.is_authenticated:
        return False
    if staff.lets_in(runtime.now()):
        return True
    logout(request)
    return False


def _step_of(request: HttpRequest) -> Step | None:
    """Return what whoever is logged in must do first."""
    staff = request.user
    return Step.PASSWORD if staff.is_authenticated and staff.first_password_until is not None else None


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Send to the log-in and back; a part of a page asks for the whole page to go there."""
    address = resolve_url("login")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    back = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponse(status=302, headers={"Location": f"{address}?{back}" if back else address})
