"""The second factor, sessions and their ends: what lets somebody in, and what no longer does."""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.codes import code_at
from tasuki.accounts.models import RecoveryCode, SecondFactor, SignIn, Staff
from tasuki.accounts.operations import create_staff
from tasuki.accounts.types import Member, Role
from tasuki.evidence.types import EntryKind
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.types import Screens
from tests.integration.web.conftest import PASSWORD, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
NOW = datetime.fromisoformat("2026-11-24T09:00:00+09:00")


@pytest.fixture(autouse=True)
def clock(settings: Any, tmp_path: Path) -> Iterator[time_machine.Traveller]:
    """A key of the node's own, and a clock that goes when it is told to."""
    write_secret(tmp_path / "master.key", bytes(range(32)))
    settings.KEYS = NodeKeys(tmp_path)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hanako(db: None, clock: time_machine.Traveller) -> Member:
    return create_staff(
        username="hanako", display_name="架空 花子", department="健康づくり課", role=Role.HEALTH_CLERK,
        password=PASSWORD, by=SYSTEM, at=NOW,
    )  # fmt: skip


def entered(**more: Any) -> Client:
    client = Client(**more)
    client.post(reverse("login"), {"username": "hanako", "password": PASSWORD})
    return client


def secret() -> bytes:
    factor = SecondFactor.objects.get()
    return runtime.factor_cipher().open(str(factor.staff_id), bytes(factor.sealed))


def enrolled(client: Client) -> list[str]:
    """Enrol as the page asks, and return the recovery codes."""
    page = client.get(reverse("second-factor-enrol")).content.decode()
    [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
    member = Staff.objects.get(username="hanako")
    shown = runtime.factor_cipher().open(str(member.pk), base64.urlsafe_b64decode(sealed))
    sent = {"sealed": sealed, "code": code_at(shown, runtime.now())}
    codes = client.post(reverse("second-factor-enrol"), sent)
    assert codes.status_code == 200, codes
    return re.findall(r"<li>([a-z2-7-]{19})</li>", codes.content.decode())


def give(client: Client, code: str) -> Any:
    return client.post(reverse("second-factor"), {"code": code})


def recorded(kind: EntryKind) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind.value])
        return [orjson.loads(bytes(body)) for (body,) in cursor.fetchall()]


def test_a_factor_is_enrolled_first_and_asked_for_each_time_after(
    hanako: Member, clock: time_machine.Traveller
) -> None:
    client = entered()
    assert client.get(reverse("people"))["Location"] == reverse("second-factor-enrol")
    codes = enrolled(client)
    assert len(set(codes)) == 10
    assert client.get(reverse("people")).status_code == 200
    clock.shift(timedelta(minutes=1))
    again = entered()
    assert again.get(reverse("people"))["Location"] == reverse("second-factor")
    # Whoever has only the password cannot put another factor in the place of the one there is.
    assert again.get(reverse("second-factor-enrol"))["Location"] == reverse("second-factor")
    assert give(again, "000000").status_code == 422
    assert give(again, code_at(secret(), runtime.now()))["Location"] == reverse("home")
    assert again.get(reverse("people")).status_code == 200
    kinds = [EntryKind.FACTOR_ENROLLED, EntryKind.FACTOR_PASSED]
    assert [len(recorded(kind)) for kind in kinds] == [1, 1]
    assert recorded(EntryKind.LOGIN_FAILED) == [{"reason": "code", "staff": hanako.identifier}]


def test_a_code_is_of_no_use_twice_nor_the_one_before_it(hanako: Member, clock: time_machine.Traveller) -> None:
    enrolled(entered())
    clock.shift(timedelta(minutes=5))
    code, before = code_at(secret(), runtime.now()), code_at(secret(), runtime.now() - timedelta(seconds=30))
    assert give(entered(), code).status_code == 302
    assert give(entered(), code).status_code == 422
    assert give(entered(), before).status_code == 422
    clock.shift(timedelta(seconds=30))
    assert give(entered(), code_at(secret(), runtime.now())).status_code == 302


