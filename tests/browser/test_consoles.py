"""The consoles of a gateway and of the network before a browser: every page, both languages, narrow and wide."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from tasuki import runtime
from tasuki.evidence import operations as evidence
from tasuki.jobs.checkpoints import origin_of
from tasuki.nodes.keys import NodeKeys, encode_key, write_secret
from tasuki.nodes.types import NodeKind, Peer
from tasuki.shared.actor import system_actor
from tests.browser.conftest import guarded
from tests.browser.journey import Journey
from tests.browser.looking import NARROW, WIDE, kept
from tests.consoles import CODE, OWN, PERSON, console_settings, fill_gateway, fill_network, number
from tests.integration.evidence.test_witness import PEER, PeerLog

BY = system_actor("test")


@contextlib.contextmanager
def console(kind: NodeKind, settings: Settings, folder: Path, browser: Browser) -> Iterator[Page]:
    """Serve a console from this process on the browser tests' database, and give a tab before it."""
    key = encode_key(PEER.public_key())
    peers = (
        Peer(name="gateway-far", kind=NodeKind.GATEWAY, url="https://127.0.0.1:1", signing_key=key),
        Peer(name="town-1", kind=NodeKind.TOWN, signing_key=key),
    )
    for name, value in console_settings(kind, settings.NODE, folder, *peers).items():
        setattr(settings, name, value)
    write_secret(folder / "signing.key", Ed25519PrivateKey.generate().private_bytes_raw())
    settings.KEYS = NodeKeys(folder)
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    try:
        with guarded(browser, f"http://127.0.0.1:{server.port}") as context:
            yield context.new_page()
    finally:
        server.terminate()
        runtime.maintenance_changed()


def entered(page: Page, role: str = "運用管理 担当") -> Journey:
    operator = Journey(page)
    operator.given_the_login_page()
    operator.when_they_enter_as(role)
    operator.then_the_page_is("概況")
    return operator


def seal() -> None:
    evidence.seal(key=runtime.keys().log, origin=origin_of(runtime.node().name), at=runtime.now())


def looked_at(operator: Journey, name: str) -> None:
    """Hold a page against axe and its width, in English on a narrow screen and in Japanese on a wide one."""
    page = operator.page
    for language, width in (("en", NARROW), ("ja", WIDE)):
        page.set_viewport_size({"width": width, "height": 900})
        page.context.add_cookies([{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}])
        page.goto(page.url)
        assert page.evaluate("document.documentElement.lang") == language
        operator.then_nothing_hinders_anybody()
        kept(page, f"{name}-{language}-{width}")


def is_well(operator: Journey, name: str) -> None:
    """Hold a page that is empty, or came as an answer to a form, against axe and a narrow screen's width."""
    operator.page.set_viewport_size({"width": NARROW, "height": 900})
    operator.then_nothing_hinders_anybody()
    kept(operator.page, f"{name}-ja-{NARROW}")


