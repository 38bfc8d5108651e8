"""Metrics in Prometheus's form, for a monitoring system on the same machine or with a certificate of the authority."""

import ipaddress
from collections.abc import Iterable
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tasuki.api.findings import certificate_days
from tasuki.jobs.measures import Measure, measures
from tasuki.nodes.metrics import REGISTRY
from tasuki.nodes.types import NodeKind
from tasuki.runtime import node

#: Said by whatever stands between: then the caller is not on this machine, whatever address it comes from.
_PASSED_ON: Final = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


class _Measured(Collector):
    """Turns what the node is measured by now into Prometheus's families."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        days = certificate_days()
        if days is not None:
            yield _family(Measure("tasuki_certificate_days", "Days the certificate is still valid.", {"": days}))
        for measure in measures():
            yield _family(measure)


def _family(measure: Measure) -> GaugeMetricFamily:
    family = GaugeMetricFamily(measure.name, measure.help, labels=[measure.label] if measure.label else [])
    for value, number in measure.values.items():
        family.add_metric([value] if measure.label else [], number)
    return family


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with every number; a town, which has no certificates towards its screens, answers this machine only.

    :raises Http404: when somebody else asks, who learns nothing by that.
    """
    if node().kind == NodeKind.TOWN and not _is_local(request):
        raise Http404
    now = CollectorRegistry()
    now.register(_Measured())
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)


def _is_local(request: HttpRequest) -> bool:
    try:
        caller = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return caller.is_loopback and not any(name in request.headers for name in _PASSED_ON)
