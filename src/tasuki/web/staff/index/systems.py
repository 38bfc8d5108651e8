"""Business systems of the index and their access to it: admitted, given a secret once, renewed, stopped."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.clients import OVERLAP, GivenSecret, give_client, renew_secret
from tasuki.linkage.operations import service
from tasuki.persons.queries.clients import api_client, api_clients
from tasuki.persons.queries.statements import BusinessSystem, business_systems
from tasuki.persons.types.clients import ApiClient, Scope
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.service import SCOPE_LABELS, client_row, may_call, system_row


class SystemForm(forms.Form):
    """A business system to admit."""

    system = forms.RegexField(
        r"\A[a-z][a-z0-9-]{0,29}\Z",
        label=gettext_lazy("略号"),
        help_text=gettext_lazy("小文字の英字で始まる30文字まで。例: care。あとから変えられません。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"invalid": gettext_lazy("小文字の英字・数字・ハイフンだけで入力してください。")},
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    name_en = forms.CharField(label=gettext_lazy("名称（英語）"), max_length=80)

    def clean_system(self) -> str:
        """Refuse the word of another system: what was registered under it is that system's."""
        system: str = self.cleaned_data["system"]
        if system in business_systems():
            raise forms.ValidationError(_("この略号の業務システムは登録済みです。別の略号にしてください。"))
        return system


class ClientForm(forms.Form):
    """What an access is for, and what it may do."""

    name = forms.CharField(label=gettext_lazy("用途"), help_text=gettext_lazy("例: 夜間の一括登録"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("できること"),
        choices=[(scope.value, label) for scope, label in SCOPE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("一つ以上選んでください。")},
    )


class ScopesForm(forms.Form):
    """What an access may do from now on."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("できること"),
        choices=[(scope.value, label) for scope, label in SCOPE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("すべて外すと、何もできなくなります。発行済みのトークンにもすぐ効きます。"),
    )


class RenewForm(forms.Form):
    """How long the former secret still works."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("前のシークレットを使える期間"),
        coerce=int,
        choices=[
            (0, gettext_lazy("すぐに使えなくする（漏えいの疑い）")),
            (1, gettext_lazy("1日")),
            (OVERLAP.days, gettext_lazy("7日")),
            (30, gettext_lazy("30日")),
        ],
        initial=OVERLAP.days,
        widget=forms.RadioSelect,
    )


@requires(Permission.MANAGE_SYSTEMS)
@require_http_methods(["GET", "POST"])
def systems(request: StaffRequest) -> HttpResponse:
    """List business systems, and admit one."""
    form = SystemForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        service.admit_system(**form.cleaned_data, by=request.member.as_actor(), at=runtime.now())
        messages.success(request, _("業務システムを登録しました。次に、接続に使うAPI利用者を作れます。"))
        return redirect("index-system", form.cleaned_data["system"])
    clients = api_clients()
    rows = [system_row(one, [client for client in clients if client.system == one.system]) for one in _systems()]
    return render(request, "index/systems.html", {"rows": rows, "form": form}, status=422 if form.errors else 200)


def _systems() -> list[BusinessSystem]:
    return list(business_systems().values())


@requires(Permission.MANAGE_SYSTEMS)
@require_http_methods(["GET", "POST"])
def system(request: StaffRequest, system: str) -> HttpResponse:
    """Show one system with its access, and give it one; the secret is shown in the answer and never again."""
    found = business_systems().get(system)
    if found is None or not may_call(found):
        raise Http404
    form = ClientForm(request.POST if request.method == "POST" else None)
    given: GivenSecret | None = None
    if request.method == "POST" and form.is_valid():
        scopes = [Scope(one) for one in form.cleaned_data["scopes"]]
        given = give_client(system=system, name=form.cleaned_data["name"], scopes=scopes, by=request.member.as_actor())
        form = ClientForm()
    context = {
        "row": system_row(found, []),
        "clients": [client_row(one, runtime.now()) for one in api_clients() if one.system == system],
        "form": form,
        "given": given,
    }
    return render(request, "index/system.html", context, status=422 if form.errors else 200)


def _found(client_id: str) -> ApiClient:
    found = api_client(client_id)
    if found is None:
        raise Http404
    return found


def _client_page(request: StaffRequest, found: ApiClient, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "client": client_row(found, runtime.now()),
        "row": system_row(business_systems()[found.system], []),
        "scopes": ScopesForm(initial={"scopes": sorted(found.scopes)}),
        "renew": RenewForm(),
        **more,
    }
    return render(request, "index/client.html", context, status=status)


@requires(Permission.MANAGE_SYSTEMS)
@require_GET
def client(request: StaffRequest, client_id: str) -> HttpResponse:
    """Show one access."""
    return _client_page(request, _found(client_id))


@requires(Permission.MANAGE_SYSTEMS, asks_again=True)
@require_POST
def renew(request: StaffRequest, client_id: str) -> HttpResponse:
    """Give an access another secret, shown in the answer and never again."""
    found, form = _found(client_id), RenewForm(request.POST)
    if not form.is_valid():
        return _client_page(request, found, renew=form, status=422)
    given = renew_secret(
        client_id=client_id,
        overlap=dt.timedelta(days=form.cleaned_data["days"]),
        by=request.member.as_actor(),
    )
    return _client_page(request, _found(client_id), given=given)


@requires(Permission.MANAGE_SYSTEMS, asks_again=True)
@require_POST
def scopes(request: StaffRequest, client_id: str) -> HttpResponse:
    """Say what an access may do from now on."""
    found, form = _found(client_id), ScopesForm(request.POST)
    if not form.is_valid():
        return _client_page(request, found, scopes=form, status=422)
    wanted = [Scope(one) for one in form.cleaned_data["scopes"]]
    service.set_scopes(client_id=client_id, scopes=wanted, by=request.member.as_actor(), at=runtime.now())
    messages.success(request, _("できることを変えました。"))
    return redirect("index-client", client_id)


@requires(Permission.MANAGE_SYSTEMS, asks_again=True)
@require_POST
def stop(request: StaffRequest, client_id: str) -> HttpResponse:
    """Stop an access at once, or let it go on."""
    _found(client_id)
    is_disabled = request.POST.get("decision") != "resume"
    service.set_disabled(client_id=client_id, is_disabled=is_disabled, by=request.member.as_actor(), at=runtime.now())
    messages.success(request, _("止めました。発行済みのトークンも使えません。") if is_disabled else _("再開しました。"))
    return redirect("index-client", client_id)
