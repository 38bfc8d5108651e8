"""Inquiries of our own institutions: created, permitted, answered, read (番号法19条8号, 23条1項).

How they end without an answer is in `endings`. Every step is one of `protocol/exchange.toml`; others change nothing.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

import orjson
from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.closing import moving
from tasuki.gateway.payloads import PayloadCipher
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.envelope import listing, wire_time
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.inquiring import FIRST_RETRY, LONGEST_RETRY, PUT_OFF, decided, held_wait
from tasuki.protocol.messages import (
    Accepted,
    AnswerRead,
    Decision,
    Inquiry,
    PermitRequest,
    Provision,
    Receipt,
    State,
)
from tasuki.protocol.transitions import Party, step_taken, steps
from tasuki.shared.actor import Actor

_INSERT = """
INSERT INTO gateway_inquiry
 (institution, transaction_number, unified_person_number, linkage_code, provider, provider_gateway, data_sets,
  layouts, refused_data_sets, procedure, department, non_disclosure, requested_at, valid_for_seconds, state, state_at,
  basis, reason, attempts, next_attempt_at)
SELECT r.institution, r.transaction_number, r.unified_person_number, p.linkage_code, r.provider, '', r.data_sets,
  r.layouts, '{}', r.procedure, r.department, r.non_disclosure OR coalesce(p.non_disclosure, false), r.requested_at,
  r.valid_for_seconds, CASE WHEN p.linkage_code IS NULL THEN 'own_code_missing' ELSE 'sent' END, %s, '', '', 0,
  CASE WHEN p.linkage_code IS NULL THEN NULL ELSE %s::timestamptz END
FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid, unified_person_number text,
  provider text, data_sets text[], layouts text[], procedure text, department text, non_disclosure boolean,
  requested_at timestamptz, valid_for_seconds int)
LEFT JOIN gateway_person p
  ON p.institution = r.institution AND p.unified_person_number = r.unified_person_number
ON CONFLICT DO NOTHING
RETURNING institution, transaction_number::text, linkage_code, provider, data_sets, layouts, procedure, department,
  non_disclosure, requested_at, valid_for_seconds, state
"""


@transaction.atomic(savepoint=False)
def create_inquiries(*, items: Sequence[Inquiry], by: Actor, at: dt.datetime) -> list[PermitRequest]:
    """Record new inquiries and return what to ask the network for them; those recorded before are left as they are."""
    content = listing(items)
    created = rows(_INSERT, [at, at + FIRST_RETRY, content])
    append_many(entries=[_created_entry(row, by) for row in created], at=at)
    return [permit_request(row) for row in created if row["state"] == State.SENT]


def permit_request(row: Row) -> PermitRequest:
    """Return what to ask the network for a stored inquiry."""
    return PermitRequest(
        transaction_number=row["transaction_number"],
        inquirer=row["institution"],
        inquirer_code=row["linkage_code"],
        provider=row["provider"],
        data_sets=row["data_sets"],
        layouts=row["layouts"],
        procedure=row["procedure"],
        department=row["department"],
        non_disclosure=row["non_disclosure"],
        requested_at=row["requested_at"],
        valid_for_seconds=row["valid_for_seconds"],
    )


def _created_entry(row: Row, by: Actor) -> Entry:
    kind = EntryKind.INQUIRY_SENT if row["state"] == State.SENT else EntryKind.INQUIRY_REFUSED
    body = row | {"requested_at": wire_time(row["requested_at"]), "by": str(by)}
    return Entry(kind, body | step_taken(Party.INQUIRER, row["state"]), row["transaction_number"])


@transaction.atomic(savepoint=False)
def apply_outcomes(
    *,
    requests: Sequence[PermitRequest],
    decisions: Sequence[Decision],
    provisions: Mapping[str, Provision],
    cipher: PayloadCipher,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Write down what the network decided and what providers answered, with its evidence, in one transaction.

    An inquiry that has ended stays as it ended, and one that is held is not merely permitted again: what the table of
    transitions does not lead to changes nothing, and a repeated outcome is not recorded again. What concerns an
    institution that is moving is left to its new gateway, which will be given the same.
    """
    gone = moving()
    changes = [
        _change(request, decision, provisions.get(request.transaction_number), cipher, at)
        for request, decision in zip(requests, decisions, strict=True)
        if request.inquirer not in gone
    ]
    parameters = [at, listed(change for change, _ in changes), *steps(Party.INQUIRER)]
    changed = {row["number"] for row in rows(_APPLY, parameters) if row["is_step"]}
    append_many(
        entries=[
            Entry(kind, _entry_body(change, provisions, by), change["transaction_number"])
            for change, kind in changes
            if change["transaction_number"] in changed
        ],
        at=at,
    )


_APPLY = """
WITH changed AS (
  UPDATE gateway_inquiry i SET
    state = r.state, state_at = %s, permitted_at = coalesce(r.permitted_at, i.permitted_at),
    valid_until = coalesce(r.valid_until, i.valid_until), provided_at = r.provided_at, basis = r.basis,
    provider_gateway = r.provider_gateway, refused_data_sets = r.refused_data_sets, reason = '',
    non_disclosure = i.non_disclosure OR r.non_disclosure, answer = decode(r.answer, 'base64'),
    next_attempt_at = r.next_attempt_at
  FROM (
    SELECT told.*, b.state AS before FROM jsonb_to_recordset(%s::jsonb) AS told(institution text,
      transaction_number uuid, state text, permitted_at timestamptz, valid_until timestamptz, provided_at timestamptz,
      basis text, provider_gateway text, refused_data_sets text[], answer text, next_attempt_at timestamptz,
      receipt_due boolean, non_disclosure boolean)
    JOIN gateway_inquiry b ON b.institution = told.institution AND b.transaction_number = told.transaction_number
    FOR UPDATE OF b
  ) AS r
  WHERE i.institution = r.institution AND i.transaction_number = r.transaction_number
    AND ((r.before, r.state) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
      OR r.before = r.state AND r.next_attempt_at IS NOT NULL)
  RETURNING i.institution, i.transaction_number, r.before <> i.state AS is_step, r.receipt_due
), due AS (
  INSERT INTO gateway_receipt_due (institution, transaction_number)
  SELECT institution, transaction_number FROM changed WHERE receipt_due ON CONFLICT DO NOTHING
)
SELECT transaction_number::text AS number, is_step FROM changed
"""


