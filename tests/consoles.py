"""What makes this process answer as the console of a gateway or the network, with some exchanges to look at."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from tasuki.config.settings.screens import SCREEN_MIDDLEWARE, templates
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.gateway.models import Inquiry, Provision
from tasuki.gateway.operations.institutions import register_institution
from tasuki.network.models import PermitRecord
from tasuki.network.operations.registry import register_member
from tasuki.network.types import InstitutionClass
from tasuki.nodes.types import Console, NodeConfig, NodeKind, Peer
from tasuki.protocol.transitions import Party, step_taken
from tasuki.shared.actor import Actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode, new_transaction_number
from tasuki.shared.institutions import Institution

OWN, OTHER, UNASSESSED = "1000000000000001", "1000000000000002", "1000000000000003"
#: What no page of a console may show.
CODE, PERSON = "c0de" * 8, "987654321098765"
PROCEDURE, BASIS = "JT99990000000141", "番号法19条8号・別表111項"
LUNG = "TM00000000000090"


def console_settings(kind: NodeKind, node: NodeConfig, folder: Path, *peers: Peer) -> dict[str, Any]:
    """Return the settings by which a console differs from the town that tests are otherwise."""
    name = {NodeKind.GATEWAY: "gateway-test", NodeKind.NETWORK: "network-test"}[kind]
    own = {"name": name, "kind": kind, "town": None, "console": Console(port=1), "folder": folder, "peers": peers}
    return {
        "NODE": node.model_copy(update=own),
        "ROOT_URLCONF": f"tasuki.config.urls.{kind}_console",
        "TEMPLATES": templates("tasuki.console.context.common"),
        "MIDDLEWARE": SCREEN_MIDDLEWARE,
    }


def number(at: datetime, place: int) -> str:
    return new_transaction_number(at, bytes([place]) * 10)


@transaction.atomic
def fill_gateway(by: Actor, at: datetime) -> None:
    """Two institutions served here, and three exchanges: answered, refused, held."""
    for institution in (OWN, OTHER):
        register_institution(institution=institution, town=f"town-{institution[-1]}", by=by, at=at)
    states = ["received", "refused_no_legal_basis", "held"]
    for place, state in enumerate(states):
        asked = at - timedelta(minutes=place)
        Inquiry.objects.create(
            institution=OWN, transaction_number=number(asked, place), unified_person_number=PERSON, linkage_code=CODE,
            provider=OTHER, data_sets=[LUNG], procedure=PROCEDURE, department="課", non_disclosure=False,
            requested_at=asked, state=state, state_at=asked, basis=BASIS if place != 1 else "",
            refused_data_sets=[LUNG] if place == 1 else [],
        )  # fmt: skip
    Provision.objects.create(
        institution=OTHER, transaction_number=number(at, 0), inquirer=OWN, linkage_code=CODE,
        unified_person_number=PERSON, data_sets=[LUNG], procedure=PROCEDURE, department="課", non_disclosure=False,
        basis=BASIS, requested_at=at, permitted_at=at, valid_until=at, notified_at=at, state="provided", provided_at=at,
    )  # fmt: skip
    body = {"institution": OWN, "linkage_code": CODE, "unified_person_number": PERSON}
    for kind, party, state in (
        (EntryKind.INQUIRY_SENT, Party.INQUIRER, "sent"),
        (EntryKind.ANSWER_SENT, Party.PROVIDER, "provided"),
        (EntryKind.ANSWER_RECEIVED, Party.INQUIRER, "received"),
    ):
        append(kind=kind, body=body | step_taken(party, state), transaction_number=number(at, 0), at=at)


@transaction.atomic
def fill_network(by: Actor, at: datetime) -> None:
    """Three members, one without an assessment, and three decisions."""
    for code, name, assessed in ((OWN, "架空区", at), (OTHER, "模擬市", at), (UNASSESSED, "未評価町", None)):
        member = Institution(InstitutionCode(code), name, f"Town {code[-1]}", MunicipalityCode("139998"))
        register_member(
            member=member, institution_class=InstitutionClass.MUNICIPALITY, gateway="gateway-east",
            assessed_on=assessed.date() if assessed else None, by=by, at=at,
        )  # fmt: skip
    decided = [("permitted", "received"), ("refused_no_assessment", ""), ("permitted", "")]
    for place, (decision, outcome) in enumerate(decided):
        asked = at - timedelta(minutes=place)
        PermitRecord.objects.create(
            transaction_number=number(asked, place), inquirer=OWN, inquirer_code=CODE,
            provider=UNASSESSED if place == 1 else OTHER, data_sets=[LUNG], refused_data_sets=[], procedure=PROCEDURE,
            department="課", non_disclosure=False, requested_at=asked, decided_at=asked,
            valid_until=None if place == 1 else asked, decision=decision, basis=BASIS, outcome=outcome,
        )  # fmt: skip
    body = {"inquirer_code": CODE} | step_taken(Party.NETWORK, "permitted")
    append(kind=EntryKind.INQUIRY_PERMITTED, body=body, transaction_number=number(at, 0), at=at)
