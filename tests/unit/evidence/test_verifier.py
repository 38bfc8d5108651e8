"""The stand-alone verifier: what is whole passes, and nothing altered does."""

import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.evidence import verifier
from tests.unit.evidence.exports import (
    KEY,
    PUBLIC_KEY,
    dump,
    export_lines,
    header,
    joined,
    leaf,
    verify,
    witness_lines,
)

LEAVES = [leaf(number) for number in range(7)]
EXPORT = export_lines(LEAVES, [3, 4, 7])
WITNESS = witness_lines(EXPORT, 0, 2)
#: Lines: 0 header, 1-3 leaves, 4 checkpoint 3, 5 leaf, 6 checkpoint 4, 7-9 leaves, 10 checkpoint 7.
FIRST_LEAF, LAST_CHECKPOINT = 1, 10
#: The smallest files with every kind of line, for the tests that alter each byte.
SMALL = joined(export_lines(LEAVES[:3], [1, 3]))
SMALL_WITNESS = joined(witness_lines(SMALL.splitlines(), 1))


def codes(report: verifier.Report) -> list[str]:
    return [problem.code for problem in report.problems]


def test_a_whole_export_passes(tmp_path: Path) -> None:
    report = verify(tmp_path, joined(EXPORT), joined(WITNESS))
    assert report.ok, report.problems
    assert (report.leaves, report.checkpoints, report.witnessed, report.vouched) == (7, 3, 2, True)
    assert report.origin == "tasuki/gateway-east"
    assert report.tree_size == 7
    assert (
        json.loads(EXPORT[LAST_CHECKPOINT])["checkpoint"].split("\n")[2]
        == b64encode(bytes.fromhex(report.root)).decode()
    )


def test_an_export_alone_passes_but_nothing_vouches_for_it(tmp_path: Path) -> None:
    report = verify(tmp_path, joined(EXPORT))
    assert report.ok
    assert not report.vouched
    assert verify(tmp_path, joined(EXPORT), public_key=PUBLIC_KEY).vouched


def test_a_log_without_records_passes(tmp_path: Path) -> None:
    assert verify(tmp_path, joined(export_lines([], []))).ok


def other_bytes(content: bytes, position: int) -> set[int]:
    """Choose what to put in the place of a byte: a flipped bit, and bytes that JSON and lines give a meaning."""
    return {content[position] ^ 1, content[position] ^ 0x20, ord("0"), ord("\n")} - {content[position]}


def test_the_small_files_pass(tmp_path: Path) -> None:
    assert verify(tmp_path, SMALL, SMALL_WITNESS).ok


def test_every_altered_byte_of_an_export_is_found(tmp_path: Path) -> None:
    for position in range(len(SMALL)):
        for other in other_bytes(SMALL, position):
            mutated = SMALL[:position] + bytes([other]) + SMALL[position + 1 :]
            assert not verify(tmp_path, mutated).ok, (position, other)


def test_every_altered_byte_of_a_witness_file_is_found(tmp_path: Path) -> None:
    for position in range(len(SMALL_WITNESS)):
        for other in other_bytes(SMALL_WITNESS, position):
            mutated = SMALL_WITNESS[:position] + bytes([other]) + SMALL_WITNESS[position + 1 :]
            assert not verify(tmp_path, SMALL, mutated).ok, (position, other)


def test_every_removed_or_inserted_byte_is_found(tmp_path: Path) -> None:
    for position in range(len(SMALL)):
        for changed in (SMALL[:position] + b" " + SMALL[position:], SMALL[:position] + SMALL[position + 1 :]):
            assert not verify(tmp_path, changed).ok, position
    for position in range(len(SMALL_WITNESS)):
        before, after = SMALL_WITNESS[:position], SMALL_WITNESS[position:]
        for changed in (before + b" " + after, before + after[1:]):
            assert not verify(tmp_path, SMALL, changed).ok, position
    for junk in (b" ", b"\n", b"0", b"\n\n"):
        assert not verify(tmp_path, SMALL + junk, SMALL_WITNESS).ok
        assert not verify(tmp_path, SMALL, SMALL_WITNESS + junk).ok


def test_every_truncation_is_found_with_a_witness(tmp_path: Path) -> None:
    for length in range(len(SMALL)):
        assert not verify(tmp_path, SMALL[:length], SMALL_WITNESS).ok, length
    for length in range(len(SMALL_WITNESS)):
        assert not verify(tmp_path, SMALL, SMALL_WITNESS[:length]).ok, length


