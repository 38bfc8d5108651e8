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
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.types import SYSTEM, Asked, InquiryView, NotAsked
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.persons import queries as index
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import (
    OPEN_STATES,
    AnswerRead,
    Inquiry,
    InquiryAsked,
    InquiryProgress,
    State,
)
from tasuki.screening.operations.results import adopt_results
from tasuki.screening.types import Adopted
from tasuki.shared.actor import Actor

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
  received_at = CASE WHEN r.state IN ('created', 'sent', 'permitted', 'held') THEN NULL ELSE %s::timestamptz END
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, state text, at timestamptz, permitted_at timestamptz,
  provided_at timestamptz, valid_until timestamptz, basis text, reason text, answers jsonb)
WHERE i.transaction_number = r.transaction_number AND i.state IN ('created', 'sent', 'permitted', 'held')
RETURNING i.transaction_number::text AS number, i.state, i.provider
"""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the town's institution, its way out, and the procedure and department every inquiry names."""

    institution: str
    link: GatewayLink
    new_id: Callable[[dt.datetime], str]
    procedure: str
    department: str


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
    unified = index.unified_numbers(SYSTEM, people)
    known = [person for person in dict.fromkeys(people) if person in unified]
    asked = [
        {
            "transaction_number": asker.new_id(at),
            "system_person_number": person,
            "provider": provider,
            "data_sets": list(data_sets or all_data_sets()),
            "procedure": asker.procedure,
            "department": asker.department,
            "non_disclosure": False,
            "valid_for_seconds": valid_for_seconds,
            "requested_at": wire_time(at),
        }
        for person in known
    ]
    with transaction.atomic():
        run(_INSERT, [str(by), listed(asked)])
        append_many(entries=[_sent_entry(row, by) for row in asked], at=at)
    _send(asked, unified, asker, by, at)
    missing = tuple(NotAsked(person, "not_numbered") for person in dict.fromkeys(people) if person not in unified)
    return Asked(tuple(str(row["transaction_number"]) for row in asked), missing)


def all_data_sets() -> list[str]:
    """Return the codes of all sixteen data sets."""
    return sorted(catalogue().data_sets)


def _sent_entry(row: Mapping[str, Any], by: Actor) -> Entry:
    # Neither the 宛名番号 nor any other number of the person: the transaction number finds the row.
    body = {key: row[key] for key in ("provider", "data_sets", "procedure", "department", "requested_at")}
    return Entry(EntryKind.INQUIRY_SENT, body | {"by": str(by)}, str(row["transaction_number"]))


def _send(asked: Sequence[Row], unified: Mapping[str, str], asker: Asker, by: Actor, at: dt.datetime) -> None:
    items = [
        Inquiry(
            transaction_number=row["transaction_number"],
            institution=asker.institution,
            unified_person_number=unified[row["system_person_number"]],
            provider=row["provider"],
            data_sets=row["data_sets"],
            procedure=row["procedure"],
            department=row["department"],
            non_disclosure=row["non_disclosure"],
            requested_at=row["requested_at"],
            valid_for_seconds=row["valid_for_seconds"],
        )
        for row in asked
    ]
    try:
        progress = asker.link.inquire(items)
    except ExchangeFailed as failure:
        note_failure(numbers=[item.transaction_number for item in items], failure=failure, by=by, at=at)
        return
    _take(progress, asker, by, at)


def _take(progress: Sequence[InquiryProgress], asker: Asker, by: Actor, at: dt.datetime) -> None:
    """Store what the gateway says, then let it forget the answers that are safe here."""
    stored = store_progress(progress=progress, by=by, at=at)
    read = [
        AnswerRead(institution=asker.institution, transaction_number=one.transaction_number)
        for one in progress
        if one.transaction_number in stored and one.state not in OPEN_STATES
    ]
    if not read:
        return
    try:
        asker.link.answers_read(read)
    except ExchangeFailed as failure:
        # The gateway keeps the answers; `continue_inquiries` tells it again.
        log.warning("TW-INQ-002 read_not_told", peer=failure.peer, phase=failure.phase, count=len(read))
        return
    with transaction.atomic():
        run(
            "UPDATE linkage_inquiry SET acknowledged_at = %s WHERE transaction_number = ANY(%s::uuid[])",
            [at, [one.transaction_number for one in read]],
        )


@transaction.atomic
def store_progress(*, progress: Sequence[InquiryProgress], by: Actor, at: dt.datetime) -> set[str]:
    """Write down how inquiries stand and what was answered; return those that were changed."""
    changed = rows(_APPLY, [at, listed(one.model_dump(mode="json") for one in progress)])
    append_many(
        entries=[
            Entry(
                EntryKind.ANSWER_RECEIVED if row["state"] == State.RECEIVED else EntryKind.INQUIRY_RECEIVED,
                {"provider": row["provider"], "state": row["state"], "by": str(by)},
                row["number"],
            )
            for row in changed
            if row["state"] not in OPEN_STATES
        ],
        at=at,
    )
    return {row["number"] for row in changed}


@transaction.atomic
def note_failure(*, numbers: Sequence[str], failure: ExchangeFailed, by: Actor, at: dt.datetime) -> None:
    """Keep why inquiries could not leave, and end those that were refused at the door."""
    state = State.CREATED if failure.may_retry else State.FAILED
    run(
        "UPDATE linkage_inquiry SET reason = %s, state = %s, state_at = %s"
        " WHERE transaction_number = ANY(%s::uuid[]) AND state = 'created'",
        [f"{failure.phase}: {failure.peer}: {failure.reason}", state.value, at, list(numbers)],
    )
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
    """Take up open inquiries again: send those that never left, ask about the others; return how many there were.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    open_rows = queries.open_inquiries(most)
    unsent = [row for row in open_rows if row["state"] == State.CREATED]
    if unsent:
        unified = index.unified_numbers(SYSTEM, [row["system_person_number"] for row in unsent])
        _send([row for row in unsent if row["system_person_number"] in unified], unified, asker, by, at)
    waiting = [row["transaction_number"] for row in open_rows if row["state"] != State.CREATED]
    refresh(transaction_numbers=waiting, asker=asker, by=by, at=at)
    return len(open_rows)


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
