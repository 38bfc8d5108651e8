"""Applications for accounts: made by one person, decided by another (利用者の申請)."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.models import Application
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.rules import area_roles
from tasuki.accounts.types import AccountAsked, ApplicationKind, Decision, FirstPassword, Problem, Role
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.presenters.accounts import KIND_NAMES, application_rows, problem_words
from tasuki.web.presenters.areas import area_choices, area_names
from tasuki.web.staff.accounts.register import role_choices

_OWN = 20
_DECIDED = 20


class ApplyForm(forms.Form):
    """Whom an account is for, their role, from when, until when, and why."""

    kind = forms.ChoiceField(
        label=gettext_lazy("申請の内容"),
        choices=[(kind.value, label) for kind, label in KIND_NAMES.items()],
        initial=ApplicationKind.NEW.value,
        widget=forms.RadioSelect,
    )
    username = forms.RegexField(
        r"^[a-z][a-z0-9._-]{2,29}$",
        label=gettext_lazy("ID"),
        help_text=gettext_lazy("英小文字で始まる3〜30文字。英小文字、数字、点、ハイフン、下線が使えます。"),
        error_messages={
            "invalid": gettext_lazy("英小文字で始まる3〜30文字で入力してください。英小文字、数字、. - _ だけです。")
        },
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    employee_number = forms.RegexField(
        r"^[0-9A-Za-z-]{1,20}$",
        label=gettext_lazy("職員番号"),
        help_text=gettext_lazy("新しい利用者のときだけ。一人が持てる利用者は一つです。委託先の人は、会社の社員番号。"),
        error_messages={"invalid": gettext_lazy("英数字とハイフンで、20文字までで入力してください。")},
        required=False,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    display_name = forms.CharField(
        label=gettext_lazy("氏名"),
        help_text=gettext_lazy("新しい利用者のときだけ。画面と証跡の表示に使います。"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    department = forms.CharField(
        label=gettext_lazy("所属"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=gettext_lazy("役割"))
    areas = forms.MultipleChoiceField(
        label=gettext_lazy("担当区域"),
        help_text=gettext_lazy(
            "保健センターの担当だけ。ここに住む人だけが、この人に見えます。選ばないと誰も見えません。"
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    valid_from = DayField(label=gettext_lazy("使い始める日"), help_text=gettext_lazy("例: 2026/4/1、R8.4.1"))
    valid_to = DayField(
        label=gettext_lazy("使えなくなる日"),
        help_text=gettext_lazy("この日から入れません。長くても一年です。続けるかどうかは、年次確認で決めます。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("申請の理由"),
        help_text=gettext_lazy("どの仕事に必要か。200文字まで。住民のことは書かないでください。"),
        max_length=200,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offer(self, {"role": [("", _("選んでください")), *role_choices()], "areas": area_choices()})
        if not area_choices():
            del self.fields["areas"]

    def clean(self) -> dict[str, Any]:
        """Ask who a new account is for; an existing one says so itself."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("kind") == ApplicationKind.NEW.value:
            for name in ("employee_number", "display_name"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, _("新しい利用者には必要です。"))
        if values.get("role") in {role.value for role in area_roles()}:
            if "areas" in self.fields and not values.get("areas"):
                self.add_error("areas", _("保健センターの担当には、担当区域を一つ以上選んでください。"))
        else:
            values["areas"] = []
        return values


class RefuseForm(forms.Form):
    """Why an application is refused."""

    reason = forms.CharField(
        label=gettext_lazy("却下する理由"),
        help_text=gettext_lazy("申請した人に見えます。次にどうすればよいかを書きます。"),
        max_length=200,
        required=False,
    )


@requires(Permission.APPLY_FOR_ACCOUNT)
@require_GET
def applications(request: StaffRequest) -> HttpResponse:
    """List what one applied for; administrators also see what waits for them and what was decided."""
    is_manager = may(request.member, Permission.MANAGE_ACCOUNTS)
    context: dict[str, object] = {
        "own": application_rows(queries.applications_of(str(request.member.as_actor()), _OWN)),
        "is_manager": is_manager,
    }
    if is_manager:
        context["waiting"] = application_rows(queries.waiting_applications())
        context["decided"] = application_rows(queries.decided_applications(_DECIDED))
    return render(request, "accounts/applications.html", context)