def test_a_code_from_long_ago_or_ahead_is_wrong(hanako: Member, clock: time_machine.Traveller) -> None:
    enrolled(entered())
    clock.shift(timedelta(hours=1))
    for seconds in (-60, 60):
        assert give(entered(), code_at(secret(), runtime.now() + timedelta(seconds=seconds))).status_code == 422


def test_a_recovery_code_lets_in_once_and_only_its_digest_is_kept(hanako: Member) -> None:
    codes = enrolled(entered())
    client = entered()
    assert give(client, codes[0].upper())["Location"] == reverse("home")
    assert "残りは9個" in client.get(reverse("home")).content.decode()
    assert give(entered(), codes[0]).status_code == 422
    assert give(entered(), codes[1]).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(c::text, '') FROM accounts_recovery_code c")
        assert codes[2].replace("-", "") not in cursor.fetchone()[0]


def test_wrong_codes_lock_as_wrong_passwords_do(hanako: Member, clock: time_machine.Traveller) -> None:
    enrolled(entered())
    client = entered()
    answers = [give(client, "000000").status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    # Also a right code, and the password: the door is shut, not only its second bolt.
    clock.shift(timedelta(minutes=1))
    assert give(client, code_at(secret(), runtime.now())).status_code == 429
    assert client.post(reverse("login"), {"username": "hanako", "password": PASSWORD}).status_code == 429
    clock.shift(timedelta(minutes=15))
    assert give(client, code_at(secret(), runtime.now())).status_code == 302


def test_a_secret_at_rest_is_its_accounts_and_is_not_in_clear(hanako: Member) -> None:
    enrolled(entered())
    factor = SecondFactor.objects.get()
    assert secret() not in bytes(factor.sealed)
    damaged = bytes(factor.sealed)[:-1] + bytes([bytes(factor.sealed)[-1] ^ 1])
    SecondFactor.objects.update(sealed=damaged)
    client = entered()
    client.raise_request_exception = False
    assert give(client, "000000").status_code == 500
    assert client.get(reverse("people"))["Location"] == reverse("second-factor")


def test_a_sealed_secret_of_somebody_else_is_not_enrolled(hanako: Member) -> None:
    client = entered()
    foreign = runtime.factor_cipher().seal("999999", b"0123456789abcdef0123")
    sent = {"sealed": base64.urlsafe_b64encode(foreign).decode(), "code": "000000"}
    assert client.post(reverse("second-factor-enrol"), sent)["Location"] == reverse("second-factor-enrol")
    assert not SecondFactor.objects.exists()


def test_a_lost_factor_is_reset_by_an_administrator_and_enrolled_anew(hanako: Member, logged_in: LogIn) -> None:
    enrolled(entered())
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    page = administrator.post(reverse("account-factor", args=[hanako.identifier]), follow=True).content.decode()
    assert "二要素認証の設定を消しました" in page
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert entered().get(reverse("home"))["Location"] == reverse("second-factor-enrol")
    assert len(recorded(EntryKind.FACTOR_RESET)) == 1


def test_a_session_planted_before_the_log_in_is_not_the_one_after(hanako: Member) -> None:
    client = Client()
    client.get(reverse("login"))
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    client.post(reverse("login"), {"username": "hanako", "password": PASSWORD})
    after_password = client.cookies["sessionid"].value
    assert after_password != planted
    enrolled(client)
    assert client.cookies["sessionid"].value not in {planted, after_password}
    for old in (planted, after_password):
        thief = Client()
        thief.cookies["sessionid"] = old
        assert thief.get(reverse("people"))["Location"].startswith(reverse("login"))


def test_a_form_from_elsewhere_is_refused(hanako: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    for name, arguments in (("login", []), ("account-apply", []), ("account-end", [1]), ("second-factor", [])):
        assert client.post(reverse(name, args=arguments), {"username": "hanako"}).status_code == 403, name


def test_a_session_ends_when_nothing_is_asked_for_and_after_eight_hours_whatever_is(
    logged_in: LogIn, clock: time_machine.Traveller
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    for _ in range(2):
        clock.shift(timedelta(minutes=29))
        assert client.get(reverse("home")).status_code == 200
    clock.shift(timedelta(minutes=30))
    assert client.get(reverse("home"))["Location"].startswith(reverse("login"))
    assert "30分使われなかった" in client.get(reverse("login")).content.decode()


def test_a_page_that_reads_itself_anew_does_not_keep_its_session_open(
    logged_in: LogIn, clock: time_machine.Traveller
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    for _ in range(2):
        clock.shift(timedelta(minutes=20))
        answer = client.get(reverse("works"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("login")


def test_a_session_ends_after_eight_hours(logged_in: LogIn, clock: time_machine.Traveller) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    opened = 0
    for _ in range(20):
        clock.shift(timedelta(minutes=25))
        opened += client.get(reverse("home")).status_code == 200
    assert opened == 19


def test_one_sees_where_one_is_logged_in_and_ends_it_there(hanako: Member) -> None:
    here = entered(headers={"User-Agent": "Counter 3"})
    enrolled(here)
    there = entered(headers={"User-Agent": "Back office"})
    page = here.get(reverse("sessions")).content.decode()
    assert "Counter 3" in page
    assert "Back office" in page
    assert "終了しました" in here.post(reverse("sessions-end"), {"sign_in": "elsewhere"}, follow=True).content.decode()
    assert there.get(reverse("second-factor"))["Location"].startswith(reverse("login"))
    assert here.get(reverse("home")).status_code == 200
    [ended] = recorded(EntryKind.SESSIONS_ENDED)
    assert "Back office" not in orjson.dumps(ended).decode()


def test_nobody_ends_anothers_session_by_its_number(logged_in: LogIn) -> None:
    mine, others = logged_in(Role.HEALTH_CLERK), logged_in(Role.CENTRE_CLERK)
    number = SignIn.objects.get(staff__role=Role.CENTRE_CLERK.value).sign_in
    mine.post(reverse("sessions-end"), {"sign_in": str(number)})
    mine.post(reverse("sessions-end"), {"sign_in": "none of a kind"})
    assert others.get(reverse("home")).status_code == 200


def test_an_administrator_ends_whatever_is_open_under_an_account(logged_in: LogIn) -> None:
    clerk, administrator = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    number = Staff.objects.get(role=Role.HEALTH_CLERK.value).pk
    page = administrator.post(reverse("account-sessions", args=[number]), follow=True).content.decode()
    assert "1件のログインを終了しました" in page
    assert clerk.get(reverse("home"))["Location"].startswith(reverse("login"))


def test_a_session_without_its_row_opens_nothing(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    SignIn.objects.all().delete()
    assert client.get(reverse("home")).status_code == 302


def test_logging_out_is_the_end_of_the_session_also_for_whoever_copied_it(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    client.post(reverse("logout"))
    assert SignIn.objects.get().ended_at is not None


def test_a_role_comes_only_from_where_it_may_once_ranges_are_set(logged_in: LogIn, settings: Any) -> None:
    clerk, auditor = logged_in(Role.HEALTH_CLERK), logged_in(Role.AUDITOR)
    allowed = Screens(addresses=("HEALTH_CLERK 127.0.0.0/8", "HEALTH_CLERK 10.1.0.0/16"))
    settings.NODE = settings.NODE.model_copy(update={"screens": allowed})
    assert clerk.get(reverse("home")).status_code == 200
    assert clerk.get(reverse("home"), REMOTE_ADDR="10.2.0.1").status_code == 302
    # Not listed, not let in.
    assert auditor.get(reverse("home")).status_code == 302


def test_only_a_configured_proxy_says_where_somebody_comes_from(hanako: Member, settings: Any) -> None:
    forged = {"HTTP_X_FORWARDED_FOR": "10.1.0.9"}
    settings.NODE = settings.NODE.model_copy(
        update={"screens": Screens(addresses=("HEALTH_CLERK 10.1.0.0/16",), proxies=("127.0.0.9",))}
    )
    typed = {"username": "hanako", "password": PASSWORD}
    assert Client().post(reverse("login"), typed, **forged).status_code == 422
    assert Client().post(reverse("login"), typed, REMOTE_ADDR="127.0.0.9", **forged).status_code == 302
    # What the asker wrote before the proxy added the truth is not believed.
    chain = {"HTTP_X_FORWARDED_FOR": "10.1.0.9, 192.0.2.1"}
    assert Client().post(reverse("login"), typed, REMOTE_ADDR="127.0.0.9", **chain).status_code == 422


def test_a_colleague_is_not_locked_out_on_a_device_they_used_before(hanako: Member) -> None:
    own = entered()
    own.post(reverse("logout"))
    stranger = Client()
    for _ in range(6):
        stranger.post(reverse("login"), {"username": "hanako", "password": "wrong"})
    assert Client().post(reverse("login"), {"username": "hanako", "password": PASSWORD}).status_code == 429
    # The same address, and let in all the same: counted apart, and never without a limit of its own.
    assert own.post(reverse("login"), {"username": "hanako", "password": PASSWORD}).status_code == 302
    own.post(reverse("logout"))
    answers = [own.post(reverse("login"), {"username": "hanako", "password": "wrong"}).status_code for _ in range(5)]
    assert answers[-1] == 429
    assert "hanako" not in own.cookies["sessionid-device"].value


def test_a_device_that_was_made_up_is_counted_with_all_others(hanako: Member) -> None:
    stranger = Client()
    stranger.cookies["sessionid-device"] = "made:up"
    for _ in range(5):
        stranger.post(reverse("login"), {"username": "hanako", "password": "wrong"})
    assert Client().post(reverse("login"), {"username": "hanako", "password": PASSWORD}).status_code == 429


def test_tls_that_ends_before_the_node_is_believed_of_its_proxy_only(settings: Any) -> None:
    settings.NODE = settings.NODE.model_copy(update={"screens": Screens(behind_tls=True, proxies=("127.0.0.9",))})
    settings.SECURE_HSTS_SECONDS = 60
    client = Client()
    assert client.get(reverse("login"), REMOTE_ADDR="127.0.0.9")["Strict-Transport-Security"] == "max-age=60"
    assert "Strict-Transport-Security" not in client.get(reverse("login"))


def stale(client: Client, clock: time_machine.Traveller) -> Client:
    """Let so long pass since the log-in that a dangerous act asks for the password."""
    clock.shift(timedelta(minutes=6))
    return client


def test_a_dangerous_act_asks_for_the_password_again_and_loses_nothing_that_was_typed(
    logged_in: LogIn, hanako: Member, clock: time_machine.Traveller
) -> None:
    logged_in(Role.SYSTEM_ADMINISTRATOR)
    own = Staff.objects.get(role=Role.SYSTEM_ADMINISTRATOR.value)
    address = reverse("account-end", args=[hanako.identifier])
    own.set_password(PASSWORD)
    own.save()
    administrator = Client()
    administrator.post(reverse("login"), {"username": own.username, "password": PASSWORD})
    SignIn.objects.filter(staff=own).update(factor_at=runtime.now())
    stale(administrator, clock)
    asked = administrator.post(address, {"reason": "3月31日付け退職"})
    assert 'name="reason" value="3月31日付け退職"' in asked.content.decode()
    assert Staff.objects.get(pk=hanako.identifier).is_active
    wrong = administrator.post(address, {"reason": "3月31日付け退職", "password-again": "wrong"})
    assert wrong.status_code == 422
    assert "パスワードが違います" in wrong.content.decode()
    assert Staff.objects.get(pk=hanako.identifier).is_active
    done = administrator.post(address, {"reason": "3月31日付け退職", "password-again": PASSWORD})
    assert done.status_code == 302
    assert not Staff.objects.get(pk=hanako.identifier).is_active
    # For five minutes it is not asked again, and then it is.
    reset = reverse("account-sessions", args=[hanako.identifier])
    assert administrator.post(reset).status_code == 302
    assert "パスワードの確認" in stale(administrator, clock).post(reset).content.decode()


def test_a_colleagues_password_does_not_confirm_ones_own_act(
    logged_in: LogIn, hanako: Member, clock: time_machine.Traveller
) -> None:
    administrator = stale(logged_in(Role.SYSTEM_ADMINISTRATOR), clock)
    address = reverse("account-end", args=[hanako.identifier])
    sent = {"reason": "x", "password-again": PASSWORD, "username": "hanako"}
    assert administrator.post(address, sent).status_code == 422
    assert Staff.objects.get(pk=hanako.identifier).is_active
