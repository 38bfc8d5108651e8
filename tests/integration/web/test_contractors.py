"""Contractors: who may work, a work from request to inspection, who is let in and when, what they see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations import create_staff
from tasuki.accounts.permissions import GRANTS, SHOWS_PEOPLE
from tasuki.accounts.types import Role
from tasuki.audits.incident_types import Source
from tasuki.audits.queries.incidents import incidents
from tasuki.contractors import operations, queries
from tasuki.contractors.models import Attendance, Handler, Passage, Work
from tasuki.contractors.types import Designation, Firm, Problem, WorkAsked, WorkState
from tasuki.nodes.sql import rows, run
from tasuki.screening.operations.residents import register_residents
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import civil_date, fiscal_year_of, to_jst
from tasuki.shared.environments import Environment
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.integration.logged_in import logged_in_as
from tests.integration.web.conftest import AYANO, PASSWORD, SYSTEM
from tests.integration.web.test_access import ARGUMENTS, every_address

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
CONTRACTOR = "itaku"


@pytest.fixture(autouse=True)
def no_codes(settings: Any) -> None:
    """Ask for no second factor here: what is tried is when a contractor is let in."""
    screens = settings.NODE.screens.model_copy(update={"second_factor_at_terminal": True})
    settings.NODE = settings.NODE.model_copy(update={"screens": screens})


def account(username: str = CONTRACTOR) -> Staff:
    create_staff(
        username=username, display_name="委託 三郎", department="架空システム", role=Role.CONTRACTOR,
        password=PASSWORD, by=SYSTEM, at=runtime.now(), valid_to=civil_date(runtime.now()) + timedelta(days=300),
    )  # fmt: skip
    return Staff.objects.get(username=username)


def designated(username: str = "", *, is_supervisor: bool = False, firm: UUID | None = None) -> UUID:
    """Put somebody on the register, with a firm of their own unless one is given, who still lacks all papers."""
    at, today = runtime.now(), civil_date(runtime.now())
    if firm is None:
        kept = operations.register_firm(
            firm=Firm("架空システム", uuid4().hex, today, today + timedelta(days=300)), by=SYSTEM, at=at
        )
        assert isinstance(kept, UUID)
        firm = kept
    number = operations.designate_handler(
        designation=Designation(firm, "委託 三郎", uuid4().hex[:12], is_supervisor, username, today), by=SYSTEM, at=at
    )
    assert isinstance(number, UUID)
    return number


def fit(username: str = "") -> UUID:
    """Put somebody on the register who may work."""
    number, at = designated(username, is_supervisor=True), runtime.now()
    today = civil_date(at)
    operations.record_pledge(handler_id=number, pledged_on=today, document="誓-1", by=SYSTEM, at=at)
    for year in (fiscal_year_of(today), fiscal_year_of(today) + 1):
        operations.record_training(
            handler_id=number, fiscal_year=year, trained_on=today, subject="個人情報", by=SYSTEM, at=at
        )
    return number


def asked(client: Client, handler: UUID, **changed: object) -> HttpResponse:
    now = to_jst(runtime.now())
    typed = {
        "handlers": [str(handler)], "what": "保守の試験", "why": "改修の確認", "place": "端末室",
        "material": "模擬データ",
        "devices": "持込みなし", "day": f"{now - timedelta(minutes=5):%Y-%m-%d}",
        "starts": f"{now - timedelta(minutes=5):%H:%M}", "ends": f"{now + timedelta(hours=2):%H:%M}",
    } | changed  # fmt: skip
    return client.post(reverse("contractor-work-ask"), typed)


def page_of(work: Work, act: str = "") -> str:
    return reverse(f"contractor-work-{act}" if act else "contractor-work", args=[work.work_id])


def approved(logged_in: LogIn, handler: UUID) -> tuple[Client, Work]:
    """Have a work asked for and approved by two; return whoever asked, and the work."""
    clerk = logged_in(Role.HEALTH_CLERK)
    assert asked(clerk, handler).status_code == 302
    work = Work.objects.get()
    for role in (Role.APPROVER, Role.SECURITY_ADVISER):
        assert logged_in(role).post(page_of(work, "review"), {"act": "approve"}).status_code == 302
    work.refresh_from_db()
    return clerk, work


def enter() -> Client:
    client = Client()
    client.post(reverse("login"), {"username": CONTRACTOR, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def recorded(pattern: str) -> list[str]:
    found = rows("SELECT kind FROM evidence_entry WHERE kind LIKE %s ORDER BY entry_id", [pattern])
    return [row["kind"] for row in found]


def test_the_whole_way_from_the_request_to_the_inspection(logged_in: LogIn) -> None:
    staff, handler = account(), fit(CONTRACTOR)
    # Not before the window's attendance, whatever the password.
    refused = Client().post(reverse("login"), {"username": CONTRACTOR, "password": PASSWORD})
    assert "立ち会う職員が立会いを始めてから" in refused.content.decode()
    clerk, work = approved(logged_in, handler)
    assert work.state == WorkState.APPROVED
    assert not is_in(enter())
    clerk.post(page_of(work, "attend"))
    inside = enter()
    assert is_in(inside)
    own = inside.get(reverse("contractor-own")).content.decode()
    assert "保守の試験" in own
    said = inside.post(reverse("contractor-own"), {"work": str(work.work_id), "report": "試験を終えた"}, follow=True)
    assert "完了の報告を記録しました" in said.content.decode()
    # Nobody passes it while somebody is still present, and leaving ends the session at once.
    assert "立会いが続いています" in inspected(clerk, work)
    clerk.post(page_of(work, "leave"))
    assert not is_in(inside)
    assert not is_in(enter())
    page = clerk.get(page_of(work)).content.decode()
    assert "contractor-own" in page
    assert "検査を記録しました" in inspected(clerk, work)
    work.refresh_from_db()
    assert (work.state, work.reported_by) == (WorkState.PASSED, f"STAFF:{staff.pk}")
    steps = [one.cause for one in queries.steps_of(work.work_id)]
    assert steps == ["asked", "first_approval", "second_approval", "attendance", "report", "inspection"]
    assert len(recorded("contractor_work_step")) == len(steps)
    assert recorded("attendance%") == ["attendance_begun", "attendance_ended"]


def inspected(client: Client, work: Work, act: str = "pass") -> str:
    sent = {"act": act, "note": "申請のとおり"}
    return client.post(page_of(work, "inspect"), sent, follow=True).content.decode()


def test_two_others_review_and_the_database_says_so_too(logged_in: LogIn) -> None:
    handler = fit()
    clerk = logged_in(Role.HEALTH_CLERK)
    asked(clerk, handler)
    work = Work.objects.get()
    assert clerk.post(page_of(work, "review"), {"act": "approve"}).status_code == 403
    first = logged_in(Role.APPROVER)
    for _ in range(2):
        first.post(page_of(work, "review"), {"act": "approve"})
    work.refresh_from_db()
    assert (work.state, work.second_by) == (WorkState.REVIEWED, None)
    asker = staff_actor(work.requested_by.partition(":")[2])
    by_asker = operations.review_work(work_id=work.work_id, approves=True, note="", by=asker, at=runtime.now())
    assert by_asker is Problem.SAME_PERSON
    for statement in (
        "UPDATE contractors_work SET second_by = first_by, second_at = now()",
        "UPDATE contractors_work SET second_by = requested_by, second_at = now()",
        "UPDATE contractors_work SET state = 'approved'",
    ):
        with pytest.raises(IntegrityError, match="by_two"), transaction.atomic():
            run(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE contractors_step SET note = 'x'")


def test_a_refusal_and_a_withdrawal_need_a_reason_and_end_the_work(logged_in: LogIn) -> None:
    handler = fit()
    clerk, reviewer = logged_in(Role.HEALTH_CLERK), logged_in(Role.APPROVER)
    asked(clerk, handler)
    refused = Work.objects.get()
    assert reviewer.post(page_of(refused, "review"), {"act": "refuse"}).status_code == 422
    reviewer.post(page_of(refused, "review"), {"act": "refuse", "note": "機器が要らない"})
    assert "機器が要らない" in clerk.get(page_of(refused)).content.decode()
    asked(clerk, handler)
    mine = Work.objects.get(state=WorkState.REQUESTED)
    assert clerk.post(page_of(mine, "withdraw"), {"note": ""}).status_code == 422
    clerk.post(page_of(mine, "withdraw"), {"note": "日程が変わった"})
    states = Work.objects.order_by("state").values_list("state", flat=True)
    assert list(states) == [WorkState.REFUSED, WorkState.WITHDRAWN]


def test_nobody_is_let_in_outside_the_window_nor_after_it(logged_in: LogIn) -> None:
    account()
    clerk, work = approved(logged_in, fit(CONTRACTOR))
    actor = staff_actor(work.requested_by.partition(":")[2])
    sign_in = SignIn.objects.get(staff=actor.identifier).sign_in
    for at in (work.starts_at - timedelta(seconds=1), work.ends_at):
        begun = operations.begin_attendance(work_id=work.work_id, sign_in=sign_in, by=actor, at=at)
        assert begun is Problem.OUTSIDE_WINDOW
    clerk.post(page_of(work, "attend"))
    inside = enter()
    assert is_in(inside)
    # The window closes while both are at work: whoever attends is still there.
    SignIn.objects.update(seen_at=work.ends_at)
    with time_machine.travel(work.ends_at, tick=False):
        assert not is_in(inside)


@pytest.mark.parametrize("how", ["logs out", "falls idle", "is ended", "account closed"])
def test_whoever_attends_leaves_and_the_contractor_is_out_at_once(logged_in: LogIn, how: str) -> None:
    account()
    clerk, work = approved(logged_in, fit(CONTRACTOR))
    clerk.post(page_of(work, "attend"))
    inside = enter()
    assert is_in(inside)
    present = SignIn.objects.filter(pk=Attendance.objects.get().sign_in_id)
    if how == "logs out":
        clerk.post(reverse("logout"))
    elif how == "falls idle":
        present.update(seen_at=runtime.now() - timedelta(minutes=31))
    elif how == "is ended":
        present.update(ended_at=runtime.now(), ended_by="STAFF:0")
    else:
        Staff.objects.filter(pk=present.get().staff_id).update(is_active=False)
    assert not is_in(inside)
    assert not is_in(enter())
    # Somebody else may take over; what was left open does not stand in the way.
    other = logged_in(Role.INDEX_CLERK)
    assert "立会いを始めました" in other.post(page_of(work, "attend"), follow=True).content.decode()
    assert is_in(enter())
    assert recorded("attendance%") == ["attendance_begun", "attendance_ended", "attendance_begun"]


def test_a_real_environment_opens_no_session_of_a_contractor(logged_in: LogIn, settings: Any) -> None:
    account()
    clerk, work = approved(logged_in, fit(CONTRACTOR))
    clerk.post(page_of(work, "attend"))
    inside = enter()
    assert is_in(inside)
    settings.NODE = settings.NODE.model_copy(update={"environment": Environment.REAL})
    assert not is_in(inside)
    answer = Client().post(reverse("login"), {"username": CONTRACTOR, "password": PASSWORD})
    assert "本番の環境には入れません" in answer.content.decode()


def test_whoever_may_not_work_is_not_let_in_and_the_page_says_why(logged_in: LogIn) -> None:
    account()
    clerk, work = approved(logged_in, designated(CONTRACTOR))
    page = clerk.get(page_of(work)).content.decode()
    for reason in ("取扱責任者がいない", "誓約書がない", "この年度の教育を受けていない"):
        assert reason in page
    said = clerk.post(page_of(work, "attend"), follow=True).content.decode()
    assert "作業できる人がいません" in said
    assert not is_in(enter())


#: Residents whose names and numbers stand nowhere else.
CANARIES = [
    replace(
        AYANO,
        system_person_number=f"00077700{one}",
        name=f"金糸雀　{one}子",
        kana_name=f"カナリヤ　{one}",
        address=f"架空区金糸雀町{one}",
        protected_from=date(2026, 4, 1) if one == 2 else None,
    )
    for one in (1, 2)
]


def test_a_contractor_sees_nobody_at_any_address(logged_in: LogIn) -> None:
    register_residents(rows=CANARIES, by=SYSTEM, at=runtime.now(), reason="test")
    assert not GRANTS[Role.CONTRACTOR] & SHOWS_PEOPLE
    contractor = logged_in(Role.CONTRACTOR)
    canaries = [
        text.replace("　", sign)
        for one in CANARIES
        for text in (one.name, one.kana_name, one.address, one.system_person_number)
        for sign in ("　", " ")
    ]
    token = seal_person(SystemPersonNumber(CANARIES[0].system_person_number))
    asked_for, opened, seen = 0, set[str](), set[str]()
    for entry in every_address():
        permission = getattr(entry.callback, "permission", None)
        if permission is None or entry.name is None:
            continue
        wanted = {name: token if name == "token" else ARGUMENTS[name] for name in entry.pattern.converters}
        # Whatever is sent to an address the role does not carry is refused as the asking is, before it is read.
        for method in (contractor.get, contractor.post) if permission in GRANTS[Role.CONTRACTOR] else (contractor.get,):
            answer = method(reverse(entry.name, kwargs=wanted))
            asked_for += 1
            opened |= {entry.name} if answer.status_code == 200 else set()
            text = answer.content.decode("utf-8", "replace") + str(answer.headers)
            seen |= {f"{entry.name}: {canary}" for canary in canaries if canary in text}
    assert seen == set()
    assert asked_for > 200
    assert {"home", "contractor-own", "environment", "works"} <= opened


def test_every_page_of_a_contractors_session_is_in_the_access_log(logged_in: LogIn) -> None:
    contractor = logged_in(Role.CONTRACTOR)
    for name in ("home", "environment", "contractor-own"):
        contractor.get(reverse(name))
    contractor.get(reverse("people"))
    found = rows("SELECT page, act, shown FROM watching_access ORDER BY entry_id")
    assert [(row["page"], row["act"]) for row in found] == [
        ("home", "VIEW"), ("environment", "VIEW"), ("contractor-own", "VIEW"), ("people", "REFUSED"),
    ]  # fmt: skip
    assert len(recorded("contractor_page_opened")) == 3


def test_registers_are_searched_and_taken_without_formulas(logged_in: LogIn) -> None:
    clerk, auditor = logged_in(Role.HEALTH_CLERK), logged_in(Role.AUDITOR)
    handler = fit()
    Handler.objects.update(name="=HYPERLINK(1)")
    designated()
    assert len(clerk.post(reverse("handlers"), {"words": "hyper"}).context["rows"]) == 1
    text = auditor.post(reverse("handlers-file")).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert len(text.splitlines()) == 3
    asked(clerk, handler)
    assert len(auditor.post(reverse("contractor-works-file")).content.decode().splitlines()) == 2
    assert auditor.get(reverse("handler-add")).status_code == 403


def test_what_is_kept_of_a_handler_counts_at_once_and_its_lack_alarms(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    number = designated(is_supervisor=True)
    address, today = reverse("handler-keep", args=[number]), f"{civil_date(runtime.now()):%Y-%m-%d}"
    assert "作業できない・まもなくできない取扱者" in clerk.get(reverse("home")).content.decode()
    assert clerk.post(address, {"act": "pledge", "pledged_on": "いつか", "document": "1"}).status_code == 422
    clerk.post(address, {"act": "pledge", "pledged_on": today, "document": "誓-7"})
    year = fiscal_year_of(civil_date(runtime.now()))
    clerk.post(address, {"act": "training", "trained_on": today, "fiscal_year": year, "subject": "条例"})
    [row] = clerk.get(reverse("handlers")).context["rows"]
    assert row.may_work
    clerk.post(address, {"act": "end", "ended_on": today})
    [row] = clerk.get(reverse("handlers")).context["rows"]
    assert row.reasons[0] in ("取扱責任者がいない", "指定が終わった")
    assert len(recorded("contractor_registered")) == 5


def test_whoever_does_not_leave_is_an_alarm_and_holds_the_inspection_up(logged_in: LogIn) -> None:
    handler = fit()
    clerk, work = approved(logged_in, handler)
    clerk.post(page_of(work, "attend"))
    typed = {"kind": "ENTRY", "handler": str(handler), "work": str(work.work_id), "label": "端末室", "purpose": "作業"}
    assert clerk.post(reverse("passage-begin"), typed | {"hours": "0"}).status_code == 422
    clerk.post(reverse("passage-begin"), typed | {"hours": "1"})
    clerk.post(page_of(work, "report"), {"report": "終えた"})
    clerk.post(page_of(work, "leave"))
    other = logged_in(Role.SYSTEM_ADMINISTRATOR)
    assert "退室・返却の済んでいない人や物があります" in inspected(other, work)
    assert "退室・返却の済んでいない人や物" not in other.get(reverse("home")).content.decode()
    Passage.objects.update(due_at=datetime.now(UTC) - timedelta(minutes=1))
    assert "退室・返却の済んでいない人や物" in other.get(reverse("home")).content.decode()
    assert "期限切れ" in other.get(reverse("passages")).content.decode()
    passage = Passage.objects.get()
    other.post(reverse("passage-end", args=[passage.pk]), {"note": "退室を見た"})
    assert "検査を記録しました" in inspected(other, work)
    assert recorded("passage%") == ["passage_begun", "passage_ended"]
    assert "退室を見た" in other.post(reverse("passages-file")).content.decode()


def test_whoever_reports_does_not_inspect(logged_in: LogIn) -> None:
    clerk, work = approved(logged_in, fit())
    clerk.post(page_of(work, "attend"))
    clerk.post(page_of(work, "report"), {"report": "終えた"})
    clerk.post(page_of(work, "leave"))
    assert "それぞれ別の人が行います" in inspected(clerk, work)
    assert "報告を差し戻しました" in inspected(logged_in(Role.INDEX_CLERK), work, "return")


def test_nothing_is_kept_when_the_record_cannot_be_written(logged_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = fit()
    _clerk, work = approved(logged_in, handler)
    actor = staff_actor(work.requested_by.partition(":")[2])
    sign_in = SignIn.objects.get(staff=actor.identifier).sign_in

    def broken(**_said: object) -> None:
        raise DatabaseError("no room")

    monkeypatch.setattr("tasuki.contractors.steps.append", broken)
    asked_for = WorkAsked(work.firm_id, "x", "x", "x", "x", "x", work.starts_at, work.ends_at, (handler,))
    at = runtime.now()
    for act in (
        lambda: operations.request_work(asked=asked_for, by=actor, at=at),
        lambda: operations.begin_attendance(work_id=work.work_id, sign_in=sign_in, by=actor, at=at),
        lambda: operations.withdraw_work(work_id=work.work_id, note="x", by=actor, at=at),
    ):
        with pytest.raises(DatabaseError, match="no room"), transaction.atomic():
            act()
    assert Work.objects.get().state == WorkState.APPROVED
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"what": ""}, "what"),
        ({"handlers": []}, "handlers"),
        ({"day": "いつか"}, "day"),
        ({"day": "2020-01-01"}, "day"),
        ({"starts": "0:00", "ends": "13:00", "day": "2099-01-01"}, "ends"),
    ],
)
def test_a_request_says_what_is_wrong_beside_its_field(logged_in: LogIn, changed: dict[str, Any], field: str) -> None:
    answer = asked(logged_in(Role.HEALTH_CLERK), fit(), **changed)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]  # type: ignore[attr-defined]  # of the test client
    assert not Work.objects.exists()


def test_an_account_of_another_role_is_never_a_contractors(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    firm = queries.handler(designated())
    assert firm is not None
    typed = {
        "firm": str(firm.firm_id), "name": "架空", "employee_number": "7", "duty": "HANDLER",
        "username": "staff-health_clerk", "designated_on": "2026-04-01",
    }  # fmt: skip
    answer = clerk.post(reverse("handler-add"), typed)
    assert answer.status_code == 422
    assert "委託先の役割の" in answer.content.decode()
    assert logged_in_as(Staff.objects.get(username="staff-health_clerk")).get(reverse("home")).status_code == 200


def test_a_contractor_at_work_tells_of_a_leak_and_it_becomes_a_suspicion(logged_in: LogIn) -> None:
    account()
    clerk, work = approved(logged_in, fit(CONTRACTOR))
    clerk.post(page_of(work, "attend"))
    inside = enter()
    now = to_jst(runtime.now())
    said = {
        "work": str(work.work_id), "says": "媒体が見当たらない",
        "known_at": f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        "since": f"{now:%Y-%m-%d}", "done": "部屋を探した",
    }  # fmt: skip
    address = reverse("contractor-notify")
    wrong = inside.post(address, said | {"known_at": "2999-01-01T00:00"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["known_at"])
    assert inside.post(address, said | {"work": str(uuid4())}).status_code == 422
    assert "区に知らせました" in inside.post(address, said, follow=True).content.decode()
    [kept] = incidents()
    assert (kept.source, kept.origin, kept.staff) == (Source.CONTRACTOR, f"work:{work.work_id}", None)
    assert kept.title == "架空システムからの通知: 保守の試験"
    assert kept.says.endswith("部屋を探した")
    # It is theirs to tell, not to follow.
    assert inside.get(reverse("incident", args=[kept.incident_id])).status_code == 403
    adviser = logged_in(Role.AUDITOR)
    assert kept.title in adviser.get(reverse("incidents")).content.decode()
    clerk.post(page_of(work, "leave"))
    assert inside.post(address, said).status_code == 302
    assert len(incidents()) == 1
