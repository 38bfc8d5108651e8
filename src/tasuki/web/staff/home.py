"""My work today."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.alarms import alarm_notices
from tasuki.web.presenters.home import sections


@requires(Permission.VIEW_HOME)
@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """Show what waits for this member of staff, by what their role lets them do."""
    on = civil_date(runtime.now())
    notices = alarm_notices() if may(request.member, Permission.VIEW_EVIDENCE) else []
    context = {"today": on, "sections": sections(request.member, on), "notices": notices}
    return render(request, "home/home.html", context)
