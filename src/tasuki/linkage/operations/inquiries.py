"""Asking other institutions, keeping their answers, adopting them (番号法19条8号, 健康増進法19条の4)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction

from tasuki.evidence.operations import append, append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import parse
from tasuki.linkage import queries
from tasuki.linkage.errors import NothingToAdopt
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.types import SYSTEM, Asked, InquiryView, NotAsked
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.persons import queries as index
from tasuki.protocol.envelope import listing, wire_time
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import (
    OPEN_STATES,
    AnswerRead,
    Inquiry,
    InquiryAsked,
    InquiryProgress,
    State,
)
from tasuki.protocol.transitions import Party, sources, step_taken, steps, table
from tasuki.screening import queries as screening
from tasuki.screening.operations.results import adopt_results
from tasuki.screening.types import Adopted
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

log = structlog.get_logger()

_INSERT = """
INSERT INTO linkage_inquiry
 (transaction_number, system_person_number, provider, data_sets, procedure, department, non_disclosure,
  valid_for_seconds, requested_at, requested_by, state, state_at, basis, reason, answers, adopted_by, adopted_count)
SELECT transaction_number, system_person_number, provider, data_sets, procedure, department, non_disclosure,
  valid_for_seconds, requested_at, %s, 'created', requested_at, '', '', '[]', '', 0
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, system_person_number text, provider text,
  data_sets text[], procedure text, department text, non_disclosure boolean, valid_for_seconds int,
  requested_at timestamptz)
"""

_APPLY = """
UPDATE linkage_inquiry i SET state = r.state, state_at = r.at, permitted_at = r.permitted_at,
  provided_at = r.provided_at, valid_until = r.valid_until, basis = r.basis, reason = r.reason, answers = r.answers,
  non_disclosure = i.non_disclosure OR r.non_disclosure,
  received_at = CASE WHEN r.state IN ('created', 'sent', 'permitted', 'held') THEN NULL ELSE %s::timestamptz END
FROM (
  SELECT told.*, b.state AS before FROM jsonb_to_recordset(%s::jsonb) AS told(transaction_number uuid, state text,
    at timestamptz, permitted_at timestamptz, provided_at timestamptz, valid_until timestamptz, basis text, reason text,
    non_disclosure boolean, answers jsonb)
  JOIN linkage_inquiry b ON b.transaction_number = told.transaction_number
  FOR UPDATE OF b
) AS r
WHERE i.transaction_number = r.transaction_number
  AND ((r.before, r.state) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
    OR r.before = r.state AND r.before = ANY(%s))
