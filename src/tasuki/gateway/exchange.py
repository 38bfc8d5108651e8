"""One inquiry after another through the network and the provider's gateway: what is called between transactions.

Each step is recorded and committed before the next leaves the house, so that a fault at any point leaves inquiries
that the worker takes up again; permits and answers are idempotent by transaction number.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from tasuki.gateway.errors import PermitInvalid
from tasuki.gateway.operations.inquiries import apply_outcomes, note_failure
from tasuki.gateway.operations.notices import record_notices, record_take_back
from tasuki.gateway.operations.provisions import answer_permits
from tasuki.gateway.operations.seeking import record_found, record_search, without_code
from tasuki.gateway.payloads import PayloadCipher
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig, NodeKind
from tasuki.protocol.client import PeerClient
from tasuki.protocol.envelope import MessageKind, TrustedKeys, check_signature, configured_key
from tasuki.protocol.errors import ExchangeFailed, MessageRefused, Phase
from tasuki.protocol.messages import (
    Decision,
    Permit,
    PermitDocument,
    PermitList,
    PermitReply,
    PermitRequest,
    Provision,
    State,
)
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import (
    CodedNotice,
    PortalNotice,
    PortalNoticeAsked,
    PortalNoticeProgress,
    PortalNoticeState,
)
from tasuki.protocol.sealing import PERMIT_CODES, NotForUs, open_list
from tasuki.protocol.seeking import Holders, ProvidersSought, SeekOutcome
from tasuki.protocol.waiting import Waiting
from tasuki.shared.actor import Actor, institution_actor

log = structlog.get_logger()
PERMITS_PATH = "/v1/permits"
PROVISIONS_PATH = "/v1/provisions"
HOLDERS_PATH = "/v1/holders"
NOTICES_PATH = "/v1/portal-notices"
NOTICE_STATUS_PATH = "/v1/portal-notice-status"


@dataclass(frozen=True)
class Exchange:
    """A gateway's way to the network and to other gateways."""

    node: NodeConfig
    keys: NodeKeys
    client: PeerClient
    cipher: PayloadCipher
    by: Actor
    clock: Callable[[], dt.datetime]
    trusted: TrustedKeys = configured_key

    def drive(self, requests: Sequence[PermitRequest]) -> None:
        """Take recorded inquiries as far as they go now. Failures are kept with the inquiries, not raised."""
        if not requests:
            return
        network = self.node.peers_of_kind(NodeKind.NETWORK)[0]
        try:
            [reply] = self.client.send(network, PERMITS_PATH, MessageKind.PERMIT_REQUESTS, requests, PermitReply)
        except ExchangeFailed as unreachable:
            self._failed(requests, unreachable)
            return
        provisions, failures = self._provisions(requests, reply)
        now = self.clock()
        apply_outcomes(
            requests=requests,
            decisions=reply.decisions,
            provisions=_as_permitted(requests, reply.decisions, provisions),
            cipher=self.cipher,
            by=self.by,
            at=now,
        )
        for gateway, failure in failures.items():
            self._failed([one for one, _ in _permitted_at(gateway, requests, reply.decisions)], failure)
        for gateway, waiting in _put_off(requests, reply.decisions, provisions).items():
            self._failed(
                waiting,
                ExchangeFailed(gateway, Phase.REFUSED, "the provider, or so much at once, cannot be had there now"),
            )

    def seek(self, items: Sequence[ProvidersSought], *, by: Actor) -> list[Holders]:
        """Ask the network who may be asked about people; recorded before it leaves and before it is told."""
        asked = record_search(items=items, by=by, at=self.clock())
        told: dict[str, Holders] = {}
        try:
            network = self.node.peers_of_kind(NodeKind.NETWORK)[0]
            found = self.client.send(network, HOLDERS_PATH, MessageKind.HOLDERS, asked, Holders) if asked else []
            told = {one.transaction_number: one for one in found}
        except ExchangeFailed as unreachable:
            log.warning("GW-SEK-001 search_failed", peer=unreachable.peer, phase=unreachable.phase, count=len(asked))
            told = {
                one.transaction_number: Holders(
                    transaction_number=one.transaction_number, outcome=SeekOutcome.UNREACHED
                )
                for one in asked
            }
        found = [told.get(item.transaction_number) or without_code(item) for item in items]
        return record_found(found=found, by=by, at=self.clock())

    def carry_notices(self, items: Sequence[PortalNotice], *, by: Actor) -> list[PortalNoticeProgress]:
        """Bring notices to the portal's inbox at the network; recorded before they leave."""
        leaving, kept = record_notices(items=items, by=by, at=self.clock())
        return kept + self._notices(NOTICES_PATH, MessageKind.PORTAL_NOTICES, leaving)

    def ask_about_notices(self, items: Sequence[PortalNoticeAsked], *, by: Actor) -> list[PortalNoticeProgress]:
        """Ask the network where notices stand, and have it take back those that are to be, recorded before."""
        record_take_back(items=items, by=by, at=self.clock())
        return self._notices(NOTICE_STATUS_PATH, MessageKind.PORTAL_NOTICE_STATUS, items)

    def _notices(
        self, path: str, kind: MessageKind, items: Sequence[CodedNotice] | Sequence[PortalNoticeAsked]
    ) -> list[PortalNoticeProgress]:
        if not items:
            return []
        try:
            network = self.node.peers_of_kind(NodeKind.NETWORK)[0]
            return self.client.send(network, path, kind, items, PortalNoticeProgress)
        except ExchangeFailed as unreachable:
            log.warning("GW-NOT-001 notices_failed", peer=unreachable.peer, phase=unreachable.phase, count=len(items))
            at = self.clock()
            return [
                PortalNoticeProgress(notice_id=one.notice_id, state=PortalNoticeState.WAITING, at=at) for one in items
            ]

    def _provisions(
        self, requests: Sequence[PermitRequest], reply: PermitReply
    ) -> tuple[dict[str, Provision], dict[str, ExchangeFailed]]:
        """Carry each permit document to its gateway; return the answers and the gateways that could not be had.

        All are asked at once, and one that hangs is given up on after seconds: what it answers later is applied then.
        """
        answered: dict[str, Provision] = {}
        failures: dict[str, ExchangeFailed] = {}
        waiting: dict[str, Waiting[Provision]] = {}
        for document in reply.documents:
            gateway = document.provider_gateway
            if gateway == self.node.name:
                continue
            try:
                waiting[gateway] = self._ask(document, _permitted_at(gateway, requests, reply.decisions))
            except ExchangeFailed as unreachable:
                failures[gateway] = unreachable
        # Both towns are served here: the same permit, the same checks, no wire.
        ours = [document for document in reply.documents if document.provider_gateway == self.node.name]
        if ours:
            answered |= _by_number(self.answer(ours, sender=self.node.name, at=self.clock()))
        for gateway, one in waiting.items():
            try:
                answered |= _by_number(one.reply())
            except ExchangeFailed as unreachable:
                failures[gateway] = unreachable
        return answered, failures

    def _ask(self, document: PermitDocument, permitted: Sequence[tuple[PermitRequest, Decision]]) -> Waiting[Provision]:
        def apply_late(provisions: list[Provision]) -> None:
            requests, decisions = [one for one, _ in permitted], [one for _, one in permitted]
            apply_outcomes(
                requests=requests,
                decisions=decisions,
                provisions=_as_permitted(requests, decisions, _by_number(provisions)),
                cipher=self.cipher,
                by=self.by,
                at=self.clock(),
            )

        return self.client.begin(
            self.client.peer(document.provider_gateway),
            PROVISIONS_PATH,
            MessageKind.PROVISION_REQUESTS,
            [document],
            Provision,
            late=apply_late,
            count=len(permitted),
        )

    def _failed(self, requests: Sequence[PermitRequest], failure: ExchangeFailed) -> None:
        log.warning("GW-INQ-001 exchange_failed", peer=failure.peer, phase=failure.phase, count=len(requests))
        note_failure(requests=requests, failure=failure, by=self.by, at=self.clock())

    def answer(self, documents: Sequence[PermitDocument], *, sender: str, at: dt.datetime) -> list[Provision]:
        """Answer permit documents, carried here by the inquirer's gateway.

        :raises PermitInvalid: when a document is not the network's, not ours, or cannot be opened.
        """
        pairs = [
            pair
            for document in documents
            for pair in read_permits(document, self.node, self.keys, at=at, trusted=self.trusted)
        ]
        if any(permit.inquirer == portal().institution for permit, _ in pairs):
            # What a person asks about themselves is answered sealed, and to the network only (`own_results`).
            raise PermitInvalid("permit document: a person's own inquiry comes by the network")
        return answer_permits(permits=pairs, cipher=self.cipher, by=institution_actor(sender), at=at)


