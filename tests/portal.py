"""What makes this process answer as the portal, and what lies between it and the network: the network's own routes."""

from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel

from tasuki.api.network.routes import ROUTES
from tasuki.config.settings.portal_web import PORTAL_MIDDLEWARE, PORTAL_TEMPLATES
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import serialise
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.network.operations.codes import issue_portal_codes
from tasuki.network.operations.notices import keep_notices
from tasuki.nodes.types import NodeConfig, NodeKind, Peer
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.portal_messages import CodedNotice, PortalNoticeKind
from tasuki.protocol.self_messages import PortalCodeTold
from tasuki.runtime import new_id
from tasuki.shared.identifiers import is_resident_record_code
from tests.integration.own_results.way import BY, MAKER, OWN, Way, record_code

#: People whose resident-record code could be one.
ME, ANOTHER = [place for place in range(1, 60) if is_resident_record_code(record_code(place))][:2]
CARD = record_code(ME)


def portal_settings(node: NodeConfig) -> dict[str, Any]:
    """Return the settings by which a portal differs from the town that tests are otherwise."""
    own = {"name": "portal", "kind": NodeKind.PORTAL, "town": None}
    network = Peer(name="network", kind=NodeKind.NETWORK, url="https://127.0.0.1:1", signing_key="")
    return {
        "NODE": node.model_copy(update=own | {"peers": (network,)}),
        "ROOT_URLCONF": "tasuki.config.urls.portal",
        "TEMPLATES": PORTAL_TEMPLATES,
        "MIDDLEWARE": PORTAL_MIDDLEWARE,
        "CSRF_FAILURE_VIEW": "tasuki.portal.guard.csrf_failure",
    }


@dataclass
class Wire:
    """Hands what the portal sends to the network's routes, at the time of the way; it can break before or after."""

    way: Way
    fails: ExchangeFailed | None = None
    cut_at: str = ""
    loses_replies_of: str = ""
    sent: list[str] = field(default_factory=list)

    def send(self, peer: Peer, path: str, kind: MessageKind, items: list[BaseModel], _reply: Any) -> Any:
        if self.fails is not None:
            raise self.fails
        if path == self.cut_at:
            raise ExchangeFailed(peer.name, Phase.CONNECT, "away")
        self.sent.append(path)
        at = self.way.at
        if path == "/v1/portal-codes":
            codes = [one.resident_record_code for one in items]  # type: ignore[attr-defined]  # of this path
            told = issue_portal_codes(resident_record_codes=codes, maker=MAKER, by=BY, at=at)
            return [PortalCodeTold(portal_code=code) for code in told]
        [route] = [one for one in ROUTES if one.path == path]
        sender: Any = SimpleNamespace(name="portal", kind=NodeKind.PORTAL)
        incoming = Incoming(new_id(at), sender, kind, at, None, items)
        if route.check is not None:
            route.check(incoming)
        told = route.handle(incoming, at)
        if path == self.loses_replies_of:
            raise ExchangeFailed(peer.name, Phase.RECEIVE, "lost")
        return told


def lung(*, fiscal_year: int = 2025, items: dict[str, str] | None = None, stage: Stage = Stage.PRIMARY) -> str:
    """Return a replica of a lung screening that asks for a detailed examination, unless other items are given."""
    needed = catalogue().item_named(Programme.LUNG, "detailed_examination_need").code
    record = ScreeningRecord(
        programme=Programme.LUNG, stage=stage, fiscal_year=fiscal_year, sequence=1,
        examined_date=f"{fiscal_year}-06-12", age=52, encounter_type="1", facility_number=None,
        facility_name="架空検診センター", items={needed: "2"} if items is None else items,
    )  # fmt: skip
    [data_set] = catalogue().data_sets_for(Programme.LUNG, stage)
    version = catalogue().newest_version(data_set.code, date(2026, 4, 1))
    return serialise(record, layout_version=version, updated_on=date(2026, 4, 1)).decode()


def notice(way: Way, day: date, expires_at: datetime) -> None:
    """Put a notice of the town's into the person's inbox."""
    code = MAKER.code(OWN, MAKER.pivot(CARD))
    one = CodedNotice(
        institution=OWN, notice_id=new_id(way.at), linkage_code=code, kind=PortalNoticeKind.DETAILED_EXAMINATION_OPEN,
        day=day, expires_at=expires_at,
    )  # fmt: skip
    keep_notices(items=[one], gateway="gateway-east", maker=MAKER, by=BY, at=way.at)
