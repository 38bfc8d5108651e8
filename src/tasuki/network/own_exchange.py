"""People's own inquiries through providers' gateways: what is called between transactions.

Each step is recorded and committed before the next leaves the house. The network carries the permits itself: no gateway
serves the portal.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from tasuki.network.operations.permits import Issuer, decide_inquiries
from tasuki.network.operations.self_inquiries import apply_outcomes, note_failure, receipts_sent
from tasuki.network.permitted import permissions
from tasuki.network.queries import portal_member, self_receipts_due
from tasuki.protocol.client import PeerClient
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import Accepted, Decision, PermitDocument, PermitList, PermitRequest
from tasuki.protocol.self_messages import SelfPermits, SelfProvision
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
        for document in reply.documents:
            numbers = _numbers(document)
            try:
                provisions |= self._carry(document, {number: keys[number] for number in numbers})
            except ExchangeFailed as unreachable:
                failures.append((numbers, unreachable))
        in_time = _in_time(reply.decisions, provisions)
        apply_outcomes(requests=requests, decisions=reply.decisions, provisions=in_time, by=self.by, at=self.clock())
        for numbers, failure in failures:
            log.warning("NW-OWN-001 own_inquiries_failed", peer=failure.peer, phase=failure.phase, count=len(numbers))
            note_failure(numbers=numbers, failure=failure, by=self.by, at=self.clock())

    def _carry(self, document: PermitDocument, keys: dict[str, str]) -> dict[str, SelfProvision]:
        peer = self.client.peer(document.provider_gateway)
        items = [SelfPermits(document=document, answer_keys=keys)]
        found = self.client.send(peer, SELF_PROVISIONS_PATH, MessageKind.SELF_PROVISIONS, items, SelfProvision)
        return {one.transaction_number: one for one in found if one.transaction_number in keys}

    def report(self) -> None:
        """Tell providers' gateways how inquiries ended; one that is away does not keep others waiting.

        :raises ExchangeFailed: when one of them cannot be had; its receipts stay due.
        """
        away: dict[str, ExchangeFailed] = {}
        while due := self_receipts_due(LIST, without=list(away)):
            for gateway, receipts in due.items():
                try:
                    peer = self.client.peer(gateway)
                    heard = self.client.send(peer, RECEIPTS_PATH, MessageKind.RECEIPTS, receipts, Accepted)
                except ExchangeFailed as failure:
                    away[gateway] = failure
                    continue
                told = [one for one, reply in zip(receipts, heard, strict=True) if not reply.again]
                receipts_sent(numbers=[one.transaction_number for one in told], by=self.by, at=self.clock())
                if len(told) < len(receipts):
                    away[gateway] = ExchangeFailed(gateway, Phase.REFUSED, "an institution is moving there")
        if away:
            raise next(iter(away.values()))


def _numbers(document: PermitDocument) -> list[str]:
    return [permit.transaction_number for permit in PermitList.model_validate_json(document.content).permits]


def _in_time(decisions: Sequence[Decision], provisions: Mapping[str, SelfProvision]) -> dict[str, SelfProvision]:
    """Return the answers given while their permits were valid; others count as not given (番号法施行令26条)."""
    kept = dict(provisions)
    for decision in decisions:
        given = kept.get(decision.transaction_number)
        if given and given.sealed and decision.valid_until and given.provided_at > decision.valid_until:
            log.warning("NW-OWN-002 own_answer_late", gateway=decision.provider_gateway)
            del kept[decision.transaction_number]
    return kept
