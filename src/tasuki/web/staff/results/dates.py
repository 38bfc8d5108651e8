"""Reads a date while it is being typed, so that its form can say how it is understood."""

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tasuki.accounts.permissions import Permission
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.dates import understood
from tasuki.web.staff.results.common import facilities_for, today
from tasuki.web.templatetags.tasuki import current_language


@requires(Permission.RECORD_RESULTS, shows_nobody=True)
@sensitive_post_parameters()
@require_POST
def read_date(request: StaffRequest) -> HttpResponse:
    """Say how a date is understood, and which institutions held their number on that day."""
    typed = request.POST.get("date", "")
    text = understood(typed, current_language())
    if typed.strip() and not text:
        text = _("日付として読み取れません。R8.5.1、令和8年5月、2026-05 のように入力してください。")
    facilities = facilities_for(typed, today())
    return JsonResponse({"text": text, "facilities": [[one.facility_number, one.name] for one in facilities]})
