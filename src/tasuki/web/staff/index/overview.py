"""The person index at a glance: its queues, each a count that opens its list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.index import sections


@requires(Permission.VIEW_INDEX)
@require_GET
def overview(request: StaffRequest) -> HttpResponse:
    """Show the index's queues."""
    on = civil_date(runtime.now())
    return render(request, "index/overview.html", {"sections": sections(request.member, on)})
