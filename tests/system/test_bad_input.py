"""Hostile or broken messages: a clear error, a record where it concerns an exchange, and nothing changed."""

import base64
import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasuki.nodes.keys import Authority, NodeKeys
from tasuki.protocol.client import PeerClient, tls_context
from tasuki.protocol.envelope import MessageKind, encode
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import InquiryProgress
from tasuki.protocol.signing import HEADER, sign
from tests.system.relay import Relay, person_of_b
from tests.system.town_client import TownClient, new_id, now

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
PATH = "/v1/inquiries"


class Raw:
    """Posts bytes to a gateway as town B, over its real certificate."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.town = relay.town_b
        self.url = self.town.link.gateway.url
        self.http = httpx.Client(verify=tls_context(self.town.client.keys), trust_env=False, timeout=20)

    def body(self, **changes: object) -> bytes:
        at = now()
        values: dict[str, object] = {
            "message": new_id(at),
            "kind": MessageKind.INQUIRIES,
            "sender": "town-b",
            "recipient": "gateway-west",
            "at": at,
            "items": [self.town.inquiry(person_of_b(10), self.relay.town_a.institution)],
        }
        return encode(**values | changes)  # type: ignore[arg-type]  # keyword arguments by name

    def sign(self, body: bytes, key: Ed25519PrivateKey | None = None, name: str = "town-b") -> str:
        return sign(body, key or self.town.client.keys.signing, name)

    def post(self, body: bytes, signature: str | None = None, path: str = PATH) -> httpx.Response:
        headers = {HEADER: self.sign(body) if signature is None else signature}
        return self.http.post(self.url + path, content=body, headers=headers)


@pytest.fixture
def raw(relay: Relay) -> Iterator[Raw]:
    poster = Raw(relay)
    yield poster
    poster.http.close()


@pytest.fixture
def unchanged(relay: Relay) -> Iterator[None]:
    """Check that a refused message leaves one record of the refusal, and nothing else."""
    before = _state(relay)
    yield
    inquiries, refusals = _state(relay)
    assert inquiries == before[0]
    assert refusals == before[1] + 1


def _state(relay: Relay) -> tuple[int, int]:
    return (
        relay.count("gateway-west", "gateway_inquiry"),
        relay.count("gateway-west", "evidence_entry WHERE kind = 'message_refused'"),
    )


def _refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["refusal"]


def test_a_replayed_message_is_refused(relay: Relay, raw: Raw) -> None:
    body = raw.body()
    signature = raw.sign(body)
    first = raw.post(body, signature)
    assert (first.status_code, first.headers["X-Content-Type-Options"]) == (200, "nosniff")
    before = _state(relay)

    response = raw.post(body, signature)

    assert _refusal(response) == (409, "replayed")
    assert _state(relay) == (before[0], before[1] + 1)


@pytest.mark.usefixtures("unchanged")
def test_a_forged_signature_is_refused(raw: Raw) -> None:
    body = raw.body()

    assert _refusal(raw.post(body, raw.sign(body, Ed25519PrivateKey.generate()))) == (401, "signature_invalid")


@pytest.mark.usefixtures("unchanged")
def test_a_body_altered_after_signing_is_refused(raw: Raw) -> None:
    body = raw.body()
    signature = raw.sign(body)

    assert _refusal(raw.post(body.replace(b"TM00000000000098", b"TM00000000000096"), signature)) == (
        401,
        "signature_invalid",
    )


@pytest.mark.usefixtures("unchanged")
def test_a_signer_nobody_knows_is_refused(raw: Raw) -> None:
    body = raw.body(sender="town-x")

    assert _refusal(raw.post(body, raw.sign(body, name="town-x"))) == (401, "unknown_sender")


@pytest.mark.usefixtures("unchanged")
def test_a_message_without_a_signature_is_refused(raw: Raw) -> None:
    assert _refusal(raw.post(raw.body(), "")) == (401, "no_signature")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_from_another_time_is_refused(raw: Raw, minutes: int) -> None:
    body = raw.body(at=now() + dt.timedelta(minutes=minutes))

    assert _refusal(raw.post(body)) == (400, "clock_skew")


@pytest.mark.usefixtures("unchanged")
def test_a_message_for_another_node_is_refused(raw: Raw) -> None:
    assert _refusal(raw.post(raw.body(recipient="gateway-east"))) == (421, "wrong_recipient")


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"version": 1}', b'{"version": 2}'])
def test_what_is_no_envelope_is_refused(raw: Raw, body: bytes) -> None:
    status, refusal = _refusal(raw.post(body))

    assert (status, refusal) in {(400, "not_json"), (422, "schema")}


@pytest.mark.usefixtures("unchanged")
def test_an_unknown_field_is_refused_by_name_without_its_value(raw: Raw) -> None:
    body = raw.body().replace(b'"department"', b'"name":"x","department"')
    response = raw.post(body)

    assert _refusal(response) == (422, "schema")
    assert response.json()["detail"] == "items.0.name: extra_forbidden"


@pytest.mark.usefixtures("unchanged")
def test_a_town_may_not_speak_for_another(raw: Raw, relay: Relay) -> None:
    stranger = relay.town_b.inquiry(person_of_b(10), relay.town_a.institution).model_copy(
        update={"institution": relay.town_a.institution}
    )

    assert _refusal(raw.post(raw.body(items=[stranger]))) == (403, "not_allowed")


@pytest.mark.usefixtures("unchanged")
def test_more_than_ten_thousand_items_are_refused(raw: Raw) -> None:
    item = relay_item(raw)

    assert _refusal(raw.post(raw.body(items=[item] * 10_001))) == (422, "schema")


def relay_item(raw: Raw) -> dict[str, object]:
    return raw.town.inquiry(person_of_b(10), raw.relay.town_a.institution).model_dump(mode="json")


@pytest.mark.usefixtures("unchanged")
def test_a_body_of_two_hundred_megabytes_is_refused_unread(raw: Raw) -> None:
    response = raw.http.post(
        raw.url + PATH,
        content=iter([b" " * 1_000_000] * 200),
        headers={HEADER: "x", "Content-Length": str(200_000_000)},
    )

    assert _refusal(response) == (413, "too_large")


@pytest.mark.usefixtures("unchanged")
def test_a_town_may_not_ask_as_a_gateway_does(raw: Raw) -> None:
    document = {"provider_gateway": "gateway-west", "content": "{}", "signature": "x"}
    body = raw.body(kind=MessageKind.PROVISION_REQUESTS, items=[document])

    assert _refusal(raw.post(body, path="/v1/provisions")) == (403, "not_allowed")


def test_an_expired_certificate_ends_the_exchange_while_connecting(relay: Relay, tmp_path: Path) -> None:
    folder = tmp_path / "town-b"
    shutil.copytree(relay.nodes["town-b"].folder, folder)
    authority = Authority.load_or_create(relay.home.path / "ca", now())
    authority.issue(
        folder,
        "town-b",
        "127.0.0.1",
        not_before=now() - dt.timedelta(days=30),
        not_after=now() - dt.timedelta(days=1),
    )
    before = _state(relay)

    failure = _failure(relay, NodeKeys(folder))

    assert failure.phase in (Phase.CONNECT, Phase.RECEIVE)
    assert "expired" in failure.reason.lower()
    assert _state(relay) == before


def test_a_certificate_of_another_authority_ends_the_exchange_while_connecting(relay: Relay, tmp_path: Path) -> None:
    folder = tmp_path / "town-b"
    shutil.copytree(relay.nodes["town-b"].folder, folder)
    stranger = Authority.create("another authority", now())
    trusted = (folder / "ca.crt").read_bytes()
    stranger.issue(folder, "town-b", "127.0.0.1", not_before=now() - dt.timedelta(hours=1))
    (folder / "ca.crt").write_bytes(trusted)
    before = _state(relay)

    failure = _failure(relay, NodeKeys(folder))

    assert failure.phase in (Phase.CONNECT, Phase.RECEIVE)
    assert failure.reason.startswith("TLS")
    assert _state(relay) == before


def _failure(relay: Relay, keys: NodeKeys) -> ExchangeFailed:
    client = PeerClient(relay.nodes["town-b"], keys, now, new_id)
    with pytest.raises(ExchangeFailed) as caught:
        client.send(
            relay.town_b.link.gateway,
            PATH,
            MessageKind.INQUIRIES,
            [relay.town_b.inquiry(person_of_b(10), relay.town_a.institution)],
            InquiryProgress,
        )
    client.close()
    return caught.value


def test_a_peer_that_is_not_there_is_named_with_the_phase(relay: Relay) -> None:
    town = TownClient(relay.nodes["town-b"])
    town.link = replace(town.link, gateway=town.link.gateway.model_copy(update={"url": "https://127.0.0.1:1"}))

    with pytest.raises(ExchangeFailed) as caught:
        town.link.inquire([town.inquiry(person_of_b(10), relay.town_a.institution)])

    town.client.close()
    assert caught.value.phase == Phase.CONNECT
    assert caught.value.peer == "gateway-west"


def test_a_permit_nobody_signed_is_refused(relay: Relay) -> None:
    """A gateway that writes its own permits gets no answer."""
    keys = NodeKeys(relay.nodes["gateway-west"].folder)
    client = PeerClient(relay.nodes["gateway-west"], keys, now, new_id)
    content = '{"recipient":"gateway-east","issued_at":"2026-01-01T00:00:00Z","permits":[],"sealed_codes":""}'
    document = {
        "provider_gateway": "gateway-east",
        "content": content,
        "signature": sign(content.encode(), keys.signing, "network"),
    }

    with pytest.raises(ExchangeFailed) as caught:
        client.send(
            relay.nodes["gateway-west"].peer("gateway-east"),
            "/v1/provisions",
            MessageKind.PROVISION_REQUESTS,
            [document],
            InquiryProgress,
        )

    client.close()
    assert caught.value.status == 403
    assert caught.value.reason.startswith("permit_invalid")


def test_keys_are_what_they_are_written_as(relay: Relay) -> None:
    key = relay.nodes["town-b"].peer("gateway-west").signing_key

    assert len(base64.b64decode(key)) == 32
