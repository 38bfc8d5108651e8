"""Letters to many: chosen, asked for as long work, and afterwards whom a clerk must handle by hand."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.followup import queries
from tasuki.followup.operations.letters import FILE_SIZE, TIME_TO_GO
from tasuki.followup.parameters import (
    left_out_from,
    parameters_of_cases,
    parameters_of_notices,
    parameters_of_tests,
    tests_from,
)
from tasuki.followup.rules import not_now
from tasuki.followup.types import CaseFilter, LeftOut, NoticeFilter
from tasuki.layouts.types import Programme
from tasuki.letters.queries import sender
from tasuki.letters.types import LetterKind
from tasuki.screening import queries as screening
from tasuki.screening.types import BatchState
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.followup import LEFT_OUT
from tasuki.web.presenters.letters import KIND_LABELS
from tasuki.web.presenters.people import person_row
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.staff.followup.lists import read_filter
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work import queries as works
from tasuki.work.operations import ask
from tasuki.work.types import Work

_KINDS = ("result_notices", "detail_reminders", "further_tests")


class NoticeForm(forms.Form):
    """Whom to tell of their results. Nothing here tells of a person, so it stands in the address."""

    year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int)
    programme = forms.ChoiceField(label=gettext_lazy("検診"), required=False)
    batch = forms.ChoiceField(label=gettext_lazy("取込み"), required=False)
    examined_from = DayField(
        label=gettext_lazy("受診日（から）"),
        help_text=gettext_lazy("例: 令和8年4月1日、2026/4/1"),
        max_length=30,
        required=False,
    )
    examined_to = DayField(label=gettext_lazy("受診日（まで）"), max_length=30, required=False)
    gathered = forms.BooleanField(
        label=gettext_lazy("一人の結果を一通にまとめる"),
        help_text=gettext_lazy(
            "上の条件にあてはまる結果を、一人一通で知らせます。同じ日の検診なら、その日で絞ります。"
        ),
        required=False,
    )

    def __init__(self, data: Mapping[str, str], on: dt.date) -> None:
        super().__init__(data)
        language = current_language()
        years = sorted({fiscal_year_of(on), *queries.fiscal_years()}, reverse=True)
        committed = [one for one in screening.batches() if one.state is BatchState.COMMITTED]
        offered: dict[str, list[tuple[str, object]]] = {
            "year": [(str(one), _("%(year)s年度") % {"year": one}) for one in years],
            "programme": [("", _("すべて")), *((one.value, programme_view(one, language).label) for one in Programme)],
            "batch": [("", _("すべて")), *((str(one.batch_id), one.file_name) for one in committed)],
        }
        offer(self, offered)

    def clean(self) -> dict[str, object]:
        """Refuse days the wrong way round."""
        cleaned: dict[str, object] = self.cleaned_data
        start, end = self.cleaned_data.get("examined_from"), self.cleaned_data.get("examined_to")
        if start is not None and end is not None and start > end:
            self.add_error("examined_to", _("「から」より前の日です。入れ替えて入力してください。"))
        return cleaned

    def wanted(self) -> NoticeFilter:
        """Return the filter of valid input."""
        values = self.cleaned_data
        return NoticeFilter(
            fiscal_year=values["year"],
            programme=Programme(values["programme"]) if values["programme"] else None,
            batch_id=UUID(values["batch"]) if values["batch"] else None,
            examined_from=values["examined_from"],
            examined_to=values["examined_to"],
        )


class DeadlineForm(forms.Form):
    """By when people are asked to go."""

    deadline = DayField(
        label=gettext_lazy("いつまでに受けてほしいか"),
        help_text=gettext_lazy("例: 令和8年4月1日、2026/4/1"),
        max_length=30,
    )

    def __init__(self, data: object, on: dt.date) -> None:
        super().__init__(data, initial={"deadline": (on + TIME_TO_GO).isoformat()})  # type: ignore[arg-type]  # what was posted, or nothing
        self._on = on

    def clean_deadline(self) -> dt.date:
        """Refuse a day that is gone."""
        day: dt.date = self.cleaned_data["deadline"]
        if day <= self._on:
            raise forms.ValidationError(_("過ぎた日です。今日より後の日を入力してください。"))
        return day


@requires(Permission.PRINT_LETTERS, sent=Act.PRINT)
@require_http_methods(["GET", "POST"])
def notices(request: StaffRequest) -> HttpResponse:
    """Choose whom to tell of their results, and ask for the letters."""
    at = runtime.now()
    on = civil_date(at)
    sent = request.POST.dict() if request.method == "POST" else request.GET.dict()
    given = {name: str(value) for name, value in sent.items() if value}
    form = NoticeForm({"year": str(fiscal_year_of(on))} | given, on)
    if not form.is_valid():
        return render(request, "followup/notices.html", {"form": form}, status=422)
    if request.method == "POST":
        parameters = parameters_of_notices(form.wanted()) | {"gathered": form.cleaned_data["gathered"]}
        work = ask(kind="result_notices", parameters=parameters, by=request.member.as_actor(), at=at)
        return redirect("work", work.work_id)
    context = {
        "form": form,
        "counted": True,
        "letters": len(queries.untold_results(form.wanted())),
        "gathered": form.cleaned_data["gathered"],
        "carried": [(name, form.data[name]) for name in form.fields if form.data.get(name)],
        "file_size": FILE_SIZE,
        "has_sender": sender().version > 0,
    }
    return render(request, "followup/notices.html", context)


@requires(Permission.PRINT_LETTERS, sent=Act.PRINT)
@require_http_methods(["GET", "POST"])
def remind(request: StaffRequest) -> HttpResponse:
    """Show whom a list's reminders would go to, and ask for them."""
    at = runtime.now()
    on = civil_date(at)
    _form, asked = read_filter(request.GET.dict(), on)
    if asked is None or not asked.kind.is_of_cases:
        raise Http404
    wanted = asked.cases(on)
    form = DeadlineForm(request.POST if request.method == "POST" else None, on)
    if request.method == "POST" and form.is_valid():
        parameters = parameters_of_cases(wanted) | {"deadline": form.cleaned_data["deadline"].isoformat()}
        work = ask(kind="detail_reminders", parameters=parameters, by=request.member.as_actor(), at=at)
        return redirect("work", work.work_id)
    people, left_out = _preview(wanted, on)
    context = {
        "form": form,
        "kind": asked.kind,
        "people": people,
        "left_out": [(LEFT_OUT[reason][0], count) for reason, count in sorted(left_out.items())],
        "back": f"{reverse('followup-list')}?{asked.query}",
        "file_size": FILE_SIZE,
        "has_sender": sender().version > 0,
    }
    return render(request, "followup/remind.html", context, status=422 if form.errors else 200)


