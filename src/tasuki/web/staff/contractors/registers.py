"""The registers of contractors: firms, handlers and their supervisors, pledges, training."""

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.contractors import operations, queries
from tasuki.contractors.types import Designation, Firm, HandlerRow, Problem
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.presenters.contractors import PROBLEM_WORDS, contract_words, handler_words, handlers_head, year_now

_DAY = gettext_lazy("例: 2026/4/1、R8.4.1")


class FirmForm(forms.Form):
    """A contractor and its contract."""

    name = forms.CharField(label=gettext_lazy("委託先の名前"), max_length=100)
    contract = forms.CharField(label=gettext_lazy("契約番号"), max_length=50)
    contract_from = DayField(label=gettext_lazy("契約の始まる日"), help_text=_DAY)
    contract_to = DayField(label=gettext_lazy("契約の最後の日"), help_text=_DAY)

    def clean(self) -> dict[str, Any]:
        """Ask for days in their order."""
        values: dict[str, Any] = self.cleaned_data
        first, last = values.get("contract_from"), values.get("contract_to")
        if first and last and last < first:
            self.add_error("contract_to", _("始まる日より前です。契約書を見て、始まる日以後の日を入れてください。"))
        return values


class HandlerForm(forms.Form):
    """Somebody a contractor designated."""

    firm = forms.ChoiceField(label=gettext_lazy("委託先"))
    name = forms.CharField(label=gettext_lazy("氏名"), max_length=100)
    employee_number = forms.RegexField(
        r"^[0-9A-Za-z-]{1,20}$",
        label=gettext_lazy("社員番号"),
        error_messages={"invalid": gettext_lazy("英数字とハイフンで、20文字までで入力してください。")},
    )
    duty = forms.ChoiceField(
        label=gettext_lazy("役目"),
        choices=[("HANDLER", gettext_lazy("取扱者")), ("SUPERVISOR", gettext_lazy("取扱責任者"))],
        widget=forms.RadioSelect,
        initial="HANDLER",
    )
    username = forms.CharField(
        label=gettext_lazy("利用者のID"),
        help_text=gettext_lazy("システムに入る人だけ。「利用者の申請」で認められた、委託先の役割のID。"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    designated_on = DayField(label=gettext_lazy("指定の日"), help_text=_DAY)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offer(self, {"firm": [("", _("選んでください")), *((str(one.pk), one.name) for one in queries.firms())]})


class PledgeForm(forms.Form):
    """A pledge that was signed."""

    pledged_on = DayField(label=gettext_lazy("誓約の日"), help_text=_DAY)
    document = forms.CharField(label=gettext_lazy("誓約書の番号"), max_length=50)


class TrainingForm(forms.Form):
    """A training that was held."""

    trained_on = DayField(label=gettext_lazy("教育の日"), help_text=_DAY)
    fiscal_year = forms.IntegerField(label=gettext_lazy("どの年度の教育か(西暦)"), min_value=2000, max_value=2100)
    subject = forms.CharField(label=gettext_lazy("教育の内容"), max_length=200)


class EndForm(forms.Form):
    """From when somebody is designated no longer."""

    ended_on = DayField(label=gettext_lazy("指定が終わる日(この日から作業できない)"), help_text=_DAY)


@requires(Permission.VIEW_CONTRACTORS)
@require_http_methods(["GET", "HEAD", "POST"])
def handlers(request: StaffRequest) -> HttpResponse:
    """Show who may work and why somebody may not. Words to look for are posted, so no address holds them."""
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    context = {
        "rows": handler_words(queries.handlers(words), _today()),
        "firms": [(one, contract_words(one.contract_from, one.contract_to)) for one in queries.firms()],
        "words": words,
        "may_keep": may(request.member, Permission.KEEP_CONTRACTORS),
    }
    return render(request, "contractors/handlers.html", context)


@requires(Permission.VIEW_CONTRACTORS, leaves="contractors-register")
@require_POST
def handlers_file(request: StaffRequest) -> HttpResponse:
    """Give the register of handlers as CSV."""
    lines: list[list[object]] = [
        [*handlers_head()],
        *(row.cells for row in handler_words(queries.handlers(), _today())),
    ]
    headers = {"Content-Disposition": 'attachment; filename="handlers.csv"'}
    return HttpResponse(csv_file(lines), content_type="text/csv; charset=utf-8", headers=headers)


@requires(Permission.KEEP_CONTRACTORS)
@require_http_methods(["GET", "POST"])
def add_firm(request: StaffRequest) -> HttpResponse:
    """Put a contractor on the register."""
    form = FirmForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        kept = operations.register_firm(firm=Firm(**form.cleaned_data), by=request.member.as_actor(), at=runtime.now())
        if not isinstance(kept, Problem):
            messages.success(request, _("委託先を台帳に載せました。次に、取扱責任者と取扱者を載せてください。"))
            return redirect("handlers")
        form.add_error("contract", str(PROBLEM_WORDS[kept]))
    return _add_page(request, form, _("委託先を載せる"))


@requires(Permission.KEEP_CONTRACTORS)
@require_http_methods(["GET", "POST"])
def add_handler(request: StaffRequest) -> HttpResponse:
    """Put somebody on the register whom a contractor designated."""
    form = HandlerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        designation = Designation(
            firm=UUID(typed["firm"]), name=typed["name"], employee_number=typed["employee_number"],
            is_supervisor=typed["duty"] == "SUPERVISOR", username=typed["username"],
            designated_on=typed["designated_on"],
        )  # fmt: skip
        kept = operations.designate_handler(designation=designation, by=request.member.as_actor(), at=runtime.now())
        if not isinstance(kept, Problem):
            messages.success(request, _("台帳に載せました。誓約書と教育を記録すると、作業できるようになります。"))
            return redirect("handler", kept)
        field = "username" if kept is Problem.ACCOUNT_UNFIT else "employee_number"
        form.add_error(field, str(PROBLEM_WORDS[kept]))
    return _add_page(request, form, _("取扱者を載せる"))


def _add_page(request: StaffRequest, form: forms.Form, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading}
    return render(request, "contractors/add.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_CONTRACTORS)
@require_GET
def handler(request: StaffRequest, handler_id: UUID) -> HttpResponse:
    """Show one handler, and what keeps them from working."""
    return _page(request, _found(handler_id))


@requires(Permission.KEEP_CONTRACTORS)
@require_POST
def keep(request: StaffRequest, handler_id: UUID) -> HttpResponse:
    """Note a pledge or a training of somebody, or that their designation ends."""
    found, act = _found(handler_id), request.POST.get("act", "")
    if act not in _FORMS:
        raise Http404
    form = _FORMS[act](request.POST)
    if not form.is_valid():
        return _page(request, found, act, form)
    by, at, typed = request.member.as_actor(), runtime.now(), form.cleaned_data
    if act == "pledge":
        problem = operations.record_pledge(handler_id=handler_id, **typed, by=by, at=at)
    elif act == "training":
        problem = operations.record_training(handler_id=handler_id, **typed, by=by, at=at)
    else:
        problem = operations.end_handler(handler_id=handler_id, **typed, by=by, at=at)
    if problem is None:
        messages.success(request, _("台帳に記録しました。"))
    else:
        messages.error(request, str(PROBLEM_WORDS[problem]))
    return redirect("handler", handler_id)


_FORMS: dict[str, type[forms.Form]] = {"pledge": PledgeForm, "training": TrainingForm, "end": EndForm}


def _page(request: StaffRequest, found: HandlerRow, act: str = "", wrong: forms.Form | None = None) -> HttpResponse:
    fresh: dict[str, forms.Form] = {
        "pledge": PledgeForm(auto_id="pledge_%s"),
        "training": TrainingForm(auto_id="training_%s", initial={"fiscal_year": year_now()}),
        "end": EndForm(auto_id="end_%s"),
    }
    if wrong is not None:
        wrong.auto_id = f"{act}_%s"
        fresh[act] = wrong
    [row] = handler_words([found], _today())
    may_keep = may(request.member, Permission.KEEP_CONTRACTORS) and found.standing.ended_on is None
    context = {
        "row": row,
        "wrong": wrong,
        "forms": fresh if may_keep else {},
        "contract": contract_words(found.standing.contract_from, found.standing.contract_to),
    }
    return render(request, "contractors/handler.html", context, status=422 if wrong is not None else 200)


def _found(handler_id: UUID) -> HandlerRow:
    """Return a handler.

    :raises Http404: where there is none.
    """
    found = queries.handler(handler_id)
    if found is None:
        raise Http404
    return found


def _today() -> dt.date:
    return civil_date(runtime.now())
