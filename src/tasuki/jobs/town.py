"""A town's background work: its changes reach the gateway, its codes and inquiries are followed up."""

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from django.db import connections

from tasuki.accounts.operations import close_run_out_emergencies
from tasuki.eligibility import queries as eligibility
from tasuki.eligibility.operations.lists import refresh_changed
from tasuki.linkage import operations, queries
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.gateway_client.file_inbox import FileTaken
from tasuki.linkage.gateway_client.files import FileLink
from tasuki.linkage.gateway_client.replica_files import RunKind
from tasuki.linkage.operations import notices, register_changes
from tasuki.linkage.operations.inquiries import Asker
from tasuki.linkage.operations.record_corrections import fetch_record_corrections, send_record_corrections
from tasuki.linkage.operations.result_files import record_result_file
from tasuki.linkage.types import SYSTEM, AcquisitionReport, LoadKind
from tasuki.persons import codes
from tasuki.persons import operations as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import telling
from tasuki.persons.queries import live_key_ids, unified_numbers
from tasuki.persons.queries.people import gateway_tasks, numbers_with
from tasuki.protocol.sharing import SharingSender
from tasuki.runtime import keys, new_id, node, now, peer_client, this_system
from tasuki.screening.changes import people_others_may_ask_about
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.watching.operations import alerts as accesses
from tasuki.watching.operations import declarations, keeping


@lru_cache(maxsize=1)
def gateway_link() -> Link:
    """Return the town's way out, in the dialect that its node's configuration chooses."""
    own = node().own_town()
    files = file_link()
    if files is not None:
        return files
    # Looking up the gateway's keys takes a connection, which the thread that sends would keep for ever.
    sender = SharingSender(peer_client(), after=connections.close_all)
    return GatewayLink(sender, node().peer(own.gateway), node().peer(own.jlis))


def file_link() -> FileLink | None:
    """Return the town's way out where it is one of files; none where messages are sent."""
    files = node().gateway_files()
    if files is None:
        return None
    return FileLink(files, node().folder / "files", node().own_town().institution, _numbers_of, now, _record_taken)


def _numbers_of(people: Sequence[str]) -> Mapping[str, Sequence[str]]:
    return numbers_with(SYSTEM, people)


def _record_taken(taken: FileTaken) -> None:
    record_result_file(taken=taken, by=this_system(), at=now())


def sending_link() -> Link:
    """Return the way out for replicas; files also say why they are written: a load under way, else a change."""
    load = queries.unfinished_load()
    return gateway_link() if load is None else loading_link(load.kind)


def loading_link(kind: LoadKind, run: RunKind | None = None) -> Link:
    """Return the way out for everything; files call it what `run` says, else as the load under way, else this kind."""
    link = gateway_link()
    if not isinstance(link, FileLink):
        return link
    load = queries.unfinished_load()
    return replace(link, run=run or _RUNS[kind if load is None else load.kind])


_RUNS: Final = {LoadKind.INITIAL: RunKind.INITIAL, LoadKind.AGAIN: RunKind.AGAIN}


@lru_cache(maxsize=1)
def asker() -> Asker:
    own = node().own_town()
    return Asker(own.institution, gateway_link(), new_id, own.procedure, own.department)


@lru_cache(maxsize=1)
def number_cipher() -> NumberCipher:
    return NumberCipher(keys().derive_for_numbers, live_key_ids)


def new_acquisition_number() -> str:
    return os.urandom(16).hex()


def send_outbox() -> None:
    """Bring every waiting change to the gateway, if there is any.

    :raises ExchangeFailed: when the gateway cannot be had; the next round starts where this one stopped.
    """
    if queries.home_counts().outbox_waiting or gateway_tasks(1):
        own = node().own_town().institution
        operations.send_outbox(institution=own, link=sending_link(), by=this_system(), at=now())


def confirm_codes() -> None:
    """Learn which codes have arrived at the gateway."""
    operations.confirm_codes(institution=node().own_town().institution, link=gateway_link(), by=this_system(), at=now())


