"""The words of letters and their sender: looked at, changed, tried out, put back."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.accounts.queries import staff_names
from tasuki.layouts.render import Language
from tasuki.letters import queries
from tasuki.letters.operations import write_sender, write_wording
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import LetterKind, Sender, Wording, WordingLanguage
from tasuki.letters.wording import PARTS, placeholders_of, problems_with
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.letters import KIND_LABELS, LANGUAGE_LABELS, sample_letter
from tasuki.web.presenters.residents import by_whom
from tasuki.web.templatetags.tasuki import current_language

_REASON = gettext_lazy("変える理由")


class WordingForm(forms.Form):
    """The words of one letter."""

    title = forms.CharField(label=gettext_lazy("題名"), required=False)
    opening = forms.CharField(label=gettext_lazy("書き出し"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    body = forms.CharField(
        label=gettext_lazy("本文"),
        help_text=gettext_lazy("空の行で段落が分かれます。** ではさんだところは太字になります。"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    notes = forms.CharField(label=gettext_lazy("注意書き"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    reason = forms.CharField(label=_REASON, max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def wording(self, standing: Wording) -> Wording:
        """Return what was typed."""
        values = self.cleaned_data
        return replace(standing, **{part: values[part] for part in PARTS}, version=values["version"])


class SenderForm(forms.Form):
    """Who sends the letters, and where the window of the envelopes is."""

    department = forms.CharField(label=gettext_lazy("担当課"), max_length=60)
    postal_code = forms.RegexField(
        r"\A\d{3}-\d{4}\Z",
        label=gettext_lazy("郵便番号"),
        error_messages={"invalid": gettext_lazy("郵便番号は 123-4567 のように7桁で入力してください。")},
    )
    address = forms.CharField(label=gettext_lazy("住所"), max_length=100)
    phone = forms.CharField(label=gettext_lazy("電話番号"), max_length=40)
    hours = forms.CharField(label=gettext_lazy("受付時間"), max_length=60, required=False)
    window_left = forms.FloatField(label=gettext_lazy("窓の左端(紙の左から mm)"), min_value=5, max_value=120)
    window_top = forms.FloatField(label=gettext_lazy("窓の上端(紙の上から mm)"), min_value=5, max_value=80)
    window_width = forms.FloatField(label=gettext_lazy("窓の幅(mm)"), min_value=60, max_value=120)
    window_height = forms.FloatField(label=gettext_lazy("窓の高さ(mm)"), min_value=25, max_value=60)
    reason = forms.CharField(label=_REASON, max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def sender(self) -> Sender:
        """Return what was typed."""
        values: dict[str, Any] = dict(self.cleaned_data)
        values.pop("reason")
        return Sender(**values)


@requires(Permission.EDIT_LETTERS)
@require_GET
def letters(request: StaffRequest) -> HttpResponse:
    """List every letter in every language, and the sender."""
    kinds = [
        {
            "label": label,
            "languages": [
                {"code": language.value, "label": name, "wording": queries.wording(kind, language)}
                for language, name in LANGUAGE_LABELS.items()
            ],
            "code": kind.value,
        }
        for kind, label in KIND_LABELS.items()
    ]
    return render(request, "letters/letters.html", {"kinds": kinds, "sender": queries.sender()})


@requires(Permission.EDIT_LETTERS)
@require_http_methods(["GET", "POST"])
def wording(request: StaffRequest, kind: str, language: str) -> HttpResponse:
    """Show the words of a letter, or bring others into use."""
    standing = _standing(kind, language)
    if request.method == "POST":
        form = WordingForm(request.POST)
        if form.is_valid() and _is_stored(request, form, standing):
            messages.success(request, _("文面を変えました。次に作る通知から使われます。"))
            return redirect("wording", kind, language)
    else:
        shown = _version(request, standing)
        form = WordingForm(initial={part: getattr(shown, part) for part in PARTS} | {"version": standing.version})
    names = staff_names()
    context = {
        "form": form,
        "kind": kind,
        "language": language,
        "kind_label": KIND_LABELS[standing.kind],
        "language_label": LANGUAGE_LABELS[standing.language],
        "standing": standing,
        "placeholders": placeholders_of(standing.kind),
        "english": current_language() is Language.EN,
        "versions": [
            {"wording": one, "by": by_whom(one.written_by, names) if one.version else ""}
            for one in queries.wording_versions(standing.kind, standing.language)
        ],
    }
    return render(request, "letters/wording.html", context, status=422 if form.errors else 200)


@requires(Permission.EDIT_LETTERS, leaves="wording-sample")
@require_http_methods(["GET", "POST"])
def sample(request: StaffRequest, kind: str, language: str) -> HttpResponse:
    """Make a letter to nobody: in the words in use, or in those just typed, which are not stored by this."""
    tried = _standing(kind, language)
    if request.method == "POST":
        form = WordingForm(request.POST)
        if not form.is_valid() or problems_with(form.wording(tried)):
            return wording(request, kind, language)
        tried = form.wording(tried)
    letter = sample_letter(tried.kind, civil_date(runtime.now()))
    made = make_letters([letter], tried, queries.sender(), runtime.node().own_town().name)
    headers = {"Content-Disposition": 'inline; filename="sample.pdf"'}
    return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)


@requires(Permission.EDIT_LETTERS)
@require_http_methods(["GET", "POST"])
def sender(request: StaffRequest) -> HttpResponse:
    """Show who sends the letters, or bring another into use."""
    standing = queries.sender()
    form = SenderForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(standing, name) for name in SenderForm.base_fields if name != "reason"},
    )
    if request.method == "POST" and form.is_valid():
        stored = write_sender(
            sender=form.sender(), reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
        )
        if stored is not None:
            messages.success(request, _("差出人を変えました。次に作る通知から使われます。"))
            return redirect("letters")
        form.add_error(None, _changed_meanwhile())
    return render(request, "letters/sender.html", {"form": form}, status=422 if form.errors else 200)


def _is_stored(request: StaffRequest, form: WordingForm, standing: Wording) -> bool:
    if not form.cleaned_data["reason"]:
        form.add_error("reason", _("変える理由を入力してください。履歴に残ります。"))
        return False
    outcome = write_wording(
        wording=form.wording(standing),
        reason=form.cleaned_data["reason"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    match outcome:
        case Wording():
            return True
        case None:
            form.add_error(None, _changed_meanwhile())
        case problems:
            english = current_language() is Language.EN
            for problem in problems:
                form.add_error(problem.part, problem.message_en if english else problem.message_ja)
    return False


def _standing(kind: str, language: str) -> Wording:
    try:
        return queries.wording(LetterKind(kind), WordingLanguage(language))
    except ValueError as error:
        raise Http404 from error


def _version(request: StaffRequest, standing: Wording) -> Wording:
    """Return the version the address asks to start from, else the one in use."""
    wanted = request.GET.get("version", "")
    versions = queries.wording_versions(standing.kind, standing.language)
    return next((one for one in versions if str(one.version) == wanted), standing)


def _changed_meanwhile() -> str:
    return _("ほかの人が先に変えました。画面を開き直し、今の内容を確かめてから変えてください。")
