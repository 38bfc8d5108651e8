"""What leaves as a file: asked for, approved by somebody else, encrypted, counted, given back; and attacks on that."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.jobs.works import erase_expired_exports
from tasuki.media import queries
from tasuki.media.archives import COVER_NAME, make_archive, safe_name
from tasuki.media.catalogue import FHIR_DOCUMENTS, downloads, standing_of
from tasuki.media.types import Standing
from tasuki.nodes.sql import rows, run
from tasuki.web import leaving
from tests.integration.web.conftest import AYANO
from tests.integration.web.taking import approver, decide, opened, requested, wish
from tests.integration.web.test_access import every_address
from tests.integration.web.test_link import compared

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
CLERK = Role.INDEX_CLERK


def differences() -> str:
    """Return the address of a list of residents' numbers."""
    return reverse("link-differences-file", args=[compared({"MISSING": 2})])


def recorded() -> list[str]:
    found = rows(
        "SELECT kind FROM evidence_entry WHERE kind LIKE '%%export%%' OR kind LIKE 'office%%' ORDER BY entry_id"
    )
    return [row["kind"] for row in found]


def approved(client: Client, **changed: str) -> str:
    address = requested(client, differences(), **changed)
    decide(address)
    return address


def taken(client: Client, address: str) -> bytes:
    client.post(f"{address}make/")
    return client.post(f"{address}take/").content


def test_the_whole_way_from_the_button_to_the_return(logged_in: LogIn) -> None:
    client = logged_in(CLERK)
    address = requested(client, differences())
    # Nothing exists yet, and nothing can be had.
    assert "承認待ち" in client.get(address).content.decode()
    assert client.post(f"{address}make/").status_code == 302
    assert client.post(f"{address}take/").status_code == 302
    assert recorded() == ["export_requested"]

    decide(address)
    made = client.post(f"{address}make/")
    secret = made.context["archive"].password
    assert secret in made.content.decode()
    assert made["Cache-Control"].find("no-store") >= 0
    # Shown once: neither a page nor the database has it any more.
    assert secret not in client.get(address).content.decode()
    assert rows("SELECT FROM media_export WHERE media_export::text LIKE %s", [f"%{secret}%"]) == []

    archive = client.post(f"{address}take/")
    files = opened(archive.content, secret)
    cover = files.pop(COVER_NAME).decode("utf-8-sig")
    [(name, content)] = files.items()
    for word in ("架空 花子", "承認 花子", "結果の引継ぎ", "架空区医師会", "USB-007", "模擬データの環境"):
        assert word in cover
    assert "staff-index_clerk" in name
    assert content.decode("utf-8-sig").startswith("宛名番号,")

    settled = approver().post(
        f"{address}settle/", {"settlement": "RETURNED", "note": "空であることを見た"}, follow=True
    )
    assert "返却・廃棄の確認済み" in settled.content.decode()
    [kept] = rows("SELECT content, erased_at FROM media_export")
    assert (kept["content"], kept["erased_at"] is None) == (None, False)
    # The list itself was written once it was approved, and says that it was taken.
    assert recorded() == [
        "export_requested", "export_decided", "export_taken", "people_exported", "export_made", "export_taken",
        "export_settled",
    ]  # fmt: skip


def test_an_archive_is_under_aes_256_and_opens_with_its_password_alone() -> None:
    archive = make_archive(name="a.csv", content=b"x" * 50, cover="c", stamp="s", password="right")
    # Method 99 and the extra field 0x9901 of WinZip's AE-x: vendor "AE", strength 3 is 256 bits.
    (method,) = struct.unpack_from("<H", archive.content, 8)
    place = archive.content.index(b"\x01\x99\x07\x00")
    assert (method, archive.content[place + 6 : place + 8], archive.content[place + 8]) == (99, b"AE", 3)
    assert opened(archive.content, "right")["s_a.csv"] == b"x" * 50
    with pytest.raises(RuntimeError, match="Bad password"):
        opened(archive.content, "wrong")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\windows\\a.csv", "/etc/cron.d/a", "a\x00b.csv", "C:evil.csv", "...", ""]
)
def test_no_name_leads_out_of_the_folder_it_is_unpacked_in(name: str) -> None:
    archive = make_archive(name=name, content=b"", cover="", stamp=name, password="p")
    assert safe_name(name)
    for inside in (*opened(archive.content, "p"), archive.file_name):
        assert not set(inside) & set("/\\:\x00")
        assert Path(inside).name == inside


