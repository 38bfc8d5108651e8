"""The gate (登録時の本人確認): whether what a system says of a person agrees with what the register says. Pure.

Spelling must not hide that two statements are about one person, and must not make them so: a folded equality is a level
of its own, shown to whoever decides.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from tasuki.persons.types import PlacedFault, RegistrationFault
from tasuki.persons.types.items import Agreement, BasicItems, Item, Level, Registration, Verdict
from tasuki.shared.dates import PartialDate, age_in_law
from tasuki.shared.environments import Environment, may_hold_person
from tasuki.shared.identifiers import is_individual_number
from tasuki.shared.names import fold_address, fold_kana, fold_name

_REMEMBERED: Final = 200_000
_TEXTS: Final = ("name", "kana_name", "address", "postal_code", "household_number")
#: Control characters, halves of characters, and whatever is longer than any name or address.
_NO_TEXT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|^.{301}")
#: Digits in most systems; some have letters in them.
_SYSTEM_PERSON_NUMBER: Final = re.compile(r"[0-9A-Za-z]{1,15}")


@dataclass(frozen=True, slots=True)
class Rules:
    """What `data/gate.toml` says."""

    required: tuple[Item, ...]
    required_without_sex: tuple[Item, ...]
    must_not_differ: tuple[Item, ...]
    placeholder_numbers: frozenset[str]
    placeholder_names: frozenset[str]
    placeholder_births: frozenset[str]
    doubtful_births: frozenset[str]
    oldest: int


@cache
def rules() -> Rules:
    """Return the rules of the gate."""
    content: Mapping[str, Any] = tomllib.loads(files("tasuki.persons").joinpath("data", "gate.toml").read_text("utf-8"))
    agreement, placeholders = content["agreement"], content["placeholders"]
    repeated = {digit * 12 for digit in "0123456789"} if placeholders["repeated_digits"] else set()
    return Rules(
        required=_items(agreement["required"]),
        required_without_sex=_items(agreement["required_without_sex"]),
        must_not_differ=_items(agreement["must_not_differ"]),
        placeholder_numbers=frozenset(repeated | set(placeholders["sequences"])),
        placeholder_names=frozenset(folded_name(name) for name in placeholders["names"]),
        placeholder_births=frozenset(placeholders["birth_dates"]),
        doubtful_births=frozenset(placeholders["doubtful_birth_dates"]),
        oldest=content["age"]["oldest"],
    )


def _items(names: Collection[str]) -> tuple[Item, ...]:
    return tuple(Item(name) for name in names)


# Names, readings and addresses repeat, and folding one costs more than comparing two.
folded_name = lru_cache(_REMEMBERED)(fold_name)
folded_kana = lru_cache(_REMEMBERED)(fold_kana)
folded_address = lru_cache(_REMEMBERED)(fold_address)


def is_usable_number(individual_number: str) -> bool:
    """Say whether an individual number is one, and none that is written where there is none."""
    return individual_number not in rules().placeholder_numbers and is_individual_number(individual_number)


def faults_in_number(system_person_number: str) -> list[PlacedFault]:
    """Return what is wrong with a system's own number of a person."""
    if _SYSTEM_PERSON_NUMBER.fullmatch(system_person_number) is not None:
        return []
    return [PlacedFault(RegistrationFault.BAD_NUMBER, "system_person_number")]


def faults_of(one: Registration, on: dt.date, environment: Environment) -> list[PlacedFault]:
    """Return everything that is wrong with a registration by itself, and whether it belongs where it is kept."""
    found = faults_in_number(one.system_person_number)
    if one.individual_number is not None and one.individual_number == one.system_person_number:
        # A column copied into the other: it would stand in clear wherever a system's own number does.
        found = [PlacedFault(RegistrationFault.BAD_NUMBER, "system_person_number")]
    wrong = [*found, *faults_in(one.individual_number, one.items, on)]
    number = one.individual_number or ""
    if not wrong and not may_hold_person(environment, individual_number=number, name=one.items.name):
        return [PlacedFault(RegistrationFault.OTHER_ENVIRONMENT, "individual_number" if number else "name")]
    return wrong


