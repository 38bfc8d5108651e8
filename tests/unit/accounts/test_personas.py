"""The personas of a demonstration."""

import pytest

from tasuki.accounts.errors import UnknownPersonaError
from tasuki.accounts.personas import persona, personas, personas_at
from tasuki.accounts.types import Role
from tasuki.nodes.types import NodeKind


def test_there_is_a_persona_for_every_role() -> None:
    assert {one.role for one in personas()} == set(Role)


def test_a_persona_is_found_by_its_id_and_no_other_is() -> None:
    first = personas()[0]
    assert persona(first.username, NodeKind.TOWN) == first
    with pytest.raises(UnknownPersonaError):
        persona("persona-nobody", NodeKind.TOWN)


def test_a_town_and_a_console_have_nobody_in_common() -> None:
    assert set(personas_at(NodeKind.TOWN)) | set(personas_at(NodeKind.GATEWAY)) == set(personas())
    assert not set(personas_at(NodeKind.TOWN)) & set(personas_at(NodeKind.NETWORK))
    with pytest.raises(UnknownPersonaError):
        persona(personas_at(NodeKind.NETWORK)[0].username, NodeKind.TOWN)