@pytest.mark.parametrize("position", range(len(EXPORT)))
def test_a_removed_or_repeated_line_is_found(tmp_path: Path, position: int) -> None:
    assert not verify(tmp_path, joined(EXPORT[:position] + EXPORT[position + 1 :])).ok
    assert not verify(tmp_path, joined(EXPORT[: position + 1] + EXPORT[position:])).ok


@pytest.mark.parametrize("first", range(len(EXPORT)))
def test_swapped_lines_are_found(tmp_path: Path, first: int) -> None:
    for second in range(first + 1, len(EXPORT)):
        swapped = list(EXPORT)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        assert not verify(tmp_path, joined(swapped)).ok


@pytest.mark.parametrize("position", range(len(WITNESS)))
def test_a_removed_or_repeated_line_of_a_witness_is_found(tmp_path: Path, position: int) -> None:
    assert not verify(tmp_path, joined(EXPORT), joined(WITNESS[:position] + WITNESS[position + 1 :])).ok
    assert not verify(tmp_path, joined(EXPORT), joined(WITNESS[: position + 1] + WITNESS[position:])).ok


@pytest.mark.parametrize("index", range(7))
def test_exactly_the_altered_record_is_named(tmp_path: Path, index: int) -> None:
    altered = [line.replace(b'"n":%d,' % index, b'"n":9,') for line in EXPORT]
    report = verify(tmp_path, joined(altered), joined(WITNESS))
    assert codes(report) == ["leaf_altered"]
    problem = report.problems[0]
    assert problem.leaf == index
    assert EXPORT[(problem.line or 0) - 1].startswith(b'{"leaf":%d,' % index)


def test_a_removed_record_is_named_even_when_its_line_remains(tmp_path: Path) -> None:
    lines = list(EXPORT)
    before, _, _ = lines[2].partition(b'"entry":')
    lines[2] = before + b'"entry":null}'
    report = verify(tmp_path, joined(lines))
    assert [(problem.code, problem.leaf) for problem in report.problems] == [("leaf_removed", 1)]


def test_a_record_altered_with_its_hash_breaks_the_signed_root(tmp_path: Path) -> None:
    forged = export_lines([leaf(40), *LEAVES[1:]], [3, 4, 7])
    lines = list(EXPORT)
    lines[FIRST_LEAF] = forged[FIRST_LEAF]
    report = verify(tmp_path, joined(lines))
    assert codes(report)[0] == "root_mismatch"
    assert report.problems[0].leaf == 0


def test_a_missing_line_is_named(tmp_path: Path) -> None:
    report = verify(tmp_path, joined(EXPORT[:2] + EXPORT[3:]))
    assert [(problem.code, problem.leaf, problem.line) for problem in report.problems] == [("leaf_missing", 1, 3)]


def test_a_repeated_index_is_named(tmp_path: Path) -> None:
    report = verify(tmp_path, joined(EXPORT[:3] + EXPORT[2:]))
    assert [(problem.code, problem.leaf, problem.line) for problem in report.problems] == [("leaf_out_of_order", 2, 4)]


def test_a_tail_cut_at_a_checkpoint_is_found_by_what_another_party_holds(tmp_path: Path) -> None:
    shorter = joined(export_lines(LEAVES, [3, 4]))
    assert verify(tmp_path, shorter).ok
    assert codes(verify(tmp_path, shorter, joined(witness_lines(EXPORT, 2)))) == ["tail_missing"]


def test_a_log_written_anew_is_found_by_what_another_party_holds(tmp_path: Path) -> None:
    forked = joined(export_lines([*LEAVES[:5], leaf(50), leaf(51)], [3, 4, 7]))
    assert verify(tmp_path, forked).ok
    report = verify(tmp_path, forked, joined(WITNESS))
    assert codes(report) == ["fork"]
    assert report.problems[0].file.endswith("witness-0.jsonl")


def test_a_checkpoint_left_out_of_the_export_is_found(tmp_path: Path) -> None:
    lines = [line for place, line in enumerate(EXPORT) if place != 6]
    assert codes(verify(tmp_path, joined(lines))) == ["checkpoint_missing"]
    other = joined(export_lines(LEAVES, [4, 7]))
    assert "checkpoint_missing" in codes(verify(tmp_path, other, joined(witness_lines(EXPORT, 0))))


