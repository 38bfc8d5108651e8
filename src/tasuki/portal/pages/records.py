"""Who asked about me: the network's records of exchanges, as they are disclosed to their person."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from tasuki.portal import asking
from tasuki.portal.guard import Seated, bad_request, for_the_person
from tasuki.portal.words import OUTCOMES, Words, data_set_label, name_of
from tasuki.protocol.self_reading import RecordsPlace, SelfRecord


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One exchange as its person reads it."""

    requested_at: dt.datetime
    provided_at: dt.datetime | None
    inquirer: str
    provider: str
    what: tuple[str, ...]
    department: str
    procedure: str
    basis: str
    number: str
    outcome: Words
    is_own: bool
    is_corrected: bool


@for_the_person
@require_http_methods(["GET", "POST"])
def records(request: HttpRequest, seated: Seated) -> HttpResponse:
    """Show who asked whom about this person; earlier ones by a form, so that no address names an exchange."""
    try:
        before = RecordsPlace.model_validate(_place(request)) if request.method == "POST" else None
    except ValidationError:
        return bad_request(request)
    told = asking.records(seated.code, before)
    context = {"records": [_shown(one) for one in told.records], "earlier": told.earlier, "is_later_page": before}
    return render(request, "portal/records.html", context)


def _place(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in ("requested_at", "transaction_number")}


def _shown(one: SelfRecord) -> ShownRecord:
    return ShownRecord(
        requested_at=one.requested_at,
        provided_at=one.provided_at,
        inquirer=name_of(one.inquirer),
        provider=name_of(one.provider),
        what=tuple(data_set_label(code) for code in one.data_sets),
        department=one.department,
        procedure=one.procedure,
        basis=one.basis,
        number=one.transaction_number,
        outcome=OUTCOMES[one.outcome],
        is_own=one.is_own,
        is_corrected=one.is_corrected,
    )
