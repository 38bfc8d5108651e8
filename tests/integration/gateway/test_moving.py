"""An institution moves to another gateway: all of it, once, and with exactly one gateway in charge at every moment."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.gateway import holdings
from tasuki.gateway.closing import Cause, Closed, closed
from tasuki.gateway.operations import inquiries, moving, people, provisions
from tasuki.gateway.operations.endings import keep_receipts, lapse_inquiries
from tasuki.gateway.packages import PackageInvalidError, read_manifest
from tasuki.gateway.queries import move_under_way
from tasuki.network.operations import moving as network
from tasuki.network.operations.registry import register_member
from tasuki.network.queries import members
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows, run
from tasuki.operating.operations import suspend_institution
from tasuki.protocol.messages import (
    CodeIssued,
    Receipt,
    State,
)
from tasuki.protocol.moving import MovePart, MoveState
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.integration.gateway.moves import (
    ASKED,
    AT,
    BY,
    EAST,
    EASTS,
    HELD,
    LATER_MOVE,
    MOVE,
    OTHER,
    OWN,
    PERSON,
    SEALING,
    WEST,
    WESTS,
    be_the_other_gateway,
    checked,
    close,
    give,
    permit,
    records,
    take,
    tell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


def test_everything_arrives_under_the_new_key_and_both_record_the_same_digests(tmp_path: Path) -> None:
    before = holdings.digests(OWN, EASTS)
    assert {name: one.rows for name, one in before.items()} == {
        "gateway_person": 2, "gateway_acquisition": 1, "gateway_replica": 2, "gateway_inquiry": 1,
        "gateway_receipt_due": 1, "gateway_provision": 1, "gateway_correction": 0, "gateway_record_correction": 0,
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
    assert (
        rows("SELECT 1 FROM gateway_inquiry WHERE answer IS NOT NULL UNION ALL SELECT 1 FROM gateway_receipt_due") == []
    )
    assert closed()[OWN].cause is Cause.MOVING
    assert records("institution_moved")[0]["let_go"] == {
        "gateway_person": 2, "gateway_acquisition": 1, "gateway_replica": 2, "gateway_receipt_due": 1,
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
