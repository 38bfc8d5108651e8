"""What is wrong with a link (総点検の判定): what a system states, whom it is linked to, who else it may be of. Pure.

A difference in spelling, a move or a marriage that a system has not heard of is no wrong link. That somebody else is
described is one, however little differs.
"""

import datetime as dt
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tasuki.persons.gate import compare, folded_address, folded_kana, folded_name, verdict
from tasuki.persons.types.cases import CaseKind
from tasuki.persons.types.inspection import Cause, CauseRule, Finding
from tasuki.persons.types.items import Agreement, BasicItems, Item, Level, Verdict

_CLOSE: Final = frozenset({Level.SAME, Level.VARIANT})
_BY_NAME: Final = frozenset({Item.NAME, Item.KANA_NAME, Item.ADDRESS})

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody a statement may be of."""

    person: str
    items: BasicItems
    is_registered: bool = True


@dataclass(slots=True)
class Suspect:
    """A statement that does not simply agree with what is known of whom it is linked to.

    `known` is None where nothing is; `was_registered` says that the register numbered them and states nothing now.
    """

    system: str
    number: str
    person: str
    items: BasicItems
    known: BasicItems | None
    was_registered: bool = False
    former: list[BasicItems] = field(default_factory=list)

    @property
    def agreement(self) -> Agreement | None:
        """How far the statement agrees with what is and was known."""
        return None if self.known is None else compare(self.items, self.known, former=self.former)


@dataclass(frozen=True, slots=True)
class Rules:
    """What `data/inspection.toml` says."""

    causes: dict[Cause, CauseRule]
    sent_back_days: int
    most_share: float
    most_people: int
    decide_within: dt.timedelta

    def most_stopped(self, statements: int) -> float:
        """Say for how many people of a system with so many statements an inspection stops provision by itself."""
        return max(self.most_people, self.most_share * statements)


@cache
def rules() -> Rules:
    """Return the rules of the inspection."""
    content: dict[str, Any] = tomllib.loads(
        files("tasuki.persons").joinpath("data", "inspection.toml").read_text("utf-8")
    )
    causes = {
        cause: CauseRule(
            kind=CaseKind(entry["kind"]) if "kind" in entry else None,
            stops=entry["stops"],
        )
        for cause, entry in ((one, content["causes"][one.value]) for one in Cause)
    }
    most = content["most_stopped"]
    within = dt.timedelta(hours=most["decide_within_hours"])
    return Rules(causes, content["sent_back_days"], most["share"], most["people"], within)


def agrees_plainly(stated: BasicItems, known: BasicItems) -> bool:
    """Say whether nothing needs a second look: the items agree as they stand now.

    The usual case is decided without weighing it level by level; what that leaves open, the gate decides.
    """
    return _is_plainly_the_same(stated, known) or verdict(compare(stated, known)) is Verdict.AGREES


def _is_plainly_the_same(stated: BasicItems, known: BasicItems) -> bool:
    return (
        stated.birth_date == known.birth_date != ""
        and stated.sex == known.sex != ""
        and _is_spelled_alike(stated.name, known.name, folded_name)
        and _is_spelled_alike(stated.kana_name, known.kana_name, folded_kana)
        and _is_spelled_alike(stated.address, known.address, folded_address)
    )


def _is_spelled_alike(one: str, other: str, fold: Callable[[str], str]) -> bool:
    return bool(one.strip() and other.strip()) and (one == other or fold(one) == fold(other))


def keys_of(items: BasicItems) -> Iterator[Key]:
    """Give what a statement is looked up by: name or reading, with the birth date or the address."""
    name, kana = folded_name(items.name), folded_kana(items.kana_name)
    address = folded_address(items.address) if items.address else ""
    for kind, word in (("n", name), ("k", kana)):
        if word and items.birth_date:
            yield (kind, word, items.birth_date)
        if word and address:
            yield (kind, word, address)


class Lookup:
    """Finds whom statements may be of, among everybody; remembers only who shares a key with a suspect."""

    def __init__(self, suspects: Iterable[Suspect]) -> None:
        self._found: dict[Key, list[Held]] = {key: [] for one in suspects for key in keys_of(one.items)}
        self._words = {(kind, word) for kind, word, _ in self._found}

    def add(self, held: Held) -> None:
        """Remember somebody, if any suspect could be they."""
        items = held.items
        words = (("n", folded_name(items.name)), ("k", folded_kana(items.kana_name)))
        # Folding an address costs more than all the rest: only for whom a name speaks.
        if not any(word in self._words for word in words):
            return
        for key in keys_of(items):
            if key in self._found:
                self._found[key].append(held)

    def others(self, suspect: Suspect) -> list[Held]:
        """Return everybody but the linked person who shares a key with a statement."""
        found = {one.person: one for key in keys_of(suspect.items) for one in self._found.get(key, ())}
        found.pop(suspect.person, None)
        return [found[person] for person in sorted(found)]


def finding_about(suspect: Suspect, others: Sequence[Held]) -> Finding | None:
    """Say what is wrong with a link, if anything is."""
    agreement = suspect.agreement
    if agreement is None or suspect.known is None:
        return _about_unregistered(suspect, others)
    cause, other = _explained(suspect, suspect.known, agreement, [one for one in others if one.is_registered])
    return None if cause is None else _finding(suspect, cause, suspect.person, other, agreement)


def _finding(suspect: Suspect, cause: Cause, person: str, other: str | None, agreement: Agreement | None) -> Finding:
    levels = {} if agreement is None else agreement.stored
    return Finding(suspect.system, suspect.number, suspect.person, cause, person, other, levels)


def _about_unregistered(suspect: Suspect, others: Sequence[Held]) -> Finding:
    """Nobody of the register: perhaps somebody who has another number."""
    for one in others:
        agreement = compare(suspect.items, one.items)
        # Of two whom the register does not know, each would name the other: the first of them is asked about.
        if verdict(agreement) is Verdict.AGREES and (one.is_registered or one.person < suspect.person):
            return _finding(suspect, Cause.TWICE, one.person, suspect.person, agreement)
    cause = Cause.REGISTER_GONE if suspect.was_registered else Cause.UNREGISTERED
    return _finding(suspect, cause, suspect.person, None, None)


def _explained(
    suspect: Suspect, known: BasicItems, agreement: Agreement, others: Sequence[Held]
) -> tuple[Cause | None, str | None]:
    held = [(one, compare(suspect.items, one.items)) for one in others]
    standing = verdict(agreement)
    described = _first(held, lambda found: verdict(found) is Verdict.AGREES)
    if described is None and standing is Verdict.DIFFERS:
        described = _first(held, _describes)
    if described is not None:
        return _cause_of_other(agreement, known, described), described.person
    if standing is Verdict.AGREES:
        return _lag(agreement), None
    if standing is Verdict.DOUBT:
        # Whom it is linked to fits, and so may a namesake: nothing that is stated says which.
        fits_too = _first(held, _describes)
        return (Cause.TOO_LITTLE, None) if fits_too is None else (Cause.SAME_DAY, fits_too.person)
    kept = _first(held, _is_they_but_for_the_birth_date)
    if kept is not None and agreement.differing != (Item.BIRTH_DATE,):
        return Cause.KEPT_BIRTH, kept.person
    same_day = _first(held, lambda found: found.differing == (Item.ADDRESS,) and _has_name_and_day(found))
    if same_day is not None and agreement.differing == (Item.ADDRESS,):
        return Cause.SAME_DAY, same_day.person
    return _difference(suspect.items, known, agreement), None


def _first(held: Iterable[tuple[Held, Agreement]], wanted: Any) -> Held | None:
    return next((one for one, found in held if wanted(found)), None)


def _has_name_and_day(found: Agreement) -> bool:
    close = found.of(Item.NAME) in _CLOSE or found.of(Item.KANA_NAME) in _CLOSE
    return close and found.of(Item.BIRTH_DATE) is Level.SAME


def _describes(found: Agreement) -> bool:
    """Nothing differs, and name and birth date are known: the person, or as good as."""
    return not found.differing and _has_name_and_day(found)


def _is_they_but_for_the_birth_date(found: Agreement) -> bool:
    return found.differing == (Item.BIRTH_DATE,) and found.of(Item.NAME) in _CLOSE and found.of(Item.ADDRESS) in _CLOSE


def _cause_of_other(agreement: Agreement, known: BasicItems, other: Held) -> Cause:
    """Say how somebody else came to be taken for the linked person."""
    if known.household_number and known.household_number == other.items.household_number:
        return Cause.FAMILY_NUMBER
    if agreement.of(Item.NAME) in _CLOSE or agreement.of(Item.KANA_NAME) in _CLOSE:
        return Cause.FEWER_ITEMS if agreement.of(Item.BIRTH_DATE) is not Level.DIFFERENT else Cause.NAMESAKE
    if known.address and folded_address(known.address) == folded_address(other.items.address):
        return Cause.NEIGHBOUR
    return Cause.OTHER_PERSON


def _lag(agreement: Agreement) -> Cause | None:
    """What agrees only with what the register said before."""
    if Level.FORMER in (agreement.of(Item.NAME), agreement.of(Item.KANA_NAME)):
        return Cause.BEHIND_NAME
    return Cause.BEHIND_MOVE if agreement.of(Item.ADDRESS) is Level.FORMER else None


def _difference(stated: BasicItems, known: BasicItems, agreement: Agreement) -> Cause:
    """Tell a system that lags behind or misspells from a statement about somebody the index does not know."""
    differing = set(agreement.differing)
    if differing == {Item.ADDRESS}:
        return Cause.BEHIND_MOVE
    if differing == {Item.SEX}:
        return Cause.TYPO_SEX
    if differing == {Item.BIRTH_DATE} and agreement.of(Item.ADDRESS) is not Level.UNKNOWN:
        return Cause.TYPO_BIRTH
    if differing <= _BY_NAME and agreement.of(Item.BIRTH_DATE) is not Level.UNKNOWN:
        if Item.NAME not in differing and agreement.of(Item.NAME) is not Level.UNKNOWN:
            return Cause.READING
        if Item.KANA_NAME not in differing and agreement.of(Item.KANA_NAME) is not Level.UNKNOWN:
            return Cause.SPELLING
        if _has_given_name(stated, known):
            return Cause.BEHIND_NAME
    return Cause.SOMEBODY_ELSE


def _has_given_name(stated: BasicItems, known: BasicItems) -> bool:
    """Say whether the given name is the known person's, whatever the family name: names change by marriage."""
    for said, held, fold in ((stated.name, known.name, folded_name), (stated.kana_name, known.kana_name, folded_kana)):
        given = held.split()[1:]
        if given and fold(said).endswith(fold(given[-1])):
            return True
    return False


def with_swaps(findings: Collection[Finding]) -> list[Finding]:
    """Name those who stand for each other: each one's statement describes the other, in one system."""
    crossed = {(one.system, one.linked, one.other) for one in findings if one.other is not None}
    return [
        Finding(one.system, one.number, one.linked, Cause.SWAPPED, one.person, one.other, one.levels)
        if one.other is not None and _may_be_swapped(one) and (one.system, one.other, one.linked) in crossed
        else one
        for one in findings
    ]


def _may_be_swapped(one: Finding) -> bool:
    return rules().causes[one.cause].kind is CaseKind.LINKED_TO_OTHER
