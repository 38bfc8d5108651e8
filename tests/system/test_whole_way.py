"""The whole demonstration running: a probe from town to town, logs that agree, and measures that name nobody."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tasuki.demo.commands import Ended, carry_out
from tasuki.nodes.deployment import node_file, read_deployment
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig, NodeKind, read_node
from tasuki.protocol.client import tls_context
from tasuki.protocol.probes import Leg
from tests.system.canaries import canaries_of
from tests.system.demo_home import DemoHome, serving
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
#: The status of a command that could not reach a peer.
AWAY = 3


@pytest.fixture(scope="module")
def running(demo: DemoHome) -> Iterator[DemoHome]:
    """Let the demonstration's nodes run."""
    with serving(demo.home):
        yield demo


def run(demo: DemoHome, *arguments: str) -> Ended:
    return carry_out(arguments, demo.home, longest=120)


def get(config: NodeConfig, path: str) -> httpx.Response:
    is_for_browsers = config.kind in (NodeKind.TOWN, NodeKind.PORTAL)
    verify = True if is_for_browsers else tls_context(NodeKeys(config.folder))
    scheme = "http" if is_for_browsers else "https"
    with httpx.Client(verify=verify, trust_env=False, timeout=30) as client:
        return client.get(f"{scheme}://{config.listen.host}:{config.listen.port}{path}")


def test_a_probe_goes_from_town_to_town_and_back(running: DemoHome) -> None:
    provider = read_node(node_file(running.home, "town-b")).own_town().institution

    def whole() -> list[dict[str, object]] | None:
        done = run(running, "test-connection", "--node", "town-a", "--provider", provider, "--json")
        found: list[dict[str, object]] = json.loads(done.output)["legs"]
        return found if done.status == 0 else None

    legs = wait_until(whole, "the whole way", 90)
    assert [leg["leg"] for leg in legs] == list(Leg)
    assert legs[-1]["peer"] == "town-b"
    assert run(running, "test-connection", "--node", "town-a", "--provider", "12").status == 2
    assert run(running, "test-connection", "--node", "network").status == 2


def test_the_logs_of_all_nodes_agree(running: DemoHome) -> None:
    for node in ("town-a", "gateway-east", "network", "jlis"):
        done = run(running, "check-peers", "--node", node, "--json")
        if done.status == AWAY:
            # A peer that was just started may still be on its way.
            wait_until(lambda node=node: run(running, "check-peers", "--node", node).status != AWAY, node, 60)
            done = run(running, "check-peers", "--node", node, "--json")
        assert done.status == 0, done.output + done.errors
        assert all(log["agreed_at"] for log in json.loads(done.output).values()), node


def test_every_node_is_able_and_its_measures_name_nobody(running: DemoHome) -> None:
    canaries = canaries_of(running.data)
    for config in read_deployment(running.home):
        wait_until(lambda config=config: get(config, "/health").status_code == 200, f"{config.name} at work", 60)
        if config.kind == NodeKind.PORTAL:
            # It keeps nothing that could be measured.
            continue
        told = get(config, "/metrics")
        assert told.status_code == 200
        assert b"tasuki_evidence_tree_size" in told.content
        assert canaries.found_in(told.content) == set()
        assert canaries.found_in(get(config, "/health").content) == set()
