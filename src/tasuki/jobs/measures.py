"""What a node can be measured by, read from its database when it is asked: sizes, ages and numbers, never who."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tasuki.evidence import queries as evidence
from tasuki.jobs.checkpoints import peer_logs
from tasuki.nodes.types import NodeKind
from tasuki.protocol.queries import worker_loops
from tasuki.runtime import node, now


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that goes up and down: by the value of `label`, or by the empty text where it has none."""

    name: str
    help: str
    values: Mapping[str, float]
    label: str = ""


def measures() -> Iterator[Measure]:
    """Give everything this kind of node is measured by."""
    at = now()
    yield from _evidence(at)
    yield Measure(
        "tasuki_worker_loop_age_seconds",
        "Since each kind of the worker's work last came to its end.",
        {name: (at - ended_at).total_seconds() for name, ended_at in worker_loops().items()},
        "loop",
    )
    match node().kind:
        case NodeKind.TOWN:
            yield from _town(at)
        case NodeKind.GATEWAY:
            yield from _gateway()
        case NodeKind.NETWORK:
            yield from _network()
        case NodeKind.JLIS | NodeKind.PORTAL:
            return


def _evidence(at: dt.datetime) -> Iterator[Measure]:
    newest, unsealed = evidence.latest_checkpoint(), evidence.unsealed()
    sealed = 0 if newest is None else newest.tree_size
    yield _one("tasuki_evidence_tree_size", "Records that are sealed.", sealed)
    yield _one("tasuki_evidence_unsealed", "Records that no checkpoint covers yet.", unsealed.count)
    if newest is not None:
        age = (at - newest.signed_at).total_seconds()
        yield _one("tasuki_evidence_last_seal_age_seconds", "Since the newest checkpoint was signed.", age)
    waiting = 0.0 if unsealed.oldest_at is None else (at - unsealed.oldest_at).total_seconds()
    yield _one("tasuki_evidence_oldest_unsealed_seconds", "Since the oldest record that waits for its seal.", waiting)
    logs = {log.origin.rpartition("/")[2]: log for log in peer_logs()}
    yield Measure(
        "tasuki_peer_log_in_doubt",
        "1 where the log of a peer disagrees with what is kept of it.",
        {name: float(log.is_in_doubt) for name, log in logs.items()},
        "peer",
    )
    yield Measure(
        "tasuki_peer_log_agreed_age_seconds",
        "Since the log of a peer was last found to agree.",
        {name: (at - log.agreed_at).total_seconds() for name, log in logs.items() if log.agreed_at is not None},
        "peer",
    )


def _town(at: dt.datetime) -> Iterator[Measure]:
    # Imported here, as below: a node has the tables of its own kind only.
    from tasuki.linkage.queries import counts_by_state, home_counts, link_state

    state, home = link_state(at), home_counts()
    yield Measure("tasuki_outbox_waiting", "Changes not yet told to the gateway, by kind.", state.waiting, "kind")
    yield _one("tasuki_outbox_lag_seconds", "Since the oldest change that waits.", state.lag.total_seconds())
    yield Measure("tasuki_inquiries", "Inquiries by state.", counts_by_state(), "state")
    yield _one("tasuki_answers_to_adopt", "Answers that nobody has looked at yet.", home.answers_to_adopt)


def _gateway() -> Iterator[Measure]:
    from tasuki.gateway.queries import work_under_way

    found = work_under_way()
    yield Measure("tasuki_inquiries_open", "Inquiries under way, by state.", found.inquiries, "state")
    yield Measure("tasuki_provisions_waiting", "Inquiries held for people, by state.", found.provisions, "state")
    yield _one("tasuki_receipts_due", "Ends of inquiries not yet told to the network.", found.receipts)
    yield _one("tasuki_acquisitions_open", "Acquisitions of codes under way.", found.acquisitions)


def _network() -> Iterator[Measure]:
    from tasuki.network.queries import codes_waiting, permits_open

    yield Measure("tasuki_codes_waiting", "Codes not yet handed to a gateway.", codes_waiting(), "gateway")
    yield _one("tasuki_permits_open", "Permits of which nobody told yet how they ended.", permits_open())


def _one(name: str, text: str, value: float) -> Measure:
    return Measure(name, text, {"": value})
