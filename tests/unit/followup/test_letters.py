"""What letters of the follow-up say, to whom, and in whose language."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tasuki.followup import letters, wording
from tasuki.followup.types import Case, CaseState
from tasuki.layouts.outcomes import Verdict
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.letters.types import Destination, Letter, LetterKind, WordingLanguage
from tasuki.letters.wording import PARTS, filled, placeholders_of, shipped_wording
from tasuki.screening.queries.recipients import Recipient
from tasuki.screening.types import Person, Source, StoredResult

JA, EASY, EN = WordingLanguage.JAPANESE, WordingLanguage.EASY_JAPANESE, WordingLanguage.ENGLISH
AT = datetime(2026, 11, 23, tzinfo=UTC)
ON = date(2026, 11, 23)
RESULT = UUID(int=9)
PERSON = Person(
    "000104223", "77", "架空　綾乃", "カクウ　アヤノ", date(1984, 6, 2), "2", "000-0504", "架空区模擬町", None, "",
    None, "", None, None, None, AT, AT,
)  # fmt: skip
CASE = Case(
    RESULT, "000104223", Programme.LUNG, 2025, 1, "2025-07-24", None, "模擬町診療所", AT, CaseState.REMINDED, None,
    None, 1, ON, False, None, {"9P504000000000011": "2"},
)  # fmt: skip


def to(language: WordingLanguage) -> Recipient:
    return Recipient(PERSON, Destination(PERSON.name, PERSON.postal_code, PERSON.address), language)


def stored(**changed: object) -> StoredResult:
    values: dict[str, object] = {
        "programme": Programme.LUNG, "stage": Stage.PRIMARY, "fiscal_year": 2025, "sequence": 1,
        "examined_date": "2025-07-24", "age": 41, "encounter_type": "1", "facility_number": None,
        "facility_name": "模擬町診療所", "items": {"9P504000000000011": "2"},
    }  # fmt: skip
    record = ScreeningRecord(**(values | changed))  # type: ignore[arg-type]  # the tests name the fields they change
    return StoredResult(RESULT, "000104223", record, "", (), Source.OWN, "", None, None, 1, AT, "staff:1", None)


def made(kind: LetterKind, language: WordingLanguage) -> Letter:
    if kind is LetterKind.RESULT_NOTICE:
        return letters.result_notice(stored(), to(language), number="1", on=ON)
    if kind is LetterKind.REFERRAL:
        return letters.referral(CASE, to(language), number="1", on=ON)
    return letters.detail_reminder(CASE, to(language), number="1", on=ON, deadline=date(2027, 1, 31))


@pytest.mark.parametrize("language", WordingLanguage)
@pytest.mark.parametrize("kind", [LetterKind.RESULT_NOTICE, LetterKind.REFERRAL, LetterKind.DETAIL_REMINDER])
def test_a_letter_has_every_value_its_words_may_ask_for(kind: LetterKind, language: WordingLanguage) -> None:
    letter = made(kind, language)
    assert {one.name for one in placeholders_of(kind)} <= set(letter.values)
    assert all(letter.values.values())
    words = shipped_wording(kind, language)
    assert all(filled(getattr(words, part), letter.values) for part in PARTS)
    assert (letter.person, letter.subject) == ("000104223", str(RESULT))


def test_the_doctor_reads_japanese_whatever_the_person_reads() -> None:
    assert made(LetterKind.REFERRAL, EN).values == made(LetterKind.REFERRAL, JA).values
    assert made(LetterKind.REFERRAL, EN).slip == made(LetterKind.REFERRAL, JA).slip
    assert made(LetterKind.RESULT_NOTICE, EN).values["検診名"] == "Lung cancer screening"


def test_a_slip_offers_only_suitable_examinations_and_every_result() -> None:
    slip = made(LetterKind.DETAIL_REMINDER, JA).slip
    assert slip is not None
    lines = dict(slip.lines)
    assert {"胸部CT", "気管支鏡"} <= set(lines["検査の方法"])
    assert "胸部エックス線の再検査だけ" not in lines["検査の方法"]
    assert len(lines["結果"]) >= 5


def test_a_reminder_says_which_it_is_and_by_when() -> None:
    assert [made(LetterKind.DETAIL_REMINDER, language).values["回数"] for language in (JA, EASY, EN)] == [
        "2回目", "2回目（かいめ）", "reminder no. 2",
    ]  # fmt: skip
    assert made(LetterKind.DETAIL_REMINDER, JA).values["期限"] == "令和9年1月31日"
    assert made(LetterKind.DETAIL_REMINDER, EN).values["期限"] == "31 January 2027"


@pytest.mark.parametrize(
    ("examined", "ja", "easy", "en"),
    [
        ("2025-07-24", "令和7年7月24日", "2025年（ねん）7月（がつ）24日（にち）", "24 July 2025"),
        ("2025-07", "令和7年7月", "2025年（ねん）7月", "July 2025"),
        ("2025", "令和7年", "2025年（ねん）", "2025"),
        (None, "（受診日不明）", "（日（ひ）は わかりません）", "date unknown"),
    ],
)
def test_a_day_is_written_no_more_precisely_than_it_is_known(examined: str | None, ja: str, easy: str, en: str) -> None:
    assert [wording.examined_name(examined, language) for language in (JA, EASY, EN)] == [ja, easy, en]


def test_whoever_was_examined_in_detail_already_is_not_asked_to_go() -> None:
    both = stored(stage=Stage.BOTH, items={"9P504000000000011": "2", "9P507000000000011": "1"}).record
    assert wording.verdict_to_tell(both) is Verdict.DETAIL_DONE
    assert wording.verdict_to_tell(both._replace(items={"9P504000000000011": "2"})) is Verdict.DETAIL_NEEDED
    assert wording.verdict_to_tell(both._replace(items={"9P504000000000011": "1"})) is Verdict.FINE


@pytest.mark.parametrize("language", WordingLanguage)
def test_every_programme_and_verdict_has_its_words(language: WordingLanguage) -> None:
    assert len({wording.programme_name(one, language) for one in Programme}) == len(Programme)
    assert len({wording.verdict_word(one, language) for one in Verdict}) == len(Verdict)
