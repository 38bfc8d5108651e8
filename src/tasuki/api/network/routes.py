"""The network's endpoints."""

import datetime as dt
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from tasuki.api.checkpoints import checkpoint_route
from tasuki.api.endpoint import Route
from tasuki.network.operations.codes import issue_codes, issue_portal_codes
from tasuki.network.operations.corrections import keep_corrections
from tasuki.network.operations.holders import tell_holders
from tasuki.network.operations.moving import tell_moves
from tasuki.network.operations.notices import keep_notices, tell_notices
from tasuki.network.operations.permits import decide_inquiries
from tasuki.network.operations.receipts import keep_receipts
from tasuki.network.operations.record_corrections import keep_record_corrections
from tasuki.network.operations.self_reading import tell_inbox, tell_own_holders, tell_own_records
from tasuki.network.operations.self_requests import fetch_answers, take_requests
from tasuki.network.permitted import permissions
from tasuki.network.queries import members
from tasuki.network.types import Member
from tasuki.nodes.types import NodeKind
from tasuki.operating.operations import record_connection_test
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.errors import MessageRefused, Refusal
from tasuki.protocol.messages import (
    Accepted,
    AcquisitionReply,
    CodeRequest,
    PermitReply,
    PermitRequest,
    Receipt,
    ReceiptKept,
)
from tasuki.protocol.moving import MoveStanding, MoveTold
from tasuki.protocol.portal_messages import CodedNotice, PortalNoticeAsked, PortalNoticeProgress
from tasuki.protocol.probes import ConnectionProbe, ConnectionReport, Leg, LegReport
from tasuki.protocol.record_messages import Correction, RecordCorrection
from tasuki.protocol.seeking import Holders, HoldersAsked
from tasuki.protocol.self_messages import (
    PortalCodeAsked,
    PortalCodeTold,
    SelfAnswersAsked,
    SelfProgress,
    SelfRequested,
)
from tasuki.protocol.self_reading import (
    SelfHolders,
    SelfHoldersAsked,
    SelfInbox,
    SelfInboxAsked,
    SelfRecords,
    SelfRecordsAsked,
)
from tasuki.runtime import code_maker, issuer, new_id
from tasuki.shared.actor import institution_actor


def _issue(incoming: Incoming[CodeRequest], at: dt.datetime) -> Sequence[BaseModel]:
    return issue_codes(
        requests=incoming.items,
        maker=code_maker(),
        by=institution_actor(incoming.sender.name),
        at=at,
    )


def _decide(incoming: Incoming[PermitRequest], at: dt.datetime) -> Sequence[BaseModel]:
    reply = decide_inquiries(
        requests=incoming.items,
        permissions=permissions(),
        issuer=issuer(),
        by=institution_actor(incoming.sender.name),
        at=at,
    )
    return [reply]


def _check_in_charge(incoming: Incoming[PermitRequest]) -> None:
    """Refuse a gateway that asks for an institution which another one serves, as after a move.

    :raises MessageRefused: when it does; it learns nothing about the rest of its list.
    """
    known = members(item.inquirer for item in incoming.items)
    if any(member.gateway != incoming.sender.name for member in known.values()):
        raise MessageRefused(
            Refusal.NOT_ALLOWED, "an inquirer is served by another gateway", sender=incoming.sender.name
        )


def _moves(incoming: Incoming[MoveTold], at: dt.datetime) -> Sequence[BaseModel]:
    gateway = incoming.sender.name
    return tell_moves(items=incoming.items, gateway=gateway, by=institution_actor(gateway), at=at)


def _corrections(incoming: Incoming[Correction], at: dt.datetime) -> Sequence[BaseModel]:
    gateway = incoming.sender.name
    return keep_corrections(items=incoming.items, gateway=gateway, by=institution_actor(gateway), at=at)


def _record_corrections(incoming: Incoming[RecordCorrection], at: dt.datetime) -> Sequence[BaseModel]:
    gateway = incoming.sender.name
    return keep_record_corrections(items=incoming.items, gateway=gateway, by=institution_actor(gateway), at=at)


def _receipts(incoming: Incoming[Receipt], at: dt.datetime) -> Sequence[BaseModel]:
    return keep_receipts(receipts=incoming.items, by=institution_actor(incoming.sender.name), at=at)


def _holders(incoming: Incoming[HoldersAsked], at: dt.datetime) -> Sequence[BaseModel]:
    return tell_holders(
        items=incoming.items, permissions=permissions(), by=institution_actor(incoming.sender.name), at=at
    )


