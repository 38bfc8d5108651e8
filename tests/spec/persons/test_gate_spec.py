"""The gate: how far two statements agree, what that is worth, and what is wrong with one by itself."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasuki.persons.gate import compare, faults_in, verdict
from tasuki.persons.types import RegistrationFault
from tasuki.persons.types.items import BasicItems, Item, Level, Verdict

REGISTER = BasicItems("高崎　邦夫", "タカサキ　クニオ", "1984-06-02", "1", "架空区模擬町二丁目1番2号")
ON = date(2026, 11, 23)

# What another system says instead, the levels that differ from SAME, and what the whole is worth.
AGREEMENTS = [
    ("to the letter", {}, {}, Verdict.AGREES),
    ("old kanji form", {"name": "髙﨑　邦夫"}, {Item.NAME: Level.VARIANT}, Verdict.AGREES),
    ("no space in the name", {"name": "高崎邦夫"}, {Item.NAME: Level.VARIANT}, Verdict.AGREES),
    ("half-width reading", {"kana_name": "ﾀｶｻｷ ｸﾆｵ"}, {Item.KANA_NAME: Level.VARIANT}, Verdict.AGREES),
    ("address in short", {"address": "架空区模擬町2-1-2"}, {Item.ADDRESS: Level.VARIANT}, Verdict.AGREES),
    ("another given name", {"name": "高崎　邦男"}, {Item.NAME: Level.DIFFERENT}, Verdict.DIFFERS),
    ("another reading", {"kana_name": "タカザキ　クニオ"}, {Item.KANA_NAME: Level.DIFFERENT}, Verdict.DIFFERS),
    ("another day of birth", {"birth_date": "1984-06-03"}, {Item.BIRTH_DATE: Level.DIFFERENT}, Verdict.DIFFERS),
    ("month of birth only", {"birth_date": "1984-06"}, {Item.BIRTH_DATE: Level.UNKNOWN}, Verdict.DOUBT),
    ("another month of birth", {"birth_date": "1984-07"}, {Item.BIRTH_DATE: Level.DIFFERENT}, Verdict.DIFFERS),
    ("the other sex", {"sex": "2"}, {Item.SEX: Level.DIFFERENT}, Verdict.DIFFERS),
    ("sex not held", {"sex": ""}, {Item.SEX: Level.UNKNOWN}, Verdict.AGREES),
    (
        "neither sex nor reading",
        {"sex": "", "kana_name": ""},
        {Item.SEX: Level.UNKNOWN, Item.KANA_NAME: Level.UNKNOWN},
        Verdict.DOUBT,
    ),
    ("no address", {"address": ""}, {Item.ADDRESS: Level.UNKNOWN}, Verdict.DOUBT),
    ("another address", {"address": "架空区模擬町2-1-3"}, {Item.ADDRESS: Level.DIFFERENT}, Verdict.DIFFERS),
    ("room added", {"address": "架空区模擬町2-1-2模擬荘201"}, {Item.ADDRESS: Level.DIFFERENT}, Verdict.DIFFERS),
]


@pytest.mark.parametrize(("name", "said", "levels", "worth"), AGREEMENTS, ids=[row[0] for row in AGREEMENTS])
def test_what_agrees(name: str, said: dict[str, str], levels: dict[Item, Level], worth: Verdict) -> None:
    agreement = compare(replace(REGISTER, **said), REGISTER)
    assert dict(agreement.levels) == {**dict.fromkeys(Item, Level.SAME), **levels}
    assert verdict(agreement) is worth


def test_what_the_register_said_before_counts_as_such() -> None:
    moved = replace(REGISTER, address="架空区例示町1-1", name="例示　邦夫")
    known = compare(REGISTER, moved, former=[REGISTER])
    assert (known.of(Item.ADDRESS), known.of(Item.NAME), verdict(known)) == (Level.FORMER, Level.FORMER, Verdict.AGREES)
    assert verdict(compare(REGISTER, moved)) is Verdict.DIFFERS
    stranger = replace(REGISTER, address="架空区例示町9-9")
    assert verdict(compare(stranger, moved, former=[REGISTER])) is Verdict.DIFFERS


FAULTS = [
    ("sound", "999951519640", {}, None),
    ("no number", None, {}, None),
    ("mistyped number", "999951519641", {}, RegistrationFault.INVALID_NUMBER),
    ("full-width number", "９９９９５１５１９６４０", {}, RegistrationFault.INVALID_NUMBER),
    ("number of zeros", "000000000000", {}, RegistrationFault.PLACEHOLDER_NUMBER),
    ("number of a row of keys", "123456789012", {}, RegistrationFault.PLACEHOLDER_NUMBER),
    ("no name", None, {"name": "　"}, RegistrationFault.NO_NAME),
    ("name not known", None, {"name": "氏名　不詳"}, RegistrationFault.PLACEHOLDER_NAME),
    ("name of a test", None, {"name": "テスト"}, RegistrationFault.PLACEHOLDER_NAME),
    ("born tomorrow", None, {"birth_date": "2026-11-24"}, RegistrationFault.BIRTH_IN_FUTURE),
    ("born today", None, {"birth_date": "2026-11-23"}, None),
    ("first day of Meiji", None, {"birth_date": "1868-01-25"}, RegistrationFault.PLACEHOLDER_BIRTH_DATE),
    ("first day of clocks: possible", None, {"birth_date": "1970-01-01"}, None),
    ("120 years old", None, {"birth_date": "1906-11-23"}, None),
    ("121 years old", None, {"birth_date": "1905-11-01"}, RegistrationFault.IMPLAUSIBLE_BIRTH_DATE),
    ("third sex code", None, {"sex": "3"}, RegistrationFault.BAD_SEX),
]


@pytest.mark.parametrize(("name", "number", "said", "fault"), FAULTS, ids=[row[0] for row in FAULTS])
def test_what_is_wrong_by_itself(
    name: str, number: str | None, said: dict[str, str], fault: RegistrationFault | None
) -> None:
    found = faults_in(number, replace(REGISTER, **said), ON)
    assert [one.fault for one in found] == ([] if fault is None else [fault])


words = st.text(alphabet="髙高﨑崎邦夫一二丁目番号1-2 　ｱア", max_size=6)
statements = st.builds(
    BasicItems, words, words, st.sampled_from(["", "1984", "1984-06", "1984-06-02", "1985-01-01"]),
    st.sampled_from(["", "1", "2"]), words,
)  # fmt: skip


@given(statements, statements)
def test_agreement_is_the_same_from_either_side(one: BasicItems, other: BasicItems) -> None:
    assert compare(one, other) == compare(other, one)
    assert verdict(compare(one, one)) is not Verdict.DIFFERS
