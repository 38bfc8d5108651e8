"""Accounts on the pages: applied for by one, approved by another, kept each year, ended at once."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts import operations
from tasuki.accounts.errors import AdministratorExistsError
from tasuki.accounts.models import AccountEvent, Application, Staff
from tasuki.accounts.types import AccountState, FirstPassword, Role
from tasuki.evidence.types import EntryKind
from tasuki.nodes.types import Screens
from tasuki.shared.dates import civil_date
from tests.integration.web.conftest import SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
NEW = "another sentence nobody guesses"


@pytest.fixture(autouse=True)
def codes_at_the_terminal(settings: Any) -> None:
    """Ask for no second factor here: what is tried is who has an account."""
    settings.NODE = settings.NODE.model_copy(update={"screens": Screens(second_factor_at_terminal=True)})


def day(days: int) -> date:
    return civil_date(runtime.now()) + timedelta(days=days)


def typed(**changed: str) -> dict[str, str]:
    return {
        "kind": "NEW", "username": "shinjin", "employee_number": "A-1024", "display_name": "新人 八郎",
        "department": "健康づくり課", "role": "HEALTH_CLERK", "valid_from": day(0).isoformat(),
        "valid_to": day(200).isoformat(), "reason": "検診の受付を担当する",
    } | changed  # fmt: skip


def applied(client: Client, **changed: str) -> Application:
    response = client.post(reverse("account-apply"), typed(**changed))
    assert response.status_code == 302, response.content.decode()
    return Application.objects.get(decision__isnull=True)


def decide(client: Client, one: Application, act: str = "approve", reason: str = "") -> Any:
    return client.post(reverse("account-decide", args=[one.pk]), {"act": act, "reason": reason}, follow=True)


def first_password(page: str) -> str:
    [found] = re.findall(r'class="mono secret">([^<]+)<', page)
    return str(found)


def recorded(*kinds: EntryKind) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body FROM evidence_entry WHERE kind = ANY(%s) ORDER BY entry_id", [[kind.value for kind in kinds]]
        )
        return [orjson.loads(bytes(body)) for (body,) in cursor.fetchall()]


def named(role: Role) -> str:
    """Give the account of a role an ID of the form that can be applied for."""
    name = role.value.lower().replace("_", "-")
    Staff.objects.filter(role=role.value).update(username=name)
    return name


def enter(username: str, password: str) -> Client:
    client = Client()
    client.post(reverse("login"), {"username": username, "password": password})
    return client


def test_one_applies_another_approves_and_the_owner_chooses_a_password(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    one = applied(clerk)
    assert not Staff.objects.filter(username="shinjin").exists()
    assert "承認待ち" in clerk.get(reverse("account-applications")).content.decode()
    assert "承認を待つ申請" in administrator.get(reverse("home")).content.decode()
    page = decide(administrator, one).content.decode()
    first = first_password(page)
    assert first not in administrator.get(reverse("account-application", args=[one.pk])).content.decode()
    client = enter("shinjin", first)
    # Nothing opens before the first password is another.
    assert client.get(reverse("people"))["Location"] == reverse("password")
    assert "最初のパスワードで入りました" in client.get(reverse("password")).content.decode()
    assert client.post(reverse("password"), {"current": first, "new": first, "again": first}).status_code == 422
    assert client.post(reverse("password"), {"current": first, "new": NEW, "again": NEW}).status_code == 302
    assert client.get(reverse("people")).status_code == 200
    assert enter("shinjin", first).get(reverse("home")).status_code == 302
    made = Staff.objects.get(username="shinjin")
    assert (made.role, made.valid_to) == (Role.HEALTH_CLERK, day(200))
    kinds = (EntryKind.ACCOUNT_APPLIED, EntryKind.ACCOUNT_MADE, EntryKind.ACCOUNT_DECIDED, EntryKind.PASSWORD_CHANGED)
    assert [len(recorded(kind)) for kind in kinds] == [1, 1, 1, 1]
    said = orjson.dumps(recorded(*kinds)).decode()
    assert not any(word in said for word in ("新人", "shinjin", "A-1024", first, NEW))
    history = administrator.get(reverse("account", args=[made.pk])).content.decode()
    assert "利用者をつくった" in history
    assert "本人がパスワードを変えた" in history


def test_a_first_password_is_of_no_use_after_a_week(logged_in: LogIn) -> None:
    one = applied(logged_in(Role.HEALTH_CLERK))
    first = first_password(decide(logged_in(Role.SYSTEM_ADMINISTRATOR), one).content.decode())
    with time_machine.travel(runtime.now() + timedelta(days=7, seconds=1), tick=False):
        answer = Client().post(reverse("login"), {"username": "shinjin", "password": first})
    assert answer.status_code == 422
    assert "期限が切れたか" in answer.content.decode()
    assert recorded(EntryKind.LOGIN_FAILED)[-1]["reason"] == "lapsed"


def test_nobody_decides_their_own_application_nor_about_their_own_account(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    own = applied(administrator)
    assert "申請した人は決められません" in decide(administrator, own).content.decode()
    assert Application.objects.get(pk=own.pk).decision is None
    # Somebody else applies for more power for them: they cannot take it.
    clerk = logged_in(Role.HEALTH_CLERK)
    administrator.post(reverse("account-withdraw", args=[own.pk]))
    about = applied(clerk, kind="CHANGE", username=named(Role.SYSTEM_ADMINISTRATOR))
    assert "自分の利用者のことは決められません" in decide(administrator, about).content.decode()
    assert Staff.objects.get(role=Role.SYSTEM_ADMINISTRATOR.value)


@pytest.mark.parametrize("role", [Role.HEALTH_CLERK, Role.AUDITOR, Role.SECURITY_ADVISER, Role.APPROVER])
def test_nobody_but_an_administrator_decides_ends_or_confirms(logged_in: LogIn, role: Role) -> None:
    one = applied(logged_in(Role.CENTRE_CLERK))
    client = logged_in(role)
    assert decide(client, one).status_code == 403
    number = Staff.objects.get(role=Role.CENTRE_CLERK.value).pk
    assert client.post(reverse("account-end", args=[number]), {"reason": "x"}).status_code == 403
    assert client.post(reverse("account-reset", args=[number])).status_code == 403
    assert client.post(reverse("accounts-confirm"), {f"account-{number}": "end"}).status_code == 403
    assert client.get(reverse("account-application", args=[one.pk])).status_code == 404
    assert Staff.objects.get(pk=number).is_active


def test_more_than_was_applied_for_is_not_to_be_had_through_the_form(logged_in: LogIn) -> None:
    """A role, an ID or a term put into the decision's form, or a decision into the application's, changes nothing."""
    clerk = logged_in(Role.HEALTH_CLERK)
    more = {"decision": "APPROVED", "decided_by": "STAFF:1", "applied_by": "SYSTEM:x", "is_active": "1", "staff": "1"}
    one = applied(clerk, **more)
    assert (one.decision, one.decided_by) == (None, None)
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    raised = {"act": "approve", "reason": "", "role": "SYSTEM_ADMINISTRATOR", "valid_to": "2099-01-01", "username": "x"}
    administrator.post(reverse("account-decide", args=[one.pk]), raised)
    assert Staff.objects.get(username="shinjin").role == Role.HEALTH_CLERK
    assert Staff.objects.get(username="shinjin").valid_to == day(200)
    own = Staff.objects.get(role=Role.HEALTH_CLERK.value, username__startswith="staff-")
    clerk.post(reverse("password"), {"current": "x", "new": NEW, "again": NEW, "role": "SYSTEM_ADMINISTRATOR"})
    assert Staff.objects.get(pk=own.pk).role == Role.HEALTH_CLERK


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"role": "OPERATOR"}, "正しく選択"),
        ({"role": "EVERYTHING"}, "正しく選択"),
        ({"valid_to": "2020-01-01"}, "使い始める日より後の日"),
        ({"valid_from": "2020-01-01", "valid_to": "2020-06-01"}, "過ぎた日"),
        ({"valid_to": "2099-01-01"}, "366日まで"),
        ({"username": "staff-health_clerk"}, "既に使われています"),
        ({"username": "Shinjin"}, "英小文字で始まる"),
        ({"employee_number": ""}, "新しい利用者には必要です"),
        ({"kind": "CHANGE", "username": "nobody"}, "有効な利用者はありません"),
        ({"reason": ""}, "必須"),
    ],
)
def test_what_cannot_be_applied_for_is_said_beside_its_field_and_what_was_typed_stays(
    logged_in: LogIn, changed: dict[str, str], said: str
) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(reverse("account-apply"), typed(**changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "健康づくり課" in answer.content.decode()
    assert recorded(EntryKind.ACCOUNT_APPLIED) == []


def test_a_person_has_one_account_and_one_application_at_a_time(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    one = applied(clerk)
    again = clerk.post(reverse("account-apply"), typed())
    assert "先に承認を待っています" in again.content.decode()
    clerk.post(reverse("account-apply"), typed(username="second"))
    decide(administrator, one)
    second = Application.objects.get(username="second")
    assert "一人が持てるのは一つです" in decide(administrator, second).content.decode()
    assert not Staff.objects.filter(username="second").exists()


def test_another_role_is_a_new_application_and_holds_at_once(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    one = applied(
        clerk, kind="CHANGE", username=named(Role.HEALTH_CLERK), role="APPROVER", employee_number="", display_name=""
    )
    assert clerk.post(reverse("account-decide", args=[one.pk]), {"act": "approve"}).status_code == 403
    assert clerk.get(reverse("imports")).status_code == 200
    decide(administrator, one)
    assert clerk.post(reverse("upload")).status_code == 403
    [changed] = recorded(EntryKind.ACCOUNT_CHANGED)
    assert (changed["former"], changed["role"]) == ("HEALTH_CLERK", "APPROVER")


def test_an_application_is_refused_with_a_reason_or_taken_back(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    one = applied(clerk)
    assert decide(administrator, one, "refuse").status_code == 422
    decide(administrator, one, "refuse", "所属を確かめて出し直してください")
    page = clerk.get(reverse("account-application", args=[one.pk])).content.decode()
    assert "所属を確かめて出し直してください" in page
    assert "ほかの人が先に決めた" in decide(administrator, one).content.decode()
    assert not Staff.objects.filter(username="shinjin").exists()
    two = applied(clerk)
    assert logged_in(Role.CENTRE_CLERK).post(reverse("account-withdraw", args=[two.pk])).status_code == 404
    clerk.post(reverse("account-withdraw", args=[two.pk]))
    assert Application.objects.get(pk=two.pk).decision == "WITHDRAWN"


def test_the_database_itself_refuses_that_one_person_decides(logged_in: LogIn) -> None:
    one = applied(logged_in(Role.HEALTH_CLERK))
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="application_takes_two_people"):
        cursor.execute(
            "UPDATE accounts_application SET decision = 'REFUSED', decided_at = now(), decided_by = applied_by"
            " WHERE application = %s",
            [one.pk],
        )


def test_whoever_leaves_is_out_at_once_and_stays_in_the_register(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    number = Staff.objects.get(role=Role.HEALTH_CLERK.value).pk
    assert administrator.post(reverse("account-end", args=[number]), {"reason": ""}).status_code == 422
    said = administrator.post(reverse("account-end", args=[number]), {"reason": "3月31日付け退職"}, follow=True)
    assert "もう入れません" in said.content.decode()
    assert clerk.get(reverse("home")).status_code == 302
    assert "3月31日付け退職" in administrator.get(reverse("account", args=[number])).content.decode()
    assert "終了" in administrator.get(reverse("accounts"), {"state": "ENDED"}).content.decode()
    own = Staff.objects.get(role=Role.SYSTEM_ADMINISTRATOR.value).pk
    administrator.post(reverse("account-end", args=[own]), {"reason": "x"})
    assert Staff.objects.get(pk=own).is_active


def test_an_account_ends_by_itself_unless_it_is_confirmed(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    number = Staff.objects.get(role=Role.HEALTH_CLERK.value).pk
    Staff.objects.filter(pk=number).update(valid_to=day(1))
    assert "まもなく使えなくなる利用者" in administrator.get(reverse("home")).content.decode()
    assert clerk.get(reverse("home")).status_code == 200
    # Its own session too: nothing has to be done for it to end.
    with time_machine.travel(runtime.now() + timedelta(days=1), tick=False):
        assert clerk.get(reverse("home")).status_code == 302
    said = administrator.post(reverse("accounts-confirm"), {f"account-{number}": "keep"}, follow=True)
    assert "1人を続け、0人を終了しました。" in said.content.decode()
    assert Staff.objects.get(pk=number).valid_to == day(366)
    [record] = recorded(EntryKind.ACCOUNTS_CONFIRMED)
    assert (record["kept"], record["ended"]) == ([str(number)], [])


def test_the_round_ends_who_is_no_longer_needed_and_never_oneself(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    logged_in(Role.HEALTH_CLERK)
    own, other = (Staff.objects.get(role=role.value).pk for role in (Role.SYSTEM_ADMINISTRATOR, Role.HEALTH_CLERK))
    both = {f"account-{own}": "keep", f"account-{other}": "end"}
    assert "自分の利用者" in administrator.post(reverse("accounts-confirm"), both, follow=True).content.decode()
    assert Staff.objects.get(pk=other).is_active
    administrator.post(reverse("accounts-confirm"), {f"account-{other}": "end"})
    assert not Staff.objects.get(pk=other).is_active
    assert "何も選ばれていません" in administrator.post(reverse("accounts-confirm"), {}, follow=True).content.decode()


def test_an_account_without_an_end_lets_nobody_in(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    Staff.objects.update(valid_to=None)
    assert clerk.get(reverse("home")).status_code == 302
    assert Staff.objects.get().state_on(day(0)) is AccountState.LAPSED


def test_a_forgotten_password_is_made_anew_and_sessions_end(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    first = first_password(decide(administrator, applied(logged_in(Role.HEALTH_CLERK))).content.decode())
    open_one = enter("shinjin", first)
    made = Staff.objects.get(username="shinjin")
    again = first_password(administrator.post(reverse("account-reset", args=[made.pk])).content.decode())
    assert again != first
    assert open_one.get(reverse("password")).status_code == 302
    assert enter("shinjin", again).get(reverse("password")).status_code == 200
    assert len(recorded(EntryKind.PASSWORD_RESET)) == 1


def test_the_register_is_searched_and_taken_as_a_file(logged_in: LogIn) -> None:
    adviser = logged_in(Role.SECURITY_ADVISER)
    logged_in(Role.HEALTH_CLERK)
    Staff.objects.filter(role=Role.HEALTH_CLERK.value).update(display_name="=1+1")
    page = adviser.get(reverse("accounts"), {"role": "HEALTH_CLERK"}).content.decode()
    assert "staff-health_clerk" in page
    assert "staff-security_adviser" not in page
    assert "あてはまる利用者はありません" in adviser.get(reverse("accounts"), {"text": "いない人"}).content.decode()
    assert (
        "この利用者を終了する"
        not in adviser.get(reverse("account", args=[Staff.objects.get(role="HEALTH_CLERK").pk])).content.decode()
    )
    taken = adviser.get(reverse("accounts-file"), {"role": "HEALTH_CLERK"}).content.decode("utf-8-sig")
    assert "'=1+1" in taken
    assert recorded(EntryKind.EXPORT_TAKEN)[-1] == {
        "what": "accounts",
        "lines": 1,
        "by": f"STAFF:{_pk(Role.SECURITY_ADVISER)}",
    }


def _pk(role: Role) -> int:
    return int(Staff.objects.get(role=role.value).pk)


def test_the_first_administrator_is_made_where_nobody_could_approve_one() -> None:
    at: datetime = runtime.now()
    about: dict[str, Any] = {
        "employee_number": "K-1",
        "display_name": "管理 一",
        "department": "課",
        "by": SYSTEM,
        "at": at,
    }
    given = operations.admit_first_administrator(username="kanri", **about)
    assert isinstance(given, FirstPassword)
    with pytest.raises(AdministratorExistsError):
        operations.admit_first_administrator(username="kanri2", **about)
    assert operations.close_account(username="kanri", by=SYSTEM, at=at)
    assert operations.admit_first_administrator(username="kanri2", **about).username == "kanri2"
    assert [one["how"] for one in recorded(EntryKind.ACCOUNT_MADE)] == ["first_administrator"] * 2


def test_nothing_is_kept_when_its_record_cannot_be(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    clerk.raise_request_exception = False

    def broken(**_given: object) -> None:
        raise RuntimeError

    for module in ("applications", "staff", "confirming", "signing_in"):
        monkeypatch.setattr(f"tasuki.accounts.operations.{module}.append", broken)
    assert clerk.post(reverse("account-apply"), typed()).status_code == 500
    assert not Application.objects.exists()
    number = _pk(Role.HEALTH_CLERK)
    with pytest.raises(RuntimeError):
        operations.confirm_accounts(keep=[], end=[number], until=None, by=SYSTEM, at=runtime.now())
    with pytest.raises(RuntimeError):
        operations.close_account(username="staff-health_clerk", by=SYSTEM, at=runtime.now())
    assert Staff.objects.get(pk=number).is_active


def test_a_history_only_grows(logged_in: LogIn) -> None:
    applied(logged_in(Role.HEALTH_CLERK))
    decide(logged_in(Role.SYSTEM_ADMINISTRATOR), Application.objects.get())
    assert AccountEvent.objects.count() == 1
    with pytest.raises(DatabaseError, match="permission denied"):
        AccountEvent.objects.update(note="x")


def test_a_password_like_the_owners_words_is_refused(logged_in: LogIn) -> None:
    first = first_password(
        decide(logged_in(Role.SYSTEM_ADMINISTRATOR), applied(logged_in(Role.HEALTH_CLERK))).content.decode()
    )
    client = enter("shinjin", first)
    for bad in ("shinjin12345", "password12345", "short"):
        answer = client.post(reverse("password"), {"current": first, "new": bad, "again": bad})
        assert answer.status_code == 422, bad