def _as_permitted(
    requests: Sequence[PermitRequest], decisions: Sequence[Decision], provisions: Mapping[str, Provision]
) -> dict[str, Provision]:
    """Return the answers that keep to their permits: no other data set, and given while the permit was valid.

    Others count as not given: what the law did not let travel is not kept, whoever sent it (番号法19条, 21条2項).
    """
    kept = {}
    for request, decision in zip(requests, decisions, strict=True):
        provision = provisions.get(request.transaction_number)
        if provision is None:
            continue
        permitted = set(request.data_sets) - {refusal.data_set for refusal in decision.refused}
        is_late = decision.valid_until is not None and provision.provided_at > decision.valid_until
        if permitted.issuperset(answer.data_set for answer in provision.answers) and not (
            is_late and provision.answers
        ):
            kept[request.transaction_number] = provision
        else:
            log.warning("GW-INQ-002 answer_beyond_permit", gateway=decision.provider_gateway, late=is_late)
    return kept


def _put_off(
    requests: Sequence[PermitRequest], decisions: Sequence[Decision], provisions: Mapping[str, Provision]
) -> dict[str, list[PermitRequest]]:
    """Return by gateway the inquiries whose provider cannot be had now, to be taken up again."""
    found: dict[str, list[PermitRequest]] = defaultdict(list)
    for request, decision in zip(requests, decisions, strict=True):
        provision = provisions.get(request.transaction_number)
        if provision is not None and provision.state == State.PERMITTED:
            found[decision.provider_gateway].append(request)
    return found


