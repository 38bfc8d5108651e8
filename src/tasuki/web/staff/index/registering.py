"""People outside the register (住登外者), registered by hand: who could be meant is shown first, a clerk decides."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations import identity
from tasuki.persons.candidates import MOST_SHOWN, likely_people
from tasuki.persons.gate import is_usable_number
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.people import IndexPerson
from tasuki.persons.queries.search import find_people
from tasuki.persons.types import NON_REGISTERED, RegistrationReport, RegistrationStatus
from tasuki.persons.types.items import BasicItems, NonRegisteredCause
from tasuki.persons.wording import problem_words
from tasuki.shared.dates import RefusedDate, parse_partial_date
from tasuki.shared.names import fold_digits
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.identity import comparison, person_heading
from tasuki.web.presenters.matching import falls
from tasuki.web.sealed import seal_unified
from tasuki.web.staff.index.people import looked_up

CAUSE_LABELS: Final[Mapping[NonRegisteredCause, Promise]] = {
    NonRegisteredCause.SCREENED_HERE: gettext_lazy("住民票は別の市区町村にあり、ここで検診を受ける"),
    NonRegisteredCause.MOVED_OUT: gettext_lazy("転出したあとも手続が残っている"),
    NonRegisteredCause.OTHER_DUTY: gettext_lazy("税や給付など、ほかの事務のため"),
}
_OFF: Final = {"autocomplete": "off"}


class PersonForm(forms.Form):
    """What is known of somebody: the four items as far as they go, why, and an individual number that was seen."""

    name = forms.CharField(
        label=gettext_lazy("氏名"),
        help_text=gettext_lazy("氏と名の間に空白を入れます。"),
        max_length=100,
        widget=forms.TextInput(attrs=_OFF),
    )
    kana_name = forms.CharField(
        label=gettext_lazy("フリガナ"), max_length=100, required=False, widget=forms.TextInput(attrs=_OFF)
    )
    birth_date = forms.CharField(
        label=gettext_lazy("生年月日"),
        help_text=gettext_lazy("例: 昭和59年6月2日、1984/6/2。年や年月しか分からなければ、そこまで。"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs=_OFF),
    )
    sex = forms.ChoiceField(
        label=gettext_lazy("性別"),
        choices=[("1", gettext_lazy("男")), ("2", gettext_lazy("女")), ("", gettext_lazy("分からない"))],
        required=False,
        widget=forms.RadioSelect,
    )
    address = forms.CharField(
        label=gettext_lazy("住所"), max_length=200, required=False, widget=forms.TextInput(attrs=_OFF)
    )
    cause = forms.ChoiceField(
        label=gettext_lazy("登録する理由"),
        choices=[(cause.value, label) for cause, label in CAUSE_LABELS.items()],
        widget=forms.RadioSelect,
    )
    individual_number = forms.CharField(
        label=gettext_lazy("個人番号（原本を見たときだけ）"),
        help_text=gettext_lazy("入力すると、承認者の確認が必要になります。分からなければ空欄にします。"),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={**_OFF, "inputmode": "numeric"}),
    )
    seen = forms.BooleanField(label=gettext_lazy("個人番号カードなどの原本を見た"), required=False)

    def clean_birth_date(self) -> str:
        """Turn any usual spelling into ISO, as far as it is known."""
        typed: str = self.cleaned_data["birth_date"]
        if not typed:
            return ""
        found = parse_partial_date(typed)
        if isinstance(found, RefusedDate):
            raise forms.ValidationError(
                _("日付として読み取れません。昭和59年6月2日、または 1984/6/2 のように入力してください。")
            )
        return found.iso

    def clean_individual_number(self) -> str:
        """Read digits of either width; a number that is none is never repeated."""
        number = fold_digits(self.cleaned_data["individual_number"].strip())
        if number and not is_usable_number(number):
            raise forms.ValidationError(_("個人番号の検査数字が合いません。原本と見比べてください。"))
        return number

    def clean(self) -> dict[str, Any]:
        """Ask for something to tell people apart by, and for a document with the number."""
        values: dict[str, Any] = self.cleaned_data
        if not self.errors and not (values.get("birth_date") or values.get("address")):
            raise forms.ValidationError(_("氏名だけでは人を区別できません。生年月日か住所を入力してください。"))
        if values.get("individual_number") and not values.get("seen"):
            self.add_error("seen", _("個人番号は、原本を見たときだけ登録できます。"))
        return values

    @property
    def items(self) -> BasicItems:
        """What was typed, as a statement."""
        names = ("name", "kana_name", "birth_date", "sex", "address")
        return BasicItems(**{name: self.cleaned_data[name] for name in names})


@requires(Permission.CHANGE_INDEX)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def register(request: StaffRequest) -> HttpResponse:
    """Take what is known, show who could be meant, and register when the clerk says so."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return render(request, "index/register.html", {"form": form}, status=422 if form.errors else 200)
    if "register" in request.POST:
        number, report = identity.register_non_registered(
            items=form.items,
            individual_number=form.cleaned_data["individual_number"] or None,
            cause=NonRegisteredCause(form.cleaned_data["cause"]),
            cipher=number_cipher(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if not report.problems:
            return _told(request, number, report)
        _explain(form, report)
        return render(request, "index/register.html", {"form": form}, status=422)
    people = _candidates(request, form.items)
    context = {
        "form": form,
        "is_compared": True,
        "has_statement": True,
        "people": [person_heading(one) for one in people],
        "comparison": comparison(form.items, people),
        "falls": falls(form.items, people),
    }
    return render(request, "index/register.html", context)


def _candidates(request: StaffRequest, items: BasicItems) -> list[IndexPerson]:
    """Return who could be meant, after recording who is about to look."""
    found = [one.person for one in likely_people(NON_REGISTERED, {"": items}).get("", [])]
    if items.birth_date:
        # Matching may be a moment behind; whoever was born that day and is called so is shown in any case.
        found += [one.person for one in find_people(number="", birth_date=items.birth_date, name=items.name)]
    return [looked_up(request, one, "index-register") for one in list(dict.fromkeys(found))[:MOST_SHOWN]]


def _told(request: StaffRequest, number: str, report: RegistrationReport) -> HttpResponse:
    outcome = report.outcomes[number]
    if outcome.status is RegistrationStatus.CASE and outcome.case_id is not None:
        messages.warning(request, _("登録の前に、決めることがあります。見比べて決めてください。"))
        return redirect("index-case", outcome.case_id)
    if outcome.status is RegistrationStatus.LINKED:
        messages.success(request, _("四情報がすべて一致する人がいたので、その人として登録しました。"))
    else:
        messages.success(request, _("新しい統合宛名番号を付けました。"))
    return redirect("index-person", seal_unified(unified_numbers(NON_REGISTERED, [number])[number]))


def _explain(form: PersonForm, report: RegistrationReport) -> None:
    english = get_language() == "en"
    for problem in report.problems:
        words = problem_words(problem.fault)
        said = f"{words.en} {words.remedy_en}" if english else f"{words.ja}{words.remedy_ja}"
        form.add_error(problem.field if problem.field in form.fields else None, said)
