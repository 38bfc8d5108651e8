"""Districts of health centres (担当区域): which places each works for, how many live there, and how many in none."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import limited_without_area
from tasuki.screening.district_rules import SHORTEST_PLACE
from tasuki.screening.operations.districts import end_district, save_district
from tasuki.screening.queries import districts as queries
from tasuki.screening.types.districts import DistrictProblem, DistrictStated, DistrictView, DistrictWrong
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.accounts import actor_names

_WRONG: dict[DistrictWrong, tuple[str, Promise]] = {
    DistrictWrong.NO_PLACE: ("places", gettext_lazy("町・丁目を、一行に一つずつ入力してください。")),
    DistrictWrong.TOO_SHORT: (
        "places",
        gettext_lazy(
            "%(line)s行目「%(place)s」は短すぎます。区や市の名前から始めて、%(least)s文字以上にしてください。"
        ),
    ),
    DistrictWrong.TAKEN: (
        "places",
        gettext_lazy("%(line)s行目「%(place)s」は、%(other)sに同じものがあります。どちらかから除いてください。"),
    ),
    DistrictWrong.NAME_TAKEN: ("name", gettext_lazy("この名前の担当区域は、もうあります。別の名前にしてください。")),
    DistrictWrong.NO_SUCH: ("", gettext_lazy("この担当区域はありません。")),
}


class DistrictForm(forms.Form):
    """What a district is called, and which places belong to it."""

    name = forms.CharField(
        label=gettext_lazy("保健センターの名前"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name_en = forms.CharField(
        label=gettext_lazy("英語の名前"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "lang": "en"}),
    )
    places = forms.CharField(
        label=gettext_lazy("町・丁目"),
        help_text=gettext_lazy(
            "住民票の住所の始まりを、区や市の名前から、一行に一つ。例: 架空区模擬町、架空区模擬町二丁目。"
            "長く当てはまるほうの区域になります。全角・半角、漢数字・数字のどちらでもかまいません。"
        ),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    reason = forms.CharField(
        label=gettext_lazy("変える理由"),
        help_text=gettext_lazy("根拠にした規則や通知。100文字まで。"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_places(self) -> tuple[str, ...]:
        """Read the lines that say something."""
        return tuple(line.strip() for line in self.cleaned_data["places"].splitlines() if line.strip())


class EndForm(forms.Form):
    """Why a district ends."""

    reason = forms.CharField(
        label=gettext_lazy("終える理由"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def _label(one: DistrictView) -> str:
    return one.name_en if get_language() == "en" else one.name


@requires(Permission.VIEW_DISTRICTS)
@require_GET
def districts(request: StaffRequest) -> HttpResponse:
    """List the districts with how many live in each, and where those live who are in none."""
    total, places = queries.unplaced()
    context = {
        "rows": [{"one": one, "label": _label(one)} for one in queries.districts()],
        "unplaced": total,
        "unplaced_places": places,
        "without_area": limited_without_area(),
        "may_manage": may(request.member, Permission.MANAGE_DISTRICTS),
    }
    return render(request, "districts/districts.html", context)


@requires(Permission.MANAGE_DISTRICTS, asks_again=True)
@require_http_methods(["GET", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """Add a district."""
    form = DistrictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = UUID(runtime.new_id(runtime.now()))
        if _is_kept(request, number, form):
            return redirect("district", number)
    return render(request, "districts/add.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.VIEW_DISTRICTS)
@require_GET
def district(request: StaffRequest, district_id: UUID) -> HttpResponse:
    """Show a district with its changes."""
    return _page(request, district_id, None, EndForm())


@requires(Permission.MANAGE_DISTRICTS, asks_again=True)
@require_POST
def change(request: StaffRequest, district_id: UUID) -> HttpResponse:
    """Keep a district as it is stated now."""
    form = DistrictForm(request.POST)
    if queries.district(district_id) is None:
        raise Http404
    if form.is_valid() and _is_kept(request, district_id, form):
        return redirect("district", district_id)
    return _page(request, district_id, form, EndForm())


def _is_kept(request: StaffRequest, number: UUID, form: DistrictForm) -> bool:
    typed = form.cleaned_data
    stated = DistrictStated(number, typed["name"].strip(), typed["name_en"].strip(), typed["places"])
    problem = save_district(stated=stated, reason=typed["reason"], by=request.member.as_actor(), at=runtime.now())
    if problem is None:
        messages.success(request, _("担当区域を残しました。住民の割当ては、いまから変わっています。"))
        return True
    field, text = _WRONG[problem.wrong]
    form.add_error(field or None, _words(text, problem))
    return False


def _words(text: Promise, problem: DistrictProblem) -> str:
    other = problem.other or _("この区域")
    said = {"line": problem.line, "place": problem.place, "other": other, "least": SHORTEST_PLACE}
    return str(text) % said if "%(" in str(text) else str(text)


@requires(Permission.MANAGE_DISTRICTS, asks_again=True)
@require_POST
def end(request: StaffRequest, district_id: UUID) -> HttpResponse:
    """End a district; whoever lived in it is in none, and seen by the screening department alone."""
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, district_id, None, form)
    problem = end_district(
        district=district_id, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
    )
    if problem is not None:
        raise Http404
    messages.success(request, _("担当区域を終えました。ここに住む人は、検診の担当課だけが見られます。"))
    return redirect("districts")


def _page(request: StaffRequest, number: UUID, form: DistrictForm | None, ending: EndForm) -> HttpResponse:
    found = queries.district(number)
    if found is None:
        raise Http404
    initial = {"name": found.name, "name_en": found.name_en, "places": "\n".join(found.places)}
    changes = queries.changes_of_district(number)
    names = actor_names([found.changed_by, *(one.changed_by for one in changes)])
    context = {
        "one": found,
        "label": _label(found),
        "form": form or DistrictForm(initial=initial),
        "ending": ending,
        "changes": [
            {
                "one": one,
                "by": names[one.changed_by],
                "added": [place for place in one.after if place not in one.before],
                "removed": [place for place in one.before if place not in one.after],
            }
            for one in changes
        ],
        "may_manage": may(request.member, Permission.MANAGE_DISTRICTS),
    }
    wrong = ending.errors or (form is not None and form.errors)
    return render(request, "districts/district.html", context, status=422 if wrong else 200)
