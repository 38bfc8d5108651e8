"""Our own API's dialect: signed lists over mutual TLS."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import orjson
from pydantic import BaseModel

from tasuki.nodes.types import Peer
from tasuki.protocol import messages, record_messages
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.portal_messages import PortalNotice, PortalNoticeAsked, PortalNoticeProgress
from tasuki.protocol.probes import ConnectionProbe, ConnectionReport
from tasuki.protocol.replica_messages import WrittenSheet, in_parts
from tasuki.protocol.seeking import Holders, ProvidersSought
from tasuki.protocol.sharing import Sender

ReplyT = TypeVar("ReplyT", bound=BaseModel)
#: Items a list carries at most; far below what peers accept, so that a list is done within a second or so.
LIST = 5_000
#: Replicas a list carries at most: all that usually comes of as many changes as are read at once.
REPLICAS = 8_000


@dataclass(frozen=True, slots=True)
class GatewayLink:
    """A town's gateway and J-LIS, as far as the town uses them. Every method raises ExchangeFailed naming the phase."""

    #: Replicas carry the town's own order (`ordinal`): of two lists either may arrive first.
    keeps_order: ClassVar[bool] = False
    client: Sender
    gateway: Peer
    jlis: Peer

    def open_acquisitions(self, items: Sequence[messages.AcquisitionOpened]) -> list[messages.Accepted]:
        return self._lists("/v1/acquisitions", MessageKind.ACQUISITIONS_OPENED, items, messages.Accepted)

    def request_codes(self, items: Sequence[messages.AcquisitionRequest]) -> list[messages.AcquisitionReply]:
        path = "/v1/acquisition-requests"
        replies: list[messages.AcquisitionReply] = []
        for part in _parts(items):
            replies += self.client.send(
                self.jlis, path, MessageKind.ACQUISITION_REQUESTS, part, messages.AcquisitionReply
            )
        return replies

    def code_status(self, items: Sequence[messages.CodeStatusAsked]) -> list[messages.CodeStatus]:
        return self._lists("/v1/code-status", MessageKind.CODE_STATUS, items, messages.CodeStatus)

    def set_holds(self, items: Sequence[messages.Hold]) -> list[messages.Accepted]:
        return self._lists("/v1/holds", MessageKind.HOLDS, items, messages.Accepted)

    def forget_people(self, items: Sequence[messages.Forgotten]) -> list[messages.Accepted]:
        return self._lists("/v1/forgotten-people", MessageKind.PEOPLE_FORGOTTEN, items, messages.Accepted)

    def forget_codes(self, items: Sequence[messages.CodeForgotten]) -> list[messages.Accepted]:
        return self._lists("/v1/forgotten-codes", MessageKind.CODES_FORGOTTEN, items, messages.Accepted)

    def register_replicas(self, items: Sequence[WrittenSheet]) -> list[messages.Accepted]:
        """Register replicas. Their sheets need not have been checked here: the gateway does."""
        return self.replicas_ready(items)()

    def replicas_ready(self, items: Sequence[WrittenSheet]) -> Callable[[], list[messages.Accepted]]:
        """Write replicas out as they travel, and return what registers them."""
        # Plain, for the encoder that takes a quarter of the time.
        written = [orjson.dumps([dict(sheet) for sheet in part]) for part in in_parts(items, REPLICAS)]

        def register() -> list[messages.Accepted]:
            path, kind = "/v1/replicas", MessageKind.REPLICAS
            return [
                one for part in written for one in self.client.send(self.gateway, path, kind, part, messages.Accepted)
            ]

        return register

    def registered(self, asked: messages.RegisteredAsked) -> list[messages.RegisteredPerson]:
        return self._lists("/v1/registered-people", MessageKind.REGISTERED_PEOPLE, [asked], messages.RegisteredPerson)

    def inquire(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        return self._lists("/v1/inquiries", MessageKind.INQUIRIES, items, messages.InquiryProgress)

    def cancel(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        return self._lists("/v1/cancelled-inquiries", MessageKind.INQUIRIES_CANCELLED, items, messages.InquiryProgress)

    def inquiry_status(self, items: Sequence[messages.InquiryAsked]) -> list[messages.InquiryProgress]:
        return self._lists("/v1/inquiry-status", MessageKind.INQUIRY_STATUS, items, messages.InquiryProgress)

    def answers_read(self, items: Sequence[messages.AnswerRead]) -> list[messages.Accepted]:
        return self._lists("/v1/answers-read", MessageKind.ANSWERS_READ, items, messages.Accepted)

    def held(self, institution: str) -> list[messages.HeldInquiry]:
        asked = [messages.HeldAsked(institution=institution)]
        return self._lists("/v1/held", MessageKind.HELD_INQUIRIES, asked, messages.HeldInquiry)

    def decide_held(self, items: Sequence[messages.HeldDecision]) -> list[messages.Accepted]:
        return self._lists("/v1/held-decisions", MessageKind.HELD_DECISIONS, items, messages.Accepted)

    def exchanges(self, items: Sequence[messages.ExchangesAsked]) -> list[messages.Exchange]:
        return self._lists("/v1/exchanges", MessageKind.EXCHANGES, items, messages.Exchange)

    def seek(self, items: Sequence[ProvidersSought]) -> list[Holders]:
        return self._lists("/v1/provider-searches", MessageKind.PROVIDERS_SOUGHT, items, Holders)

    def test_connection(self, probe: ConnectionProbe) -> ConnectionReport:
        path = "/v1/connection-tests"
        [report] = self._lists(path, MessageKind.CONNECTION_TESTS, [probe], ConnectionReport)
        return report

    def records(self, asked: record_messages.RecordsAsked) -> record_messages.RecordsFound:
        [found] = self._lists(
            "/v1/exchange-records", MessageKind.EXCHANGE_RECORDS, [asked], record_messages.RecordsFound
        )
        return found

    def corrections(self, institution: str) -> list[record_messages.Correction]:
        asked = [record_messages.CorrectionsAsked(institution=institution)]
        return self._lists("/v1/corrections-heard", MessageKind.CORRECTIONS_HEARD, asked, record_messages.Correction)

    def corrections_read(self, items: Sequence[record_messages.CorrectionRead]) -> list[messages.Accepted]:
        return self._lists("/v1/corrections-read", MessageKind.CORRECTIONS_READ, items, messages.Accepted)

    def correct_records(self, items: Sequence[record_messages.RecordCorrection]) -> list[messages.Accepted]:
        return self._lists("/v1/record-corrections", MessageKind.RECORD_CORRECTIONS, items, messages.Accepted)

    def record_corrections(self, institution: str) -> list[record_messages.RecordCorrection]:
        asked = [record_messages.CorrectionsAsked(institution=institution)]
        kind = MessageKind.RECORD_CORRECTIONS_HEARD
        return self._lists("/v1/record-corrections-heard", kind, asked, record_messages.RecordCorrection)

    def record_corrections_read(self, items: Sequence[record_messages.RecordCorrectionRead]) -> list[messages.Accepted]:
        return self._lists("/v1/record-corrections-read", MessageKind.RECORD_CORRECTIONS_READ, items, messages.Accepted)

    def send_notices(self, items: Sequence[PortalNotice]) -> list[PortalNoticeProgress]:
        return self._lists("/v1/portal-notices", MessageKind.PORTAL_NOTICES, items, PortalNoticeProgress)

    def notice_status(self, items: Sequence[PortalNoticeAsked]) -> list[PortalNoticeProgress]:
        return self._lists("/v1/portal-notice-status", MessageKind.PORTAL_NOTICE_STATUS, items, PortalNoticeProgress)

    def _lists(self, path: str, kind: MessageKind, items: Sequence[Any], reply: type[ReplyT]) -> list[ReplyT]:
        replies: list[ReplyT] = []
        for part in _parts(items):
            replies += self.client.send(self.gateway, path, kind, part, reply)
        return replies


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Split items into lists that tell of at most `LIST` things, or of those of one item."""
    part: list[Any] = []
    size = 0
    for item in items:
        if part and size + item.size > LIST:
            yield part
            part, size = [], 0
        part.append(item)
        size += item.size
    if part:
        yield part
