"""Exports of a real log, altered behind the application's back, against the stand-alone verifier."""

from pathlib import Path

import pytest

from tasuki.evidence import export, operations, queries
from tasuki.evidence.errors import OutOfRangeError
from tasuki.evidence.types import Checkpoint
from tasuki.nodes.types import Databases
from tests.integration.evidence.logs import AT, KEY, ORIGIN, append_committed, as_owner, seal, verify


@pytest.fixture
def sealed(committed: Databases) -> Databases:
    """Give a log of ten records in three seals, and two records not sealed yet."""
    for count in (4, 1, 5):
        append_committed(count, tag=f"{count}")
        seal()
    append_committed(2)
    return committed


def keep(checkpoint: Checkpoint | None, proof: list[bytes]) -> None:
    """Keep a checkpoint as another party would, here in the same database."""
    assert checkpoint is not None
    operations.witness(note=checkpoint.note, origin=ORIGIN, proof=proof, public_key=KEY.public_key(), at=AT)


@pytest.fixture
def witness_file(sealed: Databases, tmp_path: Path) -> Path:
    """Give what another party kept."""
    keep(queries.checkpoint_at(5), [])
    keep(queries.checkpoint_at(10), queries.consistency_proof(5, 10))
    path = tmp_path / "witness.jsonl"
    assert export.write_witnessed(path, origin=ORIGIN) == 2
    return path


def test_an_export_verifies_with_what_the_other_party_kept(tmp_path: Path, witness_file: Path) -> None:
    report = verify(tmp_path, witness_file)
    assert report.ok, report.problems
    assert (report.leaves, report.checkpoints, report.witnessed, report.vouched) == (10, 3, 2, True)
    path = tmp_path / "export.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["export.jsonl", "witness.jsonl"]


LEAF_7 = "(SELECT entry_id FROM evidence_leaf WHERE leaf_index = 7)"
EMPTY_AND_CONSTRAIN = (
    "DELETE FROM evidence_entry; ALTER DOMAIN evidence_instant ADD CONSTRAINT evidence_entry_recorded_at_is_a_date"
    " CHECK (VALUE >= '1900-01-01Z' AND VALUE < '9999-01-01Z')"
)
REMOVE_LEAF_7 = f"DELETE FROM evidence_entry WHERE entry_id = {LEAF_7}"  # noqa: S608 -- fixed texts
SWAP_LEAVES_2_AND_3 = (
    "UPDATE evidence_leaf SET entry_id = -entry_id WHERE leaf_index IN (2, 3);"
    "UPDATE evidence_leaf SET entry_id = -entry_id + 5 - 2 * leaf_index WHERE leaf_index IN (2, 3)"
)


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'inquiry_lapsed'",
        "transaction_number = NULL",
        "transaction_number = '0198-77'",
        "recorded_at = recorded_at + interval '1 microsecond'",
        "body = body || ' '",
        "body = '{}'",
        "body = E'{\\n}'::bytea",
        "body = '\\xff00'",
        "body = body || ',\"transaction_number\":null'",
    ],
)
def test_every_altered_column_is_found_at_its_leaf(sealed: Databases, tmp_path: Path, change: str) -> None:
    as_owner(sealed, "evidence_entry", f"UPDATE evidence_entry SET {change} WHERE entry_id = {LEAF_7}")  # noqa: S608 -- fixed texts
    report = verify(tmp_path)
    assert not report.ok
    assert report.problems[0].leaf == 7


@pytest.mark.parametrize("value", ["infinity", "-infinity", "20000-01-01Z", "0044-03-15 BC"])
def test_a_time_that_python_cannot_read_is_found_and_does_not_stop_the_export(
    sealed: Databases, tmp_path: Path, value: str
) -> None:
    drop = "ALTER DOMAIN evidence_instant DROP CONSTRAINT evidence_entry_recorded_at_is_a_date;"
    update = f"UPDATE evidence_entry SET recorded_at = '{value}' WHERE entry_id = {LEAF_7}"  # noqa: S608 -- fixed texts
    as_owner(sealed, "evidence_entry", drop + update)
    try:
        report = verify(tmp_path)
    finally:
        as_owner(sealed, "evidence_entry", EMPTY_AND_CONSTRAIN)
    assert [(problem.code, problem.leaf) for problem in report.problems] == [("leaf_altered", 7)]


