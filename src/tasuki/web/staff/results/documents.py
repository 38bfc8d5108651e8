"""A result as a FHIR document, and what is attached to one: taken out of the system, each time recorded."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.layouts.fhir import Writer
from tasuki.screening import attachment_queries
from tasuki.screening.operations.exports import export_documents, take_attachment
from tasuki.screening.types import Person, Source, StoredResult
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.person import provider_names
from tasuki.web.staff.results.common import result_at, show, today
from tasuki.web.templatetags.tasuki import current_language

_DOCUMENT = "application/fhir+json"


class ExportForm(forms.Form):
    """What somebody who takes a protected person's result out has to say that they know."""

    knows_protection = forms.BooleanField(
        label=gettext_lazy("支援措置の対象者の氏名・住所を含む文書を持ち出すことを、承知しています。")
    )


@requires(Permission.EXPORT_FHIR, sent=Act.EXPORT, leaves="result-fhir")
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Say what a document of a result holds, and give it when asked to."""
    person, stored = result_at(request, token, result_id, "fhir")
    if not may_leave(stored):
        messages.error(request, _("この結果はFHIR文書にできません。町が実施し、いま有効な結果だけを出せます。"))
        return redirect("result", token, result_id)
    needs_word = person.is_protected(today())
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or (needs_word and not form.is_valid()):
        return _page(request, person, token, stored, form if needs_word else None)
    (taken,) = export_documents(
        result_ids=[result_id], writer=own_writer(), by=request.member.as_actor(), at=runtime.now()
    )
    return _file(taken.content, f"{result_id}.json", _DOCUMENT)


def may_leave(stored: StoredResult) -> bool:
    """Say whether a document of a result would name the right author and still be true."""
    return stored.source is Source.OWN and stored.withdrawn_at is None


def own_writer() -> Writer:
    """Return the town as the writer of documents.

    :raises Http404: where this node is no town.
    """
    town = runtime.node().town
    if town is None:
        raise Http404
    return Writer(town.municipality_code, town.name)


@requires(Permission.EXPORT_FHIR, act=Act.EXPORT, leaves="result-attachment")
@require_POST
def attachment(request: StaffRequest, token: str, result_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Give a file that came with a result, byte for byte."""
    result_at(request, token, result_id, "attachment")
    kept = take_attachment(
        attachment_id=attachment_id, result_id=result_id, by=request.member.as_actor(), at=runtime.now()
    )
    if kept is None:
        raise Http404
    # What a stranger sent is never shown by the browser, whatever it says it is.
    return _file(kept.content, f"{attachment_id}.{_ENDINGS.get(kept.media_type, 'bin')}", "application/octet-stream")


_ENDINGS = {
    "text/xml": "xml", "application/xml": "xml", "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg",
}  # fmt: skip


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _page(
    request: StaffRequest, person: Person, token: str, stored: StoredResult, form: ExportForm | None
) -> HttpResponse:
    context: dict[str, object] = {
        "result": result_view(stored, token, provider_names(current_language()), current_language()),
        "attachments": attachment_queries.attachments_of(stored.result_id),
        "form": form,
    }
    is_refused = form is not None and bool(form.errors)
    return show(request, "results/fhir.html", person, token, context, status=422 if is_refused else 200)
