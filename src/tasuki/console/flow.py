"""The flow of exchanges as it is now, and one exchange step by step; never about whom."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.console.fields import InstitutionField
from tasuki.console.own import is_network, own_flow
from tasuki.console.words import SIDES, party_label, tone_of
from tasuki.evidence.queries import entries_of
from tasuki.evidence.types import RecordedEntry
from tasuki.protocol.flow import FlowAsked, FlowLine, MinuteCount
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party, article_of, states_of, table
from tasuki.shared.dates import civil_date
from tasuki.web.fields import offer
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.exchange_words import state_label
from tasuki.web.templatetags.tasuki import current_language

#: So far back the flow is looked at; older exchanges are in the statistics, and found by their number.
LOOKED_BACK = dt.timedelta(hours=24)
MINUTES = dt.timedelta(minutes=15)
_MOST = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange as the list shows it."""

    line: FlowLine
    day: dt.date
    side: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class MinuteRow:
    """What was asked for within one minute, and where it stands."""

    minute: dt.datetime
    number: int
    states: str


@dataclass(frozen=True, slots=True)
class Step:
    """One record of an exchange: where, to which state, why, under which article; `leaf` once it is sealed."""

    at: dt.datetime
    kind: str
    party: str
    state: str
    cause: str
    article: str
    leaf: int | None


class FlowForm(forms.Form):
    """Which exchanges are shown."""

    institution = InstitutionField(
        label=gettext_lazy("機関"),
        help_text=gettext_lazy("情報保有機関コード（16桁）。照会する側でも提供する側でも。"),
        required=False,
    )
    state = forms.ChoiceField(label=gettext_lazy("状態"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        parties = (Party.NETWORK,) if is_network() else (Party.INQUIRER, Party.PROVIDER)
        known = frozenset[State]().union(*(states_of(party) for party in parties))
        states = [(one.value, state_label(one)) for one in State if one in known]
        offer(self, {"state": [("", _("すべて")), *states]})


@requires(Permission.VIEW_OPERATION)
@require_GET
def flow(request: StaffRequest) -> HttpResponse:
    """Show the newest exchanges, of one institution or in one state if asked; asked for again, the list alone."""
    form = FlowForm(request.GET)
    at = runtime.now()
    is_still = "still" in request.GET
    asked = request.GET.copy()
    asked.pop("still", None)
    context: dict[str, object] = {"form": form, "looked_at": at, "query": asked.urlencode(), "is_still": is_still}
    if form.is_valid():
        chosen = {name: form.cleaned_data[name] or None for name in ("institution", "state")}
        found = own_flow().newest_exchanges(FlowAsked(since=at - LOOKED_BACK, most=_MOST, **chosen))
        context |= {"rows": [_row(line) for line in found], "is_full": len(found) == _MOST}
        context["is_filtered"] = any(chosen.values())
        context["minutes"] = _minutes(own_flow().by_minute(since=at - MINUTES, until=at))
    name = "console/flow_part.html" if request.headers.get("HX-Request") else "console/flow.html"
    return render(request, name, context, status=422 if form.errors else 200)


def _row(line: FlowLine) -> Row:
    return Row(
        line, civil_date(line.requested_at), str(SIDES[line.party]), state_label(line.state), tone_of(line.state)
    )


def _minutes(counted: Sequence[MinuteCount]) -> list[MinuteRow]:
    join: Callable[[list[str]], str] = ", ".join if current_language() == "en" else "、".join
    found = []
    for minute, group in groupby(counted, key=lambda one: one.minute):
        counts = list(group)
        parts = [f"{SIDES[one.party]} {state_label(one.state)} {one.number:,}" for one in counts]
        found.append(MinuteRow(minute, sum(one.number for one in counts), join(parts)))
    return found


@requires(Permission.VIEW_OPERATION)
@require_GET
def exchange(request: StaffRequest, number: UUID) -> HttpResponse:
    """Show one exchange as it stands here, and its steps from the evidence."""
    rows = [_row(line) for line in own_flow().exchange_numbered(str(number))]
    steps = [_step(entry) for entry in entries_of(str(number))]
    if not rows and not steps:
        raise Http404
    return render(request, "console/exchange.html", {"number": number, "rows": rows, "steps": steps})


def _step(entry: RecordedEntry) -> Step:
    """Take from a record what is said of every step, and nothing else of it: a record holds codes of people."""
    body = orjson.loads(entry.body)
    if "party" not in body:
        return Step(entry.recorded_at, entry.kind, "", "", "", "", entry.leaf_index)
    party, state, cause = Party(body["party"]), State(body["state"]), body["cause"]
    words = table().causes[cause]
    return Step(
        at=entry.recorded_at,
        kind=entry.kind,
        party=party_label(party),
        state=state_label(state),
        cause=words.en if current_language() == "en" else words.ja,
        article=article_of(party, state, cause),
        leaf=entry.leaf_index,
    )
