"""Whoever operates a town: an alarm about another party's log, the evidence taken away, the connection, maintenance."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, expect

from tasuki import runtime
from tasuki.evidence import operations as evidence
from tasuki.jobs import connection
from tasuki.jobs.works import do_waiting_work
from tasuki.nodes.keys import encode_key, write_secret
from tasuki.nodes.types import NodeKind, Peer
from tasuki.operating.operations import begin_maintenance, end_maintenance
from tasuki.protocol.probes import ConnectionReport, Leg, LegReport
from tasuki.shared.actor import system_actor
from tests.browser.journey import Journey
from tests.browser.looking import PICTURES, kept, looked_at
from tests.fakes.gateway import FakeGateway
from tests.integration.evidence.test_witness import PEER, PeerLog

BY = system_actor("test")


@pytest.fixture
def with_peers(town: str) -> Iterator[None]:
    """Give the town peers, and the key its export names."""
    key = encode_key(PEER.public_key())
    peers = tuple(
        Peer(name=name, kind=kind, signing_key=key)
        for name, kind in (("gateway-east", NodeKind.GATEWAY), ("jlis", NodeKind.JLIS))
    )
    before = settings.NODE
    settings.NODE = before.model_copy(update={"peers": peers})
    write_secret(before.folder / "signing.key", Ed25519PrivateKey.generate().private_bytes_raw())
    yield
    settings.NODE = before


def show(size: int, origin: str = "tasuki/gateway-east") -> None:
    note = PeerLog().checkpoint(size, origin=origin).note
    evidence.witness(note=note, origin=origin, proof=[], public_key=PEER.public_key(), at=runtime.now())


def logged_in(page: Page, persona: str) -> Journey:
    journey = Journey(page)
    journey.given_the_login_page()
    journey.when_they_enter_as(persona)
    return journey


def test_an_auditor_sees_an_alarm_and_takes_the_evidence_away(page: Page, with_peers: None) -> None:
    show(20)
    evidence.note_agreement(origin="tasuki/gateway-east", by=BY, at=runtime.now())
    connections.close_all()
    auditor = logged_in(page, "監査担当")
    auditor.when_they_open("証跡")
    expect(page.get_by_role("alert")).to_have_count(0)
    looked_at(auditor, "evidence-quiet")

    show(7)
    connections.close_all()
    page.goto(page.url)
    expect(page.get_by_role("alert")).to_contain_text("末尾が失われた疑いがあります")
    looked_at(auditor, "evidence-alarm")
    auditor.when_they_open("ホーム")
    expect(page.get_by_role("alert")).to_contain_text("gateway-eastと証跡が食い違っています")
    looked_at(auditor, "home-alarm")

    page.get_by_role("link", name="証跡の照合を見る").click()
    page.get_by_role("button", name="証跡を書き出す").click()
    do_waiting_work()
    connections.close_all()
    page.goto(page.url)
    with page.expect_download() as taken:
        page.get_by_role("button", name="evidence-town-test").click()
    assert taken.value.suggested_filename.endswith(".zip")


def test_the_way_to_another_municipality_is_tested(
    page: Page, with_peers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = FakeGateway()
    monkeypatch.setattr(connection, "gateway_link", lambda: gateway)
    clerk = logged_in(page, "システム管理者")
    page.goto("/index/link/connection/")
    looked_at(clerk, "connection-empty")
    legs = [LegReport(leg=leg, peer="gateway-west", passed=True, milliseconds=23) for leg in list(Leg)[1:]]
    gateway.report = ConnectionReport(legs=legs)
    page.get_by_role("button", name="接続を試す").click()
    expect(page.get_by_role("status")).to_contain_text("通じています")
    picture(clerk, "connection-good")
    legs[2] = LegReport(
        leg=Leg.PROVIDER_GATEWAY, peer="gateway-west", passed=False, phase="connect", reason="[Errno 111] refused"
    )
    gateway.report = ConnectionReport(legs=legs[:3])
    page.get_by_role("button", name="接続を試す").click()
    expect(page.get_by_role("alert")).to_contain_text("「相手の中間サーバーへ」で止まりました")
    picture(clerk, "connection-failed")


def test_two_editions_of_the_law_are_compared(page: Page, with_peers: None) -> None:
    auditor = logged_in(page, "監査担当")
    auditor.when_they_open("証跡")
    auditor.when_they_follow("照会を許す法令の表")
    auditor.then_the_page_is("照会を許す法令の表")
    page.get_by_label("前の版").select_option("screening-2022-06-01")
    page.get_by_label("後の版").select_option("screening-2024-05-27")
    auditor.when_they_press("比べる")
    auditor.then_they_read("旧別表第二")
    looked_at(auditor, "law")


def picture(journey: Journey, name: str) -> None:
    """Hold a page that came as an answer to a form against axe and its width."""
    for width in (375, 1280) if PICTURES else (375,):
        journey.page.set_viewport_size({"width": width, "height": 900})
        journey.then_nothing_hinders_anybody()
        kept(journey.page, f"{name}-ja-{width}")


def test_staff_read_until_when_there_is_maintenance(page: Page, with_peers: None) -> None:
    clerk = logged_in(page, "健康づくり課 担当")
    at = runtime.now()
    begin_maintenance(until=at + timedelta(minutes=40), reason="ディスクの交換", by=BY, at=at)
    runtime._maintenance.cache_clear()
    connections.close_all()
    try:
        page.goto(page.url)
        expect(page.get_by_role("heading", name="保守中です")).to_be_visible()
        looked_at(clerk, "maintenance")
    finally:
        end_maintenance(by=BY, at=runtime.now())
        runtime._maintenance.cache_clear()
        connections.close_all()
