"""Records with the truth about who they are, to measure matching by: a register, and business systems beside it.

Everybody stands in the register, and nearly everybody in a business system that spells, forgets and mistakes as such
systems do. The shares are ours, of the order seen in practice; nobody's weights or thresholds are set by the labels.
"""

import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from random import Random

from tasuki.demo.generator.addresses import draw_address, spell_lot
from tasuki.demo.generator.households import HouseholdBuilder
from tasuki.demo.generator.names import NamePool, modern_spelling
from tasuki.demo.generator.people import FEMALE, NumberDealer, Person
from tasuki.demo.generator.towns import Town, load_towns
from tasuki.matching.types import PersonRecord
from tasuki.shared.dates import PartialDate
from tasuki.shared.names import fold_digits

FULL_PEOPLE = 205_000
"""People whose records number some 420,000."""

IN_BUSINESS_SYSTEM = 0.96
IN_SECOND_SYSTEM = 0.09
#: A stranger of the same name, reading, sex and birth date: one in so many. They are far rarer in life.
_NAMESAKES = 0.0004
_NAMESAKES_NEXT_DOOR = 0.1
_HASH_KEY = b"fictitious numbers only"
_LOT = re.compile(r"([〇一二三四五六]|[0-6])(?:丁目|-)(\d+)(?:番地|番|-)(\d+)号?")
_KANJI_DIGITS = "〇一二三四五六"
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニハヒフヘホマミムメモヤユヨラリルレロ"
_OTHER_KANJI = "和正明子美雄介太一二三代"


@dataclass(frozen=True, slots=True)
class LabelledRecord:
    """A record, and the person it truly is of."""

    record: PersonRecord
    person: int


@dataclass(slots=True)
class _Draft:
    """A record being written: a copy of the person, and what the system does not hold."""

    person: Person
    family: Sequence[Person]
    town: Town
    lacks: set[str] = field(default_factory=set)
    birth_precision: int = 3


def labelled_records(
    *, people: int = FULL_PEOPLE, seed: int = 1, has_wrong_births: bool = True
) -> Iterator[LabelledRecord]:
    """Yield the records of so many people, household by household; same number and seed, same records.

    :param has_wrong_births: whether business systems get birth dates wrong.
    """
    random = Random(seed)  # noqa: S311 - fictitious data, and must repeat
    mistakes = [one for one in _MISTAKES if has_wrong_births or one[1] is not _mistype_birth]
    for number, household in enumerate(_households(random, people)):
        town, members = household
        for person, label in members:
            yield LabelledRecord(_record(_Draft(person, (), town), f"R{label:07d}", f"{number:07d}"), label)
            for system in range(_systems(random)):
                draft = _Draft(copy(person), [one for one, _ in members if one is not person], town)
                for share, mistake in mistakes:
                    if random.random() < share:
                        mistake(draft, random)
                known_household = f"{number:07d}" if random.random() < 0.5 else None
                yield LabelledRecord(_record(draft, f"K{system}{label:07d}", known_household), label)


def _systems(random: Random) -> int:
    return (random.random() < IN_BUSINESS_SYSTEM) + (random.random() < IN_SECOND_SYSTEM)


def _households(random: Random, people: int) -> Iterator[tuple[Town, list[tuple[Person, int]]]]:
    towns, names, dealer = load_towns(), _names(), NumberDealer(random.randrange(1_000_000))
    builders = [
        HouseholdBuilder(town=town, towns=towns, names=names, dealer=dealer, random=random) for town in towns.populated
    ]
    label = 0
    while label < people:
        at = random.randrange(len(builders))
        town = towns.populated[at]
        household = builders[at].resident_household()[: people - label]
        yield town, [(person, label + place) for place, person in enumerate(household)]
        label += len(household)
        if label < people and random.random() < _NAMESAKES * len(household):
            yield town, [(_namesake(household[0], town, dealer, random), label)]
            label += 1


def _namesake(person: Person, town: Town, dealer: NumberDealer, random: Random) -> Person:
    """Make somebody else of the same name, reading, sex and birth date; sometimes in the next room."""
    other = copy(person)
    other.individual_number, other.resident_record_code = dealer.deal()
    if random.random() < _NAMESAKES_NEXT_DOOR:
        other.address = f"{person.address.split()[0]} 架空マンション 9{random.randrange(10, 99)}"
    else:
        other.postal_code, other.address = draw_address(random, town)
    return other


def _record(draft: _Draft, key: str, household_number: str | None) -> PersonRecord:
    person, lacks = draft.person, draft.lacks
    number_hash = hmac.digest(_HASH_KEY, person.individual_number.encode(), "sha256")[:16]
    parts = (person.born.year, person.born.month, person.born.day)
    return PersonRecord(
        key=key,
        name=person.name,
        kana=None if "kana" in lacks else person.kana,
        birth_date=PartialDate(*parts[: draft.birth_precision]),
        sex=None if "sex" in lacks else person.sex,
        address=None if "address" in lacks else person.address,
        postal_code=None if "address" in lacks else person.postal_code,
        household_number=household_number,
        number_hash=None if "number" in lacks else number_hash,
    )


