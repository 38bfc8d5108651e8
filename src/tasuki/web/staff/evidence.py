"""What is provable: how much is recorded, sealed and witnessed, and whether the other parties' logs still agree."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.evidence import queries
from tasuki.jobs.checkpoints import peer_logs
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.alarms import alarm_notices, peer_rows, restored_logs
from tasuki.work import operations as work

#: So many alarms that are over are shown: the evidence holds all of them.
_PAST = 20


@requires(Permission.VIEW_EVIDENCE)
@require_GET
def evidence(request: StaffRequest) -> HttpResponse:
    """Show the counts of the log, its last signed statement, and how the logs of peers stand."""
    context = {
        "counts": queries.counts(),
        "checkpoint": queries.latest_checkpoint(),
        "notices": alarm_notices(),
        "peers": peer_rows(peer_logs()),
        "restored": restored_logs(),
        "past": queries.settled_alarms(_PAST),
        "may_export": may(request.member, Permission.EXPORT_EVIDENCE),
    }
    return render(request, "evidence/evidence.html", context)


@requires(Permission.EXPORT_EVIDENCE, act=Act.EXPORT, asks_again=True)
@require_POST
def export(request: StaffRequest) -> HttpResponse:
    """Ask for the evidence as a file, as long work."""
    asked = work.ask(kind="evidence_export", parameters={}, by=request.member.as_actor(), at=runtime.now())
    return redirect("work", asked.work_id)
