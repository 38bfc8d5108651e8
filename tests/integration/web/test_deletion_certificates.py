"""Contractors' certificates of deletion: who owes one, who receives it, who makes sure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.contractors import operations, queries
from tasuki.contractors.types import CertificateReceived, Firm, PassageAsked, PassageKind, Problem
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import staff_actor, system_actor
from tasuki.shared.dates import civil_date
from tests.integration.web.test_contractors import asked, fit

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
BY = system_actor("test")


def today() -> Any:
    return civil_date(runtime.now())


def firm(ended_days_ago: int) -> UUID:
    """Put a contractor on the register whose contract ended so many days ago."""
    last = today() - timedelta(days=ended_days_ago)
    kept = operations.register_firm(
        firm=Firm("架空保守", uuid4().hex[:10], last - timedelta(days=90), last), by=BY, at=runtime.now()
    )
    assert isinstance(kept, UUID)
    return kept


def typed(of: UUID, **changed: Any) -> dict[str, Any]:
    return {
        "firm": str(of), "work": "", "what": "試験用の端末の内蔵ディスク", "method": "上書き消去",
        "deleted_on": f"{today():%Y/%m/%d}", "document": "消証-7",
    } | changed  # fmt: skip


def test_what_a_contractor_owes_is_late_after_its_days_and_ends_with_an_accepted_certificate(logged_in: LogIn) -> None:
    late, running = firm(15), firm(-30)
    [missing] = queries.certificates_missing(today())
    assert (missing.firm_id, missing.due_on) == (late, today() - timedelta(days=1))
    clerk, approver = logged_in(Role.HEALTH_CLERK), logged_in(Role.APPROVER)
    assert "期限を過ぎた委託先の消去証明書" in clerk.get(reverse("home")).content.decode()
    assert "期限切れ" in clerk.get(reverse("deletion-certificates")).content.decode()
    assert clerk.post(reverse("deletion-certificate-receive"), typed(late)).status_code == 302
    # Received is not made sure of.
    assert len(queries.certificates_missing(today())) == 1
    _total, [kept] = queries.certificates(limit=5)
    inspect = reverse("deletion-certificate-inspect", args=[kept.certificate_id])
    assert clerk.post(inspect, {"note": "自分で", "act": "accept"}).status_code == 403
    assert "検査を待つ消去証明書" in approver.get(reverse("home")).content.decode()
    told = approver.post(inspect, {"note": "", "act": "accept"}, follow=True).content.decode()
    assert "何と合わせて確かめたか" in told
    approver.post(inspect, {"note": "持込み機器の番号と合わせた", "act": "accept"})
    assert queries.certificates_missing(today()) == []
    assert "期限を過ぎた委託先の消去証明書" not in clerk.get(reverse("home")).content.decode()
    kinds = rows("SELECT kind FROM evidence_entry WHERE kind LIKE 'deletion%%' ORDER BY entry_id")
    assert [row["kind"] for row in kinds] == ["deletion_certified", "deletion_inspected"]
    file = clerk.post(reverse("deletion-certificates-file")).content.decode("utf-8-sig")
    assert "消証-7" in file
    assert "持込み機器の番号と合わせた" in file
    assert running not in {one.firm_id for one in queries.certificates_missing(today())}


def test_a_work_with_a_device_owes_one_of_its_own(logged_in: LogIn) -> None:
    handler = fit()
    clerk = logged_in(Role.HEALTH_CLERK)
    assert asked(clerk, handler).status_code == 302
    [work] = rows("SELECT work_id, firm_id FROM contractors_work")
    at = runtime.now()
    run(
        "UPDATE contractors_work SET starts_at = %s, ends_at = %s",
        [at - timedelta(days=3), at - timedelta(days=2)],
    )
    assert queries.certificates_missing(today()) == []
    brought = PassageAsked(PassageKind.DEVICE, handler, work["work_id"], "PC-1", "設計書", at)
    operations.begin_passage(asked=brought, by=BY, at=at)
    [missing] = queries.certificates_missing(today())
    assert (missing.work_id, missing.work) == (work["work_id"], "保守の試験")
    # Of another contractor's work it says nothing.
    other = firm(-1)
    answer = clerk.post(reverse("deletion-certificate-receive"), typed(other, work=str(work["work_id"])))
    assert answer.status_code == 422
    assert "その委託先の作業ではありません" in answer.content.decode()


def test_nobody_makes_sure_of_what_they_received_and_the_database_says_so_too() -> None:
    by = staff_actor("900001")
    received = CertificateReceived(firm(1), None, "x", "y", today(), "z")
    kept = operations.receive_certificate(received=received, by=by, at=runtime.now())
    assert isinstance(kept, UUID)
    done = {"certificate_id": kept, "is_accepted": True, "note": "x", "at": runtime.now()}
    assert operations.inspect_certificate(**done, by=by) is Problem.SAME_PERSON
    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE contractors_certificate SET inspected_at = now(), inspected_by = received_by, is_accepted = true")
    assert operations.inspect_certificate(**done | {"is_accepted": False}, by=staff_actor("900002")) is None
    # What was sent back leaves the debt.
    assert len(queries.certificates_missing(today())) == 1
    assert operations.inspect_certificate(**done, by=staff_actor("900003")) is Problem.NOT_NOW


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"firm": ""}, "firm"), ({"deleted_on": "2999/1/1"}, "deleted_on"), ({"document": ""}, "document")],
)
def test_what_cannot_be_kept_is_said_beside_its_field(logged_in: LogIn, changed: dict[str, str], field: str) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(reverse("deletion-certificate-receive"), typed(firm(1), **changed))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert queries.certificates(limit=1)[0] == 0


def test_the_page_is_whole_in_english(logged_in: LogIn) -> None:
    firm(20)
    client = logged_in(Role.HEALTH_CLERK)
    client.cookies["django_language"] = "en"
    content = client.get(reverse("deletion-certificates")).content.decode()
    assert "Not made sure of yet" in content
    assert "The whole contract" in content


def test_nothing_is_kept_without_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_said: object) -> int:
        raise OSError("the disk is full")

    received = CertificateReceived(firm(1), None, "x", "y", today(), "z")
    kept = operations.receive_certificate(received=received, by=staff_actor("900001"), at=runtime.now())
    assert isinstance(kept, UUID)
    monkeypatch.setattr("tasuki.contractors.operations.certificates.append", broken)
    with pytest.raises(OSError, match="disk"):
        operations.receive_certificate(received=received, by=BY, at=runtime.now())
    with pytest.raises(OSError, match="disk"):
        operations.inspect_certificate(certificate_id=kept, is_accepted=True, note="x", by=BY, at=runtime.now())
    assert [one.inspected_at for one in queries.certificates(limit=9)[1]] == [None]
