"""Turns letters and lists into PDF. Values go to the typesetter as JSON, so that no text is ever read as markup."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import barcode
import orjson
import typst
from fontTools.ttLib import TTFont

from tasuki.letters.types import (
    Coupon,
    Destination,
    Letter,
    ListDocument,
    Made,
    Sender,
    Slip,
    Wording,
    WordingLanguage,
)
from tasuki.letters.wording import Run, filled, line
from tasuki.shared.dates import in_era

_FOLDER: Final = files("tasuki.letters")
#: The language a page is marked with, for whoever listens to it.
_LANG: Final[Mapping[WordingLanguage, str]] = {
    WordingLanguage.JAPANESE: "ja",
    WordingLanguage.EASY_JAPANESE: "ja",
    WordingLanguage.ENGLISH: "en",
}
_PHONE: Final = {"ja": "電話", "en": "Telephone"}
_CUT: Final = {"ja": "切り取り線", "en": "cut here"}
# A variation selector chooses among forms of one character; a font without the form shows the usual one.
_SELECTORS: Final = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
#: Documents for which the typesetter remembers the parts of one, in case they come again.
_REMEMBERED: Final = 10
#: From so many letters on, none of which will come again.
_MANY: Final = 100
_MAY_BREAK: Final = "\N{ZERO WIDTH SPACE}"
_SPACES: Final = frozenset(map(ord, " \u3000\n"))
# Signs that stand where a character was lost; fonts have them, names do not.
_LOST: Final = frozenset(map(ord, "〓\ufffd"))


def make_letters(letters: Sequence[Letter], wording: Wording, sender: Sender, town: str) -> Made:
    """Return the letters as one PDF, and those whose destination has a character that no font of ours has.

    Those are in the PDF too, each missing character as a box: whoever prints them writes it in by hand.

    :raises WordingError: when the wording asks for a value a letter does not have.
    """
    lang = _LANG[wording.language]
    data = {
        "lang": lang,
        "title": line(wording.title, letters[0].values) if letters else wording.title,
        "cut_here": _CUT[lang],
        "sender": _sender(sender, town, lang),
        "window": {
            "left": sender.window_left,
            "top": sender.window_top,
            "width": sender.window_width,
            "height": sender.window_height,
        },
        "letters": [_letter(one, wording, lang) for one in letters],
    }
    pdf = _compiled("letter.typ", data)
    if len(letters) >= _MANY:
        _forget()
    return Made(pdf, tuple(one for one in letters if unprintable(_of_destination(one.destination))))


def make_list(document: ListDocument, *, town: str, footer: str, lang: str = "ja") -> bytes:
    """Return a list or report as PDF; `footer` stands on every page, such as who printed it and when."""
    data = {
        "lang": lang,
        "town": town,
        "title": document.title,
        "subtitle": document.subtitle,
        "footer": footer,
        "wide": document.is_wide,
        "head": list(document.head),
        "rows": [list(row) for row in document.rows],
        "numeric": list(document.numeric),
        "notes": list(document.notes),
    }
    return _compiled("list.typ", data)


def breakable(number: str) -> str:
    """Let a long number, such as that of a transaction, go on in the next line where its column is narrow."""
    return _MAY_BREAK.join(number[place : place + 4] for place in range(0, len(number), 4))


def unprintable(text: str) -> str:
    """Return the characters of a text that no font of ours has, each once."""
    known = _printable()
    missing = (char for char in text if ord(char) not in known and ord(char) not in _SELECTORS)
    return "".join(dict.fromkeys(missing))


def _compiled(template: str, data: Mapping[str, object]) -> bytes:
    root = _root()
    return typst.compile(
        str(root / "typst" / template),
        root=str(root),
        font_paths=[str(root / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(data).decode()},
    )


def _forget() -> None:
    """Have the typesetter let go of what it remembers, which for each thousand letters are hundreds of megabytes.

    It forgets by itself what none of the next ten documents used, so it is given ten that are empty.
    """
    for _ in range(_REMEMBERED + 1):
        typst.compile(b"", ignore_system_fonts=True)


@cache
def _root() -> Path:
    # The package is installed as files; the typesetter wants paths.
    with as_file(_FOLDER) as folder:
        return Path(folder)


@cache
def _printable() -> frozenset[int]:
    known = set(_SPACES)
    for file in sorted((_root() / "fonts").glob("*.ttf")):
        with TTFont(file, lazy=True) as font:
            known.update(font.getBestCmap())
    return frozenset(known - _LOST)


def _of_destination(destination: Destination) -> str:
    return destination.name + destination.address + destination.care_of


def _sender(sender: Sender, town: str, lang: str) -> dict[str, str]:
    return {
        "town": town,
        "department": sender.department,
        "postal_code": sender.postal_code,
        "address": sender.address,
        "phone": sender.phone,
        "phone_label": _PHONE[lang],
        "hours": sender.hours,
    }


def _letter(letter: Letter, wording: Wording, lang: str) -> dict[str, object]:
    values = letter.values
    return {
        "destination": {
            "name": letter.destination.name,
            "postal_code": letter.destination.postal_code,
            "address": letter.destination.address,
            "care_of": letter.destination.care_of,
            "honorific": letter.destination.honorific,
        },
        "number": letter.number,
        "date": _day(letter.on, lang),
        "title": line(wording.title, values),
        "opening": _paragraphs(filled(wording.opening, values)),
        "body": _paragraphs(filled(wording.body, values)),
        "notes": _paragraphs(filled(wording.notes, values)),
        "head": list(letter.head),
        "rows": [list(row) for row in letter.rows],
        "coupon": None if letter.coupon is None else _coupon(letter.coupon),
        "slip": None if letter.slip is None else _slip(letter.slip),
    }


def _paragraphs(paragraphs: Iterable[Sequence[Run]]) -> list[list[dict[str, object]]]:
    return [[{"text": run.text, "bold": run.is_bold} for run in runs] for runs in paragraphs]


def _coupon(coupon: Coupon) -> dict[str, object]:
    return {
        "number": coupon.number,
        "title": coupon.title,
        "lines": [list(pair) for pair in coupon.lines],
        "modules": barcode_modules(coupon.number),
    }


def _slip(slip: Slip) -> dict[str, object]:
    return {
        "title": slip.title,
        "intro": slip.intro,
        "lines": [[label, list(choices)] for label, choices in slip.lines],
    }


def barcode_modules(number: str) -> str:
    """Return a number as the bars (1) and gaps (0) of Code 128, which checks itself."""
    return str(barcode.get("code128", number).build()[0])


def _day(day: date, lang: str) -> str:
    return f"{day.day} {day:%B %Y}" if lang == "en" else in_era(day)
