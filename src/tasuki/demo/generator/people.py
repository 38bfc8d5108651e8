"""Fictitious people and the numbers they carry."""

from dataclasses import dataclass
from datetime import date

from tasuki.shared.environments import FICTITIOUS_NUMBER_PREFIX
from tasuki.shared.identifiers import (
    IndividualNumber,
    ResidentRecordCode,
    individual_number_check_digit,
    resident_record_code_check_digit,
)

INDIVIDUAL_NUMBER_PREFIX = FICTITIOUS_NUMBER_PREFIX

RESIDENT_RECORD_CODE_PREFIX = "999"
"""Begins every fictitious 住民票コード, so that they are recognisable like the individual numbers."""

MALE, FEMALE = "1", "2"
_SPACE = 10_000_000
# Primes, so that multiplying modulo ten million visits every value once: unique numbers that do not look serial.
_INDIVIDUAL_STEP = 6_700_417
_RECORD_STEP = 3_276_509


@dataclass(slots=True)
class Person:
    """One row of a resident register."""

    individual_number: IndividualNumber
    resident_record_code: ResidentRecordCode
    name: str
    kana: str
    half_kana: str
    born: date
    sex: str
    system_number: str = ""
    household_number: str = ""
    postal_code: str = ""
    address: str = ""
    moved_in: date | None = None
    moved_in_from: str = ""
    moved_out: date | None = None
    moved_out_to: str = ""
    died: date | None = None
    protected_from: date | None = None
    protected_until: date | None = None


class NumberDealer:
    """Deals every 個人番号 and 住民票コード once, in an order that depends on the seed."""

    def __init__(self, offset: int) -> None:
        """Start at an offset drawn from the seed."""
        self._next = offset % _SPACE

    def deal(self) -> tuple[IndividualNumber, ResidentRecordCode]:
        """Give the next person's two numbers."""
        self._next += 1
        eleven = f"{INDIVIDUAL_NUMBER_PREFIX}{self._next * _INDIVIDUAL_STEP % _SPACE:07d}"
        ten = f"{RESIDENT_RECORD_CODE_PREFIX}{self._next * _RECORD_STEP % _SPACE:07d}"
        return (
            IndividualNumber(eleven + individual_number_check_digit(eleven)),
            ResidentRecordCode(ten + resident_record_code_check_digit(ten)),
        )
