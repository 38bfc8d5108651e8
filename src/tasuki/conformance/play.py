"""One scenario being played: who takes part, about whom, and what has been asked so far."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.conformance.peer import Part, PeerGateway
from tasuki.conformance.people import Person
from tasuki.conformance.seats import Seat, Seats, new_id
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.types import Peer
from tasuki.protocol import messages, node_messages
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.self_messages import SelfRequested

DATA_SET = "TM00000000000098"
CHECKPOINTS_PATH = "/v1/checkpoints"
#: So many looks at a log that find the same size make it quiet.
QUIET = 3


@dataclass(frozen=True)
class Stage:
    """What every scenario shares: the seats, the peer gateway, the clock, and what this run calls itself."""

    seats: Seats
    peer: PeerGateway
    clock: Callable[[], dt.datetime]
    run: int
    procedure: str

    def log_size(self, seat: Seat, of: Peer) -> int:
        """Return how many records the newest signed checkpoint of a node's log covers."""
        offer = node_messages.CheckpointOffer(note="", previous_size=0, proof=[], held_of_yours=0)
        [reply] = seat.client.send(
            of, CHECKPOINTS_PATH, MessageKind.CHECKPOINTS, [offer], node_messages.CheckpointReply
        )
        return int(reply.note.splitlines()[1]) if reply.note else 0


@dataclass
class Play:
    """One scenario under way."""

    stage: Stage
    person: Person
    part: Part
    town: GatewayLink
    abroad: GatewayLink
    began_at: dt.datetime
    inquiry: messages.Inquiry | None = None
    request: messages.PermitRequest | None = None
    document: messages.PermitDocument | None = None
    portal_code: str = ""
    own_request: SelfRequested | None = None
    own_number: str = ""
    own_key: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    sizes: dict[str, int] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)

    @property
    def seats(self) -> Seats:
        return self.stage.seats

    def now(self) -> dt.datetime:
        return self.stage.clock()

    def new_inquiry(self, how: dict[str, Any]) -> messages.Inquiry:
        """Make an inquiry of the town about the person, to the peer's town unless told otherwise."""
        at = self.now()
        values: dict[str, Any] = {
            "transaction_number": new_id(at),
            "institution": self.seats.town.institution,
            "unified_person_number": self.person.at_town,
            "provider": self.seats.abroad.institution,
            "data_sets": [DATA_SET],
            "procedure": self.stage.procedure,
            "department": "適合確認",
            "requested_at": at,
        }
        self.inquiry = messages.Inquiry(**values | how)
        return self.inquiry

    def current(self) -> messages.Inquiry:
        """Return the inquiry this scenario is about."""
        if self.inquiry is None:
            raise LookupError("the scenario has not inquired yet")
        return self.inquiry

    def number(self) -> str:
        """Return the transaction number this scenario is about, whoever made it."""
        if self.own_number:
            return self.own_number
        if self.request is not None:
            return self.request.transaction_number
        return self.current().transaction_number

    def quiet_size(self, node: str) -> int:
        """Return the size of a log once it has stopped growing: what earlier scenarios left may still be on its way."""
        sizes: list[int] = []
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            sizes.append(self.size(node))
            if len(sizes) >= QUIET and len(set(sizes[-QUIET:])) == 1:
                break
            time.sleep(1.2)
        return sizes[-1]

    def size(self, node: str) -> int:
        """Return how many records a node's log has: that of the gateway under test, or of the network."""
        if node == "network":
            return self.stage.log_size(self.seats.gateway, self.seats.network)
        return self.stage.log_size(self.seats.town, self.seats.under_test)
