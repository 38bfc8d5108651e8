"""Individual numbers in custody: found, shown one at a time for a reason, deleted when no longer needed."""

import secrets
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations.custody import delete_due_numbers, plan_deletion, search_by_number, unmask_number
from tasuki.linkage.types import SYSTEM
from tasuki.persons import queries as index
from tasuki.persons.errors import CustodyDamaged, NumberNotKept
from tasuki.persons.retention import EndingEvent
from tasuki.persons.types import Custody, CustodyAct
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import is_digits, is_individual_number
from tasuki.shared.names import fold_digits
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.errors import custody_damaged
from tasuki.web.presenters.people import sex_label
from tasuki.web.reasons import UnmaskForm
from tasuki.web.sealed import SealBrokenError, open_unified, seal_unified
from tasuki.web.watching import look_at

#: Seconds after which a number that is shown is hidden again.
SHOWN_SECONDS: Final = 60
_ONCE: Final = "unmask_once"
_KEPT: Final = 20
_ACTS: Final = {
    CustodyAct.CHANGED: gettext_lazy("個人番号が変わった(前の番号は残していません)"),
    CustodyAct.DELETED: gettext_lazy("個人番号を消した"),
}
_EVENTS: Final = {EndingEvent.MOVED_OUT: gettext_lazy("転出した人"), EndingEvent.DIED: gettext_lazy("亡くなった人")}


class NumberForm(forms.Form):
    """Whose individual number somebody holds in their hands. What was typed is never shown again."""

    number = forms.CharField(
        label=gettext_lazy("個人番号(12桁)"),
        help_text=gettext_lazy("入力した番号は、画面にもアドレスにも記録にも残りません。"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "class": "mono"}),
    )

    def clean_number(self) -> str:
        """Read twelve digits in any usual spelling, and say which way they cannot be a number.

        :raises ValidationError: without repeating what was typed.
        """
        typed = "".join(fold_digits(self.cleaned_data["number"]).replace("-", "").split())
        if not is_digits(typed, 12):
            count = sum(char.isdigit() for char in typed)
            raise forms.ValidationError(
                _("12桁の数字で入力してください。入力されたのは%(count)d桁です。") % {"count": count}
            )
        if not is_individual_number(typed):
            raise forms.ValidationError(
                _(
                    "最後の1桁(検査用数字)が、前の11桁から計算した数と合いません。"
                    "どこかの数字が違うか、入れ替わっています。書類と1桁ずつ比べてください。"
                )
            )
        return typed


@requires(Permission.UNMASK_NUMBER, sent=Act.SEARCH)
@sensitive_post_parameters("number")
@sensitive_variables("form")
@require_http_methods(["GET", "POST"])
def search(request: StaffRequest) -> HttpResponse:
    """Find a person of the index by the individual number somebody states."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    is_unknown = False
    if request.method == "POST" and form.is_valid():
        person = search_by_number(
            individual_number=form.cleaned_data["number"],
            cipher=number_cipher(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if person is not None:
            return redirect("custody", seal_unified(person))
        is_unknown = True
    # Bound or not, the box comes back empty: a number must not stand in a page that may be printed or cached.
    errors = form.errors
    blank = NumberForm()
    context = {
        "form": blank,
        "number_errors": errors.get("number", []),
        "is_unknown": is_unknown,
        "keys": index.number_keys(),
        "counts": index.counts(),
        "may_delete": may(request.member, Permission.CHANGE_INDEX),
    }
    return render(request, "index/number_search.html", context, status=422 if errors else 200)


@requires(Permission.VIEW_INDEX)
@require_GET
def custody(request: StaffRequest, token: str) -> HttpResponse:
    """Show what is kept of a person's individual number, masked."""
    return _page(request, token, UnmaskForm(initial={"once": _new_once(request)}), 200)


