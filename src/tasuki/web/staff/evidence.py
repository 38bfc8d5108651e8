"""What is provable: how much is recorded, sealed and witnessed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki.accounts.permissions import Permission
from tasuki.evidence import queries
from tasuki.web.access import StaffRequest, requires


@requires(Permission.VIEW_EVIDENCE)
@require_GET
def evidence(request: StaffRequest) -> HttpResponse:
    """Show the counts of the log and its last signed statement."""
    return render(
        request, "evidence/evidence.html", {"counts": queries.counts(), "checkpoint": queries.latest_checkpoint()}
    )
