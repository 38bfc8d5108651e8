"""The table of law on the network's console: the page of the towns, for whoever operates the network."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tasuki.accounts.permissions import Permission
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.staff.law import law_page


@requires(Permission.VIEW_OPERATION)
@require_GET
def law(request: StaffRequest) -> HttpResponse:
    """List the editions, and compare two when asked to."""
    return law_page(request)
