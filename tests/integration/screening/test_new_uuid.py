"""Numbers of results and batches: version 7 UUIDs, made by a function of our own on every PostgreSQL we support."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest

from tasuki.nodes.sql import rows

pytestmark = pytest.mark.django_db


def _made(count: int) -> list[UUID]:
    found = rows("SELECT screening_new_uuid() AS made FROM generate_series(1, %s)", [count])
    return [row["made"] for row in found]


def _time_of(made: UUID) -> datetime:
    """Return the time in a UUID to the microsecond: milliseconds, then their fraction in twelve bits (RFC 9562 6.2)."""
    milliseconds = made.int >> 80
    fraction = made.int >> 64 & 0xFFF
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds + fraction / 4096)


def test_every_value_is_of_version_7_and_none_comes_twice() -> None:
    made = _made(2_000)

    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert len(set(made)) == len(made)


def test_values_increase_with_time() -> None:
    # Within one microsecond the clock says nothing, and chance decides.
    times = [_time_of(one) for one in _made(2_000)]
    (first,), (second,) = _made(1), _made(1)

    assert times == sorted(times)
    assert len(set(times)) > 100
    assert first < second


def test_the_time_in_a_value_is_the_servers() -> None:
    (row,) = rows("SELECT screening_new_uuid() AS made, clock_timestamp() AS now")

    assert abs(_time_of(row["made"]) - row["now"]) < timedelta(milliseconds=5)


def test_columns_take_it_as_their_default() -> None:
    found = rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_default = 'screening_new_uuid()' ORDER BY 1"
    )

    assert [tuple(row.values()) for row in found] == [
        ("screening_import_batch", "batch_id"),
        ("screening_protection_load", "load_id"),
        ("screening_register_load", "load_id"),
        ("screening_result", "result_id"),
    ]
