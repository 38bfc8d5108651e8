"""Everyone who moved in: whom their former town was asked about, whom not, and how far that covers the period."""

import datetime as dt
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.movers import KIND
from tasuki.linkage.operations import movers as operations
from tasuki.linkage.queries import institution_names
from tasuki.linkage.queries import movers as queries
from tasuki.linkage.types.movers import Coverage, Period, Standing
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.movers import (
    STANDINGS,
    mover_rows,
    programme_rows,
    provider_rows,
    standing_counts,
    whole_row,
)
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work import operations as work
from tasuki.work import queries as works


class PeriodForm(forms.Form):
    """Days of moving in."""

    first = DayField(label=gettext_lazy("転入日（から）"))
    last = DayField(label=gettext_lazy("転入日（まで）"))

    def clean(self) -> dict[str, object]:
        """Refuse a period that ends before it begins."""
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", _("「から」の日より後の日を入力してください。"))
        return values


class ListForm(PeriodForm):
    """Which of the movers to list."""

    provider = forms.ChoiceField(label=gettext_lazy("転入元"), required=False)
    standing = forms.ChoiceField(label=gettext_lazy("照会の状況"), required=False)

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what the address says
        providers = sorted(_names().items(), key=lambda one: one[1])
        standings = [(one.value, label) for one, (label, _tone, _help) in STANDINGS.items()]
        offer(self, {"provider": [("", _("すべて")), *providers], "standing": [("", _("すべて")), *standings]})


