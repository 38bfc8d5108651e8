"""Files left in a sender's folder: taken in once, committed only when nobody has to look at them."""

import os
import time
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from tasuki.demo.generator.source_files import mapping_file
from tasuki.jobs import imports
from tasuki.screening import mapping_queries, queries
from tasuki.screening.import_types import Sender, SenderKind
from tasuki.screening.operations.drop_hours import set_drop_hours
from tasuki.screening.operations.mappings import add_sender, change_sender, save_mapping
from tasuki.screening.types import BatchState, Origin
from tasuki.shared.dates import JST
from tests.integration.screening.files import HEADER, line
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db

SOUND = line(実施機関番号="")


@pytest.fixture(autouse=True)
def node(settings: Settings, tmp_path: Path) -> None:
    """Give the town a folder of its own, and a resident."""
    settings.NODE = settings.NODE.model_copy(update={"folder": tmp_path})
    register(resident())


def sender(*, commits_unattended: bool) -> Sender:
    """Enter a sender with one mapping and a folder."""
    added = add_sender(name="架空区医師会", kind=SenderKind.ASSOCIATION, by=BY, at=AT)
    assert isinstance(added, Sender)
    text = mapping_file("51").read_text(encoding="utf-8")
    save_mapping(sender_id=added.sender_id, mapping_id=None, text=text, reason="", by=BY, at=AT)
    changed = change_sender(
        sender_id=added.sender_id,
        name=added.name,
        kind=added.kind,
        drop_folder="kaku-ishikai",
        commits_unattended=commits_unattended,
        by=BY,
        at=AT,
    )
    assert isinstance(changed, Sender)
    return changed


def dropped(folder: Path, name: str, *lines: str, age: float = 120.0) -> Path:
    """Leave a file in the sender's folder, written to so many seconds ago."""
    place = folder / "drop" / "kaku-ishikai"
    place.mkdir(parents=True, exist_ok=True)
    file = place / name
    file.write_bytes("\r\n".join([",".join(HEADER), *lines, ""]).encode("cp932"))
    os.utime(file, (time.time() - age,) * 2)
    return file


def moved_to(file: Path) -> list[str]:
    return [one.parent.name for one in file.parent.rglob(f"*-{file.name}")]


def test_a_file_nobody_has_to_look_at_is_stored_when_the_sender_is_trusted(tmp_path: Path) -> None:
    kept = sender(commits_unattended=True)
    file = dropped(tmp_path, "51.csv", SOUND)
    assert imports.take_in_dropped() == {
        "files": 1, "committed": 1, "waiting": 0, "already_imported": 0, "unreadable": 0
    }  # fmt: skip
    [batch] = queries.batches()
    assert (batch.state, batch.origin, batch.mapping_version) == (BatchState.COMMITTED, Origin.DROP, 1)
    assert len(queries.results_of(NUMBER)) == 1
    assert moved_to(file) == ["done"]
    again = dropped(tmp_path, "51-again.csv", SOUND)
    assert imports.take_in_dropped()["already_imported"] == 1
    assert len(queries.results_of(NUMBER)) == 1
    assert moved_to(again) == ["done"]
    assert mapping_queries.sender(kept.sender_id) == kept


@pytest.mark.parametrize(
    ("trusted", "lines"), [(False, [SOUND]), (True, [SOUND, line(連番="2", 性別="女性")]), (True, [line()])]
)
def test_anything_else_waits_for_a_clerk(tmp_path: Path, trusted: bool, lines: list[str]) -> None:
    sender(commits_unattended=trusted)
    file = dropped(tmp_path, "51.csv", *lines)
    assert imports.take_in_dropped()["waiting"] == 1
    assert [batch.state for batch in queries.batches()] == [BatchState.PREVIEWED]
    assert queries.results_of(NUMBER) == []
    assert moved_to(file) == ["problem"]


def test_a_file_that_cannot_be_read_is_listed_with_its_reason(tmp_path: Path) -> None:
    sender(commits_unattended=True)
    file = dropped(tmp_path, "other.csv")
    file.write_bytes(b"who,knows\r\n1,2\r\n")
    os.utime(file, (time.time() - 120,) * 2)
    assert imports.take_in_dropped()["unreadable"] == 1
    [batch] = queries.batches()
    assert batch.state is BatchState.UNREADABLE
    assert [one.rule for one in queries.problems_of(batch.batch_id)]
    assert moved_to(file) == ["problem"]


def test_a_file_still_on_its_way_and_a_link_are_left_alone(tmp_path: Path) -> None:
    sender(commits_unattended=True)
    dropped(tmp_path, "51.csv", SOUND, age=1.0)
    dropped(tmp_path, "51.csv.part", SOUND)
    dropped(tmp_path, ".hidden.csv", SOUND)
    link = tmp_path / "drop" / "kaku-ishikai" / "link.csv"
    link.symlink_to(tmp_path / "elsewhere.csv")
    assert imports.take_in_dropped()["files"] == 0
    assert queries.batches() == []


def test_folders_are_looked_into_in_the_towns_hours_only(tmp_path: Path) -> None:
    sender(commits_unattended=True)
    file = dropped(tmp_path, "51.csv", SOUND)
    set_drop_hours(begins=1, ends=4, version=0, reason="夜間バックアップ", by=BY, at=AT)
    for hour, is_there in ((0, True), (4, True), (22, True), (3, False)):
        with time_machine.travel(datetime(2199, 1, 10, hour, 30, tzinfo=JST), tick=False):
            imports.take_in_at_night()
        assert file.exists() is is_there
    assert moved_to(file) == ["done"]


def test_samples_and_uploads_nobody_went_on_with_are_forgotten(tmp_path: Path) -> None:
    left = tmp_path / "uploads" / "left"
    left.mkdir(parents=True)
    (left / "file").write_text("x")
    old = time.time() - 2 * 24 * 3600
    os.utime(left, (old, old))
    fresh = tmp_path / "uploads" / "fresh"
    fresh.mkdir()
    imports.forget_left_behind()
    assert [one.name for one in (tmp_path / "uploads").iterdir()] == ["fresh"]
