"""The connection test at a gateway: a real message goes the way of an inquiry, part by part, and says where it ends."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from django.db import transaction
from pydantic import BaseModel

from tasuki.api.gateway.rights import check_institutions
from tasuki.evidence import queries as evidence
from tasuki.gateway import queries
from tasuki.jobs.checkpoints import origin_of
from tasuki.nodes.types import NodeKind
from tasuki.operating.operations import record_connection_test
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.errors import ExchangeFailed, MessageRefused, Phase, Refusal
from tasuki.protocol.operations import accept_once
from tasuki.protocol.probes import ConnectionProbe, ConnectionReport, Leg, LegReport
from tasuki.runtime import node, now, peer_client
from tasuki.shared.actor import institution_actor

PATH: Final = "/v1/connection-tests"
#: A town shows its checkpoint every few seconds; one not heard for so long is away.
TOWN_HEARD_WITHIN: Final = dt.timedelta(minutes=2)
ResultT = TypeVar("ResultT")


def answer_probe(incoming: Incoming[ConnectionProbe], at: dt.datetime) -> Sequence[BaseModel]:
    """Record the probe, then take it on: a town's to the network and the provider's gateway, a gateway's to its town.

    :raises MessageRefused: when there is not exactly one, when a town tests for another, or it was acted on before.
    """
    if len(incoming.items) != 1:
        raise MessageRefused(Refusal.SCHEMA, "items: exactly one is expected", sender=incoming.sender.name)
    [probe] = incoming.items
    with transaction.atomic():
        if incoming.sender.kind == NodeKind.TOWN:
            check_institutions(incoming)
        accept_once(sender=incoming.sender.name, message=incoming.message, at=at)
        record_connection_test(
            institution=probe.institution,
            provider=probe.provider,
            by=institution_actor(incoming.sender.name),
            at=at,
        )
    legs = take_onwards(probe) if incoming.sender.kind == NodeKind.TOWN else [_town(probe.provider)]
    return [ConnectionReport(legs=legs)]


def take_onwards(probe: ConnectionProbe) -> list[LegReport]:
    """Take a probe to the network and the provider's gateway, and say how each part went; a failed one is the last."""
    network = node().peers_of_kind(NodeKind.NETWORK)[0]
    leg, report = _timed(Leg.NETWORK, network.name, lambda: _send(network.name, probe))
    if report is None:
        return [leg]
    legs = [leg, *report.legs]
    if not report.legs[-1].passed:
        return legs
    gateway = report.provider_gateway
    if gateway == node().name:
        # Both towns are served here: the message has no further way to go.
        return [*legs, LegReport(leg=Leg.PROVIDER_GATEWAY, peer=gateway, passed=True), _town(probe.provider)]
    leg, report = _timed(Leg.PROVIDER_GATEWAY, gateway, lambda: _send(gateway, probe))
    return [*legs, leg, *(report.legs if report is not None else [])]


def _send(peer: str, probe: ConnectionProbe) -> ConnectionReport:
    try:
        known = node().peer(peer)
    except KeyError as error:
        raise ExchangeFailed(peer, Phase.CONNECT, "not a peer of this node") from error
    [report] = peer_client().send(known, PATH, MessageKind.CONNECTION_TESTS, [probe], ConnectionReport)
    return report


def _timed(leg: Leg, peer: str, call: Callable[[], ResultT]) -> tuple[LegReport, ResultT | None]:
    started = time.perf_counter()
    try:
        result = call()
    except ExchangeFailed as failure:
        return LegReport(leg=leg, peer=peer, passed=False, phase=failure.phase, reason=failure.reason[:2000]), None
    took = round((time.perf_counter() - started) * 1000)
    return LegReport(leg=leg, peer=peer, passed=True, milliseconds=took), result


def _town(institution: str) -> LegReport:
    """Say whether the provider's town is there: nobody calls a town, so what counts is when its log agreed last."""
    town = queries.town_of(institution)
    if town is None:
        return LegReport(leg=Leg.PROVIDER_TOWN, peer="", passed=False, reason="not served by this gateway")
    [log] = evidence.peer_logs([origin_of(town)])
    if log.agreed_at is not None and now() - log.agreed_at <= TOWN_HEARD_WITHIN:
        return LegReport(leg=Leg.PROVIDER_TOWN, peer=town, passed=True)
    heard = "never" if log.agreed_at is None else f"{log.agreed_at.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}"
    return LegReport(leg=Leg.PROVIDER_TOWN, peer=town, passed=False, reason=f"last heard: {heard}")
