"""From an access to its alert, its review and the signed month."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows, run
from tasuki.screening.operations.residents import register_residents
from tasuki.shared.actor import Actor, staff_actor
from tasuki.shared.dates import JST
from tasuki.watching.operations.accesses import record_access
from tasuki.watching.operations.alerts import close_alert, judge_accesses
from tasuki.watching.operations.reviews import sign_month
from tasuki.watching.queries.alerts import alerts_to_review, open_alerts, usual_volumes
from tasuki.watching.queries.months import month_of
from tasuki.watching.types import Access, Act, AlertOutcome, Closing, RuleKind, Signing
from tests.integration.web.conftest import AT, SHINOBU, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]

LogIn = Callable[[Role], Client]
#: A Friday at ten in the morning.
TEN = datetime(2026, 11, 27, 10, 0, tzinfo=JST)
CLERK = staff_actor("900001")
REVIEWER = staff_actor("900002")


def look(number: int, at: datetime = TEN, by: Actor = CLERK, act: Act = Act.VIEW) -> None:
    access = Access(act, "person", Role.HEALTH_CLERK.value, "192.0.2.7", people=(f"{number:09}",))
    record_access(access=access, by=by, at=at)


def many(by: Actor = CLERK) -> None:
    for number in range(60):
        look(number, TEN + timedelta(seconds=number), by)


def kinds_of_evidence() -> list[str]:
    found = rows("SELECT kind FROM evidence_entry WHERE kind LIKE 'access%%' ORDER BY entry_id")
    return [row["kind"] for row in found]


def test_an_alert_is_raised_once_with_its_evidence_however_often_it_is_judged() -> None:
    many()
    assert judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=2)) == 1
    look(61, TEN + timedelta(minutes=3))
    assert judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=4)) == 0
    [alert] = open_alerts()
    assert (alert.rule, alert.staff, alert.counted) == (RuleKind.BULK_VIEWING, str(CLERK), 60)
    assert kinds_of_evidence() == ["access_alerts_raised"]


def test_what_is_committed_late_is_judged_all_the_same() -> None:
    judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=2))
    many()
    assert judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=3)) == 1


def test_protection_is_looked_up_for_whom_was_opened() -> None:
    protected = [replace(SHINOBU, system_person_number=f"{number:09}") for number in range(4)]
    register_residents(rows=protected, by=SYSTEM, at=AT, reason="register")
    for number in range(4):
        look(number)
    judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=2))
    assert open_alerts() == []
    look(int(SHINOBU.system_person_number))
    judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=3))
    assert [one.rule for one in open_alerts()] == [RuleKind.PROTECTED_PERSONS]


def test_what_is_usual_is_known_after_twenty_days_of_a_role() -> None:
    statement = (
        "INSERT INTO watching_daily (day, staff, role, act, accesses, shown) SELECT %s::date - n, 'STAFF:7',"
        " 'HEALTH_CLERK', 'VIEW', 1, n FROM generate_series(1, %s) AS n"
    )
    run(statement, [TEN.date(), 19])
    assert usual_volumes(TEN.date()) == {}
    run("DELETE FROM watching_daily")
    run(statement, [TEN.date(), 21])
    assert usual_volumes(TEN.date()) == {"HEALTH_CLERK": 11.0}


def test_nobody_closes_an_alert_about_themselves_neither_by_the_page_nor_in_the_database() -> None:
    many()
    judge_accesses(by=SYSTEM, at=TEN)
    [alert] = open_alerts()
    said: dict[str, Any] = {"alert_id": alert.alert_id, "outcome": AlertOutcome.PROPER, "note": "検診の日", "at": TEN}
    assert close_alert(**said, by=CLERK) is Closing.OWN
    assert (alerts_to_review(str(CLERK)), alerts_to_review(str(REVIEWER))) == (0, 1)
    statement = "UPDATE watching_alert SET outcome = 'PROPER', note = '', closed_at = now(), closed_by = staff"
    with pytest.raises(IntegrityError), transaction.atomic():
        run(statement)
    assert close_alert(**said, by=REVIEWER) is Closing.CLOSED
    assert close_alert(**said, by=REVIEWER) is Closing.NONE_OPEN
    assert kinds_of_evidence() == ["access_alerts_raised", "access_alert_closed"]
    assert rows("SELECT FROM evidence_entry WHERE convert_from(body, 'UTF8') LIKE '%%検診の日%%'") == []


def test_an_alert_goes_from_the_home_page_over_its_records_to_its_outcome(logged_in: LogIn) -> None:
    many()
    judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=2))
    auditor = logged_in(Role.AUDITOR)
    assert "点検を待つアクセス警告" in auditor.get(reverse("home")).content.decode()
    listed = auditor.get(reverse("access-alerts")).content.decode()
    [alert] = open_alerts()
    address = reverse("access-alert", args=[alert.alert_id])
    assert address in listed
    page = auditor.get(address).content.decode()
    assert "この時間の記録 60件" in page
    assert "000000059" in page
    assert auditor.post(address, {"outcome": "PROPER", "note": ""}).status_code == 422
    told = auditor.post(address, {"outcome": "PROPER", "note": "結果通知の日だった"}, follow=True).content.decode()
    assert "点検の結果を記録しました。" in told
    assert "点検を待つ警告はありません" in told
    assert "業務に必要だった" in told


def test_the_flow_and_the_rules_are_shown_when_there_is_no_alert(logged_in: LogIn) -> None:
    page = logged_in(Role.APPROVER).get(reverse("access-alerts")).content.decode()
    assert "点検を待つ警告はありません" in page
    assert "1時間に60人以上" in page
    assert "まだ一度も照らしていません。" in page
    assert logged_in(Role.SYSTEM_ADMINISTRATOR).get(reverse("access-alerts")).status_code == 403


def test_a_month_is_counted_and_signed_when_it_is_over_and_every_alert_closed(logged_in: LogIn) -> None:
    many()
    judge_accesses(by=SYSTEM, at=TEN + timedelta(minutes=2))
    day, december = TEN.date(), TEN + timedelta(days=10)
    signing: dict[str, Any] = {"day": day, "note": "異常なし", "by": REVIEWER}
    assert sign_month(**signing, at=TEN) is Signing.NOT_OVER
    assert sign_month(**signing, at=december) is Signing.ALERTS_OPEN
    [alert] = open_alerts()
    close_alert(alert_id=alert.alert_id, outcome=AlertOutcome.MISTAKE, note="x", by=REVIEWER, at=TEN)
    month = month_of(day)
    assert (month.accesses, month.alerts, month.open_alerts) == (60, 1, 0)
    with time_machine.travel(december, tick=False):
        auditor = logged_in(Role.AUDITOR)
        address = f"?month={day:%Y-%m}"
        assert "架空 花子" in auditor.get(reverse("access-month") + address).content.decode()
        assert auditor.post(reverse("access-month-sign") + address, {"note": ""}).status_code == 422
        told = auditor.post(reverse("access-month-sign") + address, {"note": "異常なし"}, follow=True).content.decode()
        assert "この月の点検に署名しました。" in told
        assert "アクセス60件、警告1件" in told
        assert sign_month(**signing, at=december) is Signing.SIGNED_BEFORE
        assert kinds_of_evidence()[-1] == "accesses_reviewed"
        lines = auditor.get(reverse("access-month-file") + address).content.decode("utf-8-sig").splitlines()
        assert "2026-11,健康づくり課 担当,閲覧,60" in lines
        assert "2026-11,短い時間に多くの人を開いた,操作の誤りだった,1" in lines
        assert logged_in(Role.SYSTEM_ADMINISTRATOR).post(reverse("access-month-sign"), {"note": "x"}).status_code == 403
