"""Acts on one person of the index: proposing a merge, a split or to undo one; stopping provision at once."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.linkage.operations import identity
from tasuki.persons.queries.people import IndexPerson, NoSuchPerson, index_person, open_quarantines
from tasuki.persons.types.cases import Decision, Proposed, Refusal, RefusedDecision
from tasuki.persons.types.merging import QuarantineCause, SystemNumber
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.identity import CAUSE_LABELS, REFUSALS, comparison, person_heading, system_name
from tasuki.web.sealed import seal_unified
from tasuki.web.staff.index.people import looked_up, opened

_REASON_HELP = gettext_lazy("何を見て分かったかを書きます。個人番号は書かないでください。")


def _reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("理由"), help_text=_REASON_HELP, max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )


class MergeForm(forms.Form):
    """The other number of the same person."""

    other = forms.RegexField(
        r"\A\d{1,15}\Z",
        label=gettext_lazy("もう一つの統合宛名番号"),
        help_text=gettext_lazy("この人と同じ人の番号。統合すると、こちらは別名になります。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("統合宛名番号は15桁までの数字です。")},
    )
    reason = _reason()


class SplitForm(forms.Form):
    """Which systems' numbers are of somebody else."""

    links = forms.MultipleChoiceField(
        label=gettext_lazy("別の人の宛名番号"),
        help_text=gettext_lazy("選んだ宛名番号に、新しい統合宛名番号を付けます。"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("分ける宛名番号を選んでください。")},
    )
    takes_number = forms.BooleanField(label=gettext_lazy("個人番号は、分ける人のもの"), required=False)
    reason = _reason()

    def __init__(self, shown: IndexPerson, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["links"].choices = [  # type: ignore[attr-defined]  # a MultipleChoiceField, as declared above
            (str(place), f"{system_name(one)} {one.number}") for place, one in enumerate(shown.stated)
        ]


class ReasonForm(forms.Form):
    """Why."""

    reason = _reason()


class QuarantineForm(forms.Form):
    """Why provision for a person is stopped."""

    cause = forms.ChoiceField(
        label=gettext_lazy("止めるわけ"),
        choices=[(one.value, CAUSE_LABELS[one]) for one in QuarantineCause if one is not QuarantineCause.CASE],
        widget=forms.RadioSelect,
    )
    reason = _reason()


@requires(Permission.CHANGE_INDEX, asks_again=True)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def merge(request: StaffRequest, token: str) -> HttpResponse:
    """Compare with another number, then propose that both are of one person."""
    shown = opened(request, token, "index-merge")
    form = MergeForm(request.POST if request.method == "POST" else None)
    other = None
    if request.method == "POST" and form.is_valid():
        other = _other(request, form)
        if other is not None and "propose" in request.POST:
            decision = identity.propose_merge(
                survivor=shown.person,
                loser=other.person,
                reason=form.cleaned_data["reason"],
                by=request.member.as_actor(),
                at=runtime.now(),
            )
            if isinstance(decision, Proposed):
                return _proposed(request, decision)
            _refuse(form, decision)
    context = {
        "person": shown,
        "heading": person_heading(shown),
        "form": form,
        "other": other,
        "leading": [person_heading(shown)],
        "people": [] if other is None else [person_heading(other)],
        "comparison": [] if other is None else comparison(None, [shown, other]),
    }
    return render(request, "index/merge.html", context, status=422 if form.errors else 200)


def _other(request: StaffRequest, form: MergeForm) -> IndexPerson | None:
    number = form.cleaned_data["other"].zfill(15)
    try:
        index_person(number)
    except NoSuchPerson:
        form.add_error("other", str(REFUSALS[Refusal.UNKNOWN_PERSON]))
        return None
    return looked_up(request, number, "index-merge")


@requires(Permission.CHANGE_INDEX, asks_again=True)
@require_http_methods(["GET", "POST"])
def split(request: StaffRequest, token: str) -> HttpResponse:
    """Propose that some systems' numbers are of somebody else."""
    shown = opened(request, token, "index-split")
    form = SplitForm(shown, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        chosen = [shown.stated[int(place)] for place in form.cleaned_data["links"]]
        decision = identity.propose_split(
            person=shown.person,
            links=[SystemNumber(one.system, one.number) for one in chosen],
            takes_number=form.cleaned_data["takes_number"],
            reason=form.cleaned_data["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if isinstance(decision, Proposed):
            return _proposed(request, decision)
        _refuse(form, decision)
    context = {"person": shown, "heading": person_heading(shown), "form": form}
    return render(request, "index/split.html", context, status=422 if form.errors else 200)


@requires(Permission.CHANGE_INDEX, asks_again=True)
@require_http_methods(["GET", "POST"])
def undo(request: StaffRequest, token: str, act_id: UUID) -> HttpResponse:
    """Propose to undo a merge or a split."""
    shown = opened(request, token, "index-undo")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        decision = identity.propose_undo(
            act_id=act_id, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
        )
        if isinstance(decision, Proposed):
            return _proposed(request, decision)
        _refuse(form, decision)
    context = {"person": shown, "heading": person_heading(shown), "form": form}
    return render(request, "index/undo.html", context, status=422 if form.errors else 200)


def _proposed(request: StaffRequest, decision: Proposed) -> HttpResponse:
    messages.success(request, _("起案し、情報提供を止めました。承認者が決めると、止めたのも終わります。"))
    return redirect("index-case", decision.case_id)


def _refuse(form: forms.Form, decision: Decision) -> None:
    if isinstance(decision, RefusedDecision):
        form.add_error(None, str(REFUSALS[decision.refusal]))


@requires(Permission.QUARANTINE_PERSON)
@require_http_methods(["GET", "POST"])
def quarantine(request: StaffRequest, token: str) -> HttpResponse:
    """Stop provision for a person at once."""
    shown = opened(request, token, "index-quarantine")
    form = QuarantineForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        identity.quarantine(
            person=shown.person,
            cause=QuarantineCause(form.cleaned_data["cause"]),
            reason=form.cleaned_data["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        messages.success(request, _("情報提供を止めました。中間サーバーには数秒で伝わります。"))
        return redirect("index-person", token)
    context = {"person": shown, "heading": person_heading(shown), "form": form}
    return render(request, "index/quarantine.html", context, status=422 if form.errors else 200)


@requires(Permission.QUARANTINE_PERSON)
@require_GET
def quarantines(request: StaffRequest) -> HttpResponse:
    """List the stops that stand."""
    standing = open_quarantines()
    staff = names_of_staff({one.began_by for one in standing})
    context = {
        "rows": [
            {
                "stop": one,
                "cause": CAUSE_LABELS[one.cause],
                "token": seal_unified(one.person),
                "by": staff.get(one.began_by, ""),
            }
            for one in standing
        ],
        "may_end": may(request.member, Permission.DECIDE_INDEX),
        "may_open": may(request.member, Permission.VIEW_INDEX),
    }
    return render(request, "index/quarantines.html", context)


@requires(Permission.DECIDE_INDEX, asks_again=True)
@require_POST
def end_quarantine(request: StaffRequest, quarantine_id: UUID) -> HttpResponse:
    """Let provision for a person go on; whoever lets it is another role than those who may stop it alone."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("再開する理由を入力してください。"))
        return redirect("index-quarantines")
    ended = identity.end_quarantine(
        quarantine_id=quarantine_id,
        reason=form.cleaned_data["reason"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if ended:
        messages.success(request, _("情報提供を再開しました。ほかに止めるわけがあるときは、止まったままです。"))
    else:
        messages.warning(request, _("もう終わっているか、要確認が決まると終わるものです。"))
    return redirect("index-quarantines")
