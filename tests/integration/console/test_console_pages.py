"""What the pages of a console say, and what their acts leave in the evidence."""

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.errors import NotAnOperatorError
from tasuki.accounts.models import Staff
from tasuki.accounts.operations import admit_operator, close_account
from tasuki.accounts.types import Role
from tasuki.evidence import operations as evidence
from tasuki.evidence.types import AlarmReason
from tasuki.gateway.closing import Cause, Closed, closed
from tasuki.network.queries import members
from tasuki.nodes.types import Screens
from tasuki.operating import queries as operating
from tests.consoles import BASIS, OTHER, OWN, UNASSESSED, fill_gateway, fill_network, number
from tests.integration.console.conftest import SYSTEM, Enter

pytestmark = pytest.mark.django_db


def records(*kinds: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = ANY(%s) ORDER BY entry_id", [list(kinds)])
        return [json.loads(bytes(body)) for (body,) in cursor.fetchall()]


def said(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def actor(client: Client) -> str:
    return f"STAFF:{client.session['_auth_user_id']}"


def test_the_overview_names_what_fails_and_what_to_do(gateway: None, enter: Enter) -> None:
    page = said(enter(Role.OPERATION_WATCHER), "home")
    # This process has no certificate and no worker, but a key and a log that can be written.
    assert "働けません。" in page
    assert "証明書がないか、期限が過ぎています。" in page
    assert "60秒以上、動いた知らせがありません。" in page
    assert "試しに1件書き、取り消しました。" in page
    assert "まだ一度もまわっていません。" in page


def test_what_waits_at_a_gateway_and_at_the_network_is_counted(gateway: None, enter: Enter) -> None:
    fill_gateway(SYSTEM, runtime.now())
    context = enter(Role.OPERATOR).get(reverse("home")).context
    assert {one.label: one.number for one in context["waiting"]} == {
        "ネットワークへ未通知の受領": 0, "取得中の符号": 0,
    }  # fmt: skip


def test_an_institution_is_suspended_with_a_reason_and_resumed_in_the_operators_name(
    gateway: None, enter: Enter
) -> None:
    fill_gateway(SYSTEM, runtime.now())
    client = enter(Role.OPERATOR)
    assert client.post(reverse("institution-suspend", args=[OWN]), {"why": " "}).status_code == 422
    assert closed() == {}
    page = client.post(reverse("institution-suspend", args=[OWN]), {"why": "鍵の紛失"}, follow=True).content.decode()
    assert closed() == {OWN: Closed(Cause.SUSPENDED, "鍵の紛失")}
    for text in ("停止中です。", "鍵の紛失", "データセンター 運用 五郎"):
        assert text in page
    again = client.post(reverse("institution-suspend", args=[OWN]), {"why": "again"}, follow=True).content.decode()
    assert "何も変えていません。" in again
    client.post(reverse("institution-resume", args=[OWN]))
    assert closed() == {}
    assert [(one["institution"], one["by"]) for one in records("institution_suspended", "institution_resumed")] == [
        (OWN, actor(client)), (OWN, actor(client)),
    ]  # fmt: skip


def test_maintenance_is_begun_changed_and_ended_from_a_console_that_stays_open(gateway: None, enter: Enter) -> None:
    client = enter(Role.OPERATOR)
    assert client.post(reverse("maintenance-begin"), {"minutes": 0, "reason": "x"}).status_code == 422
    assert operating.maintenance() is None
    client.post(reverse("maintenance-begin"), {"minutes": 30, "reason": "ディスクの交換"})
    assert "保守中です。" in said(client, "home")
    client.post(reverse("maintenance-begin"), {"minutes": 90, "reason": "延長"})
    assert 'value="延長"' in said(client, "maintenance")
    page = client.post(reverse("maintenance-end"), follow=True).content.decode()
    assert "保守を終えました。" in page
    assert "データセンター 運用 五郎" in page
    assert operating.maintenance() is None
    assert "ほかの人が先に終えています。" in client.post(reverse("maintenance-end"), follow=True).content.decode()
    made = records("maintenance_begun", "maintenance_ended")
    assert [one["by"] for one in made] == [actor(client)] * 3


def test_the_network_suspends_an_institution_and_resumes_it(network: None, enter: Enter) -> None:
    fill_network(SYSTEM, runtime.now())
    client = enter(Role.OPERATOR)
    page = client.post(reverse("institution-suspend", args=[OWN]), {"why": "鍵の紛失"}, follow=True).content.decode()
    assert members([OWN])[OWN].suspended
    for text in ("停止中です。", "符号を発行しません", "データセンター 運用 五郎"):
        assert text in page
    assert "鍵の紛失" in said(client, "institutions")
    client.post(reverse("institution-resume", args=[OWN]))
    assert not members([OWN])[OWN].suspended
    assert client.get(reverse("institution", args=["9" * 16])).status_code == 404


def test_the_flow_of_a_gateway_is_seen_whole_by_institution_and_by_state(gateway: None, enter: Enter) -> None:
    at = runtime.now()
    fill_gateway(SYSTEM, at)
    client = enter(Role.OPERATION_WATCHER)

    def shown(**query: str) -> list[tuple[str, str]]:
        context = client.get(reverse("flow"), query).context
        return [(row.line.transaction_number, row.side) for row in context["rows"]]

    answered = [(number(at, 0), "照会側"), (number(at, 0), "提供側")]
    refused, held = (number(at - timedelta(minutes=1), 1), "照会側"), (number(at - timedelta(minutes=2), 2), "照会側")
    assert shown() == [*answered, refused, held]
    assert shown(state="held") == [held]
    assert len(shown(institution=OTHER)) == 4
    assert shown(institution="9" * 16) == []
    assert client.get(reverse("flow"), {"institution": "12"}).status_code == 422
    part = client.get(reverse("flow"), {"state": "held"}, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="stack" id="flow" hx-get="/flow/?state=held"')
    assert BASIS in part
    still = client.get(reverse("flow"), {"state": "held", "still": "1"}).content.decode()
    assert "hx-get" not in still
    assert 'href="/flow/?state=held">5秒ごとに読み直す' in still
    old = at - timedelta(hours=25)
    fill_gateway(SYSTEM, old)
    assert len(shown()) == 4


def test_one_exchange_shows_its_steps_and_their_articles(gateway: None, enter: Enter) -> None:
    at = runtime.now()
    fill_gateway(SYSTEM, at)
    context = enter(Role.OPERATION_WATCHER).get(reverse("exchange", args=[number(at, 0)])).context
    assert [(one.party, one.state, one.cause, one.article) for one in context["steps"]] == [
        ("照会者の中間サーバー", "送信", "中間サーバーが受け付けた", "番号法21条2項・21条の2"),
        ("提供者の中間サーバー", "提供", "提供者が答えた", "番号法22条・命令85号46条"),
        ("照会者の中間サーバー", "受領", "提供者が答えた", "番号法22条・命令85号46条"),
    ]
    assert [row.side for row in context["rows"]] == ["照会側", "提供側"]


def test_the_statistics_count_each_side_and_come_as_a_file(gateway: None, enter: Enter) -> None:
    at = runtime.now()
    fill_gateway(SYSTEM, at)
    client = enter(Role.OPERATION_WATCHER)
    context = client.get(reverse("statistics")).context
    # Near midnight the three lie on two days, so they are summed.
    asked = [row for row in context["rows"] if row.side == "照会側"]
    assert [sum(column) for column in zip(*(row.counts for row in asked), strict=True)] == [1, 0, 1, 0, 1]
    assert {one.label: one.number for one in context["states"]} == {"受領": 1, "法令の根拠なし": 1, "手動回答待ち": 1}
    days = {"since": f"{(at - timedelta(days=2)):%Y-%m-%d}", "until": f"{(at + timedelta(days=1)):%Y-%m-%d}"}
    response = client.get(reverse("statistics-file"), days)
    lines = list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))
    assert {(line["機関"], line["側"]) for line in lines} == {(OWN, "照会側"), (OTHER, "提供側")}
    assert sum(int(line["計"]) for line in lines) == 4
    assert "attachment" in response["Content-Disposition"]
    for wrong in (days | {"since": "昨日"}, {"since": "2026-01-01", "until": "2026-12-31"}, {"since": "2026-01-01"}):
        for page in ("statistics", "statistics-file"):
            assert client.get(reverse(page), wrong).status_code == 422, wrong


def test_the_network_shows_members_decisions_and_the_table_of_law(network: None, enter: Enter) -> None:
    at = runtime.now()
    fill_network(SYSTEM, at)
    client = enter(Role.OPERATION_WATCHER)
    page = said(client, "institutions")
    assert "保護評価のない機関が1あります。" in page
    assert "未評価町" in page
    context = client.get(reverse("flow")).context
    assert [row.state for row in context["rows"]] == ["受領", "保護評価なし", "許可"]
    assert len(client.get(reverse("flow"), {"institution": UNASSESSED}).context["rows"]) == 1
    counted = client.get(reverse("statistics")).context["states"]
    assert {(one.label, one.article) for one in counted} >= {("保護評価なし", "番号法21条2項2号・28条")}
    assert "screening-2024-05-27" in said(client, "law")
    both = {"former": "screening-2022-06-01", "later": "screening-2024-05-27"}
    assert "旧別表第二" in said(client, "law", **both)
    assert {one.label for one in client.get(reverse("home")).context["waiting"]} == {"結果の通知を待つ許可"}


def test_an_alarm_is_settled_only_once_the_logs_agree_again(gateway: None, enter: Enter) -> None:
    client, at = enter(Role.OPERATOR), runtime.now()
    evidence.raise_alarm(origin="tasuki/network", reason=AlarmReason.DISPUTED, facts={"said": "fork"}, by=SYSTEM, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT alarm_id FROM evidence_alarm")
        (alarm,) = cursor.fetchone()
    assert "networkと証跡が食い違っています。" in said(client, "home")
    settle = reverse("alarm-settle", args=[alarm])
    assert client.post(settle, {"why": ""}).status_code == 422
    assert "まだ食い違っています。" in client.post(settle, {"why": "調べた"}, follow=True).content.decode()
    evidence.note_agreement(origin="tasuki/network", by=SYSTEM, at=at + timedelta(minutes=1))
    assert "警報を終えました。" in client.post(settle, {"why": "復元の途中だった"}, follow=True).content.decode()
    [record] = records("peer_alarm_settled")
    assert record["by"] == actor(client)
    assert "復元の途中だった" in said(client, "evidence")


def test_an_operator_is_admitted_and_let_in_no_more(gateway: None, settings: Any) -> None:
    settings.NODE = settings.NODE.model_copy(update={"screens": Screens(second_factor_at_terminal=True)})
    at = runtime.now()
    about = {"username": "goro", "display_name": "五郎", "department": "課", "by": SYSTEM, "at": at}
    with pytest.raises(NotAnOperatorError):
        admit_operator(role=Role.HEALTH_CLERK, **about)
    first = admit_operator(role=Role.OPERATOR, **about)
    client = Client()
    typed = {"username": "goro", "password": first.text}
    assert client.post(reverse("login"), typed).status_code == 302
    assert client.get(reverse("home"))["Location"] == reverse("password")
    chosen = {"new": "a long enough sentence", "again": "a long enough sentence"}
    assert client.post(reverse("password"), {"current": first.text} | chosen)["Location"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200
    assert close_account(username="goro", by=SYSTEM, at=at)
    assert not close_account(username="goro", by=SYSTEM, at=at)
    assert client.get(reverse("home")).status_code == 302
    assert Client().post(reverse("login"), typed).status_code == 422
    assert not Staff.objects.get(username="goro").is_active
    assert [one["staff"] for one in records("account_made", "account_closed")] == [str(Staff.objects.get().pk)] * 2


def test_the_pages_are_whole_in_english(gateway: None, enter: Enter) -> None:
    client = enter(Role.OPERATOR)
    client.cookies["django_language"] = "en"
    page = said(client, "home")
    assert "It cannot serve." in page
    assert "Overview" in page
