"""Folding of kana, names and addresses."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.shared.kanji_variants import KANJI_VARIANTS
from tasuki.shared.names import fold_address, fold_digits, fold_kana, fold_name

kana_text = st.text("アイウエオカコソトノハホヨユユンッャョーヴァィゥェォ゛゜ﾞﾟｶﾞﾎｰがおう・ -")
address_text = st.text("0123一二三十百〇丁目番地号のノー-−町室棟 　、A架空ヶ大字")


@pytest.mark.parametrize("fold", [fold_kana, fold_name, fold_address, fold_digits])
def test_every_single_character_folds_to_a_fixed_point(fold: Callable[..., Any]) -> None:
    for code in range(0x20, 0x3400):
        once = fold(chr(code))
        assert fold(once) == once, f"U+{code:04X}"


@pytest.mark.parametrize("fold", [fold_kana, fold_name, fold_address])
@pytest.mark.parametrize("text", ["K·\u0327", "K\u30fb\u0327", "Kー\u0327", "\u1100·\u1161", "e··\u0301"])
def test_letters_that_come_together_are_folded_as_one(fold: Callable[[str], str], text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@settings(max_examples=150)
@given(st.text() | kana_text)
def test_fold_kana_is_idempotent(text: str) -> None:
    once = fold_kana(text)
    assert fold_kana(once) == once


@settings(max_examples=150)
@given(st.text() | st.text("髙﨑邉々々𠮷\U000e0100 A１-－"))
def test_fold_name_is_idempotent(text: str) -> None:
    once = fold_name(text)
    assert fold_name(once) == once


@settings(max_examples=200)
@given(st.text() | address_text)
def test_fold_address_is_idempotent(text: str) -> None:
    once = fold_address(text)
    assert fold_address(once) == once


@settings(max_examples=60)
@given(st.text())
def test_fold_digits_is_idempotent_and_leaves_ascii_digits(text: str) -> None:
    once = fold_digits(text)
    assert fold_digits(once) == once
    assert all(char.isascii() for char in once if char.isdecimal())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ｶｸｳ ﾊﾅｺ", "カクウ　ハナコ"),
        ("かくう はなこ", "カクウハナコ"),
        ("ﾀﾞｲﾊﾞ", "ダイバ"),
        ("タ゛イハ゛", "ダイバ"),
        ("ﾀ ﾞｲﾊ ﾞ", "ダイバ"),
        ("タ\u3099イハ\u3099", "ダイバ"),
        ("リョウ", "リヨウ"),
        ("ハットリ", "ハツトリ"),
        ("オーノ", "オオノ"),
        ("オウノ", "オオノ"),
        ("ユーコ", "ユウコ"),
        ("ケイコ", "ケーコ"),
        ("ヴァネッサ", "バネッサ"),
        ("ヴ", "ブ"),
        ("ヂヅ", "ジズ"),
        ("マリア・ルイサ", "マリア ルイサ"),
        ("オ－ノ", "オーノ"),
        ("maria", "ＭＡＲＩＡ"),
    ],
)
def test_spellings_of_one_reading_fold_together(one: str, other: str) -> None:
    assert fold_kana(one) == fold_kana(other)


@pytest.mark.parametrize(
    ("one", "other"), [("オオノ", "オノ"), ("カキ", "カギ"), ("ハナコ", "ハナヨ"), ("ユウキ", "ユキ")]
)
def test_different_readings_stay_apart(one: str, other: str) -> None:
    assert fold_kana(one) != fold_kana(other)


def test_a_long_vowel_mark_without_vowel_says_nothing() -> None:
    assert fold_kana("ーンーA") == "ンA"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙﨑 花子", "高崎　花子"),
        ("渡邉", "渡邊"),
        ("渡辺", "渡邉"),
        ("齋藤", "斉藤"),
        ("濵嶋", "浜島"),
        ("廣澤", "広沢"),
        ("𠮷田", "吉田"),
        ("邉\U000e0101", "辺"),
        ("\ufa10", "塚"),
        ("佐々木", "佐佐木"),
        ("ＡＢＣ　Smith", "abc smith"),
        ("龍惠櫻國眞", "竜恵桜国真"),
    ],
)
def test_spellings_of_one_name_fold_together(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(("one", "other"), [("太田", "大田"), ("川村", "河村"), ("佐藤", "伊藤")])
def test_different_names_stay_apart(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


def test_no_variant_is_listed_twice_or_is_itself_a_head() -> None:
    variants = [variant for group in KANJI_VARIANTS.values() for variant in group]
    assert len(variants) == len(set(variants))
    assert not set(variants) & set(KANJI_VARIANTS)
    assert all(len(head) == 1 for head in KANJI_VARIANTS)
    assert all(unicodedata.normalize("NFKC", char) == char for char in [*variants, *KANJI_VARIANTS])


@pytest.mark.parametrize(
    "spelling",
    [
        "架空区模擬町二丁目1番2号",
        "架空区模擬町2丁目1番2号",
        "架空区模擬町２－１－２",
        "架空区模擬町2丁目1番地2号",
        "架空区模擬町二丁目一番地の二号",
        "架空区模擬町2丁目1番2",
        "架空区 模擬町 2−1−2",
        "架空区模擬町2ー1ー2",
    ],
)
def test_spellings_of_one_address_fold_together(spelling: str) -> None:
    assert fold_address(spelling) == "架空区模擬町2-1-2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("模擬町2丁目1番2号 例マンション301号室", "模擬町2-1-2 例マンション301"),
        ("模擬町2丁目1番2号301号室", "模擬町2-1-2-301"),
        ("模擬町2-1-2 301", "模擬町2-1-2-301"),
        ("模擬町十二丁目百三番地", "模擬町12-103"),
        ("模擬町一〇三番地", "模擬町103"),
        ("大字模擬ヶ原1番地", "模擬ケ原1"),
        ("試澤町1-2", "試沢町1-2"),
    ],
)
def test_more_spellings_of_addresses(one: str, other: str) -> None:
    assert fold_address(one) == fold_address(other)


def test_numerals_inside_names_of_places_stay() -> None:
    assert fold_address("三番町1-2") == "三番町1-2"
    assert fold_address("六本木1-2") == "六本木1-2"
    assert fold_address("模擬町2-1-2") != fold_address("模擬町2-12")


def test_fold_digits_touches_digits_only() -> None:
    assert fold_digits("Ａ１２٣-三") == "Ａ12" + "3-三"