RETURNING i.transaction_number::text AS number, i.state, i.provider, r.before <> i.state AS is_step
"""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the town's institution, its way out, and the procedure and department every inquiry names."""

    institution: str
    link: Link
    new_id: Callable[[dt.datetime], str]
    procedure: str
    department: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One inquiry that is wanted: whom about, of whom, for what."""

    person: str
    provider: str
    data_sets: tuple[str, ...]
    procedure: str
    non_disclosure: bool = False


def inquire(
    *,
    people: Sequence[str],
    provider: str,
    asker: Asker,
    by: Actor,
    at: dt.datetime,
    data_sets: Sequence[str] | None = None,
    valid_for_seconds: int | None = None,
) -> Asked:
    """Ask one institution about people, given by their 宛名番号, and take each inquiry as far as it goes at once.

    The inquiries are recorded before they leave. When the gateway cannot be had they stay `created` and the worker
    sends them later, under the same transaction numbers.
    """
    people = list(dict.fromkeys(people))
    unified = index.unified_numbers(SYSTEM, people)
    chosen = tuple(data_sets or all_data_sets())
    asked = record_inquiries(
        wanted=[Wanted(person, provider, chosen, asker.procedure) for person in people if person in unified],
        asker=asker,
        by=by,
        at=at,
        valid_for_seconds=valid_for_seconds,
    )
    send_inquiries(asked=asked, asker=asker, by=by, at=at)
    missing = tuple(NotAsked(person, "not_numbered") for person in people if person not in unified)
    return Asked(tuple(str(row["transaction_number"]) for row in asked), missing)


@transaction.atomic
def record_inquiries(
    *, wanted: Sequence[Wanted], asker: Asker, by: Actor, at: dt.datetime, valid_for_seconds: int | None = None
) -> list[Row]:
    """Record inquiries that are to leave next, and return them as `send_inquiries` reads them.

    Those about protected people carry the non-disclosure flag whether it was asked for or not (番号法23条2項).
    """
    on = civil_date(at)
    found = screening.people([one.person for one in wanted])
    protected = {number for number, person in found.items() if person.is_protected(on)}
    asked: list[Row] = [
        {
            "transaction_number": asker.new_id(at),
            "system_person_number": one.person,
            "provider": one.provider,
            "data_sets": list(one.data_sets),
            "procedure": one.procedure,
            "department": asker.department,
            "non_disclosure": one.non_disclosure or one.person in protected,
            "valid_for_seconds": valid_for_seconds,
            "requested_at": wire_time(at),
        }
        for one in wanted
    ]
    run(_INSERT, [str(by), listed(asked)])
    append_many(entries=[_sent_entry(row, by) for row in asked], at=at)
    return asked


def send_inquiries(*, asked: Sequence[Row], asker: Asker, by: Actor, at: dt.datetime) -> None:
    """Send recorded inquiries. What cannot leave now, or of whom the index knows no number, the worker sends later."""
    unified = index.unified_numbers(SYSTEM, [row["system_person_number"] for row in asked])
    _send([row for row in asked if row["system_person_number"] in unified], unified, asker, by, at)


def all_data_sets() -> list[str]:
    """Return the codes of all sixteen data sets."""
    return sorted(catalogue().data_sets)


def _sent_entry(row: Mapping[str, Any], by: Actor) -> Entry:
    # Neither the 宛名番号 nor any other number of the person: the transaction number finds the row.
    body = {
        key: row[key] for key in ("provider", "data_sets", "procedure", "department", "non_disclosure", "requested_at")
    }
    body |= {**step_taken(Party.TOWN, State.CREATED), "by": str(by)}
    return Entry(EntryKind.INQUIRY_SENT, body, str(row["transaction_number"]))


def _items(asked: Sequence[Row], unified: Mapping[str, str], asker: Asker) -> list[Inquiry]:
    newest = catalogue().newest_numbers()
    return [
        Inquiry(
            transaction_number=row["transaction_number"],
            institution=asker.institution,
            unified_person_number=unified[row["system_person_number"]],
            provider=row["provider"],
            data_sets=row["data_sets"],
            layouts=[newest[code] for code in row["data_sets"]],
            procedure=row["procedure"],
            department=row["department"],
            non_disclosure=row["non_disclosure"],
            requested_at=row["requested_at"],
            valid_for_seconds=row["valid_for_seconds"],
        )
        for row in asked
    ]


def _send(asked: Sequence[Row], unified: Mapping[str, str], asker: Asker, by: Actor, at: dt.datetime) -> None:
    items = _items(asked, unified, asker)
    if not items:
        return
    try:
        progress = asker.link.inquire(items)
    except ExchangeFailed as failure:
        note_failure(numbers=[item.transaction_number for item in items], failure=failure, by=by, at=at)
        return
    _take(progress, asker, by, at)


def _take(progress: Sequence[InquiryProgress], asker: Asker, by: Actor, at: dt.datetime) -> None:
    """Store what the gateway says, then let it forget the answers that are safe here."""
    stored = store_progress(progress=progress, by=by, at=at)
    ended = [one.transaction_number for one in progress if one.state not in OPEN_STATES]
    _acknowledge([number for number in ended if number in stored], asker, at)


def _acknowledge(numbers: Sequence[str], asker: Asker, at: dt.datetime) -> None:
    """Tell the gateway that answers are safe here; when it cannot be had, it is told again in the next round."""
    if not numbers:
        return
    read = [AnswerRead(institution=asker.institution, transaction_number=number) for number in numbers]
    try:
        asker.link.answers_read(read)
    except ExchangeFailed as failure:
        log.warning("TW-INQ-002 read_not_told", peer=failure.peer, phase=failure.phase, count=len(read))
        return
    with transaction.atomic():
        run(
            "UPDATE linkage_inquiry SET acknowledged_at = %s WHERE transaction_number = ANY(%s::uuid[])",
            [at, list(numbers)],
        )


@transaction.atomic
def store_progress(*, progress: Sequence[InquiryProgress], by: Actor, at: dt.datetime) -> set[str]:
    """Write down how inquiries stand and what was answered; return those that were changed.

    Replies may arrive late or out of order: what the table of transitions does not lead to changes nothing.
    """
    told = listing(progress)
    changed = rows(_APPLY, [at, told, *steps(Party.TOWN), sorted(OPEN_STATES)])
    append_many(entries=[_step_entry(row, by) for row in changed if row["is_step"]], at=at)
    return {row["number"] for row in changed}


#: Steps that are recorded under a kind of their own; every other end is one that was received.
_KINDS = {
    State.SENT: EntryKind.INQUIRY_SENT,
    State.PERMITTED: EntryKind.INQUIRY_PERMITTED,
    State.HELD: EntryKind.ANSWER_HELD,
    State.RECEIVED: EntryKind.ANSWER_RECEIVED,
    State.CANCELLED: EntryKind.INQUIRY_CANCELLED,
    State.LAPSED: EntryKind.INQUIRY_LAPSED,
}


def _step_entry(row: Row, by: Actor) -> Entry:
    kind = _KINDS.get(State(row["state"]), EntryKind.INQUIRY_RECEIVED)
    body = {"provider": row["provider"], **step_taken(Party.TOWN, row["state"]), "by": str(by)}
    return Entry(kind, body, row["number"])


@transaction.atomic
def note_failure(*, numbers: Sequence[str], failure: ExchangeFailed, by: Actor, at: dt.datetime) -> None:
    """Keep why inquiries could not leave, and end those that were refused at the door."""
    state = State.CREATED if failure.may_retry else State.FAILED
    noted = rows(
        "UPDATE linkage_inquiry SET reason = %s, state = %s, state_at = %s"
        " WHERE transaction_number = ANY(%s::uuid[]) AND state = 'created'"
        " RETURNING transaction_number::text AS number, state, provider",
        [f"{failure.phase}: {failure.peer}: {failure.reason}", state.value, at, list(numbers)],
    )
    append_many(entries=[_step_entry(row, by) for row in noted if row["state"] == State.FAILED], at=at)
    append(
        kind=EntryKind.INQUIRY_FAILED,
        body={"phase": failure.phase.value, "peer": failure.peer, "count": len(numbers), "by": str(by)},
        at=at,
    )


def refresh(*, transaction_numbers: Sequence[str], asker: Asker, by: Actor, at: dt.datetime) -> None:
    """Ask the gateway how inquiries stand.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    items = [InquiryAsked(institution=asker.institution, transaction_number=number) for number in transaction_numbers]
    if items:
        _take(asker.link.inquiry_status(items), asker, by, at)


