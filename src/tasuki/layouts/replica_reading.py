"""Reading a replica that came from outside: nothing in it is believed before it has been checked.

Entities, external references and document types are refused before the parser sees them; the parser has them off as
well. What is left must be exactly one layout version: known elements, once each, with values their items may hold.
"""

import re
from collections.abc import Iterable
from datetime import date
from types import MappingProxyType
from typing import Final

from lxml import etree

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.errors import LayoutError, ReplicaError
from tasuki.layouts.replica_plan import LARGEST_REPLICA, NOT_TAKEN, XSI, Leaf, Plan, plan_of
from tasuki.layouts.types import REASON_OF_NULL, AbsentReason, ReplicaContent, Section

_PROLOGUE: Final = re.compile(rb'<\?xml version="1\.0" encoding="[Uu][Tt][Ff]-8"(?: standalone="yes")? ?\?>')
_NIL: Final = f"{{{XSI}}}nil"
_REASONS: Final = MappingProxyType({code: reason for reason, code in REASON_OF_NULL.items()})
_LONGEST_NAME: Final = 64
_KEY: Final = frozenset({"fiscal_year", "sequence", "taken"})

# What one leaf says: a value, or the reason for having none.
_Said = dict[str, str | AbsentReason]


def parse(xml: bytes) -> ReplicaContent:
    """Read a replica.

    :raises ReplicaError: naming the rule and the element, when it is not exactly one known layout version.
    """
    root = _parse_tree(xml)
    plan, number = _plan_for(root)
    group = _only_group(root, plan)
    _check_attributes(group, {"Version", "TimeAndDateOfUpdate"}, number)
    said = _read_leaves(group, plan, number)
    return _content(plan, number, _updated_on(group), said)


def _parse_tree(xml: bytes) -> etree._Element:
    if len(xml) > LARGEST_REPLICA:
        raise ReplicaError("too_large", "document", f"more than {LARGEST_REPLICA} bytes")
    # Another encoding, or a byte order mark, would let markup past the next two checks.
    prologue = _PROLOGUE.match(xml)
    if prologue is None:
        raise ReplicaError("not_utf8_xml", "document", "does not begin as XML 1.0 in UTF-8 without a byte order mark")
    # Escaped text holds no "<", so these are document types, entities, comments, CDATA or instructions.
    if b"<!" in xml or b"<?" in xml[prologue.end() :]:
        raise ReplicaError("forbidden_markup", "document", "has a declaration, comment, CDATA or instruction")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        # The parser's own message may quote the content, so it is chained but not repeated.
        line, column = error.position
        raise ReplicaError("not_well_formed", "document", f"line {line}, column {column}") from error


def _plan_for(root: etree._Element) -> tuple[Plan, str]:
    _check_attributes(root, {"Version"}, None)
    number = root.get("Version", "")
    try:
        data_set = catalogue().data_set(_name(root))
    except LayoutError as error:
        raise ReplicaError("unknown_data_set", _name(root), "the root is no data set") from error
    try:
        return plan_of(catalogue().layout_version(data_set.code, number)), number
    except LayoutError as error:
        raise ReplicaError("wrong_version", data_set.code, "the layout version is unknown") from error


def _only_group(root: etree._Element, plan: Plan) -> etree._Element:
    _check_no_text_between(root)
    groups = list(root)
    if len(groups) != 1 or _name(groups[0]) != plan.group:
        raise ReplicaError("wrong_group", plan.group, "the data set holds exactly one such group")
    return groups[0]


def _updated_on(group: etree._Element) -> date:
    text = group.get("TimeAndDateOfUpdate", "")
    days = days_meant(text)
    if days is None or days[0] != days[1]:
        raise ReplicaError("not_a_date", _name(group), "TimeAndDateOfUpdate is not a day")
    return days[0]


