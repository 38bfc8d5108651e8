"""Evidence packs over a real log: what holds, and every way of tampering that must be refused."""

import base64
import json
import random
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasuki.audits.packs.archive import write_pack
from tasuki.audits.packs.types import Holds, PackFile
from tasuki.audits.packs.verifier import EVIDENCE, MANIFEST, SIGNATURE, PackReport, fingerprint, verify_pack
from tasuki.evidence import export, operations, queries
from tasuki.nodes.types import Databases
from tasuki.shared.dates import day_begins
from tests.integration.evidence.logs import AT, KEY, ORIGIN, append_committed, seal

FILES = {"registers/exports.csv": b"a,b\r\n1,2\r\n", "READ-ME.txt": "読んでください".encode()}
OWN = fingerprint(KEY.public_key().public_bytes_raw())
DAY = AT.astimezone().date()


@pytest.fixture
def sealed(committed: Databases) -> Databases:
    """Give a log of ten records in three seals."""
    for count in (4, 1, 5):
        append_committed(count, tag=f"{count}")
        seal()
    return committed


def pack(folder: Path, name: str = "pack.zip", *, key: Ed25519PrivateKey = KEY, part: range = range(10)) -> Path:
    staged = folder / "staged"
    (staged / "registers").mkdir(parents=True, exist_ok=True)
    for file, content in FILES.items():
        (staged / file).write_bytes(content)
    export.write_export(staged / EVIDENCE, origin=ORIGIN, public_key=KEY.public_key(), part=part)
    listed = [PackFile(file, ("表", "a table"), Holds.NONE) for file in (*FILES, EVIDENCE)]
    facts = {
        "origin": ORIGIN,
        "since": DAY.isoformat(),
        "until": DAY.isoformat(),
        "made_at": AT.isoformat(),
        "contents": ["exports", "evidence"],
        "evidence": {"first": part.start, "last": part.stop},
    }
    write_pack(folder / name, staged, listed, facts=facts, key=key)
    return folder / name


def codes(report: PackReport) -> list[str]:
    return [one.code for one in report.problems]


