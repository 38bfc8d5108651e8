"""Rehearsed restores: held against the log, on a register, asked for when the last is too long ago."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.audits.queries.rehearsals import last_restored
from tasuki.audits.rehearsals import is_due
from tasuki.audits.rules import facts_of
from tasuki.cli.checks import _rehearsal
from tasuki.cli.findings import State
from tasuki.evidence.checkpoints import sign_checkpoint
from tasuki.nodes.sql import rows, run
from tasuki.shared.dates import civil_date

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
ROOT = "ab" * 32


@pytest.fixture
def signed() -> None:
    """Let this town's log have been signed at one size."""
    run(
        "INSERT INTO evidence_checkpoint (tree_size, previous_size, root, signed_at, note, sealed_below, cluster)"
        " VALUES (7, 0, decode(%s, 'hex'), %s, %s, '1', 1)",
        [ROOT, runtime.now() - timedelta(hours=5), note()],
    )


def note() -> str:
    return sign_checkpoint(
        origin="tasuki/town-test", tree_size=7, root=bytes.fromhex(ROOT), signed_at=runtime.now() - timedelta(hours=5),
        previous_size=0, key=Ed25519PrivateKey.generate(),
    ).note  # fmt: skip


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "rehearsed_on": f"{civil_date(runtime.now()):%Y/%m/%d}", "backup": "媒体12", "outcome": "RESTORED",
        "tree_size": "7", "root": ROOT, "results": "10", "residents": "20", "note": "40分で戻った",
    } | changed  # fmt: skip


@pytest.mark.usefixtures("signed")
def test_a_copy_whose_log_is_the_beginning_of_ours_counts_as_restored(logged_in: LogIn) -> None:
    client = logged_in(Role.SYSTEM_ADMINISTRATOR)
    assert "復旧の訓練をしてください" in client.get(reverse("rehearsals")).content.decode()
    assert _rehearsal(runtime.node()).state is State.ADVICE
    assert "訓練を記録しました" in client.post(reverse("rehearsal-record"), typed(), follow=True).content.decode()
    page = client.get(reverse("rehearsals")).content.decode()
    assert "復旧の訓練をしてください" not in page
    assert "証跡7件が一致" in page
    assert last_restored() == civil_date(runtime.now())
    assert _rehearsal(runtime.node()).state is State.OK
    [body] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'restore_rehearsed'")
    assert '"agrees":true' in body["body"]
    file = logged_in(Role.AUDITOR).post(reverse("rehearsals-file")).content.decode("utf-8-sig")
    assert "媒体12" in file
    # The yearly check counts it beside its clause.
    assert "restores-rehearsed" in {one.key for one in facts_of("yearly-check")}


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tree_size": "8"}, "tree_size"),
        ({"root": "cd" * 32}, "root"),
        ({"root": "xy"}, "root"),
        ({"root": ""}, "root"),
        ({"residents": ""}, "residents"),
        ({"rehearsed_on": "2999/1/1"}, "rehearsed_on"),
        ({"outcome": "FINE"}, "outcome"),
        ({"note": ""}, "note"),
    ],
)
def test_what_does_not_agree_is_not_called_restored(logged_in: LogIn, changed: dict[str, str], field: str) -> None:
    answer = logged_in(Role.SYSTEM_ADMINISTRATOR).post(reverse("rehearsal-record"), typed(**changed))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert rows("SELECT FROM audits_rehearsal") == []


def test_a_failed_rehearsal_is_kept_and_may_become_an_incident(logged_in: LogIn) -> None:
    client = logged_in(Role.SYSTEM_ADMINISTRATOR)
    failed = typed(outcome="FAILED", tree_size="", root="", results="", residents="", note="媒体が読めない")
    assert client.post(reverse("rehearsal-record"), failed).status_code == 302
    assert last_restored() is None
    [row] = rows("SELECT rehearsal_id FROM audits_rehearsal")
    origin = f"rehearsal:{row['rehearsal_id']}"
    assert f"?origin={origin}#tell" in client.get(reverse("rehearsals")).content.decode()
    form = client.get(reverse("incidents") + f"?origin={origin}").context["form"]
    assert (form.initial["origin"], form.initial["since"]) == (origin, civil_date(runtime.now()))
    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE audits_rehearsal SET outcome = 'RESTORED'")


def test_only_the_administrator_records_and_the_last_one_grows_old(logged_in: LogIn) -> None:
    client = logged_in(Role.AUDITOR)
    assert "訓練を記録する" not in client.get(reverse("rehearsals")).content.decode()
    assert client.post(reverse("rehearsal-record"), typed()).status_code == 403
    last = date(2026, 4, 1)
    assert [is_due(last, last + timedelta(days=days)) for days in (365, 366)] == [False, True]
    assert is_due(None, last)


def test_nothing_is_kept_without_its_record(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.audits.operations.rehearsals.append", broken)
    failed = typed(outcome="FAILED", tree_size="", root="", results="", residents="")
    with pytest.raises(OSError, match="disk"):
        logged_in(Role.SYSTEM_ADMINISTRATOR).post(reverse("rehearsal-record"), failed)
    assert rows("SELECT FROM audits_rehearsal") == []


def broken(**_said: object) -> int:
    raise OSError("the disk is full")
