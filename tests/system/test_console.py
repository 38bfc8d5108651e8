"""The console of a running gateway: a process of its own, entered over TLS without a client certificate."""

import base64
import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tasuki.accounts.codes import code_at
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.deployment import free_port
from tasuki.nodes.migrate import migrate_node, node_environment
from tasuki.nodes.supervisor import console_arguments
from tasuki.nodes.types import Console, NodeConfig, write_node
from tests.system.relay import Relay, person_of_b
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
NODE = "gateway-west"
PASSWORD = "a sentence only operators know"


@dataclass
class Operator:
    """A browser without scripts before the console."""

    client: httpx.Client

    def opens(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def sends(self, page: str, path: str, **fields: str) -> httpx.Response:
        """Send a form of a page, with the token the page carries, as browsers do."""
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.opens(page))
        values = fields | {"csrfmiddlewaretoken": token}
        return self.client.post(path, data=values, headers={"Referer": f"{self.client.base_url}{page}"})

    def chooses_a_password(self, username: str, first: str) -> httpx.Response:
        """Sign in with the first password, which lets them do nothing but choose another."""
        answer = self.sends("/login/", "/login/", username=username, password=first)
        assert answer.url.path == "/password/"
        answer = self.sends("/password/", "/password/", current=first, new=PASSWORD, again=PASSWORD)
        assert answer.url.path == "/second-factor/enrol/"
        return self.enrols(answer.text)

    def enrols(self, page: str) -> httpx.Response:
        """Enrol a second factor as an authenticator would, from the letters the page shows."""
        [shown] = re.findall(r'class="mono secret">([A-Z2-7 ]+)<', page)
        [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        code = code_at(base64.b32decode(shown.replace(" ", "")), datetime.now(UTC))
        values = {"sealed": sealed, "code": code, "csrfmiddlewaretoken": token}
        address = f"{self.client.base_url}/second-factor/enrol/"
        assert "回復コード" in self.client.post(address, data=values, headers={"Referer": address}).text
        return self.client.get("/")


@pytest.fixture(scope="module")
def console(relay: Relay) -> Iterator[NodeConfig]:
    """Give a running gateway its console for as long as these tests last; its file is as before afterwards."""
    before = relay.nodes[NODE]
    given = before.model_copy(update={"console": Console(port=free_port(0))})
    file = before.folder / "node.toml"
    log = relay.home.logs / "console.log"
    write_node(given, file)
    migrate_node(given, append_only_of(given))
    environment = node_environment(given, DJANGO_SETTINGS_MODULE=given.console_settings_module)
    assert given.console is not None
    with log.open("wb") as written:
        command = [sys.executable, "-m", *console_arguments(given, given.console)]
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=written)
        try:
            yield given
        finally:
            process.terminate()
            process.wait(20)
            write_node(before, file)
    assert b"Traceback" not in log.read_bytes()


@pytest.fixture
def operator(console: NodeConfig) -> Iterator[Operator]:
    """Whoever has the authority's certificate, and nothing else."""
    assert console.console is not None
    trusted = ssl.create_default_context(cafile=str(Path(console.folder) / "ca.crt"))
    address = f"https://127.0.0.1:{console.console.port}"
    with httpx.Client(base_url=address, verify=trusted, trust_env=False, timeout=30, follow_redirects=True) as client:

        def answers() -> bool:
            try:
                return client.get("/login/").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(answers, "the console")
        yield Operator(client)


def test_an_operator_enters_sees_real_exchanges_and_tests_the_way(relay: Relay, operator: Operator) -> None:
    command = ["operators", "add", "goro", "--node", NODE, "--name", "五郎", "--may", "act", "--json"]
    first = json.loads(relay.command(*command))["first_password"]
    relay.command(*command, status=1)
    answer = operator.chooses_a_password("goro", first)
    # The gateway's own processes are at work, so everything that serving takes is there.
    assert "働けます。" in answer.text
    cookies = list(operator.client.cookies.jar)
    assert {cookie.name for cookie in cookies} == {
        f"__Host-{NODE}-console",
        f"__Host-{NODE}-csrf",
        f"__Host-{NODE}-console-device",
    }
    assert all(cookie.secure for cookie in cookies)

    inquiry = relay.town_b.inquiry(person_of_b(285), relay.town_a.institution)
    relay.town_b.link.inquire([inquiry])
    number = inquiry.transaction_number
    assert number in operator.opens("/flow/")
    wait_until(lambda: "封を待っています" not in operator.opens(f"/flow/{number}/"), "the seal")
    page = operator.opens(f"/flow/{number}/")
    assert ">受領<" in page
    [person] = relay.rows(
        NODE, "SELECT linkage_code FROM gateway_person WHERE unified_person_number = %s", [person_of_b(285)]
    )
    for hidden in (person_of_b(285), person["linkage_code"]):
        assert hidden not in page + operator.opens("/flow/") + operator.opens("/")

    tested = operator.sends("/peers/", "/peers/network/test/").text
    assert "届きました。" in tested
    assert "networkの証明書は" in tested
    way = {"institution": relay.town_b.institution, "provider": relay.town_a.institution}
    assert "情報提供ネットワークへ" in operator.sends("/peers/", "/way/test/", **way).text
    assert "すべて正しい記録です。" in operator.sends("/evidence/", "/evidence/verify/").text


def test_an_account_that_is_closed_is_out_at_once(relay: Relay, operator: Operator) -> None:
    given = relay.command("operators", "add", "rikka", "--node", NODE, "--name", "六花", "--json")
    assert "概況" in operator.chooses_a_password("rikka", json.loads(given)["first_password"]).text
    assert operator.sends("/password/", "/maintenance/begin/", minutes="5", reason="x").status_code == 403
    relay.command("operators", "keep", "rikka", "--node", NODE)
    relay.command("operators", "reset-factor", "rikka", "--node", NODE)
    assert operator.client.get("/").url.path == "/login/"
    again = json.loads(relay.command("operators", "reset-password", "rikka", "--node", NODE, "--json"))
    operator.chooses_a_password("rikka", again["first_password"])
    relay.command("operators", "close", "rikka", "--node", NODE)
    assert operator.client.get("/").url.path == "/login/"
    listed = relay.command("operators", "list", "--node", NODE, "--json")
    assert '"is_active": false' in listed


def test_a_node_without_a_console_says_how_it_gets_one(relay: Relay) -> None:
    relay.command("operators", "list", "--node", "gateway-east", status=2)


def test_the_listener_of_the_protocol_still_lets_nobody_in_without_a_certificate(relay: Relay) -> None:
    node = relay.nodes[NODE]
    trusted = ssl.create_default_context(cafile=str(node.folder / "ca.crt"))
    with (
        httpx.Client(verify=trusted, trust_env=False, timeout=10) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get(f"https://127.0.0.1:{node.listen.port}/login/")
