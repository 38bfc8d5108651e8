"""The follow-up of a fiscal year at a glance, and closing it."""

from collections import Counter

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.followup import queries
from tasuki.followup.operations.cases import close_year
from tasuki.followup.types import CaseFilter, CaseState, HpvStep
from tasuki.layouts.types import Programme
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.followup import STATES
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.staff.followup.lists import DAYS, FIRST_YEAR, LAST_YEAR, Kind
from tasuki.web.staff.results.common import names_of
from tasuki.web.templatetags.tasuki import current_language


class CloseForm(forms.Form):
    """That whoever closes a year knows what follows."""

    confirmed = forms.BooleanField(
        label=gettext_lazy("答えのない人が「精検未把握」になることを確かめました"),
        error_messages={"required": gettext_lazy("確かめてから印を付けてください。")},
    )


@requires(Permission.VIEW_FOLLOWUP)
@require_GET
def overview(request: StaffRequest) -> HttpResponse:
    """Show a fiscal year's cases by programme and state, and the lists somebody has to look at."""
    on = civil_date(runtime.now())
    this_year = fiscal_year_of(on)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else this_year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    attention = queries.attention(on, days=DAYS)
    closing = queries.closing(year)
    context: dict[str, object] = {
        "year": year,
        "years": sorted({this_year, *queries.fiscal_years()}, reverse=True),
        "states": list(STATES.values()),
        **_table(year),
        "overdue": [(days, attention.overdue[days], _address(Kind.OVERDUE, days=days)) for days in DAYS],
        "partly": (attention.partly_known, _address(Kind.PARTLY)),
        "again": (attention.ask_again, _address(Kind.AGAIN)),
        "by_result": [
            (Kind.TRIAGE, len(queries.hpv_list(year, HpvStep.TRIAGE_MISSING)), _address(Kind.TRIAGE, year=year)),
            (Kind.RECALL, len(queries.hpv_list(year, HpvStep.RECALL_NEXT_YEAR)), _address(Kind.RECALL, year=year)),
            (Kind.UNDETERMINED, len(queries.undetermined(year)), _address(Kind.UNDETERMINED, year=year)),
        ],
        "closing": closing,
        "closed_by": "" if closing is None else names_of([closing.closed_by])[closing.closed_by],
        "may_close": may(request.member, Permission.CLOSE_FOLLOWUP),
        "may_notify": may(request.member, Permission.SEND_PORTAL_NOTICES),
        "may_print": may(request.member, Permission.PRINT_LETTERS),
        "is_over": year < this_year,
    }
    return render(request, "followup/overview.html", context)


@requires(Permission.CLOSE_FOLLOWUP)
@require_http_methods(["GET", "POST"])
def close(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Show what closing a year changes, and close it once somebody says that they know."""
    if not FIRST_YEAR <= fiscal_year <= LAST_YEAR:
        raise Http404
    at = runtime.now()
    is_over = fiscal_year < fiscal_year_of(civil_date(at))
    closing = queries.closing(fiscal_year)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and is_over and closing is None and form.is_valid():
        close_year(fiscal_year=fiscal_year, by=request.member.as_actor(), at=at)
        messages.success(request, _("年度を締めました。精検未把握の人は一覧に残り、答えが届けば変わります。"))
        return redirect(f"{reverse('followup')}?{urlencode({'year': fiscal_year})}")
    by_state = _by_state(fiscal_year)
    context = {
        "year": fiscal_year,
        "is_over": is_over,
        "closing": closing,
        "form": form,
        "becoming_unknown": by_state[CaseState.NEEDED] + by_state[CaseState.REMINDED],
        "rows": [(STATES[state], by_state[state]) for state in CaseState],
        "total": by_state.total(),
    }
    return render(request, "followup/close.html", context, status=422 if form.errors else 200)


def _by_state(year: int) -> Counter[CaseState]:
    counted = Counter[CaseState]()
    for (_programme, state), people in queries.counts(CaseFilter(fiscal_year=year)).items():
        counted[state] += people
    return counted


def _table(year: int) -> dict[str, object]:
    """Return the counts of a year by programme and state, each with the address of its list."""
    counted = queries.counts(CaseFilter(fiscal_year=year))
    language = current_language()
    rows = [
        {
            "programme": programme_view(programme, language),
            "cells": [
                (
                    STATES[state],
                    counted.get((programme, state), 0),
                    _address(Kind.ALL, year=year, programme=programme, state=state),
                )
                for state in CaseState
            ],
            "total": sum(counted.get((programme, state), 0) for state in CaseState),
            "address": _address(Kind.ALL, year=year, programme=programme),
        }
        for programme in Programme
    ]
    totals = [
        (
            STATES[state],
            sum(counted.get((programme, state), 0) for programme in Programme),
            _address(Kind.ALL, year=year, state=state),
        )
        for state in CaseState
    ]
    return {"rows": rows, "totals": totals, "total": sum(counted.values()), "all": _address(Kind.ALL, year=year)}


def _address(kind: Kind, **query: str | int) -> str:
    return f"{reverse('followup-list')}?{urlencode({'kind': kind, **query})}"
