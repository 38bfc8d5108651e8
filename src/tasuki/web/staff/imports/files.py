"""Result files: upload, preview with every problem, commit, undo."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.imports import FHIR, own_municipality, rules_of_today
from tasuki.screening import import_queries, mapping_queries, queries
from tasuki.screening.errors import NoSuchBatch, StagedRowsLost, WrongBatchState
from tasuki.screening.import_types import SenderMapping
from tasuki.screening.operations.fhir_imports import preview_documents
from tasuki.screening.operations.import_files import Arrival, Arrived, preview_files
from tasuki.screening.operations.imports import commit_import, discard_import, undo_import
from tasuki.screening.reading import is_archive
from tasuki.screening.types import AlreadyImported, Batch, BatchState, Origin, OutOfDate
from tasuki.screening.uploads import keep_upload
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.imports import batch_view, chosen_rows, counts_view, problem_view, row_views, rule_view
from tasuki.web.presenters.work import work_view
from tasuki.web.staff.imports.listing import listing
from tasuki.web.staff.imports.places import received, uploads
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.uploads import ReceivedFile
from tasuki.work import operations as work
from tasuki.work import queries as work_queries

#: What is larger, or an archive, is checked by the worker while its page shows how far it is.
AT_ONCE = 1024 * 1024
#: So many rows are stored while somebody waits for the page; more are stored by the worker.
ROWS_AT_ONCE = 10_000
PREVIEW, COMMIT = "import_preview", "import_commit"
_REASON_LENGTH = 200


class UploadForm(forms.Form):
    """Which file, by whose mapping."""

    mapping = forms.ChoiceField(label=gettext_lazy("送付元と取込み定義"))
    file = ReceivedFile(
        archives=True,
        label=gettext_lazy("結果ファイル(CSV・固定長・FHIR文書・ZIP)"),
        help_text=gettext_lazy("読み込んで確かめるだけで、まだ取り込みません。"),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["mapping"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        documents = (_("FHIR文書"), [(FHIR, _("自治体検診結果報告書(FHIR)"))])
        choice.choices = [("", _("選んでください")), *_mapping_choices(), documents]


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=gettext_lazy("理由"), max_length=_REASON_LENGTH)


def _mapping_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Offer each sender's mappings, and to choose among them by the file's own columns."""
    by_sender: dict[str, list[SenderMapping]] = {}
    for one in mapping_queries.mappings():
        by_sender.setdefault(one.sender_name, []).append(one)
    return [
        (name, [(f"sender:{own[0].sender_id}", _("%(sender)s(列から自動で選ぶ)") % {"sender": name}),
                *((f"mapping:{one.mapping_id}", one.name) for one in own)])
        for name, own in by_sender.items()
    ]  # fmt: skip


def mappings_of_choice(choice: str) -> tuple[SenderMapping, ...]:
    """Return the mappings a choice of the form stands for."""
    kind, _separator, number = choice.partition(":")
    known = mapping_queries.mappings()
    if kind == "sender":
        return tuple(one for one in known if str(one.sender_id) == number)
    return tuple(one for one in known if str(one.mapping_id) == number)


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
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    place = received(file)
    if (file.size or 0) > AT_ONCE or is_archive(place):
        upload_id = uuid4()
        facts = {"name": file.name or "", "mapping": form.cleaned_data["mapping"]}
        keep_upload(uploads(), upload_id, place, facts)
        asked = work.ask(
            kind=PREVIEW, parameters={"upload": str(upload_id)}, by=request.member.as_actor(), at=runtime.now()
        )
        return redirect("work", asked.work_id)
    if form.cleaned_data["mapping"] == FHIR:
        return _after_preview(request, form, _preview_documents(request, place, file.name or ""))
    arrived = preview_files(
        arrival=Arrival(place, file.name or "", mappings_of_choice(form.cleaned_data["mapping"]), Origin.SCREEN),
        folder=uploads(),
        keeps_unreadable=False,
        by=request.member.as_actor(),
        at=runtime.now(),
        objecting=rules_of_today(),
    )
    return _after_preview(request, form, arrived)


def _preview_documents(request: StaffRequest, place: Path, name: str) -> Arrived:
    return preview_documents(
        arrival=Arrival(place, name, (), Origin.SCREEN),
        folder=uploads(),
        municipality=own_municipality(),
        keeps_unreadable=False,
        by=request.member.as_actor(),
        at=runtime.now(),
        objecting=rules_of_today(),
    )


