"""Actors."""

import pytest

from tasuki.shared.actor import Actor, ActorKind, institution_actor, staff_actor, system_actor


def test_constructors_name_the_kind() -> None:
    assert staff_actor("7").kind is ActorKind.STAFF
    assert system_actor("outbox").kind is ActorKind.SYSTEM
    assert institution_actor("0213104100000000").kind is ActorKind.INSTITUTION


def test_an_actor_without_identifier_is_refused() -> None:
    with pytest.raises(ValueError):
        Actor(ActorKind.STAFF, "")


def test_the_name_takes_no_part_in_identity_nor_in_logs() -> None:
    before, after = staff_actor("7", "架空 花子"), staff_actor("7", "模擬 花子")
    assert before == after
    assert hash(before) == hash(after)
    assert str(before) == "STAFF:7"


def test_kinds_are_kept_apart() -> None:
    assert staff_actor("7") != system_actor("7")
    assert staff_actor("7") != "STAFF:7"