def _by_number(provisions: Sequence[Provision]) -> dict[str, Provision]:
    return {provision.transaction_number: provision for provision in provisions}


def _permitted_at(
    gateway: str, requests: Sequence[PermitRequest], decisions: Sequence[Decision]
) -> list[tuple[PermitRequest, Decision]]:
    return [
        (request, decision)
        for request, decision in zip(requests, decisions, strict=True)
        if decision.state == State.PERMITTED and decision.provider_gateway == gateway
    ]


def read_permits(
    document: PermitDocument,
    node: NodeConfig,
    keys: NodeKeys,
    *,
    at: dt.datetime,
    trusted: TrustedKeys = configured_key,
) -> list[tuple[Permit, str]]:
    """Return the permits of a document with the providers' codes.

    :raises PermitInvalid: saying what is wrong with it.
    """
    content = document.content.encode()
    try:
        signer = check_signature(content, document.signature, node, at=at, trusted=trusted)
    except MessageRefused as error:
        raise PermitInvalid(f"permit document: {error.refusal}") from error
    if signer.kind != NodeKind.NETWORK:
        raise PermitInvalid("permit document: not signed by the network")
    try:
        permits = PermitList.model_validate_json(content)
        codes = open_list(permits.sealed_codes, keys.sealing, PERMIT_CODES)
    except (ValidationError, NotForUs) as error:
        raise PermitInvalid("permit document: cannot be opened here") from error
    if permits.recipient != node.name or len(codes) != len(permits.permits):
        raise PermitInvalid("permit document: made for another gateway")
    return list(zip(permits.permits, codes, strict=True))
