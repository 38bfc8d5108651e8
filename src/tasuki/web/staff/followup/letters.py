"""One letter to one resident: looked over, made, recorded, taken away as PDF."""

import datetime as dt
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.followup import queries
from tasuki.followup.operations.letters import TIME_TO_GO, make_one
from tasuki.followup.rules import may_be_told
from tasuki.followup.types import LeftOut
from tasuki.letters import queries as letters
from tasuki.letters.rendering import unprintable
from tasuki.letters.types import IssuedLetter, LetterKind
from tasuki.screening import queries as screening
from tasuki.screening.queries.recipients import Recipient, recipients
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField
from tasuki.web.presenters.followup import LEFT_OUT
from tasuki.web.presenters.letters import KIND_LABELS, LANGUAGE_LABELS
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.person import identity, opened, provider_names
from tasuki.web.staff.results.common import names_of
from tasuki.web.templatetags.tasuki import current_language

#: Letters about a result that are made one by one.
KINDS = (LetterKind.RESULT_NOTICE, LetterKind.REFERRAL, LetterKind.DETAIL_REMINDER)


class LetterForm(forms.Form):
    """What must be settled before a letter is made."""

    deadline = DayField(
        label=gettext_lazy("いつまでに受けてほしいか"),
        help_text=gettext_lazy("例: 令和8年4月1日、2026/4/1"),
        max_length=30,
    )
    asked = forms.BooleanField(
        label=gettext_lazy("送り先を本人に確かめた"),
        error_messages={
            "required": gettext_lazy("支援措置の対象者です。送り先を本人に確かめてから印を付けてください。")
        },
    )

    def __init__(self, data: object, kind: LetterKind, on: dt.date, *, is_protected: bool) -> None:
        super().__init__(data, initial={"deadline": (on + TIME_TO_GO).isoformat()})  # type: ignore[arg-type]  # what was posted, or nothing
        self._on = on
        if kind is not LetterKind.DETAIL_REMINDER:
            del self.fields["deadline"]
        if not is_protected:
            del self.fields["asked"]

    def clean_deadline(self) -> dt.date:
        """Refuse a day that is gone."""
        day: dt.date = self.cleaned_data["deadline"]
        if day <= self._on:
            raise forms.ValidationError(_("過ぎた日です。今日より後の日を入力してください。"))
        return day


@requires(Permission.PRINT_LETTERS)
@require_http_methods(["GET", "POST"])
def letter(request: StaffRequest, token: str, result_id: UUID, kind: str) -> HttpResponse:
    """Show to whom a letter would go, and make it."""
    if kind not in {one.value for one in KINDS}:
        raise Http404
    chosen = LetterKind(kind)
    person = opened(request, token, f"letter {kind} {result_id}")
    _check_about(chosen, result_id, person)
    at = runtime.now()
    on = civil_date(at)
    form = LetterForm(
        request.POST if request.method == "POST" else None, chosen, on, is_protected=person.is_protected(on)
    )
    if request.method == "POST" and form.is_valid():
        made = make_one(
            kind=chosen,
            result_id=result_id,
            deadline=form.cleaned_data.get("deadline"),
            with_protected=bool(form.cleaned_data.get("asked")),
            town=runtime.node().own_town().name,
            by=request.member.as_actor(),
            at=at,
        )
        if not isinstance(made, LeftOut):
            headers = {"Content-Disposition": f'attachment; filename="{kind.lower()}-{made.number}.pdf"'}
            return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)
    return _page(request, token, person, result_id, chosen, form)


def _check_about(kind: LetterKind, result_id: UUID, person: Person) -> None:
    """Make sure that this letter can be about this result of this person.

    :raises Http404: when it cannot.
    """
    result = screening.result(result_id)
    if result is None or result.system_person_number != person.system_person_number or not may_be_told(result):
        raise Http404
    if kind is not LetterKind.RESULT_NOTICE and queries.case(result_id) is None:
        raise Http404


def _page(
    request: StaffRequest, token: str, person: Person, result_id: UUID, kind: LetterKind, form: LetterForm
) -> HttpResponse:
    on, language = civil_date(runtime.now()), current_language()
    found, none = recipients([person.system_person_number], on, with_protected=True)
    to = found.get(person.system_person_number)
    result = screening.result(result_id)
    earlier = letters.letters_about(kind, [str(result_id)])
    context: dict[str, object] = identity(person, on) | {
        "token": token,
        "kind": kind,
        "label": KIND_LABELS[kind],
        "form": form,
        "to": to,
        "language_label": "" if to is None else LANGUAGE_LABELS[to.language],
        "missing": _missing(to),
        "reason": None if to is not None else LEFT_OUT[LeftOut(none[person.system_person_number].value)],
        "result": None if result is None else result_view(result, token, provider_names(language), language),
        "is_case": queries.case(result_id) is not None,
        "earlier": _earlier(earlier),
        "reminds": kind is LetterKind.DETAIL_REMINDER,
        "has_sender": letters.sender().version > 0,
    }
    return render(request, "followup/letter.html", context, status=422 if form.errors else 200)


def _missing(to: Recipient | None) -> str:
    if to is None:
        return ""
    return unprintable(to.destination.name + to.destination.address + to.destination.care_of)


def _earlier(issued: list[IssuedLetter]) -> list[dict[str, object]]:
    names = names_of(one.issued_by for one in issued)
    return [{"at": one.issued_at, "by": names[one.issued_by], "number": one.number} for one in issued]
