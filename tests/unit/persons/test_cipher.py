"""Individual numbers at rest."""

import pytest

from tasuki.persons.cipher import NumberCipher
from tasuki.persons.errors import CustodyDamaged
from tasuki.persons.types import OpenedAcquisition, PersonToNumber

NUMBER = "999951519640"
HOLDER, OTHER = "000000000000001", "000000000000002"


def cipher(node: str = "a") -> NumberCipher:
    return NumberCipher(lambda purpose: f"{node}/{purpose}".encode().ljust(32, b".")[-32:])


def test_a_sealed_number_opens_for_its_person_only() -> None:
    sealed = cipher().seal(HOLDER, NUMBER)
    assert cipher().open(HOLDER, sealed) == NUMBER
    assert NUMBER.encode() not in sealed
    assert cipher().seal(HOLDER, NUMBER) != sealed
    for unified, stored, node in ((OTHER, sealed, "a"), (HOLDER, sealed[:-1] + b"\0", "a"), (HOLDER, sealed, "b")):
        with pytest.raises(CustodyDamaged):
            cipher(node).open(unified, stored)


def test_a_number_is_found_by_whoever_has_the_key() -> None:
    assert cipher().hash(NUMBER) == cipher().hash(NUMBER)
    assert cipher().hash(NUMBER) != cipher("b").hash(NUMBER)
    assert len(cipher().hash(NUMBER)) == 32


def test_no_representation_shows_a_number() -> None:
    assert NUMBER not in repr(PersonToNumber("0001", NUMBER))
    assert NUMBER not in repr(OpenedAcquisition("0" * 32, HOLDER, NUMBER))
