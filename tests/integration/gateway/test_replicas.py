"""Lists of replicas: whatever order they come in, and however often, the last thing the town told stands."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from tasuki.gateway.operations import replicas
from tasuki.gateway.operations.institutions import register_institution
from tasuki.gateway.operations.replicas import forget_removed, register_replicas
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.gateway.queries import counts, registered_people
from tasuki.nodes.paths import Home
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import RegisteredAsked
from tasuki.protocol.replica_messages import ReplicaSheet
from tasuki.shared.actor import institution_actor
from tests.database import run_folder, server
from tests.sheets import received_sheet

AT = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
INSTITUTION, PERSON, DATA_SET, KEY = "0213191100000000", "000000000000007", "TM00000000000090", "2025-01"
CIPHER = PayloadCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
BY = institution_actor("town-a")


def replica(ordinal: int, payload: str, key: str = KEY) -> ReplicaSheet:
    return received_sheet(
        institution=INSTITUTION, unified_person_number=PERSON, data_set=DATA_SET, record_key=key, ordinal=ordinal,
        published_from=AT.date(), payload=payload,
    )  # fmt: skip


def register(*items: ReplicaSheet) -> None:
    register_replicas(items=items, cipher=CIPHER, by=BY, at=AT)
    # A commit empties the staging table; the test has one only at its end.
    run("DROP TABLE IF EXISTS pg_temp.replica_staging")


def recorded() -> list[dict[str, Any]]:
    """Return what is on record of each list."""
    found = rows("SELECT body FROM evidence_entry WHERE kind = 'replica_registered' ORDER BY entry_id")
    return [orjson.loads(bytes(row["body"])) for row in found]


def known_by(code: str) -> None:
    """Let the person be one who may be asked about by a code."""
    register_institution(institution=INSTITUTION, town="town-a", by=BY, at=AT)
    run(
        "INSERT INTO gateway_person (institution, unified_person_number, linkage_code, hold, non_disclosure)"
        " VALUES (%s, %s, %s, false, false)",
        [INSTITUTION, PERSON, code],
    )


def registered() -> dict[str, str]:
    found = rows(
        "SELECT record_key, payload FROM gateway_replica WHERE unified_person_number = %s AND removed_at IS NULL",
        [PERSON],
    )
    return {
        row["record_key"]: CIPHER.decrypt(
            INSTITUTION, place_of(INSTITUTION, PERSON, DATA_SET, row["record_key"], "1"), bytes(row["payload"])
        ).decode()
        for row in found
    }


@pytest.mark.django_db
def test_a_record_withdrawn_and_entered_again_in_one_list_is_registered() -> None:
    register(replica(1, "<first/>"))
    register(replica(2, ""), replica(3, "<again/>"))
    assert registered() == {KEY: "<again/>"}


@pytest.mark.django_db
def test_what_was_taken_back_does_not_come_back_with_an_older_list() -> None:
    register(replica(3, "<newer/>"))
    register(replica(2, "<older/>"))
    assert registered() == {KEY: "<newer/>"}
    register(replica(5, ""))
    register(replica(4, "<late/>"))
    assert registered() == {}
    assert counts()["replicas"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize("known", [0, 1])
def test_of_a_list_some_of_which_is_registered_already_each_is_as_told_last_and_the_list_is_recorded_once(
    known: int,
) -> None:
    register(replica(5, "<newer/>"))
    arriving = [replica(6, "<new/>", "2024-01"), replica(6, "<new/>", "2023-01")]
    arriving.insert(known, replica(4, "<older/>"))
    register(*arriving)
    assert registered() == {KEY: "<newer/>", "2024-01": "<new/>", "2023-01": "<new/>"}
    assert [one["count"] for one in recorded()] == [1, 3]


@pytest.mark.django_db
def test_the_servers_log_says_that_a_row_stood_in_the_way_and_not_whose() -> None:
    register(replica(1, "<a/>"))
    register(replica(2, "<new/>", "2024-01"), replica(1, "<a/>"))
    log = (Home(run_folder()).postgres / "postgres.log").read_text()
    assert 'unique constraint "gateway_replica_pkey"' in log
    assert PERSON not in log


@pytest.mark.django_db
def test_what_is_new_goes_straight_in_and_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "_stored_over", lambda *_: pytest.fail("nothing was there to be replaced"))
    register(replica(2, "<b/>"), replica(1, "<a/>"), replica(3, "<c/>", "2024-01"))
    assert registered() == {KEY: "<b/>", "2024-01": "<c/>"}
    [record] = recorded()
    assert (record["institution"], record["count"]) == (INSTITUTION, 3)


@pytest.mark.django_db
def test_what_is_new_goes_straight_in_beside_what_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    register(replica(1, "<gone/>", "2023-01"))
    written: dict[str, int] = {}
    copied = replicas.copy_rows

    def copy(table: str, columns: Sequence[str], of: Iterable[bytes]) -> None:
        given = list(of)
        written[table] = len(given)
        copied(table, columns, given)

    monkeypatch.setattr(replicas, "copy_rows", copy)
    register(replica(2, "", "2023-01"), replica(2, "<a/>"), replica(3, "<c/>", "2024-01"))
    assert registered() == {KEY: "<a/>", "2024-01": "<c/>"}
    assert written == {"gateway_replica": 2, "replica_staging": 1}
    assert [one["count"] for one in recorded()] == [1, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["<d/>", ""], ids=["straight", "staged"])
def test_the_digest_on_record_is_that_of_what_was_told_in_its_order(other: str) -> None:
    register(replica(3, "<b>髙</b>"), replica(2, other, "2024-01"), replica(4, "<c/>"))
    said = "".join(
        f"{INSTITUTION}/{PERSON}/{DATA_SET}/{key}/1/{ordinal}\n{payload}"
        for key, ordinal, payload in ((KEY, 3, "<b>髙</b>"), ("2024-01", 2, other), (KEY, 4, "<c/>"))
    )
    assert [one["sha256"] for one in recorded()] == [hashlib.sha256(said.encode()).hexdigest()]


@pytest.mark.django_db
def test_where_the_servers_log_would_say_whose_row_stands_in_the_way_none_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replicas, "_stored_as_new", lambda *_: pytest.fail("the log would say whose it is"))
    [role] = rows("SELECT current_user AS name")
    setting = f'SET ON PARAMETER log_error_verbosity {{}} "{role["name"]}"'
    with psycopg.connect(server().url(), autocommit=True) as admin:
        admin.execute("GRANT " + setting.format("TO"))
        run("SET LOCAL log_error_verbosity = 'default'")
        admin.execute("REVOKE " + setting.format("FROM"))
    register(replica(1, "<a/>"))
    assert registered() == {KEY: "<a/>"}


@pytest.mark.django_db
def test_traces_of_removed_replicas_go_once_nothing_older_can_arrive() -> None:
    register(replica(1, "<stays/>", "2024-01"), replica(2, ""))
    later = AT + dt.timedelta(minutes=1)
    assert forget_removed(before=AT, by=BY, at=later) == 0
    assert forget_removed(before=later, by=BY, at=later) == 1
    assert registered() == {"2024-01": "<stays/>"}


@pytest.mark.django_db
def test_what_is_registered_is_told_by_digest_and_damage_shows() -> None:
    register(replica(1, "<a/>"), replica(2, "<b/>", "2024-01"))
    run("UPDATE gateway_replica SET payload = payload || '\\x00' WHERE record_key = %s", [KEY])
    asked = RegisteredAsked(institution=INSTITUTION, after="", upto="9" * 15, most=10)

    [person] = registered_people(asked, CIPHER)

    assert (person.unified_person_number, person.hold, person.bound) == (PERSON, True, False)
    assert {one.record_key: len(one.sha256) for one in person.replicas} == {KEY: 0, "2024-01": 64}


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let each example open a transaction of its own, which is rolled back."""
    django_db_blocker.unblock()


TOLD = st.lists(
    st.tuples(st.sampled_from(["2024-01", "2025-01"]), st.sampled_from(["", "<a/>", "<b/>"])), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=TOLD, data=st.data())
def test_any_order_and_any_repetition_of_lists_ends_the_same(
    database: None, told: Sequence[tuple[str, str]], data: st.DataObject
) -> None:
    items = [replica(place, payload, key) for place, (key, payload) in enumerate(told, start=1)]
    last = dict(told)
    expected = {key: payload for key, payload in last.items() if payload}
    # Every item comes at least once, in any order, cut into lists anywhere.
    arriving = data.draw(st.permutations(items + data.draw(st.lists(st.sampled_from(items), max_size=4))))
    with transaction.atomic():
        while arriving:
            part = data.draw(st.integers(1, len(arriving)))
            register(*arriving[:part])
            arriving = arriving[part:]
        assert registered() == expected
        transaction.set_rollback(True)
