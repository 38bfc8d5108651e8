"""Who is served by a gateway, or takes part in the network; suspended and resumed."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.console.fields import ReasonField
from tasuki.console.words import names_of_actors
from tasuki.gateway.queries import institutions_served
from tasuki.network.queries import institutions_known
from tasuki.nodes.types import NodeKind
from tasuki.operating.operations import resume_institution, suspend_institution
from tasuki.shared.dates import civil_date
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.law import class_label
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class ServedRow:
    """An institution a gateway serves or served: suspended or not, by whom, and where it moves or moved."""

    institution: str
    town: str
    joined_at: dt.datetime
    suspended_at: dt.datetime | None
    suspended_why: str | None
    suspended_by: str
    move_direction: str | None
    move_other: str | None
    move_state: str | None

    @property
    def is_leaving(self) -> bool:
        """Whether it is being moved to another gateway, or was."""
        return self.move_direction == "out" and self.move_state in ("open", "switched")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """An institution on the network: its gateway, whether its impact assessment lets it take part, who suspended it."""

    institution: str
    name: str
    kind: str
    gateway: str
    assessed_on: dt.date | None
    is_assessed: bool
    joined_at: dt.datetime
    suspended_at: dt.datetime | None
    suspended_why: str | None
    suspended_by: str


#: Where each kind of node keeps its institutions.
_TABLES = {NodeKind.GATEWAY: "gateway_institution", NodeKind.NETWORK: "network_institution"}


class ReasonForm(forms.Form):
    """Why an institution is suspended."""

    why = ReasonField(
        label=gettext_lazy("止めるわけ"),
        help_text=gettext_lazy("機関の職員に見えます。200文字まで。住民のことは書かないでください。"),
    )


def served() -> list[ServedRow]:
    """Return who is served here, suspended ones with the name of who suspended them."""
    found = institutions_served()
    names = names_of_actors({row["suspended_by"] for row in found if row["suspended_by"]})
    return [ServedRow(**row | {"suspended_by": names.get(row["suspended_by"], "")}) for row in found]


@requires(Permission.VIEW_OPERATION)
@require_GET
def institutions(request: StaffRequest) -> HttpResponse:
    """List the institutions a gateway serves."""
    return render(request, "console/institutions.html", {"rows": served()})


@requires(Permission.VIEW_OPERATION)
@require_GET
def institution(request: StaffRequest, institution: str) -> HttpResponse:
    """Show one institution, and offer what may be done about it."""
    return _one(request, institution, ReasonForm())


def _one(request: StaffRequest, code: str, form: ReasonForm, status: int = 200) -> HttpResponse:
    row = _found(code)
    return render(request, "console/institution.html", {"row": row, "form": form}, status=status)


def _found(code: str) -> ServedRow | MemberRow:
    """Return an institution of this node.

    :raises Http404: for any other, as for an address that leads nowhere.
    """
    rows: Sequence[ServedRow | MemberRow] = served() if runtime.node().kind == NodeKind.GATEWAY else known()
    row = next((one for one in rows if one.institution == code), None)
    if row is None:
        raise Http404
    return row


@requires(Permission.OPERATE_NODE)
@require_POST
def suspend(request: StaffRequest, institution: str) -> HttpResponse:
    """Let an institution take no part until it is resumed."""
    _found(institution)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _one(request, institution, form, status=422)
    done = suspend_institution(
        table=_TABLES[runtime.node().kind], institution=institution, why=form.cleaned_data["why"],
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    _tell(request, done, _("止めました。この機関は、再開するまで照会も提供もできません。"))
    return redirect("institution", institution)


@requires(Permission.OPERATE_NODE)
@require_POST
def resume(request: StaffRequest, institution: str) -> HttpResponse:
    """Let an institution take part again."""
    _found(institution)
    done = resume_institution(
        table=_TABLES[runtime.node().kind], institution=institution,
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    _tell(request, done, _("再開しました。この機関は、照会も提供もできます。"))
    return redirect("institution", institution)


def _tell(request: StaffRequest, done: bool, text: str) -> None:
    if done:
        messages.success(request, text)
    else:
        messages.warning(request, _("何も変えていません。ほかの人が先に同じ操作をしています。"))


def known() -> list[MemberRow]:
    """Return who takes part in the network, suspended ones with the name of who suspended them."""
    found, today = institutions_known(), civil_date(runtime.now())
    names = names_of_actors({row["suspended_by"] for row in found if row["suspended_by"]})
    return [_member(row, names, today) for row in found]


def _member(row: dict[str, Any], names: Mapping[str, str], today: dt.date) -> MemberRow:
    return MemberRow(
        institution=row["institution"],
        name=row["name_en"] if current_language() == "en" else row["name"],
        kind=class_label(row["institution_class"]),
        gateway=row["gateway"],
        assessed_on=row["assessed_on"],
        is_assessed=row["assessed_on"] is not None and row["assessed_on"] <= today,
        joined_at=row["joined_at"],
        suspended_at=row["suspended_at"],
        suspended_why=row["suspended_why"],
        suspended_by=names.get(row["suspended_by"], ""),
    )


@requires(Permission.VIEW_OPERATION)
@require_GET
def members(request: StaffRequest) -> HttpResponse:
    """List who takes part in the network."""
    rows = known()
    return render(request, "console/members.html", {"rows": rows, "lacking": sum(not row.is_assessed for row in rows)})
