"""Business systems hear what changed about their people: each change once, in order, never what it says."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import time_machine
from django.db import Error, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations.register_changes import tell_systems
from tasuki.nodes.sql import rows, run
from tasuki.persons.operations import approve_case, erase_people, number_people, propose_merge, propose_undo
from tasuki.persons.operations.telling import KEPT, forget_told
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.people import acts_of
from tasuki.persons.telling import tell_of_people
from tasuki.persons.types import REGISTER, PersonToNumber
from tasuki.persons.types.cases import Proposed
from tasuki.persons.types.changes import ChangeKind
from tasuki.persons.types.clients import Scope
from tasuki.persons.types.items import Registration
from tasuki.runtime import now
from tasuki.screening.operations.protection import register_protected
from tasuki.screening.operations.residents import register_moves, register_residents
from tasuki.screening.types import ResidentRow
from tasuki.screening.types.protection import ListedRow
from tasuki.screening.types.residents import MoveKind, ResidentMove
from tests.integration.api.client import access, call, recorded, token
from tests.integration.api.test_people import register_says, stated
from tests.integration.persons.index import APPROVER, CLERK, HANAKO, JIRO, NUMBERS, TARO

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("care", "clock")]
ROW = ResidentRow("0001", "77", TARO.name, TARO.kana_name, date(1984, 6, 2), "1", address=TARO.address)
JIROS = replace(ROW, system_person_number="0003", name=JIRO.name, kana_name=JIRO.kana_name, household_number="78")
TODAY = date(2026, 11, 24)
CHANGES = "/api/v1/people/changes"


@pytest.fixture
def bearer() -> str:
    """Let the register know three people, of whom the care system registered two."""
    register_says(
        Registration("0001", TARO, NUMBERS[0]), Registration("0002", HANAKO, NUMBERS[1]), Registration("0003", JIRO)
    )
    register_residents(rows=[ROW, JIROS], by=CLERK, at=now(), reason="register")
    given = token(access(), now())
    people = [stated("101", TARO, NUMBERS[0]), stated("103", JIRO)]
    assert call("/api/v1/people", given, {"people": people})[1]["linked"] == 2
    tell()
    return given


def tell() -> None:
    tell_systems(by=CLERK, at=now())


def moves(*some: tuple[ResidentRow, MoveKind, date]) -> None:
    done = register_moves(moves=[ResidentMove(*one) for one in some], by=CLERK, at=now(), reason="changes")
    assert done.refused == ()


def page(bearer: str, after: str | None = None) -> dict[str, Any]:
    status, answer = call(CHANGES + (f"?after={after}" if after else ""), bearer)
    assert status == 200, answer
    return dict(answer)


def heard(bearer: str, after: str | None = None) -> list[tuple[str, str, str | None]]:
    return [(one["kind"], one["system_person_number"], one["event_date"]) for one in page(bearer, after)["changes"]]


def approve(proposed: object) -> None:
    assert isinstance(proposed, Proposed)
    approve_case(case_id=proposed.case_id, reason="確認", cipher=number_cipher(), by=APPROVER, at=now())


def test_each_change_of_the_systems_own_people_is_told_once_and_in_order(bearer: str) -> None:
    assert page(bearer) == {"changes": [], "next": None, "more": False}
    moved = replace(ROW, address="架空区模擬町二丁目2番")
    left = replace(moved, moved_out_date=date(2026, 11, 20), moved_out_to="131121")
    stranger = replace(ROW, system_person_number="0009", moved_in_date=date(2026, 11, 3))
    moves(
        (moved, MoveKind.MOVED_WITHIN, date(2026, 11, 2)),
        (stranger, MoveKind.MOVED_IN, date(2026, 11, 3)),
        (left, MoveKind.MOVED_OUT, date(2026, 11, 20)),
    )
    tell()
    first = page(bearer)
    assert heard(bearer) == [("MOVED_WITHIN", "101", "2026-11-02"), ("MOVED_OUT", "101", "2026-11-20")]
    register_residents(rows=[replace(left, name="例示　新"), JIROS], by=CLERK, at=now(), reason="register")
    tell()
    tell()
    assert page(bearer, first["changes"][0]["change_id"])["changes"][0] == first["changes"][1]
    assert heard(bearer, first["next"]) == [("NAME_CHANGED", "101", None)]
    newest = page(bearer)["next"]
    assert page(bearer, newest) == {"changes": [], "next": newest, "more": False}


def test_nothing_is_told_of_what_it_is_now_nor_of_anybody_else(bearer: str) -> None:
    moves((replace(ROW, address="秘密町9", moved_out_to="131121"), MoveKind.MOVED_WITHIN, TODAY))
    tell()
    told = json.dumps(page(bearer), ensure_ascii=False)
    unified = unified_numbers(REGISTER, ["0001", "0002", "0003"]).values()
    for secret in (*unified, *NUMBERS, "0001", "秘密町", "131121", TARO.name):
        assert secret not in told
    assert page(token(access(system="tax"), now()))["changes"] == []


def test_each_kind_of_the_register_has_its_word(bearer: str) -> None:
    dead = replace(ROW, died_date=date(2026, 11, 5))
    steps: list[tuple[ResidentRow, MoveKind]] = [
        (replace(ROW, household_number="80"), MoveKind.HOUSEHOLD_CHANGED),
        (replace(ROW, birth_date=date(1984, 6, 3)), MoveKind.CORRECTED),
        # The number itself is the index's to tell; what else the line changes is a correction.
        (replace(ROW, postal_code="1600022"), MoveKind.NUMBER_CHANGED),
        (replace(ROW, moved_out_date=TODAY), MoveKind.MOVED_OUT),
        (ROW, MoveKind.MOVED_IN),
        (dead, MoveKind.DEATH),
    ]
    for row, kind in steps:
        moves((row, kind, TODAY))
    tell()
    assert [kind for kind, _, _ in heard(bearer)] == [
        "HOUSEHOLD_CHANGED", "CORRECTED", "CORRECTED", "MOVED_OUT", "MOVED_IN", "DIED",
    ]  # fmt: skip


def test_another_individual_number_and_an_entry_in_the_register_are_told(bearer: str) -> None:
    stranger = replace(JIRO, name="仮所　四郎", kana_name="カリショ　シロウ", birth_date="1971-05-05")
    reply = call("/api/v1/people", bearer, {"people": [stated("104", stranger, NUMBERS[3])]})[1]
    person = reply["lines"][0]["case"]
    assert person["kind"] == "NOT_IN_REGISTER"
    changed = PersonToNumber("0001", NUMBERS[4], is_changed=True)
    number_people(system=REGISTER, people=[changed], cipher=number_cipher(), by=CLERK, at=now())
    assert heard(bearer) == [("NUMBER_CHANGED", "101", None)]
    outside = replace(stranger, birth_date="1972-06-06")
    call("/api/v1/people", bearer, {"people": [stated("105", outside)]})
    run(
        "INSERT INTO persons_number_custody (unified_person_number, number_hash, sealed_number, key_id) SELECT"
        " unified_person_number, %s, '', '1' FROM persons_system_person WHERE system_person_number = '105'",
        [number_cipher().now().hash(NUMBERS[2])],
        alias="index",
    )
    arrived = PersonToNumber("0005", NUMBERS[2])
    number_people(system=REGISTER, people=[arrived], cipher=number_cipher(), by=CLERK, at=now())
    assert heard(bearer)[1:] == [("REGISTERED", "105", None)]


def test_who_turns_out_to_be_one_person_is_told_to_the_system_that_has_them_twice(bearer: str) -> None:
    numbers = unified_numbers("care", ["101", "103"])
    merged = propose_merge(survivor=numbers["103"], loser=numbers["101"], reason="同じ人", by=CLERK, at=now())
    approve(merged)
    [act] = acts_of([numbers["103"]])
    approve(propose_undo(act_id=act.act_id, reason="別の人", by=CLERK, at=now()))
    told = [(one["kind"], one["system_person_number"], one["same_person"]) for one in page(bearer)["changes"]]
    assert told == [
        ("MERGED", "101", ["103"]), ("MERGED", "103", ["101"]), ("RETURNED", "101", []), ("RETURNED", "103", []),
    ]  # fmt: skip


def test_protection_is_told_to_those_who_may_know_and_hidden_from_the_others(
    bearer: str, clock: time_machine.Traveller
) -> None:
    other = access(*(set(Scope) - {Scope.READ_PROTECTION}))
    before = page(bearer)["next"]
    listed = [ListedRow("0001", TODAY, TODAY + timedelta(days=2), None)]
    register_protected(
        listed=listed, problems=(), listed_on=TODAY, file_name="list.csv", digest="0" * 64, by=CLERK, at=now()
    )
    tell()
    assert [kind for kind, _, _ in heard(bearer, before)] == ["PROTECTION_STARTED"]
    # Whoever registers somebody meanwhile hears of it as well.
    tax = token(access(system="tax"), now())
    call("/api/v1/people", tax, {"people": [stated("9", TARO, NUMBERS[0])]})
    tell()
    assert heard(tax) == [("PROTECTION_STARTED", "9", None)]
    clock.move_to(datetime(2026, 11, 26, 1, tzinfo=UTC))
    bearer = token(access(), now())
    # While the list is too old, no end that it gave can be relied upon. The database looks at a clock of its own.
    run("UPDATE screening_protection_load SET fresh_until = now()")
    tell()
    assert [one[:2] for one in heard(bearer)[1:]] == []
    run("UPDATE screening_protection_load SET fresh_until = now() + interval '1 day'")
    tell()
    assert heard(bearer)[1:] == [("PROTECTION_ENDED", "101", None)]
    assert heard(token(other, now())) == []
    assert page(token(other, now()))["next"] is None


def test_whoever_asks_after_what_is_gone_takes_everything_and_goes_on(
    bearer: str, clock: time_machine.Traveller
) -> None:
    for day in (2, 3, 4):
        moves((replace(ROW, address=f"架空区{day}"), MoveKind.MOVED_WITHIN, date(2026, 11, day)))
        tell()
    oldest, second, newest = (one["change_id"] for one in page(bearer)["changes"])
    clock.shift(KEPT + timedelta(seconds=1))
    assert forget_told(by=CLERK, at=now()) == 2
    bearer = token(access(), now())
    for address in (CHANGES, f"{CHANGES}?after={oldest}", f"{CHANGES}?after={second}", f"{CHANGES}?after={uuid4()}"):
        status, problem = call(address, bearer)
        assert (status, problem["type"], problem["next"]) == (410, "urn:tasuki:problem:changes-gone", newest)
    moves((replace(ROW, address="架空区5"), MoveKind.MOVED_WITHIN, date(2026, 11, 5)))
    tell()
    assert heard(bearer, newest) == [("MOVED_WITHIN", "101", "2026-11-05")]
    assert forget_told(by=CLERK, at=now()) == 1
    assert call(f"{CHANGES}?after=1", bearer)[0] == 400
    assert call(f"{CHANGES}?before={newest}", bearer)[0] == 400


def test_pages_are_bounded_and_leave_nothing_out(bearer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.api.town.messages.MOST_CHANGES", 2)
    for day in range(2, 7):
        moves((replace(ROW, address=f"架空区{day}"), MoveKind.MOVED_WITHIN, date(2026, 11, day)))
    tell()
    seen, after, more = [], None, True
    while more:
        found = page(bearer, after)
        assert page(bearer, after) == found
        seen += [one["event_date"] for one in found["changes"]]
        after, more = found["next"], found["more"]
    assert seen == [f"2026-11-{day:02}" for day in range(2, 7)]


def test_what_is_given_is_on_record_before_and_nothing_is_given_without(bearer: str) -> None:
    assert page(bearer)["changes"] == []
    assert recorded("register_changes_read") == []
    moves((replace(ROW, address="架空区2"), MoveKind.MOVED_WITHIN, TODAY))
    tell()
    page(bearer)
    [body] = recorded("register_changes_read")
    assert (body["system"], body["after"], body["changes"], body["gone"]) == ("care", None, 1, False)
    assert body["by"].startswith("SYSTEM:api-care-")
    run("SET TRANSACTION READ ONLY")
    assert call(CHANGES, bearer)[0] == 503


def test_what_was_told_is_never_altered_and_nobody_counts_beside_another(bearer: str, database_urls: Any) -> None:
    moves((replace(ROW, address="架空区2"), MoveKind.MOVED_WITHIN, TODAY))
    tell()
    with pytest.raises(Error, match="history is only ever added"), transaction.atomic(using="index"):
        run("UPDATE persons_register_change SET kind = 'DIED'", alias="index")
    # Ours is not committed: neither the next number of a system nor that of a change of the register can be had.
    ordinal = (
        "INSERT INTO person_index.persons_register_change (system, ordinal, change_id, system_person_number,"
        " same_person, kind, changed_at, told_at)"
        " VALUES ('care', 1, gen_random_uuid(), '101', '{}', 'DIED', now(), now())"
    )
    change = (
        "INSERT INTO screening_resident_change (system_person_number, changed_at, changed_by, reason, kind, before,"
        " after) VALUES ('0001', now(), '', '', 'DEATH', '{}', '{}')"
    )
    for role, statement in (("index", ordinal), ("runtime", change)):
        with psycopg.connect(getattr(database_urls, role)) as other:
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(statement)


def test_whose_number_goes_is_told_of_no_more(bearer: str) -> None:
    numbers = unified_numbers("care", ["101", "103"])
    approve(propose_merge(survivor=numbers["103"], loser=numbers["101"], reason="同じ人", by=CLERK, at=now()))
    tell_of_people(ChangeKind.DIED, [numbers["103"]], now())
    assert len(page(bearer)["changes"]) == 4
    erase_people(systems=["care"], numbers=["101"], by=CLERK, at=now())
    assert page(bearer)["changes"] == []


STEPS = st.lists(
    st.tuples(st.sampled_from(["0001", "0003"]), st.sampled_from(["moves", "tells", "asks", "protects", "frees"])),
    max_size=25,
)


@settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=STEPS)
def test_however_it_comes_everything_is_heard_once(bearer: str, steps: list[tuple[str, str]]) -> None:
    own = {"0001": "101", "0003": "103"}
    with transaction.atomic(), transaction.atomic(using="index"):
        told: list[tuple[str, str]] = []
        listened: list[tuple[str, str]] = []
        ids: list[str] = []
        state = {"0001": ROW, "0003": JIROS}
        after = page(bearer)["next"]

        def ask() -> None:
            nonlocal after
            found = page(bearer, after)
            listened.extend((one["kind"], one["system_person_number"]) for one in found["changes"])
            ids.extend(one["change_id"] for one in found["changes"])
            after = found["next"]

        for count, (number, step) in enumerate(steps):
            if step == "tells":
                tell()
            elif step == "asks":
                ask()
            elif step == "moves":
                state[number] = replace(state[number], address=f"架空区{count}")
                moves((state[number], MoveKind.MOVED_WITHIN, TODAY))
                told.append(("MOVED_WITHIN", own[number]))
            else:
                state[number] = replace(state[number], protected_from=TODAY if step == "protects" else None)
                register_residents(rows=[state[number]], by=CLERK, at=now(), reason="register")
        tell()
        ask()
        assert len(set(map(UUID, ids))) == len(ids)
        assert [one for one in listened if one[0] == "MOVED_WITHIN"] == told
        for number, mine in own.items():
            turns = [kind for kind, whose in listened if whose == mine and kind.startswith("PROTECTION")]
            assert turns == ["PROTECTION_STARTED", "PROTECTION_ENDED"] * (len(turns) // 2) + (
                ["PROTECTION_STARTED"] if state[number].protected_from else []
            )
        assert [row["n"] for row in rows("SELECT count(*) AS n FROM persons_told_protection", alias="index")] == [
            sum(one.protected_from is not None for one in state.values())
        ]
        transaction.set_rollback(True)
        transaction.set_rollback(True, using="index")
