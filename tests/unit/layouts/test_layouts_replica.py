"""Replicas are written in the official shape, read back whole, and hostile ones are refused by rule and element."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.layouts.layout_records import (
    ON,
    allowed_items,
    coded,
    every_version,
    newest,
    record_of,
    records,
)

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.errors import ReplicaError
from tasuki.layouts.replica import not_screened, parse, serialise
from tasuki.layouts.types import AbsentReason, Programme, ReplicaContent, ScreeningRecord, Section, Stage

COLORECTAL = newest(catalogue().data_set("TM00000000000098"))


def written(record: ScreeningRecord | None = None) -> bytes:
    return serialise(record or record_of(Programme.COLORECTAL), layout_version=COLORECTAL, updated_on=ON)


def test_a_replica_has_the_official_shape() -> None:
    items = coded(Programme.COLORECTAL, {"occult_blood_judgement": "1"})
    need = catalogue().item_named(Programme.COLORECTAL, "detailed_examination_need").code
    record = record_of(Programme.COLORECTAL, items=items, absent={need: AbsentReason.NOT_MEASURED}, age=None)
    assert written(record).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<TM00000000000098 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" Version="1">'
        '<X_RECORD Version="1" TimeAndDateOfUpdate="2026-03-01">'
        '<X_FISCAL_YEAR Version="1">2025</X_FISCAL_YEAR><X_SEQUENCE Version="1">1</X_SEQUENCE>'
        '<X_TAKEN Version="1">1</X_TAKEN><X_EXAMINED_DATE Version="1">2025-06-12</X_EXAMINED_DATE>'
        '<X_FACILITY_NAME Version="1">架空検診センター</X_FACILITY_NAME>'
        '<X_AGE Version="1" ReasonOfNull="03" xsi:nil="true"/>'
        '<X_ENCOUNTER_TYPE Version="1">1</X_ENCOUNTER_TYPE>'
        '<X_1B040000001599811 Version="1">1</X_1B040000001599811>'
        f'<X_{need} Version="1" ReasonOfNull="02" xsi:nil="true"/>'
        "</X_RECORD></TM00000000000098>"
    )


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_reading_gives_back_what_may_travel(data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(every_version()))
    record = data.draw(records(version))
    content = parse(serialise(record, layout_version=version, updated_on=ON))
    listed = {item.code for item in allowed_items(version)}
    assert content.items == {code: value for code, value in record.items.items() if code in listed}
    assert content.absent == {code: reason for code, reason in record.absent.items() if code in listed}
    header = {entry.item.identifier for entry in catalogue().allowed(version) if entry.item.section is Section.HEADER}
    for name in ("fiscal_year", "sequence", "examined_date", "age", "encounter_type", "facility_name"):
        assert getattr(content, name) == (getattr(record, name) if name in header else None)
    assert (content.data_set, content.layout_version, content.updated_on) == (version.data_set, version.number, ON)
    assert content.taken


def test_a_record_of_both_stages_is_written_once_for_each_data_set() -> None:
    items = coded(Programme.OSTEOPOROSIS, {"overall_judgement": "3", "detailed_result": "2"})
    record = record_of(Programme.OSTEOPOROSIS, Stage.BOTH, items=items)
    primary, detailed = (
        parse(serialise(record, layout_version=newest(data_set), updated_on=ON)).items
        for data_set in catalogue().data_sets_for(Programme.OSTEOPOROSIS, Stage.BOTH)
    )
    assert (list(primary.values()), list(detailed.values())) == (["3"], ["2"])


@pytest.mark.parametrize(
    "record",
    [record_of(Programme.LUNG), record_of(Programme.COLORECTAL, Stage.DETAILED)],
    ids=["other programme", "other stage"],
)
def test_a_record_of_another_data_set_is_refused(record: ScreeningRecord) -> None:
    with pytest.raises(ReplicaError, match="wrong_data_set: TM00000000000098"):
        written(record)


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_characters_xml_cannot_hold_are_refused_by_name(character: str) -> None:
    with pytest.raises(ReplicaError, match=f"illegal_character: X_FACILITY_NAME: U\\+{ord(character):04X}"):
        written(record_of(Programme.COLORECTAL, facility_name=f"架空{character}医院"))


WRONG_HEADERS = [
    ({"examined_date": "2025-02-30"}, "not_a_date: X_EXAMINED_DATE"),
    ({"age": -1}, "not_a_number: X_AGE"),
    ({"fiscal_year": 20255}, "not_a_number: X_FISCAL_YEAR"),
    ({"encounter_type": "3"}, "unknown_code: X_ENCOUNTER_TYPE"),
    ({"facility_name": ""}, "wrong_length: X_FACILITY_NAME"),
    ({"facility_name": "架" * 51}, "wrong_length: X_FACILITY_NAME"),
]


@pytest.mark.parametrize(("header", "message"), WRONG_HEADERS)
def test_a_header_no_layout_allows_is_refused(header: dict[str, Any], message: str) -> None:
    with pytest.raises(ReplicaError, match=message):
        written(record_of(Programme.COLORECTAL, **header))


def edit(old: bytes, new: bytes) -> Callable[[], bytes]:
    def edited() -> bytes:
        xml = written()
        assert old in xml
        return xml.replace(old, new, 1)

    return edited


PROLOGUE = b'<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
AGE = b'<X_AGE Version="1">52</X_AGE>'
HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("DTD entity", edit(PROLOGUE, PROLOGUE + b'<!DOCTYPE x [<!ENTITY e "52">]>'), "forbidden_markup: document"),
    ("billion laughs", edit(PROLOGUE, PROLOGUE + LAUGHS), "forbidden_markup: document"),
    ("external entity", edit(PROLOGUE, PROLOGUE + EXTERNAL), "forbidden_markup: document"),
    ("external DTD", edit(PROLOGUE, PROLOGUE + b'<!DOCTYPE x SYSTEM "http://x/">'), "forbidden_markup: document"),
    ("undefined entity", edit(b">52<", b">&e;<"), "not_well_formed: document"),
    ("CDATA", edit(b">52<", b"><![CDATA[52]]><"), "forbidden_markup: document"),
    ("comment", edit(b">52<", b">5<!-- -->2<"), "forbidden_markup: document"),
    ("instruction", edit(AGE, b"<?php x?>" + AGE), "forbidden_markup: document"),
    ("deep nesting", edit(b">52<", b">" + b"<a>" * 2000 + b"</a>" * 2000 + b"<"), "not_well_formed: document"),
    ("nesting in a leaf", edit(b">52<", b"><b>52</b><"), "unknown_element: b"),
    ("wrong root", lambda: PROLOGUE + b'<html Version="1"/>', "unknown_data_set: html"),
    ("root of no attributes", lambda: PROLOGUE + b"<html/>", "wrong_attributes: html"),
    ("truncated", lambda: written()[:-5], "not_well_formed: document"),
    ("cut in a character", lambda: written()[: written().index("架".encode()) + 1], "not_well_formed: document"),
    ("empty", lambda: b"", "not_utf8_xml: document"),
    ("UTF-16", lambda: written().decode().encode("utf-16"), "not_utf8_xml: document"),
    ("UTF-16 named in the prologue", edit(b"UTF-8", b"UTF-16"), "not_utf8_xml: document"),
    ("byte order mark", lambda: b"\xef\xbb\xbf" + written(), "not_utf8_xml: document"),
    ("CP932 bytes", lambda: written().decode().encode("cp932"), "not_well_formed: document"),
    ("too large", lambda: written() + b" " * 70_000, "too_large: document"),
    ("two roots", lambda: written() + b"<a/>", "not_well_formed: document"),
    ("unknown element", edit(AGE, b'<X_SMOKING Version="1">1</X_SMOKING>'), "unknown_element: X_SMOKING"),
    ("institution number", edit(AGE, AGE.replace(b"AGE", b"FACILITY_NUMBER")), "unknown_element: X_FACILITY_NUMBER"),
    (
        "questionnaire",
        edit(AGE, b'<X_9P580000000000011 Version="1">1</X_9P580000000000011>'),
        "unknown_element: X_9P58",
    ),
    ("element of a namespace", edit(AGE, AGE.replace(b" ", b' xmlns="urn:x" ', 1)), r"unknown_element: \{urn:x\}X_AGE"),
    ("duplicate", edit(AGE, AGE + AGE), "duplicate_element: X_AGE"),
    ("missing", edit(AGE, b""), "missing_element: X_AGE"),
    ("no key", edit(b'<X_TAKEN Version="1">1</X_TAKEN>', b""), "missing_element: X_TAKEN"),
    ("unknown version", lambda: written().replace(b'Version="1"', b'Version="9"'), "wrong_version: TM00000000000098"),
    ("version of a leaf", edit(AGE, AGE.replace(b'"1"', b'"2"')), "wrong_version: X_AGE"),
    ("version of the group", edit(b'X_RECORD Version="1"', b'X_RECORD Version="2"'), "wrong_version: X_RECORD"),
    ("no version", edit(AGE, b"<X_AGE>52</X_AGE>"), "wrong_attributes: X_AGE"),
    ("other attribute", edit(AGE, b'<X_AGE Version="1" a="1">52</X_AGE>'), "wrong_attributes: X_AGE"),
    ("null without reason", edit(AGE, b'<X_AGE Version="1" xsi:nil="true"/>'), "wrong_attributes: X_AGE"),
    ("unknown reason", edit(AGE, b'<X_AGE Version="1" ReasonOfNull="99" xsi:nil="true"/>'), "wrong_null: X_AGE"),
    ("null with a value", edit(AGE, b'<X_AGE Version="1" ReasonOfNull="03" xsi:nil="true">1</X_AGE>'), "wrong_null"),
    ("nil that is false", edit(AGE, b'<X_AGE Version="1" ReasonOfNull="03" xsi:nil="false"/>'), "wrong_null: X_AGE"),
    ("decimal age", edit(b">52<", b">5.2<"), "not_a_number: X_AGE"),
    ("age in words", edit(b">52<", b">old<"), "not_a_number: X_AGE"),
    ("code of no table", edit(b'0011 Version="1">1<', b'0011 Version="1">7<'), "unknown_code: X_9P582000000000011"),
    ("date that does not exist", edit(b"2025-06-12", b"2025-06-31"), "not_a_date: X_EXAMINED_DATE"),
    ("update without a day", edit(b"2026-03-01", b"2026-03"), "not_a_date: X_RECORD"),
    ("text between leaves", edit(AGE, b"smokes" + AGE), "text_between_elements: X_RECORD"),
    ("text beside the group", edit(b"</X_RECORD>", b"</X_RECORD>smokes"), "text_between_elements: TM00000000000098"),
    ("two groups", edit(b"</X_RECORD>", b"</X_RECORD><X_RECORD/>"), "wrong_group: X_RECORD"),
    ("no group", lambda: PROLOGUE + b'<TM00000000000098 Version="1"/>', "wrong_group: X_RECORD"),
]


@pytest.mark.parametrize(("attack", "message"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_xml_is_refused_by_rule_and_element(attack: Callable[[], bytes], message: str) -> None:
    with pytest.raises(ReplicaError, match=message) as raised:
        parse(attack())
    assert raised.value.rule in str(raised.value)
    assert "smokes" not in str(raised.value)


def test_the_name_of_a_hostile_element_is_cut() -> None:
    with pytest.raises(ReplicaError) as raised:
        parse(edit(AGE, b"<" + b"a" * 5000 + b"/>")())
    assert len(raised.value.element) == 64


def test_not_taken_with_content_is_refused() -> None:
    xml = not_screened(layout_version=COLORECTAL, fiscal_year=2025, sequence=1, updated_on=ON)
    with pytest.raises(ReplicaError, match="content_without_screening: X_AGE"):
        parse(xml.replace(b"</X_RECORD>", AGE + b"</X_RECORD>"))


def test_not_taken_needs_a_key_that_can_be_written() -> None:
    with pytest.raises(ReplicaError, match="not_a_number: X_SEQUENCE"):
        not_screened(layout_version=COLORECTAL, fiscal_year=2025, sequence=-1, updated_on=ON)


@given(xml=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: PROLOGUE + text.encode()))
@settings(max_examples=150, deadline=None)
def test_any_bytes_at_all_are_read_or_refused(xml: bytes) -> None:
    with pytest.raises(ReplicaError):
        parse(xml)


@given(position=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_one_altered_byte_is_refused_or_read_as_a_whole_replica(position: int, byte: int) -> None:
    xml = bytearray(written())
    xml[position % len(xml)] = byte
    content = read_or_refuse(bytes(xml))
    assert content is None or (content.data_set, content.layout_version) == (COLORECTAL.data_set, COLORECTAL.number)


def read_or_refuse(xml: bytes) -> ReplicaContent | None:
    try:
        return parse(xml)
    except ReplicaError:
        return None
