"""Records of exchanges go after seven years; the log verifies before and after, and shows what went otherwise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tasuki.evidence import export, operations, purging, queries
from tasuki.evidence.errors import NotInTransactionError
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.types import Databases
from tests.integration.evidence.logs import KEY, ORIGIN, as_owner, verify

OLD = datetime(2017, 6, 1, 0, 0, tzinfo=UTC)
NOW = datetime.now(UTC)
RECENT = NOW - timedelta(days=400)
LIMIT = NOW - timedelta(days=7 * 366)


def record(*numbers: str | None, at: datetime) -> None:
    with transaction.atomic():
        operations.append_many(entries=[Entry(EntryKind.ANSWER_SENT, {"n": 1}, number) for number in numbers], at=at)
    operations.seal(key=KEY, origin=ORIGIN, at=at + timedelta(seconds=1))


def purge(before: datetime = LIMIT, *, at: datetime = NOW) -> int:
    with transaction.atomic():
        gone = purging.purge_exchanges(before=before, retention="番号法23条", by="system:test", at=at)
    operations.seal(key=KEY, origin=ORIGIN, at=at)
    return gone


@pytest.fixture
def log(committed: Databases) -> Databases:
    """Give a log with two old exchanges, a third whose last word is recent, a look at somebody, and a recent one."""
    record("0170-1", "0170-2", None, "0170-3", at=OLD)
    record("0170-1", at=OLD + timedelta(days=1))
    record("0170-3", "0250-1", at=RECENT)
    return committed


def test_what_is_over_goes_and_the_log_verifies_before_and_after(log: Databases, tmp_path: Path) -> None:
    kept = queries.latest_checkpoint()
    assert kept is not None
    operations.witness(note=kept.note, origin=ORIGIN, proof=[], public_key=KEY.public_key(), at=NOW)
    witness = tmp_path / "witness.jsonl"
    export.write_witnessed(witness, origin=ORIGIN)
    assert verify(tmp_path, witness).ok

    assert purge() == 3

    report = verify(tmp_path, witness)
    assert report.ok, report.problems
    assert (report.purged, report.leaves, report.witnessed) == (3, 8, 1)
    assert queries.entries_of("0170-1") == queries.entries_of("0170-2") == []
    assert len(queries.entries_of("0170-3")) == 2
    assert len(queries.entries_of("0250-1")) == 1


def test_a_second_purge_finds_nothing_and_records_nothing(log: Databases) -> None:
    purge()
    before = queries.counts()
    assert purge() == 0
    assert queries.counts() == before


def test_a_purge_rolled_back_leaves_everything(log: Databases) -> None:
    before = queries.counts()
    with transaction.atomic():
        assert purging.purge_exchanges(before=LIMIT, retention="番号法23条", by="system:test", at=NOW) == 3
        transaction.set_rollback(True)
    assert queries.counts() == before


def test_outside_a_transaction_nothing_goes(log: Databases) -> None:
    with pytest.raises(NotInTransactionError):
        purging.purge_exchanges(before=LIMIT, retention="番号法23条", by="system:test", at=NOW)
    assert len(queries.entries_of("0170-1")) == 2


def test_the_database_refuses_to_purge_too_early(log: Databases) -> None:
    """Whoever asks for it, and whatever they write down first: here a purge of everything before tomorrow."""
    before = queries.counts()
    with pytest.raises(DatabaseError, match="still to be kept"):
        purge(NOW + timedelta(days=1))
    assert queries.counts() == before


@pytest.mark.parametrize("number", ["0170-1", "0250-1"])
def test_nothing_goes_unrecorded_even_by_the_owner(log: Databases, number: str) -> None:
    with psycopg.connect(log.owner) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever"):
        owner.execute("DELETE FROM evidence_entry WHERE transaction_number = %s", [number])


def test_a_look_at_somebody_never_goes(log: Databases) -> None:
    with psycopg.connect(log.owner) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="kept"):
        owner.execute(
            "INSERT INTO evidence_entry (kind, recorded_at, body) VALUES ('records_purged', now(), '{}');"
            " DELETE FROM evidence_entry WHERE transaction_number IS NULL"
        )


def test_the_role_of_the_application_cannot_delete_by_itself(log: Databases) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_entry WHERE transaction_number = '0170-1'")


@pytest.mark.parametrize(
    ("leaf", "before", "code"),
    [
        # The recent record was deleted behind the application's back, and a lawful purge recorded that names it …
        (5, LIMIT, "purged_too_early"),
        # … or that says outright that it purges what is younger than seven years …
        (5, NOW, "bad_purge"),
        # … or nothing was recorded at all.
        (5, None, "leaf_removed"),
    ],
)
def test_a_purge_too_early_is_found_offline(
    log: Databases, tmp_path: Path, leaf: int, before: datetime | None, code: str
) -> None:
    entry = f"(SELECT entry_id FROM evidence_leaf WHERE leaf_index = {leaf})"  # noqa: S608 -- a number
    as_owner(log, "evidence_entry", f"DELETE FROM evidence_entry WHERE entry_id = {entry}")  # noqa: S608 — a number of ours
    if before is not None:
        stated = before.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        with transaction.atomic():
            body = {"before": stated, "retention": "番号法23条", "by": "system:test", "leaves": [[leaf, leaf]]}
            operations.append(kind=EntryKind.RECORDS_PURGED, body=body, at=NOW)
        operations.seal(key=KEY, origin=ORIGIN, at=NOW)
    report = verify(tmp_path)
    assert code in [problem.code for problem in report.problems]
    assert report.purged == 0


@transaction.atomic
def purge_with_a_fake(name: str, entry: int) -> None:
    """Purge a record in a session whose own table of that name says that it is sealed, or its purge recorded."""
    with connection.cursor() as cursor:
        if name == "evidence_leaf":
            operations.append(kind=EntryKind.RECORDS_PURGED, body={}, at=NOW)
            fake = "SELECT %s::bigint AS entry_id"
        else:
            fake = "SELECT pg_current_xact_id() AS xid, 'records_purged' AS kind, %s::bigint AS entry_id"
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {fake}", [entry])
        cursor.execute("SELECT evidence_purge(%s)", [[entry]])


@pytest.mark.parametrize("name", ["evidence_entry", "evidence_leaf"])
def test_a_temporary_table_of_the_same_name_fools_nobody(log: Databases, name: str) -> None:
    with transaction.atomic():
        entry = operations.append(kind=EntryKind.ANSWER_SENT, body={}, transaction_number="0170-9", at=OLD)
    with pytest.raises(DatabaseError, match="refused"):
        purge_with_a_fake(name, entry)
    assert len(queries.entries_of("0170-9")) == 1
