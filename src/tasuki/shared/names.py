"""Folding of kana, names and addresses, so that spelling variants do not hide a match.

A folded text is a key for comparison, never something to show or store as a person's name. Every fold is
idempotent. Folding only finds candidates: whether two records are one person is decided elsewhere.
"""

import re
import unicodedata
from collections.abc import Callable

import jaconv

from tasuki.shared.kanji_variants import KANJI_VARIANTS

_VARIANT_TABLE = str.maketrans({variant: head for head, variants in KANJI_VARIANTS.items() for variant in variants})
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"\s+")
_MIDDLE_DOTS = str.maketrans("", "", "・·")
_ZERO_WIDTH = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")
_VOICED_MARKS = str.maketrans({"゛": "\u3099", "ﾞ": "\u3099", "゜": "\u309a", "ﾟ": "\u309a"})
_LOOSE_MARKS = str.maketrans("", "", "\u3099\u309a")
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\uff70"
_TO_LONG_VOWEL = str.maketrans(dict.fromkeys(_DASHES, "ー"))
_TO_HYPHEN = str.maketrans(dict.fromkeys(_DASHES, "-"))
_SMALL_KANA = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_SAME_SOUND = str.maketrans("ヰヱヲヂヅ", "イエオジズ")
_VU = (("ヴア", "バ"), ("ヴイ", "ビ"), ("ヴエ", "ベ"), ("ヴオ", "ボ"), ("ヴユ", "ビユ"), ("ヴ", "ブ"))
_KANA_ROWS = {
    "ア": "アカガサザタダナハバパマヤラワ",
    "イ": "イキギシジチニヒビピミリ",
    "ウ": "ウクグスズツヌフブプムユル",
    "エ": "エケゲセゼテデネヘベペメレ",
    "オ": "オコゴソゾトドノホボポモヨロ",
}
_VOWEL_OF = {kana: vowel for vowel, row in _KANA_ROWS.items() for kana in row}

_KANJI_DIGITS = {"\u3007": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}
# A kanji numeral is a number only before a counter or a dash: 三田 and 六本木 keep theirs, and so does 三番町.
_KANJI_NUMBER = re.compile("([\u3007零一二三四五六七八九十百千]+)(?=丁目|番地|番(?!町)|号|-)")
_COUNTER = re.compile(r"(?<=[0-9])(?:丁目|番地の|番地ノ|番地|番(?!町)|号室|号棟|号|の(?=[0-9])|ノ(?=[0-9]))")
_LONG_VOWEL_AS_DASH = re.compile(r"(?<=[0-9])ー(?=[0-9])")
_GAP_BETWEEN_NUMBERS = re.compile(r"(?<=\d)[\s、,]+(?=\d)")
_LOOSE_DASH = re.compile(r"(?<![0-9A-Z])-+|-+(?![0-9A-Z])")
_REPEATED_DASH = re.compile(r"-{2,}")
_SMALL_KE = str.maketrans({"ヶ": "ケ", "ヵ": "カ"})
_DIVISIONS = re.compile("大字|小字")


def fold_digits(text: str) -> str:
    """Write every decimal digit, whatever its width, in ASCII, and leave the rest as it is."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def fold_kana(text: str) -> str:
    """Fold a reading: width, hiragana, small kana, voiced marks that came apart, ヴ, long vowels, spaces, dots.

    オーノ, オオノ and オウノ become one (オオノ), but stay apart from オノ: 大野 and 小野 are different families.
    """
    return _composed(text, _fold_kana_once)


def _composed(text: str, fold: Callable[[str], str]) -> str:
    """Fold again where what was taken out stood between two that are one letter together (K, a dot, a cedilla)."""
    folded = fold(text)
    while not unicodedata.is_normalized("NFKC", folded):
        folded = fold(folded)
    return folded


def _fold_kana_once(text: str) -> str:
    text = text.translate(_ZERO_WIDTH).translate(_VOICED_MARKS)
    text = _SPACES.sub("", jaconv.h2z(text, kana=True, ascii=False, digit=False))
    text = _compatible(text).translate(_MIDDLE_DOTS).translate(_LOOSE_MARKS)
    text = jaconv.hira2kata(text).translate(_TO_LONG_VOWEL).translate(_SMALL_KANA)
    for spelling, sound in _VU:
        text = text.replace(spelling, sound)
    return _fold_long_vowels(text.translate(_SAME_SOUND))


def fold_name(text: str) -> str:
    """Fold a written name: old and new kanji, variation selectors, width, case, spaces, repetition mark 々."""
    return _composed(text, _fold_name_once)


def _fold_name_once(text: str) -> str:
    text = _SELECTORS.sub("", text.translate(_ZERO_WIDTH))
    text = _compatible(_SPACES.sub("", text)).translate(_VARIANT_TABLE).translate(_MIDDLE_DOTS)
    return _expand_repetition(text.translate(_TO_HYPHEN))


def fold_address(text: str) -> str:
    """Fold an address for comparison: widths, kanji variants, numerals before counters, counters, gaps.

    Building and room stay, so that 2-1-2模擬マンション301 and 2-1-2 differ; whoever compares decides what that means.
    """
    folded = _fold_address_once(text)
    while folded != text:
        # One replacement can complete another (2番番地); rounds end because each removes a counter or a dash.
        text, folded = folded, _fold_address_once(folded)
    return folded


def _compatible(text: str) -> str:
    """Apply NFKC and upper case until neither changes anything: some letters need two rounds (ŉ, ΐ)."""
    folded = _SPACES.sub("", unicodedata.normalize("NFKC", text).upper())
    while folded != text:
        text, folded = folded, _SPACES.sub("", unicodedata.normalize("NFKC", folded).upper())
    return text


def _fold_long_vowels(text: str) -> str:
    folded: list[str] = []
    for char in text:
        vowel = _VOWEL_OF.get(folded[-1]) if folded else None
        if char == "ー":
            # After ン or a letter there is no vowel to lengthen: the mark says nothing.
            if vowel is not None:
                folded.append(vowel)
        elif (char == "ウ" and vowel == "オ") or (char == "イ" and vowel == "エ"):
            folded.append(vowel)
        else:
            folded.append(char)
    return "".join(folded)


def _expand_repetition(text: str) -> str:
    folded: list[str] = []
    for char in text:
        folded.append(folded[-1] if char == "々" and folded else char)
    return "".join(folded)


def _fold_address_once(text: str) -> str:
    text = fold_name(_GAP_BETWEEN_NUMBERS.sub("-", text)).translate(_SMALL_KE)
    text = _DIVISIONS.sub("", text)
    text = _KANJI_NUMBER.sub(lambda matched: str(_number_of(matched[1])), text)
    text = _COUNTER.sub("-", _LONG_VOWEL_AS_DASH.sub("-", text))
    return _LOOSE_DASH.sub("", _REPEATED_DASH.sub("-", text))


def _number_of(kanji: str) -> int:
    """Read 十二 and 百三 by place, and 一〇三 digit by digit."""
    if not any(char in _KANJI_UNITS for char in kanji):
        return int("".join(str(_KANJI_DIGITS[char]) for char in kanji))
    total, pending = 0, 0
    for char in kanji:
        if char in _KANJI_UNITS:
            total += (pending or 1) * _KANJI_UNITS[char]
            pending = 0
        else:
            pending = _KANJI_DIGITS[char]
    return total + pending
