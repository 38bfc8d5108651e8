"""Pages of a long list."""

import pytest

from tasuki.web.paging import page_number, paging


@pytest.mark.parametrize(
    ("text", "page"), [("1", 1), ("12", 12), ("0", 1), ("-3", 1), ("", 1), ("x", 1), ("２", 1), ("9" * 30, 1)]
)
def test_a_page_is_read_and_nonsense_is_the_first(text: str, page: int) -> None:
    assert page_number(text) == page


def test_a_list_of_121_has_three_pages_of_50() -> None:
    second = paging(2, 121)
    assert (second.pages, second.first, second.last, second.previous, second.next) == (3, 51, 100, 1, 3)


def test_an_empty_list_has_one_page_that_shows_none() -> None:
    only = paging(1, 0)
    assert (only.pages, only.first, only.last, only.previous, only.next) == (1, 0, 0, None, None)


def test_beyond_the_end_is_the_last_page() -> None:
    assert paging(99, 121).page == 3


def test_far_pages_are_left_out_with_a_gap() -> None:
    assert paging(10, 1000).shown == [1, 0, 8, 9, 10, 11, 12, 0, 20]
