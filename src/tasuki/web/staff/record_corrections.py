"""Correcting exchange records themselves (番号法31条): one person proposes, another decides, everybody else is told."""

import re
from typing import Any, Final
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
from tasuki.accounts.queries import names_of_staff
from tasuki.jobs.town import gateway_link
from tasuki.linkage.operations.record_corrections import decide_correction, propose_correction, return_correction
from tasuki.linkage.operations.records import search_records
from tasuki.linkage.queries import institution_names
from tasuki.linkage.queries.record_corrections import waiting_corrections
from tasuki.linkage.types.records import (
    CorrectionOutcome,
    ProposedCorrection,
    RecordLine,
    RecordSearch,
    WaitingCorrection,
)
from tasuki.protocol.amending import CorrectedField, CorrectionGround
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Exchange
from tasuki.protocol.records import kept_since, records
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.amendments import FIELD_LABELS, GROUND_LABELS, amendment_rows
from tasuki.web.presenters.records import record_rows
from tasuki.web.templatetags.tasuki import current_language

#: The kind of identifier that numbers exchanges (RFC 9562).
_OURS: Final = 7
_NO_CONTROLS: Final = r"^[^\x00-\x1f]*$"


class CorrectionForm(forms.Form):
    """What is to be corrected, and why."""

    field = forms.ChoiceField(
        label=gettext_lazy("訂正する事項"),
        choices=[(one.value, label) for one, label in FIELD_LABELS.items()],
        widget=forms.RadioSelect,
    )
    value = forms.RegexField(
        _NO_CONTROLS,
        label=gettext_lazy("正しい内容"),
        help_text=gettext_lazy("40文字まで。相手方にもこのまま伝わります。氏名や番号は書かないでください。"),
        max_length=40,
        strip=True,
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("訂正のきっかけ"),
        choices=[(one.value, label) for one, label in GROUND_LABELS.items()],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("相手方には伝わりません。氏名や番号は書かないでください。"),
        max_length=200,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a procedure that has not the form of one."""
        values: dict[str, Any] = self.cleaned_data
        is_procedure = values.get("field") == CorrectedField.PROCEDURE.value
        if is_procedure and not re.fullmatch(r"JT[0-9]{14}", values.get("value", "")):
            self.add_error("value", _("JTに続けて14桁の数字を入力してください。"))
        return values


class ReturnForm(forms.Form):
    """Why a proposal is sent back."""

    reason = forms.CharField(label=gettext_lazy("差し戻す理由"), max_length=200, required=False)


@requires(Permission.VIEW_RECORDS)
@require_GET
def waiting(request: StaffRequest) -> HttpResponse:
    """List the corrections that wait for a second person."""
    names = _names()
    found = waiting_corrections()
    proposers = names_of_staff([one.by for one in found])
    rows = [_waiting(request, one, names, proposers) for one in found]
    return render(request, "records/corrections.html", {"rows": rows, "article": _article()})


@requires(Permission.VIEW_RECORDS)
@require_http_methods(["GET"])
def record(request: StaffRequest, number: UUID) -> HttpResponse:
    """Show one record, what was corrected in it, and what may be done."""
    return _page(request, number, CorrectionForm())


@requires(Permission.CORRECT_RECORDS)
@require_POST
def propose(request: StaffRequest, number: UUID) -> HttpResponse:
    """Propose a correction; somebody else decides."""
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        return _page(request, number, form)
    exchange = _line(request, number).exchange
    typed = form.cleaned_data
    at = runtime.now()
    proposed = ProposedCorrection(
        correction=runtime.new_id(at),
        transaction_number=exchange.transaction_number,
        direction=exchange.direction,
        other=exchange.other,
        field=CorrectedField(typed["field"]),
        value=typed["value"],
        ground=CorrectionGround(typed["ground"]),
        note=typed["note"],
    )
    if typed["value"] == _holds(exchange, proposed.field):
        form.add_error("value", _("いまの内容と同じです。"))
        return _page(request, number, form)
    if propose_correction(proposed=proposed, by=request.member.as_actor(), at=at):
        messages.success(request, _("訂正の案を残しました。別の人が決めるまで、何も変わりません。"))
    else:
        messages.warning(request, _("この記録には、別の案が先にあります。"))
    return redirect("record", number)


@requires(Permission.DECIDE_CORRECTIONS, asks_again=True)
@require_POST
def decide(request: StaffRequest, number: UUID, correction: UUID) -> HttpResponse:
    """Correct a record as somebody else proposed, or send the proposal back."""
    by, at = request.member.as_actor(), runtime.now()
    if request.POST.get("act") == "return":
        form = ReturnForm(request.POST)
        if form.is_valid() and form.cleaned_data["reason"]:
            return_correction(correction=str(correction), reason=form.cleaned_data["reason"], by=by, at=at)
            messages.success(request, _("案を差し戻しました。記録は変わっていません。"))
        else:
            messages.error(request, _("差し戻す理由を、200文字までで書いてください。"))
        return redirect("record", number)
    own = runtime.node().own_town().institution
    outcome = decide_correction(correction=str(correction), institution=own, by=by, at=at)
    tell = messages.success if outcome is CorrectionOutcome.DECIDED else messages.warning
    tell(request, str(_OUTCOMES[outcome]))
    return redirect("record", number)


_OUTCOMES: Final = {
    CorrectionOutcome.DECIDED: gettext_lazy(
        "記録を訂正しました。元の記載は残ります。中間サーバー、情報提供ネットワークシステム、相手方へ順に知らせます。"
    ),
    CorrectionOutcome.NOT_PROPOSED: gettext_lazy("案がありません。別の人が先に決めたか、差し戻されています。"),
    CorrectionOutcome.SAME_PERSON: gettext_lazy("案を出した人は決められません。別の承認者が決めてください。"),
}


def _page(request: StaffRequest, number: UUID, form: CorrectionForm) -> HttpResponse:
    context: dict[str, object] = {"article": _article(), "number": number, "form": form}
    try:
        line = _line(request, number)
    except ExchangeFailed:
        return render(request, "records/record.html", context | {"is_away": True}, status=503)
    names = _names()
    found = [one for one in waiting_corrections() if one.proposed.transaction_number == str(number)]
    [row] = record_rows([line], shows_people=may(request.member, Permission.DISCLOSE_RECORDS))
    context |= {
        "row": row,
        "amendments": amendment_rows(line.exchange.amendments, _own_name(), names),
        "waiting": [_waiting(request, one, names, names_of_staff([one.by])) for one in found],
        "may_propose": may(request.member, Permission.CORRECT_RECORDS) and not found,
        "return_form": ReturnForm(),
    }
    return render(request, "records/record.html", context, status=422 if form.errors else 200)


def _line(request: StaffRequest, number: UUID) -> RecordLine:
    """Return the record of that number, its reading recorded.

    :raises Http404: when the gateway keeps none.
    :raises ExchangeFailed: when the gateway cannot be had.
    """
    if number.version != _OURS:
        # Every number of an exchange is of this kind: there is nobody to ask about another.
        raise Http404
    at = runtime.now()
    found = search_records(
        search=RecordSearch(civil_date(kept_since(at)), civil_date(at), number=str(number)),
        institution=runtime.node().own_town().institution,
        link=gateway_link(),
        offset=0,
        most=1,
        by=request.member.as_actor(),
        at=at,
    )
    if not found.lines:
        raise Http404
    return found.lines[0]


def _holds(exchange: Exchange, field: CorrectedField) -> str:
    """Return what holds of a field now, corrections included."""
    said: str = getattr(exchange, field.value)
    return next((one.value for one in reversed(exchange.amendments) if one.field is field), said)


def _waiting(
    request: StaffRequest, one: WaitingCorrection, names: dict[str, str], proposers: dict[str, str]
) -> dict[str, object]:
    is_own = one.by == str(request.member.as_actor())
    return {
        "one": one.proposed,
        "at": one.at,
        "by": proposers.get(one.by, one.by),
        "other": names.get(one.proposed.other, one.proposed.other),
        "field": FIELD_LABELS[one.proposed.field],
        "ground": GROUND_LABELS[one.proposed.ground],
        "is_own": is_own,
        "may_decide": may(request.member, Permission.DECIDE_CORRECTIONS) and not is_own,
    }


def _names() -> dict[str, str]:
    english = int(current_language() == "en")
    return {code: names[english] for code, names in institution_names().items()}


def _own_name() -> str:
    own = runtime.node().own_town()
    return own.name_en if current_language() == "en" else own.name


def _article() -> str:
    return records().corrections["record"]
