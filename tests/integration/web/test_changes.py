"""Check sheets on the screens: drawn from an edition, signed line by line by both sides."""

from collections.abc import Callable
from importlib.resources import as_file, files
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.changes import queries
from tasuki.changes.types import Side, Verdict
from tasuki.nodes.sql import rows, run

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
HISTORY = "9P520000000000011"


def edition(changed: dict[str, tuple[str, str]], *, folder: str = "release/data/") -> bytes:
    """Return this release's layouts with some texts replaced, as an archive."""
    written = BytesIO()
    with as_file(files("tasuki.layouts").joinpath("data")) as data, ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for path in sorted(data.rglob("*.toml")):
            name = path.relative_to(data).as_posix()
            before, after = changed.get(name, ("", ""))
            archive.writestr(folder + name, path.read_text("utf-8").replace(before, after, 1))
    return written.getvalue()


LONGER = edition({"items/breast.toml": ("max_bytes = 1", "max_bytes = 2")})


def draw(client: Client, content: bytes) -> HttpResponse:
    sent = {"title": "2027年7月の様式改定", "file": SimpleUploadedFile("layouts.zip", content)}
    return client.post(reverse("change-draw"), sent)


def test_a_sheet_is_settled_once_both_sides_settled_every_line(logged_in: LogIn) -> None:
    administrator, contractor = logged_in(Role.SYSTEM_ADMINISTRATOR), logged_in(Role.CONTRACTOR)
    address = draw(administrator, LONGER)["Location"]
    page = administrator.get(address).content.decode()
    for said in ("最大バイト数: 1 → 2", "乳がん検診の過去の受診歴", "items/breast.toml", "1行のうち0行"):
        assert said in page

    nothing_said = contractor.post(f"{address}sign/", {"lines": ["1"], "verdict": "OPEN", "remark": ""})
    assert nothing_said.status_code == 422
    assert "何が残っているかを書いてください" in nothing_said.content.decode()
    contractor.post(f"{address}sign/", {"lines": ["1"], "verdict": "OPEN", "remark": "画面の確認が12月に終わる"})
    administrator.post(f"{address}sign/", {"lines": ["1"], "verdict": "DONE", "remark": "入力欄で確かめた"})
    assert "1行のうち0行" in administrator.get(address).content.decode()
    contractor.post(f"{address}sign/", {"lines": ["1"], "verdict": "DONE", "remark": ""})

    page = administrator.get(address).content.decode()
    assert "すべての行を双方が確かめました" in page
    [sheet] = queries.sheets()
    [line] = queries.lines_of(sheet.sheet_id)
    assert {side: one.verdict for side, one in line.signatures.items()} == {
        Side.TOWN: Verdict.DONE, Side.VENDOR: Verdict.DONE
    }  # fmt: skip
    # What was said before stays.
    assert rows("SELECT count(*) AS n FROM changes_signature")[0]["n"] == 3
    kinds = rows("SELECT kind FROM evidence_entry WHERE kind LIKE 'check_sheet%%' ORDER BY entry_id")
    assert [row["kind"] for row in kinds] == ["check_sheet_drawn", *["check_sheet_signed"] * 3]


def test_the_sheet_is_a_file_too(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    address = draw(administrator, LONGER)["Location"]
    lines = administrator.get(f"{address}file/").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert f"{HISTORY},乳がん検診の過去の受診歴,最大バイト数,1,2," in lines[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no archive at all", "ZIPとして読み取れません"),
        (edition({}), "今の様式と違うところがありません"),
        (edition({"items/breast.toml": ("max_bytes = 1", "max_bytes = -")}), "様式として読み取れません"),
        (edition({"items/breast.toml": ('type = "code"', 'type = "smell"')}), "breast.toml"),
    ],
    ids=["no archive", "the same", "damaged", "impossible"],
)
def test_what_is_no_edition_is_explained_and_draws_nothing(logged_in: LogIn, content: bytes, said: str) -> None:
    refused = draw(logged_in(Role.SYSTEM_ADMINISTRATOR), content)
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert queries.sheets() == []


def test_an_archive_of_something_else_or_too_large_is_refused(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    for name, size, said in (("readme.txt", 1, "data_sets.tomlがありません"), ("big.toml", 1 << 25, "大きすぎます")):
        written = BytesIO()
        with ZipFile(written, "w", ZIP_DEFLATED) as archive:
            archive.writestr(name, b"\0" * size)
        refused = draw(administrator, written.getvalue()).content.decode()
        assert said.replace("data_sets.tomlが", "様式のファイル(data_sets.toml)が") in refused


def test_nobody_signs_a_line_that_is_not_there_or_for_the_other_side(logged_in: LogIn) -> None:
    contractor = logged_in(Role.CONTRACTOR)
    address = draw(logged_in(Role.SYSTEM_ADMINISTRATOR), LONGER)["Location"]
    assert contractor.post(f"{address}sign/", {"lines": ["2"], "verdict": "DONE"}).status_code == 422
    contractor.post(f"{address}sign/", {"lines": ["1"], "verdict": "DONE", "side": "TOWN"})
    [line] = queries.lines_of(queries.sheets()[0].sheet_id)
    assert set(line.signatures) == {Side.VENDOR}
    assert draw(contractor, LONGER).status_code == 403


def test_what_was_signed_cannot_be_changed(logged_in: LogIn) -> None:
    draw(logged_in(Role.SYSTEM_ADMINISTRATOR), LONGER)
    with pytest.raises(DatabaseError):
        run("UPDATE changes_line SET after = 'other'")


def test_without_a_sheet_the_page_says_what_to_do(logged_in: LogIn) -> None:
    page = logged_in(Role.AUDITOR).get(reverse("change-sheets")).content.decode()
    assert "チェックシートはありません" in page
    assert "新しい版と比べる" not in page
