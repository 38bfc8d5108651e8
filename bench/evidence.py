"""P5: durable acceptance of records beside plain inserts, sealing, and offline verification."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
from tests.system.relay import Relay
from tests.system.town_client import new_id, now

from bench.figures import Figure, repeated
from tasuki.evidence.verifier import verify_export

CLIENTS = 16
SECONDS = 3.0
RECORDS = 200_000
BODY = b'{"by":"INSTITUTION:gateway-west","state":"received","provided_at":"2026-11-23T00:00:00.000000Z"}' + b" " * 0
APPEND = "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body) VALUES (%s, %s, %s, %s)"
PLAIN = "INSERT INTO plain_entry (kind, transaction_number, recorded_at, body) VALUES (%s, %s, %s, %s)"


def measure(relay: Relay) -> list[Figure]:
    """Measure acceptance against its floor, then sealing and verification."""
    url = relay.nodes["jlis"].databases.owner
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS plain_entry (id bigserial PRIMARY KEY, kind text NOT NULL,"
            " transaction_number text, recorded_at timestamptz NOT NULL, body bytea NOT NULL)"
        )
    floor = repeated(lambda: _inserts(url, PLAIN))
    value = repeated(lambda: _inserts(url, APPEND))
    figures = [
        Figure(
            "P5",
            f"evidence accepted, {CLIENTS} clients",
            value,
            "/s",
            floor,
            value / floor,
            "≥ 0.7 × the floor",
            value >= 0.7 * floor,
        )
    ]
    sealed, verified = _seal_and_verify(relay, url)
    figures += [
        Figure("P5-seal", "records sealed", sealed, "/s", None, None, "≥ 50,000 /s", sealed >= 50_000),
        Figure(
            "P5-verify", "records verified offline", verified, "/s", None, None, "≥ 150,000 /s", verified >= 150_000
        ),
    ]
    return figures


def _inserts(url: str, statement: str) -> float:
    """Let clients insert and commit one row after the other; return rows a second."""
    counts = [0] * CLIENTS
    end = time.perf_counter() + SECONDS

    def run(client: int) -> None:
        with psycopg.connect(url) as connection:
            while time.perf_counter() < end:
                at = now()
                with connection.transaction():
                    connection.execute(statement, ["answer_sent", new_id(at), at, BODY])
                counts[client] += 1

    _together([partial(run, client) for client in range(CLIENTS)])
    return sum(counts) / SECONDS


def _together(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _seal_and_verify(relay: Relay, url: str) -> tuple[float, float]:
    """Fill the stand-in's log, seal it in one command, export it, and verify the export."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body)"
            " SELECT 'answer_sent', NULL, now(), %s FROM generate_series(1, %s)",
            [BODY, RECORDS],
        )
    script = (
        "import time\nfrom tasuki.cli.node import become\nbecome('jlis')\n"
        "from tasuki.evidence import queries\nfrom tasuki.jobs.worker import seal_all\n"
        "before = queries.counts().leaves\nstart = time.perf_counter()\nseal_all()\n"
        "print((queries.counts().leaves - before) / (time.perf_counter() - start))"
    )
    environment = {**os.environ, "TASUKI_HOME": str(relay.home.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    folder = Path(relay.home.path) / "bench-evidence"
    relay.command("export-evidence", str(folder), "--node", "jlis")
    report = verify_export(folder / "jlis.jsonl")
    if not report.ok:
        raise AssertionError(report.problems)
    return float(done.stdout), report.leaves / report.seconds
