"""Long work: how far it is, cancelling it, and the files it made."""

from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.work import KINDS, work_view
from tasuki.work import operations, queries
from tasuki.work.types import Work

#: What the files of a kind of work are; those of any other kind take an approval.
_FILES: Final = {
    "evidence_export": "evidence-export",
    "inspection_pack": "inspection-pack",
    "invitations_coupons": "bulk-letters",
    "invitations_reminders": "bulk-letters",
    "invitations_print": "bulk-letters",
    "result_notices": "bulk-letters",
    "further_tests": "bulk-letters",
    "detail_reminders": "bulk-letters",
    "people_register": "people-file-answers",
}


def _file_of(work_id: UUID, output_id: UUID) -> str:
    """Name the kind of file that a piece of work made."""
    del output_id
    found = queries.work(work_id)
    return "" if found is None else _FILES.get(found.kind, found.kind)


@requires(Permission.VIEW_OWN_WORK)
@require_GET
def works(request: StaffRequest) -> HttpResponse:
    """List what this member of staff asked for, newest first."""
    found = queries.works_of(str(request.member.as_actor()))
    return render(request, "work/works.html", {"works": [work_view(one) for one in found]})


@requires(Permission.VIEW_OWN_WORK)
@require_GET
def work(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Show one piece of work; a script asks for its part again until it is over."""
    found = _own(request, work_id)
    view = work_view(found, tuple(queries.outputs_of(work_id)))
    return render(request, "work/part.html" if request.headers.get("HX-Request") else "work/work.html", {"work": view})


@requires(Permission.VIEW_OWN_WORK)
@require_POST
def cancel(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Ask for the end of work."""
    _own(request, work_id)
    operations.cancel(work_id=work_id, by=request.member.as_actor(), at=runtime.now())
    return redirect("work", work_id)


@requires(Permission.VIEW_OWN_WORK, act=Act.EXPORT, leaves=_file_of)
@require_POST
def output(request: StaffRequest, work_id: UUID, output_id: UUID) -> HttpResponse:
    """Give a file that work made to whoever asked for it, and record that it was taken."""
    found = _own(request, work_id)
    if not may(request.member, KINDS[found.kind].permission):
        raise PermissionDenied(KINDS[found.kind].permission)
    facts = next((one for one in queries.outputs_of(work_id) if one.output_id == output_id), None)
    if facts is None:
        raise Http404
    content = operations.take_output(output_id=output_id, by=request.member.as_actor(), at=runtime.now())
    if content is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=facts.file_name)
    return HttpResponse(content, content_type=facts.media_type, headers={"Content-Disposition": disposition or ""})


def _own(request: StaffRequest, work_id: UUID) -> Work:
    """Return work that this member asked for; that of others is as if it were not there."""
    found = queries.work(work_id)
    if found is None or found.asked_by != str(request.member.as_actor()):
        raise Http404
    return found
