"""Where staff say why they need a protected person's pages, and the lists of protected persons that were taken in."""

import datetime as dt
from pathlib import Path
from typing import Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.operations import record_protected_opened
from tasuki.accounts.permissions import Permission, may
from tasuki.screening.operations.protection import import_protected
from tasuki.screening.queries import protection as queries
from tasuki.screening.queries import residents
from tasuki.screening.types.protection import ListRefusal, ListRefused
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.watching.types import Act
from tasuki.web import protection
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField
from tasuki.web.presenters.imports import problem_view
from tasuki.web.presenters.people import person_row
from tasuki.web.reasons import OpenForm
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.uploads import ReceivedFile

_REFUSED: Final[dict[ListRefusal, Promise]] = {
    ListRefusal.UNREADABLE: gettext_lazy("名簿を読めません。下のわけを確かめ、出力し直してください。"),
    ListRefusal.OLDER: gettext_lazy("もっと新しい日の名簿が取込み済みです。日付を確かめてください。"),
    ListRefusal.AHEAD: gettext_lazy("名簿の日付が今日より後です。日付を確かめてください。"),
}


class ListForm(forms.Form):
    """A list of protected persons and its day."""

    file = ReceivedFile(
        label=gettext_lazy("名簿のファイル(CSV)"),
        help_text=gettext_lazy("列は、宛名番号、支援措置開始日、支援措置終了日。延長決定日があれば読みます。"),
    )
    listed_on = DayField(label=gettext_lazy("名簿の日"), help_text=gettext_lazy("何日の時点の名簿か。例: R8.11.26"))


@requires(Permission.VIEW_PERSON, opens_protected=True, act=Act.VIEW)
@require_POST
def open_person(request: StaffRequest, token: str) -> HttpResponse:
    """Record why a protected person's pages are needed, then open them for a while."""
    return _open(request, token, reverse("person", args=[token]))


@requires(Permission.VIEW_INDEX, opens_protected=True, act=Act.VIEW)
@require_POST
def open_in_index(request: StaffRequest, token: str) -> HttpResponse:
    """Record why a protected person's pages of the index are needed, then open them for a while."""
    return _open(request, token, reverse("custody", args=[token]))


def _open(request: StaffRequest, token: str, otherwise: str) -> HttpResponse:
    person = protection.protected_person(protection.person_named({"token": token}))
    if person is None:
        raise Http404
    form = OpenForm(request.POST)
    if not form.is_valid():
        return protection.warning(request, person, form, status=422)
    values = form.cleaned_data
    record_protected_opened(
        person=SystemPersonNumber(person.system_person_number),
        cause=values["cause"],
        reason=values["reason"],
        with_places=values["places"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    protection.open_for(request, person, cause=values["cause"], with_places=values["places"])
    is_ours = url_has_allowed_host_and_scheme(values["next"], allowed_hosts={request.get_host()})
    return redirect(values["next"] if values["next"] and is_ours else otherwise)


@requires(Permission.VIEW_PROTECTED)
@require_http_methods(["GET", "POST"])
def lists(request: StaffRequest) -> HttpResponse:
    """Show the lists of protected persons that were taken in, or take one in."""
    at = runtime.now()
    may_take_in = may(request.member, Permission.CHANGE_INDEX)
    form = ListForm(initial={"listed_on": civil_date(at).isoformat()})
    refused: ListRefused | None = None
    if request.method == "POST" and may_take_in:
        form = ListForm(request.POST, request.FILES)
        if form.is_valid():
            outcome = _take_in(request, form, at)
            if outcome is None:
                return redirect("protection-lists")
            refused = outcome
            form.add_error(None, str(_REFUSED[refused.reason]))
    newest = queries.loads(limit=20)
    language = current_language()
    problems = residents.register_problems(newest[0].load_id) if newest else []
    context = {
        "form": form,
        "may_take_in": may_take_in,
        "standing": queries.standing(at),
        "loads": newest,
        "problems": [problem_view(one, language) for one in (refused.problems if refused is not None else problems)],
        "missing": [person_row(one, civil_date(at)) for one in queries.no_longer_listed(civil_date(at))],
        "may_open": may(request.member, Permission.VIEW_PERSON),
    }
    return render(request, "protection/lists.html", context, status=422 if form.errors else 200)


def _take_in(request: StaffRequest, form: ListForm, at: dt.datetime) -> ListRefused | None:
    upload: TemporaryUploadedFile = form.cleaned_data["file"]
    outcome = import_protected(
        file=Path(upload.temporary_file_path()),
        file_name=upload.name or "",
        listed_on=form.cleaned_data["listed_on"],
        by=request.member.as_actor(),
        at=at,
    )
    if isinstance(outcome, ListRefused):
        return outcome
    if outcome.is_complete:
        messages.success(request, _("名簿を取り込みました。保護の状態は、すぐに中間サーバーへ伝わります。"))
    else:
        messages.warning(
            request,
            _("読めた行の人は保護しました。ただし全員の名簿として信頼できないため、前の名簿の人の保護も続けます。"),
        )
    return None
