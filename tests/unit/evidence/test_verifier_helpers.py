"""A large export is looked at by several processes; what is found is the same."""

import dataclasses
import sys
from io import BytesIO
from pathlib import Path

import pytest

from tasuki.evidence import verifier
from tests.unit.evidence.exports import export_lines, joined, leaf, verify, witness_lines

LEAVES = [leaf(number) for number in range(40)]
EXPORT = export_lines(LEAVES, [3, 4, 25, 40])
WHOLE, WITNESS = joined(EXPORT), joined(witness_lines(EXPORT, 1, 3))
DAMAGED = {
    "altered": WHOLE.replace(b'"n":20,', b'"n":21,'),
    "altered twice": WHOLE.replace(b'"n":7,', b'"n":8,').replace(b'"n":30,', b'"n":31,'),
    "a line removed": joined(EXPORT[:12] + EXPORT[13:]),
    "a line repeated": joined(EXPORT[:12] + EXPORT[11:]),
    "a checkpoint removed": joined([line for line in EXPORT if b"\\n4\\n" not in line]),
    "the tail cut": joined(EXPORT[:-6]),
    "cut within a line": WHOLE[:-700],
    "a line too long": WHOLE + b"x" * verifier.MAX_LINE_BYTES + b"x\n",
    "junk": joined([*EXPORT[:30], b"\xff\x00", *EXPORT[30:]]),
    "no header": joined(EXPORT[1:]),
    "nothing": b"",
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a small export worth helpers: each looks at a few records at a time."""
    monkeypatch.setattr(verifier, "_CHUNK_BYTES", 1_500)
    monkeypatch.setattr(verifier, "_helpers_for", lambda _stream: 3)


def found(folder: Path, export: bytes) -> dict[str, object]:
    return dataclasses.asdict(verify(folder, export, WITNESS)) | {"seconds": 0}


@pytest.mark.usefixtures("small_blocks")
def test_helpers_pass_a_whole_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # This process need not look at anything itself.
    monkeypatch.setattr(verifier, "_look", None)
    report = verify(tmp_path, WHOLE, WITNESS)
    assert report.ok, report.problems
    assert (report.leaves, report.checkpoints, report.witnessed) == (40, 4, 2)


@pytest.mark.parametrize("damage", DAMAGED)
def test_helpers_find_what_one_process_finds(
    damage: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "_CHUNK_BYTES", 1_500)
    alone = found(tmp_path, DAMAGED[damage])
    assert alone["problem_count"]
    request.getfixturevalue("small_blocks")
    assert found(tmp_path, DAMAGED[damage]) == alone


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_without_helpers_that_live_everything_is_looked_at_all_the_same(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    assert verify(tmp_path, WHOLE, WITNESS).ok
    report = verify(tmp_path, DAMAGED["altered"], WITNESS)
    assert [(problem.code, problem.leaf) for problem in report.problems] == [("leaf_altered", 20)]


def test_a_helper_takes_the_first_number_it_reads_and_tells_of_every_line() -> None:
    lines = [*EXPORT[9:14], b"junk", *EXPORT[14:16]]
    block = b"\n".join(lines)
    answers = BytesIO()

    verifier._help(BytesIO(verifier._BLOCK_HEAD.pack(len(block)) + block), answers)

    first = int(lines[0][len(b'{"leaf":') : lines[0].index(b",")])
    hashes = b"".join(bytes.fromhex(line.split(b'"')[5].decode()) for line in lines if line != b"junk")
    head = verifier._ANSWER_HEAD.pack(first, len(lines) - 1, 1)
    assert answers.getvalue() == head + hashes + (5).to_bytes(4)


def test_a_small_export_gets_no_helpers_and_a_large_one_one_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1, 2})
    path = tmp_path / "export.jsonl"
    path.write_bytes(WHOLE)
    with path.open("rb") as stream:
        assert verifier._helpers_for(stream) == 0
    with path.open("r+b") as stream:
        # Nothing is written but the size.
        stream.truncate(verifier._WORTH_HELPERS_BYTES)
        assert verifier._helpers_for(stream) == 3
        monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0})
        assert verifier._helpers_for(stream) == 0
