"""A node that cannot serve says so and answers nothing; what it is measured by names nobody."""

import datetime as dt
import os
import re
from typing import Any

import httpx
import psycopg
import pytest

from tasuki.nodes.keys import Authority, NodeKeys
from tasuki.protocol.client import tls_context
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import DataSetAnswer, Inquiry
from tests.system.relay import Relay, individual_number, person_of_a, person_of_b
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("health")]
GATEWAY = "gateway-west"


def get(relay: Relay, path: str, node: str = GATEWAY) -> httpx.Response:
    config = relay.nodes[node]
    with httpx.Client(verify=tls_context(NodeKeys(config.folder)), trust_env=False, timeout=30) as client:
        return client.get(f"https://{config.listen.host}:{config.listen.port}{path}")


def failed(relay: Relay) -> list[str]:
    answer = get(relay, "/health")
    said: dict[str, Any] = answer.json()
    assert answer.status_code == (503 if said["failed"] else 200)
    assert said["able"] == (not said["failed"])
    return list(said["failed"])


def owner(relay: Relay, statement: str) -> None:
    with psycopg.connect(relay.nodes[GATEWAY].databases.owner, autocommit=True) as connection:
        connection.execute(statement.encode())


def _answer(relay: Relay, inquiry: Inquiry) -> DataSetAnswer:
    def answers() -> list[DataSetAnswer]:
        [progress] = relay.town_b.link.inquire([inquiry])
        return progress.answers

    # Behind a database that was away the first attempt may fail; the gateway takes it up again by itself.
    [answer] = wait_until(answers, "the answer")
    return answer


def test_a_node_at_work_is_able(own_relay: Relay) -> None:
    wait_until(lambda: failed(own_relay) == [], "the worker's first word")
    assert get(own_relay, "/health").json()["certificate_days"] > 300


def test_when_evidence_cannot_be_written_nothing_is_answered_and_nothing_done(own_relay: Relay) -> None:
    inquiry = own_relay.town_b.inquiry(person_of_b(1), own_relay.town_a.institution)
    asked = "gateway_inquiry WHERE transaction_number = %s", [inquiry.transaction_number]
    owner(own_relay, "REVOKE INSERT ON evidence_entry FROM gateway_west")
    try:
        assert "evidence" in failed(own_relay)
        with pytest.raises(ExchangeFailed, match="unavailable") as refusal:
            own_relay.town_b.link.inquire([inquiry])
        assert refusal.value.may_retry
        assert own_relay.count(GATEWAY, *asked) == 0
    finally:
        owner(own_relay, "GRANT INSERT ON evidence_entry TO gateway_west")
    assert failed(own_relay) == []
    assert _answer(own_relay, inquiry).payloads
    assert own_relay.count(GATEWAY, *asked) == 1


def test_without_its_signing_key_a_node_cannot_serve(own_relay: Relay) -> None:
    file = own_relay.nodes[GATEWAY].folder / "signing.key"
    away = file.rename(file.with_suffix(".away"))
    try:
        assert failed(own_relay) == ["signing_key"]
    finally:
        away.rename(file)
    assert failed(own_relay) == []


def test_with_an_expired_certificate_a_node_cannot_serve(own_relay: Relay) -> None:
    folder = own_relay.nodes[GATEWAY].folder
    names = ("tls.crt", "tls.key", "ca.crt")
    kept = {name: (folder / name).read_bytes() for name in names}
    times = {name: (folder / name).stat().st_mtime_ns for name in names}

    def seem_the_same() -> None:
        """Let the supervisor see no exchange: it would change servers in the middle of what comes next."""
        for name, when in times.items():
            os.utime(folder / name, ns=(when, when))

    at = dt.datetime.now(dt.UTC)
    context = tls_context(NodeKeys(folder))
    try:
        Authority.load_or_create(own_relay.home.path / "ca", at).issue(
            folder, GATEWAY, "127.0.0.1", not_before=at - dt.timedelta(days=9), not_after=at - dt.timedelta(days=1)
        )
        seem_the_same()
        listen = own_relay.nodes[GATEWAY].listen
        with httpx.Client(verify=context, trust_env=False, timeout=30) as client:
            said = client.get(f"https://{listen.host}:{listen.port}/health").json()
        assert said["failed"] == ["certificate"]
    finally:
        for name, content in kept.items():
            (folder / name).write_bytes(content)
        seem_the_same()


def test_a_worker_not_seen_for_a_minute_is_gone(own_relay: Relay) -> None:
    owner(own_relay, "REVOKE INSERT ON protocol_worker_loop FROM gateway_west")
    try:
        assert failed(own_relay) == []
        owner(own_relay, "UPDATE protocol_worker_loop SET ended_at = ended_at - interval '61 seconds'")
        assert failed(own_relay) == ["worker"]
    finally:
        owner(own_relay, "GRANT INSERT ON protocol_worker_loop TO gateway_west")
    wait_until(lambda: failed(own_relay) == [], "the worker's next word", 60)


def test_measures_cover_the_node_and_name_nobody(own_relay: Relay) -> None:
    assert _answer(own_relay, own_relay.town_b.inquiry(person_of_b(2), own_relay.town_a.institution)).payloads
    texts = {
        node: get(own_relay, "/metrics", node).text for node in ("gateway-west", "gateway-east", "network", "jlis")
    }
    assert 'tasuki_requests_total{outcome="ok",route="/v1/inquiries"}' in texts["gateway-west"]
    assert 'tasuki_reply_states_total{route="/v1/inquiries",state="received"}' in texts["gateway-west"]
    assert "tasuki_receipts_due " in texts["gateway-west"]
    assert "tasuki_permits_open " in texts["network"]
    for text in texts.values():
        assert "tasuki_evidence_tree_size " in text
        assert "tasuki_evidence_last_seal_age_seconds " in text
        assert "tasuki_certificate_days " in text
        assert 'tasuki_worker_loop_age_seconds{loop="seal"}' in text
        labels = set(re.findall(r'="([^"]*)"', text))
        institutions = {own_relay.town_a.institution, own_relay.town_b.institution}
        people = {one(place) for place in range(110) for one in (person_of_a, person_of_b, individual_number)}
        assert labels
        assert not labels & (institutions | people)
        assert not [label for label in labels if re.search(r"[0-9]{6}", label)]


def test_without_the_database_a_node_cannot_serve(own_relay: Relay) -> None:
    with psycopg.connect(own_relay.cluster.start().url(), autocommit=True) as administrator:
        administrator.execute("ALTER ROLE gateway_west NOLOGIN")
        try:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gateway_west'"
            )
            assert failed(own_relay) == ["evidence", "worker", "maintenance"]
        finally:
            administrator.execute("ALTER ROLE gateway_west LOGIN")
    # Nothing else is needed once it is back.
    wait_until(lambda: failed(own_relay) == [], "the database's return", 90)


def test_measures_are_for_whoever_has_a_certificate(own_relay: Relay) -> None:
    listen = own_relay.nodes[GATEWAY].listen
    with httpx.Client(verify=False, trust_env=False) as client, pytest.raises(httpx.TransportError):  # noqa: S501 — as a stranger
        client.get(f"https://{listen.host}:{listen.port}/metrics")