def test_a_log_signed_anew_with_another_key_is_found(tmp_path: Path) -> None:
    resigned = joined(export_lines(LEAVES, [3, 4, 7], key=Ed25519PrivateKey.generate()))
    assert verify(tmp_path, resigned).ok
    assert codes(verify(tmp_path, resigned, public_key=PUBLIC_KEY)) == ["other_key"]
    assert codes(verify(tmp_path, resigned, joined(WITNESS)))[0] == "other_key"


def test_a_signature_by_another_key_is_found(tmp_path: Path) -> None:
    other = export_lines(LEAVES, [3, 4, 7], key=Ed25519PrivateKey.generate())
    assert codes(verify(tmp_path, joined([EXPORT[0], *other[1:]]))) == ["bad_signature"] * 3
    assert "bad_signature" in codes(verify(tmp_path, joined(EXPORT), joined([WITNESS[0], other[4], other[10]])))


def test_a_witness_of_another_log_is_not_taken(tmp_path: Path) -> None:
    other = [header("tasuki-witness/1", "checkpoints", 1, origin="tasuki/other"), WITNESS[1]]
    assert codes(verify(tmp_path, joined(EXPORT), joined(other))) == ["other_log"]


def test_records_after_the_last_checkpoint_are_not_covered(tmp_path: Path) -> None:
    lines = [header("tasuki-evidence/1", "tree_size", 6), *EXPORT[1:9]]
    assert codes(verify(tmp_path, joined(lines))) == ["tail_unsigned"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\n\n\n",
        b"\x00" * 1000,
        b"{",
        b"[" * 100_000 + b"\n",
        b"9" * 10_000 + b"\n",
        b"x" * 3_000_000,
        b"x" * 3_000_000 + b"\n",
        b'"\\ud800"\n',
        dump({"format": "tasuki-evidence/1"}) + b"\n",
        dump([1, 2, 3]) + b"\n",
        header("tasuki-evidence/2", "tree_size", 0) + b"\n",
        header("tasuki-evidence/1", "tree_size", 0, origin="Not A Name") + b"\n",
        header("tasuki-evidence/1", "tree_size", 0, key=b"short") + b"\n",
        header("tasuki-evidence/1", "tree_size", -1) + b"\n",
        dump({"format": "tasuki-evidence/1", "origin": "a", "public_key": None, "tree_size": 0}) + b"\n",
        dump({"format": "tasuki-evidence/1", "origin": "a", "public_key": "襷", "tree_size": 0}) + b"\n",
        dump({"format": "tasuki-evidence/1", "origin": "a", "public_key": "A===", "tree_size": 0}) + b"\n",
        header("tasuki-evidence/1", "tree_size", 0).replace(b":0}", b":true}") + b"\n",
        header("tasuki-evidence/1", "tree_size", 0).replace(b":0}", b":0.0}") + b"\n",
        header("tasuki-evidence/1", "tree_size", 0).replace(b":0}", b":NaN}") + b"\n",
    ],
)
def test_what_is_no_export_is_a_problem_and_no_traceback(tmp_path: Path, content: bytes) -> None:
    assert verify(tmp_path, content).problem_count == 1
    assert not verify(tmp_path, joined(EXPORT), content).ok


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b'{"leaf":0}',
        b'{"leaf":0,"hash":"00","entry":{}}',
        b'{"leaf":' + b"9" * 5000 + b"}",
        b'{"checkpoint":null}',
        b'{"checkpoint":"' + b"\\n" * 1000 + b'"}',
        b'{"checkpoint":' + b"[" * 90_000 + b"}",
    ],
)
def test_a_hostile_line_is_a_problem_and_no_traceback(tmp_path: Path, line: bytes) -> None:
    assert not verify(tmp_path, joined([EXPORT[0], line, *EXPORT[1:]])).ok
    assert not verify(tmp_path, joined([*EXPORT, line])).ok
    assert not verify(tmp_path, joined(EXPORT), joined([WITNESS[0], line, *WITNESS[2:]])).ok


