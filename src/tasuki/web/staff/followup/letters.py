"""One letter to one resident: looked over, made, recorded, taken away as PDF."""

import datetime as dt
from collections.abc import Sequence
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
from tasuki.followup.operations.letters import TIME_TO_GO, make_gathered_notice, make_one
from tasuki.followup.rules import further_tests, may_be_told
from tasuki.followup.types import LeftOut, OneLetter
from tasuki.letters import queries as letters
from tasuki.letters.rendering import unprintable
from tasuki.letters.types import NOTICES, IssuedLetter, LetterKind
from tasuki.screening import queries as screening
from tasuki.screening.queries.recipients import Recipient, recipients
from tasuki.screening.types import Person, StoredResult
from tasuki.shared.dates import civil_date
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.presenters.followup import LEFT_OUT, examined_words
from tasuki.web.presenters.letters import KIND_LABELS, LANGUAGE_LABELS
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.person import identity, opened, provider_names
from tasuki.web.staff.results.common import names_of
from tasuki.web.templatetags.tasuki import current_language

#: Letters about a result that are made one by one.
KINDS = (
    LetterKind.RESULT_NOTICE,
    LetterKind.REFERRAL,
    LetterKind.DETAIL_REMINDER,
    LetterKind.HPV_RECALL,
    LetterKind.RETEST,
)


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


@requires(Permission.PRINT_LETTERS, sent=Act.PRINT, leaves="letter")
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
            return _as_pdf(chosen, made)
    return _page(request, token, person, result_id, chosen, form)


def _as_pdf(kind: LetterKind, made: OneLetter) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{kind.lower()}-{made.number}.pdf"'}
    return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)


class GatheredForm(forms.Form):
    """Which results of a person go on one letter."""

    results = forms.MultipleChoiceField(
        label=gettext_lazy("一通にまとめる結果"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("知らせる結果に印を付けてください。")},
    )
    asked = LetterForm.base_fields["asked"]

    def __init__(self, data: object, results: Sequence[StoredResult], *, is_protected: bool) -> None:
        made = letters.last_made(NOTICES, [str(one.result_id) for one in results])
        newest = [one for one in results if one.record.fiscal_year == results[0].record.fiscal_year]
        untold = [one for one in newest if (told := made.get(str(one.result_id))) is None or told < one.recorded_at]
        super().__init__(data, initial={"results": [str(one.result_id) for one in untold or newest]})  # type: ignore[arg-type]  # what was posted, or nothing
        offer(self, {"results": [(str(one.result_id), _named(one)) for one in results]})
        if not is_protected:
            del self.fields["asked"]


def _named(result: StoredResult) -> str:
    language = current_language()
    record = result.record
    return _("%(year)s年度 %(programme)s %(day)s") % {
        "year": record.fiscal_year,
        "programme": programme_view(record.programme, language).label,
        "day": examined_words(record.examined_date, language),
    }


@requires(Permission.PRINT_LETTERS, sent=Act.PRINT, leaves="letter-gathered")
@require_http_methods(["GET", "POST"])
def gathered(request: StaffRequest, token: str) -> HttpResponse:
    """Let several results of a person be chosen, and tell of them in one letter."""
    person = opened(request, token, "letter gathered")
    at = runtime.now()
    on = civil_date(at)
    told = sorted(
        (one for one in screening.results_of(person.system_person_number) if may_be_told(one)),
        key=lambda one: (one.record.fiscal_year, one.record.examined_date or ""),
        reverse=True,
    )
    if not told:
        raise Http404
    form = GatheredForm(request.POST if request.method == "POST" else None, told, is_protected=person.is_protected(on))
    if request.method == "POST" and form.is_valid():
        made = make_gathered_notice(
            person=person.system_person_number,
            result_ids=[UUID(one) for one in form.cleaned_data["results"]],
            with_protected=bool(form.cleaned_data.get("asked")),
            town=runtime.node().own_town().name,
            by=request.member.as_actor(),
            at=at,
        )
        if not isinstance(made, LeftOut):
            return _as_pdf(LetterKind.GATHERED_NOTICE, made)
    context = _to_whom(person, token, on) | {"label": KIND_LABELS[LetterKind.GATHERED_NOTICE], "form": form}
    return render(request, "followup/letter.html", context, status=422 if form.errors else 200)


def _check_about(kind: LetterKind, result_id: UUID, person: Person) -> None:
    """Make sure that this letter can be about this result of this person.

    :raises Http404: when it cannot.
    """
    result = screening.result(result_id)
    if result is None or result.system_person_number != person.system_person_number or not may_be_told(result):
        raise Http404
    if kind in (LetterKind.HPV_RECALL, LetterKind.RETEST):
        fits = kind in further_tests(result)
    else:
        fits = kind is LetterKind.RESULT_NOTICE or queries.case(result_id) is not None
    if not fits:
        raise Http404


def _page(
    request: StaffRequest, token: str, person: Person, result_id: UUID, kind: LetterKind, form: LetterForm
) -> HttpResponse:
    on, language = civil_date(runtime.now()), current_language()
    result = screening.result(result_id)
    earlier = letters.letters_about(NOTICES if kind in NOTICES else [kind], [str(result_id)])
    context = _to_whom(person, token, on) | {
        "kind": kind,
        "label": KIND_LABELS[kind],
        "form": form,
        "result": None if result is None else result_view(result, token, provider_names(language), language),
        "is_case": queries.case(result_id) is not None,
        "earlier": _earlier(earlier),
        "reminds": kind is LetterKind.DETAIL_REMINDER,
    }
    return render(request, "followup/letter.html", context, status=422 if form.errors else 200)


def _to_whom(person: Person, token: str, on: dt.date) -> dict[str, object]:
    """Return what a page says of whom a letter would go to, or why it cannot."""
    found, none = recipients([person.system_person_number], on, with_protected=True)
    to = found.get(person.system_person_number)
    return identity(person, on) | {
        "token": token,
        "to": to,
        "language_label": "" if to is None else LANGUAGE_LABELS[to.language],
        "missing": _missing(to),
        "reason": None if to is not None else LEFT_OUT[LeftOut(none[person.system_person_number].value)],
        "has_sender": letters.sender().version > 0,
    }


def _missing(to: Recipient | None) -> str:
    if to is None:
        return ""
    return unprintable(to.destination.name + to.destination.address + to.destination.care_of)


def _earlier(issued: list[IssuedLetter]) -> list[dict[str, object]]:
    names = names_of(one.issued_by for one in issued)
    return [{"at": one.issued_at, "by": names[one.issued_by], "number": one.number} for one in issued]
