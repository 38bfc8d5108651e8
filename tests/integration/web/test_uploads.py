"""Files from outside, before anything reads them: too large, of another kind, harmful by a real scanner's word."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tasuki.accounts.types import Role
from tasuki.demo.generator.source_files import mapping_file
from tasuki.jobs import imports, registers
from tasuki.nodes.scanning import Scanned, Verdict, scan
from tasuki.nodes.types import Uploads
from tasuki.screening import import_queries, queries
from tasuki.screening.facility_files import HEADER
from tasuki.screening.facility_register import entries_of
from tasuki.screening.import_types import Sender, SenderKind
from tasuki.screening.operations.mappings import add_sender, change_sender, save_mapping
from tasuki.screening.queries.residents import register_loads
from tasuki.screening.types import BatchState
from tasuki.screening.types.residents import RegisterScope
from tasuki.web.uploads import BoundedUpload
from tests.integration.web.conftest import AT, SYSTEM
from tests.repo.source import SOURCE
from tests.scanner import HARMFUL, LARGEST, running_scanner

pytestmark = pytest.mark.django_db(databases=["default", "index"])
NOBODY = "unix:/nonexistent/clamd.ctl"
SOUND = (",".join(HEADER) + "\n1319910030,模擬町診療所,139980,1,2015-04-01,\n").encode()
HARM = SOUND + b"1319910030," + HARMFUL + b",139980,1,2016-04-01,\n"


class Watched(BoundedUpload):
    """Notes how large the kept file is after each piece."""

    seen: ClassVar[list[int]] = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        super().receive_data_chunk(raw_data, start)
        self.file.flush()
        self.seen.append(Path(self.file.temporary_file_path()).stat().st_size)


@pytest.fixture(scope="module")
def scanner() -> Iterator[str]:
    with running_scanner() as address:
        yield address


@pytest.fixture
def rules(settings: Settings) -> Callable[[Uploads], None]:
    def hold(uploads: Uploads) -> None:
        settings.NODE = settings.NODE.model_copy(update={"uploads": uploads})

    return hold


@pytest.fixture
def clerk(logged_in: Callable[[Role], Client]) -> Client:
    return logged_in(Role.HEALTH_CLERK)


def send(clerk: Client, content: bytes) -> HttpResponse:
    return clerk.post(reverse("facility-upload"), {"file": SimpleUploadedFile("facilities.csv", content)})


def is_taken_in() -> bool:
    return bool(entries_of("1319910030"))


def test_a_clean_file_is_taken_in_and_a_harmful_one_is_not(
    clerk: Client, rules: Callable[[Uploads], None], scanner: str
) -> None:
    rules(Uploads(scanner=scanner, scanner_required=True))

    refused = send(clerk, HARM)
    assert refused.status_code == 422
    assert "検査で危険なプログラムが見つかりました" in refused.content.decode()
    assert not is_taken_in()

    assert send(clerk, SOUND).status_code == 302
    assert is_taken_in()


@pytest.mark.parametrize("is_required", [True, False])
def test_without_an_answer_a_file_is_taken_in_only_where_none_is_required(
    clerk: Client, rules: Callable[[Uploads], None], is_required: bool
) -> None:
    rules(Uploads(scanner=NOBODY, scanner_required=is_required))

    answered = send(clerk, SOUND)

    assert ("ウイルス検査ができない" in answered.content.decode()) is is_required
    assert is_taken_in() is not is_required


def test_what_the_scanner_is_too_small_for_counts_as_not_looked_at(scanner: str) -> None:
    assert scan([b" " * LARGEST, b" " * LARGEST], scanner) == Scanned(Verdict.UNANSWERED, "size")


@pytest.mark.parametrize(
    ("beginning", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excelのファイルです"),
        (b"PK\x03\x04", "受け取れる種類のファイルではありません"),
        (b"MZ\x90\x00", "受け取れる種類のファイルではありません"),
        (b"%PDF-1.7", "受け取れる種類のファイルではありません"),
    ],
)
def test_the_kind_is_told_by_the_content_whatever_the_name_says(clerk: Client, beginning: bytes, said: str) -> None:
    refused = send(clerk, beginning + SOUND)
    assert refused.status_code == 422
    assert said in refused.content.decode()


def test_a_file_that_is_too_large_is_not_kept_while_it_arrives(
    clerk: Client, rules: Callable[[Uploads], None], settings: Settings, tmp_path: Path
) -> None:
    rules(Uploads(most_megabytes=1))
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_HANDLERS = ["tests.integration.web.test_uploads.Watched"]
    Watched.seen.clear()

    refused = send(clerk, SOUND + b"\n" * 3 * 1024 * 1024)

    assert refused.status_code == 422
    assert "ファイルが大きすぎます" in refused.content.decode()
    assert max(Watched.seen) <= 1024 * 1024
    assert not is_taken_in()


def test_a_register_left_in_the_folder_waits_for_the_scanner_and_a_harmful_one_is_set_aside(
    rules: Callable[[Uploads], None], scanner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "drop_folder", lambda: tmp_path)
    file = tmp_path / "register.csv"
    file.write_bytes(HARM)
    os.utime(file, (time.time() - 120,) * 2)

    rules(Uploads(scanner=NOBODY, scanner_required=True))
    registers.take_in_dropped()
    assert file.exists()

    rules(Uploads(scanner=scanner, scanner_required=True))
    registers.take_in_dropped()
    assert not file.exists()
    assert [one.read_bytes() for one in (tmp_path / "harmful").iterdir()] == [HARM]
    [listed] = register_loads()
    assert (listed.file_name, listed.scope) == ("register.csv", RegisterScope.UNREADABLE)


def test_a_senders_harmful_file_is_listed_unread(
    rules: Callable[[Uploads], None], scanner: str, settings: Settings
) -> None:
    added = add_sender(name="架空区医師会", kind=SenderKind.ASSOCIATION, by=SYSTEM, at=AT)
    assert isinstance(added, Sender)
    text = mapping_file("51").read_text(encoding="utf-8")
    save_mapping(sender_id=added.sender_id, mapping_id=None, text=text, reason="", by=SYSTEM, at=AT)
    change_sender(
        sender_id=added.sender_id, name=added.name, kind=added.kind, drop_folder="kaku", commits_unattended=True,
        by=SYSTEM, at=AT,
    )  # fmt: skip
    folder = settings.NODE.folder / "drop" / "kaku"
    folder.mkdir(parents=True)
    (folder / "51.csv").write_bytes(HARMFUL)
    os.utime(folder / "51.csv", (time.time() - 120,) * 2)

    rules(Uploads(scanner=NOBODY, scanner_required=True))
    assert imports.take_in_dropped()["waiting"] == 1
    rules(Uploads(scanner=scanner, scanner_required=True))
    assert imports.take_in_dropped()["unreadable"] == 1

    [batch] = queries.batches()
    assert (batch.state, batch.file_name) == (BatchState.UNREADABLE, "51.csv")
    assert [problem.rule for problem in import_queries.file_problems(batch.batch_id)] == ["file_harmful"]
    assert not (folder / "51.csv").exists()


def test_every_field_for_a_file_looks_before_anything_reads_it() -> None:
    plain = re.compile(r"forms\.(File|Image)Field\(")
    found = [path for path in (SOURCE / "web").rglob("*.py") if plain.search(path.read_text("utf-8"))]
    assert found == []
