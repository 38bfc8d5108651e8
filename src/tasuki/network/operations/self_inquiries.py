"""Inquiries of people about themselves on their way: permitted, answered, lapsed, reported (番号法23条1項).

The network makes them in the portal's name. Every step is one of `protocol/exchange.toml`, those of whoever inquires.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.network.operations.receipts import keep_receipts
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.inquiring import FIRST_RETRY, LONGEST_RETRY, LONGEST_WAIT, PUT_OFF, decided, held_wait
from tasuki.protocol.messages import Decision, PermitRequest, Receipt, State
from tasuki.protocol.self_messages import SelfProvision
from tasuki.protocol.transitions import Party, sources, step_taken, steps
from tasuki.shared.actor import Actor

_APPLY = """
UPDATE network_self_inquiry i SET
  state = r.state, state_at = %s, permitted_at = coalesce(r.permitted_at, i.permitted_at),
  valid_until = coalesce(r.valid_until, i.valid_until), provided_at = r.provided_at, basis = r.basis, reason = '',
  provider_gateway = r.provider_gateway, refused_data_sets = r.refused_data_sets, sealed = r.sealed,
  non_disclosure = i.non_disclosure OR r.non_disclosure, next_attempt_at = r.next_attempt_at,
  receipt_due = r.receipt_due
FROM (
  SELECT told.*, b.state AS before FROM jsonb_to_recordset(%s::jsonb) AS told(transaction_number uuid, state text,
    permitted_at timestamptz, valid_until timestamptz, provided_at timestamptz, basis text, provider_gateway text,
    refused_data_sets text[], sealed text, non_disclosure boolean, next_attempt_at timestamptz, receipt_due boolean)
  JOIN network_self_inquiry b USING (transaction_number) FOR UPDATE OF b
) AS r
WHERE i.transaction_number = r.transaction_number
  AND ((r.before, r.state) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
    OR r.before = r.state AND r.next_attempt_at IS NOT NULL)
RETURNING i.transaction_number::text AS number, r.before <> i.state AS is_step
"""
_LAPSE = """
UPDATE network_self_inquiry SET state = 'lapsed', state_at = %(at)s, next_attempt_at = NULL,
  receipt_due = provider_gateway <> ''
WHERE next_attempt_at IS NOT NULL AND state = ANY(%(open)s)
  AND coalesce(valid_until, requested_at + %(longest)s::interval) < %(at)s
