"""Whoever waits for a list holds no connection that the list may need."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tasuki.api.gateway import inquiries
from tasuki.nodes.types import NodeKind, Peer
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.messages import Inquiry

AT = datetime(2026, 11, 27, tzinfo=UTC)


def test_the_connection_goes_back_before_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Connection:
        def close(self) -> None:
            done.append("given back")

    class Lists:
        def submit(self, asks: Sequence[Incoming[Inquiry]]) -> list[list[Any]]:
            done.append(f"waited for {len(asks)}")
            return [[]]

    monkeypatch.setattr(inquiries, "connection", Connection())
    monkeypatch.setattr(inquiries, "_coalescer", Lists)
    sender = Peer.model_construct(name="town-b", kind=NodeKind.TOWN)
    incoming: Incoming[Inquiry] = Incoming("m", sender, MessageKind.INQUIRIES, AT, None, [])
    assert inquiries.ask(incoming, AT) == []
    assert done == ["given back", "waited for 1"]