def _preview(wanted: CaseFilter, on: dt.date) -> tuple[int, Counter[LeftOut]]:
    """Count whom a list's reminders would go to, and who is left out today."""
    cases = queries.cases_by_result(queries.result_ids(wanted)).values()
    reasons = [not_now(case, on) for case in cases if case.state.is_open]
    return reasons.count(None), Counter(reason for reason in reasons if reason is not None)


@requires(Permission.PRINT_LETTERS, sent=Act.PRINT)
@require_http_methods(["GET", "POST"])
def ask_again(request: StaffRequest) -> HttpResponse:
    """Show whom a list asks to be tested again, and ask for the letters."""
    at = runtime.now()
    _form, asked = read_filter(request.GET.dict(), civil_date(at))
    if asked is None or asked.kind.letter is None or asked.year is None:
        raise Http404
    kind, year = asked.kind.letter, asked.year
    if request.method == "POST":
        parameters = parameters_of_tests(kind, year, asked.programme)
        work = ask(kind="further_tests", parameters=parameters, by=request.member.as_actor(), at=at)
        return redirect("work", work.work_id)
    waiting = queries.awaiting_test(kind, year, asked.programme)
    lately = len(queries.written_lately(kind, waiting, at))
    context = {
        "kind": asked.kind,
        "label": KIND_LABELS[kind],
        "letter": kind,
        "people": len(waiting) - lately,
        "lately": lately,
        "back": f"{reverse('followup-list')}?{asked.query}",
        "file_size": FILE_SIZE,
        "has_sender": sender().version > 0,
    }
    return render(request, "followup/ask_again.html", context)


def _kind_by_hand(work: Work) -> LetterKind:
    """Return the letter that is made by hand for somebody whom such work left out."""
    if work.kind == "further_tests":
        return tests_from(work.parameters)[0]
    return LetterKind.RESULT_NOTICE if work.kind == "result_notices" else LetterKind.DETAIL_REMINDER


@requires(Permission.PRINT_LETTERS)
@require_GET
def left_out(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """List who was left out of letters, and what to do about each."""
    found = works.work(work_id)
    if found is None or found.kind not in _KINDS or found.asked_by != str(request.member.as_actor()):
        raise Http404
    listed = left_out_from(found.outcome)
    page = page_number(request.GET.get("page", "1"))
    shown = listed[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    results = screening.results([result_id for result_id, _reason in shown])
    people = screening.people([one.system_person_number for one in results.values()])
    on, language = civil_date(runtime.now()), current_language()
    kind = _kind_by_hand(found)
    rows = []
    for result_id, reason in shown:
        stored = results[result_id]
        person = person_row(people[stored.system_person_number], on) if stored.system_person_number in people else None
        label, advice = LEFT_OUT[reason]
        by_hand = person is not None and reason in (LeftOut.PROTECTED, LeftOut.UNPRINTABLE, LeftOut.NO_ADDRESS)
        rows.append(
            {
                "person": person,
                "programme": programme_view(stored.record.programme, language),
                "reason": label,
                "advice": advice,
                "address": reverse("letter", args=[person.token, result_id, kind]) if person and by_hand else "",
            }
        )
    context = {"work": found, "rows": rows, "paging": paging(page, len(listed)), "letters": found.outcome["letters"]}
    return render(request, "followup/left_out.html", context)
