"""What a page shows of people is recorded before it leaves, at one place for every page of a town.

`web.access.requires` watches each page whose permission shows people, or that declares what it does with them. A page
about one person says so before it reads anything (`look_at`); of any other page whoever it links to was shown, and a
search also says how many it found (`note`). A page that says nothing is recorded all the same, so none can forget it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from axes.helpers import get_client_ip_address
from django.http import HttpResponse

from tasuki import runtime
from tasuki.accounts.permissions import SHOWS_PEOPLE, Permission
from tasuki.watching.operations.accesses import record_access, record_area_refused, record_refused
from tasuki.watching.types import Access, Act
from tasuki.web.guard import StaffRequest
from tasuki.web.sealed import addressed

_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Answers that show nobody: no content, not understood, refused, not there, not so.
_EMPTY: Final = frozenset({204, 400, 403, 404, 405})


@dataclass(frozen=True, slots=True)
class Watched:
    """What a page does with people when it is asked for, and when something is sent to it."""

    asked: Act
    sent: Act

    def act_of(self, method: str | None) -> Act:
        """Return what a request of the page does."""
        return self.sent if method in _CHANGING else self.asked


@dataclass(slots=True)
class Look:
    """What is known of the access while its page is made."""

    request: StaffRequest
    act: Act
    named: tuple[str, ...] = ()
    """Whom the address names."""
    people: set[str] = field(default_factory=set)
    unified: set[str] = field(default_factory=set)
    shown: int | None = None
    fields: tuple[str, ...] = ()
    reason: str = ""
    is_recorded: bool = False
    told: set[str] = field(default_factory=set)
    """Who stands in a record of this access already, by either number."""


_current: ContextVar[Look | None] = ContextVar("look", default=None)


def watched(permission: Permission, act: Act | None, sent: Act | None, *, shows_nobody: bool) -> Watched | None:
    """Return how a page is watched; None for one that shows nobody."""
    is_declared = act is not None or sent is not None
    if shows_nobody or not (is_declared or permission in SHOWS_PEOPLE):
        return None
    return Watched(act or Act.VIEW, sent or act or Act.CHANGE)


@contextmanager
def _watching(look: Look) -> Iterator[None]:
    """Know what the block shows of people, by `look_at`, by `note` and by whom it gives the address of."""
    former = _current.set(look)
    try:
        with addressed(look.people, look.unified):
            yield
    finally:
        _current.reset(former)


def shown_under_watch(
    page: Callable[[], HttpResponse],
    request: StaffRequest,
    watch: Watched,
    *,
    named: str | None,
    reason: str,
    veto: Callable[[StaffRequest, set[str]], HttpResponse | None],
) -> HttpResponse:
    """Make a page and record what it shows before it leaves; a change is recorded before it is made.

    :param named: the person whom the address names.
    :param reason: why a protected person's page was opened.
    :param veto: gives the answer that takes the page's place when whom it gives the address of may not be shown.
    """
    people = () if named is None else (named,)
    look = Look(request, watch.act_of(request.method), named=people, reason=reason)
    with _watching(look):
        if look.act is Act.CHANGE:
            _record(look, people, [])
        response = page()
        instead = veto(request, look.people)
        if instead is not None:
            return instead
    further = sorted({*people, *look.people} - look.told), sorted(look.unified - look.told)
    if (not look.is_recorded or any(further)) and _is_to_be_recorded(look.act, response):
        _record(look, *further, is_list=look.is_recorded or not people)
    return response


def look_at(people: Sequence[str] = (), *, unified: Sequence[str] = (), part: str) -> None:
    """Record that these people are about to be shown, before anything about them is read; once for each of them."""
    look = _current.get()
    if look is None:
        raise LookupError("a page that shows people is not watched: `requires` does not know that it shows any")
    if look.act is Act.CHANGE and look.named and set(people) <= set(look.named):
        # Whoever the address names stands in the record of the change.
        return
    _record(look, people or look.named, unified, part)


def note(*, shown: int | None = None, fields: Sequence[str] = (), reason: str = "", is_same_look: bool = False) -> None:
    """Add to the record of this page how many it found by which fields, or why it was opened.

    :param is_same_look: the page asks for itself again, which is no new look.
    """
    look = _current.get()
    if look is not None:
        look.shown, look.fields, look.reason = shown, tuple(fields), reason or look.reason
        look.is_recorded |= is_same_look


def thrown_away() -> None:
    """Take note that what this page made was thrown away before anybody saw it, and its records with it."""
    look = _current.get()
    if look is not None:
        look.is_recorded = True
        look.told |= {*look.named, *look.people, *look.unified}


def refused(request: StaffRequest, permission: Permission) -> None:
    """Record that a page was refused to whoever asked for it."""
    access = _access(request, Act.REFUSED, reason=permission.value)
    record_refused(permission=permission, access=access, by=request.member.as_actor(), at=runtime.now())


def refused_area(request: StaffRequest, people: Sequence[str]) -> None:
    """Record that somebody outside the area of work of whoever asked was not shown."""
    access = _access(request, Act.REFUSED, people=tuple(people), shown=0, reason="AREA")
    record_area_refused(access=access, by=request.member.as_actor(), at=runtime.now())


def record_page(request: StaffRequest) -> None:
    """Record that a page that shows nobody was opened, before it is made, by whom every page is recorded."""
    access = _access(request, Act.CHANGE if request.method in _CHANGING else Act.VIEW, shown=0)
    record_access(access=access, by=request.member.as_actor(), at=runtime.now())


def _is_to_be_recorded(act: Act, response: HttpResponse) -> bool:
    """Say whether an answer shows anybody, or sends on to where what was asked for is found, made or done."""
    if 300 <= response.status_code < 400:
        return act is not Act.VIEW
    return response.status_code not in _EMPTY


def _record(
    look: Look, people: Sequence[str], unified: Sequence[str], part: str = "", *, is_list: bool = False
) -> None:
    access = _access(
        look.request,
        look.act,
        part=part,
        is_list=is_list,
        people=tuple(people),
        unified=tuple(unified),
        shown=look.shown,
        fields=look.fields,
        reason=look.reason,
    )
    record_access(access=access, by=look.request.member.as_actor(), at=runtime.now())
    look.is_recorded = True
    look.told |= {*people, *unified}


def _access(request: StaffRequest, act: Act, **said: Any) -> Access:
    match = request.resolver_match
    return Access(
        act=act,
        page=(match.url_name or "") if match is not None else "",
        role=request.member.role.value,
        address=get_client_ip_address(request) or "",
        emergency="" if request.member.lent is None else request.member.lent.emergency,
        **said,
    )
