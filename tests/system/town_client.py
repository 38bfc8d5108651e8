"""Speaks as a town to running nodes, with the town's own keys: what any vendor's system could do."""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from tasuki.faults.ground import until
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig
from tasuki.protocol import messages
from tasuki.protocol.client import PeerClient
from tasuki.protocol.replica_messages import WrittenSheet
from tasuki.protocol.seeking import ProvidersSought
from tasuki.protocol.sharing import SharingSender
from tasuki.shared.identifiers import new_transaction_number

ReplyT = TypeVar("ReplyT", bound=BaseModel)
PROCEDURE = "JT99990000000141"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new_id(at: dt.datetime) -> str:
    return new_transaction_number(at, os.urandom(10))


def wait_until(true: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Return what `true` returns once it is true."""
    return until(true, what, seconds)


@dataclass
class TownClient:
    """A town's side of the protocol without the town's own systems behind it."""

    config: NodeConfig
    client: PeerClient = field(init=False)
    link: GatewayLink = field(init=False)

    def __post_init__(self) -> None:
        self.client = PeerClient(self.config, NodeKeys(self.config.folder), now, new_id)
        town = self.config.own_town()
        self.link = GatewayLink(self.client, self.config.peer(town.gateway), self.config.peer(town.jlis))

    def shared(self) -> GatewayLink:
        """Return the way to the gateway that the users of a town's system share."""
        return replace(self.link, client=SharingSender(self.client))

    @property
    def institution(self) -> str:
        return self.config.own_town().institution

    def acquire(self, people: Sequence[tuple[str, str]]) -> list[str]:
        """Acquire codes for people given as unified and individual number; return the outcomes once bound."""
        numbers = [os.urandom(16).hex() for _ in people]
        self.link.open_acquisitions(
            [
                messages.AcquisitionOpened(
                    institution=self.institution, acquisition_number=number, unified_person_number=unified
                )
                for number, (unified, _) in zip(numbers, people, strict=True)
            ]
        )
        replies = self.link.request_codes(
            [
                messages.AcquisitionRequest(
                    institution=self.institution, acquisition_number=number, individual_number=individual
                )
                for number, (_, individual) in zip(numbers, people, strict=True)
            ]
        )
        expected = {reply.acquisition_number for reply in replies if reply.outcome in ("issued", "already_issued")}
        asked = [
            messages.CodeStatusAsked(
                institution=self.institution, acquisition_number=number, unified_person_number=unified
            )
            for number, (unified, _) in zip(numbers, people, strict=True)
            if number in expected
        ]
        if asked:
            wait_until(lambda: all(one.bound for one in self.link.code_status(asked)), "binding of the codes")
        return [reply.outcome.value for reply in replies]

    def release(self, people: Sequence[str]) -> None:
        """Let the gateway answer for people automatically."""
        self.hold(*people, on=False)

    def hold(self, *people: str, on: bool = True) -> None:
        """Let the gateway answer for people by hand only."""
        held = messages.Hold(institution=self.institution, unified_person_numbers=list(people), hold=on)
        assert self.link.set_holds([held]) == [messages.ACCEPTED]

    def register(self, people: Sequence[str], data_set: str, payload: Callable[[str], str]) -> None:
        """Register one replica a person."""
        self.link.register_replicas(
            [
                WrittenSheet(
                    institution=self.institution,
                    data_set=data_set,
                    layout_version="1",
                    published_from=dt.date(2025, 6, 1),
                    replicas=[(person, "2025-01", 1, 1, True, payload(person)) for person in people],
                )
            ]
        )

    def inquiry(self, person: str, provider: str, **changes: Any) -> messages.Inquiry:
        at = now()
        values: dict[str, Any] = {
            "transaction_number": new_id(at),
            "institution": self.institution,
            "unified_person_number": person,
            "provider": provider,
            "data_sets": ["TM00000000000098"],
            "procedure": PROCEDURE,
            "department": "健康づくり課",
            "requested_at": at,
        }
        return messages.Inquiry(**values | changes)

    def sought(self, person: str) -> ProvidersSought:
        at = now()
        return ProvidersSought(
            transaction_number=new_id(at), institution=self.institution, unified_person_number=person,
            procedure=PROCEDURE, department="健康づくり課", requested_at=at,
        )  # fmt: skip

    def asked(self, inquiries: Sequence[messages.Inquiry]) -> list[messages.InquiryAsked]:
        return [
            messages.InquiryAsked(institution=self.institution, transaction_number=one.transaction_number)
            for one in inquiries
        ]
