"""A package is taken in part by part: interrupted, called off, begun anew, or at once where it replaces records."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tasuki.gateway import holdings
from tasuki.gateway.closing import Cause, Closed, closed
from tasuki.gateway.operations import moving
from tasuki.gateway.payloads import PayloadCipher
from tasuki.gateway.queries import move_under_way
from tasuki.nodes.sql import rows, run
from tasuki.protocol.moving import MoveState
from tests.integration.gateway.moves import (
    AT,
    BY,
    EAST,
    EASTS,
    LATER_MOVE,
    MOVE,
    OWN,
    WESTS,
    be_the_other_gateway,
    close,
    give,
    records,
    take,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


def interrupted(file: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Begin to take a package in, and be stopped after some parts."""
    store, left = holdings.store, [parts]

    def stop(*arguments: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        store(*arguments)

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
    assert stored == [
        "gateway_inquiry", "gateway_receipt_due", "gateway_provision", "gateway_correction",
        "gateway_record_correction",
    ]  # fmt: skip
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
