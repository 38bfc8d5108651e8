"""Reads of the network."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tasuki.network.types import InstitutionClass, Member
from tasuki.nodes.sql import Row, listed, rows
from tasuki.protocol.messages import PermitRequest, Receipt, State
from tasuki.protocol.portal import portal
from tasuki.protocol.record_messages import Correction, RecordCorrection
from tasuki.protocol.self_messages import SelfAnswer, SelfOutcome, SelfProgress, told_as


def members(institutions: Iterable[str]) -> dict[str, Member]:
    """Return the registry's entries for these institutions; unknown ones are left out."""
    found = rows(
        "SELECT institution, institution_class, gateway, assessed_on, suspended_at IS NOT NULL AS suspended"
        " FROM network_institution WHERE institution = ANY(%s)",
        [sorted(set(institutions))],
    )
    return {
        row["institution"]: Member(
            row["institution"],
            InstitutionClass(row["institution_class"]),
            row["gateway"],
            row["assessed_on"],
            row["suspended"],
        )
        for row in found
    }


def portal_member() -> Member:
    """Return the portal as the network decides about it: it stands in no registry, and no gateway serves it."""
    return Member(portal().institution, InstitutionClass.PORTAL, "", portal().own_results.assessed_on)


def deliveries_for(gateway: str, most: int) -> list[dict[str, str]]:
    """Return codes still to be handed to a gateway, oldest first."""
    return rows(
        "SELECT institution, acquisition_number, linkage_code FROM network_code_delivery"
        " WHERE gateway = %s ORDER BY created_at, acquisition_number LIMIT %s",
        [gateway, most],
    )


def gateways_awaiting_codes() -> list[str]:
    """Return the gateways that have codes waiting for them."""
    return [row["gateway"] for row in rows("SELECT DISTINCT gateway FROM network_code_delivery ORDER BY gateway")]


def codes_waiting() -> dict[str, int]:
    """Count the codes that wait for each gateway."""
    found = rows("SELECT gateway, count(*) AS n FROM network_code_delivery GROUP BY gateway ORDER BY gateway")
    return {row["gateway"]: row["n"] for row in found}


def permits_open() -> int:
    """Count the permits of which nobody told yet how they ended."""
    [row] = rows("SELECT count(*) AS n FROM network_open_permit")
    return int(row["n"])


def corrections_by_gateway(most: int) -> dict[str, list[Correction]]:
    """Return corrections still to be told, by the gateway that serves whoever asked, the oldest first."""
    found = rows(
        "SELECT i.gateway, c.transaction_number::text, p.inquirer, p.provider, c.data_set, c.ordinal, c.kind,"
        " c.corrected_at FROM network_correction c"
        " JOIN network_permit p ON p.transaction_number = c.transaction_number"
        " JOIN network_institution i ON i.institution = p.inquirer"
        " WHERE c.delivered_at IS NULL ORDER BY c.noted_at, c.transaction_number LIMIT %s",
        [most],
    )
    grouped: dict[str, list[Correction]] = defaultdict(list)
    for row in found:
        grouped[row.pop("gateway")].append(Correction(**row))
    return grouped


def record_corrections_by_gateway(most: int) -> dict[str, list[RecordCorrection]]:
    """Return corrections of records still to be told, by the gateway that serves the other side, the oldest first."""
    found = rows(
        "SELECT i.gateway, c.correction::text, c.transaction_number::text, c.institution, c.other, c.direction,"
        " c.field, c.value, c.ground, c.decided_at FROM network_record_correction c"
        " JOIN network_institution i ON i.institution = c.other"
        " WHERE c.delivered_at IS NULL ORDER BY c.noted_at, c.correction LIMIT %s",
        [most],
    )
    grouped: dict[str, list[RecordCorrection]] = defaultdict(list)
    for row in found:
        grouped[row.pop("gateway")].append(RecordCorrection(**row))
    return grouped


def moves_under_way() -> list[Row]:
    """Return the moves of institutions that are not over, and what each gateway told of them."""
    return rows(
        "SELECT institution, move::text, giver, taker, given_digest, taken_digest, began_at FROM network_move"
        " WHERE ended_at IS NULL ORDER BY institution"
    )


