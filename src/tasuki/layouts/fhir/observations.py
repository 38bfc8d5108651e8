"""Reads the observations of a document: one for each item, alone or in a group, with a value or why there is none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.fhir.names import ItemCoding, names
from tasuki.layouts.fhir.nodes import Findings, Node, day_of
from tasuki.layouts.types import AbsentReason, Item, ItemType, Programme

Target = Callable[[Node, str], Node | None]

_FINAL: Final = frozenset({"final", "amended", "corrected"})
_VALUE: Final = "value"
_REMARKS: Final = ("component", "note", "bodySite")
_DEEPEST_GROUP: Final = 3


@dataclass(slots=True)
class ReadItems:
    """The items of a document, and the paths of the observations that were looked at."""

    items: dict[str, str] = field(default_factory=dict)
    absent: dict[str, AbsentReason] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)

    @property
    def seen(self) -> frozenset[str]:
        """The paths of the observations that were looked at."""
        return frozenset(self.looked_at)


def read_observations(
    programme: Programme | None, observations: Iterable[Node], found: Findings, patient: Node | None, target: Target
) -> ReadItems:
    """Read observations and the members of their groups, each once however often it is referred to."""
    read = ReadItems()
    for one in observations:
        _read(one, programme, found, patient, target, read, 0)
    return read


def _read(
    one: Node,
    programme: Programme | None,
    found: Findings,
    patient: Node | None,
    target: Target,
    read: ReadItems,
    depth: int,
) -> None:
    if one.path in read.looked_at:
        return
    read.looked_at.add(one.path)
    coding = _coding(one, programme)
    if coding is not None:
        _read_item(one, coding, found, patient, target, read)
    elif not one.has("hasMember") and programme is not None:
        codings = one.codings("code")
        one.note("fhir_unknown_item", "code", codings[0].text("code") if codings else "")
    if not one.has("hasMember"):
        return
    if depth >= _DEEPEST_GROUP:
        one.note("fhir_too_deep", "hasMember", fact=_DEEPEST_GROUP)
        return
    for reference in one.objects("hasMember"):
        member = target(reference, "Observation")
        if member is not None:
            _read(member, programme, found, patient, target, read, depth + 1)


def _coding(one: Node, programme: Programme | None) -> ItemCoding | None:
    """Return the item of this programme an observation is about, if it is."""
    systems = names().systems
    for coding in one.codings("code"):
        known = names().items.get(coding.text("code"))
        if known is None or known.item.programme is not programme:
            continue
        system = systems["item" if known.system == systems["item"].value else "own_item"]
        if system.is_meant_by(coding.text("system")):
            return known
    return None


def _read_item(
    one: Node, coding: ItemCoding, found: Findings, patient: Node | None, target: Target, read: ReadItems
) -> None:
    item = coding.item
    found.item = item.code
    if item.code in read.codes:
        one.note("fhir_item_twice", "code", item.code)
    read.codes.add(item.code)
    one.check_modifiers()
    _check_subject(one, patient, target)
    _read_said(one, coding, found, read)
    if item.code in found.unreadable:
        read.items.pop(item.code, None)
        read.absent.pop(item.code, None)
    found.item = None


def _read_said(one: Node, coding: ItemCoding, found: Findings, read: ReadItems) -> None:
    """Read the value of an observation, or why there is none."""
    for name in _REMARKS:
        if one.has(name):
            one.note("fhir_remark_left", name)
    code, values = coding.item.code, [name for name in one.value if name.startswith(_VALUE) and one.has(name)]
    reason = _reason(one)
    status = one.text("status")
    # A test that was planned and not done is called cancelled; then there must be a reason and no value.
    if status not in _FINAL and not (status == "cancelled" and reason is not None):
        one.note("fhir_entered_in_error", "status", status)
    if len(values) + one.has("dataAbsentReason") > 1:
        one.note("fhir_two_values", values[0])
    elif values:
        read.items[code] = _value(one, values[0], coding)
        if not read.items[code] and code not in found.unreadable:
            one.note("fhir_no_value", values[0])
    elif reason is not None:
        read.absent[code] = reason
    elif not one.has("dataAbsentReason"):
        one.note("fhir_no_value")


def _check_subject(one: Node, patient: Node | None, target: Target) -> None:
    subject = one.object("subject")
    if subject is None or patient is None:
        return
    meant = target(subject, "Patient")
    if meant is not None and meant.path != patient.path:
        one.note("fhir_other_person", "subject")


def _reason(one: Node) -> AbsentReason | None:
    if not one.has("dataAbsentReason"):
        return None
    codes = [
        coding.text("code")
        for coding in one.codings("dataAbsentReason")
        if coding.text("system") == names().systems["absent"].value
    ]
    reason = names().reason(codes[0]) if codes else None
    if reason is None:
        one.note("fhir_unknown_absence", "dataAbsentReason", codes[0] if codes else "")
    return reason


def _value(one: Node, name: str, coding: ItemCoding) -> str:
    """Return the value of an observation as the layouts write it; nothing, with a note, where it is of another kind."""
    match coding.item.type, name:
        case ItemType.CODE, "valueCodeableConcept":
            return _code(one, coding)
        case ItemType.NUMBER, "valueQuantity":
            return _quantity(one, coding.item)
        case ItemType.NUMBER, "valueInteger":
            return one.number(name)
        case (ItemType.DATE, "valueDateTime"):
            return day_of(one, name)
        case ItemType.TEXT, "valueString":
            return one.text(name)
        case ItemType.TEXT, "valueDateTime":
            return day_of(one, name)
        case ItemType.TEXT, "valueCodeableConcept":
            concept = one.object(name)
            return "" if concept is None else concept.text("text")
    one.note("fhir_wrong_type", name, fact=f"value{coding.value_type}")
    return ""


def _code(one: Node, coding: ItemCoding) -> str:
    codings = one.codings("valueCodeableConcept")
    own = [each.text("code") for each in codings if each.text("system") == coding.value_system]
    if len(set(own)) > 1:
        one.note("fhir_two_values", "valueCodeableConcept")
    elif codings and not own:
        one.note("fhir_unknown_system", "valueCodeableConcept", codings[0].text("system"))
    return own[0] if own else ""


def _quantity(one: Node, item: Item) -> str:
    quantity = one.object("valueQuantity")
    if quantity is None:
        return ""
    if quantity.has("comparator"):
        quantity.note("fhir_comparator", "comparator", quantity.text("comparator"))
    # A unit may be left out; where it stands, it must be the one the layouts give the item.
    written = quantity.text("code") or quantity.text("unit")
    shown = catalogue().units.get(item.unit or "", ())
    if written and written != item.unit and written not in shown:
        quantity.note("fhir_wrong_unit", "code", written)
    return quantity.number("value")