def _after_preview(request: StaffRequest, form: UploadForm, arrived: Arrived) -> HttpResponse:
    if arrived.already:
        messages.warning(request, _("このファイルは取込み済みです。その取込みを表示しています。"))
    if len(arrived.batches) > 1:
        messages.info(
            request,
            _("検診ごとに%(count)d件の取込みに分けました。ほかは一覧にあります。") % {"count": len(arrived.batches)},
        )
    if arrived.first is not None:
        return redirect("import", arrived.first)
    for problem in arrived.problems:
        view = problem_view(problem, current_language())
        form.add_error("file", f"{view.message} {view.remedy}")
    return _list_page(request, form)


@requires(Permission.VIEW_IMPORTS)
@require_GET
def one_import(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Show an import: its counts, the rows to look at, and what can be done with it."""
    return batch_page(request, batch_id, ReasonForm())


@requires(Permission.IMPORT_RESULTS)
@require_POST
def commit(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Take the rows that may go in into the records."""
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    if import_queries.row_counts(batch).can_go_in > ROWS_AT_ONCE:
        asked = work.ask(
            kind=COMMIT, parameters={"batch": str(batch_id)}, by=request.member.as_actor(), at=runtime.now()
        )
        return redirect("work", asked.work_id)
    try:
        outcome = commit_import(
            batch_id=batch_id, by=request.member.as_actor(), at=runtime.now(), objecting=rules_of_today()
        )
    except WrongBatchState:
        messages.error(request, wrong_state())
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
            count = outcome.stored_rows - batch.stored_rows
            messages.success(request, _("%(count)d件を取り込みました。") % {"count": count})
    return redirect("import", batch_id)


@requires(Permission.UNDO_IMPORT, asks_again=True)
@require_POST
def take_back(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Undo a committed import, or throw a preview away."""
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return batch_page(request, batch_id, form)
    act = undo_import if batch.state is BatchState.COMMITTED else discard_import
    try:
        done = act(
            batch_id=batch_id, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
        )
    except (WrongBatchState, NoSuchBatch):
        messages.error(request, wrong_state())
    else:
        undone = done.state is BatchState.UNDONE
        messages.success(
            request, _("取込みを取り消しました。") if undone else _("このファイルは取り込まず、捨てました。")
        )
    return redirect("import", batch_id)


def wrong_state() -> str:
    """Say that somebody else was quicker."""
    return _("この取込みの状態では実行できません。画面を開き直して、いまの状態を確かめてください。")


def _list_page(request: StaffRequest, form: UploadForm) -> HttpResponse:
    under_way = [one for one in work_queries.works_of_kind([PREVIEW, COMMIT], limit=20) if not one.state.is_over]
    own = str(request.member.as_actor())
    context = {
        "form": form,
        "has_mappings": bool(mapping_queries.mappings()),
        "under_way": [(work_view(one), one.asked_by == own) for one in under_way],
        "listing": listing(request.GET.dict(), current_language()),
        "may_import": may(request.member, Permission.IMPORT_RESULTS),
        "may_edit": may(request.member, Permission.EDIT_MAPPINGS),
    }
    return render(request, "imports/imports.html", context, status=422 if form.errors else 200)


def batch_page(request: StaffRequest, batch_id: UUID, form: ReasonForm) -> HttpResponse:
    """Show an import with the rows of one kind, and what was refused of a form on its page."""
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    language = current_language()
    chosen = chosen_rows(request.GET)
    page = page_number(request.GET.get("page", "1"))
    total, found = import_queries.problem_rows(
        batch_id,
        state=chosen.state,
        has_errors=chosen.has_errors,
        rule=chosen.rule or None,
        line=chosen.line,
        limit=PAGE_SIZE,
        offset=(page - 1) * PAGE_SIZE,
    )
    counts = import_queries.row_counts(batch)
    rules = [rule_view(one, language) for one in import_queries.rule_counts(batch_id)]
    context = {
        "batch": batch_view(batch, language),
        "counts": counts_view(batch, counts),
        "file_problems": [problem_view(one, language) for one in import_queries.file_problems(batch_id)],
        "rules": rules,
        "rule": next((one for one in rules if one.rule == chosen.rule), None),
        "rows": row_views(found, batch, language),
        "chosen": chosen,
        "found_text": ngettext("%(count)d行", "%(count)d行", total) % {"count": total},
        "paging": paging(page, total),
        "form": form,
        "may_import": may(request.member, Permission.IMPORT_RESULTS),
        "may_undo": may(request.member, Permission.UNDO_IMPORT),
    }
    return render(request, "imports/import.html", context, status=422 if form.errors else 200)
