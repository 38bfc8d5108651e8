"""What letters of invitations say, in each language."""

import datetime as dt

import pytest

from tasuki.invitations.types import LeftOut
from tasuki.invitations.wording import coupon_letter, methods_name, reminder_letter, year_name
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import Destination, Letter, LetterKind, Sender, WordingLanguage
from tasuki.letters.wording import shipped_wording
from tasuki.screening.queries.recipients import NoLetter

TO = Destination("架空　花子", "000-0504", "架空区模擬町二丁目24番14号")
ON, UNTIL = dt.date(2026, 11, 23), dt.date(2027, 3, 31)
SENDER = Sender("健康づくり課", "000-0001", "架空区1-1", "03-0000-0000", "")


def coupon(language: WordingLanguage) -> Letter:
    return coupon_letter(
        person="1", destination=TO, language=language, coupon="260000000012", fiscal_year=2026,
        offered=[(Programme.LUNG, "lung_xray"), (Programme.COLORECTAL, "")], valid_until=UNTIL, number="第1号", on=ON,
    )  # fmt: skip


def reminder(language: WordingLanguage) -> Letter:
    return reminder_letter(
        person="1", destination=TO, language=language, fiscal_year=2026, programmes=[Programme.LUNG, Programme.BREAST],
        place=2, valid_until=UNTIL, number="第2号", on=ON,
    )  # fmt: skip


@pytest.mark.parametrize("language", WordingLanguage)
def test_the_shipped_words_find_every_value_they_ask_for(language: WordingLanguage) -> None:
    for kind, letter in ((LetterKind.COUPON, coupon(language)), (LetterKind.REMINDER, reminder(language))):
        assert make_letters([letter], shipped_wording(kind, language), SENDER, "架空区").pdf.startswith(b"%PDF")


def test_a_coupon_names_each_screening_and_how_it_is_taken() -> None:
    letter = coupon(WordingLanguage.JAPANESE)
    assert [row[0] for row in letter.rows] == ["肺がん検診", "大腸がん検診"]
    assert letter.rows[0][1] != ""
    assert letter.values["期限"] == "令和9年3月31日"
    assert letter.coupon is not None
    assert (letter.coupon.number, dict(letter.coupon.lines)["番号"]) == ("260000000012", "2600 0000 0012")
    english = coupon(WordingLanguage.ENGLISH)
    assert (english.rows[0][0], english.values["期限"]) == ("Lung cancer screening", "31 March 2027")


def test_a_reminder_says_of_what_and_the_how_manieth_it_is() -> None:
    assert reminder(WordingLanguage.JAPANESE).values["検診名"] == "肺がん検診、乳がん検診"
    assert reminder(WordingLanguage.JAPANESE).values["回数"] == "2回目"
    assert reminder(WordingLanguage.ENGLISH).values["回数"] == "reminder no. 2"


@pytest.mark.parametrize(("year", "ja"), [(2026, "令和8年度"), (2019, "令和元年度"), (2018, "平成30年度")])
def test_a_fiscal_year_is_named_by_the_era_most_of_it_lies_in(year: int, ja: str) -> None:
    assert (year_name(year, Language.JA), year_name(year, Language.EN)) == (ja, f"fiscal year {year}")


def test_examinations_this_release_does_not_know_are_left_out() -> None:
    assert methods_name("", Language.JA) == methods_name("no_such_rule", Language.JA) == ""


def test_every_reason_for_no_letter_is_a_reason_to_be_left_out() -> None:
    assert {one.value for one in NoLetter} | {LeftOut.UNPRINTABLE.value} == {one.value for one in LeftOut}
