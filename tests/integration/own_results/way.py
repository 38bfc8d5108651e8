"""A portal, the network and one gateway in this process, with real keys; what lies between them can fail."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki import runtime
from tasuki.gateway.exchange import Exchange
from tasuki.gateway.models import Institution, Person
from tasuki.gateway.operations.endings import keep_receipts
from tasuki.gateway.operations.provisions import decide_held
from tasuki.gateway.operations.replicas import register_replicas
from tasuki.gateway.own_results import answer_people
from tasuki.gateway.payloads import PayloadCipher
from tasuki.network.codes import CodeMaker
from tasuki.network.models import IssuedCode
from tasuki.network.operations.codes import issue_portal_codes
from tasuki.network.operations.permits import Issuer
from tasuki.network.operations.registry import register_member
from tasuki.network.operations.self_inquiries import lapse_self_inquiries
from tasuki.network.operations.self_requests import fetch_answers, take_requests
from tasuki.network.own_exchange import OwnExchange
from tasuki.network.permitted import permissions
from tasuki.network.queries import self_inquiries_due
from tasuki.network.types import InstitutionClass
from tasuki.nodes.keys import Authority, encode_key, make_keys, sealing_key_from
from tasuki.nodes.sql import rows, run
from tasuki.nodes.types import Databases, Listen, NodeConfig, NodeKind, Peer
from tasuki.protocol.client import PeerClient
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import DataSetAnswer, HeldDecision
from tasuki.protocol.self_messages import SelfAnswersAsked, SelfProgress, SelfRequested, open_answers
from tasuki.protocol.signing import sign
from tasuki.protocol.waiting import Silent, Waiting
from tasuki.shared.actor import system_actor
from tasuki.shared.environments import Environment
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution as InstitutionValue
from tests.sheets import received_sheet

OWN, OTHER = "1000000000000001", "1000000000000002"
AT = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
LUNG, STOMACH = "TM00000000000090", "TM00000000000094"
GATEWAY = "gateway-east"
BY = system_actor("test")
MAKER = CodeMaker(lambda purpose: purpose.encode().ljust(32, b".")[-32:])


def record_code(place: int) -> str:
    return f"99{place:09d}"


def unified(place: int) -> str:
    return f"{place:015d}"


@dataclass
class Way:
    """Who takes part; `at` is everybody's clock, `is_away` cuts the gateway off."""

    folder: Path
    at: datetime = AT
    is_away: bool = False
    provider_runs_late_by: timedelta = timedelta()
    sent: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        authority = Authority.load_or_create(self.folder / "ca", AT)
        own = {name: make_keys(self.folder / name, name, "127.0.0.1", authority, AT) for name in ("network", GATEWAY)}
        network = Peer(name="network", kind=NodeKind.NETWORK, signing_key=own["network"].public_signing)
        config = NodeConfig(
            name=GATEWAY, kind=NodeKind.GATEWAY, listen=Listen(port=1), databases=Databases(runtime="", owner=""),
            peers=(network,), environment=Environment.DUMMY, folder=self.folder / GATEWAY,
        )  # fmt: skip
        self.gateway = Exchange(
            config, own[GATEWAY], cast(PeerClient, self), PayloadCipher(own[GATEWAY].derive), BY, lambda: self.at
        )
        issuer = Issuer(
            lambda content: sign(content, own["network"].signing, "network"),
            {GATEWAY: sealing_key_from(own[GATEWAY].public_sealing)},
        )
        self.network = OwnExchange(issuer, cast(PeerClient, self), BY, lambda: self.at)
        for institution in (OWN, OTHER):
            self.join(institution)

    def join(self, institution: str) -> None:
        member = InstitutionValue(InstitutionCode(institution), "架空区", "Kaku", MunicipalityCode("139998"))
        register_member(
            member=member, institution_class=InstitutionClass.MUNICIPALITY, gateway=GATEWAY,
            assessed_on=date(2020, 1, 1), by=BY, at=AT,
        )  # fmt: skip
        Institution.objects.create(institution=institution, town="town-test", joined_at=AT)

    def know(self, place: int, institution: str = OWN, **how: Any) -> None:
        """Let an institution have a code of a person, who is not on hold unless that is said."""
        pivot = MAKER.pivot(record_code(place))
        code = MAKER.code(institution, pivot)
        IssuedCode.objects.create(institution=institution, linkage_code=code, pivot=pivot, issued_at=AT)
        values = {"linkage_code": code, "hold": False} | how
        Person.objects.create(institution=institution, unified_person_number=unified(place), **values)

    def register(self, place: int, payload: str = "", *, data_set: str = LUNG, taken: bool = True, **how: Any) -> None:
        values = {
            "institution": OWN, "unified_person_number": unified(place), "data_set": data_set, "taken": taken,
            "payload": payload or f"<own>{place}</own>",
        }  # fmt: skip
        register_replicas(items=[received_sheet(**values | how)], cipher=self.gateway.cipher, by=BY, at=self.at)
        run("DROP TABLE IF EXISTS pg_temp.replica_staging")

    # --- the messages between network and gateway ---

    def peer(self, name: str) -> str:
        return name

    def send(self, peer: str, path: str, _kind: Any, items: Sequence[Any], _reply: Any) -> Any:
        if self.is_away:
            raise ExchangeFailed(peer, Phase.CONNECT, "away")
        self.sent.append((path, items))
        if path == "/v1/receipts":
            return keep_receipts(receipts=items, by=BY, at=self.at)
        told = answer_people(self.gateway, items, sender="network", at=self.at)
        # A gateway that answers too late would say so itself; one that does not is not believed.
        late = self.provider_runs_late_by
        return [one.model_copy(update={"provided_at": one.provided_at + late}) for one in told]

    def begin(self, *arguments: Any, late: Any, count: int) -> Waiting[Any]:
        """Call in this thread, whose transaction is the test's."""
        waiting: Waiting[Any] = Waiting(GATEWAY, count, Silent(), late)
        try:
            waiting.end(self.send(*arguments))
        except ExchangeFailed as failure:
            waiting.end(failure)
        return waiting

    # --- what the portal does ---

    def code(self, place: int) -> str:
        [code] = issue_portal_codes(resident_record_codes=[record_code(place)], maker=MAKER, by=BY, at=self.at)
        return code

    def ask(self, request: SelfRequested) -> SelfProgress:
        [told] = take_requests(
            items=[request], permissions=permissions(), new_id=runtime.new_id, by=BY, at=self.at
        )  # fmt: skip
        return told

    def request(self, place: int, key: X25519PrivateKey, **how: Any) -> SelfRequested:
        values = {
            "request_number": runtime.new_id(self.at), "portal_code": self.code(place),
            "answer_key": encode_key(key.public_key()),
        }  # fmt: skip
        return SelfRequested(**values | how)

    def fetch(self, request: SelfRequested) -> SelfProgress:
        asked = SelfAnswersAsked(request_number=request.request_number, portal_code=request.portal_code)
        [told] = fetch_answers(items=[asked], by=BY, at=self.at)
        return told

    # --- what happens by itself, and what the town does ---

    def pass_on(self, later: timedelta = timedelta()) -> None:
        """Let the network's worker come round once, after some time."""
        self.at += later
        lapse_self_inquiries(by=BY, at=self.at)
        self.network.drive(self_inquiries_due(100, self.at))

    def decide(self, number: str, *, release: bool, non_disclosure: bool = False) -> bool:
        decision = HeldDecision(
            institution=OWN, transaction_number=number, release=release, non_disclosure=non_disclosure
        )
        [reply] = decide_held(items=[decision], by=BY, at=self.at)
        return reply.accepted


def opened(progress: SelfProgress, key: X25519PrivateKey) -> list[DataSetAnswer]:
    """Open what one institution answered, and leave out what it has nothing of."""
    [answer] = progress.answers
    return [one for one in open_answers(answer.transaction_number, answer.sealed, key) if one.payloads]


def bodies(number: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what was recorded under a number, in its order."""
    found = rows("SELECT kind, body FROM evidence_entry WHERE transaction_number = %s ORDER BY entry_id", [number])
    return [(row["kind"], orjson.loads(bytes(row["body"]))) for row in found]


def recorded(number: str) -> list[tuple[str, str, str]]:
    """Return the steps recorded of an exchange, and by which party."""
    return [(kind, body.get("party", ""), body.get("state", "")) for kind, body in bodies(number)]
