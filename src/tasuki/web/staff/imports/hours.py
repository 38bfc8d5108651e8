"""In which hours the senders' folders are looked into without anybody asking."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.screening.drop_hours import SHIPPED, drop_hours, drop_hours_versions
from tasuki.screening.operations.drop_hours import set_drop_hours
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.staff.results.common import names_of


class HoursForm(forms.Form):
    """From when until when, and why that is changed."""

    begins = forms.TypedChoiceField(label=gettext_lazy("始まる時刻"), coerce=int)
    ends = forms.TypedChoiceField(
        label=gettext_lazy("終わる時刻"), coerce=int, help_text=gettext_lazy("始まる時刻と同じなら、一日中です。")
    )
    reason = forms.CharField(
        label=gettext_lazy("変える理由"),
        max_length=200,
        error_messages={"required": gettext_lazy("変える理由を入力してください。")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: object, initial: dict[str, object]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # what was posted, or nothing
        clock = [(str(hour), _("%(hour)s時") % {"hour": hour}) for hour in range(24)]
        offer(self, {"begins": clock, "ends": clock})


@requires(Permission.EDIT_MAPPINGS, shows_nobody=True)
@require_http_methods(["GET", "POST"])
def hours(request: StaffRequest) -> HttpResponse:
    """Show the hours that hold and every change of them, or bring others into use."""
    standing = drop_hours()
    initial = {"begins": str(standing.begins), "ends": str(standing.ends), "version": standing.version}
    form = HoursForm(request.POST if request.method == "POST" else None, initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        stored = set_drop_hours(
            begins=values["begins"],
            ends=values["ends"],
            version=values["version"],
            reason=values["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if stored is not None:
            messages.success(request, _("自動取込みの時間帯を変えました。すぐに使われます。"))
            return redirect("import-hours")
        form.add_error(None, _("ほかの人が先に変えました。下のいまの時間帯を見て、もう一度入力してください。"))
    versions = drop_hours_versions()
    names = names_of(one.written_by for one in versions)
    context = {
        "form": form,
        "standing": standing,
        "shipped": SHIPPED,
        "versions": [(one, names[one.written_by]) for one in versions],
    }
    return render(request, "imports/hours.html", context, status=422 if form.errors else 200)