def continue_inquiries(*, asker: Asker, by: Actor, at: dt.datetime, most: int = 2_000) -> int:
    """Take up open inquiries again and return how many there were.

    Those that never left are sent, those that staff no longer want are called off, the others are asked about.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    open_rows = queries.open_inquiries(most)
    unwanted = [row for row in open_rows if row["cancel_asked_at"] is not None]
    unsent = [row for row in open_rows if row["state"] == State.CREATED and row not in unwanted]
    unified = index.unified_numbers(SYSTEM, [row["system_person_number"] for row in [*unwanted, *unsent]])
    if unsent:
        _send([row for row in unsent if row["system_person_number"] in unified], unified, asker, by, at)
    if unwanted:
        call_off = [row for row in unwanted if row["system_person_number"] in unified]
        _take(asker.link.cancel(_items(call_off, unified, asker)), asker, by, at)
    waiting = [row["transaction_number"] for row in open_rows if row["state"] != State.CREATED and row not in unwanted]
    refresh(transaction_numbers=waiting, asker=asker, by=by, at=at)
    _acknowledge(queries.unacknowledged(most), asker, at)
    return len(open_rows)


def cancel(*, transaction_number: str, asker: Asker, by: Actor, at: dt.datetime) -> bool:
    """Call an inquiry off that has not ended, and say whether it had not.

    That staff no longer want it is kept first. When the gateway cannot be had, the worker calls it off later; what was
    answered in the meantime is kept as answered.
    """
    with transaction.atomic():
        found = rows(
            "UPDATE linkage_inquiry SET cancel_asked_at = %s, cancel_asked_by = %s WHERE transaction_number = %s"
            " AND state = ANY(%s) AND cancel_asked_at IS NULL RETURNING transaction_number::text, system_person_number,"
            " provider, data_sets, procedure, department, non_disclosure, valid_for_seconds, requested_at",
            [at, str(by), transaction_number, sources(Party.TOWN, State.CANCELLED)],
        )
        entries = [
            Entry(EntryKind.CANCELLATION_ASKED, {"provider": row["provider"], "by": str(by)}, transaction_number)
            for row in found
        ]
        append_many(entries=entries, at=at)
    unified = index.unified_numbers(SYSTEM, [row["system_person_number"] for row in found])
    items = _items([row for row in found if row["system_person_number"] in unified], unified, asker)
    try:
        progress = asker.link.cancel(items) if items else []
    except ExchangeFailed as failure:
        log.warning("TW-INQ-003 cancellation_not_told", peer=failure.peer, phase=failure.phase)
    else:
        _take(progress, asker, by, at)
    return bool(found)


@transaction.atomic
def purge_answers(*, by: Actor, at: dt.datetime) -> int:
    """Delete the content of answers whose time is over, adopted or not, and record each; return how many there were.

    The record of the exchange stays, and what was adopted is part of the person's history.
    """
    purged = rows(
        "UPDATE linkage_inquiry SET state = 'purged', state_at = %s, purged_at = %s, answers = '[]'"
        " WHERE state = ANY(%s) AND (adopted_at < %s OR adopted_at IS NULL AND received_at < %s)"
        " RETURNING transaction_number::text AS number, provider",
        [
            at,
            at,
            [State.RECEIVED],
            at - table().period("adopted"),
            at - table().period("unadopted"),
        ],
    )
    append_many(
        entries=[
            Entry(
                EntryKind.ANSWER_PURGED,
                {"provider": row["provider"], **step_taken(Party.TOWN, State.PURGED), "by": str(by)},
                row["number"],
            )
            for row in purged
        ],
        at=at,
    )
    return len(purged)


@transaction.atomic
def adopt(*, transaction_number: str, by: Actor, at: dt.datetime) -> Adopted:
    """Take the results of an answer into the person's history, once.

    :raises NothingToAdopt: when there is no such answer, or it was adopted before.
    :raises ReplicaError: when a payload is not of the form the layouts know; nothing is adopted then.
    """
    inquiry = queries.inquiry(transaction_number)
    if inquiry is None or not inquiry.may_adopt:
        raise NothingToAdopt
    adopted = adopt_results(
        person=inquiry.system_person_number,
        transaction_number=transaction_number,
        institution=inquiry.provider,
        contents=[parse(payload.encode()) for payload in payloads(inquiry)],
        by=by,
        at=at,
    )
    run(
        "UPDATE linkage_inquiry SET adopted_at = %s, adopted_by = %s, adopted_count = %s WHERE transaction_number = %s",
        [at, str(by), adopted.stored + adopted.already_stored, transaction_number],
    )
    return adopted


def payloads(inquiry: InquiryView) -> list[str]:
    """Return the replicas of an answer."""
    return [payload for answer in inquiry.answers for payload in answer["payloads"]]
