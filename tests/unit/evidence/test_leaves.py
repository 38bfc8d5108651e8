"""The canonical bytes of a record."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.evidence.errors import InvalidEntryError
from tasuki.evidence.leaves import (
    MAX_BODY_BYTES,
    check_aware,
    check_transaction_number,
    encode_body,
    encode_leaf,
    format_instant,
)

AT = datetime(2026, 4, 1, 9, 0, 0, 5, tzinfo=timezone(timedelta(hours=9)))


def test_a_leaf_is_one_line_of_json_with_the_body_last() -> None:
    body = encode_body({"b": 1, "a": ["符号", None]})
    leaf = encode_leaf(kind="inquiry_sent", transaction_number="0198-a", recorded_at=format_instant(AT), body=body)
    assert leaf.decode() == (
        '{"kind":"inquiry_sent","transaction_number":"0198-a",'
        '"recorded_at":"2026-04-01T00:00:00.000005Z","body":{"a":["符号",null],"b":1}}'
    )
    assert json.loads(leaf)["body"]["b"] == 1


columns = st.tuples(
    st.text(max_size=12),
    st.none() | st.text(max_size=12),
    st.datetimes(timezones=st.just(UTC)).map(format_instant) | st.text(max_size=12),
    st.binary(max_size=40),
)


@given(columns, columns)
@settings(max_examples=150)
def test_different_columns_never_give_the_same_leaf(
    one: tuple[str, str | None, str, bytes], other: tuple[str, str | None, str, bytes]
) -> None:
    names = ("kind", "transaction_number", "recorded_at", "body")
    leaves = [encode_leaf(**dict(zip(names, row, strict=True))) for row in (one, other)]  # type: ignore[arg-type]  # columns as drawn
    assert (leaves[0] == leaves[1]) == (one == other)


def test_a_body_cannot_pretend_to_be_another_column() -> None:
    honest = encode_leaf(kind="a", transaction_number="1", recorded_at=format_instant(AT), body=b"{}")
    tail = honest.split(b'"body":')[1].removesuffix(b"}")
    forged = encode_leaf(
        kind="a", transaction_number=None, recorded_at=format_instant(AT), body=b'{},"transaction_number":"1"' + tail
    )
    assert forged != honest


@pytest.mark.parametrize(
    "body", [{"at": AT}, {"x": object()}, {1: "a"}, {"x": b"bytes"}, {"x": 2**70}, ["list"], "text"]
)
def test_a_body_without_canonical_form_is_refused(body: object) -> None:
    with pytest.raises(InvalidEntryError):
        encode_body(body)  # type: ignore[arg-type]  # wrong types are the case


def test_a_body_has_a_limit() -> None:
    spare = len('{"x":""}')
    assert len(encode_body({"x": "y" * (MAX_BODY_BYTES - spare)})) == MAX_BODY_BYTES
    with pytest.raises(InvalidEntryError):
        encode_body({"x": "y" * (MAX_BODY_BYTES - spare + 1)})


@pytest.mark.parametrize("number", ["", "a b", 'a"b', "a\\b", "a\nb", "１", "x" * 65, "-a"])
def test_an_ambiguous_transaction_number_is_refused(number: str) -> None:
    with pytest.raises(InvalidEntryError):
        check_transaction_number(number)


def test_a_plain_transaction_number_or_none_passes() -> None:
    check_transaction_number(None)
    check_transaction_number("0198c2f4-7a3b-7c1e-9f00-112233445566")
    check_aware(AT)
    with pytest.raises(InvalidEntryError):
        check_aware(AT.replace(tzinfo=None))
