"""A gateway's endpoints: for its towns, for the network, and for other gateways."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from django.db import transaction
from pydantic import BaseModel

from tasuki.api.checkpoints import checkpoint_route
from tasuki.api.endpoint import Route
from tasuki.api.gateway.inquiries import ask
from tasuki.api.gateway.probing import answer_probe
from tasuki.api.gateway.rights import check_institutions
from tasuki.gateway import queries
from tasuki.gateway.errors import PermitInvalid
from tasuki.gateway.exchange import Exchange
from tasuki.gateway.operations.corrections import hear_corrections, mark_corrections_read
from tasuki.gateway.operations.endings import cancel_inquiries, keep_receipts
from tasuki.gateway.operations.holds import set_holds
from tasuki.gateway.operations.inquiries import mark_read
from tasuki.gateway.operations.people import (
    bind_codes,
    forget_codes,
    forget_people,
    open_acquisitions,
    tell_code_status,
)
from tasuki.gateway.operations.provisions import decide_held
from tasuki.gateway.operations.record_corrections import (
    correct_records,
    hear_record_corrections,
    mark_record_corrections_read,
)
from tasuki.gateway.operations.replicas import register_replicas
from tasuki.gateway.own_results import answer_people
from tasuki.nodes.types import NodeKind
from tasuki.protocol import messages, record_messages
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.errors import MessageRefused, Refusal
from tasuki.protocol.operations import accept_once
from tasuki.protocol.portal_messages import PortalNotice, PortalNoticeAsked, PortalNoticeProgress
from tasuki.protocol.probes import ConnectionProbe, ConnectionReport
from tasuki.protocol.replica_messages import ReplicaSheet
from tasuki.protocol.seeking import Holders, ProvidersSought
from tasuki.protocol.self_messages import SelfPermits, SelfProvision
from tasuki.runtime import exchange, payload_cipher
from tasuki.shared.actor import institution_actor

Operation = Callable[..., Sequence[BaseModel]]


def _run(operation: Operation, incoming: Incoming[Any], at: dt.datetime) -> Sequence[BaseModel]:
    return operation(items=incoming.items, by=institution_actor(incoming.sender.name), at=at)


def _replicas(incoming: Incoming[ReplicaSheet], at: dt.datetime) -> Sequence[BaseModel]:
    return register_replicas(
        items=incoming.items, cipher=payload_cipher(), by=institution_actor(incoming.sender.name), at=at
    )


def _cancel(incoming: Incoming[messages.Inquiry], at: dt.datetime) -> Sequence[BaseModel]:
    _run(cancel_inquiries, incoming, at)
    asked = [
        messages.InquiryAsked(institution=item.institution, transaction_number=item.transaction_number)
        for item in incoming.items
    ]
    return queries.progress_of(asked, payload_cipher())


def _status(incoming: Incoming[messages.InquiryAsked], _at: dt.datetime) -> Sequence[BaseModel]:
    return queries.progress_of(incoming.items, payload_cipher())


def _held(incoming: Incoming[messages.HeldAsked], at: dt.datetime) -> Sequence[BaseModel]:
    return list(chain.from_iterable(queries.held_inquiries(item.institution, at) for item in incoming.items))


def _registered(incoming: Incoming[messages.RegisteredAsked], at: dt.datetime) -> Sequence[BaseModel]:
    # One question a message: the reply to several could not be told apart, and would have no bound.
    del at
    if len(incoming.items) != 1:
        raise MessageRefused(Refusal.SCHEMA, "items: exactly one is expected", sender=incoming.sender.name)
    return queries.registered_people(incoming.items[0], payload_cipher())


def _exchanges(incoming: Incoming[messages.ExchangesAsked], _at: dt.datetime) -> Sequence[BaseModel]:
    return queries.exchanges_of(incoming.items)


def _records(incoming: Incoming[record_messages.RecordsAsked], _at: dt.datetime) -> Sequence[BaseModel]:
    return [queries.records_like(item) for item in incoming.items]


def _corrections_heard(incoming: Incoming[record_messages.CorrectionsAsked], _at: dt.datetime) -> Sequence[BaseModel]:
    return list(chain.from_iterable(queries.corrections_heard(item.institution) for item in incoming.items))


def _record_corrections_heard(
    incoming: Incoming[record_messages.CorrectionsAsked], _at: dt.datetime
) -> Sequence[BaseModel]:
    return list(chain.from_iterable(queries.record_corrections_heard(item.institution) for item in incoming.items))


def _receipts(incoming: Incoming[messages.Receipt], at: dt.datetime) -> Sequence[BaseModel]:
    return keep_receipts(receipts=incoming.items, by=institution_actor(incoming.sender.name), at=at)


def _seek(incoming: Incoming[ProvidersSought], at: dt.datetime) -> Sequence[BaseModel]:
    check_institutions(incoming)
    with transaction.atomic():
        accept_once(sender=incoming.sender.name, message=incoming.message, at=at)
    return exchange().seek(incoming.items, by=institution_actor(incoming.sender.name))


def _notices(incoming: Incoming[PortalNotice], at: dt.datetime) -> Sequence[BaseModel]:
    check_institutions(incoming)
    with transaction.atomic():
        accept_once(sender=incoming.sender.name, message=incoming.message, at=at)
    return exchange().carry_notices(incoming.items, by=institution_actor(incoming.sender.name))


def _notice_status(incoming: Incoming[PortalNoticeAsked], at: dt.datetime) -> Sequence[BaseModel]:
    check_institutions(incoming)
    with transaction.atomic():
        accept_once(sender=incoming.sender.name, message=incoming.message, at=at)
    return exchange().ask_about_notices(incoming.items, by=institution_actor(incoming.sender.name))


def _provide(
    answer: Callable[..., Sequence[BaseModel]], incoming: Incoming[Any], at: dt.datetime
) -> Sequence[BaseModel]:
    with transaction.atomic():
        accept_once(sender=incoming.sender.name, message=incoming.message, at=at)
        try:
            return answer(exchange(), incoming.items, sender=incoming.sender.name, at=at)
        except PermitInvalid as error:
            raise MessageRefused(Refusal.PERMIT_INVALID, str(error), sender=incoming.sender.name) from error


TOWN = frozenset({NodeKind.TOWN})
GATEWAY = frozenset({NodeKind.GATEWAY})
NETWORK = frozenset({NodeKind.NETWORK})


def _for_towns(
    path: str, kind: MessageKind, item: type[BaseModel], reply: type[BaseModel], handle: Any, summary: str
) -> Route:
    return Route(path, kind, TOWN, item, reply, handle, summary, check=check_institutions)


ROUTES = [
    _for_towns(
        "/v1/acquisitions",
        MessageKind.ACQUISITIONS_OPENED,
        messages.AcquisitionOpened,
        messages.Accepted,
        partial(_run, open_acquisitions),
        "Tell whose linkage codes are being acquired",
    ),
    _for_towns(
        "/v1/code-status",
        MessageKind.CODE_STATUS,
        messages.CodeStatusAsked,
        messages.CodeStatus,
        partial(_run, tell_code_status),
        "Ask whether codes are bound",
    ),
    _for_towns(
        "/v1/holds",
        MessageKind.HOLDS,
        messages.Hold,
        messages.Accepted,
        partial(_run, set_holds),
        "Stop or resume automatic answers for people",
    ),
    _for_towns(
        "/v1/forgotten-people",
        MessageKind.PEOPLE_FORGOTTEN,
        messages.Forgotten,
        messages.Accepted,
        partial(_run, forget_people),
        "Forget what is registered of numbers whose person was merged or split",
    ),
    _for_towns(
        "/v1/forgotten-codes",
        MessageKind.CODES_FORGOTTEN,
        messages.CodeForgotten,
        messages.Accepted,
        partial(_run, forget_codes),
        "Forget the linkage codes of people whose individual number was deleted (番号法20条)",
    ),
    _for_towns(
        "/v1/replicas",
        MessageKind.REPLICAS,
        ReplicaSheet,
        messages.Accepted,
        _replicas,
        "Register replicas",
    ),
    _for_towns(
        "/v1/registered-people",
        MessageKind.REGISTERED_PEOPLE,
        messages.RegisteredAsked,
        messages.RegisteredPerson,
        _registered,
        "Tell what is registered of people, for reconciliation",
    ),
    Route(
        "/v1/inquiries",
        MessageKind.INQUIRIES,
        TOWN,
        messages.Inquiry,
        messages.InquiryProgress,
        ask,
        "Ask other institutions about people (番号法19条8号)",
        whole=True,
    ),
    _for_towns(
        "/v1/cancelled-inquiries",
        MessageKind.INQUIRIES_CANCELLED,
        messages.Inquiry,
        messages.InquiryProgress,
        _cancel,
        "Call off inquiries nobody has answered yet, and tell how they stand",
    ),
    _for_towns(
        "/v1/inquiry-status",
        MessageKind.INQUIRY_STATUS,
        messages.InquiryAsked,
        messages.InquiryProgress,
        _status,
        "Ask how inquiries stand, with their answers until those are read",
    ),
    _for_towns(
        "/v1/answers-read",
        MessageKind.ANSWERS_READ,
        messages.AnswerRead,
        messages.Accepted,
        partial(_run, mark_read),
        "Say that answers are stored, so that the gateway lets go of them",
    ),
    _for_towns(
        "/v1/held",
        MessageKind.HELD_INQUIRIES,
        messages.HeldAsked,
        messages.HeldInquiry,
        _held,
        "List inquiries that wait for an answer by hand",
    ),
    _for_towns(
        "/v1/held-decisions",
        MessageKind.HELD_DECISIONS,
        messages.HeldDecision,
        messages.Accepted,
        partial(_run, decide_held),
        "Release or withhold held answers",
    ),
    _for_towns(
        "/v1/exchanges",
        MessageKind.EXCHANGES,
        messages.ExchangesAsked,
        messages.Exchange,
        _exchanges,
        "List the exchange records of people since a time (番号法23条)",
    ),
    _for_towns(
        "/v1/exchange-records",
        MessageKind.EXCHANGE_RECORDS,
        record_messages.RecordsAsked,
        record_messages.RecordsFound,
        _records,
        "Search the exchange records of an institution, page by page (番号法23条)",
    ),
    _for_towns(
        "/v1/corrections-heard",
        MessageKind.CORRECTIONS_HEARD,
        record_messages.CorrectionsAsked,
        record_messages.Correction,
        _corrections_heard,
        "List corrections of what was received that the town does not have yet (個人情報保護法97条)",
    ),
    _for_towns(
        "/v1/corrections-read",
        MessageKind.CORRECTIONS_READ,
        record_messages.CorrectionRead,
        messages.Accepted,
        partial(_run, mark_corrections_read),
        "Say that corrections are stored",
    ),
    _for_towns(
        "/v1/record-corrections",
        MessageKind.RECORD_CORRECTIONS,
        record_messages.RecordCorrection,
        messages.Accepted,
        partial(_run, correct_records),
        "Correct exchange records themselves (番号法31条)",
    ),
    _for_towns(
        "/v1/record-corrections-heard",
        MessageKind.RECORD_CORRECTIONS_HEARD,
        record_messages.CorrectionsAsked,
        record_messages.RecordCorrection,
        _record_corrections_heard,
        "List what the other side corrected in records and the town has not heard of (番号法31条)",
    ),
    _for_towns(
        "/v1/record-corrections-read",
        MessageKind.RECORD_CORRECTIONS_READ,
        record_messages.RecordCorrectionRead,
        messages.Accepted,
        partial(_run, mark_record_corrections_read),
        "Say that corrections of records were heard",
    ),
    Route(
        "/v1/told-record-corrections",
        MessageKind.RECORD_CORRECTIONS,
        frozenset({NodeKind.NETWORK}),
        record_messages.RecordCorrection,
        messages.Accepted,
        partial(_run, hear_record_corrections),
        "Hear that the other side of an exchange corrected its record (番号法31条)",
    ),
    Route(
        "/v1/corrections",
        MessageKind.CORRECTIONS,
        frozenset({NodeKind.NETWORK}),
        record_messages.Correction,
        messages.Accepted,
        partial(_run, hear_corrections),
        "Hear that what our institutions received was corrected (個人情報保護法97条)",
    ),
    Route(
        "/v1/provider-searches",
        MessageKind.PROVIDERS_SOUGHT,
        TOWN,
        ProvidersSought,
        Holders,
        _seek,
        "Ask the network who may be asked about people (命令85号40条3項・4項)",
        whole=True,
    ),
    Route(
        "/v1/portal-notices",
        MessageKind.PORTAL_NOTICES,
        TOWN,
        PortalNotice,
        PortalNoticeProgress,
        _notices,
        "Tell people something through the portal (お知らせ)",
        whole=True,
    ),
    Route(
        "/v1/portal-notice-status",
        MessageKind.PORTAL_NOTICE_STATUS,
        TOWN,
        PortalNoticeAsked,
        PortalNoticeProgress,
        _notice_status,
        "Ask where notices stand, and take them back until they are fetched",
        whole=True,
    ),
    Route(
        "/v1/codes",
        MessageKind.CODES_ISSUED,
        frozenset({NodeKind.NETWORK}),
        messages.CodeIssued,
        messages.Accepted,
        partial(_run, bind_codes),
        "Deliver issued linkage codes",
    ),
    Route(
        "/v1/provisions",
        MessageKind.PROVISION_REQUESTS,
        GATEWAY,
        messages.PermitDocument,
        messages.Provision,
        partial(_provide, Exchange.answer),
        "Answer permits of the network (番号法22条)",
        whole=True,
    ),
    Route(
        "/v1/self-provisions",
        MessageKind.SELF_PROVISIONS,
        NETWORK,
        SelfPermits,
        SelfProvision,
        partial(_provide, answer_people),
        "Answer people who ask about themselves, sealed for them (自己情報)",
        whole=True,
    ),
    Route(
        "/v1/receipts",
        MessageKind.RECEIPTS,
        GATEWAY | NETWORK,
        messages.Receipt,
        messages.Accepted,
        _receipts,
        "Keep that answers were received (番号法23条2項)",
    ),
    Route(
        "/v1/connection-tests",
        MessageKind.CONNECTION_TESTS,
        TOWN | GATEWAY,
        ConnectionProbe,
        ConnectionReport,
        answer_probe,
        "Test the way of an inquiry, about nobody",
        whole=True,
    ),
    checkpoint_route(frozenset({NodeKind.TOWN, NodeKind.GATEWAY, NodeKind.NETWORK})),
]
