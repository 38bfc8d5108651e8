"""From a request to its proof: what was approved goes everywhere, nothing else does; an interruption loses nothing."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import DatabaseError, transaction

from tasuki.erasure import queries
from tasuki.erasure.catalogue import rule_named, tables
from tasuki.erasure.due import due_by_year, due_keys
from tasuki.erasure.errors import ListChangedError, RowsLeftError
from tasuki.erasure.operations import (
    approve_erasure,
    carry_on,
    refuse_erasure,
    request_erasure,
    steps,
    withdraw_erasure,
)
from tasuki.erasure.types import Decided, NotRequested, Obstacle, Requested, State, Subject
from tasuki.nodes.sql import rows, run
from tasuki.persons.operations import begin_quarantine
from tasuki.persons.types.merging import QuarantineCause
from tasuki.protocol.errors import ExchangeFailed
from tasuki.shared.actor import staff_actor
from tests.integration.linkage.beside import GatewayBeside
from tests.integration.linkage.test_link import Town
from tests.integration.persons.index import NUMBERS

pytestmark = pytest.mark.django_db(databases=["default", "index"])
ASKS, FIRST, SECOND = staff_actor("1", "申請"), staff_actor("2", "承認"), staff_actor("3", "承認")
SECRET = b"s" * 32
GONE = {"moved_out_date": date(2019, 1, 10), "moved_out_to": "132918"}


@pytest.fixture
def town(db: None, gateway: GatewayBeside) -> Town:
    """Return a town in which one person left long ago, with a result, and another lives."""
    made = Town(gateway)
    made.moves_in("0001", NUMBERS[0])
    made.moves_in("0002")
    made.screens("0001", 2018)
    made.screens("0002", 2018)
    made.screens("0002", 2025)
    made.registers("0001", **GONE)
    made.sends()
    return made


def asked(town: Town, *keys: str, subject: Subject = Subject.PERSON, rule: str = "") -> UUID:
    done = request_erasure(
        subject=subject, rule=rule, keys=keys, reason="保存期間の満了", secret=SECRET, by=ASKS, at=town.now()
    )
    assert isinstance(done, Requested), done
    return done.erasure_id


def refused(town: Town, *keys: str) -> dict[Obstacle, int]:
    done = request_erasure(
        subject=Subject.PERSON, rule="", keys=keys, reason="x", secret=SECRET, by=ASKS, at=town.now()
    )
    assert isinstance(done, NotRequested), done
    return dict(done.obstacles)


def approved(town: Town, *keys: str, subject: Subject = Subject.PERSON, rule: str = "") -> UUID:
    erasure_id = asked(town, *keys, subject=subject, rule=rule)
    for by in (FIRST, SECOND):
        assert approve_erasure(erasure_id=erasure_id, by=by, at=town.now()) is Decided.DECIDED
    return erasure_id


def goes_on(town: Town, erasure_id: UUID) -> State | None:
    return carry_on(erasure_id=erasure_id, secret=SECRET, backups_kept=timedelta(days=35), by=FIRST, at=town.now())


def goes_to_the_end(town: Town, erasure_id: UUID) -> None:
    for _ in range(9):
        while goes_on(town, erasure_id):
            pass
        town.sends()
    found = queries.erasure(erasure_id)
    assert found is not None
    assert found.state is State.PROVEN, found


def mentions(number: str) -> dict[str, int]:
    """Return every table of the town, in both schemas, in which a number stands anywhere at all."""
    found = {}
    for alias in ("default", "index"):
        schema = "person_index" if alias == "index" else "public"
        names = rows(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = %s", [schema], alias=alias
        )
        for row in names:
            with transaction.atomic(using=alias):
                [count] = rows(
                    f"SELECT count(*) AS n FROM {schema}.{row['name']} t WHERE t::text ~ %s",  # noqa: S608 — names of ours
                    [rf"\m{number}\M"],
                    alias=alias,
                )
            if count["n"]:
                found[row["name"]] = count["n"]
    return found


def test_a_person_goes_everywhere_and_nobody_else_does(town: Town) -> None:
    unified, before = town.unified("0001"), mentions("0002")
    assert town.gateway.contents(unified)
    erasure_id = approved(town, "0001")
    goes_to_the_end(town, erasure_id)

    # Wherever the number stood: looked for in every table there is, not only in those of the list.
    assert mentions("0001") == {}
    assert set(mentions(unified)) <= {"evidence_entry"}
    assert town.gateway.contents(unified) == {}
    assert town.gateway.rows("SELECT linkage_code FROM gateway_person WHERE unified_person_number = %s", [unified]) in (
        [],
        [(None,)],
    )
    assert mentions("0002") == before

    found = queries.erasure(erasure_id)
    assert found is not None
    assert found.proof is not None
    assert found.proof.erased["screening_result"] == 1
    assert found.proof.erased["persons_number_custody"] == 1
    assert found.backups_until == date(2026, 12, 28)
    assert len(found.digest) == 64
    # Whoever has the number can ask whether it went; the table itself tells nobody.
    for number, count in (("0001", 1), ("0002", 0)):
        assert queries.erasures(erased=queries.keyed(SECRET, "PERSON", number), limit=9)[0] == count


def test_whoever_another_system_knows_stays_in_the_index(town: Town) -> None:
    unified = town.unified("0001")
    statement = "INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)"
    run(f"{statement} VALUES ('tax', '77', %s, now())", [unified], alias="index")
    erasure_id = approved(town, "0001")
    goes_to_the_end(town, erasure_id)
    assert mentions("0001") == {}
    assert set(mentions(unified)) == {
        "persons_system_person",
        "persons_person",
        "persons_root",
        "persons_number_custody",
    }
    assert town.gateway.contents(unified) == {}


def test_the_evidence_of_an_erasure_names_nobody(town: Town) -> None:
    unified = town.unified("0001")
    goes_to_the_end(town, approved(town, "0001"))
    found = rows("SELECT kind, convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind LIKE 'eras%%'"
                 " OR kind IN"
                 " ('records_erased', 'people_forgotten') ORDER BY entry_id")  # fmt: skip
    assert [row["kind"] for row in found] == [
        "erasure_requested", "erasure_approved", "erasure_approved", "erasure_begun", "records_erased",
        "people_forgotten", "erasure_proven",
    ]  # fmt: skip
    for row in found:
        assert "0001" not in orjson.loads(row["body"]).values()
        assert unified not in row["body"]


def test_results_go_from_the_gateway_first_and_their_person_stays(town: Town) -> None:
    [rule] = [one for one in [rule_named("results")] if one is not None]
    on = date(2026, 11, 23)
    assert due_by_year(rule, on) == {2018: 2}
    keys = due_keys(rule, on, most=10)
    erasure_id = approved(town, *keys, subject=Subject.RESULT, rule="results")
    # Listed once, due no more.
    assert due_by_year(rule, on) == {}
    assert goes_on(town, erasure_id) is State.UNDER_WAY
    # Taken back, and still here until the gateway has heard.
    assert goes_on(town, erasure_id) is None
    assert town.keys("0002") == ["2018-01", "2025-01"]
    town.sends()
    assert town.keys("0002") == ["2025-01"]
    goes_to_the_end(town, erasure_id)
    assert rows("SELECT DISTINCT fiscal_year FROM screening_result") == [{"fiscal_year": 2025}]
    assert rows("SELECT FROM screening_result_history") == []
    assert rows("SELECT count(*) AS n FROM screening_resident") == [{"n": 2}]
    assert town.compares().found == {}


def test_three_people_and_no_fewer(town: Town) -> None:
    erasure_id = asked(town, "0001")
    assert goes_on(town, erasure_id) is None
    assert approve_erasure(erasure_id=erasure_id, by=ASKS, at=town.now()) is Decided.SAME_PERSON
    assert approve_erasure(erasure_id=erasure_id, by=FIRST, at=town.now()) is Decided.DECIDED
    assert approve_erasure(erasure_id=erasure_id, by=FIRST, at=town.now()) is Decided.SAME_PERSON
    assert goes_on(town, erasure_id) is None
    assert withdraw_erasure(erasure_id=erasure_id, by=FIRST, at=town.now()) is Decided.NOT_WAITING
    for statement in (
        "UPDATE erasure_request SET second_at = now(), second_by = first_by",
        "UPDATE erasure_request SET second_at = now(), second_by = requested_by",
        "UPDATE erasure_request SET told_at = now()",
    ):
        with pytest.raises(DatabaseError, match=r"three_people|begun_once_approved"), transaction.atomic():
            run(statement)
    assert refuse_erasure(erasure_id=erasure_id, reason="早い", by=SECOND, at=town.now()) is Decided.DECIDED
    assert queries.keys_of(erasure_id) == {}
    assert rows("SELECT count(*) AS n FROM screening_resident") == [{"n": 2}]


def test_a_list_does_not_change_once_somebody_approved_it(town: Town) -> None:
    erasure_id = asked(town, "0001")
    add = "INSERT INTO erasure_item (erasure_id, kind, key) VALUES (%s, 'PERSON', '0002')"
    approve_erasure(erasure_id=erasure_id, by=FIRST, at=town.now())
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        run(add, [erasure_id])
    # One that was changed before is found by its digest, whoever changed it.
    other = asked(town, "0001")
    run(add, [other])
    for by in (FIRST, SECOND):
        approve_erasure(erasure_id=other, by=by, at=town.now())
    with pytest.raises(ListChangedError):
        goes_on(town, other)


@pytest.mark.parametrize("table", ["screening_resident_change", "screening_result_history", "letters_letter",
                                   "invitations_target", "followup_act"])  # fmt: skip
def test_history_goes_in_no_other_way(town: Town, table: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|only ever added"), transaction.atomic():
        run(f"DELETE FROM {table}")  # noqa: S608 — names of the test
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        rows("SELECT * FROM erasure_take(%s)", [uuid4()])


def test_a_record_alone_takes_nothing_that_was_not_approved(town: Town) -> None:
    erasure_id = asked(town, "0001")
    write = "INSERT INTO evidence_entry (kind, body, recorded_at) VALUES ('records_erased', '{}', now())"
    with transaction.atomic():
        run(write)
        with pytest.raises(DatabaseError, match="no approved erasure"), transaction.atomic():
            rows("SELECT * FROM erasure_take(%s)", [erasure_id])
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using="index"):
        run("DELETE FROM persons_former_statement", alias="index")
    with pytest.raises(DatabaseError, match="written down first"), transaction.atomic(using="index"):
        rows("SELECT persons_erase('{screening}', '{0001}')", alias="index")


def test_what_stands_in_the_way_is_said(town: Town) -> None:
    assert refused(town, "0002") == {Obstacle.LIVES_HERE: 1}
    assert refused(town, "9999", "0001") == {Obstacle.UNKNOWN: 1}
    town.registers("0001", protected_from=date(2026, 4, 1), **GONE)
    assert refused(town, "0001") == {Obstacle.PROTECTED: 1}
    town.registers("0001", **GONE)
    quarantine = {"quarantine_id": uuid4(), "person": town.unified("0001"), "cause": QuarantineCause.OTHER}
    begin_quarantine(**quarantine, reason="x", by=FIRST, at=town.now())
    assert refused(town, "0001") == {Obstacle.QUARANTINED: 1}


def test_an_erasure_waits_for_what_comes_in_between(town: Town) -> None:
    erasure_id = approved(town, "0001")
    town.registers("0001", protected_from=date(2026, 4, 1), **GONE)
    assert goes_on(town, erasure_id) is None
    found = queries.erasure(erasure_id)
    assert found is not None
    assert (found.state, found.stopped_by) == (State.APPROVED, "PROTECTED")
    town.registers("0001", **GONE)
    goes_to_the_end(town, erasure_id)


STEPS = ["_stamp", "counted", "delete_unguarded", "digested"]


@pytest.mark.parametrize("fails", [*STEPS, "index.have_gateway", "index.erase_people", "append"])
def test_an_interruption_anywhere_loses_nothing(town: Town, fails: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unified = town.unified("0001")
    erasure_id = approved(town, "0001")
    target = f"tasuki.erasure.operations.steps.{fails}"
    holder = steps.index if fails.startswith("index.") else steps
    name = fails.removeprefix("index.")
    real, seen = getattr(holder, name), []

    def now_and_then(*args: object, **values: object) -> object:
        seen.append(fails)
        if len(seen) in (1, 3, 4, 8):
            raise InterruptedError(target)
        return real(*args, **values)

    monkeypatch.setattr(holder, name, now_and_then)
    for _ in range(40):
        try:
            goes_on(town, erasure_id)
        except InterruptedError:
            continue
        town.sends()
    assert seen
    found = queries.erasure(erasure_id)
    assert found is not None
    assert found.state is State.PROVEN
    assert mentions("0001") == {}
    assert town.gateway.contents(unified) == {}


def test_a_gateway_that_is_away_is_waited_for(town: Town) -> None:
    erasure_id = approved(town, "0001")
    assert goes_on(town, erasure_id) is State.UNDER_WAY
    town.gateway.is_away = True
    with pytest.raises(ExchangeFailed):
        town.sends()
    assert goes_on(town, erasure_id) is None
    assert rows("SELECT FROM screening_result WHERE system_person_number = '0001'") != []
    town.gateway.is_away = False
    goes_to_the_end(town, erasure_id)


def test_what_comes_in_before_the_proof_goes_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    erasure_id = approved(town, "0001")
    while (found := queries.erasure(erasure_id)) is not None and found.indexed_at is None:
        goes_on(town, erasure_id)
        town.sends()
    town.registers("0001", **GONE)
    with pytest.raises(RowsLeftError, match="screening_resident: 1"):
        goes_on(town, erasure_id)
    goes_to_the_end(town, erasure_id)
    assert mentions("0001") == {}


def test_the_database_guards_just_the_tables_that_the_list_calls_guarded(town: Town) -> None:
    found = rows(
        "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname LIKE '%%_goes_by_erasure'"
    )
    assert {row["name"] for row in found} == {one.name for one in tables() if one.is_guarded}
