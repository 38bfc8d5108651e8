"""The checks a record must stand, and the cross-checks between its items that need no other record.

What each rule says, how grave it is and where it comes from stands in `data/rules.toml`; so do the rules of the
form "when this item has one of these codes, that item has one of those". The others have a function here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import Catalogue, catalogue
from tasuki.layouts.errors import LayoutError
from tasuki.layouts.reading import Entry, read_file
from tasuki.layouts.types import Item, Programme, RecordProblem, Severity

# Finds the item a rule objects to among the values of a record, or None.
Check = Callable[[Mapping[str, str]], Item | None]
_Build = Callable[[Mapping[str, Item]], Check]
#: Rules as the file has them, by id.
_Entries = tuple[tuple[str, Entry], ...]

MOST_TEETH: Final = 32
_FILE: Final = "rules.toml"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with its source and its wording; `{item}` in the wording stands for the item's label."""

    id: str
    severity: Severity
    source: str
    message_ja: str
    message_en: str
    remedy_ja: str
    remedy_en: str

    def problem(self, item: Item | None = None, *, code: str | None = None, **facts: int) -> RecordProblem:
        """Say that a record breaks this rule. Wording never holds a value: problems are shown in lists and logged."""
        label_ja, label_en = ("", "") if item is None else (item.label_ja, item.label_en)
        return RecordProblem(
            item=code if item is None else item.code,
            rule=self.id,
            severity=self.severity,
            message_ja=self.message_ja.format(item=label_ja, **facts),
            message_en=self.message_en.format(item=label_en, **facts),
            remedy_ja=self.remedy_ja,
            remedy_en=self.remedy_en,
        )


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A rule between items of one record, with the function that finds the item it objects to."""

    rule: Rule
    programme: Programme
    find: Check


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule of this release by its id."""
    return _rules(_shipped_entries())


@cache
def cross_checks(programme: Programme) -> tuple[CrossCheck, ...]:
    """Return the cross-checks of a programme, in the order of the file."""
    return _cross_checks(_shipped_entries(), catalogue(), programme)


def load_rules(folder: Traversable) -> Mapping[str, Rule]:
    """Read every rule in a folder of layouts.

    :raises LayoutDataError: naming the entry, when one is damaged.
    """
    return _rules(_entries(folder))


def _rules(entries: _Entries) -> Mapping[str, Rule]:
    return MappingProxyType({name: _read_rule(name, entry) for name, entry in entries})


def load_cross_checks(folder: Traversable, layouts: Catalogue, programme: Programme) -> tuple[CrossCheck, ...]:
    """Read the cross-checks of a programme and bind them to its items.

    :raises LayoutDataError: naming the entry, when one is damaged or has neither when/then nor a function.
    """
    return _cross_checks(_entries(folder), layouts, programme)


def _cross_checks(entries: _Entries, layouts: Catalogue, programme: Programme) -> tuple[CrossCheck, ...]:
    return tuple(
        CrossCheck(_read_rule(name, entry), programme, _build(name, entry, layouts, programme))
        for name, entry in entries
        if entry.optional_text("programme") == programme
    )


@cache
def _shipped_entries() -> _Entries:
    return _entries(files("tasuki.layouts").joinpath("data"))


def _entries(folder: Traversable) -> _Entries:
    return tuple(read_file(folder, _FILE).named_entries("rule"))


def _read_rule(name: str, entry: Entry) -> Rule:
    return Rule(
        id=name,
        severity=entry.member("severity", Severity),
        source=entry.text("source"),
        message_ja=entry.text("message_ja"),
        message_en=entry.text("message_en"),
        remedy_ja=entry.text("remedy_ja"),
        remedy_en=entry.text("remedy_en"),
    )


def _build(name: str, entry: Entry, layouts: Catalogue, programme: Programme) -> Check:
    if "when_item" in entry.values:
        return _when_then(entry, layouts, programme)
    if name not in _FUNCTIONS:
        raise entry.fault("has neither when/then nor a function")
    return _FUNCTIONS[name]({item.identifier: item for item in layouts.items_of(programme)})


def _when_then(entry: Entry, layouts: Catalogue, programme: Programme) -> Check:
    def condition(part: str) -> tuple[Item, frozenset[str]]:
        name = entry.text(f"{part}_item")
        try:
            item = layouts.item_named(programme, name)
        except LayoutError as error:
            raise entry.fault(str(error)) from error
        codes = frozenset(entry.texts(f"{part}_codes"))
        if item.table is None or not codes <= layouts.table(item.table).codes.keys():
            raise entry.fault(f"{part}_codes are not of the table of {item.identifier}")
        return item, codes

    when_item, when_codes = condition("when")
    then_item, then_codes = condition("then")
    when, then = when_item.code, then_item.code
    excuse, excuse_codes = "", frozenset[str]()
    if "unless_item" in entry.values:
        excuse_item, excuse_codes = condition("unless")
        excuse = excuse_item.code

    def find(items: Mapping[str, str]) -> Item | None:
        # An outcome that is missing is the business of the mandatory items, not of this rule.
        if items.get(when) not in when_codes or items.get(then, "") in then_codes or then not in items:
            return None
        return None if items.get(excuse) in excuse_codes else then_item

    return find


def _positive_without_triage(named: Mapping[str, Item]) -> Check:
    test, cytology = named["hpv_test_judgement"], named["cytology_judgement"]

    def find(items: Mapping[str, str]) -> Item | None:
        return cytology if items.get(test.code) == "2" and cytology.code not in items else None

    return find


def _maximum_of_six(kind: str) -> _Build:
    def build(named: Mapping[str, Item]) -> Check:
        maximum = named[f"{kind}_maximum"]
        sites = tuple(named[f"{kind}_{site}"].code for site in ("17_16", "11", "26_27", "47_46", "31", "36_37"))

        def find(items: Mapping[str, str]) -> Item | None:
            stated = items.get(maximum.code)
            found = [items[site] for site in sites if site in items]
            if stated is None or not found:
                return None
            # 9 (excluded) and X (no such tooth) are no measurements; they are the maximum only where nothing else is.
            graded = [value for value in found if value not in ("9", "X")]
            return None if stated in ([max(graded)] if graded else found) else maximum

        return find

    return build


def _present_teeth_sum(named: Mapping[str, Item]) -> Check:
    present = named["present_teeth"]
    parts = tuple(named[f"{part}_teeth"].code for part in ("sound", "untreated", "treated"))

    def find(items: Mapping[str, str]) -> Item | None:
        counts = [_count(items.get(code)) for code in (present.code, *parts)]
        known = [count for count in counts if count is not None]
        return present if len(known) == len(counts) and known[0] != sum(known[1:]) else None

    return find


def _tooth_count_limit(named: Mapping[str, Item]) -> Check:
    counts = tuple(item for item in named.values() if item.group.id == "tooth_counts")

    def find(items: Mapping[str, str]) -> Item | None:
        return next((item for item in counts if (_count(items.get(item.code)) or 0) > MOST_TEETH), None)

    return find


def _count(value: str | None) -> int | None:
    """Read a whole number; anything else is reported by the check of its form."""
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


_FUNCTIONS: Final[Mapping[str, _Build]] = MappingProxyType(
    {
        "hpv_positive_needs_triage": _positive_without_triage,
        "bleeding_maximum_of_six": _maximum_of_six("bleeding"),
        "pocket_maximum_of_six": _maximum_of_six("pocket"),
        "present_teeth_sum": _present_teeth_sum,
        "tooth_count_limit": _tooth_count_limit,
    }
)
