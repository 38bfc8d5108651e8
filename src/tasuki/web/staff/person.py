"""One resident: who they are, their sash, each result, what was asked about them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import staff_names
from tasuki.eligibility import queries as due
from tasuki.eligibility.types import Status
from tasuki.layouts.render import Language
from tasuki.linkage import queries as linkage
from tasuki.linkage.queries.corrections import corrected_answers
from tasuki.screening import attachment_queries, queries
from tasuki.screening.types import Person, Source, StoredResult
from tasuki.shared.dates import age_by_birthday, civil_date, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.corrections import corrected_rows
from tasuki.web.presenters.due import due_context
from tasuki.web.presenters.inquiries import inquiry_page
from tasuki.web.presenters.invitations import invitations_context
from tasuki.web.presenters.people import gone_label, sex_label
from tasuki.web.presenters.results import leg, result_of_person, result_view, result_views
from tasuki.web.presenters.sash import sash
from tasuki.web.sealed import SealBrokenError, open_person
from tasuki.web.staff.followup.person import followup_context
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.watching import look_at


def opened(request: StaffRequest, token: str, part: str) -> Person:
    """Return the resident of an address, after recording who is about to look.

    :raises Http404: when the address is nobody's.
    """
    try:
        number = open_person(token)
    except SealBrokenError as error:
        raise Http404 from error
    look_at([number], part=part)
    found = queries.person(number)
    if found is None:
        raise Http404
    return found


def identity(person: Person, on: dt.date) -> dict[str, object]:
    """Return what the strip at the top of a person's pages shows."""
    return {
        "person": person,
        "age": age_by_birthday(person.birth_date, max(on, person.birth_date)),
        "sex": sex_label(person.sex),
        "gone": gone_label(person, on),
        "is_protected": person.is_protected(on),
    }


def provider_names(language: Language) -> dict[str, str]:
    """Return what other institutions are called."""
    return {one.institution: one.name if language is Language.JA else one.name_en for one in linkage.providers()}


def _exchange(person: Person, results: Sequence[StoredResult], language: Language) -> dict[str, object]:
    """Return whom to ask about a person, the town they came from first, and what was asked before."""
    former = linkage.provider_of(person.moved_in_from) if person.moved_in_from else None
    names = provider_names(language)
    return {
        "providers": [{"institution": code, "name": name} for code, name in names.items()],
        "former_provider": former.institution if former is not None else "",
        "moved_in_from": names[former.institution] if former is not None else person.moved_in_from,
        "inquiries": [
            inquiry_page(view, results, language) for view in linkage.inquiries_of(person.system_person_number)
        ],
    }


@requires(Permission.VIEW_PERSON)
@require_GET
def person(request: StaffRequest, token: str) -> HttpResponse:
    """Show a resident."""
    found = opened(request, token, "page")
    on = civil_date(runtime.now())
    language = current_language()
    results = queries.results_of(found.system_person_number)
    with_withdrawn = "withdrawn" in request.GET
    listed = queries.results_of(found.system_person_number, withdrawn=True) if with_withdrawn else results
    names = provider_names(language)
    assessed = due.assess_person(found.system_person_number, fiscal_year_of(on), on)
    context = (
        identity(found, on)
        | due_context(found, assessed, request.member, names, on)
        | _exchange(found, results, language)
        | invitations_context(found, request.member, staff_names(), on, language)
        | followup_context(found.system_person_number, results, token, request.member, on)
        | {
            "token": token,
            "sash": sash(
                [leg(result, token, names) for result in results],
                moved_in=found.moved_in_date,
                on=on,
                language=language,
                due=[code for code, one in assessed.items() if one.status is Status.DUE],
            ),
            "results": result_views(listed, token, names, language),
            "with_withdrawn": with_withdrawn,
            "may_inquire": may(request.member, Permission.INQUIRE),
            "may_record": may(request.member, Permission.RECORD_RESULTS),
            "corrected": corrected_rows(corrected_answers(found.system_person_number)),
            "may_disclose": may(request.member, Permission.DISCLOSE_RECORDS),
            "may_disclose_accesses": may(request.member, Permission.DISCLOSE_ACCESSES),
            "may_preview": may(request.member, Permission.PREVIEW_PORTAL),
        }
    )
    return render(request, "person/person.html", context)


@requires(Permission.VIEW_PERSON)
@require_GET
def result(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Show one result of a resident: within their page, or as a page of its own where there is no script."""
    found = opened(request, token, f"result {result_id}")
    chosen = result_of_person(queries.results_of(found.system_person_number, withdrawn=True), result_id)
    if chosen is None:
        raise Http404
    context = {
        "token": token,
        "result": result_view(chosen, token, provider_names(current_language()), current_language()),
        "may_record": may(request.member, Permission.RECORD_RESULTS),
        "may_withdraw": may(request.member, Permission.WITHDRAW_RESULT),
        "may_export": may(request.member, Permission.EXPORT_FHIR),
        "is_exportable": chosen.source is Source.OWN and chosen.withdrawn_at is None,
        "attachments": attachment_queries.attachments_of(result_id),
    }
    if request.headers.get("HX-Request"):
        return render(request, "person/result_part.html", context)
    return render(request, "person/result.html", context | identity(found, civil_date(runtime.now())))
