"""The register of medical institutions: find one, add one, give it a new name, let it end."""

import io

from django import forms
from django.contrib import messages
from django.core.files.base import File
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.screening.facility_files import HEADER, FileProblem, read_facility_file
from tasuki.screening.facility_register import Validity, changes_of, entries_of, search_facilities
from tasuki.screening.facility_rules import holds_on
from tasuki.screening.operations.facilities import (
    add_facility,
    end_facility,
    register_facilities,
    rename_facility,
)
from tasuki.screening.types import FacilityAct, FacilityProblem, FacilityRefused, FacilityRow
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import is_digits
from tasuki.shared.names import fold_digits
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.staff.results.common import names_of
from tasuki.web.uploads import ReceivedFile

_LARGEST_FILE = 5_000_000
_SHOWN_PROBLEMS = 20


def _day_field(label: object, *, required: bool = True, help_text: object = "") -> DayField:
    return DayField(
        label=label,
        help_text=help_text or gettext_lazy("例: 2026/4/1、R8.4.1"),
        max_length=30,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AddForm(forms.Form):
    """A new institution."""

    facility_number = forms.CharField(
        label=gettext_lazy("保険医療機関番号"),
        help_text=gettext_lazy(
            "10桁。都道府県2桁（東京は13）、点数表1桁（医科は1、歯科は3）、残りの7桁の順に並べます。"
        ),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("名称"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    valid_from = _day_field(gettext_lazy("有効になる日"))
    valid_to = _day_field(
        gettext_lazy("無効になる日"),
        required=False,
        help_text=gettext_lazy("この日から使えなくなります。決まっていなければ空欄にしてください。"),
    )

    def clean_facility_number(self) -> str:
        """Read digits of either width."""
        return fold_digits(self.cleaned_data["facility_number"].strip())


class RenameForm(forms.Form):
    """A new name."""

    name = forms.CharField(label=gettext_lazy("新しい名称"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    valid_from = _day_field(gettext_lazy("新しい名称になる日"))


class EndForm(forms.Form):
    """The day from which the number is held no longer."""

    valid_to = _day_field(gettext_lazy("無効になる日"), help_text=gettext_lazy("この日から使えなくなります。"))


class FileForm(forms.Form):
    """A list of institutions."""

    file = ReceivedFile(
        label=gettext_lazy("一覧のファイル(CSV、UTF-8)"),
        help_text=", ".join(HEADER),
    )


@requires(Permission.MANAGE_FACILITIES)
@require_GET
def facilities(request: StaffRequest) -> HttpResponse:
    """List the register."""
    return _list(request, FileForm())


@requires(Permission.MANAGE_FACILITIES)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """Enter one institution."""
    form = AddForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        row = FacilityRow(**form.cleaned_data)
        outcome = add_facility(row=row, by=request.member.as_actor(), at=runtime.now())
        if isinstance(outcome, FacilityRow):
            messages.success(request, _("実施機関を登録しました。"))
            return redirect("facility", outcome.facility_number)
        _explain(form, outcome)
    return render(request, "facilities/add.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.MANAGE_FACILITIES)
@require_http_methods(["GET", "POST"])
def facility(request: StaffRequest, facility_number: str) -> HttpResponse:
    """Show an institution with its history; give it another name, or let it end."""
    entries = entries_of(facility_number) if is_digits(facility_number, 10) else []
    if not entries:
        raise Http404
    act = request.POST.get("act", "") if request.method == "POST" else ""
    rename = RenameForm(request.POST if act == "rename" else None, prefix="rename")
    end = EndForm(request.POST if act == "end" else None, prefix="end")
    by, at = request.member.as_actor(), runtime.now()
    if act == "rename" and rename.is_valid():
        renamed = rename_facility(facility_number=facility_number, by=by, at=at, **rename.cleaned_data)
        if isinstance(renamed, FacilityRow):
            messages.success(request, _("新しい名称を登録しました。それまでの名称も残っています。"))
            return redirect("facility", facility_number)
        _explain(rename, renamed)
    if act == "end" and end.is_valid():
        ended = end_facility(facility_number=facility_number, by=by, at=at, **end.cleaned_data)
        if isinstance(ended, FacilityRow):
            messages.success(request, _("無効になる日を登録しました。"))
            return redirect("facility", facility_number)
        _explain(end, ended)
    return _one(request, entries, rename, end)


@requires(Permission.MANAGE_FACILITIES)
@require_http_methods(["POST"])
def upload(request: StaffRequest) -> HttpResponse:
    """Take in a list: all of it, or nothing and every line that is wrong."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form)
    read = _read(form.cleaned_data["file"])
    wrong = [one for one in read if isinstance(one, FileProblem)]
    for problem in wrong[:_SHOWN_PROBLEMS]:
        form.add_error("file", _line_text(problem))
    if len(wrong) > _SHOWN_PROBLEMS:
        form.add_error("file", _("ほかに%(count)d件あります。") % {"count": len(wrong) - _SHOWN_PROBLEMS})
    if wrong:
        return _list(request, form)
    rows = [one for one in read if isinstance(one, FacilityRow)]
    changed = register_facilities(rows=rows, by=request.member.as_actor(), at=runtime.now())
    messages.success(
        request,
        _("%(total)d件を読み取り、%(changed)d件を登録・変更しました。") % {"total": len(rows), "changed": changed},
    )
    return redirect("facilities")


def _read(file: "File[bytes]") -> list[FacilityRow] | list[FileProblem]:
    if (file.size or 0) > _LARGEST_FILE:
        return [FileProblem(0, None)]
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return [FileProblem(0, None)]
    return read_facility_file(io.StringIO(text, newline=""))


def _line_text(found: FileProblem) -> str:
    if found.line == 0:
        return _("UTF-8のCSVファイルとして読み取れません。5MBまでのファイルを選んでください。")
    if found.problem is None:
        return _("%(line)d行目: 項目の並びか日付（2026-04-01の形）が違います。") % {"line": found.line}
    return _("%(line)d行目: %(problem)s") % {"line": found.line, "problem": _words(found.problem)}


def _list(request: StaffRequest, form: FileForm) -> HttpResponse:
    on = civil_date(runtime.now())
    text = request.GET.get("text", "")[:100]
    wanted = request.GET.get("validity", "")
    validity = Validity(wanted) if wanted in set(Validity) else Validity.CURRENT
    page = page_number(request.GET.get("page", "1"))
    found = search_facilities(text=text, validity=validity, on=on, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    choices = [
        (Validity.CURRENT, _("有効なもの")), (Validity.EXPIRED, _("無効になったもの")), (Validity.ALL, _("すべて")),
    ]  # fmt: skip
    context = {
        "rows": [
            {"entry": row, "is_current": holds_on(row, on), "is_coming": row.valid_from > on} for row in found.rows
        ],
        "paging": paging(page, found.total),
        "text": text,
        "validity": validity.value,
        "choices": [{"value": value.value, "label": label} for value, label in choices],
        "form": form,
    }
    return render(request, "facilities/list.html", context, status=422 if form.errors else 200)


def _one(request: StaffRequest, entries: list[FacilityRow], rename: RenameForm, end: EndForm) -> HttpResponse:
    changes = changes_of(entries[0].facility_number)
    names = names_of(change.changed_by for change in changes)
    context = {
        "newest": entries[-1],
        "entries": list(reversed(entries)),
        "is_open": entries[-1].valid_to is None,
        "changes": [{"change": change, "act": _act(change.act), "who": names[change.changed_by]} for change in changes],
        "rename": rename,
        "end": end,
    }
    return render(request, "facilities/facility.html", context, status=422 if rename.errors or end.errors else 200)


def _explain(form: forms.Form, refused: FacilityRefused) -> None:
    """Put each reason beside its field."""
    for problem in refused.problems:
        fields = [field for field in _FIELDS.get(problem, ()) if field in form.fields]
        form.add_error(fields[0] if fields else None, _words(problem))


_FIELDS = {
    FacilityProblem.NUMBER_LENGTH: ("facility_number",),
    FacilityProblem.NUMBER_PREFECTURE: ("facility_number",),
    FacilityProblem.NUMBER_POINTS_TABLE: ("facility_number",),
    FacilityProblem.NAME_MISSING: ("name",),
    FacilityProblem.NAME_TOO_LONG: ("name",),
    FacilityProblem.SAME_NAME: ("name",),
    FacilityProblem.PERIODS_OVERLAP: ("valid_from",),
    FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS: ("valid_to", "valid_from"),
}


def _words(problem: FacilityProblem) -> str:
    words = {
        FacilityProblem.NUMBER_LENGTH: _("番号は10桁の数字です。先頭の0が落ちていないか確認してください。"),
        FacilityProblem.NUMBER_PREFECTURE: _("最初の2桁が都道府県の番号（01から47）ではありません。"),
        FacilityProblem.NUMBER_POINTS_TABLE: _("3桁目の点数表の番号は、医科が1、歯科が3です。"),
        FacilityProblem.NAME_MISSING: _("名称を入力してください。"),
        FacilityProblem.NAME_TOO_LONG: _("名称が長すぎます。100バイト（全角50文字）までにしてください。"),
        FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS: _("有効になる日より後の日にしてください。"),
        FacilityProblem.PERIODS_OVERLAP: _(
            "この番号はその期間に登録されています。今ある登録を終わらせてから追加してください。"
        ),
        FacilityProblem.NOT_REGISTERED: _("この番号は登録されていません。"),
        FacilityProblem.ALREADY_ENDED: _("この番号には無効になる日が登録されています。"),
        FacilityProblem.SAME_NAME: _("いまの名称と同じです。"),
    }
    return words[problem]


def _act(act: FacilityAct) -> str:
    words = {
        FacilityAct.ADDED: _("登録"),
        FacilityAct.CHANGED: _("一覧による変更"),
        FacilityAct.RENAMED: _("名称の変更"),
        FacilityAct.ENDED: _("無効になる日の登録"),
    }
    return words[act]