def rewritten(source: Path, change: Callable[[dict[str, bytes]], object], **options: Any) -> Path:
    """Make the pack anew with members changed, as somebody without the key would."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    target = source.with_name("changed.zip")
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=archive.compression)
    return target


def test_a_pack_verifies_and_the_same_content_gives_the_same_bytes(sealed: Databases, tmp_path: Path) -> None:
    first, second = pack(tmp_path), pack(tmp_path, "second.zip")
    assert first.read_bytes() == second.read_bytes()
    report = verify_pack(first, key=OWN)
    assert (report.ok, report.problems, report.vouched) == (True, [], True)
    assert (report.files, report.records, report.hashes_only, report.checkpoints) == (3, 10, 0, 3)
    # Without a word from outside it holds, and says that nobody vouches for it.
    assert (verify_pack(first).ok, verify_pack(first).vouched) == (True, False)


def test_what_another_party_kept_vouches_for_it(sealed: Databases, tmp_path: Path) -> None:
    note = queries.checkpoint_at(10)
    assert note is not None
    operations.witness(note=note.note, origin=ORIGIN, proof=[], public_key=KEY.public_key(), at=AT)
    kept = tmp_path / "kept.jsonl"
    export.write_witnessed(kept, origin=ORIGIN)
    report = verify_pack(pack(tmp_path), witnesses=[kept])
    assert (report.ok, report.vouched) == (True, True)


def test_outside_its_period_a_pack_holds_hashes_and_no_records(sealed: Databases, tmp_path: Path) -> None:
    whole, after = day_begins(DAY), day_begins(DAY.replace(year=DAY.year + 1))
    assert queries.leaves_between(whole, after).start == 0
    # After the last checkpoint nothing is left; the chain is there all the same.
    assert queries.leaves_between(after, after).start == 10
    file = pack(tmp_path, part=range(5, 10))
    with zipfile.ZipFile(file) as archive:
        lines = archive.read(EVIDENCE).splitlines()
    assert sum(b'"entry":null' in line for line in lines) == 5
    # The period begins before the first of them, so five records of it are missing, whatever the town signs.
    [problem] = verify_pack(file, key=OWN).problems
    assert "part_too_short" in problem.where


def test_a_record_taken_out_of_the_period_is_missed(sealed: Databases, tmp_path: Path) -> None:
    file = pack(tmp_path, part=range(4))
    changed = json.loads(zipfile.ZipFile(file).read(MANIFEST))
    assert changed["evidence"] == {"first": 0, "last": 4}
    # The checkpoint of four was signed within the period: records may follow it.
    assert codes(verify_pack(file, key=OWN)) == ["evidence"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda members: members.update({"registers/exports.csv": b"a,b\r\n1,3\r\n"}), ["altered"]),
        (lambda members: members.pop("registers/exports.csv"), ["missing"]),
        (lambda members: members.update({"registers/more.csv": b"x"}), ["added"]),
        (lambda members: members.update({MANIFEST: members[MANIFEST].replace(b"table", b"chair")}), ["bad_signature"]),
        (lambda members: members.update({SIGNATURE: base64.b64encode(bytes(64))}), ["bad_signature"]),
        (lambda members: members.pop(SIGNATURE), ["not_a_pack"]),
        (lambda members: members.update({MANIFEST: b"[" * 5000}), ["not_a_pack"]),
        (lambda members: members.update({MANIFEST: b'{"format":"tasuki-pack/1"}'}), ["not_a_pack"]),
        (lambda members: members.update({MANIFEST: b" " * (1 << 21)}), ["not_a_pack"]),
        (lambda members: members.update({"../outside.txt": b"x"}), ["hostile"]),
        (lambda members: members.update({"/etc/passwd.txt": b"x"}), ["hostile"]),
        (lambda members: members.update({"a\\b.txt": b"x"}), ["hostile"]),
        (lambda members: members.update({f"registers/x{n}.csv": b"" for n in range(501)}), ["hostile"]),
    ],
)  # fmt: skip
def test_a_changed_pack_is_refused_with_the_reason(
    sealed: Databases, tmp_path: Path, change: Callable[[dict[str, bytes]], object], expected: list[str]
) -> None:
    report = verify_pack(rewritten(pack(tmp_path), change), key=OWN)
    assert codes(report) == expected
    assert all(one.ja and one.en for one in report.problems)


def test_a_bomb_is_refused_before_it_is_read(sealed: Databases, tmp_path: Path) -> None:
    bomb = rewritten(
        pack(tmp_path),
        lambda members: members.update({"registers/exports.csv": bytes(50 << 20)}),
        compression=zipfile.ZIP_DEFLATED,
    )
    assert bomb.stat().st_size < 1 << 20
    assert codes(verify_pack(bomb)) == ["hostile"]


def test_a_name_that_stands_twice_is_refused(sealed: Databases, tmp_path: Path) -> None:
    file = pack(tmp_path)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("READ-ME.txt", b"another")
    assert codes(verify_pack(file)) == ["hostile"]


def test_what_is_put_before_behind_or_between_is_found(sealed: Databases, tmp_path: Path) -> None:
    file = pack(tmp_path)
    content = file.read_bytes()
    commented = BytesIO(content)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"a word to the reader"
    for changed in (b"#!/bin/sh\n" + content, content + b"tail", commented.getvalue()):
        file.write_bytes(changed)
        assert not verify_pack(file, key=OWN).ok


def test_a_truncated_pack_and_any_altered_byte_is_refused(sealed: Databases, tmp_path: Path) -> None:
    file = pack(tmp_path)
    content = file.read_bytes()
    for length in (0, 10, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert not verify_pack(file, key=OWN).ok, length
    chosen = random.Random(7)  # noqa: S311 — the same bytes in every run
    for place in [*range(30), *chosen.sample(range(len(content)), 120), *range(len(content) - 60, len(content))]:
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert not verify_pack(file, key=OWN).ok, place


def test_a_pack_signed_again_does_not_fit_the_key_nor_its_own_evidence(sealed: Databases, tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate()
    file = pack(tmp_path, key=other)
    # With the fingerprint known from elsewhere it ends there; without, the evidence inside bears the town's key.
    assert codes(verify_pack(file, key=OWN)) == ["other_key"]
    assert codes(verify_pack(file)) == ["other_log"]
