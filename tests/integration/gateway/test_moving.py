"""An institution moves to another gateway: all of it, once, and with exactly one gateway in charge at every moment.

Both gateways and the network share the test's database: what is given is cleared before it is taken in, as another
database would not have it, and it is encrypted under another key.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.gateway import holdings
from tasuki.gateway.closing import Cause, Closed, closed
from tasuki.gateway.operations import inquiries, institutions, moving, people, provisions, replicas
from tasuki.gateway.operations.endings import keep_receipts, lapse_inquiries
from tasuki.gateway.packages import Manifest, PackageInvalidError, read_manifest
from tasuki.gateway.payloads import PayloadCipher
from tasuki.gateway.queries import move_under_way
from tasuki.network.operations import moving as network
from tasuki.network.operations.registry import register_member
from tasuki.network.queries import members
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows, run
from tasuki.operating.operations import suspend_institution
from tasuki.protocol.messages import (
    AcquisitionOpened,
    CodeIssued,
    Decision,
    Inquiry,
    Permit,
    Provision,
    Receipt,
    Replica,
    State,
)
from tasuki.protocol.moving import MovePart, MoveState, MoveTold
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution

pytestmark = pytest.mark.django_db
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


@pytest.fixture(autouse=True)
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


def replica(layout: str, ordinal: int, payload: str = "<肺/>") -> Replica:
    return Replica(
        institution=OWN, unified_person_number=PERSON, data_set=LUNG, record_key="2025-01", revision=1,
        ordinal=ordinal, layout_version=layout, taken=True, published_from=AT.date(), payload=payload,
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


def test_everything_arrives_under_the_new_key_and_both_record_the_same_digests(tmp_path: Path) -> None:
    before = holdings.digests(OWN, EASTS)
    assert {name: one.rows for name, one in before.items()} == {
        "gateway_person": 2, "gateway_acquisition": 1, "gateway_replica": 2, "gateway_inquiry": 1,
        "gateway_provision": 1, "gateway_correction": 0,
        "gateway_record_correction": 0,
    }  # fmt: skip
    close()
    given = give(tmp_path / "package")
    be_the_other_gateway()
    taken = take(tmp_path / "package")
    assert given.digest == taken.digest
    assert holdings.digests(OWN, WESTS) == before
    [gave], [took] = records("institution_given"), records("institution_taken")
    assert (gave["digest"], gave["tables"]) == (took["digest"], took["tables"])
    assert (gave["to"], took["from"]) == (WEST, EAST)
    # Ordinals came along, that of what was taken back included: an older message still changes nothing.
    kept = rows("SELECT layout_version, ordinal FROM gateway_replica ORDER BY ordinal")
    assert [(row["layout_version"], row["ordinal"]) for row in kept] == [
        ("2", 9), ("1", 11),
    ]  # fmt: skip
    assert rows("SELECT town FROM gateway_institution WHERE institution = %s", [OWN]) == [{"town": "town-1"}]


def test_a_package_says_nothing_to_whoever_cannot_open_it(tmp_path: Path) -> None:
    close()
    give(tmp_path / "package")
    content = (tmp_path / "package").read_bytes()
    for secret in (PERSON, f"{0:032x}", "<肺/>", "<胃/>"):
        assert secret.encode() not in content
    assert (tmp_path / "package").stat().st_mode & 0o077 == 0
    be_the_other_gateway()
    manifest = read_manifest(tmp_path / "package", check=checked)
    with pytest.raises(PackageInvalidError, match="sealed for another"):
        moving.take_institution(
            file=tmp_path / "package", manifest=manifest, key=X25519PrivateKey.generate(), cipher=WESTS, by=BY, at=AT
        )


@pytest.mark.parametrize("change", ["rows", "town"])
def test_a_manifest_that_nobody_signed_is_refused(tmp_path: Path, change: str) -> None:
    close()
    whole = give(tmp_path / "package")
    altered = tmp_path / "altered"
    content = (tmp_path / "package").read_bytes()
    altered.write_bytes(content.replace(whole.model_dump_json().encode(), b"{}".ljust(len(whole.model_dump_json()))))
    with pytest.raises(PackageInvalidError):
        read_manifest(altered, check=checked)
    (tmp_path / "no").write_text(change)
    with pytest.raises(PackageInvalidError, match="no package"):
        read_manifest(tmp_path / "no", check=checked)


def test_a_part_that_was_altered_is_found_and_nothing_is_taken_in(tmp_path: Path) -> None:
    close()
    whole = give(tmp_path / "package")
    be_the_other_gateway()
    content = bytearray((tmp_path / "package").read_bytes())
    content[content.index(b"00000000") + 60] ^= 1
    (tmp_path / "package").write_bytes(content)
    with pytest.raises(PackageInvalidError, match="part 0"):
        moving.take_institution(file=tmp_path / "package", manifest=whole, key=SEALING, cipher=WESTS, by=BY, at=AT)
    assert rows("SELECT FROM gateway_institution WHERE institution = %s", [OWN]) == []


def test_what_does_not_become_what_was_given_is_not_kept(tmp_path: Path) -> None:
    close()
    whole = give(tmp_path / "package")
    be_the_other_gateway()
    person = whole.content["gateway_person"]
    lying = whole.model_copy(
        update={"content": whole.content | {"gateway_person": person.model_copy(update={"rows": 3})}}
    )
    with pytest.raises(PackageInvalidError, match="not what was given"):
        moving.take_institution(file=tmp_path / "package", manifest=lying, key=SEALING, cipher=WESTS, by=BY, at=AT)
    assert records("institution_taken") == []


# --- while it is closed ---


def test_from_the_moment_it_is_closed_nothing_of_it_changes(tmp_path: Path) -> None:
    close()
    before = holdings.digests(OWN, EASTS)
    assert closed()[OWN] == Closed(Cause.MOVING, WEST)
    late = AT + timedelta(days=30)
    [told] = provisions.answer_permits(permits=[(permit(HELD), f"{1:032x}")], cipher=EASTS, by=BY, at=AT)
    assert told.state == State.PERMITTED
    code = CodeIssued(institution=OWN, acquisition_number="a" * 32, linkage_code=f"{7:032x}")
    receipt = Receipt(
        transaction_number=HELD, inquirer=OTHER, provider=OWN, state=State.CANCELLED, provided_at=None, received_at=AT
    )
    for reply in (*people.bind_codes(items=[code], by=BY, at=AT), *keep_receipts(receipts=[receipt], by=BY, at=AT)):
        assert (reply.accepted, reply.again) == (False, True)
    assert lapse_inquiries(institutions=[OWN], by=BY, at=late) == 0
    own = Receipt(
        transaction_number=ASKED, inquirer=OWN, provider=OTHER, state=State.RECEIVED, provided_at=AT, received_at=AT
    )
    assert inquiries.receipts_sent(receipts=[own], by=BY, at=AT) == 0
    assert holdings.digests(OWN, EASTS) == before
    # Repeating the first steps is harmless.
    assert close(LATER_MOVE) == MOVE
    assert give(tmp_path / "one").digest == give(tmp_path / "two").digest


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda: close(taker="gateway-third"), "moving already"),
        (lambda: suspend_institution(table="gateway_institution", institution=OWN, why="x", by=BY, at=AT), "suspended"),
        (be_the_other_gateway, "not served"),
    ],
)
def test_what_cannot_move_says_why(prepare: Callable[[], object], why: str) -> None:
    prepare()
    with pytest.raises(moving.MoveRefusedError, match=why):
        close()


def test_who_was_not_closed_cannot_be_given(tmp_path: Path) -> None:
    with pytest.raises(moving.MoveRefusedError, match="not closed"):
        give(tmp_path / "package")
    assert not (tmp_path / "package").exists()


# --- who is in charge ---


def test_the_network_switches_only_once_both_told_the_same(tmp_path: Path) -> None:
    close()
    digest = give(tmp_path / "package").digest

    def switched() -> object:
        return network.switch_institution(institution=OWN, by=BY, at=AT)

    assert switched() == network.NotReady("no move is under way")
    # The taker's word alone begins nothing.
    assert tell(MovePart.TAKEN, digest) == MoveState.OPEN
    assert switched() == network.NotReady("no move is under way")
    assert tell(MovePart.GIVEN, digest) == MoveState.OPEN
    assert switched() == network.NotReady(f"{WEST} has not taken in what was given")
    tell(MovePart.TAKEN, "0" * 64)
    assert switched() == network.NotReady(f"{WEST} has not taken in what was given")
    tell(MovePart.TAKEN, digest)
    tell(MovePart.TAKEN, digest)
    assert members([OWN])[OWN].gateway == EAST
    assert switched() == network.Moved(EAST, WEST)
    assert members([OWN])[OWN].gateway == WEST
    assert tell(MovePart.GIVEN, digest) == tell(MovePart.TAKEN, digest) == MoveState.SWITCHED
    assert len(records("move_told")) == 3
    # A file of members that still says the former gateway does not undo it.
    register_member(
        member=Institution(InstitutionCode(OWN), "模擬市", "Mogi", MunicipalityCode("139980")),
        institution_class=InstitutionClass.MUNICIPALITY, gateway=EAST, assessed_on=AT.date(), by=BY, at=AT,
    )  # fmt: skip
    assert members([OWN])[OWN].gateway == WEST


def test_nobody_but_the_gateway_in_charge_begins_a_move() -> None:
    assert tell(MovePart.GIVEN, "0" * 64, gateway="gateway-third") == MoveState.REFUSED
    run("UPDATE network_institution SET gateway = %s WHERE institution = %s", [WEST, OWN])
    assert tell(MovePart.GIVEN, "0" * 64) == MoveState.REFUSED
    assert records("move_told") == []


def test_a_code_that_waits_goes_to_the_new_gateway() -> None:
    run(
        "INSERT INTO network_code_delivery (institution, acquisition_number, linkage_code, gateway, created_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [OWN, "a" * 32, "b" * 32, EAST, AT],
    )
    tell(MovePart.GIVEN, "0" * 64)
    tell(MovePart.TAKEN, "0" * 64)
    network.switch_institution(institution=OWN, by=BY, at=AT)
    assert rows("SELECT gateway FROM network_code_delivery") == [{"gateway": WEST}]


def test_the_former_gateway_keeps_the_records_and_nothing_else_and_stays_closed(tmp_path: Path) -> None:
    close()
    give(tmp_path / "package")
    assert not moving.end_move(institution=OWN, move=MOVE, state=MoveState.OPEN, by=BY, at=AT)
    assert moving.end_move(institution=OWN, move=MOVE, state=MoveState.SWITCHED, by=BY, at=AT)
    assert not moving.end_move(institution=OWN, move=MOVE, state=MoveState.SWITCHED, by=BY, at=AT)
    left = {name: one.rows for name, one in holdings.digests(OWN, EASTS).items() if one.rows}
    assert left == {"gateway_inquiry": 1, "gateway_provision": 1}
    assert rows("SELECT FROM gateway_inquiry WHERE answer IS NOT NULL OR receipt_due") == []
    assert closed()[OWN].cause is Cause.MOVING
    assert records("institution_moved")[0]["let_go"] == {
        "gateway_person": 2, "gateway_acquisition": 1, "gateway_replica": 2,
    }  # fmt: skip
    with pytest.raises(moving.MoveRefusedError, match="moved away"):
        close(LATER_MOVE)


def test_the_new_gateway_is_closed_until_the_network_has_switched_and_open_then(tmp_path: Path) -> None:
    close()
    give(tmp_path / "package")
    be_the_other_gateway()
    take(tmp_path / "package")
    before = holdings.digests(OWN, WESTS)
    take(tmp_path / "package")
    assert holdings.digests(OWN, WESTS) == before
    assert closed()[OWN] == Closed(Cause.MOVING, EAST)
    assert moving.end_move(institution=OWN, move=MOVE, state=MoveState.SWITCHED, by=BY, at=AT)
    assert OWN not in closed()
    [told] = provisions.answer_permits(permits=[(permit(HELD), f"{1:032x}")], cipher=WESTS, by=BY, at=AT)
    assert told.state == State.HELD
    with pytest.raises(moving.MoveRefusedError, match="this move is over"):
        take(tmp_path / "package")


def test_a_move_called_off_leaves_the_one_as_it_was_and_nothing_at_the_other(tmp_path: Path) -> None:
    before = holdings.digests(OWN, EASTS)
    close()
    digest = give(tmp_path / "package").digest
    tell(MovePart.GIVEN, digest)
    assert network.call_move_off(institution=OWN, why="延期", by=BY, at=AT)
    assert not network.call_move_off(institution=OWN, why="延期", by=BY, at=AT)
    state = tell(MovePart.GIVEN, digest)
    assert state == tell(MovePart.TAKEN, digest) == MoveState.CALLED_OFF
    assert isinstance(network.switch_institution(institution=OWN, by=BY, at=AT), network.NotReady)
    moving.end_move(institution=OWN, move=MOVE, state=state, by=BY, at=AT)
    assert OWN not in closed()
    assert holdings.digests(OWN, EASTS) == before
    be_the_other_gateway()
    take(tmp_path / "package")
    moving.end_move(institution=OWN, move=MOVE, state=state, by=BY, at=AT)
    assert rows("SELECT FROM gateway_institution WHERE institution = %s", [OWN]) == []
    assert not any(one.rows for one in holdings.digests(OWN, WESTS).values())


def test_one_of_which_nothing_was_given_opens_again_where_it_is_and_another_does_not(tmp_path: Path) -> None:
    close()
    assert moving.reopen_institution(institution=OWN, why="延期", by=BY, at=AT)
    assert OWN not in closed()
    close(LATER_MOVE)
    give(tmp_path / "package")
    assert not moving.reopen_institution(institution=OWN, why="延期", by=BY, at=AT)
    assert OWN in closed()


@pytest.mark.parametrize("step", ["close", "give", "take", "end"])
def test_a_step_whose_record_cannot_be_written_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def break_down(**_values: object) -> int:
        raise RuntimeError("no record")

    steps: dict[str, Callable[[], object]] = {
        "close": close,
        "give": lambda: give(tmp_path / "package"),
        "take": lambda: take(tmp_path / "package"),
        "end": lambda: moving.end_move(institution=OWN, move=MOVE, state=MoveState.SWITCHED, by=BY, at=AT),
    }
    for name, act in steps.items():
        if name == step:
            break
        act()
        if name == "give":
            be_the_other_gateway()
    before = (holdings.digests(OWN, WESTS if step == "end" else EASTS), move_under_way(OWN))
    monkeypatch.setattr(moving, "append", break_down)
    with pytest.raises(RuntimeError, match="no record"):
        steps[step]()
    if step == "take":
        # What came stays closed and untold, and goes on from there.
        under_way = move_under_way(OWN)
        assert under_way is not None
        assert (under_way["digest"], closed()[OWN].cause) == ("", Cause.MOVING)
        return
    assert (holdings.digests(OWN, WESTS if step == "end" else EASTS), move_under_way(OWN)) == before


# --- in pieces ---


def interrupted(file: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Begin to take a package in, and be stopped after some parts."""
    store, left = holdings.store, [parts]

    def stop(*arguments: object) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        store(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(holdings, "store", stop)
        with pytest.raises(KeyboardInterrupt):
            take(file)


def test_an_import_that_was_interrupted_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = holdings.digests(OWN, EASTS)
    close()
    give(tmp_path / "package")
    be_the_other_gateway()
    interrupted(tmp_path / "package", monkeypatch, 3)
    # Closed, told to nobody, and not to be switched to.
    assert closed()[OWN] == Closed(Cause.MOVING, EAST)
    under_way = move_under_way(OWN)
    assert under_way is not None
    assert (under_way["digest"], records("institution_taken")) == ("", [])
    stored: list[str] = []
    store = holdings.store

    def watch(institution: str, table: str, lines: list[list[object]], cipher: PayloadCipher) -> None:
        stored.append(table)
        store(institution, table, lines, cipher)

    monkeypatch.setattr(holdings, "store", watch)
    take(tmp_path / "package")
    assert stored == ["gateway_inquiry", "gateway_provision", "gateway_correction", "gateway_record_correction"]
    assert holdings.digests(OWN, WESTS) == before


def test_another_package_of_the_same_move_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = holdings.digests(OWN, EASTS)
    close()
    give(tmp_path / "one")
    give(tmp_path / "two")
    be_the_other_gateway()
    interrupted(tmp_path / "one", monkeypatch, 3)
    take(tmp_path / "two")
    assert holdings.digests(OWN, WESTS) == before


def test_what_came_in_part_is_let_go_of_here_when_the_move_is_called_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close()
    give(tmp_path / "package")
    be_the_other_gateway()
    interrupted(tmp_path / "package", monkeypatch, 3)
    assert moving.reopen_institution(institution=OWN, why="延期", by=BY, at=AT)
    assert rows("SELECT FROM gateway_institution WHERE institution = %s", [OWN]) == []
    assert not any(one.rows for one in holdings.digests(OWN, WESTS).values())
    assert [(one["from"], one["why"]) for one in records("move_called_off")] == [(EAST, "延期")]


def test_who_was_served_here_before_is_taken_in_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close()
    give(tmp_path / "package")
    be_the_other_gateway()
    run(
        "INSERT INTO gateway_institution (institution, town, joined_at) VALUES (%s, 'town-1', %s)",
        [OWN, AT],
    )
    run(
        "INSERT INTO gateway_move (institution, move, direction, other, state, rows, digest, began_at, ended_at)"
        " VALUES (%s, %s, 'out', %s, 'switched', 0, '', %s, %s)",
        [OWN, LATER_MOVE, EAST, AT - timedelta(days=9), AT - timedelta(days=9)],
    )
    run(
        "INSERT INTO gateway_person (institution, unified_person_number, hold, non_disclosure)"
        " VALUES (%s, 'kept', true, false)",
        [OWN],
    )
    interrupted(tmp_path / "package", monkeypatch, 3)
    # What was here of it before is as it was: nothing of the package stayed.
    people = rows("SELECT unified_person_number AS number FROM gateway_person WHERE institution = %s", [OWN])
    assert people == [{"number": "kept"}]
    assert move_under_way(OWN) is None


def test_a_move_that_was_called_off_does_not_come_after_all(tmp_path: Path) -> None:
    close()
    give(tmp_path / "package")
    be_the_other_gateway()
    take(tmp_path / "package")
    moving.end_move(institution=OWN, move=MOVE, state=MoveState.CALLED_OFF, by=BY, at=AT)
    with pytest.raises(moving.MoveRefusedError, match="this move is over"):
        take(tmp_path / "package")
    assert rows("SELECT FROM gateway_institution WHERE institution = %s", [OWN]) == []
