"""Counters of this process in Prometheus's form: what was asked, how it ended, how long it took.

Labels are names from our own code: routes, outcomes, states. An institution or a person is never one.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY: Final = CollectorRegistry()
REQUESTS: Final = Counter(
    "tasuki_requests", "Requests by route and how they ended.", ["route", "outcome"], registry=REGISTRY
)
ITEMS: Final = Counter("tasuki_items", "Items of the lists that were accepted.", ["route"], registry=REGISTRY)
STATES: Final = Counter(
    "tasuki_reply_states", "Items of replies by the state they tell.", ["route", "state"], registry=REGISTRY
)
SECONDS: Final = Histogram(
    "tasuki_request_seconds",
    "Time from a request to its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
    registry=REGISTRY,
)
