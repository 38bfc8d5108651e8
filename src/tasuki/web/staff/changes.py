"""Check sheets (チェックシート): what an edition of the national layouts changes, signed line by line by both sides."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.accounts.types import Role
from tasuki.changes import operations, queries
from tasuki.changes.editions import read_edition
from tasuki.changes.types import Sheet, SheetProblem, Side, UnusableEdition, Verdict
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.changes import PROBLEM_WORDS, SIDE_WORDS, VERDICT_WORDS, line_rows, sheet_file
from tasuki.web.uploads import ReceivedFile

_LONGEST = 100


class EditionForm(forms.Form):
    """The next edition, and what its sheet is called."""

    title = forms.CharField(
        label=gettext_lazy("チェックシートの名前"),
        help_text=gettext_lazy("例: 2027年7月の様式改定"),
        max_length=_LONGEST,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    file = ReceivedFile(
        archives=True,
        label=gettext_lazy("新しい版の様式(ZIP)"),
        help_text=gettext_lazy("新しい版の layouts/data フォルダをZIPに。比べるだけで、何も変えません。"),
    )


class SignForm(forms.Form):
    """What one says of some lines."""

    lines = forms.MultipleChoiceField(
        label=gettext_lazy("行"), error_messages={"required": gettext_lazy("確認した行を選んでください。")}
    )
    verdict = forms.ChoiceField(
        label=gettext_lazy("確認の結果"),
        choices=[(one.value, word) for one, word in VERDICT_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("結果を選んでください。")},
    )
    remark = forms.CharField(
        label=gettext_lazy("備考"),
        help_text=gettext_lazy("何で確かめたか。「残っている」ときは、何がいつ終わるか。"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, numbers: list[int], data: Any = None) -> None:
        super().__init__(data)
        choice = self.fields["lines"]
        assert isinstance(choice, forms.MultipleChoiceField)  # noqa: S101 — declared above
        choice.choices = [(str(number), str(number)) for number in numbers]

    def clean(self) -> dict[str, Any]:
        """Ask what is left, where something is."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("verdict") == Verdict.OPEN.value and not values.get("remark"):
            self.add_error("remark", _("何が残っているかを書いてください。"))
        return values


def side_of(role: Role) -> Side:
    """Return for whom somebody signs."""
    return Side.VENDOR if role is Role.CONTRACTOR else Side.TOWN


@requires(Permission.VIEW_CHANGES)
@require_GET
def sheets(request: StaffRequest) -> HttpResponse:
    """List the check sheets."""
    return _list(request, EditionForm())


def _list(request: StaffRequest, form: EditionForm, detail: str = "") -> HttpResponse:
    found = queries.sheets()
    drawn_by = names_of_staff(sorted({one.drawn_by for one in found}))
    context = {
        "rows": [(one, drawn_by.get(one.drawn_by, "")) for one in found],
        "form": form if may(request.member, Permission.DRAW_CHANGES) else None,
        "detail": detail,
    }
    return render(request, "changes/sheets.html", context, status=422 if form.errors else 200)


@requires(Permission.DRAW_CHANGES)
@require_POST
def draw(request: StaffRequest) -> HttpResponse:
    """Hold an edition against the present one, and draw the sheet of what changes."""
    form = EditionForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    try:
        assert file.file is not None  # noqa: S101 — an upload has one
        edition = read_edition(file.file)
    except UnusableEdition as unusable:
        form.add_error("file", str(PROBLEM_WORDS[unusable.problem]))
        return _list(request, form, unusable.detail)
    drawn = operations.draw_sheet(
        title=form.cleaned_data["title"], edition=edition, sha256=digest.hexdigest(),
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    if isinstance(drawn, SheetProblem):
        form.add_error("file", str(PROBLEM_WORDS[drawn]))
        return _list(request, form)
    return redirect("change-sheet", drawn)


@requires(Permission.VIEW_CHANGES)
@require_http_methods(["GET", "HEAD"])
def sheet(request: StaffRequest, sheet_id: UUID) -> HttpResponse:
    """Show a check sheet."""
    return _page(request, _found(sheet_id), None)


def _found(sheet_id: UUID) -> Sheet:
    found = queries.sheet(sheet_id)
    if found is None:
        raise Http404
    return found


def _page(request: StaffRequest, found: Sheet, form: SignForm | None) -> HttpResponse:
    lines = queries.lines_of(found.sheet_id)
    may_sign = may(request.member, Permission.SIGN_CHANGES)
    context = {
        "sheet": found,
        "rows": line_rows(lines),
        "sides": [SIDE_WORDS[side] for side in Side],
        "form": (form or SignForm([line.number for line in lines])) if may_sign else None,
        "side": SIDE_WORDS[side_of(request.member.role)],
        "chosen": set(request.POST.getlist("lines")) if form is not None else set(),
    }
    return render(request, "changes/sheet.html", context, status=422 if form is not None and form.errors else 200)


@requires(Permission.SIGN_CHANGES)
@require_POST
def sign(request: StaffRequest, sheet_id: UUID) -> HttpResponse:
    """Keep what one's side says of the chosen lines."""
    found = _found(sheet_id)
    form = SignForm(list(range(1, found.lines + 1)), request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    signed = operations.sign_lines(
        sheet_id=sheet_id, numbers=[int(number) for number in form.cleaned_data["lines"]],
        side=side_of(request.member.role), verdict=Verdict(form.cleaned_data["verdict"]),
        remark=form.cleaned_data["remark"], by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    messages.success(request, _("%(count)d行の確認を記録しました。") % {"count": signed})
    return redirect("change-sheet", sheet_id)


@requires(Permission.VIEW_CHANGES, leaves="check-sheet-file")
@require_GET
def file(request: StaffRequest, sheet_id: UUID) -> HttpResponse:
    """Give a check sheet as CSV."""
    found = _found(sheet_id)
    content = csv_file(sheet_file(line_rows(queries.lines_of(found.sheet_id))))
    headers = {"Content-Disposition": 'attachment; filename="check-sheet.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
