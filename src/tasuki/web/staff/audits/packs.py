"""Evidence packs for an inspection (検査用の証拠一式): asked for, made as long work, taken away, and listed."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.audits.operations import packs as operations
from tasuki.audits.packs.types import PackAsked
from tasuki.audits.queries import packs as queries
from tasuki.shared.dates import civil_date
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.packs import PackForm, pack_rows
from tasuki.work.queries import works


@requires(Permission.VIEW_CHECKS)
@require_GET
def packs(request: StaffRequest) -> HttpResponse:
    """List the packs there were, and offer to ask for one."""
    return _page(request, PackForm(today=civil_date(runtime.now())))


@requires(Permission.EXPORT_EVIDENCE, act=Act.EXPORT, asks_again=True)
@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """Ask for a pack, as long work."""
    at = runtime.now()
    form = PackForm(request.POST, today=civil_date(at))
    if not form.is_valid():
        return _page(request, form)
    typed = form.cleaned_data
    work_id = operations.ask_pack(
        asked=PackAsked(typed["since"], typed["until"], tuple(typed["contents"])),
        by=request.member.as_actor(),
        at=at,
    )
    return redirect("work", work_id)


def _page(request: StaffRequest, form: PackForm) -> HttpResponse:
    page = page_number(request.GET.get("page", "1"))
    total, found = queries.packs(limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context = {
        "form": form,
        "may_ask": may(request.member, Permission.EXPORT_EVIDENCE),
        "rows": pack_rows(found, works([one.work_id for one in found]), str(request.member.as_actor())),
        "paging": paging(page, total),
        "fingerprint": next((one.fingerprint for one in found if one.fingerprint), ""),
    }
    return render(request, "audits/packs.html", context, status=422 if form.errors else 200)
