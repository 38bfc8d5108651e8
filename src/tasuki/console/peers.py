"""The other nodes: their addresses, keys and last word, and a test that sends a real message."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.console.fields import InstitutionField
from tasuki.console.testing import PeerTest, try_peer, try_way
from tasuki.console.words import KINDS
from tasuki.gateway.queries import institutions_served
from tasuki.jobs.checkpoints import peer_logs
from tasuki.nodes.types import NodeKind, Peer
from tasuki.operating.types import fingerprint
from tasuki.web.fields import offer
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.alarms import PeerRow, peer_rows
from tasuki.web.presenters.connection import cause_words, leg_rows, verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One peer as the table shows it. A town has no address: nobody calls a town."""

    name: str
    kind: str
    address: str
    keys: tuple[str, ...]
    log: PeerRow


class WayForm(forms.Form):
    """From which of our institutions to which institution the message goes."""

    institution = forms.ChoiceField(label=gettext_lazy("照会する機関"))
    provider = InstitutionField(
        label=gettext_lazy("提供する機関"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        offer(self, {"institution": [(row["institution"], row["institution"]) for row in institutions_served()]})


@requires(Permission.VIEW_OPERATION)
@require_GET
def peers(request: StaffRequest) -> HttpResponse:
    """List the peers of the node."""
    return _page(request, {})


def _page(request: StaffRequest, more: dict[str, object], status: int = 200) -> HttpResponse:
    own = runtime.node()
    context: dict[str, object] = {"rows": _rows(own.peers, runtime.now())}
    if own.kind == NodeKind.GATEWAY:
        context["form"] = WayForm()
    return render(request, "console/peers.html", context | more, status=status)


def _rows(known: Sequence[Peer], at: dt.datetime) -> list[Row]:
    return [
        Row(
            name=peer.name,
            kind=str(KINDS[peer.kind]),
            address=peer.url,
            keys=tuple(fingerprint(key) for key in runtime.trusted_keys(peer, at)),
            log=log,
        )
        for peer, log in zip(known, peer_rows(peer_logs()), strict=True)
    ]


@requires(Permission.OPERATE_NODE)
@require_POST
def test(request: StaffRequest, name: str) -> HttpResponse:
    """Send a signed message to one peer and say how it went."""
    peer = next((one for one in runtime.node().peers if one.name == name and one.url), None)
    if peer is None:
        raise Http404
    found = try_peer(peer=peer, by=request.member.as_actor())
    return _page(request, {"tested": found, "cause": _cause(found), "tested_at": runtime.now()})


def _cause(found: PeerTest) -> str:
    return "" if found.passed else cause_words(found.phase, found.reason)


@requires(Permission.OPERATE_NODE)
@require_POST
def test_way(request: StaffRequest) -> HttpResponse:
    """Send a message about nobody the way of an inquiry, from an institution served here to any other."""
    form = WayForm(request.POST)
    if not form.is_valid():
        return _page(request, {"form": form}, status=422)
    found = try_way(**form.cleaned_data, by=request.member.as_actor())
    tested = {"verdict": verdict(found), "legs": leg_rows(found), "tested_at": runtime.now()}
    return _page(request, {"form": form, **tested})