def test_an_operator_watches_a_gateway_and_takes_it_out_of_work(
    town: str, settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    with console(NodeKind.GATEWAY, settings, tmp_path, browser) as page:
        operator = entered(page)
        for place in ("流れ", "受持ちの機関"):
            operator.when_they_open(place)
            is_well(operator, f"gateway-empty-{place}")
        at = runtime.now()
        fill_gateway(BY, at)
        seal()
        connections.close_all()

        operator.when_they_open("概況")
        looked_at(operator, "gateway-overview")
        operator.when_they_open("流れ")
        looked_at(operator, "gateway-flow")
        page.get_by_label("状態").select_option("held")
        operator.when_they_press("しぼる")
        expect(page.locator("#newest ~ *, #flow tbody").last.get_by_role("row")).to_have_count(1)
        operator.when_they_follow("すべて見る")
        page.get_by_role("link", name=number(at, 0)).first.click()
        operator.then_the_page_is("一つの照会")
        operator.then_they_read("番号法22条・命令85号46条")
        looked_at(operator, "gateway-exchange")
        for hidden in (CODE, PERSON):
            assert hidden not in page.content()
        operator.when_they_open("統計")
        looked_at(operator, "gateway-statistics")
        with page.expect_download() as taken:
            operator.when_they_press("CSVで受け取る")
        assert taken.value.suggested_filename.startswith("exchanges-gateway-test-")

        operator.when_they_open("受持ちの機関")
        is_well(operator, "gateway-institutions")
        operator.when_they_follow(OWN)
        operator.when_they_press("この機関を止める")
        is_well(operator, "gateway-institution-wrong")
        operator.when_they_fill("止めるわけ", "鍵の紛失のおそれ")
        operator.when_they_press("この機関を止める")
        operator.then_they_read("データセンター 運用 五郎")
        looked_at(operator, "gateway-institution-suspended")
        operator.when_they_press("再開する")
        operator.then_they_read("再開しました。")

        operator.when_they_open("保守")
        operator.when_they_fill("相手方に見せるわけ", "ディスクの交換")
        page.get_by_role("button", name="保守に入る").click()
        operator.then_they_read("保守に入りました。")
        looked_at(operator, "gateway-maintenance")
        operator.when_they_open("概況")
        operator.then_they_read("ディスクの交換")
        operator.when_they_open("保守")
        operator.when_they_press("保守を終える")
        operator.then_they_read("保守を終えました。")


def test_an_operator_proves_and_tests_what_a_gateway_is_connected_to(
    town: str, settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    with console(NodeKind.GATEWAY, settings, tmp_path, browser) as page:
        fill_gateway(BY, runtime.now())
        operator = entered(page)
        for size in (20, 7):
            note = PeerLog().checkpoint(size, origin="tasuki/gateway-far").note
            evidence.witness(
                note=note, origin="tasuki/gateway-far", proof=[], public_key=PEER.public_key(), at=runtime.now()
            )
        seal()
        connections.close_all()
        operator.when_they_open("証跡")
        expect(page.get_by_role("alert")).to_contain_text("gateway-farと証跡が食い違っています。")
        looked_at(operator, "gateway-evidence-alarm")
        page.locator("summary").first.click()
        operator.when_they_fill("分かったこと", "復元の途中だった")
        operator.when_they_press("警報を終える")
        operator.then_they_read("まだ食い違っています。")
        operator.when_they_press("いま確かめる")
        operator.then_they_read("すべて正しい記録です。")
        is_well(operator, "gateway-evidence-verified")

        operator.when_they_open("相手方のノード")
        looked_at(operator, "gateway-peers")
        operator.when_they_press("gateway-farへの接続を試す")
        operator.then_they_read("届きませんでした。")
        operator.then_they_read("つながりません。")
        is_well(operator, "gateway-peer-away")
        operator.when_they_fill("提供する機関", "12")
        operator.when_they_press("道を試す")
        is_well(operator, "gateway-way-wrong")


def test_the_network_is_watched_by_somebody_who_changes_nothing(
    town: str, settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    with console(NodeKind.NETWORK, settings, tmp_path, browser) as page:
        watcher = entered(page, "運用監視 担当")
        watcher.when_they_open("参加機関")
        is_well(watcher, "network-empty-members")
        page.clock.install()
        watcher.when_they_open("流れ")
        expect(page.locator("#flow")).to_contain_text("この24時間に照会はありません")
        at = runtime.now()
        fill_network(BY, at)
        connections.close_all()
        page.clock.fast_forward(5_500)
        # Read anew by itself, without a click.
        page.get_by_role("link", name=number(at, 0)).click()
        is_well(watcher, "network-exchange")
        assert CODE not in page.content()

        for place in ("参加機関", "法令の表"):
            watcher.when_they_open(place)
            looked_at(watcher, f"network-{place}")
        page.get_by_label("前の版").select_option("screening-2022-06-01")
        page.get_by_label("後の版").select_option("screening-2024-05-27")
        watcher.when_they_press("比べる")
        watcher.then_they_read("旧別表第二")
        # The same pages as at a gateway, without what only that has.
        for place in ("概況", "統計", "証跡"):
            watcher.when_they_open(place)
            is_well(watcher, f"network-{place}")
        watcher.when_they_open("保守")
        expect(page.get_by_role("button", name="保守に入る")).to_have_count(0)
        without_a_script(page)


def test_an_operator_of_the_network_suspends_an_institution_and_resumes_it(
    town: str, settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    with console(NodeKind.NETWORK, settings, tmp_path, browser) as page:
        fill_network(BY, runtime.now())
        connections.close_all()
        operator = entered(page)
        operator.when_they_open("参加機関")
        operator.when_they_follow(OWN)
        is_well(operator, "network-institution")
        operator.when_they_fill("止めるわけ", "鍵の紛失のおそれ")
        operator.when_they_press("この機関を止める")
        operator.then_they_read("符号を発行しません")
        looked_at(operator, "network-institution-suspended")
        operator.when_they_open("参加機関")
        looked_at(operator, "network-members-suspended")
        operator.when_they_follow(OWN)
        operator.when_they_press("再開する")
        operator.then_they_read("再開しました。")


def without_a_script(page: Page) -> None:
    """Read the flow anew by a link, with its filter kept."""
    assert page.context.browser is not None
    context = page.context.browser.new_context(java_script_enabled=False, base_url=page.url)
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # what it gave, it takes
    tab = context.new_page()
    tab.goto("/flow/?state=permitted")
    tab.get_by_role("link", name="今の流れを見る").click()
    expect(tab.get_by_role("heading", level=1, name="流れ")).to_be_visible()
    assert "state=permitted" in tab.url
    context.close()
