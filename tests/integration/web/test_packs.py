"""Evidence packs on the screens: the auditor asks, takes away, and somebody else verifies on another machine."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from typer.testing import CliRunner

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.audits.packs.catalogue import contents
from tasuki.cli.packs import app
from tasuki.jobs.packs import own_fingerprint
from tasuki.jobs.works import KINDS
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import system_actor
from tasuki.shared.dates import civil_date
from tasuki.work.running import run_next
from tests.integration.web.conftest import AYANO
from tests.integration.web.test_checks import AT, FIRST, SECOND, answered, begun, sign

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
BY = system_actor("test")


@pytest.fixture(autouse=True)
def with_keys(settings: Settings, tmp_path: Path) -> None:
    write_secret(tmp_path / "signing.key", Ed25519PrivateKey.generate().private_bytes_raw())
    settings.KEYS = NodeKeys(tmp_path)


def wanted(**changed: Any) -> dict[str, Any]:
    today = civil_date(runtime.now())
    return {"since": f"{today:%Y/%m/%d}", "until": f"{today:%Y/%m/%d}", "contents": list(contents())} | changed


def taken(client: Client, **changed: Any) -> bytes:
    """Ask for a pack, have it made, and take it away."""
    asked = client.post(reverse("pack-ask"), wanted(**changed))
    assert asked.status_code == 302
    done = run_next(KINDS, by=BY, now=runtime.now)
    assert done is not None
    assert (done.kind, done.failure) == ("inspection_pack", "")
    [output] = client.get(asked["Location"]).context["work"].outputs
    return client.post(reverse("work-output", args=[done.work_id, output.output_id])).content


def test_the_auditor_takes_a_pack_away_and_it_verifies_elsewhere(logged_in: LogIn, tmp_path: Path) -> None:
    client = logged_in(Role.AUDITOR)
    file = tmp_path / "pack.zip"
    file.write_bytes(taken(client))
    run_there = CliRunner().invoke(app, [str(file), "--key", own_fingerprint(), "--json"])
    assert run_there.exit_code == 0, run_there.output
    said = json.loads(run_there.stdout)
    assert (said["ok"], said["vouched"], said["problems"]) == (True, True, [])
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("MANIFEST.json"))
        everything = b"".join(archive.read(name) for name in archive.namelist())
        accounts = archive.read("registers/accounts.csv").decode("utf-8-sig")
    assert {one["name"] for one in manifest["files"]} >= {
        "READ-ME.txt", "evidence.jsonl", "registers/accounts.csv", "registers/incidents.csv", "registers/exports.csv",
        "registers/erasures.csv", "registers/contractor-works.csv", "registers/access-reviews.csv", "safeguards.json",
        "software.json",
    }  # fmt: skip
    assert accounts.startswith("利用者の番号 id,")
    assert "staff-auditor" in accounts
    # Of the residents who are here, nobody is in it by name, address or number.
    for word in (AYANO.name, AYANO.kana_name, AYANO.address, AYANO.system_person_number):
        assert word.encode() not in everything
    # It was on record before anybody had it, and so is that it was taken.
    kinds = [row["kind"] for row in rows("SELECT kind FROM evidence_entry ORDER BY entry_id")]
    places = [kinds.index(one) for one in ("pack_asked", "pack_made", "export_taken", "office_copy_taken")]
    assert places == sorted(places)
    page = client.get(reverse("packs")).content.decode()
    assert rows("SELECT sha256 FROM audits_pack")[0]["sha256"] in page


def test_a_changed_pack_fails_with_words_in_both_languages(logged_in: LogIn, tmp_path: Path) -> None:
    file = tmp_path / "pack.zip"
    content = taken(logged_in(Role.AUDITOR), contents=["software"])
    file.write_bytes(content.replace(b'"postgresql": "', b'"postgresqI": "'))
    found = CliRunner().invoke(app, [str(file)])
    assert found.exit_code == 1
    assert "問題 PROBLEM" in found.stdout
    assert found.stdout.endswith("FAILED\n")


def test_only_what_was_chosen_is_in_it_and_only_of_the_period(logged_in: LogIn, tmp_path: Path) -> None:
    long_ago = runtime.now() - timedelta(days=700)
    for at in (long_ago, runtime.now()):
        run(
            "INSERT INTO watching_review (month, accesses, alerts, open_alerts, note, signed_at, signed_by)"
            " VALUES (%s, 1, 0, 0, '', %s, 'STAFF:1')",
            [at.date().replace(day=1), at],
        )
    file = tmp_path / "pack.zip"
    file.write_bytes(taken(logged_in(Role.AUDITOR), contents=["access-reviews"]))
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        reviews = archive.read("registers/access-reviews.csv").decode("utf-8-sig").splitlines()
    assert names == {
        "MANIFEST.json", "MANIFEST.sig", "READ-ME.txt", "evidence.jsonl", "registers/access-reviews.csv",
        "registers/access-alerts.csv",
    }  # fmt: skip
    assert len(reviews) == 2


def test_a_signed_check_is_in_it_byte_for_byte(logged_in: LogIn, tmp_path: Path) -> None:
    with time_machine.travel(AT + timedelta(minutes=1), tick=True):
        begun()
        answered()
        sign(FIRST)
        sign(SECOND)
        file = tmp_path / "pack.zip"
        file.write_bytes(taken(logged_in(Role.AUDITOR), contents=["checks"]))
    [check] = rows("SELECT pdf, fiscal_year FROM audits_check")
    with zipfile.ZipFile(file) as archive:
        assert archive.read(f"checks/check-{check['fiscal_year']}.pdf") == bytes(check["pdf"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"since": "someday"}, "since"),
        ({"until": "2020/1/1"}, "until"),
        ({"until": "2999/1/1"}, "until"),
        ({"contents": []}, "contents"),
        ({"contents": ["everybody"]}, "contents"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field(logged_in: LogIn, changed: dict[str, Any], field: str) -> None:
    answer = logged_in(Role.AUDITOR).post(reverse("pack-ask"), wanted(**changed))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert rows("SELECT FROM audits_pack") == []


def test_others_see_the_register_and_make_none(logged_in: LogIn) -> None:
    client = logged_in(Role.SECURITY_ADVISER)
    page = client.get(reverse("packs"))
    assert page.status_code == 200
    assert "証拠一式を作る" not in page.content.decode()
    assert client.post(reverse("pack-ask"), wanted()).status_code == 403


def test_the_page_is_whole_in_english(logged_in: LogIn) -> None:
    client = logged_in(Role.AUDITOR)
    client.cookies["django_language"] = "en"
    content = client.get(reverse("packs")).content.decode()
    assert "Evidence pack for an inspection" in content
    assert "Make the evidence pack" in content
    assert "numbers of residents, no names" in content


def test_no_pack_is_asked_for_or_kept_without_its_record(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_said: object) -> int:
        raise OSError("the disk is full")

    client = logged_in(Role.AUDITOR)
    client.post(reverse("pack-ask"), wanted(contents=["software"]))
    monkeypatch.setattr("tasuki.audits.operations.packs.append", broken)
    done = run_next(KINDS, by=BY, now=runtime.now)
    assert done is not None
    assert done.failure == "OSError"
    assert (rows("SELECT FROM work_output"), rows("SELECT made_at FROM audits_pack")) == ([], [{"made_at": None}])
    with pytest.raises(OSError, match="disk"):
        client.post(reverse("pack-ask"), wanted())
    assert len(rows("SELECT FROM audits_pack")) == 1
