"""Replicas by the sheet: what a town writes is what a gateway reads, and a message tells of no more than it may."""

from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasuki.protocol import envelope
from tasuki.protocol.envelope import MAX_ITEMS, MessageKind, encode
from tasuki.protocol.errors import MessageRefused, Refusal
from tasuki.protocol.messages import Hold
from tasuki.protocol.replica_messages import ReplicaSheet, WrittenRow, WrittenSheet, in_parts
from tests.sheets import received

INSTITUTION, DATA_SET = "0213191100000000", "TM00000000000090"
COUNTS = st.lists(st.integers(1, 9), max_size=6)


def written(*ordinals: int) -> WrittenSheet:
    rows: list[WrittenRow] = [(f"{1:015}", "2025-01", 1, ordinal, True, "<髙/>") for ordinal in ordinals]
    return WrittenSheet(
        institution=INSTITUTION, data_set=DATA_SET, layout_version="1", published_from=date(2026, 4, 1), replicas=rows
    )


def test_a_sheet_written_plainly_is_read_as_one_that_was_checked() -> None:
    one = written(1, 2)
    plain = orjson.dumps(dict(one))
    assert [ReplicaSheet.model_validate_json(plain)] == received(one)
    [read] = received(one)
    assert read.replicas[1] == (f"{1:015}", "2025-01", 1, 2, True, "<髙/>".encode())


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, "1"), (1, "a\n"), (2, 0), (3, 0), (4, None), (5, "a\0b"), (5, "x" * 200_001), (5, "髙" * 70_000)],
)
def test_what_cannot_be_stored_is_refused_by_whoever_reads(place: int, value: object) -> None:
    one = dict(written(1))
    row = list(one["replicas"][0])
    row[place] = value
    with pytest.raises(ValidationError):
        ReplicaSheet.model_validate_json(orjson.dumps(one | {"replicas": [row]}))


@given(COUNTS, st.integers(1, 12))
def test_parts_hold_everything_in_its_order_and_no_more_than_they_may(counts: list[int], most: int) -> None:
    numbers = iter(range(1, 100))
    sheets = [written(*(next(numbers) for _ in range(count))) for count in counts]
    parts = list(in_parts(sheets, most))
    assert [row for part in parts for one in part for row in one.replicas] == [
        row for one in sheets for row in one.replicas
    ]
    sizes = [sum(one.size for one in part) for part in parts]
    assert all(size == most for size in sizes[:-1])
    assert all(0 < size <= most for size in sizes)


@pytest.mark.parametrize("people", [MAX_ITEMS // 2, MAX_ITEMS // 2 + 1])
def test_a_message_tells_of_no_more_than_a_list_may_hold(people: int) -> None:
    numbers = [f"{place:015}" for place in range(people)]
    items = [Hold(institution=INSTITUTION, unified_person_numbers=numbers, hold=on) for on in (True, False)]
    body = encode(
        message="0" * 36, kind=MessageKind.HOLDS, sender="town-a", recipient="gateway-east",
        at=datetime(2026, 11, 23, tzinfo=UTC), items=items,
    )  # fmt: skip
    if people * 2 <= MAX_ITEMS:
        assert envelope._read(body, Hold, "town-a").items == items
        return
    with pytest.raises(MessageRefused, match="items: too_long") as refused:
        envelope._read(body, Hold, "town-a")
    assert refused.value.refusal is Refusal.SCHEMA
