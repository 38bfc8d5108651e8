"""An institution that moves, and both of its gateways: they and the network share the test's database.

What is given is cleared before it is taken in, as another database would not have it, and it is encrypted under another
key.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.gateway import holdings
from tasuki.gateway.operations import inquiries, institutions, moving, people, provisions, replicas
from tasuki.gateway.packages import Manifest, PackageInvalidError, read_manifest
from tasuki.gateway.payloads import PayloadCipher
from tasuki.network.operations import moving as network
from tasuki.network.operations.registry import register_member
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import (
    AcquisitionOpened,
    Decision,
    Inquiry,
    Permit,
    Provision,
    State,
)
from tasuki.protocol.moving import MovePart, MoveState, MoveTold
from tasuki.protocol.replica_messages import ReplicaSheet
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.sheets import received_sheet

AT = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
BY = system_actor("test")
OWN, OTHER = "0000000000001001", "0000000000001002"
EAST, WEST = "gateway-east", "gateway-west"
MOVE = "0193578d-0000-7000-8000-00000000000a"
LATER_MOVE = "0193578d-0000-7000-8000-00000000000b"
ASKED, HELD = "0193578d-0000-7000-8000-000000000001", "0193578d-0000-7000-8000-000000000002"
LUNG = "TM00000000000090"
PERSON, HELD_PERSON = f"{1:015}", f"{2:015}"
SEALING = X25519PrivateKey.generate()


def key_of(gateway: str) -> PayloadCipher:
    return PayloadCipher(lambda purpose: f"{gateway}{purpose}".encode().rjust(32, b".")[:32])


EASTS, WESTS = key_of("e"), key_of("w")


@pytest.fixture
def served() -> None:
    for code in (OWN, OTHER):
        register_member(
            member=Institution(InstitutionCode(code), "模擬市", "Mogi", MunicipalityCode("139980")),
            institution_class=InstitutionClass.MUNICIPALITY, gateway=EAST, assessed_on=AT.date(), by=BY, at=AT,
        )  # fmt: skip
        institutions.register_institution(institution=code, town=f"town-{code[-1]}", by=BY, at=AT)
    _fill()


def _fill() -> None:
    """Let the institution hold something of every kind."""
    for number, (person, hold) in enumerate(((PERSON, False), (HELD_PERSON, True))):
        run(
            "INSERT INTO gateway_person (institution, unified_person_number, linkage_code, hold, non_disclosure)"
            " VALUES (%s, %s, %s, %s, false)",
            [OWN, person, f"{number:032x}", hold],
        )
    opened = AcquisitionOpened(institution=OWN, acquisition_number="a" * 32, unified_person_number=PERSON)
    people.open_acquisitions(items=[opened], by=BY, at=AT)
    for layout, ordinal in (("1", 7), ("2", 9)):
        replicas.register_replicas(items=[replica(layout, ordinal)], cipher=EASTS, by=BY, at=AT)
    replicas.register_replicas(items=[replica("1", 11, payload="")], cipher=EASTS, by=BY, at=AT)
    _ask()
    provisions.answer_permits(permits=[(permit(HELD), f"{1:032x}")], cipher=EASTS, by=BY, at=AT)


def replica(layout: str, ordinal: int, payload: str = "<肺/>") -> ReplicaSheet:
    return received_sheet(
        institution=OWN, unified_person_number=PERSON, data_set=LUNG, ordinal=ordinal, layout_version=layout,
        published_from=AT.date(), payload=payload,
    )  # fmt: skip


def permit(number: str) -> Permit:
    return Permit(
        transaction_number=number, inquirer=OTHER, provider=OWN, data_sets=[LUNG], procedure="JT99990000000141",
        department="課", non_disclosure=False, requested_at=AT, permitted_at=AT, valid_until=AT + timedelta(days=7),
        basis="b",
    )  # fmt: skip


def _ask() -> None:
    """Let the institution have an answer of its own that its town has not fetched."""
    item = Inquiry(
        transaction_number=ASKED, institution=OWN, unified_person_number=PERSON, provider=OTHER, data_sets=[LUNG],
        procedure="JT99990000000141", department="課", requested_at=AT,
    )  # fmt: skip
    requests = inquiries.create_inquiries(items=[item], by=BY, at=AT)
    decision = Decision(transaction_number=ASKED, state=State.PERMITTED, decided_at=AT, provider_gateway=EAST)
    answer = {"data_set": LUNG, "state": "received", "payloads": ["<胃/>"]}
    given = Provision.model_validate(
        {"transaction_number": ASKED, "state": "received", "provided_at": AT, "answers": [answer]}
    )
    inquiries.apply_outcomes(
        requests=requests, decisions=[decision], provisions={ASKED: given}, cipher=EASTS, by=BY, at=AT
    )


def close(move: str = MOVE, taker: str = WEST) -> str:
    return moving.close_institution(institution=OWN, taker=taker, move=move, why="合併", by=BY, at=AT)


def give(file: Path) -> Manifest:
    keys = moving.GivingKeys(lambda content: f"{EAST}:{len(content)}", SEALING.public_key())
    return moving.give_institution(institution=OWN, file=file, keys=keys, giver=EAST, cipher=EASTS, by=BY, at=AT)


def checked(content: bytes, signature: str) -> str:
    signer, _, length = signature.partition(":")
    if int(length) != len(content):
        raise PackageInvalidError("its signature")
    return signer


def be_the_other_gateway() -> None:
    """Let the database be that of a gateway that has never heard of the institution."""
    holdings.clear(OWN)
    run("DELETE FROM gateway_move")
    run("DELETE FROM gateway_institution WHERE institution = %s", [OWN])


def take(file: Path) -> Manifest:
    manifest = read_manifest(file, check=checked)
    moving.take_institution(file=file, manifest=manifest, key=SEALING, cipher=WESTS, by=BY, at=AT)
    return manifest


def tell(part: MovePart, digest: str, move: str = MOVE, gateway: str = "") -> MoveState:
    told = MoveTold(move=move, institution=OWN, giver=EAST, taker=WEST, part=part, rows=1, digest=digest)
    speaker = gateway or {MovePart.GIVEN: EAST, MovePart.TAKEN: WEST}[part]
    [standing] = network.tell_moves(items=[told], gateway=speaker, by=BY, at=AT)
    return standing.state


def records(kind: str) -> list[dict[str, object]]:
    found = rows("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind])
    return [orjson.loads(bytes(row["body"])) for row in found]


# --- what travels ---
