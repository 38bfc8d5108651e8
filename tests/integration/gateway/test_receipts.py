"""Telling the other parties how inquiries ended (番号法23条)."""

from collections.abc import Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from tasuki.jobs import gateway
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import Receipt, ReceiptKept

OWN, OTHER = "9990010000000001", "9990020000000002"
AT = "2026-11-29T00:00:00Z"


def ended(number: int) -> None:
    """Let an inquiry end that nobody was told of yet."""
    transaction_number = f"00000000-0000-7000-8000-{number:012}"
    run(
        "INSERT INTO gateway_inquiry (institution, transaction_number, unified_person_number, linkage_code, provider,"
        " provider_gateway, data_sets, layouts, refused_data_sets, procedure, department, non_disclosure, requested_at,"
        " valid_for_seconds, state, state_at, provided_at, basis, reason, attempts)"
        " VALUES (%s, %s, '1', '', %s, '', '{}', '{}', '{}', '', '', false, %s, 60, 'received', %s, %s, '', '', 0)",
        [OWN, transaction_number, OTHER, AT, AT, AT],
    )
    run("INSERT INTO gateway_receipt_due (institution, transaction_number) VALUES (%s, %s)", [OWN, transaction_number])


@pytest.mark.django_db
def test_what_ends_while_receipts_are_told_is_left_to_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under load there is always more: a message for every few would slow down those who ask."""
    numbers, lists = count(), list[int]()

    def send(_peer: Any, _path: str, _kind: Any, items: Sequence[Receipt], _reply: Any) -> list[ReceiptKept]:
        lists.append(len(items))
        if len(lists) < 6:
            ended(next(numbers))
        return [ReceiptKept(accepted=True) for _ in items]

    monkeypatch.setattr(gateway, "LIST", 3)
    monkeypatch.setattr(gateway.queries, "all_institutions", lambda: [OWN])
    monkeypatch.setattr(gateway, "node", lambda: SimpleNamespace(name="gateway-west", peers_of_kind=lambda _: [None]))
    monkeypatch.setattr(gateway, "peer_client", lambda: SimpleNamespace(send=send))
    for _ in range(6):
        ended(next(numbers))

    gateway.send_receipts()

    # Two full lists, and one of what had come by then.
    assert lists == [3, 3, 2]
    assert len(rows("SELECT 1 FROM gateway_receipt_due")) == 1