def _change(
    request: PermitRequest, decision: Decision, provision: Provision | None, cipher: PayloadCipher, at: dt.datetime
) -> tuple[Row, EntryKind]:
    """Return the new row and the kind of its record."""
    change: Row = {
        "institution": request.inquirer,
        "transaction_number": request.transaction_number,
        **decided(decision),
        "provided_at": None,
        "answer": None,
        "next_attempt_at": None,
        "receipt_due": False,
        "non_disclosure": request.non_disclosure or (provision is not None and provision.non_disclosure),
    }
    if decision.state != State.PERMITTED:
        return change, EntryKind.INQUIRY_REFUSED
    if provision is None or provision.state == State.PERMITTED:
        return change | {"next_attempt_at": wire_time(at + FIRST_RETRY)}, EntryKind.INQUIRY_PERMITTED
    change["state"] = provision.state.value
    if provision.state == State.HELD:
        next_attempt_at = at + held_wait(request.requested_at, at)
        return change | {"next_attempt_at": wire_time(next_attempt_at)}, EntryKind.ANSWER_HELD
    change |= {"provided_at": wire_time(provision.provided_at), "receipt_due": True}
    if provision.answers:
        content = orjson.dumps([answer.model_dump() for answer in provision.answers])
        change["answer"] = base64.b64encode(
            cipher.encrypt(request.inquirer, request.transaction_number, content)
        ).decode()
    return change, EntryKind.ANSWER_RECEIVED


def _entry_body(change: Row, provisions: Mapping[str, Provision], by: Actor) -> Row:
    body = {
        key: change[key]
        for key in (
            "institution",
            "permitted_at",
            "valid_until",
            "provided_at",
            "basis",
            "refused_data_sets",
            "non_disclosure",
        )
    }
    body |= step_taken(Party.INQUIRER, change["state"])
    provision = provisions.get(change["transaction_number"])
    if provision is not None:
        body["answers"] = answer_digest(provision)
    return body | {"by": str(by)}


def answer_digest(provision: Provision) -> list[Row]:
    """Return what evidence keeps of an answer: for each data set its state, how many payloads, and their digest."""
    return [
        {
            "data_set": answer.data_set,
            "state": answer.state.value,
            "count": len(answer.payloads),
            "sha256": hashlib.sha256("\n".join(answer.payloads).encode()).hexdigest() if answer.payloads else "",
        }
        for answer in provision.answers
    ]


@transaction.atomic(savepoint=False)
def note_failure(*, requests: Sequence[PermitRequest], failure: ExchangeFailed, by: Actor, at: dt.datetime) -> None:
    """Keep why inquiries could not go on and when they will be tried again; the first failure of each is recorded."""
    gone = moving()
    keys = [
        {"institution": item.inquirer, "transaction_number": item.transaction_number}
        for item in requests
        if item.inquirer not in gone
    ]
    noted = rows(
        f"UPDATE gateway_inquiry i SET reason = %s, {PUT_OFF}"  # noqa: S608 — our own text
        " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid)"
        " WHERE i.institution = r.institution AND i.transaction_number = r.transaction_number"
        " AND i.state IN ('sent', 'permitted', 'held')"
        " RETURNING i.institution, i.transaction_number::text AS number, i.attempts",
        [f"{failure.phase}: {failure.peer}", at, LONGEST_RETRY, listed(keys)],
    )
    append_many(
        entries=[
            Entry(
                EntryKind.INQUIRY_FAILED,
                {"institution": row["institution"], "phase": failure.phase, "peer": failure.peer, "by": str(by)},
                row["number"],
            )
            for row in noted
            if row["attempts"] == 1
        ],
        at=at,
    )


@transaction.atomic(savepoint=False)
def mark_read(*, items: Sequence[AnswerRead], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Let go of answers the town has stored. The exchange record stays; only the content goes."""
    del by  # The reading is the town's own record.
    run(
        "UPDATE gateway_inquiry i SET read_at = %s, answer = NULL"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid)"
        " WHERE i.institution = r.institution AND i.transaction_number = r.transaction_number AND i.read_at IS NULL",
        [at, listing(items)],
    )
    return [Accepted(accepted=True) for _ in items]


@transaction.atomic(savepoint=False)
def receipts_sent(*, receipts: Sequence[Receipt], by: Actor, at: dt.datetime) -> int:
    """Remember that the other parties know how these inquiries ended."""
    del by, at  # The other parties record the receipt; here only a duty ends.
    gone = moving()
    keys = [
        {"institution": item.inquirer, "transaction_number": item.transaction_number}
        for item in receipts
        if item.inquirer not in gone
    ]
    return run(
        "DELETE FROM gateway_receipt_due d"
        " USING jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid)"
        " WHERE d.institution = r.institution AND d.transaction_number = r.transaction_number",
        [listed(keys)],
    )