def test_nobody_approves_or_confirms_their_own(logged_in: LogIn) -> None:
    own = logged_in(CLERK)
    address = requested(own, differences())
    assert own.post(f"{address}decide/", {"act": "approve"}).status_code == 403
    # Even an approver's own request stays undecided, whatever they press.
    other = approver()
    owner = "(SELECT 'STAFF:' || id FROM accounts_staff WHERE role = 'APPROVER')"
    run(f"UPDATE media_export SET requested_by = {owner}")  # noqa: S608 — words of ours
    said = other.post(f"{address}decide/", {"act": "approve"}, follow=True).content.decode()
    assert "自分の持出しを承認も確認もできません" in said
    for statement in (
        "UPDATE media_export SET is_approved = true, decided_at = now(), decided_by = requested_by",
        "UPDATE media_export SET settlement = 'RETURNED', settled_at = now(), settled_by = requested_by",
    ):
        with pytest.raises(DatabaseError, match="by_another"), transaction.atomic():
            run(statement, [])
    found = queries.exports(limit=10)[1][0]
    assert found.decided_at is None


def test_a_refusal_needs_a_reason_and_ends_it(logged_in: LogIn) -> None:
    client = logged_in(CLERK)
    address = requested(client, differences())
    unsaid = approver().post(f"{address}decide/", {"act": "refuse", "reason": ""})
    assert unsaid.status_code == 422
    decide(address, "refuse", "目的に要らない")
    page = client.get(address).content.decode()
    assert "不承認" in page
    assert "目的に要らない" in page
    assert client.post(f"{address}make/", follow=True).context.get("archive") is None
    assert taken(client, address) == b""


def test_somebody_elses_export_is_as_if_it_were_not_there(logged_in: LogIn) -> None:
    address = approved(logged_in(CLERK))
    other = logged_in(Role.HEALTH_CLERK)
    assert other.get(address).status_code == 404
    for act in ("make", "take", "withdraw"):
        assert other.post(f"{address}{act}/").status_code == 404
    # An approver sees it, and still cannot have it made or take it.
    assert approver().get(address).status_code == 200
    for act in ("make", "take"):
        assert approver().post(f"{address}{act}/").status_code == 404
    assert "結果の引継ぎ" not in other.get(reverse("exports")).content.decode()


def test_what_somebody_else_chose_cannot_be_asked_for(logged_in: LogIn) -> None:
    asked = logged_in(CLERK).post(differences())
    other = logged_in(Role.HEALTH_CLERK)
    for call in (asked.context["call"], asked.context["call"][:-2] + "AA", "", "x.y"):
        assert other.post(reverse("export-ask"), {"call": call}).status_code == 404


def test_an_approval_is_for_one_file_and_asks_for_the_permission_again(logged_in: LogIn) -> None:
    client = logged_in(CLERK)
    address = approved(client)
    run("UPDATE accounts_staff SET role = %s WHERE username = 'staff-index_clerk'", [Role.CENTRE_CLERK.value])
    # Whoever lost the permission since then is refused by the address itself.
    assert client.post(f"{address}make/").status_code == 403
    assert rows("SELECT FROM media_export WHERE made_at IS NOT NULL") == []


