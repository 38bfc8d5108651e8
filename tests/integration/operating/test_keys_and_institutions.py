"""Peers' keys exchanged and ended, institutions suspended and resumed: what holds when, each act recorded."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from tasuki.api.gateway import rights
from tasuki.gateway.closing import Cause, Closed, closed
from tasuki.gateway.operations import institutions
from tasuki.operating import operations, queries
from tasuki.protocol.errors import Refusal
from tasuki.protocol.messages import HeldAsked
from tasuki.shared.actor import system_actor

pytestmark = pytest.mark.django_db
AT = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
BY = system_actor("test")
FIRST, SECOND, THIRD = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
OWN, OTHER = "1000000000000001", "1000000000000002"
SERVED = "gateway_institution"


def records(*kinds: str) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = ANY(%s) ORDER BY entry_id", [list(kinds)])
        return [json.loads(bytes(body)) for (body,) in cursor.fetchall()]


def add(key: str, *, hours: int = 0, overlap: int = 24) -> None:
    at = AT + timedelta(hours=hours)
    operations.add_peer_key(
        peer="town-a", public_key=key, configured=FIRST, former_until=at + timedelta(hours=overlap), by=BY, at=at
    )


def good(hours: float) -> set[str]:
    at = AT + timedelta(hours=hours)
    return {one.public_key for one in queries.peer_keys("town-a") if one.is_good(at)}


def test_both_keys_are_good_for_a_while_and_then_the_new_one_alone() -> None:
    add(SECOND)
    assert good(-1) == {FIRST}
    assert good(0) == {FIRST, SECOND}
    assert good(23.9) == {FIRST, SECOND}
    assert good(24) == {SECOND}
    [record] = records("peer_key_added")
    assert record["peer"] == "town-a"
    assert SECOND not in str(record)


def test_a_second_exchange_within_the_first_lengthens_nothing() -> None:
    add(SECOND)
    add(THIRD, hours=12, overlap=48)
    assert good(13) == {FIRST, SECOND, THIRD}
    assert good(25) == {SECOND, THIRD}
    assert good(60) == {THIRD}


def test_an_ended_key_is_good_no_longer_whether_it_was_told_or_configured() -> None:
    operations.end_peer_key(peer="town-a", public_key=FIRST, by=BY, at=AT)
    assert good(0) == set()
    add(SECOND, hours=1)
    assert good(1) == {SECOND}
    operations.end_peer_key(peer="town-a", public_key=SECOND, by=BY, at=AT + timedelta(hours=2))
    assert good(2) == set()
    assert len(records("peer_key_ended")) == 2


def test_the_configured_key_can_come_back() -> None:
    add(SECOND)
    add(FIRST, hours=2, overlap=0)
    assert good(3) == {FIRST}


def test_a_suspended_institution_is_refused_with_its_reason_and_others_are_not() -> None:
    for code in (OWN, OTHER):
        institutions.register_institution(institution=code, town="town-a", by=BY, at=AT)
    assert operations.suspend_institution(table=SERVED, institution=OWN, why="a lost key", by=BY, at=AT)
    assert not operations.suspend_institution(table=SERVED, institution=OWN, why="again", by=BY, at=AT)
    assert closed() == {OWN: Closed(Cause.SUSPENDED, "a lost key")}
    rights._institutions.cache_clear()
    refused = rights.not_allowed("town-a", [HeldAsked(institution=OWN)], closed())
    assert refused is not None
    assert (refused.refusal, refused.detail) == (Refusal.SUSPENDED, "a lost key")
    assert refused.retry_after > 0
    assert rights.not_allowed("town-a", [HeldAsked(institution=OTHER)], closed()) is None
    # Whose it is not learns nothing of that.
    stranger = rights.not_allowed("town-b", [HeldAsked(institution=OWN)], closed())
    assert stranger is not None
    assert stranger.refusal is Refusal.NOT_ALLOWED
    assert operations.resume_institution(table=SERVED, institution=OWN, by=BY, at=AT)
    assert not operations.resume_institution(table=SERVED, institution=OWN, by=BY, at=AT)
    assert rights.not_allowed("town-a", [HeldAsked(institution=OWN)], closed()) is None
    kinds = [record.get("why") for record in records("institution_suspended", "institution_resumed")]
    assert kinds == ["a lost key", None]


def test_who_joined_already_is_not_recorded_again_but_a_move_is() -> None:
    for town in ("town-a", "town-a", "town-b"):
        institutions.register_institution(institution=OWN, town=town, by=BY, at=AT)
    assert [record["town"] for record in records("institution_joined")] == ["town-a", "town-b"]


@pytest.mark.parametrize(
    "act",
    [
        lambda: add(SECOND),
        lambda: operations.end_peer_key(peer="town-a", public_key=FIRST, by=BY, at=AT),
        lambda: operations.begin_maintenance(until=AT, reason="x", by=BY, at=AT),
    ],
)
def test_an_act_whose_record_cannot_be_written_is_not_done(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> None:
    def break_down(**_values: object) -> int:
        raise RuntimeError("no record")

    monkeypatch.setattr(operations, "append", break_down)
    with pytest.raises(RuntimeError, match="no record"):
        act()
    assert queries.peer_keys("town-a") == []
    assert queries.maintenance() is None


def test_a_suspension_whose_record_cannot_be_written_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_values: object) -> int:
        raise RuntimeError("no record")

    institutions.register_institution(institution=OWN, town="town-a", by=BY, at=AT)
    monkeypatch.setattr(operations, "append", break_down)
    with pytest.raises(RuntimeError, match="no record"), transaction.atomic():
        operations.suspend_institution(table=SERVED, institution=OWN, why="x", by=BY, at=AT)
    assert closed() == {}
