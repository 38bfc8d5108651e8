"""Numbers of coupons: every way in which people misread a number is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasuki.invitations.numbers import (
    MOST_SERIAL,
    NumberProblem,
    coupon_number,
    is_coupon_number,
    read_number,
    shown,
)

SERIALS = st.integers(1, MOST_SERIAL)
YEARS = st.integers(2000, 2199)


@given(year=YEARS, serial=SERIALS)
def test_a_number_says_its_year_and_serial_and_checks_itself(year: int, serial: int) -> None:
    number = coupon_number(year, serial)
    assert (len(number), number[:2], int(number[2:11])) == (12, f"{year:04}"[2:], serial)
    assert is_coupon_number(number)


@given(year=YEARS, serial=SERIALS)
def test_every_single_wrong_digit_is_noticed(year: int, serial: int) -> None:
    number = coupon_number(year, serial)
    for place in range(12):
        for digit in set("0123456789") - {number[place]}:
            assert not is_coupon_number(number[:place] + digit + number[place + 1 :])


@given(year=YEARS, serial=SERIALS)
def test_every_pair_of_swapped_neighbours_is_noticed(year: int, serial: int) -> None:
    number = coupon_number(year, serial)
    for place in range(11):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert swapped == number or not is_coupon_number(swapped)


@given(one=SERIALS, other=SERIALS)
def test_two_serials_never_share_a_number(one: int, other: int) -> None:
    assert (coupon_number(2026, one) == coupon_number(2026, other)) == (one == other)


@pytest.mark.parametrize("serial", [0, -1, MOST_SERIAL + 1])
def test_a_serial_outside_its_nine_digits_is_a_fault(serial: int) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        coupon_number(2026, serial)


@given(year=YEARS, serial=SERIALS)
def test_a_number_is_read_however_it_was_typed(year: int, serial: int) -> None:
    number = coupon_number(year, serial)
    wide = number.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for typed in (number, f" {number}\t", shown(number), wide, "-".join((number[:4], number[4:8], number[8:]))):
        assert read_number(typed) == number


@pytest.mark.parametrize("typed", ["", "12345678901", "1234567890123", "12345678901a", "²²²²²²²²²²²²²"])
def test_what_has_no_twelve_digits_is_told_from_a_wrong_check_digit(typed: str) -> None:
    assert read_number(typed) is NumberProblem.NOT_TWELVE_DIGITS


def test_a_wrong_check_digit_is_said() -> None:
    number = coupon_number(2026, 1)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert read_number(wrong) is NumberProblem.WRONG_CHECK_DIGIT