@requires(Permission.APPLY_FOR_ACCOUNT)
@require_http_methods(["GET", "POST"])
def apply(request: StaffRequest) -> HttpResponse:
    """Apply for an account, or for another role or term of one."""
    if request.method == "GET":
        return render(request, "accounts/apply.html", {"form": ApplyForm(initial=_begun(request))})
    form = ApplyForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/apply.html", {"form": form}, status=422)
    typed, at = form.cleaned_data, runtime.now()
    areas = tuple(uuid.UUID(one) for one in typed.get("areas", ()))
    asked = AccountAsked(
        **typed | {"kind": ApplicationKind(typed["kind"]), "role": Role(typed["role"]), "areas": areas}
    )
    number = uuid.UUID(runtime.new_id(at))
    kept = operations.apply_for_account(application=number, asked=asked, by=request.member.as_actor(), at=at)
    if isinstance(kept, Application):
        messages.success(request, _("申請しました。別の人が承認するまで、何も変わりません。"))
        return redirect("account-application", number)
    field, text = problem_words(kept)
    form.add_error(field or None, text)
    return render(request, "accounts/apply.html", {"form": form}, status=422)


def _begun(request: StaffRequest) -> dict[str, object]:
    """Return what a new form begins with: a year from today; the ID when it comes from an account's page."""
    today = civil_date(runtime.now())
    begun: dict[str, object] = {"valid_from": f"{today:%Y/%m/%d}", "valid_to": f"{_end_of_year(today):%Y/%m/%d}"}
    about = request.GET.get("id", "")
    return begun | {"kind": ApplicationKind.CHANGE.value, "username": about[:30]} if about else begun


def _end_of_year(today: dt.date) -> dt.date:
    """Return the first day after this fiscal year: most accounts end with it."""
    return dt.date(today.year + (today.month > 3), 4, 1)


@requires(Permission.APPLY_FOR_ACCOUNT)
@require_GET
def application(request: StaffRequest, application_id: uuid.UUID) -> HttpResponse:
    """Show one application to whoever made it and to administrators."""
    return _page(request, _application(request, application_id), RefuseForm())


def _application(request: StaffRequest, number: uuid.UUID) -> Application:
    """Return an application this member may see.

    :raises Http404: for any other, as for one that is not there.
    """
    found = queries.application_numbered(number)
    own = found is not None and found.applied_by == str(request.member.as_actor())
    if found is None or not (own or may(request.member, Permission.MANAGE_ACCOUNTS)):
        raise Http404
    return found


def _page(
    request: StaffRequest,
    one: Application,
    form: RefuseForm,
    given: FirstPassword | None = None,
    status: int = 200,
) -> HttpResponse:
    me = str(request.member.as_actor())
    is_own = one.applied_by == me
    is_about_me = one.staff is not None and str(one.staff.member.as_actor()) == me
    [row] = application_rows([one])
    context = {
        "row": row,
        "areas": area_names(one.areas) if Role(one.role) in area_roles() else None,
        "form": form,
        "given": given,
        "is_waiting": one.decision is None,
        "is_own": is_own,
        "is_about_me": is_about_me,
        "may_decide": may(request.member, Permission.MANAGE_ACCOUNTS) and not is_own and not is_about_me,
        "may_manage": may(request.member, Permission.MANAGE_ACCOUNTS),
    }
    return render(request, "accounts/application.html", context, status=status)


@requires(Permission.APPLY_FOR_ACCOUNT)
@require_POST
def withdraw(request: StaffRequest, application_id: uuid.UUID) -> HttpResponse:
    """Take one's own application back."""
    _application(request, application_id)
    problem = operations.withdraw_application(
        application=application_id, by=request.member.as_actor(), at=runtime.now()
    )
    if problem is None:
        messages.success(request, _("申請を取り下げました。"))
    else:
        messages.error(request, problem_words(problem)[1])
    return redirect("account-application", application_id)


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@never_cache
@require_POST
def decide(request: StaffRequest, application_id: uuid.UUID) -> HttpResponse:
    """Approve an application, showing a new account's first password this once, or refuse it."""
    one, form = _application(request, application_id), RefuseForm(request.POST)
    approve = request.POST.get("act") == "approve"
    if form.is_valid() and not approve and not form.cleaned_data["reason"].strip():
        form.add_error("reason", _("却下する理由を入力してください。申請した人に見えます。"))
    if not form.is_valid():
        return _page(request, one, form, status=422)
    outcome = operations.decide_application(
        application=application_id, approve=approve, reason=form.cleaned_data["reason"].strip(),
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    if isinstance(outcome, FirstPassword):
        return _page(request, _application(request, application_id), RefuseForm(), outcome)
    if isinstance(outcome, Problem):
        messages.error(request, problem_words(outcome)[1])
    elif outcome is Decision.APPROVED:
        messages.success(request, _("承認しました。新しい役割は、いまから使えます。"))
    else:
        messages.success(request, _("却下しました。"))
    return redirect("account-application", application_id)