def _notices(incoming: Incoming[CodedNotice], at: dt.datetime) -> Sequence[BaseModel]:
    gateway = incoming.sender.name
    return keep_notices(items=incoming.items, gateway=gateway, maker=code_maker(), by=institution_actor(gateway), at=at)


def _notice_status(incoming: Incoming[PortalNoticeAsked], at: dt.datetime) -> Sequence[BaseModel]:
    gateway = incoming.sender.name
    return tell_notices(items=incoming.items, gateway=gateway, by=institution_actor(gateway), at=at)


def _portal_codes(incoming: Incoming[PortalCodeAsked], at: dt.datetime) -> Sequence[BaseModel]:
    codes = issue_portal_codes(
        resident_record_codes=[one.resident_record_code for one in incoming.items],
        maker=code_maker(),
        by=institution_actor(incoming.sender.name),
        at=at,
    )
    return [PortalCodeTold(portal_code=code) for code in codes]


def _self_requests(incoming: Incoming[SelfRequested], at: dt.datetime) -> Sequence[BaseModel]:
    by = institution_actor(incoming.sender.name)
    return take_requests(items=incoming.items, permissions=permissions(), new_id=new_id, by=by, at=at)


def _self_answers(incoming: Incoming[SelfAnswersAsked], at: dt.datetime) -> Sequence[BaseModel]:
    return fetch_answers(items=incoming.items, by=institution_actor(incoming.sender.name), at=at)


def _check_about_one(incoming: Incoming[BaseModel]) -> None:
    """Refuse to tell the portal of several people at once: it asks for whoever signed in.

    :raises MessageRefused: when the list is longer.
    """
    if len(incoming.items) > 1:
        raise MessageRefused(Refusal.NOT_ALLOWED, "about one person in a message", sender=incoming.sender.name)


def _self_inbox(incoming: Incoming[SelfInboxAsked], at: dt.datetime) -> Sequence[BaseModel]:
    by = institution_actor(incoming.sender.name)
    return [tell_inbox(portal_code=one.portal_code, by=by, at=at) for one in incoming.items]


def _self_holders(incoming: Incoming[SelfHoldersAsked], at: dt.datetime) -> Sequence[BaseModel]:
    by, law = institution_actor(incoming.sender.name), permissions()
    return [
        tell_own_holders(portal_code=one.portal_code, permissions=law, new_id=new_id, by=by, at=at)
        for one in incoming.items
    ]


def _self_records(incoming: Incoming[SelfRecordsAsked], at: dt.datetime) -> Sequence[BaseModel]:
    by = institution_actor(incoming.sender.name)
    return [tell_own_records(portal_code=one.portal_code, before=one.before, by=by, at=at) for one in incoming.items]


def _test(incoming: Incoming[ConnectionProbe], at: dt.datetime) -> Sequence[BaseModel]:
    """Say where the way leads on: which gateway serves the provider."""
    by = institution_actor(incoming.sender.name)
    known = members(code for probe in incoming.items for code in (probe.institution, probe.provider))
    for probe in incoming.items[:1]:
        record_connection_test(institution=probe.institution, provider=probe.provider, by=by, at=at)
    return [_route(probe, known) for probe in incoming.items]


def _route(probe: ConnectionProbe, known: Mapping[str, Member]) -> ConnectionReport:
    parties = (probe.institution, probe.provider)
    wanting = [code for code in parties if code not in known]
    gateway = "" if wanting else known[probe.provider].gateway
    stopped = [code for code in parties if code in known and known[code].suspended]
    reason = f"not in the registry: {', '.join(wanting)}" if wanting else ""
    if stopped and not wanting:
        reason = f"suspended on the network: {', '.join(stopped)}"
    leg = LegReport(leg=Leg.ROUTE, peer=gateway, passed=not reason, reason=reason)
    return ConnectionReport(legs=[leg], provider_gateway=gateway)


PORTAL = frozenset({NodeKind.PORTAL})

