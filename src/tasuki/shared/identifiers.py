"""Official and local numbers: their types, shapes and check digits.

Every number is a `str`: leading zeros are part of it. A valid check digit proves that a number was probably
not mistyped, never that it was issued: about one in ten random strings of twelve digits passes as an
individual number.
"""

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import NewType

from stdnum.jp import in_ as individual_number_scheme

IndividualNumber = NewType("IndividualNumber", str)
"""個人番号: 12 digits (番号法2条5項). Only `persons` may hold one."""
ResidentRecordCode = NewType("ResidentRecordCode", str)
"""住民票コード: 11 digits."""
MunicipalityCode = NewType("MunicipalityCode", str)
"""地方公共団体コード: 6 digits."""
InstitutionCode = NewType("InstitutionCode", str)
"""情報保有機関コード: 16 digits."""
SystemPersonNumber = NewType("SystemPersonNumber", str)
"""宛名番号: a person within one business system, up to 15 digits."""
UnifiedPersonNumber = NewType("UnifiedPersonNumber", str)
"""団体内統合宛名番号: a person within one municipality, 15 digits."""
LinkageCode = NewType("LinkageCode", str)
"""符号: a person as one institution knows them on the network."""
AcquisitionNumber = NewType("AcquisitionNumber", str)
"""取得番号: one acquisition of a linkage code; deleted once its purpose is met (番号法21条の2第3項・第4項)."""
TransactionNumber = NewType("TransactionNumber", str)
"""処理通番: ties an inquiry, its permit, its answer and the three records."""
DataSetCode = NewType("DataSetCode", str)
"""特定個人情報名コード: `TM` and 14 digits."""
FacilityNumber = NewType("FacilityNumber", str)
"""保険医療機関番号: 10 digits."""
ProcedureCode = NewType("ProcedureCode", str)
"""事務手続コード: `JT` and 14 digits."""

_RESIDENT_RECORD_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_MUNICIPALITY_WEIGHTS = (6, 5, 4, 3, 2)
_TRANSACTION_NUMBER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FACILITY_NUMBER = re.compile(r"(?:0[1-9]|[1-3][0-9]|4[0-7])[13][0-9]{7}")
_RANDOM_BYTES = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_digits(text: str, length: int) -> bool:
    """Say whether the text is exactly that many ASCII digits (`str.isdigit` would accept full-width ones and ²)."""
    return len(text) == length and text.isascii() and text.isdigit()


def individual_number_check_digit(first_eleven: str) -> str:
    """Compute the last digit of a 個人番号 (行政手続における特定の個人を識別するための番号の…省令 5条).

    :raises ValueError: when the argument is not eleven digits.
    """
    _require_digits(first_eleven, 11)
    return str(individual_number_scheme.calc_check_digit(first_eleven))


def is_individual_number(text: str) -> bool:
    """Say whether the text has the shape and check digit of a 個人番号.

    Separators are refused: what is stored and compared must have one spelling. The scheme finds every
    altered digit except where the weighted sum moves between 0 and 1 modulo 11, which share check digit 0.
    """
    return is_digits(text, 12) and individual_number_check_digit(text[:11]) == text[11]


def resident_record_code_check_digit(first_ten: str) -> str:
    """Compute the last digit of a 住民票コード.

    The weights are inferred from the modulus-11 scheme of the 個人番号; no public source states them.

    :raises ValueError: when the argument is not ten digits.
    """
    _require_digits(first_ten, 10)
    remainder = _weighted_sum(first_ten, _RESIDENT_RECORD_WEIGHTS) % 11
    return "0" if remainder <= 1 else str(11 - remainder)


def is_resident_record_code(text: str) -> bool:
    """Say whether the text has the shape and check digit of a 住民票コード (same blind spot as the 個人番号)."""
    return is_digits(text, 11) and resident_record_code_check_digit(text[:10]) == text[10]


def municipality_code_check_digit(first_five: str) -> str:
    """Compute the last digit of a 地方公共団体コード.

    :raises ValueError: when the argument is not five digits.
    """
    _require_digits(first_five, 5)
    return str((11 - _weighted_sum(first_five, _MUNICIPALITY_WEIGHTS) % 11) % 10)


def is_municipality_code(text: str) -> bool:
    """Say whether the text has the shape and check digit of a 地方公共団体コード; not whether it is in use.

    The scheme finds every altered digit except where the weighted sum moves between 0 and 10 modulo 11,
    which share check digit 1.
    """
    return is_digits(text, 6) and municipality_code_check_digit(text[:5]) == text[5]


def is_system_person_number(text: str) -> bool:
    """Say whether the text has the shape of a 宛名番号; how numbers are dealt is each system's own rule."""
    return 1 <= len(text) <= 15 and is_digits(text, len(text))


def is_unified_person_number(text: str) -> bool:
    """Say whether the text has the shape of a 団体内統合宛名番号."""
    return is_digits(text, 15)


def institution_code(kind_class: str, municipality_code: MunicipalityCode, suffix: str = "00000000") -> InstitutionCode:
    """Compose a 情報保有機関コード: class (2 digits), municipality (6), suffix (8).

    Only the total length follows the official form; the division is ours, because theirs is not public.

    :raises ValueError: when a part is malformed.
    """
    _require_digits(kind_class, 2)
    _require_digits(suffix, 8)
    if not is_municipality_code(municipality_code):
        raise ValueError("not a municipality code")
    return InstitutionCode(f"{kind_class}{municipality_code}{suffix}")


def is_institution_code(text: str) -> bool:
    """Say whether the text has the shape of a 情報保有機関コード; no check digit is known."""
    return is_digits(text, 16)


def is_data_set_code(text: str) -> bool:
    """Say whether the text has the shape of a 特定個人情報名コード."""
    return text.startswith("TM") and is_digits(text[2:], 14)


def is_procedure_code(text: str) -> bool:
    """Say whether the text has the shape of a 事務手続コード."""
    return text.startswith("JT") and is_digits(text[2:], 14)


def is_facility_number(text: str) -> bool:
    """Say whether the text has the shape of a 保険医療機関番号 that can perform screenings.

    Checked: ten digits, a prefecture from 01 to 47, points table 1 (医科) or 3 (歯科). Not checked: the
    verification digit inside the last seven, and whether the facility exists on the day; that is a look-up in
    the town's register of facilities.
    """
    return _FACILITY_NUMBER.fullmatch(text) is not None


def new_transaction_number(at: datetime, randomness: bytes) -> TransactionNumber:
    """Make a 処理通番 in the layout of a version 7 UUID (RFC 9562 section 5.7), so that numbers sort by time.

    :param randomness: ten unpredictable bytes, of which 74 bits are used.
    :raises ValueError: when `at` is naive or `randomness` is not ten bytes.
    """
    if at.tzinfo is None:
        raise ValueError("a transaction number needs an aware time")
    if len(randomness) != _RANDOM_BYTES:
        raise ValueError("a transaction number needs ten random bytes")
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    random_bits = int.from_bytes(randomness, "big")
    random_a = random_bits >> 68
    random_b = random_bits & ((1 << 62) - 1)
    value = milliseconds << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b
    return TransactionNumber(str(uuid.UUID(int=value)))


def is_transaction_number(text: str) -> bool:
    """Say whether the text is a version 7 UUID in canonical lower-case form."""
    return _TRANSACTION_NUMBER.fullmatch(text) is not None


def _weighted_sum(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _require_digits(text: str, length: int) -> None:
    if not is_digits(text, length):
        # The text itself stays out of the message: it may be part of someone's number.
        raise ValueError(f"expected {length} digits")