class DailyForm(forms.Form):
    """At which hour movers are asked about each day, and how long after moving in."""

    hour = forms.ChoiceField(label=gettext_lazy("照会する時刻"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("転入から何日以内の人"),
        help_text=gettext_lazy("1から366まで。前に照会した人には、もう一度照会しません。"),
        min_value=1,
        max_value=366,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: object, initial: dict[str, object]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # what was posted, or nothing
        clock = [(str(hour), _("%(hour)s時") % {"hour": hour}) for hour in range(24)]
        offer(self, {"hour": [("", _("行わない")), *clock]})


@requires(Permission.INQUIRE)
@require_GET
def movers(request: StaffRequest) -> HttpResponse:
    """List those who moved in, and how asking about each stands."""
    return _list(request, DailyForm(None, _daily_values()))


def _list(request: StaffRequest, daily: DailyForm) -> HttpResponse:
    form = ListForm({**_this_year(), **request.GET.dict()})
    if not form.is_valid():
        return render(request, "inquiries/movers.html", {"form": form, "daily": daily}, status=422)
    values = form.cleaned_data
    period, provider = Period(values["first"], values["last"]), values["provider"]
    whole = queries.standings(period, provider=provider)
    standings = [Standing(values["standing"])] if values["standing"] else None
    total = whole.people if standings is None else whole.counts[standings[0]]
    page = paging(page_number(request.GET.get("page", "1")), total)
    found = queries.movers(period, standings=standings, provider=provider, limit=PAGE_SIZE, offset=page.offset)
    people = screening.people([one.system_person_number for one in found])
    asked_for = {"first": period.first.isoformat(), "last": period.last.isoformat(), "provider": provider}
    context = {
        "form": form,
        "daily": daily,
        "counts": standing_counts(whole),
        "people": whole.people,
        "not_asked": whole.counts[Standing.NOT_ASKED],
        "may_be_asked_again": len(queries.to_ask(period, provider=provider, again=True))
        - whole.counts[Standing.NOT_ASKED],
        "rows": mover_rows(found, people, _names(), civil_date(runtime.now())),
        "paging": page,
        "asked_for": asked_for,
        "period_query": urlencode(asked_for),
        "query": urlencode(asked_for | {"standing": values["standing"]}),
        "running": next((one for one in works.works_of_kind([KIND], limit=5) if not one.state.is_over), None),
    }
    return render(request, "inquiries/movers.html", context, status=422 if daily.errors else 200)


@requires(Permission.INQUIRE)
@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """Ask about everyone of a period as long work: those nobody asked about, and on request those that failed."""
    form = ListForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("期間を選び直してください。"))
        return redirect("movers")
    values = form.cleaned_data
    wanted = {"first": values["first"].isoformat(), "last": values["last"].isoformat(), "provider": values["provider"]}
    again = request.POST.get("again") == "yes"
    if not queries.to_ask(Period(values["first"], values["last"]), provider=values["provider"], again=again):
        messages.warning(request, _("照会する人はいません。"))
        return redirect("movers")
    asked = work.ask(kind=KIND, parameters={**wanted, "again": again}, by=request.member.as_actor(), at=runtime.now())
    return redirect("work", asked.work_id)


@requires(Permission.INQUIRE, shows_nobody=True, handles_whole_town=True)
@require_POST
def daily(request: StaffRequest) -> HttpResponse:
    """Bring another hour of asking each day into use."""
    form = DailyForm(request.POST, _daily_values())
    if form.is_valid():
        values = form.cleaned_data
        stored = operations.set_daily_movers(
            hour=int(values["hour"]) if values["hour"] else None,
            days=values["days"],
            version=values["version"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if stored is not None:
            messages.success(request, _("毎日の照会を変えました。"))
            return redirect("movers")
        form.add_error(None, _("ほかの人が先に変えました。今の設定を見て、もう一度選んでください。"))
    return _list(request, form)


@requires(Permission.VIEW_REPORTS)
@require_GET
def coverage(request: StaffRequest) -> HttpResponse:
    """Show how far asking covers those who moved in, by where they came from and by screening."""
    form = PeriodForm({**_this_year(), **request.GET.dict()})
    if not form.is_valid():
        return render(request, "inquiries/coverage.html", {"form": form}, status=422)
    found = queries.coverage(Period(form.cleaned_data["first"], form.cleaned_data["last"]))
    context = {
        "form": form,
        "coverage": found,
        "counts": standing_counts(found.whole),
        "rows": provider_rows(found.providers, _names()),
        "whole": whole_row(found),
        "programmes": programme_rows(found, current_language()),
        "period": {"first": found.period.first.isoformat(), "last": found.period.last.isoformat()},
    }
    return render(request, "inquiries/coverage.html", context)


@requires(Permission.VIEW_REPORTS, leaves="coverage-file")
@require_POST
def coverage_file(request: StaffRequest) -> HttpResponse:
    """Give the coverage as CSV, and record that it is taken. Counts only, nobody's name."""
    form = PeriodForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("期間を選び直してください。"))
        return redirect("coverage")
    found = queries.coverage(Period(form.cleaned_data["first"], form.cleaned_data["last"]))
    operations.record_list_taken(
        what="coverage", lines=len(found.providers), by=request.member.as_actor(), at=runtime.now()
    )
    return HttpResponse(
        csv_file(_coverage_lines(found)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="coverage.csv"'},
    )


def _coverage_lines(found: Coverage) -> list[list[object]]:
    rows = [*provider_rows(found.providers, _names()), whole_row(found)]
    return [
        [_("転入日（から）"), found.period.first.isoformat(), _("転入日（まで）"), found.period.last.isoformat()],
        [_("転入元"), _("照会できないわけ"), _("転入者"), _("まだ照会していない"), _("回答を待っている"),
         _("回答があった"), _("うち記録あり"), _("回答なしで終わった"), _("回答率"), _("中央値"),
         _("20件のうち19件が届くまで")],
        *[[row.name, row.note, *row.numbers, row.share, row.median, row.slow] for row in rows],
        [],
        [_("検診"), _("照会した人"), _("回答があった人"), _("記録があった人"), _("回答率")],
        *[[row.programme.label, row.counted.asked, row.counted.answered, row.counted.found, row.share]
          for row in programme_rows(found, current_language())],
    ]  # fmt: skip


def _this_year() -> dict[str, str]:
    """Return the fiscal year so far, which a page shows until another period is chosen."""
    today = civil_date(runtime.now())
    return {"first": dt.date(fiscal_year_of(today), 4, 1).isoformat(), "last": today.isoformat()}


def _daily_values() -> dict[str, object]:
    daily = queries.daily_movers()
    return {"hour": "" if daily.hour is None else str(daily.hour), "days": daily.days, "version": daily.version}


def _names() -> dict[str, str]:
    english = current_language() == "en"
    return {code: name_en if english else name for code, (name, name_en) in institution_names().items()}