def institutions_known() -> list[Row]:
    """Return who takes part, which gateway serves them, and who is suspended why and by whom."""
    return rows(
        "SELECT institution, name, name_en, gateway, institution_class, assessed_on, joined_at, suspended_at,"
        " suspended_why, suspended_by FROM network_institution ORDER BY institution"
    )


_SELF_REQUESTS = """
SELECT s.request_number::text, s.portal_code, s.expires_at, i.transaction_number::text, i.provider,
  coalesce(m.name, '') AS provider_name, coalesce(m.name_en, '') AS provider_name_en, i.state,
  i.requested_at, i.provided_at, i.basis,
  CASE WHEN s.expires_at <= %(at)s OR i.fetched_at <= %(fetched)s THEN '' ELSE i.sealed END AS sealed,
  i.corrected_at IS NOT NULL AS is_corrected
FROM jsonb_to_recordset(%(asked)s::jsonb) AS r(request_number uuid, portal_code text)
JOIN network_self_request s ON s.request_number = r.request_number AND s.portal_code = r.portal_code
LEFT JOIN network_self_inquiry i ON i.request_number = s.request_number
LEFT JOIN network_institution m ON m.institution = i.provider
ORDER BY s.request_number, i.provider
"""


def self_progress(asked: Iterable[Row], at: dt.datetime) -> dict[tuple[str, str], SelfProgress]:
    """Return how requests of people about themselves stand, by their number and the portal's code for the person.

    What names no request, or another person's, is left out. Content whose time is over is gone, purged or not yet.
    """
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    over = {"at": at, "fetched": at - portal().own_results.after_fetch}
    for row in rows(_SELF_REQUESTS, over | {"asked": listed(asked)}):
        found[row.pop("request_number"), row.pop("portal_code")].append(row)
    return {name: _self_progress(name[0], group) for name, group in found.items()}


def _self_progress(number: str, group: Sequence[Row]) -> SelfProgress:
    expires_at = group[0]["expires_at"]
    answers = []
    for row in group:
        del row["expires_at"]
        if row["transaction_number"] is not None:
            told = told_as(State(row.pop("state")), has_content=bool(row["sealed"]))
            answers.append(SelfAnswer(state=told, **row))
    outcome = SelfOutcome.TAKEN if answers else SelfOutcome.NOBODY_TO_ASK
    return SelfProgress(request_number=number, outcome=outcome, expires_at=expires_at, answers=answers)


def self_inquiries_due(most: int, at: dt.datetime) -> list[tuple[PermitRequest, str]]:
    """Return inquiries of people about themselves that are to be taken on, each with the key for its answer."""
    found = rows(
        "SELECT i.transaction_number::text, i.institution AS inquirer, i.linkage_code AS inquirer_code, i.provider,"
        " i.data_sets, i.procedure, i.department, i.non_disclosure, i.requested_at, s.answer_key"
        " FROM network_self_inquiry i JOIN network_self_request s ON s.request_number = i.request_number"
        " WHERE i.next_attempt_at <= %s ORDER BY i.next_attempt_at, i.transaction_number LIMIT %s",
        [at, most],
    )
    keys = [row.pop("answer_key") for row in found]
    return [(PermitRequest(**row), key) for row, key in zip(found, keys, strict=True)]


def self_receipts_due(most: int, *, without: Sequence[str] = ()) -> dict[str, list[Receipt]]:
    """Return how people's own inquiries ended, as far as providers' gateways do not know it yet, by gateway."""
    found = rows(
        # Whoever serves the provider now is told, whoever did when it was asked.
        "SELECT i.transaction_number::text, i.institution AS inquirer, i.provider, m.gateway,"
        # What was received and has gone since was received.
        " CASE i.state WHEN 'purged' THEN 'received' ELSE i.state END AS state, i.provided_at,"
        " CASE i.state WHEN 'purged' THEN i.provided_at ELSE i.state_at END AS received_at, i.non_disclosure"
        " FROM network_self_inquiry i JOIN network_institution m ON m.institution = i.provider"
        " WHERE i.receipt_due AND NOT m.gateway = ANY(%s) ORDER BY m.gateway, i.transaction_number LIMIT %s",
        [list(without), most],
    )
    grouped: dict[str, list[Receipt]] = defaultdict(list)
    for row in found:
        grouped[row.pop("gateway")].append(Receipt(**row))
    return grouped
