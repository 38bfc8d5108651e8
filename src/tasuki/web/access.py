"""Every address of a town declares who may use it: one permission, or that it is public. A test walks the addresses."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse

from tasuki.accounts.permissions import Permission
from tasuki.accounts.types import Role
from tasuki.screening import sight
from tasuki.watching.types import Act
from tasuki.web import area, guard, protection, watching
from tasuki.web.guard import Parameters, StaffRequest, public
from tasuki.web.leaving import Leaves, watched

__all__ = ["StaffRequest", "public", "requires"]


def requires(
    permission: Permission,
    *,
    act: Act | None = None,
    sent: Act | None = None,
    shows_nobody: bool = False,
    opens_protected: bool = False,
    leaves: Leaves | None = None,
    asks_again: bool = False,
    handles_whole_town: bool = False,
) -> Callable[
    [Callable[Concatenate[StaffRequest, Parameters], HttpResponse]],
    Callable[Concatenate[HttpRequest, Parameters], HttpResponse],
]:
    """Let only staff with the permission in; others are refused, which is recorded, or asked to log in.

    An address that names a protected person opens only once somebody said why (`web.protection`).

    :param act: what the page does with people. Where it is not said, a page whose permission shows people views them,
        or changes them when something is sent to it; where it is, any page is watched.
    :param sent: the same, where only what is sent to the page does it.
    :param shows_nobody: a page of such a permission that is a form alone, and is not recorded.
    :param opens_protected: this is where they say why, so it stands before the warning and not behind it.
    :param leaves: the key of the file the address gives in `media/data/downloads.toml`, or what names it; an address
        that declares none gives no file (`web.leaving`).
    :param handles_whole_town: it is about residents of every area at once, so it opens for nobody whose work is limited
        to one.
    :param asks_again: what is sent here is dangerous, so the password is asked for again unless it was given lately.
    """

    watch = watching.watched(permission, act, sent, shows_nobody=shows_nobody)

    def decorate(
        view: Callable[Concatenate[StaffRequest, Parameters], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponse]:
        giving = watched(view, leaves)

        @wraps(view)
        def behind(request: StaffRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponse:
            with sight.limited_to(request.member.sight):
                refused = area.gate(request, kwargs, permission, handles_whole_town=handles_whole_town)
                if refused is not None:
                    return refused
                return _behind_the_warning(giving, request, args, kwargs, opens_protected, watch)

        guarded = guard.requires(permission, refused=watching.refused, asks_again=asks_again)(behind)
        guarded.watch = watch  # type: ignore[attr-defined]  # read by the test that walks the addresses
        guarded.leaves = leaves  # type: ignore[attr-defined]  # as above
        guarded.handles_whole_town = handles_whole_town  # type: ignore[attr-defined]  # as above
        return guarded

    return decorate


def _behind_the_warning(
    view: Callable[..., HttpResponse],
    request: StaffRequest,
    args: tuple[object, ...],
    kwargs: dict[str, Any],
    opens_protected: bool,
    watch: watching.Watched | None,
) -> HttpResponse:
    """Show a page, or the warning that stands before a protected person's."""

    def page() -> HttpResponse:
        return view(request, *args, **kwargs)

    named = protection.person_named(kwargs)
    person = protection.protected_person(named)
    if person is None or opens_protected:
        return _watched(page, request, watch, named)
    warning = protection.gate(request, person)
    if warning is not None:
        return warning
    with protection.places(shown=protection.shows_places(request, person)):
        return _watched(page, request, watch, named, protection.cause(request, person))


def _watched(
    page: Callable[[], HttpResponse],
    request: StaffRequest,
    watch: watching.Watched | None,
    named: str | None,
    reason: str = "",
) -> HttpResponse:
    if watch is None:
        # All that a contractor does is on record, and all that is done under an emergency role.
        if request.member.role is Role.CONTRACTOR or request.member.lent is not None:
            watching.record_page(request)
        return page()
    return watching.shown_under_watch(page, request, watch, named=named, reason=reason, veto=area.veto)