def test_an_archive_is_taken_so_often_and_no_longer_than_its_time(logged_in: LogIn) -> None:
    client = logged_in(CLERK)
    address = approved(client, days="2")
    client.post(f"{address}make/")
    for _ in range(3):
        assert client.post(f"{address}take/")["Content-Type"] == "application/zip"
    assert client.post(f"{address}take/").status_code == 302
    run("UPDATE media_export SET taken = 1", [])
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2, minutes=1), tick=False):
        run("UPDATE django_session SET expire_date = expire_date + interval '9 days'", [])
        assert client.post(f"{address}take/").status_code == 302
        erase_expired_exports()
    [kept] = rows("SELECT content, erased_at, sha256 FROM media_export")
    assert (kept["content"], kept["erased_at"] is None) == (None, False)
    assert recorded()[-1] == "exports_erased"


def test_a_copy_that_does_not_come_back_alarms_whoever_took_it_and_the_approver(logged_in: LogIn) -> None:
    client = logged_in(CLERK)
    taken(client, approved(client))
    run("UPDATE media_export SET return_by = current_date - 2", [])
    for one in (client, approver()):
        assert "返却・廃棄の期限を過ぎた持出し" in one.get(reverse("home")).content.decode()
    assert "返却の期限切れ" in client.get(reverse("exports")).content.decode()
    run("UPDATE media_export SET return_by = current_date + 2", [])
    assert "返却・廃棄の期限を過ぎた持出し" not in client.get(reverse("home")).content.decode()


def test_the_register_is_searched_and_taken_without_formulas(logged_in: LogIn) -> None:
    client = logged_in(CLERK)
    requested(client, differences(), recipient="=HYPERLINK(1)", purpose="決算")
    requested(client, differences(), purpose="引継ぎ")
    found = client.post(reverse("exports"), {"words": "決算"}).context["rows"]
    assert [row.one.purpose for row in found] == ["決算"]
    text = client.post(reverse("exports-file")).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert len(text.splitlines()) == 3
    assert AYANO.system_person_number not in text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": ""}, "purpose"),
        ({"medium": "USB", "serial": ""}, "serial"),
        ({"serial": "../../x"}, "serial"),
        ({"days": "15"}, "days"),
        ({"return_by": "2020-01-01"}, "return_by"),
        ({"medium": "CLOUD"}, "medium"),
    ],
)
def test_a_request_says_what_is_wrong_beside_its_field_and_keeps_the_rest(
    logged_in: LogIn, changed: dict[str, str], field: str
) -> None:
    client = logged_in(CLERK)
    asked = client.post(differences())
    answer = client.post(reverse("export-ask"), wish(**changed) | {"call": asked.context["call"]})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert rows("SELECT FROM media_export") == []


def test_every_address_that_gives_a_file_says_which_and_what_it_takes() -> None:
    declared = {key for entry in every_address() if (key := getattr(entry.callback, "leaves", None))}
    by_kind_of_work = {"bulk-letters", "evidence-export", "people-file-answers"}
    by_command = {FHIR_DOCUMENTS}
    named = {key for key in declared if isinstance(key, str)}
    assert named | by_kind_of_work | by_command == set(downloads())
    for one in downloads().values():
        assert all((*one.name, *one.why)), one.key
        assert (one.purpose is not None) == (one.standing is Standing.OFFICE), one.key
    assert standing_of("anything new") is Standing.APPROVAL


def test_a_file_nobody_declared_does_not_leave(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def gives(_request: Any) -> HttpResponse:
        return HttpResponse(b"names", headers={"Content-Disposition": "attachment"})

    request: Any = RequestFactory().get("/")
    request.resolver_match = get_resolver("tasuki.config.urls.town").resolve("/exports/")
    with pytest.raises(leaving.PermissionDenied):
        leaving.watched(gives, None)(request)
    # One that takes an approval does not leave by a link either.
    with pytest.raises(leaving.PermissionDenied):
        leaving.watched(gives, "result-fhir")(request)
    assert leaving.watched(gives, "report-file")(request).content == b"names"
    assert runtime.node().is_dummy
