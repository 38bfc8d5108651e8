"""Indicators of quality against their values, and how they moved over the years."""

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki.accounts.permissions import Permission
from tasuki.layouts.types import Programme
from tasuki.reporting import queries
from tasuki.reporting.catalogue import indicators
from tasuki.reporting.checklist import answers
from tasuki.reporting.types import Filter
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.presenters.reports import value_view
from tasuki.web.staff.reports.choice import chosen
from tasuki.web.staff.reports.pages import page_context
from tasuki.web.templatetags.tasuki import current_language


@requires(Permission.VIEW_REPORTS)
@require_GET
def quality(request: StaffRequest, snapshot_id: UUID) -> HttpResponse:
    """Show the indicators of a programme over some of its screenings, each beside what it is held against."""
    choice = chosen(request, snapshot_id)
    language = current_language()
    found = queries.indicator_values(snapshot_id, choice.programme, choice.wanted)
    context = page_context(request, choice) | {
        "values": [value_view(one, language) for one in found],
        "is_up_to_74": choice.wanted.upper_age is not None,
        "every_age_query": replace(choice, wanted=replace(choice.wanted, upper_age=None)).query(),
        "up_to_74_query": choice.query(upper_age="74"),
    }
    return render(request, "reports/quality.html", context)


@requires(Permission.VIEW_REPORTS)
@require_GET
def trends(request: StaffRequest) -> HttpResponse:
    """Show how a programme's indicators moved, from the newest snapshot of each fiscal year."""
    programme = next((one for one in Programme if one.value == request.GET.get("programme")), Programme.LUNG)
    language = current_language()
    snapshots = queries.newest_of_each_year()
    by_year = [
        {one.indicator.id: value_view(one, language) for one in queries.indicator_values(
            snapshot.snapshot_id, programme, Filter()
        )}
        for snapshot in snapshots
    ]  # fmt: skip
    rows = [
        {
            "label": one.label_ja if language == "ja" else one.label_en,
            "values": [values[one.id] for values in by_year],
        }
        for one in indicators()
        if programme in one.programmes
    ]
    context = {
        "programme": programme_view(programme, language),
        "programmes": [{"view": programme_view(one, language)} for one in Programme],
        "snapshots": snapshots,
        "rows": rows,
    }
    return render(request, "reports/trends.html", context)


@requires(Permission.VIEW_REPORTS)
@require_GET
def checklist(request: StaffRequest, snapshot_id: UUID) -> HttpResponse:
    """Show the municipality's self-check, answered from the data where they can answer."""
    choice = chosen(request, snapshot_id)
    context = {
        "snapshot": choice.snapshot,
        "answers": answers(choice.snapshot),
        "english": current_language() == "en",
    }
    return render(request, "reports/checklist.html", context)
