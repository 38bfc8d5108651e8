"""Emergency roles: asked for by one, opened by another with an alarm, short, marked, reviewed by a third."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts import operations
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.models import Staff
from tasuki.accounts.types import EmergencyProblem, Role
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import staff_actor
from tasuki.watching.operations.alerts import close_alert
from tasuki.watching.queries.alerts import open_alerts
from tasuki.watching.types import AlertOutcome, Closing, RuleKind
from tests.integration.web.conftest import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
WHY = "休日の窓口。承認者に三度電話したが出ない"
BAND = "緊急時の権限を借りています"


@pytest.fixture
def asker(logged_in: LogIn) -> Client:
    return logged_in(Role.CENTRE_CLERK)


def asked(client: Client, duty: str = "HELD_ANSWERS") -> Emergency:
    answer = client.post(reverse("emergency-ask"), {"duty": duty, "reason": WHY})
    assert answer.status_code == 302, answer.content.decode()
    return Emergency.objects.get(decision=None)


def decided(client: Client, one: Emergency, act: str = "open") -> str:
    address = reverse("emergency-decide", args=[one.emergency])
    return client.post(address, {"act": act, "note": "電話で本人を確かめた"}, follow=True).content.decode()


def recorded(kind: str) -> list[dict[str, Any]]:
    found = rows(
        "SELECT convert_from(body, 'UTF8')::jsonb AS body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind]
    )
    return [orjson.loads(row["body"]) for row in found]


def test_a_duty_is_lent_by_another_with_an_alarm_and_everything_under_it_is_marked(
    asker: Client, logged_in: LogIn
) -> None:
    assert asker.get(reverse("held")).status_code == 403
    one = asked(asker)
    assert BAND not in asker.get(reverse("home")).content.decode()
    assert asker.get(reverse("held")).status_code == 403
    adviser = logged_in(Role.SECURITY_ADVISER)
    assert "開くのを待つ緊急時の権限" in adviser.get(reverse("home")).content.decode()
    assert "開きました。" in decided(adviser, one)
    home = asker.get(reverse("home")).content.decode()
    assert BAND in home
    assert "残り60分" in home
    assert asker.get(reverse("held")).status_code == 200
    asker.get(reverse("facilities"))
    marked = rows("SELECT page, act FROM watching_access WHERE emergency = %s ORDER BY entry_id", [one.emergency])
    assert [row["page"] for row in marked] == ["home", "held", "facilities"]
    assert [body["page"] for body in recorded("emergency_page_opened")] == ["home", "held"]
    [alert] = open_alerts()
    assert (alert.rule, alert.staff) == (RuleKind.EMERGENCY, one.asked_by)
    auditor = logged_in(Role.AUDITOR)
    page = auditor.get(reverse("home")).content.decode()
    assert "いま開いている緊急時の権限" in page
    assert "点検を待つアクセス警告" in page
    log = auditor.get(reverse("accesses")).content.decode()
    assert '<span class="tag tag--bad">緊急時</span>' in log
    found = auditor.post(
        reverse("accesses"), {"since": "2026/1/1", "until": "2099/1/1", "in_emergency": "on"}, follow=True
    ).content.decode()
    assert "3件の記録" in found
    [opened] = recorded("emergency_opened")
    assert (opened["duty"], opened["asked_by"]) == ("HELD_ANSWERS", one.asked_by)
    assert WHY not in str(recorded("emergency_asked") + recorded("emergency_opened"))


def test_it_ends_by_hand_and_is_reviewed_by_who_neither_used_nor_opened_it(asker: Client, logged_in: LogIn) -> None:
    one = asked(asker)
    adviser = logged_in(Role.SECURITY_ADVISER)
    decided(adviser, one)
    [alert] = open_alerts()
    said: dict[str, Any] = {"alert_id": alert.alert_id, "outcome": AlertOutcome.PROPER, "note": "x"}
    auditor = staff_actor(str(Staff.objects.get(pk=_staff(logged_in(Role.AUDITOR))).pk))
    assert close_alert(**said, by=auditor, at=runtime.now()) is Closing.STILL_OPEN
    told = asker.post(reverse("emergency-end", args=[one.emergency]), follow=True).content.decode()
    assert "緊急時の権限を終えました。" in told
    assert BAND not in told
    assert asker.get(reverse("held")).status_code == 403
    after = runtime.now() + timedelta(seconds=1)
    assert close_alert(**said, by=staff_actor(one.asked_by.partition(":")[2]), at=after) is Closing.OWN
    opener = staff_actor(_staff(adviser))
    assert close_alert(**said, by=opener, at=after) is Closing.OPENED_IT
    assert "あなたが開いた権限です。" in adviser.get(reverse("access-alert", args=[alert.alert_id])).content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE watching_alert SET outcome = 'PROPER', note = '', closed_at = now(), closed_by = opened_by")
    assert close_alert(**said, by=auditor, at=after) is Closing.CLOSED
    assert [body["end"] for body in recorded("emergency_ended")] == ["RETURNED"]


def _staff(client: Client) -> str:
    return str(client.session["_auth_user_id"])


def test_it_runs_out_by_itself_and_that_is_recorded(asker: Client, logged_in: LogIn) -> None:
    one = asked(asker)
    decided(logged_in(Role.SYSTEM_ADMINISTRATOR), one)
    soon, over = runtime.now() + timedelta(minutes=29), runtime.now() + timedelta(minutes=61)
    with time_machine.travel(soon, tick=False):
        assert BAND in asker.get(reverse("home")).content.decode()
        assert operations.close_run_out_emergencies(by=SYSTEM, at=soon) == 0
    assert lent_at(one, over - timedelta(minutes=2)) is not None
    assert lent_at(one, over) is None
    assert operations.close_run_out_emergencies(by=SYSTEM, at=over) == 1
    assert operations.close_run_out_emergencies(by=SYSTEM, at=over) == 0
    assert [body["emergency"] for body in recorded("emergency_expired")] == [str(one.emergency)]


def lent_at(one: Emergency, at: Any) -> object:
    from tasuki.accounts.queries import lent_to

    return lent_to(one.staff, at)


def test_nobody_opens_their_own_and_only_the_roles_of_the_duty_open_it(asker: Client, logged_in: LogIn) -> None:
    one = asked(asker)
    assert (
        asker.post(reverse("emergency-decide", args=[one.emergency]), {"act": "open", "note": "x"}).status_code == 403
    )
    assert "この職務を開ける役割ではありません。" in decided(logged_in(Role.HEALTH_CLERK), one)
    member = Staff.objects.get(pk=one.staff_id).member
    outcome = operations.open_emergency(
        emergency=one.emergency, opener=member, note="", by=member.as_actor(), at=runtime.now()
    )
    assert outcome is EmergencyProblem.SAME_PERSON
    with pytest.raises(IntegrityError), transaction.atomic():
        run(
            "UPDATE accounts_emergency SET decision = 'OPENED', decided_at = now(), decided_by = asked_by,"
            " until = now() + interval '1 hour'"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        run(
            "UPDATE accounts_emergency SET decision = 'OPENED', decided_at = now(), decided_by = 'STAFF:0',"
            " until = now() + interval '5 hours'"
        )
    assert open_alerts() == []


def test_a_refusal_says_why_and_what_nobody_opens_lapses(asker: Client, logged_in: LogIn) -> None:
    one = asked(asker)
    admin = logged_in(Role.SYSTEM_ADMINISTRATOR)
    again = asker.post(reverse("emergency-ask"), {"duty": "BEYOND_AREA", "reason": WHY})
    assert again.status_code == 422
    assert "あなたの申請が先に一つあります。" in again.content.decode()
    assert (
        admin.post(reverse("emergency-decide", args=[one.emergency]), {"act": "refuse", "note": ""}).status_code == 422
    )
    assert "断りました。" in decided(admin, one, "refuse")
    assert "電話で本人を確かめた" in asker.get(reverse("emergency", args=[one.emergency])).content.decode()
    two = asked(asker)
    later = two.asked_at + timedelta(minutes=60)
    assert operations.close_run_out_emergencies(by=SYSTEM, at=later) == 1
    two.refresh_from_db()
    assert two.decision == "LAPSED"
    three = asked(asker)
    assert (
        "取り下げました"
        in asker.post(reverse("emergency-withdraw", args=[three.emergency]), follow=True).content.decode()
    )
    assert [body["decision"] for body in recorded("emergency_not_opened")] == ["REFUSED", "LAPSED", "WITHDRAWN"]


def test_what_was_lent_goes_with_the_role_and_a_contractor_has_no_way_to_ask(asker: Client, logged_in: LogIn) -> None:
    one = asked(asker)
    decided(logged_in(Role.SECURITY_ADVISER), one)
    assert asker.get(reverse("held")).status_code == 200
    Staff.objects.filter(pk=one.staff_id).update(role=Role.AUDITOR.value)
    assert asker.get(reverse("held")).status_code == 403
    contractor = logged_in(Role.CONTRACTOR)
    assert contractor.get(reverse("emergency-ask")).status_code == 403
    outcome = operations.ask_for_emergency(
        emergency=uuid4(), key="HELD_ANSWERS", reason="x", by=staff_actor(_staff(contractor)), at=runtime.now()
    )
    assert outcome is EmergencyProblem.NOT_FOR_ROLE
    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE accounts_emergency SET role = 'CONTRACTOR'")


def test_others_requests_are_not_shown_to_who_asks(asker: Client, logged_in: LogIn) -> None:
    one = asked(asker)
    Emergency.objects.filter(pk=one.pk).update(staff=_staff(logged_in(Role.APPROVER)), asked_by="STAFF:0")
    assert asker.get(reverse("emergency", args=[one.emergency])).status_code == 404
    assert WHY not in asker.get(reverse("emergencies")).content.decode()
    assert "申請はありません" in asker.get(reverse("emergencies")).content.decode()


def test_without_its_record_and_its_alarm_nothing_opens(
    asker: Client, logged_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = asked(asker)
    adviser = logged_in(Role.SECURITY_ADVISER)

    def broken(**_said: object) -> None:
        raise RuntimeError("no record")

    monkeypatch.setattr("tasuki.watching.operations.emergencies.append", broken)
    adviser.raise_request_exception = False
    address = reverse("emergency-decide", args=[one.emergency])
    assert adviser.post(address, {"act": "open", "note": "x"}).status_code == 500
    one.refresh_from_db()
    assert one.decision is None
    assert open_alerts() == []
