"""Looking at one's own household or a colleague; the town's own numbers of rules; the end of keeping accesses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.models import Staff
from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows, run
from tasuki.screening.operations.residents import register_residents
from tasuki.shared.actor import Actor, staff_actor
from tasuki.shared.dates import civil_date
from tasuki.watching.operations.accesses import record_access
from tasuki.watching.operations.alerts import judge_accesses
from tasuki.watching.operations.declarations import declare_own_number, forget_declarations, set_number_of
from tasuki.watching.operations.keeping import purge_accesses
from tasuki.watching.operations.settings import set_rule
from tasuki.watching.queries.alerts import open_alerts
from tasuki.watching.queries.declarations import undeclared
from tasuki.watching.queries.settings import settings
from tasuki.watching.rules import kept_since, rules_on
from tasuki.watching.types import Access, Act, Declaring, RuleKind, SettingOutcome
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
OTHER = staff_actor("900009")
#: Lives with AYANO.
CHILD = replace(AYANO, system_person_number="000104230", name="架空　芽衣")


def owner_of(client: Client) -> Actor:
    return staff_actor(str(client.session["_auth_user_id"]))


def look(person: str, by: Actor, at: datetime) -> None:
    access = Access(Act.VIEW, "person", Role.HEALTH_CLERK.value, "192.0.2.7", people=(person,))
    record_access(access=access, by=by, at=at)


def kinds(at: datetime) -> list[tuple[RuleKind, str]]:
    judge_accesses(by=SYSTEM, at=at)
    told = (RuleKind.OWN_HOUSEHOLD, RuleKind.COLLEAGUE)
    return sorted((one.rule, one.staff) for one in open_alerts() if one.rule in told)


def test_a_number_is_said_once_by_its_owner_seen_by_nobody_and_changed_by_an_administrator(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    number, address = AYANO.system_person_number, reverse("own-number")
    today = civil_date(runtime.now())
    assert undeclared(today) == 1
    assert "1人います" in administrator.get(reverse("accounts")).content.decode()
    wrong = clerk.post(address, {"person": number, "again": "1"})
    assert wrong.status_code == 422
    assert number not in wrong.content.decode()
    told = clerk.post(address, {"person": number, "again": number}, follow=True).content.decode()
    assert "申告済みです: ••••••" in told
    assert number not in told
    again = clerk.post(address, {"person": "7", "again": "7"}, follow=True).content.decode()
    assert "もう申告されています。" in again
    assert undeclared(today) == 0
    account = reverse("account-number", args=[owner_of(clerk).identifier])
    assert clerk.post(account, {"person": "7", "again": "7"}).status_code == 403
    page = administrator.post(account, {"person": "7", "again": "7"}, follow=True).content.decode()
    assert "宛名番号を残しました。" in page
    assert number not in page
    [row] = rows("SELECT person, declared_by FROM watching_declaration")
    assert (row["person"], row["declared_by"]) == ("7", str(owner_of(administrator)))
    evidence = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'own_number_declared'")
    assert len(evidence) == 2
    assert not any(number in one["body"] for one in evidence)
    own: dict[str, Any] = {"staff_id": int(owner_of(clerk).identifier), "person": "8", "at": runtime.now()}
    assert set_number_of(**own, by=owner_of(clerk)) is Declaring.OWN_ACCOUNT
    assert declare_own_number(person="8", by=owner_of(administrator), at=runtime.now()) is Declaring.NOT_STAFF


def test_ones_own_household_and_colleagues_raise_an_alert_and_others_do_not(logged_in: LogIn) -> None:
    register_residents(rows=[CHILD], by=SYSTEM, at=AT, reason="test")
    clerk, approver = owner_of(logged_in(Role.HEALTH_CLERK)), owner_of(logged_in(Role.APPROVER))
    at = runtime.now()
    look(CHILD.system_person_number, clerk, at)
    assert kinds(at) == []
    declare_own_number(person=AYANO.system_person_number, by=clerk, at=at)
    declare_own_number(person=SHINOBU.system_person_number, by=approver, at=at)
    look(SHINOBU.system_person_number, OTHER, at)
    assert kinds(at) == [(RuleKind.COLLEAGUE, str(OTHER)), (RuleKind.OWN_HOUSEHOLD, str(clerk))]
    look(SHINOBU.system_person_number, clerk, at)
    look(SHINOBU.system_person_number, approver, at)
    assert set(kinds(at)) == {
        (RuleKind.COLLEAGUE, str(clerk)),
        (RuleKind.COLLEAGUE, str(OTHER)),
        (RuleKind.OWN_HOUSEHOLD, str(clerk)),
        (RuleKind.OWN_HOUSEHOLD, str(approver)),
    }


def test_what_was_declared_goes_when_the_account_ends(logged_in: LogIn) -> None:
    clerk = owner_of(logged_in(Role.HEALTH_CLERK))
    declare_own_number(person=AYANO.system_person_number, by=clerk, at=runtime.now())
    assert forget_declarations(by=SYSTEM, at=runtime.now()) == 0
    Staff.objects.filter(pk=clerk.identifier).update(is_active=False)
    assert forget_declarations(by=SYSTEM, at=runtime.now()) == 1
    assert rows("SELECT FROM watching_declaration") == []


def test_a_town_sets_a_rules_number_within_bounds_from_tomorrow_on(logged_in: LogIn) -> None:
    adviser = logged_in(Role.SECURITY_ADVISER)
    address = reverse("access-rule", args=[RuleKind.BULK_VIEWING.value])
    assert "10から200まで。" in adviser.get(address).content.decode()
    outside = adviser.post(address, {"least": "201", "reason": "x"})
    assert outside.status_code == 422
    assert "範囲の外です。" in outside.content.decode()
    assert adviser.post(address, {"least": "30", "reason": ""}).status_code == 422
    told = adviser.post(address, {"least": "30", "reason": "窓口が小さい"}, follow=True).content.decode()
    assert "数を決めました。" in told
    assert "窓口が小さい" in told
    today = civil_date(runtime.now())
    held = [{one.kind: one.least for one in rules_on(today + timedelta(days=n), settings())} for n in (0, 1)]
    assert [one[RuleKind.BULK_VIEWING] for one in held] == [60, 30]
    assert adviser.get(reverse("access-rule", args=[RuleKind.OWN_HOUSEHOLD.value])).status_code == 404
    assert logged_in(Role.AUDITOR).get(address).status_code == 403
    said: dict[str, Any] = {"reason": "x", "by": SYSTEM, "at": runtime.now()}
    assert set_rule(kind=RuleKind.EMERGENCY, least=2, times=1, **said) is SettingOutcome.NOT_SETTABLE
    assert set_rule(kind=RuleKind.UNUSUAL_VOLUME, least=200, times=99, **said) is SettingOutcome.TIMES_OUTSIDE
    assert set_rule(kind=RuleKind.BULK_VIEWING, least=30, times=1, **said) is SettingOutcome.SAME
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'access_rule_set'")) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE watching_rule_setting SET least = 1000")


def test_accesses_go_when_their_time_is_over_on_record_and_their_evidence_stays() -> None:
    at = runtime.now()
    over = kept_since(at) - timedelta(seconds=1)
    for when in (over, over - timedelta(days=1), kept_since(at), at):
        look(AYANO.system_person_number, OTHER, when)
    with pytest.raises(DatabaseError), transaction.atomic():
        run("DELETE FROM watching_access")
    assert purge_accesses(by=SYSTEM, at=at, most=1) == 1
    assert purge_accesses(by=SYSTEM, at=at) == 1
    assert purge_accesses(by=SYSTEM, at=at) == 0
    assert len(rows("SELECT FROM watching_access")) == 2
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'person_viewed'")) == 4
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'accesses_purged'")) == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        run("SELECT watching_purge(now() + interval '1 day', 9)")


def test_more_alerts_at_once_than_one_record_holds_are_all_told() -> None:
    at = runtime.now()
    run(
        "INSERT INTO watching_access (entry_id, at, staff, role, act, page, people, unified, shown, fields, reason)"
        " SELECT 1000000 + n, %s, 'STAFF:' || (n %% 700), 'HEALTH_CLERK', 'REFUSED', 'x', '{}', '{}', 0, '{}', ''"
        " FROM generate_series(1, 3500) AS n",
        [at],
    )
    assert judge_accesses(by=SYSTEM, at=at) >= 700
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'access_alerts_raised'")) >= 3
