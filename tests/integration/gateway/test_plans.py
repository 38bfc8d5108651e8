"""What a message costs does not depend on how many exchanges there have been, not even before PostgreSQL has looked."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib import import_module
from types import SimpleNamespace
from typing import TypeVar

import psycopg
import pytest
from django.db import connection

from tasuki.config.databases import HOT_PATH
from tasuki.gateway import queries
from tasuki.gateway.operations import provisions
from tasuki.gateway.operations.endings import keep_receipts, lapse_inquiries, lapse_provisions, purge_unread
from tasuki.gateway.operations.replicas import register_replicas
from tasuki.nodes.first_statistics import GIVEN_SINCE
from tasuki.nodes.sql import prepared, rows, run
from tasuki.nodes.types import Databases
from tasuki.protocol.messages import InquiryAsked, Permit, Receipt, State
from tasuki.runtime import payload_cipher
from tasuki.shared.actor import system_actor
from tests.sheets import received_sheet

pytestmark = pytest.mark.django_db

T = TypeVar("T")
BY = system_actor("gateway-east")
AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=400)
OWN, OTHER = "9990010000000001", "9990020000000002"
DATA_SET = "TM00000000000090"
ENDED = 3_000
#: Generous: what three items and the few open ones take.
FEW = 60
TOLD_BY = ("0013_first_statistics", "0015_few_are_open")
_FORGET = """
SELECT pg_clear_attribute_stats('public', tablename::text, attname::text, false) FROM pg_stats
WHERE schemaname = 'public' AND tablename = ANY(%s)
"""
NUMBER = "('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid"
FILL = {
    "gateway_inquiry": f"""
INSERT INTO gateway_inquiry
 (institution, transaction_number, unified_person_number, linkage_code, provider, provider_gateway, data_sets, layouts,
  refused_data_sets, procedure, department, non_disclosure, requested_at, valid_for_seconds, state, state_at, basis,
  reason, attempts, read_at)
SELECT '{OWN}', {NUMBER}, lpad(i::text, 15, '0'), '', '{OTHER}', 'gateway-west', '{{}}', '{{}}', '{{}}', '', '', false,
  %s::timestamptz, 60, 'received', %s::timestamptz, '', '', 0, %s::timestamptz
FROM generate_series(1, {ENDED}) AS i
""",  # noqa: S608 -- the values are constants
    "gateway_provision": f"""
INSERT INTO gateway_provision
 (institution, transaction_number, inquirer, linkage_code, unified_person_number, data_sets, procedure, department,
  non_disclosure, basis, requested_at, permitted_at, valid_until, notified_at, state, provided_at, answer_sha256, given,
  outcome)
SELECT '{OWN}', {NUMBER}, '{OTHER}', '', lpad(i::text, 15, '0'), '{{}}', '', '', false, '', at, at, at, at, 'provided',
  at, '', '{{}}', ''
FROM generate_series(1, {ENDED}) AS i, (SELECT %s::timestamptz AS at, %s::timestamptz, %s::timestamptz) AS times
""",  # noqa: S608 -- the values are constants
    "gateway_replica": f"""
INSERT INTO gateway_replica
 (institution, unified_person_number, data_set, record_key, revision, ordinal, layout_version, taken, published_from,
  payload, registered_at)
SELECT '{OWN}', lpad(i::text, 15, '0'), '{DATA_SET}', '2025-01', 1, 1, '1', false, %s::timestamptz::date, '',
  %s::timestamptz
