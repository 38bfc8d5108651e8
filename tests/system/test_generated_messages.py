"""Messages made from the OpenAPI documents of gateway, network and J-LIS: no 500, no answer not described."""

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from schemathesis import GenerationMode

from tasuki.nodes.keys import NodeKeys
from tasuki.protocol.client import tls_context
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.signing import HEADER, sign
from tests.generated import document, every_answer_is_described, operations
from tests.system.relay import Relay, person_of_b
from tests.system.town_client import new_id, now

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
#: Who is asked, by kind, and who speaks to it, by the kind the document says may call.
ASKED = {"gateway": "gateway-west", "network": "network", "jlis": "jlis"}
SPEAKERS = {"town": "town-b", "gateway": "gateway-east", "network": "network", "jlis": "jlis"}
MESSAGES = [one for kind in ASKED for one in operations(kind) if one[1] == "POST"]
TIMES = ("requested_at", "deleted_at", "since", "received_at", "provided_at")
#: Somebody whom no other test asks about.
PERSON = person_of_b(290)


class Speaker:
    """Sends generated messages as one of the nodes, signed with its key."""

    def __init__(self, relay: Relay, kind: str, sender_kinds: list[str]) -> None:
        self.asked = relay.nodes[ASKED[kind]]
        name = next(SPEAKERS[one] for one in sender_kinds if SPEAKERS[one] != self.asked.name)
        self.own = relay.nodes[name]
        self.keys = NodeKeys(self.own.folder)
        self.sent = 0
        self.institution = relay.town_b.institution
        self.http = httpx.Client(verify=tls_context(self.keys), trust_env=False, timeout=30)

    def post(self, case: Any) -> httpx.Response:
        """Put the generated items into an envelope that gets through the door, and send it."""
        body = case.body
        if isinstance(body, dict):
            at = now()
            body = body | {
                "message": new_id(at), "sender": self.own.name, "recipient": self.asked.name, "sent_at": wire_time(at),
            }  # fmt: skip
            body["items"] = self._about_somebody(body.get("items"))
        # What is no JSON at all stands for itself.
        content = (
            json.dumps(body).encode() if isinstance(body, dict | list | str | int | float | bool | None) else b"\xff"
        )
        return self.raw(case, content, sign(content, self.keys.signing, self.own.name))

    def raw(self, case: Any, content: bytes, signature: str) -> httpx.Response:
        url = f"https://{self.asked.listen.host}:{self.asked.listen.port}{case.operation.path}"
        return self.http.post(url, content=content, headers={"Content-Type": "application/json", HEADER: signature})

    def _about_somebody(self, items: Any) -> Any:
        """Let the items name our own institution and a known person, so that more than the door is tried."""
        if not isinstance(items, list):
            return items
        known = {"institution": self.institution, "inquirer": self.institution, "unified_person_number": PERSON}
        self.sent += 1
        if self.sent % 2:
            # Times of any year are valid by the description, which cannot say more; few of them can be acted on.
            known |= dict.fromkeys(
                ("requested_at", "deleted_at", "since", "received_at", "provided_at", "expires_at"), wire_time(now())
            )
        return [
            item | {name: value for name, value in known.items() if name in item} if isinstance(item, dict) else item
            for item in items
        ]


@contextlib.contextmanager
def _speaker(relay: Relay, kind: str, path: str) -> Iterator[Speaker]:
    speaker = Speaker(relay, kind, document(kind).raw_schema["paths"][path]["post"]["x-tasuki-senders"])
    with speaker.http:
        yield speaker


#: Some of the messages that keep to the description must get past the door, or nothing behind it was tried. Few do
#: where a list is of one item, so that it is tried from several starts.
PAST_THE_DOOR, STARTS = {200, 403}, 10
#: TASUKI_ALL_GENERATED also sends what breaks the description, which the schema turns away at the door.
MODES = list(GenerationMode) if os.environ.get("TASUKI_ALL_GENERATED") else [GenerationMode.POSITIVE]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("kind", "method", "path"), MESSAGES)
def test_every_answer_to_a_generated_message_is_described(
    relay: Relay, kind: str, method: str, path: str, mode: GenerationMode
) -> None:
    statuses: set[int] = set()
    with _speaker(relay, kind, path) as speaker:
        for start in range(STARTS if mode is GenerationMode.POSITIVE else 1):
            statuses |= set(every_answer_is_described(kind, method, path, mode, speaker.post, start=start))
            if statuses & PAST_THE_DOOR:
                break

    assert statuses
    if mode is GenerationMode.POSITIVE:
        assert statuses & PAST_THE_DOOR, statuses


@pytest.mark.parametrize("kind", ASKED)
def test_messages_as_generated_are_turned_away_with_a_described_answer(relay: Relay, kind: str) -> None:
    _, method, path = next(one for one in MESSAGES if one[0] == kind)
    with _speaker(relay, kind, path) as speaker:

        def unsigned(case: Any) -> httpx.Response:
            return speaker.raw(case, json.dumps(case.body).encode(), case.headers.get(HEADER, os.urandom(8).hex()))

        statuses = every_answer_is_described(kind, method, path, GenerationMode.POSITIVE, unsigned)

    assert set(statuses) == {401}
