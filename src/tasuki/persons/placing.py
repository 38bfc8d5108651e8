"""Where a registration belongs (登録の振分け): to somebody known, to somebody new, or before somebody's eyes. Pure.

The rules read top to bottom; whatever they do not settle beyond doubt is a case.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tasuki.persons.gate import compare, verdict
from tasuki.persons.types import REGISTER
from tasuki.persons.types.cases import CaseKind
from tasuki.persons.types.items import Agreement, BasicItems, Item, Level, Verdict

_CLOSE = frozenset({Level.SAME, Level.VARIANT, Level.FORMER})
_FROM_BEST = (Verdict.AGREES, Verdict.DOUBT, Verdict.DIFFERS)


@dataclass(slots=True)
class Subject:
    """A person the index knows: what each system states of them, and which individual numbers they are held under."""

    person: str
    statements: list[tuple[str, BasicItems]] = field(default_factory=list)
    systems: set[str] = field(default_factory=set)
    hashes: set[bytes] = field(default_factory=set)
    former: list[BasicItems] = field(default_factory=list)

    @property
    def register_items(self) -> BasicItems | None:
        """What the register says of them, if it knows them."""
        return next((items for system, items in self.statements if system == REGISTER), None)

    @property
    def reference(self) -> BasicItems | None:
        """What others are held against: the register, or, for whom it does not know, the first system that does."""
        return self.register_items or next((items for _, items in self.statements), None)

    def agreement_with(self, items: BasicItems) -> Agreement | None:
        """Compare a statement with what is known of them; None where nothing is.

        Whom a merge left several statements of the register, the one that agrees best speaks for.
        """
        registered = [stated for system, stated in self.statements if system == REGISTER]
        references = registered or [stated for _, stated in self.statements[:1]]
        found = [compare(items, one, former=self.former) for one in references]
        return min(found, key=lambda one: _FROM_BEST.index(verdict(one))) if found else None


@dataclass(frozen=True, slots=True)
class Link:
    """The registration is of this person. `takes_number` puts the stated individual number into custody."""

    person: str
    takes_number: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """Nobody known could be meant: a number of their own."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody has to look. `needs_person` gives a number of their own meanwhile, without the individual number."""

    kind: CaseKind
    person: str | None = None
    other: str | None = None
    levels: Agreement | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """All is as it was."""


Placement = Link | New | Ask | Stand


@dataclass(frozen=True, slots=True)
class Known:
    """What the index knows that bears on one registration.

    `own` is whom the system's number stands for already; `holder` who holds the stated individual number; `household`
    the other members of the holder's household; `born` everybody known with the stated birth date; `candidates` whom
    matching finds alike, the likeliest first: it only ever makes somebody look.
    """

    system: str
    items: BasicItems
    number_hash: bytes | None
    own: Subject | None
    holder: Subject | None
    household: Sequence[Subject] = ()
    born: Sequence[Subject] = ()
    candidates: Sequence[Subject] = ()


def place(known: Known) -> Placement:
    """Say where a registration belongs."""
    if known.number_hash is None:
        return Stand() if known.own is not None else _place_by_items(known)
    if known.holder is not None:
        return _place_by_holder(known, known.holder)
    return _place_unknown_number(known)


def _place_by_holder(known: Known, holder: Subject) -> Placement:
    """The individual number is known: its holder must be the person that the items describe."""
    agreement = holder.agreement_with(known.items)
    standing = Verdict.DOUBT if agreement is None else verdict(agreement)
    if standing is Verdict.DIFFERS:
        member = _only_agreeing(known.household, known.items)
        if member is not None:
            return Ask(CaseKind.HOUSEHOLD_MEMBER, holder.person, member.person, agreement)
        meant = _only_agreeing(known.born, known.items)
        return Ask(CaseKind.ITEMS_DIFFER, holder.person, None if meant is None else meant.person, agreement)
    if standing is Verdict.DOUBT and (known.own is None or known.own.person != holder.person):
        return Ask(CaseKind.TOO_LITTLE_KNOWN, holder.person, None, agreement)
    if known.own is None:
        shares = known.system in holder.systems
        return Ask(CaseKind.SHARED_NUMBER, holder.person, None, agreement) if shares else Link(holder.person)
    if known.own.person == holder.person:
        return Stand()
    kind = CaseKind.NUMBER_CHANGED if known.own.hashes else CaseKind.SHARED_NUMBER
    return Ask(kind, known.own.person, holder.person, agreement)


