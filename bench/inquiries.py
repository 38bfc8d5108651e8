"""P3 and P4: inquiries through town, gateway, network and gateway, against the floor of a plain request."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
from tests.system.relay import PEOPLE, Relay, person_of_b
from tests.system.town_client import TownClient, wait_until

from bench.figures import TIMES, Figure, percentile, repeated
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.migrate import node_environment
from tasuki.nodes.supervisor import Program, web_arguments
from tasuki.protocol.client import tls_context
from tasuki.protocol.messages import Inquiry

SECONDS = 4.0
FLOOR_PORT = 8399
#: As many as a town asks about at once when it asks by a file (`inquiry_files.PART`).
LIST = 2_500
BULK = 10_000
#: The one figure of P3 that is promised; the others are shown.
PROMISED = "P3-16"

#: Requests a second, and the seconds that each took.
Load = tuple[float, list[float]]


def _load(clients: int, make: Callable[[], Callable[[int], None]]) -> Load:
    """Let clients send one request after the other for a while; return requests a second and all latencies."""
    latencies: list[list[float]] = [[] for _ in range(clients)]
    start = threading.Barrier(clients)

    def run(own: list[float]) -> None:
        send = make()
        send(0)
        start.wait()
        end = time.perf_counter() + SECONDS
        number = 1
        while (began := time.perf_counter()) < end:
            send(number)
            own.append(time.perf_counter() - began)
            number += 1

    threads = [threading.Thread(target=run, args=(own,)) for own in latencies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = [latency for own in latencies for latency in own]
    return len(together) / SECONDS, together


def _usual(clients: int, make: Callable[[], Callable[[int], None]]) -> Load:
    """Load several times, and return the one whose 95th percentile is the median."""
    return sorted((_load(clients, make) for _ in range(TIMES)), key=_p95)[TIMES // 2]


def _p95(load: Load) -> float:
    """Return within how many milliseconds 95 of 100 requests were answered."""
    return percentile(load[1], 0.95) * 1000


def measure(relay: Relay) -> list[Figure]:
    """Measure P3 at 1, 16 and 64 clients, once more with 16 that share nothing, then P4."""
    with _floor(relay) as url:
        floors = {clients: _usual(clients, _floor_client(relay, url)) for clients in (1, 16, 64)}
    figures = []
    for clients in (1, 16, 64):
        figures += _figures(
            f"P3-{clients}",
            "1 user" if clients == 1 else f"{clients} users",
            _usual(clients, _users(relay)),
            floors[clients],
        )
    figures += _figures("P3-16-apart", "16 systems", _usual(16, _systems(relay)), floors[16])
    bulk = repeated(lambda: _bulk(relay))
    figures.append(Figure("P4", f"bulk inquiry, {BULK:,} rows", bulk, "/s", None, None, "≥ 2,000 /s", bulk >= 2_000))
    return figures


def _figures(name: str, who: str, asked: Load, floor: Load) -> list[Figure]:
    rate, floor_rate = asked[0], floor[0]
    p95, floor_p95 = _p95(asked), _p95(floor)
    promised = name == PROMISED
    return [
        Figure(
            name,
            f"one inquiry, {who}: throughput",
            rate,
            "/s",
            floor_rate,
            rate / floor_rate,
            "≥ floor ÷ 6" if promised else "shown",
            rate >= floor_rate / 6 if promised else None,
        ),
        Figure(
            f"{name}-p95",
            f"one inquiry, {who}: p95",
            p95,
            "ms",
            floor_p95,
            p95 / floor_p95,
            "≤ 60 ms" if promised else "shown",
            p95 <= 60 if promised else None,
        ),
    ]


def _users(relay: Relay) -> Callable[[], Callable[[int], None]]:
    """Return what makes users of one town's system, who ask one inquiry after the other through its way out."""
    town = TownClient(relay.nodes["town-b"])
    link = town.shared()
    return lambda: _asking(relay, town, link)


def _systems(relay: Relay) -> Callable[[], Callable[[int], None]]:
    """Return what makes systems that have nothing in common but the gateway: each has its own connection."""

    def make() -> Callable[[int], None]:
        town = TownClient(relay.nodes["town-b"])
        return _asking(relay, town, town.link)

    return make


def _asking(relay: Relay, town: TownClient, link: GatewayLink) -> Callable[[int], None]:
    provider = relay.town_a.institution

    def send(number: int) -> None:
        [progress] = link.inquire([town.inquiry(person_of_b(number % (PEOPLE - 100)), provider)])
        if progress.state != "received":
            raise AssertionError(progress.state)

    return send


def _bulk(relay: Relay) -> float:
    """Ask about ten thousand rows in lists, two lists under way at a time; return inquiries a second."""
    provider = relay.town_a.institution
    towns = [TownClient(relay.nodes["town-b"]) for _ in range(2)]
    inquiries = [relay.town_b.inquiry(person_of_b(number % (PEOPLE - 100)), provider) for number in range(BULK)]
    lists = [inquiries[start : start + LIST] for start in range(0, BULK, LIST)]
    answered: list[int] = []

    def run(town: TownClient, own: list[list[Inquiry]]) -> None:
        for part in own:
            answered.append(sum(one.state == "received" for one in town.link.inquire(part)))

    threads = [threading.Thread(target=run, args=(town, lists[number::2])) for number, town in enumerate(towns)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if sum(answered) != BULK:
        raise AssertionError(f"{sum(answered)} of {BULK} answered")
    return BULK / seconds


class _floor:
    """Serves the floor application with a gateway's certificate for the length of the block."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        gateway = relay.nodes["gateway-east"]
        with psycopg.connect(gateway.databases.owner) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS floor_row (id int PRIMARY KEY, payload bytea)")
            connection.execute("CREATE TABLE IF NOT EXISTS floor_log (id bigserial PRIMARY KEY, body bytea)")
            connection.execute(
                "INSERT INTO floor_row SELECT i, decode(repeat('61', 400), 'hex') FROM generate_series(0, 999) i"
                " ON CONFLICT DO NOTHING"
            )
        node = gateway.model_copy(update={"listen": gateway.listen.model_copy(update={"port": FLOOR_PORT})})
        arguments = [*web_arguments(node)[:-1], "bench.floor_app:application"]
        root = str(Path(__file__).resolve().parents[1])
        environment = node_environment(node, FLOOR_DATABASE=gateway.databases.owner, PYTHONPATH=root)
        self.program = Program("floor", arguments, environment, relay.home.logs / "floor.log")

    def __enter__(self) -> str:
        import signal
        import socket

        self.program.start()
        self._signal = signal.SIGKILL

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", FLOOR_PORT)) == 0

        wait_until(listens, "the floor's server")
        return f"https://127.0.0.1:{FLOOR_PORT}/"

    def __exit__(self, *_: object) -> None:
        self.program.stop(self._signal)


def _floor_client(relay: Relay, url: str) -> Callable[[], Callable[[int], None]]:
    keys = NodeKeys(relay.nodes["town-b"].folder)

    def make() -> Callable[[int], None]:
        client = httpx.Client(verify=tls_context(keys), trust_env=False)

        def send(number: int) -> None:
            client.post(url, content=b"x" * (600 + number % 100)).raise_for_status()

        return send

    return make
