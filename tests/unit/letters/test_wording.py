"""What staff may write, and how values come into it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasuki.letters.errors import WordingError
from tasuki.letters.types import LetterKind, Wording, WordingLanguage
from tasuki.letters.wording import PARTS, Run, filled, line, placeholders_of, problems_with, shipped_wording

WORDING = shipped_wording(LetterKind.REMINDER, WordingLanguage.JAPANESE)


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", WordingLanguage)
def test_every_letter_is_shipped_in_every_language_and_asks_only_for_what_there_is(
    kind: LetterKind, language: WordingLanguage
) -> None:
    wording = shipped_wording(kind, language)
    assert problems_with(wording) == []
    values = {one.name: one.example for one in placeholders_of(kind)}
    for part in PARTS:
        filled(getattr(wording, part), values)


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("body", "", "文を入力"),
        ("title", "  ", "文を入力"),
        ("title", "あ" * 61, "60文字まで"),
        ("body", "{住所}へ", "{住所} という差し込みはありません"),
        ("body", "{氏名", "組にして"),
        ("body", "氏名}", "組にして"),
        ("notes", "**太い", "閉じられていません"),
        ("notes", "a\x07b", "制御文字"),
    ],
)
def test_what_cannot_be_printed_is_said_at_its_part(part: str, text: str, said: str) -> None:
    problems = problems_with(replace(WORDING, **{part: text}))
    assert [(one.part, said in one.message_ja) for one in problems] == [(part, True)]


def test_paragraphs_weights_and_values() -> None:
    found = filled("{氏名}さん\n\n**必ず{期限}まで**に", {"氏名": "架空 **花子**", "期限": "3月"})
    assert found == [
        [Run("架空 **花子**さん", False)],
        [Run("必ず3月まで", True), Run("に", False)],
    ]
    assert line("**{年度}** 受診券\n案内", {"年度": "令和8年度"}) == "令和8年度 受診券 案内"


def test_a_value_the_letter_lacks_is_named() -> None:
    with pytest.raises(WordingError, match="期限"):
        filled("{期限}まで", {})


@given(st.text(max_size=80), st.text(max_size=40))
def test_whatever_is_written_is_either_refused_or_printed(text: str, value: str) -> None:
    wording = Wording(LetterKind.REMINDER, WordingLanguage.JAPANESE, "題", text, "文", "")
    if not problems_with(wording):
        runs = [
            run
            for paragraph in filled(text, {one.name: value for one in placeholders_of(wording.kind)})
            for run in paragraph
        ]
        assert all(run.text for run in runs) or not value
