"""Sealing: nothing committed is skipped, nothing is sealed twice, and proofs come from the stored tiles."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from tasuki.evidence import merkle, operations, queries, sealing
from tasuki.evidence.checkpoints import is_signed_by, read_checkpoint
from tasuki.evidence.errors import CorruptLogError, MalformedCheckpointError, OutOfRangeError
from tasuki.evidence.types import Checkpoint, EntryKind
from tasuki.jobs import worker
from tasuki.nodes.types import Databases
from tests.integration.evidence.logs import AT, KEY, ORIGIN, append_committed, as_owner, seal, verify

INSERT = "INSERT INTO evidence_entry (kind, recorded_at, body) VALUES ('inquiry_sent', now(), '{}')"


def test_a_seal_covers_all_and_the_next_adds_nothing(committed: Databases, tmp_path: Path) -> None:
    append_committed(3)
    first = seal()
    assert first is not None
    assert (first.tree_size, first.previous_size, first.origin, first.signed_at) == (3, 0, ORIGIN, AT)
    assert is_signed_by(read_checkpoint(first.note), KEY.public_key())
    assert seal() is None
    append_committed(2)
    second = seal()
    assert second is not None
    assert (second.tree_size, second.previous_size) == (5, 3)
    assert seal() is None
    assert queries.latest_checkpoint() == second
    assert queries.checkpoint_at(3) == first
    assert queries.counts().unsealed == 0
    assert verify(tmp_path).ok


def test_an_empty_log_has_nothing_to_seal(committed: Databases, tmp_path: Path) -> None:
    assert seal() is None
    assert queries.latest_checkpoint() is None
    assert verify(tmp_path).ok


@pytest.mark.parametrize("sealed_before", [0, 1])
def test_a_transaction_that_commits_late_is_sealed_later_and_holds_up_nothing(
    committed: Databases, tmp_path: Path, sealed_before: int
) -> None:
    append_committed(sealed_before)
    seal()
    with psycopg.connect(committed.runtime) as late:
        late.execute(INSERT)
        append_committed(2)
        first = seal()
        assert first is not None
        assert first.tree_size == sealed_before + 2
        append_committed(1)
        second = seal()
        assert second is not None
        assert second.tree_size == sealed_before + 3
        assert seal() is None
        late.commit()
    third = seal()
    assert third is not None
    assert third.tree_size == sealed_before + 4
    assert seal() is None
    assert queries.counts().unsealed == 0
    assert verify(tmp_path).ok


def test_a_transaction_that_writes_on_both_sides_of_a_seal_is_whole_in_the_log(committed: Databases) -> None:
    append_committed(1)
    seal()
    with psycopg.connect(committed.runtime) as late:
        late.execute(INSERT)
        append_committed(1)
        seal()
        late.execute(INSERT)
        late.commit()
    append_committed(1)
    third = seal()
    assert third is not None
    assert third.tree_size == 5


def test_a_limit_leaves_the_rest_for_the_next_seal(committed: Databases, tmp_path: Path) -> None:
    append_committed(1)
    seal()
    with psycopg.connect(committed.runtime) as late:
        late.execute(INSERT)
        for _ in range(3):
            append_committed(7)
        sizes = [checkpoint.tree_size for _ in range(5) if (checkpoint := seal(limit=5)) is not None]
        assert sizes == [6, 11, 16, 21, 22]
        late.commit()
    sizes = [checkpoint.tree_size for _ in range(2) if (checkpoint := seal(limit=5)) is not None]
    assert sizes == [23]
    assert verify(tmp_path).ok


def test_a_first_seal_with_a_limit_comes_to_the_end(committed: Databases) -> None:
    append_committed(12)
    sizes = [checkpoint.tree_size for _ in range(5) if (checkpoint := seal(limit=5)) is not None]
    assert sizes == [5, 10, 12]


def test_sealers_at_the_same_time_take_turns(committed: Databases, tmp_path: Path) -> None:
    append_committed(400)
    failures: list[BaseException] = []

    def seal_often() -> None:
        try:
            while seal(limit=20) is not None:
                append_committed(1)
                if queries.counts().entries > 460:
                    break
        except BaseException as error:  # noqa: BLE001 -- handed to the test, which fails on it
            failures.append(error)
        finally:
            connection.close()

    sealers = [threading.Thread(target=seal_often) for _ in range(3)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    assert failures == []
    while seal() is not None:
        assert queries.counts().unsealed == 0
    report = verify(tmp_path)
    assert report.ok
    assert report.leaves == queries.counts().entries


def test_records_of_a_restored_database_are_sealed_although_transactions_count_anew(
    committed: Databases, tmp_path: Path
) -> None:
    """A dump carries transaction ids of the old cluster, larger than any that the new one will give out for years."""
    append_committed(2)
    seal()
    as_owner(committed, "evidence_checkpoint", "UPDATE evidence_checkpoint SET cluster = 1, sealed_below = '9000000'")
    as_owner(
        committed,
        "evidence_entry",
        "INSERT INTO evidence_entry (xid, kind, recorded_at, body)"
        " SELECT '8000000', 'inquiry_sent', now(), '{}' FROM generate_series(1, 7)",
    )
    with psycopg.connect(committed.runtime) as late:
        late.execute(INSERT)
        append_committed(1)
        sizes = [checkpoint.tree_size for _ in range(5) if (checkpoint := seal(limit=5)) is not None]
        assert sizes == [7, 10]
        late.commit()
    append_committed(1)
    last = seal()
    assert last is not None
    assert last.tree_size == 12
    assert seal() is None
    assert verify(tmp_path).ok


def test_records_can_be_sealed_in_a_test_that_is_rolled_back(committed: Databases, db: None) -> None:
    for expected in (1, 2):
        operations.append(kind=EntryKind.INQUIRY_SENT, body={}, at=AT)
        checkpoint = seal()
        assert checkpoint is not None
        assert checkpoint.tree_size - checkpoint.previous_size == 1
        assert checkpoint.tree_size == expected
        assert seal() is None


def test_a_seal_inside_another_transaction_is_a_mistake(committed: Databases) -> None:
    append_committed(1)
    with pytest.raises(RuntimeError), transaction.atomic():
        seal()
    assert queries.latest_checkpoint() is None


def test_a_log_keeps_its_name_and_key(committed: Databases) -> None:
    append_committed(1)
    with pytest.raises(MalformedCheckpointError):
        operations.seal(key=KEY, origin="Not A Name", at=AT)
    seal()
    append_committed(1)
    with pytest.raises(CorruptLogError):
        operations.seal(key=KEY, origin="tasuki/other", at=AT)
    with pytest.raises(CorruptLogError):
        operations.seal(key=Ed25519PrivateKey.from_private_bytes(b"\x01" * 32), origin=ORIGIN, at=AT)
    assert queries.counts().unsealed == 1


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("evidence_tile", "UPDATE evidence_tile SET hashes = sha256('x') || substring(hashes FROM 33)"),
        ("evidence_tile", "DELETE FROM evidence_tile"),
        ("evidence_tile", "UPDATE evidence_tile SET hashes = hashes || sha256('x'), width = width + 1"),
        ("evidence_tile", "UPDATE evidence_tile SET hashes = substring(hashes FROM 33), width = width - 1"),
        ("evidence_checkpoint", "UPDATE evidence_checkpoint SET root = sha256('x')"),
    ],
)
def test_a_damaged_log_is_not_signed_again(committed: Databases, table: str, statement: str) -> None:
    append_committed(5)
    seal()
    append_committed(1)
    as_owner(committed, table, statement)
    with pytest.raises(CorruptLogError):
        seal()


@pytest.mark.parametrize("steps", [[1] * 9, [255, 1, 1], [256, 256], [300, 700, 40], [257, 255, 513]])
def test_proofs_from_the_tiles_hold_between_all_checkpoints(committed: Databases, steps: list[int]) -> None:
    checkpoints = []
    for step in steps:
        append_committed(step)
        checkpoint = seal()
        assert checkpoint is not None
        checkpoints.append(checkpoint)
    for place, new in enumerate(checkpoints):
        for old in checkpoints[: place + 1]:
            proof = queries.consistency_proof(old.tree_size, new.tree_size)
            assert merkle.is_consistent(
                old_size=old.tree_size, new_size=new.tree_size, old_root=old.root, new_root=new.root, proof=proof
            )
        entry = next(found for found in queries.entries_of("0198-0") if found.leaf_index == new.previous_size)
        assert entry.leaf_index is not None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT substring(hashes FROM %s FOR 32) FROM evidence_tile WHERE level = 0 AND tile_index = %s",
                [entry.leaf_index % 256 * 32 + 1, entry.leaf_index // 256],
            )
            leaf = bytes(cursor.fetchone()[0])
        assert merkle.is_included(
            leaf=leaf,
            leaf_index=entry.leaf_index,
            tree_size=new.tree_size,
            proof=queries.inclusion_proof(entry.leaf_index, new.tree_size),
            root=new.root,
        )


def test_proofs_outside_the_log_are_refused(committed: Databases) -> None:
    append_committed(3)
    seal()
    for leaf_index, size in ((3, 3), (-1, 3), (0, 4), (0, 0)):
        with pytest.raises(OutOfRangeError):
            queries.inclusion_proof(leaf_index, size)
    for old, new in ((3, 2), (-1, 3), (2, 4)):
        with pytest.raises(OutOfRangeError):
            queries.consistency_proof(old, new)
    assert queries.consistency_proof(0, 3) == []


def test_what_comes_while_sealing_is_left_to_the_next_time(
    committed: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load there is always more: a checkpoint for every few records would slow down whoever writes them."""

    def sealed_under_load(**how: Any) -> Checkpoint | None:
        sealed = sealing.seal(**how)
        append_committed(1)
        return sealed

    monkeypatch.setattr(worker, "seal", sealed_under_load)
    monkeypatch.setattr(worker, "keys", lambda: SimpleNamespace(log=KEY))
    monkeypatch.setattr(worker, "origin_of", lambda _name: ORIGIN)
    monkeypatch.setattr(worker, "SEAL_LIMIT", 3)
    append_committed(6)

    worker.seal_all()

    # Two full turns, and one for what was left and had come by then.
    assert queries.counts().leaves == 3 + 3 + 2
    assert queries.counts().unsealed == 1
