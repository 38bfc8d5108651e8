"""Answers that were corrected or withdrawn by whoever gave them: to be asked for again."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.linkage.queries.corrections import corrected_answers, count_corrected
from tasuki.protocol.records import records
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.corrections import corrected_rows


@requires(Permission.ADOPT_ANSWER)
@require_GET
def corrections(request: StaffRequest) -> HttpResponse:
    """List the answers that were corrected and not asked for again, whoever was told of first leading."""
    pages = paging(page_number(request.GET.get("page", "1")), count_corrected())
    answers = corrected_answers(limit=PAGE_SIZE, offset=pages.offset)
    people = screening.people([one.system_person_number for one in answers])
    context = {
        "rows": [row for row in corrected_rows(answers, people, civil_date(runtime.now())) if row.person is not None],
        "paging": pages,
        "article": records().corrections["information"],
        "may_inquire": may(request.member, Permission.INQUIRE),
    }
    return render(request, "inquiries/corrections.html", context)
