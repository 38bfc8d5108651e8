"""The demonstration the size of a prefecture, from nothing to verified evidence; it leaves nothing behind."""

import shutil
import time
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from rich.console import Console
from rich.table import Table

from tasuki.conformance.seats import Seat
from tasuki.demo.deployment import JLIS, NETWORK
from tasuki.demo.memory import peak_rss_mb
from tasuki.demo.proof import prove
from tasuki.demo.running import Running, running_nodes
from tasuki.demo.steps import Commands, Teller
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.paths import Home
from tasuki.prefecture.asking import VICTIM, Asked, ask
from tasuki.prefecture.load import acquire_codes, join, register
from tasuki.prefecture.nodes import make_prefecture, seat_of
from tasuki.prefecture.plan import GATEWAYS, SEATS, Plan
from tasuki.runtime import now

NODES: Final = (*GATEWAYS, NETWORK, JLIS)
#: What each party has written down of exchanges that were received, and at which nodes.
_RECEIVED: Final = {
    "inquirers": (GATEWAYS, b"SELECT count(*) FROM gateway_inquiry WHERE state = 'received'"),
    "network": ((NETWORK,), b"SELECT count(*) FROM network_permit WHERE outcome = 'received'"),
    "providers": (GATEWAYS, b"SELECT count(*) FROM gateway_provision WHERE received_at IS NOT NULL"),
}
_RECEIPTS_SECONDS: Final = 120.0
_TELL_EVERY: Final = 100_000


def show_prefecture(home: Home, plan: Plan) -> dict[str, Any]:
    """Run it in a folder of its own, and return its figures."""
    _forget(home)
    home.make()
    teller, started = Teller(), time.perf_counter()
    try:
        with running_nodes(home, teller.say, lambda server: make_prefecture(home, server, now())) as running:
            figures = _run(home, plan, running, teller)
            figures["seconds"] = round(time.perf_counter() - started, 1)
            return figures
    finally:
        _forget(home)


def _forget(home: Home) -> None:
    if home.path.exists():
        Cluster(home.postgres).destroy()
        shutil.rmtree(home.path)


def _run(home: Home, plan: Plan, running: Running, teller: Teller) -> dict[str, Any]:
    commands = Commands(home)
    seats = [Seat(seat_of(home, side), now) for side in range(len(SEATS))]
    try:
        teller.say(f"{plan.institutions}団体を登録しています / telling the nodes who takes part")
        people = join(commands, plan, home.path)
        teller.say("符号を取得しています / acquiring linkage codes")
        codes, code_seconds = _timed(lambda: acquire_codes(plan, seats))
        teller.say(f"副本{plan.replicas:,}件を登録しています / registering replicas")
        replicas, replica_seconds = _timed(lambda: register(plan, seats, told=_telling(teller)))
        teller.say(f"照会しながら{VICTIM}を落とします / asking, and killing a gateway meanwhile")
        asked = ask(plan, seats, running, now)
    finally:
        for seat in seats:
            seat.client.close()
    parties = _recorded(running, asked)
    teller.say("証跡を書き出し、単独の検証プログラムで検証しています / verifying the evidence offline")
    records, verified = prove(commands, home.path / "evidence", NODES)
    return {
        "institutions": plan.institutions,
        "gateways": len(GATEWAYS),
        "people_with_codes": people,
        "codes": codes,
        "codes_per_second": round(codes / code_seconds),
        "replicas": replicas,
        "replicas_per_second": round(replicas / replica_seconds),
        "inquired": asked.inquiries,
        "answered": asked.states["received"],
        "wrong_answers": asked.wrong,
        "inquiry_seconds": round(asked.seconds, 1),
        "inquiries_per_second": round(asked.inquiries / asked.seconds),
        "gateway_restarts": asked.restarts,
        "sent_again": asked.sent_again,
        "recorded": dict(parties),
        "evidence_records": records,
        "evidence_verified": verified,
        "peak_rss_mb": peak_rss_mb(running, commands),
    }


def _timed(work: Any) -> tuple[int, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started


def _telling(teller: Teller) -> Any:
    told = {"last": 0}

    def tell(done: int) -> None:
        if done >= told["last"] + _TELL_EVERY:
            told["last"] = done
            teller.say(f"  片側で{done:,}件 / on one side")

    return tell


def _recorded(running: Running, asked: Asked) -> Mapping[str, int]:
    """Return how many exchanges each party says were received, once the receipts are in."""
    deadline = time.monotonic() + _RECEIPTS_SECONDS
    while True:
        found = {
            party: sum(_count(running, name, query) for name in nodes) for party, (nodes, query) in _RECEIVED.items()
        }
        if set(found.values()) == {asked.states["received"]} or time.monotonic() > deadline:
            return found
        time.sleep(1.0)


def _count(running: Running, node: str, query: bytes) -> int:
    with psycopg.connect(running.nodes[node].databases.owner) as connection:
        [[number]] = connection.execute(query).fetchall()
    return int(number)


def print_prefecture(figures: Mapping[str, Any]) -> None:
    """Print what happened."""
    table = Table(title="Tasuki 襷: 一つの県の規模 / the size of a prefecture", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    for label, value in (
        ("団体 / institutions", f"{figures['institutions']:,}"),
        ("符号 / codes", f"{figures['codes']:,} ({figures['codes_per_second']:,}/s)"),
        ("副本 / replicas", f"{figures['replicas']:,} ({figures['replicas_per_second']:,}/s)"),
        ("照会 / inquiries", f"{figures['inquired']:,} ({figures['inquiries_per_second']:,}/s)"),
        ("回答あり / answered", f"{figures['answered']:,}"),
        ("誤った回答 / wrong answers", f"{figures['wrong_answers']:,}"),
        (f"{VICTIM}の再起動 / restarts", f"{figures['gateway_restarts']}"),
        ("送り直した照会 / sent again", f"{figures['sent_again']:,}"),
        *((f"受領の記録 / recorded by {party}", f"{number:,}") for party, number in figures["recorded"].items()),
        *((f"証跡 / evidence {node}", f"{number:,}") for node, number in figures["evidence_records"].items()),
        ("証跡の検証 / evidence", "検証済み / verified" if figures["evidence_verified"] else "不一致 / NOT verified"),
        ("時間・最大メモリ / time, peak memory", f"{figures['seconds']} s · {figures['peak_rss_mb']} MB"),
    ):
        table.add_row(label, value)
    Console().print(table)


def is_sound(figures: Mapping[str, Any]) -> bool:
    """Say whether every inquiry was answered rightly and recorded by all three, though a gateway was killed."""
    return (
        figures["wrong_answers"] == 0
        and figures["answered"] == figures["inquired"]
        and set(figures["recorded"].values()) == {figures["answered"]}
        and figures["gateway_restarts"] >= 1
        and figures["evidence_verified"]
    )