@requires(Permission.UNMASK_NUMBER, asks_again=True)
@sensitive_variables("number")
@require_POST
def unmask(request: StaffRequest, token: str) -> HttpResponse:
    """Show one person's individual number once, after recording why."""
    form = UnmaskForm(request.POST)
    kept = _custody(token)
    if not form.is_valid():
        return _page(request, token, form, 422)
    if not _is_first(request, form.cleaned_data["once"]):
        messages.warning(request, _("番号は一度だけ表示します。もう一度見るときは、理由を入力し直してください。"))
        return redirect("custody", token)
    try:
        number = unmask_number(
            unified_person_number=kept.unified_person_number,
            cause=form.cleaned_data["cause"],
            reason=form.cleaned_data["reason"],
            cipher=number_cipher(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except NumberNotKept as error:
        raise Http404 from error
    except CustodyDamaged:
        return custody_damaged(request)
    context = _shown(kept, token) | {"number": f"{number[:4]} {number[4:8]} {number[8:]}", "seconds": SHOWN_SECONDS}
    response = render(request, "index/number_shown.html", context)
    # Hidden again without a script, too.
    response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={reverse('custody', args=[token])}"
    return response


@requires(Permission.CHANGE_INDEX, asks_again=True)
@require_http_methods(["GET", "POST"])
def deletion(request: StaffRequest) -> HttpResponse:
    """Show how many individual numbers are no longer needed, and delete those when asked to."""
    at = runtime.now()
    if request.method == "POST":
        typed = request.POST.get("expected", "")
        expected = int(typed) if is_digits(typed, len(typed)) and 0 < len(typed) < 9 else -1
        done = delete_due_numbers(expected=expected, by=request.member.as_actor(), at=at)
        if done is None:
            messages.warning(request, _("数えたときから人数が変わりました。もう一度確かめてから消してください。"))
        else:
            messages.success(request, _("%(count)d人の個人番号を消しました。") % {"count": done})
        return redirect("custody-deletion")
    on = civil_date(at)
    plan = plan_deletion(on)
    rules = [
        {
            "label": _EVENTS[rule.event],
            "rule": rule,
            "until": rule.last_day_over(on),
            "count": plan.by_event[rule.event],
        }
        for rule in plan.rules
    ]
    return render(request, "index/deletion.html", {"plan": plan, "rules": rules, "due": len(plan.people)})


def _page(request: StaffRequest, token: str, form: UnmaskForm, status: int) -> HttpResponse:
    kept = _custody(token)
    known = _resident(kept)
    if known is not None:
        look_at([known.system_person_number], part="custody")
    context = _shown(kept, token) | {"form": form, "may_unmask": may(request.member, Permission.UNMASK_NUMBER)}
    context["may_manage_codes"] = may(request.member, Permission.MANAGE_CODES)
    return render(request, "index/custody.html", context, status=status)


def _custody(token: str) -> Custody:
    """Return the custody an address names.

    :raises Http404: when it is nobody's.
    """
    try:
        found = index.custody_of(open_unified(token))
    except SealBrokenError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found


def _resident(kept: Custody) -> Person | None:
    own = dict(kept.systems).get(SYSTEM)
    return None if own is None else screening.person(own)


def _shown(kept: Custody, token: str) -> dict[str, Any]:
    person = _resident(kept)
    return {
        "token": token,
        "custody": kept,
        "person": person,
        "sex": "" if person is None else sex_label(person.sex),
        "is_protected": person is not None and person.is_protected(civil_date(runtime.now())),
        "changes": [{"change": one, "label": _ACTS[one.act]} for one in kept.changes],
    }


def _new_once(request: StaffRequest) -> str:
    """Deal a text that lets the page's form show a number once."""
    once = secrets.token_urlsafe(12)
    request.session[_ONCE] = [*request.session.get(_ONCE, []), once][-_KEPT:]
    return once


def _is_first(request: StaffRequest, once: str) -> bool:
    kept = list(request.session.get(_ONCE, []))
    if once not in kept:
        return False
    kept.remove(once)
    request.session[_ONCE] = kept
    return True
