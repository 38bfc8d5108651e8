"""Asking for one's own results, and reading what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.portal import asking, own
from tasuki.portal.guard import Seated, for_the_person
from tasuki.portal.results import Shown, shown
from tasuki.portal.sittings import OwnRequest
from tasuki.portal.words import REFUSALS, STATES, Words, name_of
from tasuki.protocol.sealing import NotForUs
from tasuki.protocol.self_messages import SelfAnswer, SelfOutcome, SelfProgress, SelfState, open_answers
from tasuki.protocol.self_reading import NamedInstitution
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import current_language


class AskForm(forms.Form):
    """Which institutions, and which screenings; nothing chosen means all of them."""

    providers = forms.MultipleChoiceField(
        label=gettext_lazy("どの機関に請求しますか"),
        help_text=gettext_lazy("選ばなければ、下のすべての機関に請求します。"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("どの検診の結果ですか"),
        help_text=gettext_lazy("選ばなければ、下のすべての検診の結果を請求します。"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, holders: Sequence[NamedInstitution], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._holders = {one.institution: one for one in holders}
        views = [programme_view(one, current_language()) for one in Programme]
        institutions, screenings = self.fields["providers"], self.fields["programmes"]
        institutions.choices = [(one.institution, name_of(one)) for one in holders]  # type: ignore[attr-defined]  # a field with choices
        screenings.choices = [(view.code, view.label) for view in views]  # type: ignore[attr-defined]  # as above

    def chosen_providers(self) -> tuple[NamedInstitution, ...]:
        return tuple(self._holders[code] for code in self.cleaned_data["providers"])


def data_sets_of(programmes: Sequence[str]) -> list[str]:
    """Return the data sets of programmes, the detailed examinations among them; none of them for no choice."""
    return sorted(one.code for one in catalogue().data_sets.values() if one.programme.value in programmes)


@for_the_person
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, seated: Seated) -> HttpResponse:
    """Offer to ask for own results, and ask."""
    holders = asking.holders(seated.code)
    if request.method != "POST":
        return render(request, "portal/ask.html", {"form": AskForm(holders), "holders": holders})
    form = AskForm(holders, data=request.POST)
    if not form.is_valid():
        return render(request, "portal/ask.html", {"form": form, "holders": holders}, status=400)
    at = own.now()
    one = OwnRequest(
        number=own.new_id(at),
        key=X25519PrivateKey.generate(),
        asked_at=at,
        providers=form.chosen_providers(),
        programmes=tuple(form.cleaned_data["programmes"]),
    )
    # Kept before it is sent: of a request whose reply is lost on the way, the key must not be lost as well.
    place = own.sittings().add(seated.token, one)
    if place is None:
        return redirect("over")
    told = asking.request(seated.code, one, data_sets_of(one.programmes))
    if told.outcome is SelfOutcome.TAKEN:
        return redirect("results", place=place)
    own.sittings().drop(seated.token, one.number)
    context = {"form": form, "holders": holders, "refused": REFUSALS[told.outcome], "again_at": told.again_at}
    return render(request, "portal/ask.html", context, status=409)


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One institution's answer as its person reads it."""

    provider: str
    state: Words
    is_corrected: bool
    content: Shown | None
    is_locked: bool = False


@for_the_person
@require_GET
def results(request: HttpRequest, seated: Seated, place: int) -> HttpResponse:
    """Show what was answered to a request of this sitting, opened with its key, and how the rest stands."""
    one = _asked(seated, place)
    told = asking.answers(seated.code, one)
    if told.outcome is SelfOutcome.UNKNOWN:
        return render(request, "portal/unsent.html", {"place": place, "asked_at": one.asked_at})
    answers = [_answer(answer, one) for answer in told.answers]
    context = {
        "place": place,
        "asked": one,
        "programmes": [programme_view(Programme(code), current_language()).label for code in one.programmes],
        "providers": [name_of(provider) for provider in one.providers],
        "answers": sorted(answers, key=lambda answer: answer.content is None),
        "waiting": sum(answer.state is SelfState.WAITING for answer in told.answers),
        "expires_at": told.expires_at,
    }
    return render(request, "portal/results.html", context)


@for_the_person
@require_POST
def ask_again(request: HttpRequest, seated: Seated, place: int) -> HttpResponse:
    """Send the same request once more, after nobody could say whether it arrived."""
    one = _asked(seated, place)
    told: SelfProgress = asking.request(seated.code, one, data_sets_of(one.programmes))
    if told.outcome is SelfOutcome.TAKEN:
        return redirect("results", place=place)
    context = {"place": place, "asked_at": one.asked_at, "refused": REFUSALS[told.outcome], "again_at": told.again_at}
    return render(request, "portal/unsent.html", context, status=409)


def _asked(seated: Seated, place: int) -> OwnRequest:
    one = seated.sitting.request(place)
    if one is None:
        raise Http404
    return one


def _answer(answer: SelfAnswer, one: OwnRequest) -> ShownAnswer:
    provider = NamedInstitution(
        institution=answer.provider,
        name=answer.provider_name or answer.provider,
        name_en=answer.provider_name_en or answer.provider,
    )
    name, state = name_of(provider), STATES[answer.state]
    if not answer.sealed:
        return ShownAnswer(name, state, answer.is_corrected, None)
    try:
        content = shown(open_answers(answer.transaction_number, answer.sealed, one.key))
    except NotForUs:
        return ShownAnswer(name, state, answer.is_corrected, None, is_locked=True)
    return ShownAnswer(name, state, answer.is_corrected, content)
