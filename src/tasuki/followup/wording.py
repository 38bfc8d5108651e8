"""What letters say of a screening, in the three languages letters are worded in."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.outcomes import Verdict, detailed_item, primary_verdict
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.letters.types import WordingLanguage
from tasuki.shared.dates import PartialDate, era_year, in_era

_JA, _EASY, _EN = WordingLanguage.JAPANESE, WordingLanguage.EASY_JAPANESE, WordingLanguage.ENGLISH
_EASY_PROGRAMMES: Final[Mapping[Programme, str]] = {
    Programme.LUNG: "肺（はい）がん検診（けんしん）",
    Programme.BREAST: "乳（にゅう）がん検診（けんしん）",
    Programme.STOMACH: "胃（い）がん検診（けんしん）",
    Programme.CERVIX: "子宮頸（しきゅうけい）がん検診（けんしん）",
    Programme.COLORECTAL: "大腸（だいちょう）がん検診（けんしん）",
    Programme.HEPATITIS: "肝炎（かんえん）の検診（けんしん）",
    Programme.OSTEOPOROSIS: "骨（ほね）の検診（けんしん）",
    Programme.PERIODONTAL: "歯（は）ぐきの検診（けんしん）",
}
_VERDICTS: Final[Mapping[Verdict, Mapping[WordingLanguage, str]]] = {
    Verdict.FINE: {
        _JA: "精密検査不要",
        _EASY: "精密検査不要（せいみつけんさふよう）",
        _EN: "no detailed examination needed",
    },
    Verdict.ADVICE: {_JA: "要指導", _EASY: "要指導（ようしどう）", _EN: "advice needed"},
    Verdict.DETAIL_NEEDED: {
        _JA: "要精密検査",
        _EASY: "要精密検査（ようせいみつけんさ）",
        _EN: "detailed examination needed",
    },
    Verdict.DETAIL_DONE: {
        _JA: "精密検査まで済み",
        _EASY: "精密検査（せいみつけんさ）も 終（お）わりました",
        _EN: "detailed examination done",
    },
    Verdict.UNJUDGED: {
        _JA: "判定できませんでした。もう一度検査が必要です",
        _EASY: "わかりませんでした。もう一度（いちど） 検査（けんさ）を 受（う）けて ください",
        _EN: "could not be judged; please be tested again",
    },
    Verdict.TAKEN: {_JA: "受診済み", _EASY: "受（う）けました", _EN: "taken"},
}
_UNKNOWN_DAY: Final = {_JA: "（受診日不明）", _EASY: "（日（ひ）は わかりません）", _EN: "date unknown"}
_UNKNOWN_PLACE: Final = {_JA: "（実施機関不明）", _EASY: "（わかりません）", _EN: "(place unknown)"}
#: Heads of the table of a result notice.
HEADS: Final[Mapping[WordingLanguage, tuple[str, ...]]] = {
    _JA: ("検診", "受診日", "実施機関", "判定"),
    _EASY: ("検診（けんしん）", "受（う）けた日（ひ）", "場所（ばしょ）", "結果（けっか）"),
    _EN: ("Screening", "Date", "Place", "Result"),
}


def programme_name(programme: Programme, language: WordingLanguage) -> str:
    """Return what letters call a programme."""
    if language is _EASY:
        return _EASY_PROGRAMMES[programme]
    code = catalogue().table("$report_category_cs").codes[programme.value]
    return code.en if language is _EN else code.ja


def verdict_word(verdict: Verdict, language: WordingLanguage) -> str:
    """Return what letters say a screening came to."""
    return _VERDICTS[verdict][language]


def verdict_to_tell(record: ScreeningRecord) -> Verdict:
    """Return what the person is told: who was examined in detail already is not asked to go."""
    verdict = primary_verdict(record.programme, record.items)
    is_done = record.stage is Stage.BOTH and detailed_item(record.programme).item.code in record.items
    return Verdict.DETAIL_DONE if is_done and verdict is Verdict.DETAIL_NEEDED else verdict


def year_name(fiscal_year: int, language: WordingLanguage) -> str:
    """Return how letters name a fiscal year."""
    if language is _EN:
        return f"fiscal year {fiscal_year}"
    era = f"{era_year(date(fiscal_year, 4, 1))}度"
    return era if language is _JA else f"{era}（ねんど）"


def day_name(day: date, language: WordingLanguage) -> str:
    """Return how letters write a day."""
    if language is _EN:
        return f"{day.day} {day:%B %Y}"
    return in_era(day) if language is _JA else f"{day.year}年（ねん）{day.month}月（がつ）{day.day}日（にち）"


def examined_name(examined: str | None, language: WordingLanguage) -> str:
    """Return the day of a screening as precisely as it is known."""
    if not examined:
        return _UNKNOWN_DAY[language]
    found = PartialDate.from_iso(examined)
    exact = found.exact()
    if exact is not None:
        return day_name(exact, language)
    first = found.earliest()
    if language is _EN:
        return f"{first:%B %Y}" if found.month else str(found.year)
    month = f"{found.month}月" if found.month else ""
    return f"{era_year(first)}{month}" if language is _JA else f"{found.year}年（ねん）{month}"


def place_name(facility_name: str | None, language: WordingLanguage) -> str:
    """Return where a screening was; names of institutions stay as they are."""
    return facility_name or _UNKNOWN_PLACE[language]


def reminder_name(number: int, language: WordingLanguage) -> str:
    """Return which reminder this is."""
    words = {_JA: f"{number}回目", _EASY: f"{number}回目（かいめ）", _EN: f"reminder no. {number}"}
    return words[language]
