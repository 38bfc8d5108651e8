"""Screenings at a workplace that a resident declares at the counter."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.layouts.types import Programme, RecordProblem, ScreeningRecord
from tasuki.screening.declarations import declared, problems_of_declaration
from tasuki.screening.operations.workplace import declare_workplace_screening
from tasuki.screening.rules import acknowledgement_key, header_item, split
from tasuki.screening.types import Person, Rejected
from tasuki.shared.dates import PartialDate, fiscal_year_of, parse_partial_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.dates import understood
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.staff.person import opened
from tasuki.web.staff.results.common import show, today
from tasuki.web.staff.results.fields import warning_view
from tasuki.web.staff.results.reading import age_on
from tasuki.web.templatetags.tasuki import current_language

_OUTCOME_LENGTH = 200


class DeclarationForm(forms.Form):
    """What the resident says; nothing more is asked than they can be expected to know."""

    programme = forms.ChoiceField(label=gettext_lazy("検診"))
    examined_date = forms.CharField(
        label=gettext_lazy("受診日"),
        help_text=gettext_lazy("例: R8.5.1、令和8年5月、2026-05。日や月が分からなければ省いてください。"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    fiscal_year = forms.CharField(
        label=gettext_lazy("年度"),
        help_text=gettext_lazy("受診日の月まで分かるときは、空欄のままで構いません。"),
        max_length=4,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    place = forms.CharField(
        label=gettext_lazy("受けた場所"),
        help_text=gettext_lazy("例: 勤務先の健診、人間ドック"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    outcome = forms.CharField(
        label=gettext_lazy("本人の言う結果"),
        help_text=gettext_lazy("分からなければ空欄のままにしてください。"),
        max_length=_OUTCOME_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a form takes any mapping of what was typed
        choice = self.fields["programme"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        language = current_language()
        choice.choices = [("", _("選んでください"))] + [
            (programme.value, programme_view(programme, language).label) for programme in Programme
        ]

    def clean_examined_date(self) -> PartialDate:
        """Read a date as precise as it is known."""
        found = parse_partial_date(self.cleaned_data["examined_date"])
        if not isinstance(found, PartialDate):
            raise forms.ValidationError(_("日付として読み取れません。R8.5.1、令和8年5月 のように入力してください。"))
        return found

    def clean(self) -> dict[str, object]:
        """Take the fiscal year from the date where the month is known; otherwise it must be told."""
        values: dict[str, object] = self.cleaned_data
        found, typed = values.get("examined_date"), str(values.get("fiscal_year", "")).strip()
        if typed and not (typed.isascii() and typed.isdigit()):
            self.add_error("fiscal_year", _("西暦4桁で入力してください。"))
        elif not typed and isinstance(found, PartialDate):
            if found.month is None:
                self.add_error("fiscal_year", _("受診日の月が分からないので、年度を入力してください。"))
            else:
                values["fiscal_year"] = str(fiscal_year_of(found.earliest()))
        return values


@requires(Permission.RECORD_RESULTS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def declare(request: StaffRequest, token: str) -> HttpResponse:
    """Take down what a resident says of a screening at their workplace."""
    person = opened(request, token, "declaration")
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, token, person, form, [])
    record = _record(person, form)
    acknowledged = frozenset(request.POST.getlist("acknowledged"))
    problems = problems_of_declaration(person=person.system_person_number, record=record, on=today())
    errors, warnings = split(problems)
    if errors or any(acknowledgement_key(warning) not in acknowledged for warning in warnings):
        return _refused(request, token, person, form, problems)
    outcome = declare_workplace_screening(
        person=person.system_person_number,
        record=record,
        outcome=form.cleaned_data["outcome"].strip(),
        by=request.member.as_actor(),
        at=runtime.now(),
        acknowledged=acknowledged,
    )
    if isinstance(outcome, Rejected):
        return _refused(request, token, person, form, list(outcome.problems))
    messages.success(request, _("職域検診の申告を登録しました。他の自治体には提供されません。"))
    return redirect("person", token)


def _record(person: Person, form: DeclarationForm) -> ScreeningRecord:
    values = form.cleaned_data
    examined: PartialDate = values["examined_date"]
    return declared(
        programme=Programme(values["programme"]),
        fiscal_year=int(values["fiscal_year"]),
        examined_date=examined.iso,
        age=age_on(person.birth_date, examined.iso),
        place=values["place"].strip(),
    )


def _refused(
    request: StaffRequest, token: str, person: Person, form: DeclarationForm, problems: list[RecordProblem]
) -> HttpResponse:
    errors, warnings = split(problems)
    fields = {header_item(name).code: field for name, field in _FIELDS.items()}
    japanese = current_language() == "ja"
    for problem in errors:
        said = (problem.message_ja, problem.remedy_ja) if japanese else (problem.message_en, problem.remedy_en)
        form.add_error(fields.get(problem.item or ""), " ".join(said))
    return _page(request, token, person, form, warnings)


_FIELDS = {"fiscal_year": "fiscal_year", "examined_date": "examined_date", "facility_name": "place"}


def _page(
    request: StaffRequest, token: str, person: Person, form: DeclarationForm, warnings: list[RecordProblem]
) -> HttpResponse:
    language = current_language()
    ticked = request.POST.getlist("acknowledged")
    context: dict[str, object] = {
        "form": form,
        "echo": understood(request.POST.get("examined_date", ""), language),
        "warnings": [warning_view(warning, language, ticked) for warning in warnings],
    }
    status = 422 if form.errors or warnings else 200
    return show(request, "results/workplace.html", person, token, context, status=status)
