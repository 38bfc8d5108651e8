"""What the letters of invitations say of a person, in the language of the letter."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from tasuki.eligibility.catalogue import rule_book
from tasuki.eligibility.types import Rule
from tasuki.eligibility.wording import method_label
from tasuki.invitations.numbers import shown
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.letters.types import Coupon, Destination, Letter, WordingLanguage
from tasuki.shared.dates import era_year, in_era

_PROGRAMMES: Final = "$report_category_cs"


@dataclass(frozen=True, slots=True)
class _Words:
    head: tuple[str, str]
    coupon: str
    name: str
    valid_until: str
    programmes: str
    number: str
    times: str
    separator: str


_JA: Final = _Words(("検診", "受け方"), "検診受診券", "氏名", "有効期限", "検診", "番号", "{}回目", "、")
_WORDS: Final[Mapping[WordingLanguage, _Words]] = {
    WordingLanguage.JAPANESE: _JA,
    WordingLanguage.EASY_JAPANESE: _JA,
    WordingLanguage.ENGLISH: _Words(
        ("Screening", "How"), "Screening coupon", "Name", "Valid until", "For", "Number", "reminder no. {}", ", "
    ),
}


def language_of(language: WordingLanguage) -> Language:
    """Return in which of the two languages of labels a letter's labels are."""
    return Language.EN if language is WordingLanguage.ENGLISH else Language.JA


def programme_name(programme: Programme, language: Language) -> str:
    """Return the whole name of a programme's screening, as the national code table has it."""
    code = catalogue().table(_PROGRAMMES).codes[programme.value]
    return code.ja if language is Language.JA else code.en


def year_name(fiscal_year: int, language: Language) -> str:
    """Write a fiscal year: 令和8年度, or fiscal year 2026."""
    if language is Language.EN:
        return f"fiscal year {fiscal_year}"
    return f"{era_year(dt.date(fiscal_year, 5, 1))}度"


def day_name(day: dt.date, language: Language) -> str:
    """Write a day as letters do."""
    return f"{day.day} {day:%B %Y}" if language is Language.EN else in_era(day)


@cache
def _rules() -> Mapping[str, Rule]:
    return {rule.id: rule for rule in rule_book().rules}


def methods_name(methods: str, language: Language) -> str:
    """Write by which examinations a programme is open to a person; nothing where the list does not say."""
    known = [_rules()[one] for one in methods.split(",") if one in _rules()]
    return ("・" if language is Language.JA else ", ").join(method_label(rule, language) for rule in known)


def coupon_letter(
    *,
    person: str,
    destination: Destination,
    language: WordingLanguage,
    coupon: str,
    fiscal_year: int,
    offered: Sequence[tuple[Programme, str]],
    valid_until: dt.date,
    number: str,
    on: dt.date,
) -> Letter:
    """Return the letter that carries a coupon.

    :param offered: each programme with the examinations by which it is open.
    """
    words, labels = _WORDS[language], language_of(language)
    names = [programme_name(programme, labels) for programme, _ in offered]
    until = day_name(valid_until, labels)
    return Letter(
        destination=destination,
        person=person,
        number=number,
        on=on,
        values={"氏名": destination.name, "年度": year_name(fiscal_year, labels), "期限": until},
        head=words.head,
        rows=[(name, methods_name(methods, labels)) for name, (_, methods) in zip(names, offered, strict=True)],
        coupon=Coupon(
            coupon,
            f"{year_name(fiscal_year, labels)} {words.coupon}" if labels is Language.JA else words.coupon,
            (
                (words.name, destination.name),
                (words.number, shown(coupon)),
                (words.valid_until, until),
                (words.programmes, words.separator.join(names)),
            ),
        ),
        subject=coupon,
    )


def reminder_letter(
    *,
    person: str,
    destination: Destination,
    language: WordingLanguage,
    fiscal_year: int,
    programmes: Sequence[Programme],
    place: int,
    valid_until: dt.date,
    number: str,
    on: dt.date,
) -> Letter:
    """Return the letter that reminds somebody of what is still open."""
    words, labels = _WORDS[language], language_of(language)
    names = words.separator.join(programme_name(programme, labels) for programme in programmes)
    return Letter(
        destination=destination,
        person=person,
        number=number,
        on=on,
        values={
            "氏名": destination.name,
            "検診名": names,
            "年度": year_name(fiscal_year, labels),
            "期限": day_name(valid_until, labels),
            "回数": words.times.format(place),
        },
        subject=f"{fiscal_year}-{place}",
    )
