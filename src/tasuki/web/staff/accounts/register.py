"""The register of accounts: list, one account with its history, its end, and a new first password."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.models import Staff
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import AccountFilter, AccountState, FirstPassword, Problem, Role
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.queries.declarations import has_declared, undeclared
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.paging import page_number, paging
from tasuki.web.presenters.accounts import (
    ROLE_NAMES,
    STATE_NAMES,
    TOWN_ROLES,
    account_row,
    event_rows,
    problem_words,
)
from tasuki.web.presenters.areas import area_names
from tasuki.web.staff.accounts.own_number import NumberForm
from tasuki.web.templatetags.tasuki import moment


class FilterForm(forms.Form):
    """Which accounts are listed."""

    text = forms.CharField(
        label=gettext_lazy("ID・氏名・所属・職員番号"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("役割"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("状態"), required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # passed on as it came
        every = ("", _("すべて"))
        roles = [every, *((role.value, ROLE_NAMES[role]) for role in TOWN_ROLES)]
        states = [every, *((state.value, STATE_NAMES[state]) for state in AccountState)]
        offer(self, {"role": roles, "state": states})


class EndForm(forms.Form):
    """Why an account ends."""

    reason = forms.CharField(
        label=gettext_lazy("終了する理由"),
        help_text=gettext_lazy("例: 3月31日付けで退職、異動。100文字まで。住民のことは書かないでください。"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@requires(Permission.VIEW_ACCOUNTS)
@require_GET
def accounts(request: StaffRequest) -> HttpResponse:
    """List the accounts."""
    form = FilterForm(request.GET)
    found = _found(form)
    shown = paging(page_number(request.GET.get("page", "")), len(found))
    today = civil_date(runtime.now())
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "form": form,
        "rows": [account_row(one, today) for one in found[shown.offset : shown.offset + shown.size]],
        "paging": shown,
        "query": asked.urlencode(),
        "may_manage": may(request.member, Permission.MANAGE_ACCOUNTS),
        "undeclared": undeclared(today),
    }
    return render(request, "accounts/accounts.html", context, status=422 if form.errors else 200)


def _found(form: FilterForm) -> list[Staff]:
    if not form.is_valid():
        return []
    return queries.search_accounts(AccountFilter(**form.cleaned_data), civil_date(runtime.now()))


@requires(Permission.VIEW_ACCOUNTS, leaves="accounts-file")
@require_GET
def file(request: StaffRequest) -> HttpResponse:
    """Give the listed accounts as a CSV file."""
    found, now = _found(FilterForm(request.GET)), runtime.now()
    rows = [account_row(one, civil_date(now)) for one in found]
    heads = ["ID", _("職員番号"), _("氏名"), _("所属"), _("役割"), _("状態"), _("使い始める日"), _("使えなくなる日"),
             _("最後に入った日時")]  # fmt: skip
    lines: list[list[object]] = [
        [one.username, one.employee_number or "", one.display_name, one.department, row.role, row.state,
         one.valid_from or "", one.valid_to or "", moment(one.last_login)]
        for row in rows
        for one in (row.staff,)
    ]  # fmt: skip
    operations.record_accounts_taken(lines=len(lines), by=request.member.as_actor(), at=now)
    headers = {"Content-Disposition": 'attachment; filename="accounts.csv"'}
    return HttpResponse(
        csv_file([list[object](heads), *lines]), content_type="text/csv; charset=utf-8", headers=headers
    )


@requires(Permission.VIEW_ACCOUNTS)
@require_GET
def account(request: StaffRequest, staff_id: int) -> HttpResponse:
    """Show one account and what was done to it."""
    return _page(request, _account(staff_id), EndForm())


def _account(number: int) -> Staff:
    """Return one account.

    :raises Http404: when there is none of that number.
    """
    found = queries.account_numbered(number)
    if found is None:
        raise Http404
    return found


def _page(
    request: StaffRequest, staff: Staff, form: EndForm, given: FirstPassword | None = None, status: int = 200
) -> HttpResponse:
    is_own = str(staff.pk) == request.member.identifier
    context = {
        "row": account_row(staff, civil_date(runtime.now())),
        "events": event_rows(queries.history_of(staff.pk)),
        "form": form,
        "given": given,
        "is_own": is_own,
        "sign_ins": queries.open_sign_ins(staff.pk, runtime.now()),
        "has_factor": queries.has_factor(staff.pk),
        "number_form": NumberForm() if queries.sees_people(staff) else None,
        "is_declared": has_declared(str(staff.member.as_actor())),
        "areas": None if staff.member.areas is None else area_names(staff.member.areas),
        "may_manage": may(request.member, Permission.MANAGE_ACCOUNTS) and staff.is_active and not staff.is_persona,
        "may_apply": may(request.member, Permission.APPLY_FOR_ACCOUNT) and staff.is_active and not staff.is_persona,
    }
    return render(request, "accounts/account.html", context, status=status)


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@require_POST
def end(request: StaffRequest, staff_id: int) -> HttpResponse:
    """End an account now, whatever is open under it included."""
    staff, form = _account(staff_id), EndForm(request.POST)
    if not form.is_valid():
        return _page(request, staff, form, status=422)
    reason, by = form.cleaned_data["reason"], request.member.as_actor()
    if str(staff.pk) == request.member.identifier:
        messages.error(request, problem_words(Problem.OWN_ACCOUNT)[1])
    elif operations.close_account(username=staff.username, reason=reason, by=by, at=runtime.now()):
        messages.success(request, _("終了しました。この人は、もう入れません。開いていた画面も使えません。"))
    else:
        messages.warning(request, _("何も変えていません。先に終了しています。"))
    return redirect("account", staff_id)


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@require_POST
def reset(request: StaffRequest, staff_id: int) -> HttpResponse:
    """Give an account a new first password, shown this once."""
    staff = _account(staff_id)
    given = operations.reset_password(username=staff.username, by=request.member.as_actor(), at=runtime.now())
    if isinstance(given, FirstPassword):
        return _page(request, _account(staff_id), EndForm(), given)
    messages.error(request, problem_words(given)[1])
    return redirect("account", staff_id)


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@require_POST
def factor(request: StaffRequest, staff_id: int) -> HttpResponse:
    """Forget a lost second factor; its owner enrols another at the next log-in."""
    username = _account(staff_id).username
    problem = operations.reset_factor(username=username, by=request.member.as_actor(), at=runtime.now())
    if problem is None:
        messages.success(request, _("二要素認証の設定を消しました。本人が次に入るときに、設定し直します。"))
    elif problem is Problem.NO_SUCH_ACCOUNT:
        messages.warning(request, _("何も変えていません。二要素認証は、まだ設定されていません。"))
    else:
        messages.error(request, problem_words(problem)[1])
    return redirect("account", staff_id)


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@require_POST
def end_sessions(request: StaffRequest, staff_id: int) -> HttpResponse:
    """End whatever is open under an account; its owner may log in again."""
    _account(staff_id)
    by = request.member.as_actor()
    ended = operations.end_sessions(staff_id=staff_id, sign_ins=None, by=by, at=runtime.now())
    messages.success(request, _("%(ended)d件のログインを終了しました。") % {"ended": ended})
    return redirect("account", staff_id)


def role_choices() -> list[tuple[str, object]]:
    """Return the roles that may be asked for."""
    return [(role.value, ROLE_NAMES[Role(role)]) for role in TOWN_ROLES]
