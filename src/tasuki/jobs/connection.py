"""The connection test of a town: one real message the way of an inquiry, and which part of the way failed."""

import time

from tasuki.jobs.town import gateway_link
from tasuki.operating.operations import record_connection_test
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.probes import Connection, ConnectionProbe, Leg, LegReport
from tasuki.runtime import node, now
from tasuki.shared.actor import Actor


def check_connection(*, provider: str, by: Actor) -> Connection:
    """Send a message about nobody to a provider's town and back. Its own institution leads round by the network."""
    own = node().own_town()
    record_connection_test(institution=own.institution, provider=provider, by=by, at=now())
    started = time.perf_counter()
    try:
        report = gateway_link().test_connection(ConnectionProbe(institution=own.institution, provider=provider))
    except ExchangeFailed as failure:
        reason = failure.reason[:2000]
        return Connection(
            (LegReport(leg=Leg.GATEWAY, peer=own.gateway, passed=False, phase=failure.phase, reason=reason),)
        )
    took = round((time.perf_counter() - started) * 1000)
    return Connection((LegReport(leg=Leg.GATEWAY, peer=own.gateway, passed=True, milliseconds=took), *report.legs))