def _read_leaves(group: etree._Element, plan: Plan, number: str) -> _Said:
    _check_no_text_between(group)
    said: _Said = {}
    for element in group:
        leaf = plan.by_element.get(_name(element))
        if leaf is None:
            raise ReplicaError("unknown_element", _name(element), f"is not of {plan.data_set} version {number}")
        if leaf.item.code in said:
            raise ReplicaError("duplicate_element", _name(element), "stands twice")
        said[leaf.item.code] = _read_leaf(element, leaf, number)
    return said


def _read_leaf(element: etree._Element, leaf: Leaf, number: str) -> str | AbsentReason:
    if len(element):
        raise ReplicaError("unknown_element", _name(element[0]), f"stands inside {_name(element)}")
    value = element.text or ""
    if _NIL in element.attrib or "ReasonOfNull" in element.attrib:
        _check_attributes(element, {"Version", "ReasonOfNull", _NIL}, number)
        reason = _REASONS.get(element.get("ReasonOfNull", ""))
        if reason is None or element.get(_NIL) != "true" or value:
            raise ReplicaError("wrong_null", _name(element), "a missing value needs a known reason and no content")
        return reason
    _check_attributes(element, {"Version"}, number)
    fault = leaf.fault_of(value)
    if fault is not None:
        raise ReplicaError(fault, _name(element), "the item may not hold this value")
    return value


def _content(plan: Plan, number: str, updated_on: date, said: _Said) -> ReplicaContent:
    header: dict[str, str | None] = {}
    for identifier, leaf in plan.header.items():
        value = said.get(leaf.item.code)
        header[identifier] = value if type(value) is str else None
        if identifier in _KEY and header[identifier] is None:
            raise ReplicaError("missing_element", leaf.item.element, "every replica says this")
    taken = header["taken"] != NOT_TAKEN
    _check_extent(plan, said, taken=taken)
    items, absent = {}, {}
    for code in plan.items:
        match said.get(code):
            case AbsentReason() as reason:
                absent[code] = reason
            case str() as value:
                items[code] = value
    return ReplicaContent(
        data_set=plan.data_set,
        layout_version=number,
        updated_on=updated_on,
        taken=taken,
        fiscal_year=_whole(plan, "fiscal_year", header),
        sequence=_whole(plan, "sequence", header),
        examined_date=header.get("examined_date"),
        age=None if header.get("age") is None else _whole(plan, "age", header),
        encounter_type=header.get("encounter_type"),
        facility_name=header.get("facility_name"),
        items=MappingProxyType(items),
        absent=MappingProxyType(absent),
    )


def _check_extent(plan: Plan, said: _Said, *, taken: bool) -> None:
    """Hold what is said against whether the screening was taken: if not, the key is all there is."""
    for leaf in plan.by_element.values():
        in_key = leaf.item.identifier in _KEY
        if not taken and not in_key and leaf.item.code in said:
            raise ReplicaError("content_without_screening", leaf.item.element, "the screening was not taken")
        if taken and leaf.item.section is Section.HEADER and leaf.item.code not in said:
            raise ReplicaError("missing_element", leaf.item.element, "every screening that was taken says this")


def _whole(plan: Plan, identifier: str, header: dict[str, str | None]) -> int:
    value = header[identifier] or ""
    if not value.isdigit():
        raise ReplicaError("not_a_number", plan.header[identifier].item.element, "is not a whole number")
    return int(value)


def _name(element: etree._Element) -> str:
    """Return the name of an element, cut: a hostile one could be as long as the document, and errors are logged."""
    return str(element.tag)[:_LONGEST_NAME]


def _check_attributes(element: etree._Element, wanted: set[str], number: str | None) -> None:
    if set(element.attrib) != wanted:
        raise ReplicaError("wrong_attributes", _name(element), "has other attributes than the layout gives it")
    if number is not None and element.get("Version") != number:
        raise ReplicaError("wrong_version", _name(element), "is of another layout version than its data set")


def _check_no_text_between(element: etree._Element) -> None:
    texts: Iterable[str | None] = [element.text, *(child.tail for child in element)]
    if any(text is not None and text.strip() for text in texts):
        raise ReplicaError("text_between_elements", _name(element), "holds text beside its elements")