def _write_half_width(draft: _Draft, _random: Random) -> None:
    draft.person.kana = draft.person.half_kana


def _write_modern_kanji(draft: _Draft, _random: Random) -> None:
    draft.person.name = modern_spelling(draft.person.name)


def _write_without_space(draft: _Draft, _random: Random) -> None:
    draft.person.name = "".join(draft.person.name.split())


def _write_long_vowel(draft: _Draft, _random: Random) -> None:
    draft.person.kana = re.sub("(?<=[オコソトノホモヨロョウクスツヌフムユルュ])ウ", "ー", draft.person.kana)


def _spell_address_anew(draft: _Draft, random: Random) -> None:
    def anew(found: re.Match[str]) -> str:
        block = _KANJI_DIGITS.find(found[1]) if found[1] in _KANJI_DIGITS else int(found[1])
        return spell_lot(random, block, int(found[2]), int(found[3]))

    draft.person.address = _LOT.sub(anew, fold_digits(draft.person.address).replace("－", "-"), count=1)


def _leave_building_out(draft: _Draft, _random: Random) -> None:
    draft.person.address = re.sub(
        r"(架空マンション|模擬ハイツ|例示コーポ|試作レジデンス|仮想荘|見本タワー|襷ハウス).*", "", draft.person.address
    )


def _move(draft: _Draft, random: Random) -> None:
    draft.person.postal_code, draft.person.address = draw_address(random, draft.town)


def _marry(draft: _Draft, random: Random) -> None:
    """Keep the name from before the marriage, and mostly the address too."""
    person = draft.person
    if person.sex != FEMALE or not 1975 <= person.born.year <= 2006 or "\u3000" not in person.name:
        return
    before = _names().surname(random, foreign=False)
    given, given_kana = person.name.split("\u3000")[1], person.kana.split("\u3000")[1]
    person.name, person.kana = f"{before.written}\u3000{given}", f"{before.kana}\u3000{given_kana}"
    person.half_kana = f"{before.half_kana} {person.half_kana.split(' ')[1]}"
    if random.random() < 0.8:
        _move(draft, random)


@cache
def _names() -> NamePool:
    return NamePool()


def _mistype_birth(draft: _Draft, random: Random) -> None:
    """Get one part of the date wrong, by a digit or altogether."""
    born, drawn = draft.person.born, random.random()
    if drawn < 0.4:
        draft.person.born = born.replace(day=1 + (born.day + random.randrange(1, 27)) % 28)
    elif drawn < 0.7:
        draft.person.born = date(born.year, 1 + (born.month + random.randrange(11)) % 12, min(born.day, 28))
    else:
        draft.person.born = date(born.year - random.choice((1, 2, 10)), born.month, min(born.day, 28))


def _forget_part_of_birth(draft: _Draft, random: Random) -> None:
    draft.birth_precision = 1 + (random.random() < 0.5)


def _mistype_kana(draft: _Draft, random: Random) -> None:
    """Get one full-width letter wrong; a reading in half width stays as it is."""
    kana = draft.person.kana
    places = [place for place, letter in enumerate(kana) if letter in _KATAKANA]
    if places:
        place = random.choice(places)
        draft.person.kana = kana[:place] + random.choice(_KATAKANA) + kana[place + 1 :]


def _mistype_name(draft: _Draft, random: Random) -> None:
    name = draft.person.name
    draft.person.name = name[:-1] + random.choice(_OTHER_KANJI)


def _mistype_address(draft: _Draft, random: Random) -> None:
    draft.person.address = re.sub(
        r"\d+", lambda found: str(int(found[0]) + random.randrange(1, 9)), draft.person.address, count=1
    )


def _take_number_of_family(draft: _Draft, random: Random) -> None:
    """Hold a family member's number, as happened when a family applied on one form."""
    if draft.family:
        draft.person.individual_number = random.choice(draft.family).individual_number


def _lacking(what: str) -> Callable[[_Draft, Random], None]:
    def lack(draft: _Draft, _random: Random) -> None:
        draft.lacks.add(what)

    return lack


#: Which share of a business system's records shows what, in the order in which it happens to a record.
_MISTAKES: tuple[tuple[float, Callable[[_Draft, Random], None]], ...] = (
    (0.03, _marry),
    (0.08, _move),
    (0.5, _write_modern_kanji),
    (0.03, _write_long_vowel),
    (0.4, _write_half_width),
    (0.017, _mistype_kana),
    (0.005, _mistype_name),
    (0.03, _write_without_space),
    (0.5, _spell_address_anew),
    (0.1, _leave_building_out),
    (0.004, _mistype_address),
    (0.007, _mistype_birth),
    (0.003, _forget_part_of_birth),
    (0.004, _take_number_of_family),
    (0.02, _lacking("sex")),
    (0.03, _lacking("kana")),
    (0.01, _lacking("address")),
    (0.25, _lacking("number")),
)
