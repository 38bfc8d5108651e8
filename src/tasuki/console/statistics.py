"""How many exchanges there were, by day and institution, on a page and as a file; numbers only."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.console.own import own_flow
from tasuki.console.words import OUTCOME_LABELS, SIDES, tone_of
from tasuki.protocol.flow import OUTCOMES, DayCount, Outcome
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party, table
from tasuki.shared.dates import JST, civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.fields import DayField
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.exchange_words import state_label

_FIRST_LOOK = 7
#: Beyond that a page would be slow, and a file is put together from several.
LONGEST = 92


class PeriodForm(forms.Form):
    """From which day to which."""

    since = DayField(label=gettext_lazy("いつから"), help_text=gettext_lazy("照会の日。例: 令和8年4月1日、2026/4/1"))
    until = DayField(label=gettext_lazy("いつまで"), help_text=gettext_lazy("この日を含みます"))

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is longer than a page bears."""
        values: dict[str, Any] = self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("「いつから」より後の日付を入力してください。"))
        elif since and until and (until - since).days >= LONGEST:
            self.add_error(
                "until", _("一度に見られるのは%(days)s日までです。期間を分けてください。") % {"days": LONGEST}
            )
        return values


@dataclass(frozen=True, slots=True)
class DayRow:
    """One institution's day on one side, by what became of its exchanges."""

    day: dt.date
    institution: str
    side: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class StateRow:
    """How many exchanges of the period stand in a state, and the article it rests on."""

    label: str
    tone: str
    article: str
    number: int


@requires(Permission.VIEW_OPERATION)
@require_GET
def statistics(request: StaffRequest) -> HttpResponse:
    """Show the counts of a period, by state and by day and institution."""
    today = civil_date(runtime.now())
    first = {"since": (today - dt.timedelta(days=_FIRST_LOOK - 1)).isoformat(), "until": today.isoformat()}
    form = PeriodForm(request.GET if "since" in request.GET else first)
    context: dict[str, object] = {"form": form, "heads": list(OUTCOME_LABELS.values())}
    if form.is_valid():
        counted = _counted(form)
        context |= {
            "rows": _days(counted),
            "states": _states(counted),
            "since": form.cleaned_data["since"],
            "until": form.cleaned_data["until"],
        }
    return render(request, "console/statistics.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_OPERATION)
@require_GET
def file(request: StaffRequest) -> HttpResponse:
    """Give the counts of a period as CSV."""
    form = PeriodForm(request.GET)
    if not form.is_valid():
        context = {"form": form, "heads": list(OUTCOME_LABELS.values())}
        return render(request, "console/statistics.html", context, status=422)
    head = [_("日"), _("機関"), _("側"), *map(str, OUTCOME_LABELS.values()), _("計")]
    days = ([row.day.isoformat(), row.institution, row.side, *row.counts, row.total] for row in _days(_counted(form)))
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    name = f"exchanges-{runtime.node().name}-{since:%Y%m%d}-{until:%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(csv_file([head, *days]), content_type="text/csv; charset=utf-8", headers=headers)


def _counted(form: PeriodForm) -> list[DayCount]:
    start, end = (
        dt.datetime.combine(day, dt.time(), JST)
        for day in (form.cleaned_data["since"], form.cleaned_data["until"] + dt.timedelta(days=1))
    )
    return own_flow().by_day(since=start, until=end)


def _days(counted: Sequence[DayCount]) -> list[DayRow]:
    found: dict[tuple[dt.date, str, Party], Counter[Outcome]] = defaultdict(Counter)
    for one in counted:
        found[one.day, one.institution, one.party][OUTCOMES[one.state]] += one.number
    return [
        DayRow(day, institution, str(SIDES[party]), tuple(counts[outcome] for outcome in Outcome))
        for (day, institution, party), counts in found.items()
    ]


def _states(counted: Sequence[DayCount]) -> list[StateRow]:
    """Count by state; at a gateway its own inquiries, so that an exchange between two of its towns counts once."""
    found: Counter[State] = Counter()
    for one in counted:
        if one.party is not Party.PROVIDER:
            found[one.state] += one.number
    facts = table().states
    return [
        StateRow(state_label(state), tone_of(state), facts[state].article, number)
        for state, number in found.most_common()
    ]
