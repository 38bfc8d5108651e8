"""The personas of a demonstration."""

import pytest

from tasuki.accounts.errors import UnknownPersonaError
from tasuki.accounts.personas import persona, personas
from tasuki.accounts.types import Role


def test_there_is_a_persona_for_every_role() -> None:
    assert {one.role for one in personas()} == set(Role)


def test_a_persona_is_found_by_its_id_and_no_other_is() -> None:
    first = personas()[0]
    assert persona(first.username) == first
    with pytest.raises(UnknownPersonaError):
        persona("persona-nobody")