@pytest.mark.parametrize(
    "entry",
    [
        LEAVES[0].replace(b'"body":{', b'"body":{"x":'),
        LEAVES[0].replace(b"inquiry_sent", b"Not A Kind"),
        LEAVES[0].replace(b"2026-04-01", b"20260401"),
        b'{"kind":"x_x","transaction_number":null,"recorded_at":"2026-04-01T00:00:00.000000Z","body":{"a":'
        + b"[" * 50_000
        + b"}}",
        b"[]",
    ],
)
def test_a_sealed_line_that_is_no_record_is_a_problem(tmp_path: Path, entry: bytes) -> None:
    report = verify(tmp_path, joined(export_lines([entry], [1])))
    assert [(problem.code, problem.leaf, problem.line) for problem in report.problems] == [("bad_record", 0, 2)]


@given(st.binary(max_size=60), st.integers(0, 11), st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_lines_anywhere_are_found(tmp_path: Path, junk: bytes, position: int, is_witness: bool) -> None:
    if is_witness:
        position = min(position, len(WITNESS))
        changed = joined([*WITNESS[:position], junk, *WITNESS[position:]])
        assert not verify(tmp_path, joined(EXPORT), changed).ok
    else:
        assert not verify(tmp_path, joined([*EXPORT[:position], junk, *EXPORT[position:]])).ok


def test_missing_files_are_problems(tmp_path: Path) -> None:
    assert codes(verifier.verify_export(tmp_path / "none.jsonl")) == ["unreadable_file"]
    (tmp_path / "export.jsonl").write_bytes(joined(EXPORT))
    assert codes(verifier.verify_export(tmp_path / "export.jsonl", [tmp_path / "none.jsonl"])) == ["unreadable_file"]


def test_only_the_first_problems_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    count = verifier.MAX_PROBLEMS + 20
    lines = export_lines([leaf(number) for number in range(count)], [count])
    altered = [line.replace(b"TM00000000000090", b"TM00000000000091") for line in lines]
    report = verify(tmp_path, joined(altered))
    assert len(report.problems) == verifier.MAX_PROBLEMS
    assert report.problem_count == count


def test_lines_are_found_across_the_edges_of_what_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in (1, 7, 64, 333):
        monkeypatch.setattr(verifier, "_CHUNK_BYTES", size)
        assert verify(tmp_path, joined(EXPORT), joined(WITNESS)).ok
        report = verify(tmp_path, joined(EXPORT).replace(b'"n":5,', b'"n":6,'))
        assert [(problem.code, problem.line, problem.leaf) for problem in report.problems] == [("leaf_altered", 9, 5)]


def test_it_runs_alone_from_the_command_line(tmp_path: Path) -> None:
    # A copy elsewhere, isolated from the project's folders: nothing of the project can be imported.
    program = tmp_path / "verifier.py"
    program.write_bytes(Path(verifier.__file__).read_bytes())
    (tmp_path / "export.jsonl").write_bytes(joined(EXPORT))
    (tmp_path / "witness.jsonl").write_bytes(joined(WITNESS))
    key = b64encode(PUBLIC_KEY).decode()
    command = [sys.executable, "-I", str(program), str(tmp_path / "export.jsonl")]
    good = subprocess.run(
        [*command, "--witness", str(tmp_path / "witness.jsonl"), "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (good.returncode, good.stdout.splitlines()[-1], good.stderr) == (0, "OK", "")
    (tmp_path / "export.jsonl").write_bytes(joined(EXPORT[:-1]))
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout.splitlines()[-1], bad.stderr) == (1, "FAILED", "")
    assert "tail_unsigned" in bad.stdout


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(joined(EXPORT))
    assert verifier.main([str(path)]) == 0
    assert "nothing outside the export vouches" in capsys.readouterr().out
    count = verifier.MAX_PROBLEMS + 3
    lines = export_lines([leaf(number) for number in range(count)], [count])
    path.write_bytes(joined([line.replace(b"TM00000000000090", b"TM00000000000091") for line in lines]))
    assert verifier.main([str(path)]) == 1
    out = capsys.readouterr().out
    assert "PROBLEM leaf_altered" in out
    assert "and 3 more problems" in out
    with pytest.raises(SystemExit):
        verifier.main([str(path), "--key", "nonsense"])


def test_without_the_signature_library_nothing_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    assert codes(verify(tmp_path, joined(EXPORT))) == ["no_cryptography"]


def test_the_test_key_is_the_one_in_the_header() -> None:
    assert json.loads(EXPORT[0])["public_key"] == b64encode(KEY.public_key().public_bytes_raw()).decode()
