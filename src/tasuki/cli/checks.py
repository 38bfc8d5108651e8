"""What `tasuki doctor` looks at, once it is the node."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
from cryptography import x509
from django.db import DatabaseError

from tasuki.audits.queries.rehearsals import last_restored
from tasuki.audits.rehearsals import is_due, rehearsal_rule
from tasuki.cli.findings import Check, State
from tasuki.cli.machine import check_machine
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.types import NodeConfig, NodeKind, Peer
from tasuki.protocol.client import tls_context
from tasuki.runtime import keys, node, now
from tasuki.shared.dates import civil_date

#: A certificate is renewed by hand, through an office: a month is not much.
EXPIRES_SOON = dt.timedelta(days=30)
SECONDS = 3


def check_node() -> list[Check]:
    """Look at everything; a peer that is away is told apart from what is wrong here."""
    own = node()
    checks = [Check("settings", State.OK, f"{own.kind} {own.listen.host}:{own.listen.port}")]
    checks += _databases(own)
    checks += [_certificate(keys().certificate), _certificate(keys().authority)]
    checks += check_machine(own, [url for _, url, _, _ in _places(own)])
    if own.town is not None:
        checks.append(_rehearsal(own))
    return checks + _peers(own)


def _rehearsal(own: NodeConfig) -> Check:
    """Say when a restore was last rehearsed with success, and whether that is too long ago."""
    name, today = "restore rehearsal", civil_date(now())
    try:
        last = last_restored()
    except DatabaseError as error:
        return Check(name, State.PROBLEM, f"読めません / cannot be read: {str(error).splitlines()[0]}")
    said = "なし / never" if last is None else str(last)
    days = rehearsal_rule(today).days
    if not is_due(last, today):
        return Check(name, State.OK, said)
    worst = State.ADVICE if own.is_dummy else State.PROBLEM
    return Check(name, worst, f"{said}。{days}日に一度は戻してみます / rehearse a restore once in {days} days")


def _databases(own: NodeConfig) -> Iterator[Check]:
    for name, url, table, append_only in _places(own):
        yield from _database(name, url, table, append_only)


def _places(own: NodeConfig) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Give each database by name: its URL, a table it must have, and those that only ever grow. A portal has none."""
    if own.kind is NodeKind.PORTAL:
        return
    main = os.environ.get("DATABASE_URL") or own.databases.runtime
    yield "database", main, "evidence_entry", append_only_of(own)
    if own.console is not None:
        yield "console", main, "accounts_staff", ()
    if own.town is not None:
        index = os.environ.get("INDEX_DATABASE_URL") or own.databases.index or main
        yield "person index", index, "person_index.persons_person", ()


def _database(name: str, url: str, table: str, append_only: tuple[str, ...]) -> Iterator[Check]:
    try:
        with psycopg.connect(url, connect_timeout=SECONDS) as connection:
            (version,) = connection.execute("SELECT current_setting('server_version')").fetchone() or ("",)
            yield Check(name, State.OK, f"PostgreSQL {version}")
            yield _tables(connection, name, table)
            if append_only:
                yield _append_only(connection, name, append_only)
    except psycopg.OperationalError as error:
        yield Check(name, State.PROBLEM, f"接続できません / cannot be reached: {str(error).splitlines()[0]}")


def _tables(connection: psycopg.Connection, name: str, table: str) -> Check:
    (found,) = connection.execute("SELECT to_regclass(%s)", [table]).fetchone() or (None,)
    if found is None:
        return Check(f"{name}: tables", State.PROBLEM, "表がありません / none yet: run `tasuki migrate`")
    return Check(f"{name}: tables", State.OK, "あります / there")


def _append_only(connection: psycopg.Connection, name: str, tables: tuple[str, ...]) -> Check:
    """Whoever runs the programs must not be able to change records; triggers refuse it even so."""
    found = connection.execute(
        "SELECT DISTINCT relname FROM pg_class, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_to"
        " WHERE relname = ANY(%s) AND pg_table_is_visible(oid) AND has_table_privilege(oid, right_to) ORDER BY 1",
        [list(tables)],
    ).fetchall()
    if found:
        listed = ", ".join(table for (table,) in found)
        return Check(f"{name}: role", State.PROBLEM, f"追記専用の表を変更できます / may change records: {listed}")
    return Check(f"{name}: role", State.OK, "追記専用の表は追記だけ / may only add records")


def _certificate(file: Path) -> Check:
    try:
        until = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        return Check(file.name, State.PROBLEM, f"読めません / cannot be read: {type(error).__name__}")
    left = until - now()
    state = State.OK if left > EXPIRES_SOON else State.PROBLEM
    return Check(file.name, state, f"有効期限 / valid until {until:%Y-%m-%d} ({left.days:+d} days)")


def _peers(own: NodeConfig) -> list[Check]:
    asked = [peer for peer in own.peers if peer.url]
    try:
        context = tls_context(keys())
    except OSError as error:
        return [Check("tls", State.PROBLEM, f"鍵か証明書が使えません / key or certificate unusable: {error}")]
    with httpx.Client(verify=context, trust_env=False, timeout=SECONDS) as client:
        return [_peer(client, peer) for peer in asked]


def _peer(client: httpx.Client, peer: Peer) -> Check:
    name = f"peer {peer.name}"
    try:
        answer = client.get(f"{peer.url}/health")
    except httpx.TransportError as error:
        return Check(name, State.UNREACHABLE, f"応答がありません / does not answer: {type(error).__name__}")
    if answer.status_code != httpx.codes.OK:
        return Check(name, State.UNREACHABLE, f"働けません / cannot work: HTTP {answer.status_code}")
    return Check(name, State.OK, peer.url)
