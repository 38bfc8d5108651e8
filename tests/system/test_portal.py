"""The portal as a process of its own: a resident's whole way by its pages, and what it left behind of them, nothing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tasuki.nodes.migrate import node_environment
from tests.system.relay import Relay, payload, person_of_a, resident_record_code
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]

PLACE = 284
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def resident(relay: Relay) -> Iterator[httpx.Client]:
    """A browser before the running portal."""
    listen = relay.nodes["portal"].listen
    with httpx.Client(base_url=f"http://{listen.host}:{listen.port}", follow_redirects=True, timeout=30) as client:
        yield client


def sent(resident: httpx.Client, page: httpx.Response, address: str, **typed: str) -> httpx.Response:
    [token, *_] = TOKEN.findall(page.text)
    return resident.post(address, data={"csrfmiddlewaretoken": token, **typed})


def test_a_resident_reads_their_results_and_who_asked_and_the_portal_keeps_nothing(
    relay: Relay, resident: httpx.Client
) -> None:
    code = resident_record_code(PLACE)
    home = sent(resident, resident.get("/"), "/", code=code)
    assert home.url.path == "/home/"
    asked = sent(resident, resident.get("/ask/"), "/ask/")
    assert asked.url.path == "/results/1/"
    wait_until(lambda: "回答が届きました" in resident.get("/results/1/").text, "the answer on the resident's page")
    page = resident.get("/results/1/")
    # The relay's towns register what is no layout's: it is shown as it came.
    assert person_of_a(PLACE) in payload(person_of_a(PLACE))
    assert person_of_a(PLACE) in page.text
    wait_until(lambda: "あなたが架空区に請求しました" in resident.get("/records/").text, "the record of the request")
    newest = "SELECT portal_code FROM network_self_request ORDER BY requested_at DESC LIMIT 1"
    [portal_code] = [row["portal_code"] for row in relay.rows("network", newest)]
    assert sent(resident, resident.get("/home/"), "/sign-out/").url.path == "/ended/"
    assert resident.get("/home/").url.path == "/"
    kept = [*relay.home.logs.glob("portal*"), *(relay.nodes["portal"].folder.rglob("*"))]
    assert {file.name for file in kept} == {
        "portal-web.log", "node.toml", "signing.key", "sealing.key", "master.key", "tls.key", "tls.crt", "ca.crt",
    }  # fmt: skip
    written = b"".join(file.read_bytes() for file in kept)
    for canary in (code, portal_code, person_of_a(PLACE)):
        assert canary.encode() not in written
    told = relay.rows("network", "SELECT kind FROM evidence_entry WHERE kind LIKE 'self_%%'")
    assert {row["kind"] for row in told} >= {"self_inbox_told", "self_requested", "self_answers_fetched"}


def test_a_portal_starts_only_where_everybody_is_fictitious_and_has_no_tables(relay: Relay, tmp_path: Path) -> None:
    own = relay.nodes["portal"]
    assert relay.command("evidence-counts", "--node", "portal", status=2) == ""
    assert "peer network" in relay.command("doctor", "--node", "portal")
    elsewhere = shutil.copytree(own.folder, tmp_path / "portal") / "node.toml"
    elsewhere.write_text(elsewhere.read_text().replace('environment = "dummy"', 'environment = "real"'))
    done = subprocess.run(
        [sys.executable, "-c", "import tasuki.config.portal_wsgi"],
        env=node_environment(own, TASUKI_NODE_FILE=str(elsewhere)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "runs where everybody is fictitious, and nowhere else" in done.stderr