RETURNING transaction_number::text AS number, institution, provider
"""


@transaction.atomic(savepoint=False)
def apply_outcomes(
    *,
    requests: Sequence[PermitRequest],
    decisions: Sequence[Decision],
    provisions: Mapping[str, SelfProvision],
    by: Actor,
    at: dt.datetime,
) -> None:
    """Write down what was decided and what providers answered, with its evidence, also as the network's own record.

    An inquiry that has ended stays as it ended; a repeated outcome is not recorded again.
    """
    changes = {
        request.transaction_number: _change(request, decision, provisions.get(request.transaction_number), at)
        for request, decision in zip(requests, decisions, strict=True)
    }
    parameters = [at, listed(change for change, _ in changes.values()), *steps(Party.INQUIRER)]
    changed = [changes[row["number"]] for row in rows(_APPLY, parameters) if row["is_step"]]
    append_many(
        entries=[Entry(kind, _body(change, by), change["transaction_number"]) for change, kind in changed], at=at
    )
    _report_to_ourselves([change for change, _ in changed if change["receipt_due"]], by, at)


def _change(
    request: PermitRequest, decision: Decision, provision: SelfProvision | None, at: dt.datetime
) -> tuple[Row, EntryKind]:
    """Return the new row and the kind of its record."""
    change: Row = {
        "institution": request.inquirer,
        "transaction_number": request.transaction_number,
        "provider": request.provider,
        **decided(decision),
        "provided_at": None,
        "sealed": "",
        "non_disclosure": provision is not None and provision.non_disclosure,
        "next_attempt_at": None,
        "receipt_due": False,
    }
    if decision.state != State.PERMITTED:
        return change, EntryKind.INQUIRY_REFUSED
    if provision is None or provision.state == State.PERMITTED:
        return change | {"next_attempt_at": wire_time(at + FIRST_RETRY)}, EntryKind.INQUIRY_PERMITTED
    change["state"] = provision.state.value
    if provision.state == State.HELD:
        next_attempt_at = at + held_wait(request.requested_at, at)
        return change | {"next_attempt_at": wire_time(next_attempt_at)}, EntryKind.ANSWER_HELD
    given = {"provided_at": wire_time(provision.provided_at), "receipt_due": True, "sealed": provision.sealed}
    return change | given, EntryKind.ANSWER_RECEIVED


def _body(change: Row, by: Actor) -> Row:
    kept = {key: change[key] for key in change if key not in ("sealed", "next_attempt_at", "receipt_due", "state")}
    digest = hashlib.sha256(change["sealed"].encode()).hexdigest() if change["sealed"] else ""
    return kept | {"sealed_sha256": digest, **step_taken(Party.INQUIRER, change["state"]), "by": str(by)}


def _report_to_ourselves(ended: Sequence[Row], by: Actor, at: dt.datetime) -> None:
    """Add to the network's exchange records how inquiries ended: here whoever asked and the network are one node."""
    receipts = [
        Receipt(
            transaction_number=row["transaction_number"],
            inquirer=row["institution"],
            provider=row["provider"],
            state=State(row["state"]),
            provided_at=row["provided_at"],
            received_at=at,
            non_disclosure=row["non_disclosure"],
        )
        for row in ended
    ]
    keep_receipts(receipts=receipts, by=by, at=at)


@transaction.atomic(savepoint=False)
def note_failure(*, numbers: Sequence[str], failure: ExchangeFailed, by: Actor, at: dt.datetime) -> None:
    """Keep why inquiries could not go on and when they are tried again; the first failure of each is recorded."""
    noted = rows(
        f"UPDATE network_self_inquiry SET reason = %s, {PUT_OFF}"  # noqa: S608 — our own text
        " WHERE transaction_number = ANY(%s::uuid[]) AND next_attempt_at IS NOT NULL"
        " RETURNING transaction_number::text AS number, institution, attempts",
        [f"{failure.phase}: {failure.peer}", at, LONGEST_RETRY, list(numbers)],
    )
    failed = {"phase": failure.phase, "peer": failure.peer, "by": str(by)}
    first = [row for row in noted if row["attempts"] == 1]
    append_many(
        entries=[
            Entry(EntryKind.INQUIRY_FAILED, {"institution": row["institution"]} | failed, row["number"])
            for row in first
        ],
        at=at,
    )


@transaction.atomic(savepoint=False)
def lapse_self_inquiries(*, by: Actor, at: dt.datetime) -> int:
    """End inquiries that nobody answered within their validity (番号法施行令26条), and record each end."""
    lapsed = rows(_LAPSE, {"at": at, "open": sources(Party.INQUIRER, State.LAPSED), "longest": LONGEST_WAIT})
    ends = {**step_taken(Party.INQUIRER, State.LAPSED), "by": str(by)}
    append_many(
        entries=[
            Entry(
                EntryKind.INQUIRY_LAPSED,
                {"institution": row["institution"], "provider": row["provider"]} | ends,
                row["number"],
            )
            for row in lapsed
        ],
        at=at,
    )
    return len(lapsed)


@transaction.atomic(savepoint=False)
def receipts_sent(*, numbers: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Remember that the provider's gateway knows how these inquiries ended."""
    del by, at  # That gateway records the receipt; here only a duty ends.
    return run(
        "UPDATE network_self_inquiry SET receipt_due = false WHERE transaction_number = ANY(%s::uuid[])",
        [list(numbers)],
    )
