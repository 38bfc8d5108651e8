"""Leaving a resident out of a programme, and taking them in again."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.eligibility import queries
from tasuki.eligibility.errors import NoSuchExclusion
from tasuki.eligibility.operations.exclusions import AlreadyExcluded, end_exclusion, exclude
from tasuki.eligibility.types import ExclusionKind
from tasuki.layouts.types import Programme
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField
from tasuki.web.presenters.due import exclusion_kind_label, exclusion_view
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.staff.person import identity, opened
from tasuki.web.templatetags.tasuki import current_language


class ExclusionForm(forms.Form):
    """Whom to leave out of what, why and for how long."""

    programme = forms.ChoiceField(label=gettext_lazy("検診"))
    kind = forms.ChoiceField(label=gettext_lazy("わけ"), widget=forms.RadioSelect)
    valid_from = DayField(
        label=gettext_lazy("いつから"), help_text=gettext_lazy("例: 令和8年4月1日、2026/4/1"), max_length=30
    )
    valid_to = DayField(
        label=gettext_lazy("いつまで"),
        help_text=gettext_lazy("決まっていなければ空けてください。この日から、また対象になります。"),
        max_length=30,
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("メモ"), max_length=200, required=False)

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what was posted, or nothing
        language = current_language()
        programmes = [(one.value, programme_view(one, language).label) for one in Programme]
        kinds = [(one.value, exclusion_kind_label(one)) for one in ExclusionKind]
        for name, offered in (("programme", programmes), ("kind", kinds)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered

    def clean(self) -> dict[str, object]:
        """Refuse an end that is not after the beginning, and somebody left out for no stated reason."""
        cleaned: dict[str, object] = self.cleaned_data
        start, end = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_to")
        if start is not None and end is not None and end <= start:
            self.add_error("valid_to", _("「いつから」より後の日を入力してください。"))
        if cleaned.get("kind") == ExclusionKind.OTHER and not cleaned.get("note"):
            self.add_error("note", _("「その他」のときは、わけをメモに書いてください。"))
        return cleaned


class EndForm(forms.Form):
    """From when somebody is no longer left out, and why."""

    ended_date = DayField(
        label=gettext_lazy("除外を終える日"),
        help_text=gettext_lazy("誤って記録したときは、始まりの日を入力すると初めからなかったことになります。"),
        max_length=30,
    )
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200)


@requires(Permission.RECORD_EXCLUSION)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def exclusions(request: StaffRequest, token: str) -> HttpResponse:
    """Show whom the town leaves out of what, and leave a resident out of one more programme."""
    person = opened(request, token, "exclusions")
    form = ExclusionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        outcome = exclude(
            person=person.system_person_number,
            programme=Programme(values["programme"]),
            kind=ExclusionKind(values["kind"]),
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            note=values["note"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if not isinstance(outcome, AlreadyExcluded):
            messages.success(request, _("対象から除くことを記録しました。"))
            return redirect("exclusions", token)
        form.add_error(
            None,
            _(
                "この検診は、同じわけで終わりを決めずに除外しています。先にその除外を終えるか、わけを選び直してください。"
            ),
        )
    return _page(request, token, person, form, None, None)


@requires(Permission.RECORD_EXCLUSION)
@sensitive_post_parameters()
@require_POST
def end(request: StaffRequest, token: str, exclusion_id: int) -> HttpResponse:
    """Take a resident in again."""
    person = opened(request, token, "exclusions")
    form = EndForm(request.POST, prefix=str(exclusion_id))
    if not form.is_valid():
        return _page(request, token, person, ExclusionForm(), exclusion_id, form)
    try:
        end_exclusion(
            person=person.system_person_number,
            exclusion_id=exclusion_id,
            ended_date=form.cleaned_data["ended_date"],
            reason=form.cleaned_data["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except NoSuchExclusion as error:
        raise Http404 from error
    messages.success(request, _("除外を終えました。"))
    return redirect("exclusions", token)


def _page(
    request: StaffRequest, token: str, person: Person, form: ExclusionForm, wrong: int | None, end_form: EndForm | None
) -> HttpResponse:
    on = civil_date(runtime.now())
    language = current_language()
    rows = [
        {
            "exclusion": exclusion_view(one, language),
            "form": end_form if one.exclusion_id == wrong else EndForm(prefix=str(one.exclusion_id)),
        }
        for one in queries.exclusions_of(person.system_person_number)
    ]
    is_wrong = bool(form.errors) or end_form is not None
    context = identity(person, on) | {"token": token, "rows": rows, "form": form, "wrong_form": end_form or form}
    return render(request, "due/exclusions.html", context, status=422 if is_wrong else 200)
