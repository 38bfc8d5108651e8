"""Version 7 UUIDs made in blocks."""

import datetime as dt
from itertools import islice
from uuid import RFC_4122, UUID

from tasuki.shared.newest_uuid import newest_uuids

AT = dt.datetime(2026, 11, 27, 9, 30, 0, 123000, dt.UTC)
MORE_THAN_A_BLOCK = 5000


def test_each_is_a_version_7_uuid_of_its_time() -> None:
    number = UUID(bytes=next(newest_uuids(AT)))
    assert (number.version, number.variant) == (7, RFC_4122)
    assert number.int >> 80 == int(AT.timestamp() * 1000)


def test_each_is_greater_than_the_one_before_beyond_a_block_too() -> None:
    numbers = [UUID(bytes=one) for one in islice(newest_uuids(AT), MORE_THAN_A_BLOCK)]
    assert numbers == sorted(set(numbers))
    assert all((one.version, one.variant) == (7, RFC_4122) for one in numbers)


def test_two_that_begin_at_one_time_are_not_the_same() -> None:
    assert not set(islice(newest_uuids(AT), MORE_THAN_A_BLOCK)) & set(islice(newest_uuids(AT), MORE_THAN_A_BLOCK))