FROM generate_series(1, {ENDED}) AS i, (SELECT %s::timestamptz) AS unused
""",  # noqa: S608 -- the values are constants
}


@pytest.fixture(autouse=True)
def _unseen(database_urls: Databases) -> Iterator[None]:
    """Let PostgreSQL know of the tables what it knows of new ones, whatever other tests had it look at."""
    with psycopg.connect(database_urls.owner, autocommit=True) as owner:
        for table in FILL:
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
            # Rows that other tests took back still take room, by which the planner goes as well.
            owner.execute(f"VACUUM FULL {table}".encode())
        if owner.info.server_version >= GIVEN_SINCE:
            for table in FILL:
                owner.execute("SELECT pg_clear_relation_stats('public', %s)", [table])
            owner.execute(_FORGET.encode(), [list(FILL)])
            editor = SimpleNamespace(connection=SimpleNamespace(pg_version=GIVEN_SINCE, cursor=owner.cursor))
            for name in TOLD_BY:
                import_module(f"tasuki.gateway.migrations.{name}").Migration.operations[0].code(None, editor)
        yield
        for table in FILL:
            owner.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)".encode())


def reading_few(table: str, act: Callable[[], T]) -> T:
    """Act on a table that was never analysed: once while it is empty, so that the plan is remembered, and once full.

    Fails when the second time reads more of the table than the few rows it is about.
    """
    for setting in HOT_PATH.split("-c ")[1:]:
        run(f"SET LOCAL {setting}")
    is_told = connection.pg_version >= GIVEN_SINCE
    with prepared() if is_told else nullcontext():
        act()
        run(FILL[table], [AT, AT, AT])
        if not is_told:
            # What comes by itself within minutes, until which such a server is slow.
            run(f"ANALYZE {table}")
        before = _read(table)
        done = act()
    assert 0 <= _read(table) - before <= FEW
    return done


def _read(table: str) -> int:
    [row] = rows(
        "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS n FROM pg_stat_xact_user_tables"
        " WHERE relname = %s",
        [table],
    )
    return int(row["n"])


def number(i: int) -> str:
    return f"00000000-0000-7000-8000-{i:012d}"


def test_what_is_asked_for_among_many_is_looked_up_by_its_whole_key() -> None:
    asked = [InquiryAsked(institution=OWN, transaction_number=number(i)) for i in (1, ENDED // 2, ENDED)]
    found = reading_few("gateway_inquiry", lambda: queries.progress_of(asked, payload_cipher()))
    assert [one.state for one in found] == [State.RECEIVED] * 3


def test_how_exchanges_ended_is_added_to_those_alone() -> None:
    receipts = [
        Receipt(
            transaction_number=number(i), inquirer=OTHER, provider=OWN, state=State.RECEIVED, provided_at=AT,
            received_at=AT,
        )
        for i in (1, ENDED // 2, ENDED)
    ]  # fmt: skip
    reading_few("gateway_provision", lambda: keep_receipts(receipts=receipts, by=BY, at=AT))
    assert len(rows("SELECT 1 FROM gateway_provision WHERE outcome <> ''")) == 3


def test_replicas_are_looked_up_for_those_asked_about() -> None:
    people = {number(i): {"unified_person_number": f"{i:015d}"} for i in (1, ENDED // 2, ENDED)}
    permits = [
        Permit(
            transaction_number=one, inquirer=OTHER, provider=OWN, data_sets=[DATA_SET], layouts=[],
            procedure="JT00000000000001", department="", non_disclosure=False,
            requested_at=AT, permitted_at=AT, valid_until=LATER, basis="",
        )
        for one in people
    ]  # fmt: skip
    found = reading_few("gateway_replica", lambda: provisions._replicas(permits, people, LATER))
    assert len(found) == len(people)


def test_what_a_town_takes_back_is_looked_up_by_its_key(database_urls: Databases) -> None:
    with psycopg.connect(database_urls.owner, autocommit=True) as owner:
        # As tidying up at night may find it: the planner takes the table for empty from then on.
        owner.execute("VACUUM gateway_replica")

    def take_back(*places: int) -> None:
        items = [
            received_sheet(
                institution=OWN, unified_person_number=f"{i:015d}", data_set=DATA_SET, revision=2, ordinal=2,
                taken=False, published_from=AT.date(), payload="",
            )
            for i in places
        ]  # fmt: skip
        register_replicas(items=items, cipher=payload_cipher(), by=BY, at=AT)
        # A commit empties the staging table.
        run("DROP TABLE IF EXISTS pg_temp.replica_staging")

    def first_of_all() -> None:
        """A long list, before there is any replica: what PostgreSQL plans then, it keeps."""
        take_back(*range(ENDED))
        run("DELETE FROM gateway_replica")

    acts = iter((first_of_all, lambda: take_back(1, ENDED // 2, ENDED)))
    reading_few("gateway_replica", lambda: next(acts)())


@pytest.mark.parametrize(
    ("table", "sweep"),
    [("gateway_inquiry", lapse_inquiries), ("gateway_inquiry", purge_unread), ("gateway_provision", lapse_provisions)],
)
def test_sweeps_leave_alone_what_has_ended(table: str, sweep: Callable[..., int]) -> None:
    assert reading_few(table, lambda: sweep(institutions=[OWN], by=BY, at=LATER)) == 0


def test_an_open_inquiry_lapses_among_many_that_have_ended() -> None:
    reading_few("gateway_inquiry", lambda: lapse_inquiries(institutions=[OWN], by=BY, at=LATER))
    late = str(uuid.UUID(int=1))
    run(
        "INSERT INTO gateway_inquiry SELECT (jsonb_populate_record(i, jsonb_build_object('transaction_number',"
        " %s::text, 'state', 'permitted', 'next_attempt_at', i.state_at))).* FROM gateway_inquiry i"
        " WHERE institution = %s AND transaction_number = %s",
        [late, OWN, number(1)],
    )
    assert lapse_inquiries(institutions=[OWN], by=BY, at=LATER) == 1
    assert rows("SELECT state FROM gateway_inquiry WHERE transaction_number = %s", [late]) == [{"state": "lapsed"}]
