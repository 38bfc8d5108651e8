"""Numbers of coupons: they check themselves, so that one misread at a counter opens nobody's page."""

import unicodedata
from enum import StrEnum
from typing import Final

from stdnum import damm

from tasuki.shared.identifiers import is_digits

LENGTH: Final = 12
#: The most coupons there will ever be: serials are dealt once, in whatever year.
MOST_SERIAL: Final = 999_999_999
_SEPARATORS: Final = str.maketrans("", "", " -‐－ー\t")  # noqa: RUF001 — people type these between the digits


class NumberProblem(StrEnum):
    """Why a text is no number of a coupon."""

    NOT_TWELVE_DIGITS = "NOT_TWELVE_DIGITS"
    WRONG_CHECK_DIGIT = "WRONG_CHECK_DIGIT"


def coupon_number(fiscal_year: int, serial: int) -> str:
    """Return the number of a coupon: two digits of the fiscal year, nine of the serial, one that checks (Damm).

    :raises ValueError: when the serial has no nine digits.
    """
    if not 1 <= serial <= MOST_SERIAL:
        raise ValueError("a serial has one to nine digits")
    first = f"{fiscal_year % 100:02}{serial:09}"
    return first + damm.calc_check_digit(first)


def is_coupon_number(text: str) -> bool:
    """Say whether the text is twelve digits of which the last one fits the others."""
    return is_digits(text, LENGTH) and bool(damm.is_valid(text))


def read_number(typed: str) -> str | NumberProblem:
    """Read a number as it was typed or scanned: full-width digits, spaces and hyphens do not matter."""
    text = unicodedata.normalize("NFKC", typed).translate(_SEPARATORS)
    if not is_digits(text, LENGTH):
        return NumberProblem.NOT_TWELVE_DIGITS
    return text if is_coupon_number(text) else NumberProblem.WRONG_CHECK_DIGIT


def shown(number: str) -> str:
    """Write a number in groups of four, as people read it aloud."""
    return " ".join(number[start : start + 4] for start in range(0, LENGTH, 4))
