"""People of a business system registered from a file: received, looked at, registered as long work, or thrown away."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.people_files import CHECK, REGISTER, sealer
from tasuki.linkage.operations import people_files as operations
from tasuki.linkage.people_files import read_people
from tasuki.linkage.people_preview import findings_of_unreadable
from tasuki.linkage.table_files import UnreadableTable
from tasuki.persons.operations.files import note_work
from tasuki.persons.queries.files import people_file, people_files
from tasuki.persons.queries.statements import business_systems
from tasuki.persons.types.files import PeopleFile, PeopleFileState
from tasuki.screening.reading import FileInMemory
from tasuki.web.access import StaffRequest, requires
from tasuki.web.in_memory import LARGEST, keeps_uploads_in_memory
from tasuki.web.presenters.people_files import COLUMNS, file_view, problem_text, problem_views
from tasuki.web.presenters.service import may_call, system_row
from tasuki.web.uploads import ReceivedFile
from tasuki.work import operations as work
from tasuki.work.queries import work as one_work
from tasuki.work.queries import works
from tasuki.work.types import Work

#: What is larger is read by the worker, while its page shows how far it is.
AT_ONCE = 1024 * 1024


class FileForm(forms.Form):
    """Whose people, and the file."""

    system = forms.ChoiceField(label=gettext_lazy("業務システム"))
    file = ReceivedFile(
        label=gettext_lazy("宛名登録ファイル（CSV）"),
        help_text=gettext_lazy("読み込んで確かめるだけで、まだ登録しません。64MBまで。"),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["system"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        offered = [system_row(one, []) for one in business_systems().values() if may_call(one)]
        choice.choices = [("", _("選んでください")), *((str(one["system"]), str(one["name"])) for one in offered)]

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what was too large to be kept in memory."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("ファイルが大きすぎます（64MBまで）。分けて選んでください。"))
        return file


@requires(Permission.CHANGE_INDEX)
@require_GET
def files(request: StaffRequest) -> HttpResponse:
    """List the files, newest first, with the form for the next one."""
    return _list_page(request, FileForm())


def _list_page(request: StaffRequest, form: FileForm) -> HttpResponse:
    listed = people_files()
    running = works([one.work_id for one in listed if one.work_id is not None])
    context = {
        "form": form,
        "columns": COLUMNS,
        "has_systems": any(may_call(one) for one in business_systems().values()),
        "files": [file_view(one, None if one.work_id is None else running.get(one.work_id)) for one in listed],
    }
    return render(request, "index/people_files.html", context, status=422 if form.errors else 200)


def _work_of(file: PeopleFile) -> Work | None:
    return None if file.work_id is None else one_work(file.work_id)


@requires(Permission.CHANGE_INDEX)
@keeps_uploads_in_memory
@require_POST
@sensitive_variables("content", "file", "form")
def upload(request: StaffRequest) -> HttpResponse:
    """Take a file in, sealed, and show what is in it; nobody of it is registered yet."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, form)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    content = file.read()
    is_small = len(content) <= AT_ONCE
    if is_small and isinstance(read := read_people(FileInMemory(content)), UnreadableTable):
        for problem in findings_of_unreadable(read).problems:
            form.add_error("file", problem_text(problem))
        return _list_page(request, form)
    file_id, by, at = uuid4(), request.member.as_actor(), runtime.now()
    operations.receive_file(
        file_id=file_id, system=form.cleaned_data["system"], file_name=file.name or "", content=content,
        sealer=sealer(), by=by, at=at,
    )  # fmt: skip
    if not is_small:
        return _as_work(request, file_id, CHECK)
    operations.check_file(file_id=file_id, sealer=sealer(), by=by, at=at)
    return redirect("people-file", file_id)


def _as_work(request: StaffRequest, file_id: UUID, kind: str) -> HttpResponse:
    by, at = request.member.as_actor(), runtime.now()
    asked = work.ask(kind=kind, parameters={"file": str(file_id)}, by=by, at=at)
    note_work(file_id=file_id, work_id=asked.work_id, by=by, at=at)
    return redirect("work", asked.work_id)


def _found(file_id: UUID) -> PeopleFile:
    found = people_file(file_id)
    if found is None:
        raise Http404
    return found


@requires(Permission.CHANGE_INDEX)
@require_GET
def one_file(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """Show what was found in a file, and what can be done with it."""
    found = _found(file_id)
    running = _work_of(found)
    context = {
        "file": file_view(found, running),
        "findings": found.findings,
        "problems": problem_views(found),
        "is_mine": running is not None and running.asked_by == str(request.member.as_actor()),
    }
    return render(request, "index/people_file.html", context)


@requires(Permission.CHANGE_INDEX)
@require_POST
def register(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """Have the people of a file registered, unless that is under way or over."""
    found = _found(file_id)
    running = _work_of(found)
    if found.state is not PeopleFileState.CHECKED or (running is not None and not running.state.is_over):
        messages.error(request, _("このファイルの状態では実行できません。いまの状態を確かめてください。"))
        return redirect("people-file", file_id)
    return _as_work(request, file_id, REGISTER)


@requires(Permission.CHANGE_INDEX)
@require_POST
def discard(request: StaffRequest, file_id: UUID) -> HttpResponse:
    """Throw a file away."""
    found = _found(file_id)
    running = _work_of(found)
    is_under_way = running is not None and not running.state.is_over
    by, at = request.member.as_actor(), runtime.now()
    if not is_under_way and operations.discard_file(file_id=file_id, by=by, at=at):
        messages.success(request, _("このファイルは登録せず、消しました。"))
    else:
        messages.error(request, _("このファイルの状態では実行できません。いまの状態を確かめてください。"))
    return redirect("people-file", file_id)
