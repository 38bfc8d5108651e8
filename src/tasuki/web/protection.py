"""Pages of protected persons (支援措置): each opens only after a reason, for one session, one person and a short time.

`web.access.requires` asks `gate` before every view, so that no page can forget: whatever address names a person, by a
token or by one of our inquiries, stops here first. Names of medical institutions stay hidden unless the reason was
given for them too: where somebody was examined says where they live.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki import runtime
from tasuki.linkage import queries as linkage
from tasuki.linkage.types import SYSTEM
from tasuki.persons import queries as index
from tasuki.screening import queries as screening
from tasuki.screening.protection import ProtectionRule, protection_rule
from tasuki.screening.queries import protection as lists
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.reasons import OpenForm
from tasuki.web.sealed import SealBrokenError, open_person, open_unified, seal_person

_PLACE: Final = "protected_opened"
#: Pages that must show where somebody was examined, such as the form in which that is corrected, or a file of it.
NEEDS_PLACES: Final = frozenset({"result-correct", "result-history", "result-fhir", "result-attachment", "letter"})
_hidden: ContextVar[bool] = ContextVar("places_hidden", default=False)


def place_label(name: str) -> str:
    """Return the name of a medical institution as this page may show it."""
    return _("支援措置のため隠しています") if name and _hidden.get() else name


@contextmanager
def places(*, shown: bool) -> Iterator[None]:
    """Show or hide the names of medical institutions for the length of the block."""
    former = _hidden.set(not shown)
    try:
        yield
    finally:
        _hidden.reset(former)


def protected_person(number: str | None) -> Person | None:
    """Return the person of a number (宛名番号), if they are protected."""
    person = None if number is None else screening.person(number)
    return person if person is not None and person.is_protected(civil_date(runtime.now())) else None


def person_named(arguments: Mapping[str, Any]) -> str | None:
    """Return the number (宛名番号) of whom an address names, if it names somebody."""
    if "token" in arguments:
        token = str(arguments["token"])
        try:
            return open_person(token)
        except SealBrokenError:
            return _person_of_index(token)
    if "number" in arguments:
        inquiry = linkage.inquiry(str(arguments["number"]))
        return None if inquiry is None else inquiry.system_person_number
    return None


def _person_of_index(token: str) -> str | None:
    try:
        unified = open_unified(token)
    except SealBrokenError:
        # Nobody's address; the view says so.
        return None
    return index.system_numbers(SYSTEM, [unified]).get(unified)


def gate(request: HttpRequest, person: Person) -> HttpResponse | None:
    """Return the warning that stands before a protected person's page; None where it was passed already."""
    address = request.resolver_match.url_name if request.resolver_match is not None else None
    needs_places = address in NEEDS_PLACES
    granted = _grant(request, person)
    if granted is not None and (shows_places(request, person) or not needs_places):
        return None
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path()})
    form = OpenForm(
        initial={"next": request.get_full_path() if request.method == "GET" else "", "places": needs_places}
    )
    return warning(request, person, form, status=403, needs_places=needs_places)


def warning(
    request: HttpRequest, person: Person, form: OpenForm, *, status: int, needs_places: bool = False
) -> HttpResponse:
    """Show what to mind before a protected person's page, and ask why it is needed. It says nothing about them."""
    at = runtime.now()
    arguments = request.resolver_match.kwargs if request.resolver_match is not None else {}
    token = str(arguments.get("token") or seal_person(SystemPersonNumber(person.system_person_number)))
    is_of_index = request.path.startswith(reverse("index"))
    context = {
        "form": form,
        "action": reverse("index-open" if is_of_index else "person-open", args=[token]),
        "back": reverse("index" if is_of_index else "people"),
        "is_only_held": person.is_held,
        "standing": lists.standing(at),
        "minutes": _minutes(at),
        "needs_places": needs_places,
    }
    return render(request, "protection/warning.html", context, status=status)


def open_for(request: HttpRequest, person: Person, *, cause: str, with_places: bool) -> None:
    """Let this session open the person's pages for a while; the reason is on record already."""
    at = runtime.now()
    kept = {
        # Whoever was looked at long ago need not be kept in the session.
        key: one
        for key, one in request.session.get(_PLACE, {}).items()
        if dt.datetime.fromisoformat(one["until"]) + dt.timedelta(minutes=_minutes(at)) > at
    }
    until = (at + dt.timedelta(minutes=_minutes(at))).isoformat()
    kept[_key(person)] = {"until": until, "places": with_places, "cause": cause}
    request.session[_PLACE] = kept


def shows_places(request: HttpRequest, person: Person) -> bool:
    """Say whether this session may see where the person was examined."""
    granted = _grant(request, person)
    return granted is not None and bool(granted["places"])


def cause(request: HttpRequest, person: Person) -> str:
    """Return why this session opened the person's pages, as a code."""
    granted = _grant(request, person)
    return "" if granted is None else str(granted["cause"])


def _grant(request: HttpRequest, person: Person) -> Mapping[str, Any] | None:
    """Return what the session may see of the person now.

    What was typed into a page may be sent for as long again: a form must not be lost because it took its time.
    """
    kept: Mapping[str, Any] | None = request.session.get(_PLACE, {}).get(_key(person))
    if kept is None:
        return None
    at = runtime.now()
    until = dt.datetime.fromisoformat(kept["until"])
    if request.method == "POST":
        until += dt.timedelta(minutes=_minutes(at))
    return kept if at < until else None


def _key(person: Person) -> str:
    """Return what stands for a person in the session, which must not hold a 宛名番号."""
    return seal_person(SystemPersonNumber(person.system_person_number))


def _minutes(at: dt.datetime) -> int:
    return protection_rule(ProtectionRule.OPEN_MINUTES, civil_date(at))
