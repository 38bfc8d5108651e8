"""The PDFs: read back, with every font embedded, the destination in the window, and nothing read as markup."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tasuki.letters.rendering import barcode_modules, make_letters, make_list, unprintable
from tasuki.letters.types import (
    Coupon,
    Destination,
    Letter,
    LetterKind,
    ListDocument,
    Sender,
    Slip,
    WordingLanguage,
)
from tasuki.letters.wording import placeholders_of, shipped_wording

SENDER = Sender("健康づくり課", "000-0001", "架空区仮想町1-1", "03-0000-0000", "平日8時30分～17時")
DESTINATION = Destination("髙﨑　𠮷乃", "000-0504", "架空区模擬町二丁目24番14号")
MM = 72 / 25.4


def letter(kind: LetterKind, **changed: object) -> Letter:
    values = {one.name: one.example for one in placeholders_of(kind)}
    return replace(Letter(DESTINATION, "0001", "第1号", date(2026, 11, 23), values), **changed)  # type: ignore[arg-type]  # the tests name the fields


def read(kind: LetterKind, *letters: Letter, language: WordingLanguage = WordingLanguage.JAPANESE) -> PdfReader:
    return PdfReader(BytesIO(make_letters(letters, shipped_wording(kind, language), SENDER, "架空区").pdf))


def text_of(reader: PdfReader) -> str:
    return "".join(page.extract_text() for page in reader.pages).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", WordingLanguage)
def test_every_letter_is_one_page_with_its_destination(kind: LetterKind, language: WordingLanguage) -> None:
    reader = read(kind, letter(kind), letter(kind), language=language)
    assert len(reader.pages) == 2
    said = text_of(reader)
    assert said.count("髙﨑") >= 2
    assert "〒000-0504" in said
    assert "03-0000-0000" in said


def test_every_font_is_embedded() -> None:
    reader = read(LetterKind.RESULT_NOTICE, letter(LetterKind.RESULT_NOTICE))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]  # a page of ours
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object()
        descriptor = inner["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_destination_stands_in_the_window_wherever_it_is() -> None:
    sender = replace(SENDER, window_left=60.0, window_top=40.0)
    wording = shipped_wording(LetterKind.REMINDER, WordingLanguage.JAPANESE)
    made = make_letters([letter(LetterKind.REMINDER)], wording, sender, "架空区")
    places: list[tuple[float, float]] = []

    def note(text: str, cm: list[float], tm: list[float], _font: object, _size: object) -> None:
        if "0504" in text:
            places.append(((tm[4] * cm[0] + cm[4]) / MM, 297 - (tm[5] * cm[3] + cm[5]) / MM))

    PdfReader(BytesIO(made.pdf)).pages[0].extract_text(visitor_text=note)
    ((left, top),) = places[:1]
    assert 59.9 <= left <= 70
    assert 39.9 <= top <= 48


def test_nothing_is_read_as_markup() -> None:
    hostile = '#panic("x") *b* $x$ <a> @b ] [ \\ " //'
    reader = read(
        LetterKind.REMINDER, letter(LetterKind.REMINDER, destination=Destination(hostile, "000-0000", hostile))
    )
    assert '#panic("x")*b*$x$' in text_of(reader)


def test_a_coupon_has_its_number_and_a_slip_is_a_page_of_its_own() -> None:
    coupon = Coupon("202600012345", "受診券", (("氏名", "架空 花子"),))
    assert "202600012345" in text_of(read(LetterKind.COUPON, letter(LetterKind.COUPON, coupon=coupon)))
    slip = Slip("報告書", "記入してください", (("方法", ("内視鏡", "CT")), ("日", ())))
    reader = read(LetterKind.REFERRAL, letter(LetterKind.REFERRAL, slip=slip))
    assert len(reader.pages) == 2
    assert "□内視鏡" in text_of(reader)


def test_bars_are_code_128_of_the_number() -> None:
    modules = barcode_modules("202600012345")
    # Start, six pairs and a check of eleven modules each, and a stop of thirteen.
    assert len(modules) == 11 * 8 + 13
    assert modules.startswith("11010011100")
    assert modules.endswith("1100011101011")
    assert barcode_modules("202600012346") != modules


def test_characters_no_font_has_are_named() -> None:
    assert unprintable("髙﨑𠮷葛\U000e0100之介㈱①") == ""
    assert unprintable("山\ue000田〓\ue000") == "\ue000〓"
    wording = shipped_wording(LetterKind.REMINDER, WordingLanguage.JAPANESE)
    good, bad = (
        letter(LetterKind.REMINDER),
        letter(LetterKind.REMINDER, destination=replace(DESTINATION, name="\ue000田")),
    )
    assert make_letters([good, bad], wording, SENDER, "架空区").unprintable == (bad,)


def test_a_list_goes_on_over_pages_with_its_head() -> None:
    document = ListDocument(
        "対象者一覧", "令和8年度", ("氏名", "数"), [("架空", str(one)) for one in range(120)], numeric=(1,)
    )
    reader = PdfReader(BytesIO(make_list(document, town="架空区", footer="架空 花子 2026-11-23")))
    assert len(reader.pages) > 2
    for page in reader.pages:
        said = page.extract_text().replace(" ", "")
        assert "氏名" in said
        assert "架空花子" in said


#: Prints by how many megabytes a process grew while it made file after file, no two letters the same.
_GROWTH = """
from dataclasses import replace
from pathlib import Path
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import LetterKind, WordingLanguage
from tasuki.letters.wording import shipped_wording
from tests.unit.letters.test_rendering import DESTINATION, SENDER, letter

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 // 1024

def file(number):
    names = (f"架空 花子{number}-{place}" for place in range(400))
    letters = [letter(LetterKind.COUPON, destination=replace(DESTINATION, name=name)) for name in names]
    make_letters(letters, shipped_wording(LetterKind.COUPON, WordingLanguage.JAPANESE), SENDER, "架空区")

file(0)
before = resident()
for number in range(1, 6):
    file(number)
print(resident() - before)
"""


def test_file_after_file_takes_no_more_memory_than_one() -> None:
    made = subprocess.run(
        [sys.executable, "-c", _GROWTH], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    # What the typesetter remembers of so many letters is some 50 MB a file, and five were made after the first. How
    # much of what was freed goes back to the system differs by as much as one of them.
    assert int(made.stdout) < 100
