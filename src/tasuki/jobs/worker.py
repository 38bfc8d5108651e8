"""A node's worker process: what it does again and again, each kind in a loop of its own."""

import signal
import threading

from tasuki.evidence.sealing import seal
from tasuki.jobs.checkpoints import exchange_with_all, origin_of
from tasuki.jobs.gateway import (
    continue_inquiries,
    follow_moves,
    forget_removed_replicas,
    purge_unread_answers,
    send_receipts,
    tell_corrections,
    tell_record_corrections,
)
from tasuki.jobs.loops import Loop, run_loops, tell_at_work
from tasuki.jobs.retention import purge_records
from tasuki.nodes.types import NodeKind
from tasuki.protocol.operations import forget_old_messages
from tasuki.runtime import check_own_environment, keys, node, now

#: Most records one checkpoint covers, so that a large import does not keep the sealer long.
SEAL_LIMIT = 50_000


def seal_all() -> None:
    """Seal what is committed. What comes meanwhile is left to the next time.

    Until nothing is left there would be no end to it under load, with a checkpoint for every few records.
    """
    covered = SEAL_LIMIT
    while covered == SEAL_LIMIT:
        sealed = seal(key=keys().log, origin=origin_of(node().name), at=now(), limit=SEAL_LIMIT)
        covered = 0 if sealed is None else sealed.tree_size - sealed.previous_size


def _forget() -> None:
    forget_old_messages(at=now())


def loops_of(kind: NodeKind) -> list[Loop]:
    """Return the loops of a kind of node."""
    loops = [
        Loop("heartbeat", 5.0, tell_at_work, in_maintenance=True),
        Loop("seal", 0.5, seal_all, in_maintenance=True),
        Loop("checkpoints", 5.0, exchange_with_all, in_maintenance=True),
        Loop("forget", 300.0, _forget),
    ]
    if kind != NodeKind.JLIS:
        loops.append(Loop("records", 3600.0, purge_records))
    if kind == NodeKind.TOWN:
        # Imported here: a gateway's worker has no town's tables, and must not need them.
        from tasuki.jobs import erasing, imports, inspection, link, movers, people_files, registers, town, works

        loops += [
            Loop("outbox", 1.0, town.send_outbox),
            Loop("codes", 10.0, town.confirm_codes),
            Loop("codes-due", 300.0, town.acquire_due_codes),
            Loop("inquiries", 5.0, town.continue_inquiries),
            Loop("held", 30.0, town.note_held),
            Loop("corrections", 15.0, town.fetch_corrections),
            Loop("record-corrections", 15.0, town.carry_record_corrections),
            Loop("notices", 5.0, town.carry_notices),
            Loop("answers", 3600.0, town.purge_answers),
            Loop("due", 10.0, town.refresh_due_lists),
            Loop("accesses", 60.0, town.judge_accesses),
            Loop("accesses-kept", 3600.0, town.purge_accesses),
            Loop("emergencies", 60.0, town.close_emergencies),
            Loop("matching", 1.0, town.take_into_matching),
            # Two lanes, so that a short piece of work need not wait for a long one.
            Loop("work-1", 0.5, works.do_waiting_work),
            Loop("work-2", 0.5, works.do_waiting_work),
            Loop("register", 60.0, registers.take_in_dropped),
            Loop("protected", 60.0, registers.keep_protected),
            Loop("told", 30.0, town.tell_systems),
            Loop("told-kept", 3600.0, town.forget_told),
            Loop("imports", 60.0, imports.take_in_at_night),
            Loop("movers", 60.0, movers.ask_daily),
            Loop("reconcile", 60.0, link.reconcile_daily),
            Loop("left-behind", 3600.0, imports.forget_left_behind),
            Loop("people-files", 300.0, people_files.forget_left_behind),
            Loop("inspection", 3600.0, inspection.inspect_when_due),
            Loop("mass-stops", 300.0, inspection.stop_overdue),
            Loop("outputs", 3600.0, works.forget_old_outputs),
            Loop("exports", 300.0, works.erase_expired_exports),
            Loop("erasures", 5.0, erasing.carry_on_erasures),
        ]
    if kind == NodeKind.GATEWAY:
        loops += [
            Loop("inquiries", 2.0, continue_inquiries),
            Loop("receipts", 1.0, send_receipts),
            Loop("corrections", 5.0, tell_corrections),
            Loop("record-corrections", 5.0, tell_record_corrections),
            Loop("moves", 2.0, follow_moves),
            Loop("removed", 600.0, forget_removed_replicas),
            Loop("unread", 3600.0, purge_unread_answers),
        ]
    if kind == NodeKind.NETWORK:
        loops += _network_loops()
    return loops


def _network_loops() -> list[Loop]:
    # Imported here: no other node's worker has the network's tables.
    from tasuki.jobs import network, own_results

    return [
        Loop("deliver-codes", 1.0, network.deliver_codes),
        Loop("corrections", 5.0, network.deliver_corrections),
        Loop("record-corrections", 5.0, network.deliver_record_corrections),
        Loop("lapse", 60.0, network.lapse_forgotten_permits),
        Loop("notices", 3600.0, network.purge_old_notices),
        Loop("own-inquiries", 1.0, own_results.continue_own_inquiries),
        Loop("own-receipts", 1.0, own_results.report_own_ends),
        Loop("own-answers", 3600.0, own_results.purge_own_answers),
    ]


#: What asks the gateway for something that only messages carry (ADR 0026).
_MESSAGES_ONLY = {"codes", "codes-due", "held", "corrections", "record-corrections", "reconcile", "notices"}


def carried(loops: list[Loop], *, by_files: bool) -> list[Loop]:
    """Return the loops that the node's dialect can serve; what files do not carry is not asked again and again."""
    return [loop for loop in loops if not (by_files and loop.name in _MESSAGES_ONLY)]


def run_worker() -> None:
    """Work until told to stop (SIGTERM or SIGINT)."""
    check_own_environment()
    if node().kind == NodeKind.TOWN:
        from tasuki.jobs.works import take_up_interrupted_work

        take_up_interrupted_work()
    tell_at_work()
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda _sign, _frame: stop.set())
    threads = run_loops(carried(loops_of(node().kind), by_files=node().files is not None), stop)
    stop.wait()
    for thread in threads:
        thread.join(timeout=10)
