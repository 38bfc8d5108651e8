"""Asking about many people by a file: upload, each line's problem, asking as long work, results."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.inquiry_files import KIND
from tasuki.linkage.inquiry_files import LARGEST, UnusableFile
from tasuki.linkage.operations import inquiry_files as operations
from tasuki.linkage.queries import inquiry_files as queries
from tasuki.linkage.types.inquiry_files import Bucket, FileView
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.inquiry_files import UNUSABLE, bucket_rows, line_rows, result_lines
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.uploads import ReceivedFile
from tasuki.work import operations as work
from tasuki.work import queries as works


class FileForm(forms.Form):
    """The file."""

    file = ReceivedFile(
        label=gettext_lazy("照会ファイル"),
        help_text=gettext_lazy("見出しなし・カンマ区切り・1行18項目・1万行まで。取り込んだだけでは照会しません。"),
        allow_empty_file=True,
    )


@requires(Permission.INQUIRE, handles_whole_town=True)
@require_http_methods(["GET", "POST"])
def files(request: StaffRequest) -> HttpResponse:
    """List the files, and take one in."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        taken = _taken(request, form)
        if isinstance(taken, UUID):
            return redirect("inquiry-file", taken)
        form.add_error("file", str(UNUSABLE[taken.reason]))
    context = {"form": form, "files": queries.files()}
    return render(request, "inquiries/files.html", context, status=422 if form.errors else 200)


def _taken(request: StaffRequest, form: FileForm) -> UUID | UnusableFile:
    uploaded = form.cleaned_data["file"]
    if uploaded.size > LARGEST:
        return UnusableFile("too_large")
    return operations.take_in(
        file_name=uploaded.name,
        content=uploaded.read(),
        own=runtime.node().own_town().institution,
        by=request.member.as_actor(),
        at=runtime.now(),
    )


@requires(Permission.INQUIRE, handles_whole_town=True)
@require_GET
def file(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """Show how the lines of a file stand; every line is in one bucket."""
    view = _existing(file_id)
    page = page_number(request.GET.get("page", "1"))
    listed = queries.outcomes(file_id, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    running = next(
        (
            one
            for one in works.works_of_kind([KIND], limit=20)
            if one.parameters.get("file_id") == str(file_id) and not one.state.is_over
        ),
        None,
    )
    context = {
        "file": view,
        "buckets": bucket_rows(view),
        "waiting": view.counts[Bucket.NOT_ASKED],
        "rows": line_rows(listed, current_language()),
        "paging": paging(page, view.line_count),
        "running": running,
    }
    return render(request, "inquiries/file.html", context)


@requires(Permission.INQUIRE, handles_whole_town=True)
@require_POST
def ask(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """Ask the lines of a file as long work: those nobody asked, and on request those that failed."""
    view = _existing(file_id)
    again = request.POST.get("again") == "yes"
    if not view.counts[Bucket.NOT_ASKED] and not (again and view.failed):
        messages.warning(request, _("照会する行がありません。"))
        return redirect("inquiry-file", file_id)
    asked = work.ask(
        kind=KIND,
        parameters={"file_id": str(file_id), "again": again},
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return redirect("work", asked.work_id)


@requires(Permission.INQUIRE, act=Act.EXPORT, leaves="inquiry-file-results", handles_whole_town=True)
@require_POST
def results(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """Give what became of every line as CSV, and record that it is taken."""
    _existing(file_id)
    outcomes = operations.take_results(file_id=file_id, by=request.member.as_actor(), at=runtime.now())
    return HttpResponse(
        csv_file(result_lines(outcomes, current_language())),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="inquiry-results.csv"'},
    )


def _existing(file_id: UUID) -> FileView:
    """Return a file.

    :raises Http404: when it is not kept.
    """
    found = queries.file(file_id)
    if found is None:
        raise Http404
    return found