def _place_unknown_number(known: Known) -> Placement:
    """Nobody holds the individual number: it is taken into custody only for whom the register describes alike."""
    if known.own is not None:
        agreement = known.own.agreement_with(known.items)
        if known.own.hashes:
            return Ask(CaseKind.NUMBER_CHANGED, known.own.person, None, agreement)
        return _take_if_register_agrees(known, known.own)
    alike = agreeing(known.born, known.items)
    if len(alike) > 1:
        return Ask(CaseKind.SAME_NAME, alike[0].person, alike[1].person, alike[0].agreement_with(known.items))
    if not alike:
        near = _near(known.born, known.items)
        other = near[0] if near else None
        return Ask(
            CaseKind.NOT_IN_REGISTER,
            None,
            None if other is None else other.person,
            None if other is None else other.agreement_with(known.items),
        )
    [found] = alike
    agreement = found.agreement_with(known.items)
    if found.hashes:
        return Ask(CaseKind.NUMBER_CHANGED, found.person, None, agreement)
    if known.system in found.systems:
        return Ask(CaseKind.SHARED_NUMBER, found.person, None, agreement)
    return _take_if_register_agrees(known, found)


def _take_if_register_agrees(known: Known, subject: Subject) -> Placement:
    registered = subject.register_items
    agreement = None if registered is None else compare(known.items, registered, former=subject.former)
    if agreement is None:
        return Ask(CaseKind.NOT_IN_REGISTER, subject.person, None, subject.agreement_with(known.items))
    standing = verdict(agreement)
    if standing is Verdict.AGREES:
        return Link(subject.person, takes_number=True)
    kind = CaseKind.ITEMS_DIFFER if standing is Verdict.DIFFERS else CaseKind.TOO_LITTLE_KNOWN
    return Ask(kind, subject.person, None, agreement)


def _place_by_items(known: Known) -> Placement:
    """No individual number: linked only where all items agree with one person and nobody else comes near."""
    weighed = [(one, found) for one in known.born if (found := one.agreement_with(known.items))]
    alike = [one for one, found in weighed if verdict(found) is Verdict.AGREES]
    near = [one for one, found in weighed if _is_near(found)]
    if len(alike) > 1 or (alike and near):
        other = (alike[1:] or near)[0]
        return Ask(CaseKind.SAME_NAME, alike[0].person, other.person, alike[0].agreement_with(known.items))
    if alike:
        [found] = alike
        agreement = found.agreement_with(known.items)
        if known.system in found.systems:
            return Ask(CaseKind.CANDIDATES, found.person, None, agreement)
        return Link(found.person)
    meant = [*known.candidates, *(one for one in near if all(one.person != other.person for other in known.candidates))]
    if meant:
        second = meant[1].person if len(meant) > 1 else None
        return Ask(CaseKind.CANDIDATES, meant[0].person, second, meant[0].agreement_with(known.items))
    return New()


def agreeing(subjects: Collection[Subject], items: BasicItems) -> list[Subject]:
    """Return whose items agree with a statement, as far as the gate demands."""
    return [one for one in subjects if (found := one.agreement_with(items)) and verdict(found) is Verdict.AGREES]


def _only_agreeing(subjects: Collection[Subject], items: BasicItems) -> Subject | None:
    """Return the one whose items agree; None where nobody's do, or several people's."""
    found = agreeing(subjects, items)
    return found[0] if len(found) == 1 else None


def _near(subjects: Collection[Subject], items: BasicItems) -> list[Subject]:
    """Return who could be meant all the same: born that day, with the name or the reading, and not the rest."""
    return [one for one in subjects if (found := one.agreement_with(items)) and _is_near(found)]


def _is_near(agreement: Agreement) -> bool:
    if verdict(agreement) is Verdict.AGREES or agreement.of(Item.BIRTH_DATE) is not Level.SAME:
        return False
    return agreement.of(Item.NAME) in _CLOSE or agreement.of(Item.KANA_NAME) in _CLOSE
