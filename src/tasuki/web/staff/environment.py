"""What this environment is: of real people or of fictitious ones, what it takes in, and what is not offered and why."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki.accounts.permissions import Permission
from tasuki.operating.queries import marked_environment
from tasuki.web.access import StaffRequest, requires


@requires(Permission.VIEW_HOME)
@require_GET
def environment(request: StaffRequest) -> HttpResponse:
    """Show what the database was marked as, and the wall between real and dummy data."""
    return render(request, "settings/environment.html", {"marked": marked_environment()})
