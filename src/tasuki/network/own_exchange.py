"""People's own inquiries through providers' gateways: what is called between transactions.

Each step is recorded and committed before the next leaves the house. The network carries the permits itself: no gateway
serves the portal.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from tasuki.network.operations.permits import Issuer, decide_inquiries
from tasuki.network.operations.self_inquiries import apply_outcomes, note_failure, receipts_sent
from tasuki.network.permitted import permissions
from tasuki.network.queries import portal_member, self_receipts_due
from tasuki.protocol.client import PeerClient
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import Accepted, Decision, PermitDocument, PermitList, PermitRequest, Receipt
from tasuki.protocol.self_messages import SelfPermits, SelfProvision
from tasuki.protocol.waiting import Waiting
from tasuki.shared.actor import Actor

log = structlog.get_logger()
SELF_PROVISIONS_PATH = "/v1/self-provisions"
RECEIPTS_PATH = "/v1/receipts"
LIST = 500


@dataclass(frozen=True)
class OwnExchange:
    """The network's way to providers' gateways, in the portal's name."""

    issuer: Issuer
    client: PeerClient
    by: Actor
    clock: Callable[[], dt.datetime]

    def drive(self, due: Sequence[tuple[PermitRequest, str]]) -> None:
        """Take recorded inquiries, each with the key for its answer, as far as they go now.

        Failures are kept with the inquiries, not raised.
        """
        if not due:
            return
        requests = [request for request, _ in due]
        keys = {request.transaction_number: key for request, key in due}
        reply = decide_inquiries(
            requests=requests, permissions=permissions(), issuer=self.issuer, by=self.by, at=self.clock(),
            portal=portal_member(),
        )  # fmt: skip
        provisions: dict[str, SelfProvision] = {}
        failures: list[tuple[list[str], ExchangeFailed]] = []
        waiting: list[tuple[list[str], Waiting[SelfProvision]]] = []
        # All are asked at once: a gateway that hangs keeps nobody's answers of others waiting.
        for document in reply.documents:
            numbers = _numbers(document)
            concerned = [
                (request, decision)
                for request, decision in zip(requests, reply.decisions, strict=True)
                if request.transaction_number in numbers
            ]
            try:
                waiting.append((numbers, self._carry(document, keys, concerned)))
            except ExchangeFailed as unreachable:
                failures.append((numbers, unreachable))
        for numbers, one in waiting:
            try:
                provisions |= _asked_for(one.reply(), numbers)
            except ExchangeFailed as unreachable:
                failures.append((numbers, unreachable))
        in_time = _in_time(reply.decisions, provisions)
        apply_outcomes(requests=requests, decisions=reply.decisions, provisions=in_time, by=self.by, at=self.clock())
        for numbers, failure in failures:
            log.warning("NW-OWN-001 own_inquiries_failed", peer=failure.peer, phase=failure.phase, count=len(numbers))
            note_failure(numbers=numbers, failure=failure, by=self.by, at=self.clock())

    def _carry(
        self, document: PermitDocument, keys: Mapping[str, str], concerned: Sequence[tuple[PermitRequest, Decision]]
    ) -> Waiting[SelfProvision]:
        requests, decisions = [one for one, _ in concerned], [one for _, one in concerned]
        numbers = [one.transaction_number for one in requests]

        def apply_late(found: list[SelfProvision]) -> None:
            in_time = _in_time(decisions, _asked_for(found, numbers))
            apply_outcomes(requests=requests, decisions=decisions, provisions=in_time, by=self.by, at=self.clock())

        return self.client.begin(
            self.client.peer(document.provider_gateway),
            SELF_PROVISIONS_PATH,
            MessageKind.SELF_PROVISIONS,
            [SelfPermits(document=document, answer_keys={number: keys[number] for number in numbers})],
            SelfProvision,
            late=apply_late,
            count=len(numbers),
        )

    def report(self) -> None:
        """Tell providers' gateways how inquiries ended; one that is away does not keep others waiting.

        :raises ExchangeFailed: when one of them cannot be had; its receipts stay due.
        """
        away: dict[str, ExchangeFailed] = {}
        while due := self_receipts_due(LIST, without=list(away)):
            for gateway, receipts in due.items():
                try:
                    peer = self.client.peer(gateway)
                    heard = self.client.begin(
                        peer, RECEIPTS_PATH, MessageKind.RECEIPTS, receipts, Accepted,
                        late=partial(self._note_heard, receipts), count=len(receipts),
                    ).reply()  # fmt: skip
                except ExchangeFailed as failure:
                    away[gateway] = failure
                    continue
                if self._note_heard(receipts, heard) < len(receipts):
                    away[gateway] = ExchangeFailed(gateway, Phase.REFUSED, "an institution is moving there")
        if away:
            raise next(iter(away.values()))

    def _note_heard(self, receipts: Sequence[Receipt], heard: Sequence[Accepted]) -> int:
        told = [one for one, reply in zip(receipts, heard, strict=True) if not reply.again]
        receipts_sent(numbers=[one.transaction_number for one in told], by=self.by, at=self.clock())
        return len(told)


def _numbers(document: PermitDocument) -> list[str]:
    return [permit.transaction_number for permit in PermitList.model_validate_json(document.content).permits]


def _asked_for(found: Sequence[SelfProvision], numbers: Sequence[str]) -> dict[str, SelfProvision]:
    return {one.transaction_number: one for one in found if one.transaction_number in numbers}


def _in_time(decisions: Sequence[Decision], provisions: Mapping[str, SelfProvision]) -> dict[str, SelfProvision]:
    """Return the answers given while their permits were valid; others count as not given (番号法施行令26条)."""
    kept = dict(provisions)
    for decision in decisions:
        given = kept.get(decision.transaction_number)
        if given and given.sealed and decision.valid_until and given.provided_at > decision.valid_until:
            log.warning("NW-OWN-002 own_answer_late", gateway=decision.provider_gateway)
            del kept[decision.transaction_number]
    return kept
