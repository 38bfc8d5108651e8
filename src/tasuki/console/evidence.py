"""What the node can prove: its signed statements, peers' words of theirs, alarms, and the whole log verified."""

import tempfile
from pathlib import Path
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.console.fields import ReasonField
from tasuki.console.words import names_of_actors
from tasuki.evidence import operations, queries
from tasuki.evidence.export import write_export
from tasuki.evidence.types import StillDisagrees
from tasuki.evidence.verifier import Report, verify_export
from tasuki.jobs.checkpoints import own_log, peer_logs
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.alarms import alarm_notices, peer_rows, restored_logs

_CHECKPOINTS = 10
_PAST = 20
#: So many records are verified while somebody waits, in a few seconds; more are exported and verified elsewhere.
MOST_VERIFIED: Final = 200_000


class WhyForm(forms.Form):
    """What was found out about an alarm."""

    why = ReasonField(
        label=gettext_lazy("分かったこと"),
        help_text=gettext_lazy("証跡に残ります。200文字まで。住民のことは書かないでください。"),
    )


@requires(Permission.VIEW_OPERATION)
@require_GET
def evidence(request: StaffRequest) -> HttpResponse:
    """Show the last checkpoints, how the logs of peers stand, and the alarms."""
    return _page(request, {})


def _page(request: StaffRequest, more: dict[str, object], status: int = 200) -> HttpResponse:
    checkpoints = queries.recent_checkpoints(_CHECKPOINTS)
    past = queries.settled_alarms(_PAST)
    context = {
        "checkpoints": checkpoints,
        "unsealed": queries.unsealed(),
        "notices": alarm_notices(),
        "peers": peer_rows(peer_logs()),
        "restored": restored_logs(),
        "past": past,
        "settled_by": names_of_actors({one.settled_by for one in past if one.settled_by}),
        "form": WhyForm(),
        "is_small": bool(checkpoints) and checkpoints[0].tree_size <= MOST_VERIFIED,
        "most": MOST_VERIFIED,
    }
    return render(request, "console/evidence.html", context | more, status=status)


@requires(Permission.VIEW_OPERATION)
@require_POST
def verify(request: StaffRequest) -> HttpResponse:
    """Verify every sealed record of the log now, as an auditor would from an export."""
    newest = queries.latest_checkpoint()
    if newest is None or newest.tree_size > MOST_VERIFIED:
        messages.warning(request, _("この画面では確かめられません。証跡を書き出し、別の端末で確かめてください。"))
        return redirect("evidence")
    return _page(request, {"report": _verified(), "verified_at": runtime.now()})


def _verified() -> Report:
    own = runtime.node()
    # In the node's own folder, which nobody else may read: an export holds codes.
    with tempfile.TemporaryDirectory(dir=own.folder, prefix="evidence-") as folder:
        file = Path(folder) / "own.jsonl"
        write_export(file, origin=own_log(), public_key=runtime.keys().log.public_key())
        return verify_export(file)


@requires(Permission.OPERATE_NODE)
@require_POST
def settle(request: StaffRequest, alarm_id: int) -> HttpResponse:
    """End an alarm that was looked into; while the logs disagree it stays open."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        return _page(request, {"form": form, "settling": alarm_id}, status=422)
    why = form.cleaned_data["why"]
    ended = operations.settle_alarm(alarm_id=alarm_id, why=why, by=request.member.as_actor(), at=runtime.now())
    if ended is None:
        messages.warning(request, _("続いている警報ではありません。ほかの人が先に終えています。"))
    elif isinstance(ended, StillDisagrees):
        messages.error(request, _("まだ食い違っています。署名が再び一致するまで、警報は終えられません。"))
    else:
        messages.success(request, _("警報を終えました。"))
    return redirect("evidence")
