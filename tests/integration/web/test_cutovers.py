"""Rehearsals and plans of the change over on the screens: who sees and does what, and what stands in the way."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.cutover import queries
from tasuki.cutover.operations.rehearsals import begin_rehearsal, end_rehearsal, note_copy_dropped
from tasuki.cutover.plan_types import PlanState
from tasuki.cutover.types import Difference, DifferenceKind, Export, FileKind, FileReport, Findings, TableDigest
from tasuki.jobs.rehearsals import reports_folder
from tasuki.nodes.sql import rows
from tasuki.shared.dates import JST, to_jst
from tests.integration.web.conftest import SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
REPORT = FileReport(
    name="51-2024.csv", kind=FileKind.RESULTS, programme="51", sha256="a" * 64, expected=3, agreed=1, read=3, loaded=2,
    refused=1, refused_by={"unknown_person": 1}, accepted_by={}, stopped=None, cells=50, kinds={"NOT_LOADED": 1},
    respelled=1, filled=0, not_kept=("備考",),
)  # fmt: skip
VALUE = "ｶｸｳ ﾊﾅｺ"


def rehearsed(*, passed: bool = True, way_back: bool = True) -> int:
    """Enter a rehearsal as the command does."""
    at = runtime.now()
    export = Export("旧健診システム", (), "d" * 64, {}, {})
    number = begin_rehearsal(export=export, by=SYSTEM, at=at)
    kinds = {"NOT_LOADED": 1} if passed else {"NOT_LOADED": 1, "CHANGED": 1}
    table = {"screening_facility": TableDigest(1, "x" if way_back else "y")}
    differences = [Difference("51-2024.csv", 4, "unknown_person", DifferenceKind.NOT_LOADED)]
    if not passed:
        differences.append(Difference("51-2024.csv", 3, "カナ氏名", DifferenceKind.CHANGED, VALUE, "タスキザキ"))
    findings = Findings((replace(REPORT, kinds=kinds),), {"screening_facility": TableDigest(1, "x")}, table, 0)
    end_rehearsal(number=number, findings=findings, differences=differences, report_sha256="", by=SYSTEM, at=at)
    note_copy_dropped(number=number, by=SYSTEM, at=at)
    return number


def saturday() -> dt.date:
    """Return a Saturday that is still to come."""
    day = to_jst(runtime.now()).date() + dt.timedelta(days=2)
    return day + dt.timedelta(days=(5 - day.weekday()) % 7)


def make(client: Client, number: int, **changed: str) -> HttpResponse:
    sent = {
        "title": "三月の切替", "rehearsal": str(number), "sheet": "", "day": saturday().isoformat(),
        "starts": "20:00",
        "ends": "02:00",
    }  # fmt: skip
    return client.post(reverse("cutover-make"), sent | changed)


def named(client: Client, address: str, who: str = "健康づくり課") -> HttpResponse:
    """Name who does each step of a plan, at the times of the template."""
    number = int(address.rstrip("/").split("/")[-2])
    sent = {}
    for one in queries.steps_of(number):
        sent |= {f"{one.place}-who": who, f"{one.place}-planned_at": f"{to_jst(one.planned_at):%Y/%m/%d %H:%M}"}
    return client.post(address, sent)


def say(client: Client, plan: int, verdict: str = "GO", reason: str = "") -> str:
    answer = client.post(reverse("cutover-word", args=[plan]), {"verdict": verdict, "reason": reason}, follow=True)
    return answer.content.decode()


def planned(administrator: Client, rehearsal: int) -> int:
    address = make(administrator, rehearsal)["Location"]
    named(administrator, address)
    return queries.plans()[0].number


def test_two_people_say_go_and_steps_are_ticked_off_by_both_sides(logged_in: LogIn) -> None:
    administrator, approver, contractor = (
        logged_in(role) for role in (Role.SYSTEM_ADMINISTRATOR, Role.APPROVER, Role.CONTRACTOR)
    )
    plan = planned(administrator, rehearsed())
    assert "判定を記録しました" in say(administrator, plan, reason="件数を確かめた")
    # Who said a word is asked for no other; saying it again all the same is refused.
    assert "あなたの判定は記録されています" in administrator.get(reverse("cutover", args=[plan])).content.decode()
    page = administrator.get(reverse("cutover", args=[plan])).content.decode()
    assert ('value="NO_GO"' in page, 'value="GO"' in page) == (True, False)
    assert "同じ人が二度は判定できません" in say(administrator, plan)
    assert "実施すると決まった" in say(approver, plan)
    sent = {"done_at": "2026/12/05 20:05", "remark": "予定どおり"}
    contractor.post(reverse("cutover-tick", args=[plan, 1]), sent)
    [first, *_rest] = queries.steps_of(plan)
    assert (first.done_at, first.remark) == (dt.datetime(2026, 12, 5, 20, 5, tzinfo=JST), "予定どおり")
    page = contractor.get(reverse("cutover", args=[plan])).content.decode()
    assert "手順2が終わった" in page
    assert contractor.post(reverse("cutover-word", args=[plan]), {"verdict": "GO"}).status_code == 403
    assert contractor.post(reverse("cutover-close", args=[plan])).status_code == 403


def test_what_stands_in_the_way_of_a_go_is_said_on_the_page(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    make(administrator, rehearsed(passed=False, way_back=False))
    plan = queries.plans()[0].number
    page = administrator.get(reverse("cutover", args=[plan])).content.decode()
    for said in ("件数や値の違いがあります", "元どおりになりませんでした", "すべての手順に担当を書いてください"):
        assert said in page
    assert "件数や値の違いがあります" in say(administrator, plan)
    assert queries.words_of(plan) == []
    # A newer rehearsal of the same export that went well takes the first two away.
    rehearsed()
    page = administrator.get(reverse("cutover", args=[plan])).content.decode()
    assert ("件数や値の違いがあります" in page, "すべての手順に担当を書いてください" in page) == (False, True)


def test_a_no_go_asks_why_and_stops(logged_in: LogIn) -> None:
    administrator, adviser = logged_in(Role.SYSTEM_ADMINISTRATOR), logged_in(Role.SECURITY_ADVISER)
    plan = planned(administrator, rehearsed())
    assert "実施しない理由を書いてください" in say(adviser, plan, "NO_GO")
    assert "実施しないと決まった" in say(adviser, plan, "NO_GO", "媒体の準備が間に合わない")
    found = queries.plan(plan)
    assert found is not None
    assert found.state is PlanState.STOPPED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": "2026/12/07", "starts": "06:00", "ends": "09:00"}, "執務時間(前後の猶予を含む)にかかっています"),
        ({"day": "2024/12/07"}, "作業時間帯がもう過ぎています"),
        ({"day": "あした"}, "日付として読み取れません"),
        ({"rehearsal": "999"}, "もとにする仮移行"),
        ({"title": ""}, "計画の名前"),
    ],
)
def test_a_plan_that_cannot_be_is_explained_beside_its_field(
    logged_in: LogIn, changed: dict[str, str], said: str
) -> None:
    refused = make(logged_in(Role.SYSTEM_ADMINISTRATOR), rehearsed(), **changed)
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert queries.plans() == []


def test_steps_with_a_fault_are_kept_as_typed_and_closed_once_a_word_was_said(logged_in: LogIn) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    address = make(administrator, rehearsed())["Location"]
    wrong = administrator.post(address, {"1-who": "だれか", "1-planned_at": "夜"})
    assert wrong.status_code == 422
    assert 'value="だれか"' in wrong.content.decode()
    named(administrator, address)
    plan = queries.plans()[0].number
    say(administrator, plan)
    assert (
        "もう変えたり判定したりできません"
        in administrator.get(named(administrator, address, "ほかの人")["Location"]).content.decode()
    )
    assert {one.who for one in queries.steps_of(plan)} == {"健康づくり課"}


def test_values_leave_in_the_report_alone_and_not_for_a_contractor(logged_in: LogIn) -> None:
    number = rehearsed(passed=False)
    folder = reports_folder()
    folder.mkdir(parents=True)
    (folder / f"rehearsal-{number}.csv").write_text(VALUE, "utf-8")
    clerk, contractor = logged_in(Role.HEALTH_CLERK), logged_in(Role.CONTRACTOR)
    for client in (clerk, contractor):
        page = client.get(reverse("rehearsal", args=[number])).content.decode()
        assert "カナ氏名" in page
        assert "この宛名番号の住民は登録されていません" in page
        assert VALUE not in page
    assert contractor.get(reverse("rehearsal-file", args=[number])).status_code == 403
    taken = clerk.get(reverse("rehearsal-file", args=[number]))
    assert (taken.status_code, taken.content.decode()) == (200, VALUE)
    assert rows("SELECT 1 FROM evidence_entry WHERE convert_from(body, 'UTF8') LIKE '%%rehearsal-differences%%'")
    assert rows("SELECT 1 FROM watching_access WHERE act = 'EXPORT'")


def test_without_a_rehearsal_the_page_says_what_to_do(logged_in: LogIn) -> None:
    page = logged_in(Role.SYSTEM_ADMINISTRATOR).get(reverse("cutovers")).content.decode()
    assert "tasuki migrate-from 書き出し --rehearse を実行します" in page
    assert "切替計画を作る" not in page


def test_addresses_of_nothing_are_not_there(logged_in: LogIn, tmp_path: Path) -> None:
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    for name in ("cutover", "cutover-steps", "cutover-report", "rehearsal"):
        assert administrator.get(reverse(name, args=[999])).status_code == 404
    assert logged_in(Role.HEALTH_CLERK).get(reverse("rehearsal-file", args=[999])).status_code == 404
