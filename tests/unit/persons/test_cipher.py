"""Individual numbers at rest."""

from pathlib import Path

import pytest

from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.errors import CustodyDamaged
from tasuki.persons.types import OpenedAcquisition, PersonToNumber

NUMBER = "999951519640"
HOLDER, OTHER = "000000000000001", "000000000000002"


def cipher(node: str = "a") -> NumberCipher:
    return NumberCipher(lambda purpose: f"{node}/{purpose}".encode().ljust(32, b".")[-32:])


def test_a_sealed_number_opens_for_its_person_only() -> None:
    sealed = cipher().seal(HOLDER, NUMBER)
    assert cipher().open(HOLDER, sealed, "1") == NUMBER
    assert NUMBER.encode() not in sealed
    assert cipher().seal(HOLDER, NUMBER) != sealed
    for unified, stored, node in (
        (OTHER, sealed, "a"),
        (HOLDER, sealed[:-1] + bytes([sealed[-1] ^ 1]), "a"),
        (HOLDER, sealed, "b"),
    ):
        with pytest.raises(CustodyDamaged):
            cipher(node).open(unified, stored, "1")


def test_a_number_is_found_by_whoever_has_the_key() -> None:
    assert cipher().hash(NUMBER) == cipher().hash(NUMBER)
    assert cipher().hash(NUMBER) != cipher("b").hash(NUMBER)
    assert len(cipher().hash(NUMBER)) == 32


def test_a_number_is_looked_for_under_every_key_alive_and_stored_under_the_first() -> None:
    alive = ["1"]
    ring = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:], lambda: alive)
    before = ring.now()
    sealed = before.seal(HOLDER, NUMBER)
    alive[:] = ["2", "1"]
    now = before.now()
    assert before.hashes(NUMBER) == [before.hash(NUMBER)]
    assert now.hashes(NUMBER) == [now.hash(NUMBER), before.hash(NUMBER)]
    assert (now.key_id, now.open(HOLDER, sealed, "1")) == ("2", NUMBER)
    with pytest.raises(CustodyDamaged):
        now.open(HOLDER, sealed, "2")


def test_a_key_of_its_own_secret_is_made_once_and_a_lost_one_is_damage(tmp_path: Path) -> None:
    keys = NodeKeys(tmp_path)
    write_secret(tmp_path / "master.key", bytes(32))
    keys.make_number_key("2")
    secret = keys.number_key("2").read_bytes()
    keys.make_number_key("2")
    assert keys.number_key("2").read_bytes() == secret
    assert keys.number_key("2").stat().st_mode & 0o077 == 0
    assert keys.derive_for_numbers("seal/1") == keys.derive("seal/1")
    assert keys.derive_for_numbers("seal/2") != keys.derive("seal/2")
    ring = NumberCipher(keys.derive_for_numbers, lambda: ["2", "1"])
    sealed = ring.seal(HOLDER, NUMBER)
    assert ring.open(HOLDER, sealed, "2") == NUMBER
    keys.number_key("2").unlink()
    with pytest.raises(CustodyDamaged):
        NumberCipher(keys.derive_for_numbers, lambda: ["2", "1"]).open(HOLDER, sealed, "2")


def test_no_representation_shows_a_number() -> None:
    assert NUMBER not in repr(PersonToNumber("0001", NUMBER))
    assert NUMBER not in repr(OpenedAcquisition("0" * 32, HOLDER, NUMBER))