@pytest.mark.parametrize(
    ("table", "statement", "code", "leaf"),
    [
        ("evidence_entry", REMOVE_LEAF_7, "leaf_removed", 7),
        ("evidence_leaf", "DELETE FROM evidence_leaf WHERE leaf_index = 7", "leaf_removed", 7),
        ("evidence_leaf", SWAP_LEAVES_2_AND_3, "leaf_altered", 2),
        ("evidence_checkpoint", "DELETE FROM evidence_checkpoint WHERE tree_size = 5", "checkpoint_missing", None),
        (
            "evidence_checkpoint",
            "UPDATE evidence_checkpoint SET note = replace(note, 'signed_at 2026', 'signed_at 2027')",
            "bad_signature",
            None,
        ),
        ("evidence_tile", "DELETE FROM evidence_tile", "leaf_altered", 0),
        (
            "evidence_tile",
            "UPDATE evidence_tile SET hashes = substring(hashes FOR 32) || sha256('x') || substring(hashes FROM 65)",
            "leaf_altered",
            1,
        ),
    ],
)
def test_altered_structure_is_found(
    sealed: Databases, tmp_path: Path, table: str, statement: str, code: str, leaf: int | None
) -> None:
    as_owner(sealed, table, statement)
    report = verify(tmp_path)
    assert (report.problems[0].code, report.problems[0].leaf) == (code, leaf)


def test_a_tail_removed_from_every_table_is_found_by_the_other_party(
    sealed: Databases, tmp_path: Path, witness_file: Path
) -> None:
    as_owner(
        sealed,
        "evidence_entry",
        "DELETE FROM evidence_entry WHERE entry_id IN (SELECT entry_id FROM evidence_leaf WHERE leaf_index >= 5)",
    )
    as_owner(sealed, "evidence_leaf", "DELETE FROM evidence_leaf WHERE leaf_index >= 5")
    as_owner(sealed, "evidence_checkpoint", "DELETE FROM evidence_checkpoint WHERE tree_size > 5")
    as_owner(sealed, "evidence_tile", "UPDATE evidence_tile SET width = 5, hashes = substring(hashes FOR 160)")
    assert verify(tmp_path).ok
    report = verify(tmp_path, witness_file)
    assert [problem.code for problem in report.problems] == ["tail_missing"]


def test_pages_of_an_export_join(committed: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_PAGE", 256)
    for count in (255, 1, 1, 300, 211):
        append_committed(count)
        seal()
    report = verify(tmp_path)
    assert report.ok, report.problems
    assert (report.leaves, report.checkpoints) == (768, 5)


def test_pages_of_a_witness_file_join(sealed: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for old, new in ((0, 4), (4, 5), (5, 10)):
        keep(queries.checkpoint_at(new), queries.consistency_proof(old, new))
    monkeypatch.setattr(export, "_PAGE", 256)
    whole = tmp_path / "whole.jsonl"
    assert export.write_witnessed(whole, origin=ORIGIN) == 3
    monkeypatch.setattr(export, "_PAGE", 1)
    assert export.write_witnessed(tmp_path / "paged.jsonl", origin=ORIGIN) == 3
    assert (tmp_path / "paged.jsonl").read_bytes() == whole.read_bytes()


def test_nothing_kept_gives_no_witness_file(committed: Databases, tmp_path: Path) -> None:
    with pytest.raises(OutOfRangeError):
        export.write_witnessed(tmp_path / "witness.jsonl", origin=ORIGIN)
    assert list(tmp_path.iterdir()) == []
