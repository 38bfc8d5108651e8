"""What a wrong link led to: exchanges, looks and letters about a person since a day, as a page, a file and drafts."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.town import gateway_link
from tasuki.letters.types import LetterKind, WordingLanguage
from tasuki.linkage.operations.impact import Impact, draw_impact
from tasuki.linkage.operations.impact_letters import KINDS, draft_letters
from tasuki.persons.queries.people import IndexPerson
from tasuki.shared.dates import JST, civil_date, parse_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.identity import person_heading
from tasuki.web.presenters.impact import event_rows, events_head, summary
from tasuki.web.presenters.letters import KIND_LABELS, LANGUAGE_LABELS
from tasuki.web.staff.index.people import opened

_LANGUAGES = {
    LetterKind.INCIDENT_REPORT: (WordingLanguage.JAPANESE,),
    LetterKind.WRONG_LINK_NOTICE: (WordingLanguage.JAPANESE, WordingLanguage.EASY_JAPANESE, WordingLanguage.ENGLISH),
    LetterKind.WRONG_DATA_NOTICE: (WordingLanguage.JAPANESE,),
}


class SinceForm(forms.Form):
    """Since when."""

    since = forms.CharField(
        label=gettext_lazy("いつから"),
        help_text=gettext_lazy("誤った結び付きが始まった日。例: 令和8年4月1日、2026/4/1"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_since(self) -> dt.datetime:
        """Turn any usual spelling into the beginning of that day."""
        found = parse_date(self.cleaned_data["since"])
        if not isinstance(found, dt.date):
            raise forms.ValidationError(
                _("日付として読み取れません。令和8年4月1日、または 2026/4/1 のように入力してください。")
            )
        if found > civil_date(runtime.now()):
            raise forms.ValidationError(_("今日までの日付を入力してください。"))
        return dt.datetime.combine(found, dt.time(), tzinfo=JST)


class DraftForm(SinceForm):
    """Which letter, in which language."""

    letter = forms.ChoiceField(
        choices=[(f"{kind}/{language}", "") for kind, some in _LANGUAGES.items() for language in some]
    )

    def chosen(self) -> tuple[LetterKind, WordingLanguage]:
        """Give the kind and the language."""
        kind, language = self.cleaned_data["letter"].split("/")
        return LetterKind(kind), WordingLanguage(language)


@requires(Permission.VIEW_INDEX)
@require_GET
def impact(request: StaffRequest, token: str) -> HttpResponse:
    """Ask since when, or show what happened since then."""
    shown = opened(request, token, "index-impact")
    form = SinceForm(request.GET if "since" in request.GET else None)
    context: dict[str, object] = {"person": shown, "heading": person_heading(shown), "form": form}
    if form.is_bound and form.is_valid():
        drawn = _drawn(request, shown, form.cleaned_data["since"])
        context |= {
            "impact": drawn,
            "since": civil_date(drawn.since).isoformat(),
            "summary": summary(drawn),
            "head": events_head(),
            "rows": event_rows(drawn),
            "drafts": [
                (f"{kind}/{language}", KIND_LABELS[kind], LANGUAGE_LABELS[language])
                for kind in KINDS
                for language in _LANGUAGES[kind]
            ],
            "may_draft": may(request.member, Permission.CHANGE_INDEX) and drawn.exchanges is not None,
        }
    return render(request, "index/impact.html", context, status=422 if form.errors else 200)


def _drawn(request: StaffRequest, shown: IndexPerson, since: dt.datetime) -> Impact:
    return draw_impact(
        person=shown.person,
        since=since,
        institution=runtime.node().own_town().institution,
        link=gateway_link(),
        by=request.member.as_actor(),
        at=runtime.now(),
    )


@requires(Permission.VIEW_INDEX, act=Act.EXPORT, leaves="index-impact-file")
@require_POST
def file(request: StaffRequest, token: str) -> HttpResponse:
    """Give what happened as CSV; that it was drawn is recorded."""
    shown = opened(request, token, "index-impact-file")
    form = SinceForm(request.POST)
    if not form.is_valid():
        return redirect("index-impact", token)
    drawn = _drawn(request, shown, form.cleaned_data["since"])
    content = csv_file([events_head(), *(row.cells for row in event_rows(drawn))])
    headers = {"Content-Disposition": 'attachment; filename="impact.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@requires(Permission.CHANGE_INDEX, leaves="index-impact-draft")
@require_POST
def draft(request: StaffRequest, token: str) -> HttpResponse:
    """Draft the report or the notices as PDF."""
    shown = opened(request, token, "index-impact-draft")
    form = DraftForm(request.POST)
    if not form.is_valid():
        return redirect("index-impact", token)
    kind, language = form.chosen()
    made = draft_letters(
        impact=_drawn(request, shown, form.cleaned_data["since"]),
        kind=kind,
        language=language,
        town=runtime.node().own_town().name,
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if made is None:
        messages.error(
            request,
            _(
                "この手紙は作れません。提供した相手がいないか、本人が住民記録にいないか、支援措置の対象者です。"
                "支援措置の対象者には、本人が望む方法で知らせてください。"
            ),
        )
        return redirect(f"{reverse('index-impact', args=[token])}?since={civil_date(form.cleaned_data['since'])}")
    headers = {"Content-Disposition": f'attachment; filename="{kind.value.lower().replace("_", "-")}.pdf"'}
    return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)
