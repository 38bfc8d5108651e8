"""The link of a town with its gateway: comparing both each day and on request, and registering everything."""

from collections.abc import Mapping

from tasuki.jobs.town import gateway_link, loading_link
from tasuki.linkage import operations, queries
from tasuki.linkage.gateway_client.replica_files import RunKind
from tasuki.linkage.types import LoadKind, ReconciliationView, ReplicaLoad
from tasuki.runtime import node, now, this_system
from tasuki.shared.actor import Actor, actor_from
from tasuki.shared.dates import to_jst
from tasuki.work.types import Progress, Work


def reconcile_now(*, repair: bool, by: Actor, progress: Progress | None = None) -> ReconciliationView:
    """Compare originals, index and replicas.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    return operations.reconcile(
        institution=node().own_town().institution, link=gateway_link(), repair=repair, by=by, at=now(), clock=now,
        progress=progress,
    )  # fmt: skip


def load_now(*, kind: LoadKind, by: Actor, progress: Progress | None = None, run: RunKind | None = None) -> ReplicaLoad:
    """Register everything, or go on with what was interrupted. `run` is what files call it, if not as its kind.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    return operations.load_replicas(
        kind=kind, institution=node().own_town().institution, link=loading_link(kind, run), by=by, at=now(), clock=now,
        progress=progress,
    )  # fmt: skip


def reconcile_daily() -> None:
    """Compare once a day, in the hour the town set.

    :raises ExchangeFailed: when the gateway cannot be had; tried again within the hour.
    """
    daily = queries.daily_reconciliation()
    local = to_jst(now())
    if daily.hour != local.hour:
        return
    newest = next(iter(queries.reconciliations(1)), None)
    if newest is not None and to_jst(newest.started_at) >= local.replace(minute=0, second=0, microsecond=0):
        return
    reconcile_now(repair=daily.repairs, by=this_system())


def compare(work: Work, progress: Progress) -> Mapping[str, object]:
    """Compare, and mend where that was asked for."""
    done = reconcile_now(repair=bool(work.parameters["repair"]), by=actor_from(work.asked_by), progress=progress)
    return {
        "reconciliation_id": str(done.reconciliation_id),
        "people": done.people,
        "differences": done.differences,
        "remaining": done.remaining,
    }
