"""Issuing linkage codes (番号法21条の2, 令27条)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.network.codes import CodeMaker
from tasuki.network.queries import members
from tasuki.network.types import Member
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.messages import AcquisitionOutcome, AcquisitionReply, CodeRequest
from tasuki.protocol.portal import portal
from tasuki.shared.actor import Actor


@transaction.atomic(savepoint=False)
def issue_codes(
    *, requests: Sequence[CodeRequest], maker: CodeMaker, by: Actor, at: dt.datetime
) -> list[AcquisitionReply]:
    """Issue each institution's code for each person, once, and queue it for the institution's gateway.

    A repeat never makes a second code: the reply says so, and the code is delivered again under the new acquisition
    number. None is issued to an institution that is suspended: it asks again once it is resumed.
    """
    known = members(request.institution for request in requests)
    made = [
        _made(request.institution, request.resident_record_code, maker)
        | {"number": request.acquisition_number, "gateway": known[request.institution].gateway}
        for request in requests
        if request.institution in known and not known[request.institution].suspended
    ]
    new = _issue(made, at)
    run(
        "INSERT INTO network_code_delivery (institution, acquisition_number, linkage_code, gateway, created_at)"
        " SELECT institution, number, code, gateway, %s::timestamptz"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, number text, code text, gateway text)"
        " ON CONFLICT DO NOTHING",
        [at, listed(made)],
    )
    append_many(entries=_entries(made, new, by), at=at)
    code_of = {row["number"]: (row["institution"], row["code"]) for row in made}
    return [
        _reply(request, known.get(request.institution), code_of.get(request.acquisition_number), new)
        for request in requests
    ]


@transaction.atomic(savepoint=False)
def issue_portal_codes(
    *, resident_record_codes: Sequence[str], maker: CodeMaker, by: Actor, at: dt.datetime
) -> list[str]:
    """Issue the portal's own code for each person, as for every institution, and record it the first time."""
    made = [_made(portal().institution, code, maker) for code in resident_record_codes]
    new = _issue(made, at)
    append_many(entries=_entries(made, new, by), at=at)
    return [row["code"] for row in made]


def _made(institution: str, resident_record_code: str, maker: CodeMaker) -> Row:
    pivot = maker.pivot(resident_record_code)
    return {"institution": institution, "code": maker.code(institution, pivot), "pivot": pivot.hex()}


def _issue(made: Sequence[Row], at: dt.datetime) -> set[tuple[str, str]]:
    """Keep codes, and return those that are new."""
    found = rows(
        "INSERT INTO network_issued_code (institution, linkage_code, pivot, issued_at)"
        " SELECT DISTINCT institution, code, decode(pivot, 'hex'), %s::timestamptz"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, code text, pivot text)"
        " ON CONFLICT DO NOTHING RETURNING institution, linkage_code",
        [at, listed(made)],
    )
    return {(row["institution"], row["linkage_code"]) for row in found}


def _entries(made: Sequence[Row], new: set[tuple[str, str]], by: Actor) -> list[Entry]:
    return [
        Entry(EntryKind.CODE_ISSUED, {"institution": row["institution"], "code": row["code"], "by": str(by)})
        for row in made
        if (row["institution"], row["code"]) in new
    ]


def _reply(
    request: CodeRequest, member: Member | None, code: tuple[str, str] | None, new: set[tuple[str, str]]
) -> AcquisitionReply:
    if member is None:
        outcome = AcquisitionOutcome.UNKNOWN_INSTITUTION
    elif code is None:
        outcome = AcquisitionOutcome.INSTITUTION_SUSPENDED
    elif code in new:
        outcome = AcquisitionOutcome.ISSUED
    else:
        outcome = AcquisitionOutcome.ALREADY_ISSUED
    return AcquisitionReply(acquisition_number=request.acquisition_number, outcome=outcome)


@transaction.atomic(savepoint=False)
def confirm_delivery(*, gateway: str, acquisition_numbers: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Forget deliveries the gateway has taken, acquisition numbers included (番号法21条の2第4項)."""
    del by, at  # The issue is what is recorded; a delivery only ends a wait.
    return run(
        "DELETE FROM network_code_delivery WHERE gateway = %s AND acquisition_number = ANY(%s)",
        [gateway, list(acquisition_numbers)],
    )
