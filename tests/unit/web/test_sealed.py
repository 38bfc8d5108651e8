"""What stands for a person in an address says nothing about them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import SealBrokenError, open_person, open_words, seal_person, seal_words

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.text("0123456789", min_size=1, max_size=15))
def test_a_number_comes_back_and_cannot_be_read_in_between(number: str) -> None:
    token = seal_person(SystemPersonNumber(number))
    assert open_person(token) == number
    assert len(token) == len(seal_person(SystemPersonNumber("1")))


def test_the_same_person_has_one_address() -> None:
    assert seal_person(SystemPersonNumber("104223")) == seal_person(SystemPersonNumber("104223"))
    assert seal_person(SystemPersonNumber("104223")) != seal_person(SystemPersonNumber("0104223"))


def test_changing_any_letter_of_an_address_breaks_it() -> None:
    token = seal_person(SystemPersonNumber("104223"))
    for place, letter in enumerate(token):
        for other in ALPHABET:
            if other != letter:
                with pytest.raises(SealBrokenError):
                    open_person(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", "x", "000104223", "髙", "a" * 42, "%00", "=" * 8])
def test_what_this_node_did_not_make_is_refused(text: str) -> None:
    with pytest.raises(SealBrokenError):
        open_person(text)


def test_words_come_back_and_two_searches_for_one_name_do_not_look_alike() -> None:
    words = {"text": "髙﨑", "birth_date": ""}
    first, second = seal_words(words), seal_words(words)
    assert first != second
    assert open_words(first) == open_words(second) == words


def test_a_search_is_no_address_of_a_person() -> None:
    with pytest.raises(SealBrokenError):
        open_person(seal_words({"text": "1"}).partition(".")[2])
