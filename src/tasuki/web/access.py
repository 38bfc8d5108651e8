"""Every address of a town declares who may use it: one permission, or that it is public. A test walks the addresses."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse

from tasuki.accounts.permissions import Permission
from tasuki.web import guard, protection
from tasuki.web.guard import Parameters, StaffRequest, public

__all__ = ["StaffRequest", "public", "requires"]


def requires(
    permission: Permission, *, opens_protected: bool = False, asks_again: bool = False
) -> Callable[
    [Callable[Concatenate[StaffRequest, Parameters], HttpResponse]],
    Callable[Concatenate[HttpRequest, Parameters], HttpResponse],
]:
    """Let only staff with the permission in; others are refused, which is recorded, or asked to log in.

    An address that names a protected person opens only once somebody said why (`web.protection`).

    :param opens_protected: this is where they say why, so it stands before the warning and not behind it.
    :param asks_again: what is sent here is dangerous, so the password is asked for again unless it was given lately.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, Parameters], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponse]:
        @wraps(view)
        def behind(request: StaffRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponse:
            return _behind_the_warning(view, request, args, kwargs, opens_protected)

        return guard.requires(permission, asks_again=asks_again)(behind)

    return decorate


def _behind_the_warning(
    view: Callable[..., HttpResponse],
    request: StaffRequest,
    args: tuple[object, ...],
    kwargs: dict[str, Any],
    opens_protected: bool,
) -> HttpResponse:
    """Show a page, or the warning that stands before a protected person's."""
    person = protection.protected_person(kwargs)
    if person is None or opens_protected:
        return view(request, *args, **kwargs)
    warning = protection.gate(request, person)
    if warning is not None:
        return warning
    with protection.places(shown=protection.shows_places(request, person)):
        return view(request, *args, **kwargs)