ROUTES = [
    Route(
        path="/v1/code-requests",
        kind=MessageKind.CODE_REQUESTS,
        senders=frozenset({NodeKind.JLIS}),
        item=CodeRequest,
        reply=AcquisitionReply,
        handle=_issue,
        summary="Issue linkage codes for resident-record codes (令27条)",
    ),
    Route(
        path="/v1/permits",
        kind=MessageKind.PERMIT_REQUESTS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=PermitRequest,
        reply=PermitReply,
        handle=_decide,
        summary="Decide inquiries and issue permits (番号法21条2項)",
        check=_check_in_charge,
    ),
    Route(
        path="/v1/holders",
        kind=MessageKind.HOLDERS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=HoldersAsked,
        reply=Holders,
        handle=_holders,
        summary="Tell who may be asked about people (命令85号40条3項・4項)",
    ),
    Route(
        path="/v1/receipts",
        kind=MessageKind.RECEIPTS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=Receipt,
        reply=ReceiptKept,
        handle=_receipts,
        summary="Keep how inquiries ended (番号法23条3項)",
    ),
    Route(
        path="/v1/connection-tests",
        kind=MessageKind.CONNECTION_TESTS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=ConnectionProbe,
        reply=ConnectionReport,
        handle=_test,
        summary="Test the way of an inquiry, about nobody",
    ),
    Route(
        path="/v1/corrections",
        kind=MessageKind.CORRECTIONS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=Correction,
        reply=Accepted,
        handle=_corrections,
        summary="Carry to the inquirers that what they were given was corrected (個人情報保護法97条)",
    ),
    Route(
        path="/v1/record-corrections",
        kind=MessageKind.RECORD_CORRECTIONS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=RecordCorrection,
        reply=Accepted,
        handle=_record_corrections,
        summary="Carry to the other side that a record of an exchange was corrected (番号法31条)",
    ),
    Route(
        path="/v1/moves",
        kind=MessageKind.MOVES,
        senders=frozenset({NodeKind.GATEWAY}),
        item=MoveTold,
        reply=MoveStanding,
        handle=_moves,
        summary="Tell what of an institution that moves was given or taken in, and ask whether it has moved",
    ),
    Route(
        path="/v1/portal-notices",
        kind=MessageKind.PORTAL_NOTICES,
        senders=frozenset({NodeKind.GATEWAY}),
        item=CodedNotice,
        reply=PortalNoticeProgress,
        handle=_notices,
        summary="Put notices into the portal's inbox (お知らせ)",
    ),
    Route(
        path="/v1/portal-notice-status",
        kind=MessageKind.PORTAL_NOTICE_STATUS,
        senders=frozenset({NodeKind.GATEWAY}),
        item=PortalNoticeAsked,
        reply=PortalNoticeProgress,
        handle=_notice_status,
        summary="Say where notices stand, and take them back until they are fetched",
    ),
    Route(
        path="/v1/portal-codes",
        kind=MessageKind.PORTAL_CODES,
        senders=PORTAL,
        item=PortalCodeAsked,
        reply=PortalCodeTold,
        handle=_portal_codes,
        summary="Tell the portal its own codes of people (番号法21条の2)",
    ),
    Route(
        path="/v1/self-requests",
        kind=MessageKind.SELF_REQUESTS,
        senders=PORTAL,
        item=SelfRequested,
        reply=SelfProgress,
        handle=_self_requests,
        summary="Take what people ask about themselves; it is answered later (自己情報)",
    ),
    Route(
        path="/v1/self-answers",
        kind=MessageKind.SELF_ANSWERS,
        senders=PORTAL,
        item=SelfAnswersAsked,
        reply=SelfProgress,
        handle=_self_answers,
        summary="Give people what was answered, sealed for them, and say how the rest stands",
    ),
    Route(
        path="/v1/self-inbox",
        kind=MessageKind.SELF_INBOX,
        senders=PORTAL,
        item=SelfInboxAsked,
        reply=SelfInbox,
        handle=_self_inbox,
        summary="Give a person their notices, and say how their requests stand (お知らせ)",
        check=_check_about_one,
    ),
    Route(
        path="/v1/self-holders",
        kind=MessageKind.SELF_HOLDERS,
        senders=PORTAL,
        item=SelfHoldersAsked,
        reply=SelfHolders,
        handle=_self_holders,
        summary="Tell whom a person may ask about themselves (自己情報)",
        check=_check_about_one,
    ),
    Route(
        path="/v1/self-records",
        kind=MessageKind.SELF_RECORDS,
        senders=PORTAL,
        item=SelfRecordsAsked,
        reply=SelfRecords,
        handle=_self_records,
        summary="Disclose to a person who asked whom about them (情報提供等の記録)",
        check=_check_about_one,
    ),
    checkpoint_route(frozenset({NodeKind.GATEWAY, NodeKind.JLIS, NodeKind.TOWN})),
]