#: Most codes one round asks for by itself: J-LIS and the network serve other towns too.
CODES_A_ROUND = 1_000


def acquire_due_codes() -> None:
    """Ask for the codes of people others may ask about, such as those who moved in, as far as one round goes."""
    at = now()
    due = codes.due(at=at)
    if not due:
        return
    concerned = set(unified_numbers(SYSTEM, people_others_may_ask_about()).values())
    wanted = [person for person in due if person in concerned][:CODES_A_ROUND]
    if wanted:
        acquire(wanted, this_system(), at)


def acquire(people: Sequence[str], by: Actor, at: dt.datetime) -> AcquisitionReport:
    """Ask for the codes of people (団体内統合宛名番号) now.

    :raises ExchangeFailed: when gateway or J-LIS cannot be had, or files are spoken: nothing is recorded then.
    """
    if node().files is not None:
        gateway_link().open_acquisitions([])
    return operations.acquire_codes(
        institution=node().own_town().institution,
        unified_numbers=people,
        link=gateway_link(),
        cipher=number_cipher(),
        new_number=new_acquisition_number,
        by=by,
        at=at,
    )


def refresh_due_lists() -> None:
    """Bring whoever changed into the lists of who is due."""
    if eligibility.is_any_list_behind(civil_date(now())):
        refresh_changed(by=this_system(), at=now())


def judge_accesses() -> None:
    """Hold what staff looked at lately against the rules."""
    accesses.judge_accesses(by=this_system(), at=now())


#: Rows one transaction purges at most.
_PURGED_AT_ONCE = 20_000


def purge_accesses() -> None:
    """Delete accesses whose time is over, and what staff declared whose accounts ended."""
    while keeping.purge_accesses(by=this_system(), at=now(), most=_PURGED_AT_ONCE):
        pass
    declarations.forget_declarations(by=this_system(), at=now())


def close_emergencies() -> None:
    """Record which emergency roles ran out, and which nobody opened in time."""
    close_run_out_emergencies(by=this_system(), at=now())


def continue_inquiries() -> None:
    """Send what never left, and ask about what is under way."""
    operations.continue_inquiries(asker=asker(), by=this_system(), at=now())


def note_held() -> None:
    """Learn how many inquiries of others wait for an answer by hand.

    :raises ExchangeFailed: when the gateway cannot be had; asked again in the next round.
    """
    operations.note_held(institution=node().own_town().institution, link=gateway_link(), by=this_system(), at=now())


def fetch_corrections() -> None:
    """Learn what other towns corrected of what they had answered."""
    own = node().own_town().institution
    operations.fetch_corrections(institution=own, link=gateway_link(), by=this_system(), at=now())


def carry_record_corrections() -> None:
    """Tell what was corrected in our exchange records, and hear what the other sides corrected in theirs."""
    own = node().own_town().institution
    send_record_corrections(institution=own, link=gateway_link(), by=this_system(), at=now())
    fetch_record_corrections(institution=own, link=gateway_link(), by=this_system(), at=now())


def carry_notices() -> None:
    """Bring notices to the portal, and learn what became of them."""
    own = node().own_town().institution
    notices.carry_notices(institution=own, link=gateway_link(), by=this_system(), at=now())


def tell_systems() -> None:
    """Let business systems hear of what the register changed."""
    register_changes.tell_systems(by=this_system(), at=now())


def forget_told() -> None:
    """Delete what systems were told and had their time to ask for."""
    telling.forget_told(by=this_system(), at=now())


def purge_answers() -> None:
    """Delete the content of answers whose time is over."""
    operations.purge_answers(by=this_system(), at=now())


#: Whoever registers one of these people at the same moment waits for one such round, a second or so, at most.
_TAKEN_AT_ONCE = 2_000


def take_into_matching() -> None:
    """Bring whoever was stated anew into what matching compares, until nobody waits."""
    while index.take_into_matching(most=_TAKEN_AT_ONCE, by=this_system(), at=now()):
        pass
