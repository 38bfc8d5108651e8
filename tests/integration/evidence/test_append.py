"""Records are written with the act they record, and never changed."""

from datetime import UTC, datetime

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tasuki.evidence import operations, queries
from tasuki.evidence.errors import InvalidEntryError, NotInTransactionError
from tasuki.evidence.leaves import format_instant
from tasuki.evidence.storage import LEAF_COLUMNS
from tasuki.evidence.tables import APPEND_ONLY_TABLES, GROW_ONLY_TABLES
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.types import Databases
from tests.integration.evidence.logs import AT, KEY, ORIGIN, append_committed


@pytest.mark.django_db
def test_a_record_reads_back_with_its_exchange() -> None:
    first = operations.append(
        kind=EntryKind.INQUIRY_SENT, body={"b": 1, "a": "符号"}, transaction_number="0198-1", at=AT
    )
    operations.append(kind=EntryKind.PERSON_VIEWED, body={}, at=AT)
    second = operations.append(kind=EntryKind.ANSWER_RECEIVED, body={}, transaction_number="0198-1", at=AT)
    found = queries.entries_of("0198-1")
    assert [entry.entry_id for entry in found] == [first, second]
    assert found[0].body == '{"a":"符号","b":1}'.encode()
    assert (found[0].kind, found[0].recorded_at, found[0].leaf_index) == ("inquiry_sent", AT, None)
    assert queries.entries_of("0198-2") == []


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 500, 501])
def test_a_list_is_recorded_whole(count: int) -> None:
    before = queries.counts().entries
    entries = [
        Entry(EntryKind.INQUIRY_SENT, {"n": number, "text": 'a\\b"\t,{}NULL'}, f"0198-{number}" if number % 2 else None)
        for number in range(count)
    ]
    operations.append_many(entries=entries, at=AT)
    assert queries.counts().entries == before + count
    for number in (1, 499):
        if number < count:
            (entry,) = queries.entries_of(f"0198-{number}")
            assert entry.body == b'{"n":%d,"text":"a\\\\b\\"\\t,{}NULL"}' % number


def test_outside_a_transaction_nothing_is_recorded(committed: Databases) -> None:
    with pytest.raises(NotInTransactionError):
        operations.append(kind=EntryKind.INQUIRY_SENT, body={}, at=AT)
    with pytest.raises(NotInTransactionError):
        operations.append_many(entries=[Entry(EntryKind.INQUIRY_SENT, {})], at=AT)
    assert queries.counts().entries == 0


@pytest.mark.django_db
def test_one_bad_record_of_a_list_keeps_all_out() -> None:
    before = queries.counts()
    for bad in (Entry(EntryKind.INQUIRY_SENT, {}, "a b"), Entry(EntryKind.INQUIRY_SENT, {"at": AT})):
        with pytest.raises(InvalidEntryError):
            operations.append_many(entries=[Entry(EntryKind.INQUIRY_SENT, {}), bad], at=AT)
    assert queries.counts() == before


def test_a_rolled_back_act_leaves_no_record(committed: Databases) -> None:
    with transaction.atomic():
        operations.append(kind=EntryKind.INQUIRY_SENT, body={}, at=AT)
        operations.append_many(entries=[Entry(EntryKind.INQUIRY_SENT, {})] * 600, at=AT)
        assert queries.counts().entries == 601
        transaction.set_rollback(True)
    assert queries.counts().entries == 0
    assert operations.seal(key=KEY, origin=ORIGIN, at=AT) is None


@transaction.atomic
def record_twice(second_at: datetime) -> None:
    operations.append(kind=EntryKind.RESULT_RECORDED, body={}, at=AT)
    operations.append(kind=EntryKind.RESULT_RECORDED, body={}, at=second_at)


def test_an_act_whose_record_cannot_be_written_is_not_done(committed: Databases) -> None:
    """Where a record fails, what the transaction wrote before it is gone."""
    with pytest.raises(IntegrityError):
        record_twice(datetime(1800, 1, 1, tzinfo=UTC))
    assert queries.counts().entries == 0
    record_twice(AT)
    assert queries.counts().entries == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "Not A Kind"),
        ("kind", "x"),
        ("transaction_number", "a b"),
        ("transaction_number", ""),
        ("recorded_at", "infinity"),
        ("recorded_at", "20000-01-01Z"),
        ("body", "\\x"),
    ],
)
def test_the_database_refuses_what_no_line_can_hold(column: str, value: str) -> None:
    row = {"kind": "inquiry_sent", "transaction_number": None, "recorded_at": AT, "body": b"{}", column: value}
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body) VALUES (%s, %s, %s, %s)",
            list(row.values()),
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "at", [AT, AT.replace(microsecond=1), datetime(1900, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, tzinfo=UTC)]
)
def test_the_database_writes_times_as_the_log_does(at: datetime) -> None:
    entry_id = operations.append(kind=EntryKind.INQUIRY_SENT, body={}, at=at)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {LEAF_COLUMNS} FROM evidence_entry e WHERE entry_id = %s", [entry_id])  # noqa: S608 -- a constant
        assert cursor.fetchone()[2] == format_instant(at)


CHANGES = {
    "evidence_entry": "UPDATE evidence_entry SET body = '{}'",
    "evidence_leaf": "UPDATE evidence_leaf SET leaf_index = leaf_index + 1",
    "evidence_checkpoint": "UPDATE evidence_checkpoint SET note = ''",
    "evidence_witnessed": "UPDATE evidence_witnessed SET note = ''",
    "evidence_succession": "UPDATE evidence_succession SET lost_until = lost_until + 1",
    "evidence_tile": "UPDATE evidence_tile SET hashes = sha256('')",
}


@pytest.mark.parametrize("table", [*APPEND_ONLY_TABLES, *GROW_ONLY_TABLES])
@pytest.mark.parametrize("role", ["runtime", "owner"])
def test_no_role_changes_or_removes_evidence(committed: Databases, table: str, role: str) -> None:
    append_committed(1)
    operations.seal(key=KEY, origin=ORIGIN, at=AT)
    for statement in (CHANGES[table], f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608 -- names of tables
        with psycopg.connect(getattr(committed, role)) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute(statement)


def test_triggers_hold_where_one_role_does_all(committed: Databases) -> None:
    """With a single DATABASE_URL no grants separate the roles, and the triggers are what is left."""
    with psycopg.connect(committed.owner) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="added"):
        owner.execute("DELETE FROM evidence_entry WHERE entry_id = -1")
