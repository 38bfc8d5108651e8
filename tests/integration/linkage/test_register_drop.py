"""Files left in the folder of the register: each taken in once, in order, and put away."""

import os
import time
from pathlib import Path

import pytest

from tasuki.jobs import registers
from tasuki.screening import queries
from tasuki.screening.queries.residents import register_loads
from tasuki.screening.types.residents import RegisterScope
from tests.integration.linkage.test_register import CIPHER, FIRST, line, written

pytestmark = pytest.mark.django_db(databases=["default", "index"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registers, "drop_folder", lambda: tmp_path)
    monkeypatch.setattr(registers, "number_cipher", lambda: CIPHER)
    return tmp_path


def left(folder: Path, name: str, *lines: str, seconds_ago: float = 60) -> Path:
    file = written(folder, *lines).rename(folder / name)
    then = time.time() - seconds_ago
    os.utime(file, (then, then))
    return file


def test_a_settled_file_is_taken_in_and_put_away(folder: Path) -> None:
    left(folder, "a.csv", line("0001", FIRST))
    registers.take_in_dropped()
    assert queries.person("0001") is not None
    assert [one.file_name for one in register_loads()] == ["a.csv"]
    assert list(folder.glob("*.csv")) == []
    (kept,) = (folder / "done").iterdir()
    assert kept.name.endswith("-a.csv")
    assert (folder / "done").stat().st_mode & 0o077 == 0


def test_a_file_still_being_written_waits_and_so_do_those_after_it(folder: Path) -> None:
    left(folder, "a.csv", line("0001", FIRST), seconds_ago=1)
    left(folder, "b.csv", line("0002", ""))
    registers.take_in_dropped()
    assert register_loads() == []


def test_an_unreadable_file_is_set_aside_and_listed_for_a_clerk(folder: Path) -> None:
    left(folder, "a.csv").write_bytes(b"\x00\x81\x00")
    then = time.time() - 60
    os.utime(folder / "a.csv", (then, then))
    left(folder, "b.csv", line("0002", ""))
    registers.take_in_dropped()
    assert len(list((folder / "unreadable").iterdir())) == 1
    assert {(one.file_name, one.scope, one.problems > 0) for one in register_loads()} == {
        ("a.csv", RegisterScope.UNREADABLE, True),
        ("b.csv", RegisterScope.WHOLE, False),
    }
    assert queries.person("0002") is not None
