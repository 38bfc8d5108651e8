"""Deciding inquiries (番号法21条2項, 令26条), and keeping how they ended (番号法23条3項)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.network import rules
from tasuki.network.queries import members
from tasuki.network.types import Member, Permission, Permitted, Refused
from tasuki.nodes.sql import Row, listed, rows
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.messages import (
    DataSetRefusal,
    Decision,
    Permit,
    PermitDocument,
    PermitList,
    PermitReply,
    PermitRequest,
    State,
)
from tasuki.protocol.portal import portal as own_portal
from tasuki.protocol.sealing import PERMIT_CODES, seal_list
from tasuki.protocol.transitions import Party, step_taken
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_INSERT = """
WITH kept AS (
  INSERT INTO network_permit
   (transaction_number, inquirer, inquirer_code, provider, data_sets, layouts, refused_data_sets, procedure,
    department, non_disclosure, requested_at, decided_at, valid_until, decision, basis, outcome)
  SELECT transaction_number, inquirer, inquirer_code, provider, data_sets, layouts, refused_data_sets, procedure,
    department, non_disclosure, requested_at, %s::timestamptz, valid_until, decision, basis, ''
  FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, inquirer text, inquirer_code text, provider text,
    data_sets text[], layouts text[], refused_data_sets text[], procedure text, department text,
    non_disclosure boolean, requested_at timestamptz, valid_until timestamptz, decision text, basis text)
  ON CONFLICT DO NOTHING
  RETURNING transaction_number, valid_until
), open AS (
  INSERT INTO network_open_permit (transaction_number, valid_until)
  SELECT transaction_number, valid_until FROM kept WHERE valid_until IS NOT NULL
)
SELECT transaction_number::text FROM kept
"""

_CODES = """
SELECT r.number, own.pivot IS NOT NULL AS own_known, theirs.linkage_code
FROM jsonb_to_recordset(%s::jsonb) AS r(number text, inquirer text, code text, provider text)
LEFT JOIN network_issued_code own ON own.institution = r.inquirer AND own.linkage_code = r.code
LEFT JOIN network_issued_code theirs ON theirs.pivot = own.pivot AND theirs.institution = r.provider
"""


@dataclass(frozen=True, slots=True)
class Issuer:
    """What permits are made with: the network's signature, and each provider gateway's public sealing key."""

    sign: Callable[[bytes], str]
    sealing_keys: Mapping[str, X25519PublicKey]


@transaction.atomic(savepoint=False)
def decide_inquiries(
    *,
    requests: Sequence[PermitRequest],
    permissions: Sequence[Permission],
    issuer: Issuer,
    by: Actor,
    at: dt.datetime,
    portal: Member | None = None,
) -> PermitReply:
    """Decide each inquiry once and record it; a repeat returns the decision that was made, under a new document.

    :param portal: the portal, where these are people's own inquiries; no gateway may ask in its name.
    """
    known = members(code for request in requests for code in (request.inquirer, request.provider))
    codes = {row["number"]: row for row in rows(_CODES, [listed(map(_code_question, requests))])}
    # A member whose gateway we have no key of cannot be sent anything: the registry may be ahead of the nodes.
    served = {code: member for code, member in known.items() if member.gateway in issuer.sealing_keys}
    served.pop(own_portal().institution, None)
    if portal is not None:
        served[portal.institution] = portal
    verdict = _verdicts(served, permissions, civil_date(at))
    fresh = [
        _decided(request, verdict(*_asked(request)), codes[request.transaction_number], at) for request in requests
    ]
    new = {row["transaction_number"] for row in rows(_INSERT, [at, listed(fresh)])}
    append_many(entries=[_entry(row, by) for row in fresh if row["transaction_number"] in new], at=at)
    kept = _kept(requests, new) | {
        row["transaction_number"]: row | {"decided_at": at} for row in fresh if row["transaction_number"] in new
    }
    decisions = [_decision(request, kept[request.transaction_number], known) for request in requests]
    return PermitReply(decisions=decisions, documents=_documents(requests, decisions, kept, codes, issuer, at))


def _code_question(request: PermitRequest) -> Row:
    return {
        "number": request.transaction_number,
        "inquirer": request.inquirer,
        "code": request.inquirer_code,
        "provider": request.provider,
    }


def _verdicts(
    served: Mapping[str, Member], permissions: Sequence[Permission], on: dt.date
) -> Callable[[str, str, str, tuple[str, ...]], Permitted | Refused]:
    """Return what decides on a question of a list; most of a list ask the same, which is decided once."""

    @cache
    def decided(inquirer: str, provider: str, procedure: str, data_sets: tuple[str, ...]) -> Permitted | Refused:
        return rules.decide(
            inquirer=served.get(inquirer),
            provider=served.get(provider),
            procedure=procedure,
            data_sets=data_sets,
            permissions=permissions,
            on=on,
        )

    return decided


def _asked(request: PermitRequest) -> tuple[str, str, str, tuple[str, ...]]:
    return request.inquirer, request.provider, request.procedure, tuple(request.data_sets)


def _decided(request: PermitRequest, verdict: Permitted | Refused, codes: Row, at: dt.datetime) -> Row:
    """Return the row of a first decision."""
    row: Row = {
        **request.model_dump(exclude={"valid_for_seconds", "requested_at"}),
        "requested_at": wire_time(request.requested_at),
        "refused_data_sets": [],
        "valid_until": None,
    }
    match verdict:
        case Refused(reason, basis):
            return row | {"decision": reason.value, "basis": basis}
        case Permitted(data_sets, refused, basis, valid_for):
            read = dict(zip(request.data_sets, request.layouts, strict=True)) if request.layouts else {}
            row |= {
                "data_sets": list(data_sets),
                "layouts": [read[code] for code in data_sets] if read else [],
                "refused_data_sets": list(refused),
                "basis": basis,
            }
            if not codes["own_known"]:
                return row | {"decision": State.OWN_CODE_MISSING.value}
            if codes["linkage_code"] is None:
                return row | {"decision": State.PROVIDER_HAS_NO_CODE.value}
            asked = dt.timedelta(seconds=request.valid_for_seconds or valid_for.total_seconds())
            until = at + min(asked, valid_for)
            return row | {"decision": State.PERMITTED.value, "valid_until": wire_time(until)}


def _entry(row: Row, by: Actor) -> Entry:
    permitted = row["decision"] == State.PERMITTED
    kind = EntryKind.INQUIRY_PERMITTED if permitted else EntryKind.INQUIRY_REFUSED
    body = row | {**step_taken(Party.NETWORK, row["decision"]), "by": str(by)}
    return Entry(kind, body, row["transaction_number"])


def _kept(requests: Sequence[PermitRequest], new: set[str]) -> dict[str, Row]:
    """Return the decisions made earlier for those that are not new."""
    repeated = [request.transaction_number for request in requests if request.transaction_number not in new]
    if not repeated:
        return {}
    found = rows(
        "SELECT transaction_number::text, inquirer, inquirer_code, provider, data_sets, layouts, refused_data_sets,"
        " procedure, department, non_disclosure, requested_at, decided_at, valid_until, decision, basis"
        " FROM network_permit WHERE transaction_number = ANY(%s::uuid[])",
        [repeated],
    )
    return {row["transaction_number"]: row for row in found}


def _decision(request: PermitRequest, row: Row, known: Mapping[str, Member]) -> Decision:
    state = State(row["decision"])
    if (row["inquirer"], row["inquirer_code"], row["provider"]) != (
        request.inquirer,
        request.inquirer_code,
        request.provider,
    ):
        # The number names another inquiry already. Nothing about that one is told.
        return Decision(transaction_number=request.transaction_number, state=State.FAILED, decided_at=row["decided_at"])
    return Decision(
        transaction_number=request.transaction_number,
        state=state,
        decided_at=row["decided_at"],
        valid_until=row["valid_until"],
        basis=row["basis"],
        refused=[
            DataSetRefusal(data_set=code, state=State.REFUSED_NO_LEGAL_BASIS) for code in row["refused_data_sets"]
        ],
        provider_gateway=known[request.provider].gateway if state == State.PERMITTED else "",
    )


def _documents(
    requests: Sequence[PermitRequest],
    decisions: Sequence[Decision],
    kept: Mapping[str, Row],
    codes: Mapping[str, Row],
    issuer: Issuer,
    at: dt.datetime,
) -> list[PermitDocument]:
    grouped: dict[str, list[Permit]] = defaultdict(list)
    for request, decision in zip(requests, decisions, strict=True):
        if decision.state == State.PERMITTED and decision.provider_gateway in issuer.sealing_keys:
            grouped[decision.provider_gateway].append(_permit(kept[request.transaction_number]))
    documents = []
    for gateway, permits in grouped.items():
        sealed = seal_list(
            [codes[permit.transaction_number]["linkage_code"] for permit in permits],
            issuer.sealing_keys[gateway],
            PERMIT_CODES,
        )
        content = PermitList(recipient=gateway, issued_at=at, permits=permits, sealed_codes=sealed).model_dump_json()
        documents.append(
            PermitDocument(provider_gateway=gateway, content=content, signature=issuer.sign(content.encode()))
        )
    return documents


def _permit(row: Row) -> Permit:
    return Permit(
        transaction_number=row["transaction_number"],
        inquirer=row["inquirer"],
        provider=row["provider"],
        data_sets=row["data_sets"],
        layouts=row["layouts"],
        procedure=row["procedure"],
        department=row["department"],
        non_disclosure=row["non_disclosure"],
        requested_at=row["requested_at"],
        permitted_at=row["decided_at"],
        valid_until=row["valid_until"],
        basis=row["basis"],
    )
