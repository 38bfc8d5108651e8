"""The evidence page: alarms about other parties' logs, and the evidence as a file for the auditor."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.evidence import operations as evidence
from tasuki.evidence.types import AlarmReason
from tasuki.jobs.works import KINDS
from tasuki.nodes.keys import NodeKeys, encode_key, write_secret
from tasuki.nodes.types import NodeKind, Peer
from tasuki.shared.actor import system_actor
from tasuki.work.running import run_next
from tests.integration.evidence.test_succession import Restored
from tests.integration.evidence.test_witness import PEER, PeerLog

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
BY = system_actor("test")


@pytest.fixture(autouse=True)
def with_a_peer(settings: Settings, tmp_path: Path) -> None:
    """Give the town a gateway as a peer, and keys of its own."""
    peer = Peer(name="gateway-east", kind=NodeKind.GATEWAY, signing_key=encode_key(PEER.public_key()))
    settings.NODE = settings.NODE.model_copy(update={"peers": (peer,), "folder": tmp_path})
    write_secret(tmp_path / "signing.key", Ed25519PrivateKey.generate().private_bytes_raw())
    settings.KEYS = NodeKeys(tmp_path)


def show(size: int) -> None:
    log = PeerLog()
    note = log.checkpoint(size, origin="tasuki/gateway-east").note
    evidence.witness(note=note, origin="tasuki/gateway-east", proof=[], public_key=PEER.public_key(), at=runtime.now())


def test_a_disagreement_is_red_at_home_and_on_the_page_for_whoever_looks_after_evidence(logged_in: LogIn) -> None:
    client = logged_in(Role.SYSTEM_ADMINISTRATOR)
    assert "食い違い" not in client.get(reverse("evidence")).content.decode()
    show(20)
    show(7)
    for page in ("home", "evidence"):
        content = client.get(reverse(page)).content.decode()
        assert "gateway-eastと証跡が食い違っています" in content
        assert "末尾が失われた疑いがあります。" in content
        assert "notice--bad" in content
    assert "食い違っています" not in logged_in(Role.HEALTH_CLERK).get(reverse("home")).content.decode()


def test_the_notice_is_whole_in_english(logged_in: LogIn) -> None:
    show(20)
    show(7)
    client = logged_in(Role.AUDITOR)
    client.cookies["django_language"] = "en"
    content = client.get(reverse("evidence")).content.decode()
    assert "The evidence of gateway-east and ours disagree" in content
    assert "its tail may have been lost or cut off." in content
    assert "Disagrees" in content


def test_silence_is_a_caution_and_no_red_notice(logged_in: LogIn) -> None:
    at = runtime.now()
    for later in (timedelta(), timedelta(seconds=1)):
        evidence.raise_silence(origins=["tasuki/gateway-east"], limit=timedelta(), by=BY, at=at + later)
    content = logged_in(Role.AUDITOR).get(reverse("home")).content.decode()
    assert "notice--care" in content
    assert "notice--bad" not in content


def test_an_alarm_that_is_over_says_why(logged_in: LogIn) -> None:
    at = runtime.now()
    number = evidence.raise_alarm(
        origin="tasuki/gateway-east", reason=AlarmReason.DISPUTED, facts={"said": "fork"}, by=BY, at=at
    )
    assert number
    evidence.note_agreement(origin="tasuki/gateway-east", by=BY, at=at + timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT alarm_id FROM evidence_alarm")
        (alarm_id,) = cursor.fetchone()
    evidence.settle_alarm(alarm_id=alarm_id, why="restored from a backup", by=BY, at=at + timedelta(minutes=2))
    content = logged_in(Role.AUDITOR).get(reverse("evidence")).content.decode()
    assert "restored from a backup" in content
    assert "一致" in content


def test_the_auditor_takes_the_evidence_away_and_verifies_it_elsewhere(logged_in: LogIn, tmp_path: Path) -> None:
    show(20)
    client = logged_in(Role.AUDITOR)
    asked = client.post(reverse("evidence-export"))
    assert asked.status_code == 302
    done = run_next(KINDS, by=BY, now=runtime.now)
    assert done is not None
    assert done.failure == ""
    page = client.get(asked["Location"])
    [output] = page.context["work"].outputs
    taken = client.post(reverse("work-output", args=[done.work_id, output.output_id]))
    archive = zipfile.ZipFile(io.BytesIO(taken.content))
    assert set(archive.namelist()) == {
        "READ-ME.txt", "verifier.py", "town-test.jsonl", "gateway-east.kept-by.town-test.jsonl",
    }  # fmt: skip
    archive.extractall(tmp_path / "elsewhere")
    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(body, 'UTF8') FROM evidence_entry WHERE kind = 'evidence_exported'")
        [(body,)] = cursor.fetchall()
    assert '"kept_of":{"gateway-east":1}' in body
    verified = subprocess.run(
        [sys.executable, "-I", "verifier.py", "town-test.jsonl"],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_nobody_but_the_auditor_takes_the_evidence(logged_in: LogIn) -> None:
    for role in Role:
        expected = 302 if role is Role.AUDITOR else 403
        assert logged_in(role).post(reverse("evidence-export")).status_code == expected, role


def test_what_a_restore_took_stays_on_the_page(logged_in: LogIn) -> None:
    client = logged_in(Role.AUDITOR)
    assert "復元で失われた記録" not in client.get(reverse("evidence")).content.decode()
    restored = Restored(origin="tasuki/gateway-east")
    restored.witnessed(10)
    restored.follow(0)
    page = client.get(reverse("evidence"))
    content = " ".join(page.content.decode().split())
    assert "4番から9番まで" in content
    assert "the disk failed" in content
    assert "gateway-eastの証跡が、復元で途切れました。" in content
    assert "バックアップから戻され" in content
    assert "復元の確認待ち" in content
    client.cookies["django_language"] = "en"
    english = client.get(reverse("evidence")).content.decode()
    assert "Records lost in a restore" in english
    assert "The evidence of gateway-east broke off in a restore." in english
    assert "Restore to be confirmed" in english
    assert "4 to 9" in english
