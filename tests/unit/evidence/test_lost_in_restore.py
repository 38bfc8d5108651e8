"""A log that was restored goes on under a new name: what is lost is said to be lost, and nothing else is excused."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tasuki.evidence.checkpoints import sign_checkpoint
from tasuki.evidence.leaves import encode_body, encode_leaf, format_instant
from tasuki.evidence.merkle import CompactRange, leaf_hash
from tasuki.evidence.succession import body_of
from tasuki.evidence.types import Checkpoint, KeptElsewhere
from tasuki.evidence.verifier import main
from tests.unit.evidence.exports import AT, KEY, ORIGIN, dump, header, joined, leaf, verify

NEW = f"{ORIGIN}/20260402-000000"
Sealed = tuple[list[bytes], list[Checkpoint]]


def sealed(leaves: list[bytes], signed: list[tuple[int, str]]) -> Sealed:
    """Give the lines of leaves with checkpoints of these sizes under these names, and the checkpoints."""
    tree, lines, notes = CompactRange(), [], []
    for size, origin in signed:
        previous = tree.size
        for index in range(previous, size):
            hashed = leaf_hash(leaves[index])
            tree.extend([hashed])
            lines.append(b'{"leaf":%d,"hash":"%b","entry":%b}' % (index, hashed.hex().encode(), leaves[index]))
        at = AT + timedelta(hours=size)
        notes.append(
            sign_checkpoint(
                key=KEY, origin=origin, tree_size=size, root=tree.root(), signed_at=at, previous_size=previous
            )
        )
        lines.append(dump({"checkpoint": notes[-1].note}))
    return lines, notes


#: As it was: eight records, of which the backup knows four.
_, BEFORE = sealed([leaf(number) for number in range(8)], [(4, ORIGIN), (8, ORIGIN)])


def succession(**other: Any) -> bytes:
    """Write the record of the restore, with something else in it."""
    body = body_of(
        log=NEW, names=[ORIGIN], public_key=KEY.public_key(), restored=BEFORE[0],
        lost=[KeptElsewhere("network", BEFORE[1].note)], not_asked=[], why="disk failed", by="system:test",
    )  # fmt: skip
    return encode_leaf(
        kind="log_succeeded", transaction_number=None, recorded_at=format_instant(AT), body=encode_body(body | other)
    )


def export(record: bytes | None = None, names: tuple[str, str] = (ORIGIN, NEW), origin: str = NEW) -> list[bytes]:
    """Write the restored log: four records of before, one signed under the old name since, the record, one more."""
    leaves = [*[leaf(number) for number in range(4)], leaf(90), record or succession(), leaf(91)]
    lines, _ = sealed(leaves, [(4, ORIGIN), (5, names[0]), (7, names[1])])
    return [header("tasuki-evidence/1", "tree_size", 7, origin=origin), *lines]


def kept(*notes: Checkpoint, origin: str = ORIGIN) -> bytes:
    """Write what another party keeps."""
    lines = [dump({"checkpoint": note.note}) for note in notes]
    return joined([header("tasuki-witness/1", "checkpoints", len(notes), origin=origin), *lines])


def codes(folder: Path, *args: bytes) -> set[str]:
    return {problem.code for problem in verify(folder, *args).problems}


def test_the_records_lost_are_reported_and_the_rest_holds(tmp_path: Path) -> None:
    report = verify(tmp_path, joined(export()), kept(*BEFORE))
    assert (report.ok, report.origin, report.witnessed, report.vouched) == (True, NEW, 1, True)
    [loss] = report.lost
    assert (loss.log, loss.first, loss.last, loss.why, loss.goes_on_as) == (ORIGIN, 4, 7, "disk failed", NEW)


def test_what_a_party_keeps_beyond_what_was_said_is_lost_too(tmp_path: Path) -> None:
    _, longer = sealed([leaf(number) for number in range(11)], [(4, ORIGIN), (8, ORIGIN), (11, ORIGIN)])
    [loss] = verify(tmp_path, joined(export()), kept(*longer)).lost
    assert loss.last == 10


def test_two_histories_of_one_size_are_lost_above_the_gap_and_a_fork_below_it(tmp_path: Path) -> None:
    _, above = sealed([leaf(number) for number in range(5)], [(4, ORIGIN), (5, ORIGIN)])
    assert codes(tmp_path, joined(export()), kept(*above)) == set()
    _, below = sealed([leaf(number) for number in (9, 1, 2, 3)], [(4, ORIGIN)])
    assert codes(tmp_path, joined(export()), kept(*below)) == {"fork"}


def test_a_checkpoint_of_before_the_gap_that_is_not_there_is_missing(tmp_path: Path) -> None:
    _, between = sealed([leaf(number) for number in range(3)], [(3, ORIGIN)])
    assert codes(tmp_path, joined(export()), kept(*between)) == {"checkpoint_missing"}


@pytest.mark.parametrize(
    "other",
    [
        {"lost_until": 9},
        {"lost_until": 4},
        {"restored_size": 6},
        {"restored_size": -1},
        {"kept_elsewhere": {}},
        {"kept_elsewhere": {"network": BEFORE[1].note.replace("\n8\n", "\n9\n")}},
        {"former": ["tasuki/other"]},
        {"former": [ORIGIN, NEW]},
        {"why": None, "former": None},
    ],
)
def test_a_gap_that_nothing_signed_bears_out_is_not_believed(tmp_path: Path, other: dict[str, Any]) -> None:
    assert "bad_succession" in codes(tmp_path, joined(export(succession(**other))), kept(*BEFORE))


@pytest.mark.parametrize(
    ("names", "origin", "code"),
    [
        ((NEW, NEW), NEW, "bad_signature"),
        ((ORIGIN, ORIGIN), NEW, "bad_signature"),
        ((ORIGIN, NEW), ORIGIN, "other_log"),
    ],
)
def test_the_name_changes_with_the_record_and_not_otherwise(
    tmp_path: Path, names: tuple[str, str], origin: str, code: str
) -> None:
    assert code in codes(tmp_path, joined(export(names=names, origin=origin)))


def test_without_its_record_the_same_log_is_cut_off(tmp_path: Path) -> None:
    lines = export(leaf(92), (ORIGIN, ORIGIN), ORIGIN)
    assert codes(tmp_path, joined(lines), kept(*BEFORE)) == {"tail_missing"}


def test_a_succession_must_begin_where_the_log_stands(tmp_path: Path) -> None:
    assert "bad_signature" in codes(tmp_path, joined(export(succession(succeeds="tasuki/x", former=["tasuki/x"]))))


def test_the_report_says_it_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(joined(export()))
    assert main([str(path)]) == 0
    assert f"LOST log {ORIGIN}: records 4 to 7 were lost in a restore" in capsys.readouterr().out
