"""The first page of a console: whether the node can serve, what waits, and what needs somebody."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.api.findings import Finding, certificate_days, findings
from tasuki.console.own import is_network
from tasuki.console.words import loop_label, probe_words, tone_of
from tasuki.evidence import queries as evidence
from tasuki.gateway import queries as gateway
from tasuki.network import queries as network
from tasuki.operating import queries as operating
from tasuki.protocol.messages import State
from tasuki.protocol.queries import worker_loops
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.alarms import alarm_notices
from tasuki.web.presenters.exchange_words import state_label

#: A loop that rests for up to an hour between rounds is late only after more than that.
_LATE = dt.timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """What one check found, in words."""

    label: str
    is_able: bool
    said: str


@dataclass(frozen=True, slots=True)
class LoopRow:
    """When one kind of the worker's work last came round."""

    label: str
    name: str
    ended_at: dt.datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of something is not over yet."""

    label: str
    number: int
    tone: str = ""


@requires(Permission.VIEW_OPERATION)
@require_GET
def overview(request: StaffRequest) -> HttpResponse:
    """Show whether the node can serve, its worker, its evidence, its alarms and what waits."""
    at = runtime.now()
    found = findings()
    newest = evidence.latest_checkpoint()
    context = {
        "is_able": all(finding.is_able for finding in found.values()),
        "maintenance": operating.maintenance(),
        "probes": _probes(found),
        "certificate_days": certificate_days(),
        "loops": _loops(worker_loops(), at),
        "sealed": 0 if newest is None else newest.tree_size,
        "sealed_at": None if newest is None else newest.signed_at,
        "unsealed": evidence.unsealed(),
        "notices": alarm_notices(),
        "waiting": list(_of_network() if is_network() else _of_gateway()),
        "looked_at": at,
    }
    return render(request, "console/overview.html", context)


def _probes(found: Mapping[str, Finding]) -> list[ProbeRow]:
    return [
        ProbeRow(label, finding.is_able, said)
        for name, finding in found.items()
        for label, said in [probe_words(name, is_able=finding.is_able)]
    ]


def _loops(ended: Mapping[str, dt.datetime], at: dt.datetime) -> list[LoopRow]:
    return [LoopRow(loop_label(name), name, when, at - when > _LATE) for name, when in sorted(ended.items())]


def _of_gateway() -> Iterable[Waiting]:
    found = gateway.work_under_way()
    for state, number in sorted(found.inquiries.items()):
        yield Waiting(_("照会: %(state)s") % {"state": state_label(State(state))}, number, tone_of(State(state)))
    for state, number in sorted(found.provisions.items()):
        yield Waiting(_("提供: %(state)s") % {"state": state_label(State(state))}, number, tone_of(State(state)))
    yield Waiting(_("ネットワークへ未通知の受領"), found.receipts)
    yield Waiting(_("取得中の符号"), found.acquisitions)


def _of_network() -> Iterable[Waiting]:
    yield Waiting(_("結果の通知を待つ許可"), network.permits_open())
    for peer, number in network.codes_waiting().items():
        yield Waiting(_("通知を待つ符号: %(gateway)s") % {"gateway": peer}, number)
