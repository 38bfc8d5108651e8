"""Check digits and shapes of official numbers."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.shared import identifiers
from tasuki.shared.identifiers import MunicipalityCode

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def digits_of(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def altered(number: str, position: int, shift: int) -> str:
    digit = str((int(number[position]) + shift) % 10)
    return number[:position] + digit + number[position + 1 :]


@pytest.mark.parametrize("number", ["983205673214", "379474484458", "454972364860", "507957100721"])
def test_published_individual_numbers_are_valid(number: str) -> None:
    assert identifiers.is_individual_number(number)


@pytest.mark.parametrize(
    "text",
    ["507957100722", "50795710072", "5079571007210", "5079 5710 0721", "５０７９５７１００７２１", "50795710072X", ""],
)
def test_other_text_is_no_individual_number(text: str) -> None:
    assert not identifiers.is_individual_number(text)


@settings(max_examples=60)
@given(digits_of(11), st.integers(0, 11), st.integers(1, 9))
def test_individual_number_finds_one_altered_digit_except_the_known_pair(first: str, position: int, shift: int) -> None:
    number = first + identifiers.individual_number_check_digit(first)
    changed = altered(number, position, shift)
    if number[11] == changed[11] == "0":
        # Sums 0 and 1 modulo 11 share check digit 0: the scheme's one blind spot.
        return
    assert not identifiers.is_individual_number(changed)


def test_blind_spot_of_the_individual_number_is_real() -> None:
    assert identifiers.is_individual_number("000000000000")
    # The sixth weight is 7 and 7 × 8 = 56 = 1 modulo 11.
    assert identifiers.is_individual_number("000008000000")


@settings(max_examples=60)
@given(digits_of(10), st.integers(0, 10), st.integers(1, 9))
def test_resident_record_code_finds_one_altered_digit_except_the_known_pair(
    first: str, position: int, shift: int
) -> None:
    number = first + identifiers.resident_record_code_check_digit(first)
    changed = altered(number, position, shift)
    assert identifiers.is_resident_record_code(number)
    if number[10] == changed[10] == "0":
        return
    assert not identifiers.is_resident_record_code(changed)


@pytest.mark.parametrize("code", ["131041", "131121", "011002", "011011", "271004", "473821"])
def test_published_municipality_codes_are_valid(code: str) -> None:
    assert identifiers.is_municipality_code(code)


@settings(max_examples=60)
@given(digits_of(5), st.integers(0, 5), st.integers(1, 9))
def test_municipality_code_finds_one_altered_digit_except_the_known_pair(first: str, position: int, shift: int) -> None:
    code = first + identifiers.municipality_code_check_digit(first)
    changed = altered(code, position, shift)
    if code[5] == changed[5] == "1":
        # Sums 0 and 10 modulo 11 share check digit 1.
        return
    assert not identifiers.is_municipality_code(changed)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1310000001", True),
        ("1330000001", True),
        ("0110000001", True),
        ("4730000001", True),
        ("4810000001", False),
        ("0010000001", False),
        ("1340000001", False),
        ("310000001", False),
        ("131000000１", False),
    ],
)
def test_facility_number_shape(number: str, expected: bool) -> None:
    assert identifiers.is_facility_number(number) is expected


def test_institution_code_is_composed_of_class_municipality_and_suffix() -> None:
    code = identifiers.institution_code("02", MunicipalityCode("131041"))
    assert code == "0213104100000000"
    assert identifiers.is_institution_code(code)


@pytest.mark.parametrize(
    ("kind_class", "municipality", "suffix"),
    [("2", "131041", "00000000"), ("02", "131042", "00000000"), ("02", "131041", "0")],
)
def test_institution_code_refuses_malformed_parts(kind_class: str, municipality: str, suffix: str) -> None:
    with pytest.raises(ValueError):
        identifiers.institution_code(kind_class, MunicipalityCode(municipality), suffix)


@pytest.mark.parametrize(
    ("predicate", "good", "bad"),
    [
        (identifiers.is_data_set_code, "TM00000000000090", "TM0000000000090"),
        (identifiers.is_procedure_code, "JT00000000000001", "JM00000000000001"),
        (identifiers.is_system_person_number, "1", "1234567890123456"),
        (identifiers.is_unified_person_number, "000000000000001", "00000000000001"),
    ],
)
def test_shapes(predicate: Callable[..., Any], good: str, bad: str) -> None:
    assert predicate(good)
    assert not predicate(bad)
    assert not predicate("")


@pytest.mark.parametrize(
    "compute",
    [
        identifiers.individual_number_check_digit,
        identifiers.resident_record_code_check_digit,
        identifiers.municipality_code_check_digit,
    ],
)
def test_check_digits_refuse_a_wrong_length_without_repeating_it(compute: Callable[..., Any]) -> None:
    with pytest.raises(ValueError) as caught:
        compute("1234")
    assert "1234" not in str(caught.value)


@settings(max_examples=60)
@given(
    st.integers(0, 2**42).map(lambda milliseconds: EPOCH + timedelta(milliseconds=milliseconds)),
    st.binary(min_size=10, max_size=10),
)
def test_transaction_number_is_a_version_7_uuid_of_its_time(at: datetime, randomness: bytes) -> None:
    number = identifiers.new_transaction_number(at, randomness)
    parsed = uuid.UUID(number)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert EPOCH + timedelta(milliseconds=parsed.int >> 80) == at
    assert identifiers.is_transaction_number(number)


def test_transaction_numbers_sort_by_time_and_differ_by_randomness() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    first = identifiers.new_transaction_number(at, b"\xff" * 10)
    later = identifiers.new_transaction_number(at + timedelta(milliseconds=1), b"\x00" * 10)
    other = identifiers.new_transaction_number(at, b"\x00" * 10)
    assert other < first < later


@pytest.mark.parametrize(
    ("at", "randomness"),
    [(EPOCH.replace(tzinfo=None), b"\x00" * 10), (datetime(2026, 11, 23, tzinfo=UTC), b"\x00" * 9)],
)
def test_transaction_number_refuses_a_naive_time_or_too_little_randomness(at: datetime, randomness: bytes) -> None:
    with pytest.raises(ValueError):
        identifiers.new_transaction_number(at, randomness)
