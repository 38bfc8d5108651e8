"""Result files: upload, preview with every problem, commit, undo."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.layouts.render import Language
from tasuki.layouts.types import Severity
from tasuki.screening import queries
from tasuki.screening.errors import NoSuchBatch, StagedRowsLost, WrongBatchState
from tasuki.screening.mapping import ImportMapping, load_mapping
from tasuki.screening.operations.imports import FileToImport, commit_import, discard_import, preview_import, undo_import
from tasuki.screening.types import AlreadyImported, Batch, BatchState, OutOfDate, UnreadableFile
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.imports import batch_view, problem_view
from tasuki.web.templatetags.tasuki import current_language

SHOWN_BATCHES = 100
_REASON_LENGTH = 200


def mapping_files() -> dict[str, Path]:
    """Return the mapping files of this node, by the name that addresses them."""
    folders: list[Path] = [*settings.IMPORT_MAPPING_FOLDERS, runtime.node().folder / "mappings"]
    return {file.stem: file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.toml"))}


def mappings() -> dict[str, ImportMapping]:
    """Return the mappings of this node: whose files it can read."""
    return {name: load_mapping(file) for name, file in mapping_files().items()}


class UploadForm(forms.Form):
    """Which file, in whose layout."""

    mapping = forms.ChoiceField(label=gettext_lazy("送り主と検診"))
    file = forms.FileField(
        label=gettext_lazy("結果ファイル(CSV)"),
        help_text=gettext_lazy("読み込んで確かめるだけで、まだ取り込みません。"),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["mapping"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        choice.choices = [("", _("選んでください")), *((key, one.name) for key, one in mappings().items())]


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=gettext_lazy("理由"), max_length=_REASON_LENGTH)


@requires(Permission.VIEW_IMPORTS)
@require_GET
def imports(request: StaffRequest) -> HttpResponse:
    """List the imports, newest first, with the form for the next one."""
    return _list_page(request, UploadForm())


@requires(Permission.IMPORT_RESULTS)
@require_POST
def upload(request: StaffRequest) -> HttpResponse:
    """Check a file and show what is in it; nothing of it counts yet."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, form)
    file = form.cleaned_data["file"]
    if not isinstance(file, TemporaryUploadedFile):
        raise TypeError("uploads are kept in files by FILE_UPLOAD_HANDLERS")
    outcome = preview_import(
        file=FileToImport(Path(file.temporary_file_path()), file.name or "", mappings()[form.cleaned_data["mapping"]]),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    match outcome:
        case AlreadyImported():
            messages.warning(request, _("このファイルは取込み済みです。その取込みを表示しています。"))
            return redirect("import", outcome.batch_id)
        case UnreadableFile():
            for problem in outcome.problems:
                view = problem_view(problem, current_language())
                form.add_error("file", f"{view.message} {view.remedy}")
            return _list_page(request, form)
        case Batch():
            return redirect("import", outcome.batch_id)


@requires(Permission.VIEW_IMPORTS)
@require_GET
def one_import(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Show an import: its counts, its problems, and what can be done with it."""
    return _batch_page(request, batch_id, ReasonForm())


@requires(Permission.IMPORT_RESULTS)
@require_POST
def commit(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Take the good rows of a previewed file into the records."""
    try:
        outcome = commit_import(batch_id=batch_id, by=request.member.as_actor(), at=runtime.now())
    except NoSuchBatch as error:
        raise Http404 from error
    except WrongBatchState:
        messages.error(request, _wrong_state())
        return redirect("import", batch_id)
    except StagedRowsLost:
        messages.error(request, _("確かめた行と残っている行が一致しません。もう一度ファイルを確かめてください。"))
        return redirect("import", batch_id)
    match outcome:
        case AlreadyImported():
            messages.warning(request, _("このファイルは取込み済みです。その取込みを表示しています。"))
            return redirect("import", outcome.batch_id)
        case OutOfDate():
            messages.error(
                request,
                _("確かめたあとに記録が変わったため、取り込みませんでした。もう一度ファイルを確かめてください。"),
            )
        case Batch():
            messages.success(request, _("%(count)d件を取り込みました。") % {"count": outcome.good_rows})
    return redirect("import", batch_id)


@requires(Permission.UNDO_IMPORT)
@require_http_methods(["POST"])
def take_back(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Undo a committed import, or throw a preview away."""
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _batch_page(request, batch_id, form)
    act = undo_import if batch.state is BatchState.COMMITTED else discard_import
    try:
        done = act(
            batch_id=batch_id, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
        )
    except WrongBatchState:
        messages.error(request, _wrong_state())
    else:
        undone = done.state is BatchState.UNDONE
        messages.success(
            request, _("取込みを取り消しました。") if undone else _("このファイルは取り込まず、捨てました。")
        )
    return redirect("import", batch_id)


def _wrong_state() -> str:
    return _("この取込みの状態では実行できません。画面を開き直して、いまの状態を確かめてください。")


def _list_page(request: StaffRequest, form: UploadForm) -> HttpResponse:
    language = current_language()
    context = {
        "form": form,
        "batches": [batch_view(batch, language) for batch in queries.batches(limit=SHOWN_BATCHES)],
        "may_import": may(request.member, Permission.IMPORT_RESULTS),
    }
    return render(request, "imports/imports.html", context, status=422 if form.errors else 200)


def _batch_page(request: StaffRequest, batch_id: UUID, form: ReasonForm) -> HttpResponse:
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    language = current_language()
    severity = _severity(request.GET.get("severity", ""))
    page = page_number(request.GET.get("page", "1"))
    # One more than a page holds tells whether there is a next one.
    found = queries.problems_of(batch_id, severity=severity, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    context = {
        "batch": batch_view(batch, language),
        "problems": [problem_view(problem, language) for problem in found[:PAGE_SIZE]],
        "severity": severity.value if severity is not None else "",
        "paging": paging(page, (page - 1) * PAGE_SIZE + len(found)),
        "form": form,
        "may_import": may(request.member, Permission.IMPORT_RESULTS),
        "may_undo": may(request.member, Permission.UNDO_IMPORT),
        "is_japanese": language is Language.JA,
    }
    return render(request, "imports/import.html", context, status=422 if form.errors else 200)


def _severity(text: str) -> Severity | None:
    return Severity(text) if text in set(Severity) else None