def faults_in(registration_number: str | None, items: BasicItems, on: dt.date) -> list[PlacedFault]:
    """Return what is wrong with a registration by itself, whoever it is about; nothing of it may go in then."""
    found: list[PlacedFault] = []
    if registration_number is not None:
        if registration_number in rules().placeholder_numbers:
            found.append(PlacedFault(RegistrationFault.PLACEHOLDER_NUMBER, "individual_number"))
        elif not is_individual_number(registration_number):
            found.append(PlacedFault(RegistrationFault.INVALID_NUMBER, "individual_number"))
    if not items.name.strip():
        found.append(PlacedFault(RegistrationFault.NO_NAME, "name"))
    elif folded_name(items.name) in rules().placeholder_names:
        found.append(PlacedFault(RegistrationFault.PLACEHOLDER_NAME, "name"))
    if items.sex not in ("", "1", "2"):
        found.append(PlacedFault(RegistrationFault.BAD_SEX, "sex"))
    found += [PlacedFault(RegistrationFault.BAD_TEXT, name) for name in _TEXTS if _NO_TEXT.search(getattr(items, name))]
    return [*found, *_faults_in_birth_date(items.birth_date, on)]


def _faults_in_birth_date(birth_date: str, on: dt.date) -> list[PlacedFault]:
    if not birth_date:
        return []
    if birth_date in rules().placeholder_births - rules().doubtful_births:
        return [PlacedFault(RegistrationFault.PLACEHOLDER_BIRTH_DATE, "birth_date")]
    try:
        stated = PartialDate.from_iso(birth_date)
    except ValueError:
        return [PlacedFault(RegistrationFault.BAD_BIRTH_DATE, "birth_date")]
    if stated.earliest() > on:
        return [PlacedFault(RegistrationFault.BIRTH_IN_FUTURE, "birth_date")]
    born = stated.exact()
    if born is None:
        return []
    if age_in_law(born, on) > rules().oldest:
        return [PlacedFault(RegistrationFault.IMPLAUSIBLE_BIRTH_DATE, "birth_date")]
    return []


def compare(one: BasicItems, other: BasicItems, *, former: Collection[BasicItems] = ()) -> Agreement:
    """Compare two statements item by item.

    :param former: what the register said of the other person before: a former name or address counts as such.
    """
    levels = {
        Item.NAME: _spelled(one.name, other.name, folded_name),
        Item.KANA_NAME: _spelled(one.kana_name, other.kana_name, folded_kana),
        Item.BIRTH_DATE: _dated(one.birth_date, other.birth_date),
        Item.SEX: _equal(one.sex, other.sex),
        Item.ADDRESS: _spelled(one.address, other.address, folded_address),
    }
    for item in (Item.NAME, Item.KANA_NAME, Item.ADDRESS):
        if levels[item] is Level.DIFFERENT and _was_said(item, one, former):
            levels[item] = Level.FORMER
    return Agreement(tuple(levels.items()))


_FOLDS: Final = {Item.NAME: folded_name, Item.KANA_NAME: folded_kana, Item.ADDRESS: folded_address}


def _was_said(item: Item, one: BasicItems, former: Collection[BasicItems]) -> bool:
    fold, said = _FOLDS[item], str(getattr(one, item))
    return any(fold(str(getattr(before, item))) == fold(said) for before in former if getattr(before, item))


def _equal(one: str, other: str) -> Level:
    if not one or not other:
        return Level.UNKNOWN
    return Level.SAME if one == other else Level.DIFFERENT


def _dated(one: str, other: str) -> Level:
    """Compare birth dates: one that is known in part agrees with every day it leaves open, and proves none."""
    if len(one) == len(other):
        return _equal(one, other)
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return Level.UNKNOWN
    return Level.UNKNOWN if longer.startswith(shorter) else Level.DIFFERENT


def _spelled(one: str, other: str, fold: Any) -> Level:
    if not one.strip() or not other.strip():
        return Level.UNKNOWN
    if one == other:
        return Level.SAME
    return Level.VARIANT if fold(one) == fold(other) else Level.DIFFERENT


def verdict(agreement: Agreement) -> Verdict:
    """Say what an agreement is worth: all four items, or three and the reading where the sex is not held."""
    if any(agreement.of(item) is Level.DIFFERENT for item in (*rules().required, *rules().must_not_differ)):
        return Verdict.DIFFERS
    knows_sex = agreement.of(Item.SEX) is not Level.UNKNOWN
    required = rules().required if knows_sex else rules().required_without_sex
    known = all(agreement.of(item) is not Level.UNKNOWN for item in required)
    return Verdict.AGREES if known else Verdict.DOUBT
