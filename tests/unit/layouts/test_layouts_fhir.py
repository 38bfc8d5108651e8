"""FHIR documents are written so that they are read back equal, and hold against the models of R4B."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.layouts.fhir_documents import CDA, SUBJECT, TOWN, bundle, document, whole_records
from tests.unit.layouts.layout_records import coded, record_of

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.fhir import Attachment, ReadDocument, Subject, read_bundle
from tasuki.layouts.fhir.names import fhir_rules, names
from tasuki.layouts.types import AbsentReason, Programme, Severity, Stage

GOLDEN = Path("tests/golden/fhir")
XRAY = "9P502000000000011"
KINDS = [(programme, stage) for programme in Programme for stage in Stage]


def changed(change: Callable[[dict[str, Any]], object], **with_: Any) -> ReadDocument:
    """Read a right document after something in it was changed."""
    parsed = json.loads(bundle(**with_))
    change(parsed)
    return read_bundle(json.dumps(parsed).encode(), TOWN)


def resource(parsed: dict[str, Any], kind: str, number: int = 0) -> Any:
    found = [entry["resource"] for entry in parsed["entry"] if entry["resource"]["resourceType"] == kind]
    return found[number]


def rules_of(read: ReadDocument) -> set[str]:
    return {problem.rule for problem in read.problems}


@pytest.mark.parametrize(("programme", "stage"), KINDS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_record_is_read_back_as_it_was_written(programme: Programme, stage: Stage, data: st.DataObject) -> None:
    record = data.draw(whole_records(programme, stage))
    read = read_bundle(bundle(record, attachments=(CDA,)), TOWN)
    assert read.problems == ()
    assert read.record() == record
    assert read.record() is not None
    assert (read.items, read.absent) == (record.items, record.absent)
    assert (read.subject, read.attachments) == (SUBJECT, (CDA,))
    assert read.values["fee_class"] == "架空区負担"


@pytest.mark.parametrize(("programme", "stage"), KINDS)
@settings(max_examples=2, deadline=None)
@given(data=st.data())
def test_what_is_written_holds_against_the_models(programme: Programme, stage: Stage, data: st.DataObject) -> None:
    record = data.draw(whole_records(programme, stage))
    parsed = Bundle.model_validate_json(bundle(record, attachments=(CDA,)))
    assert parsed.type == "document"
    assert parsed.entry is not None
    assert type(parsed.entry[0].resource).__name__ == "Composition"


def test_the_models_do_refuse() -> None:
    """The models must be able to fail, or the test before proves nothing."""
    parsed = json.loads(bundle())
    resource(parsed, "Observation")["status"] = ["final"]
    with pytest.raises(ValueError, match="status"):
        Bundle.model_validate(parsed)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000])
def test_attachments_are_kept_byte_for_byte(size: int) -> None:
    kept = Attachment("application/pdf", "", "", bytes(range(256)) * 4 + b"\0" * size)
    assert read_bundle(bundle(attachments=(kept,)), TOWN).attachments == (kept,)


def test_the_digits_of_a_number_stay() -> None:
    items = coded(Programme.OSTEOPOROSIS, {"dxa_bone_density": "0.850"})
    written = bundle(record_of(Programme.OSTEOPOROSIS, items=items))
    assert b'"value":0.850' in written
    assert read_bundle(written, TOWN).items == items


def test_zeros_in_front_of_a_number_go() -> None:
    items = coded(Programme.LUNG, {"smoking_index": "0400"})
    assert read_bundle(bundle(record_of(Programme.LUNG, items=items)), TOWN).items == {"9N737000000000012": "400"}


def test_the_number_of_another_town_is_not_taken_for_ours() -> None:
    read = read_bundle(bundle(), "999902")
    assert read.subject.person_number == ""
    assert read.subject.name == SUBJECT.name


def test_what_is_not_known_of_a_person_stays_open() -> None:
    read = read_bundle(bundle(subject=Subject()), TOWN)
    assert (read.subject, read.problems) == (Subject(), ())


@pytest.mark.parametrize("reason", list(AbsentReason))
def test_every_reason_of_absence_has_its_code(reason: AbsentReason) -> None:
    read = read_bundle(bundle(record_of(Programme.LUNG, items={}, absent={XRAY: reason})), TOWN)
    assert read.absent == {XRAY: reason}


def test_other_names_of_the_item_system_are_read() -> None:
    def rename(parsed: dict[str, Any]) -> None:
        resource(parsed, "Observation")["code"]["coding"][0]["system"] = "urn:oid:1.2.392.200119.4.504"

    assert changed(rename).problems == ()


def _set(kind: str, **elements: Any) -> Callable[[dict[str, Any]], object]:
    return lambda parsed: resource(parsed, kind).update(elements)


def _second_patient(parsed: dict[str, Any]) -> None:
    parsed["entry"].append({"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient"}})


def _other_person(parsed: dict[str, Any]) -> None:
    _second_patient(parsed)
    resource(parsed, "Observation")["subject"]["reference"] = "urn:uuid:1"


def _unlisted(parsed: dict[str, Any]) -> None:
    resource(parsed, "Composition")["section"] = []


def _value(**value: Any) -> Callable[[dict[str, Any]], object]:
    def change(parsed: dict[str, Any]) -> None:
        one = resource(parsed, "Observation")
        del one["valueCodeableConcept"]
        one.update(value)

    return change


FAULTS: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("fhir_not_bundle", lambda parsed: parsed.update(resourceType="Patient")),
    ("fhir_not_document", lambda parsed: parsed.update(type="collection")),
    ("fhir_no_composition", lambda parsed: parsed["entry"].pop(0)),
    ("fhir_no_composition", lambda parsed: parsed["entry"].reverse()),
    ("fhir_missing", lambda parsed: resource(parsed, "Composition").pop("subject")),
    ("fhir_missing", lambda parsed: resource(parsed, "Composition").pop("category")),
    ("fhir_missing", lambda parsed: resource(parsed, "Composition").pop("event")),
    ("fhir_missing", lambda parsed: parsed["entry"][3].pop("resource")),
    ("fhir_reference_broken", _set("Composition", subject={"reference": "urn:uuid:nobody"})),
    ("fhir_reference_broken", _set("Composition", section=[{"entry": [{"reference": "urn:uuid:nothing"}]}])),
    ("fhir_same_identity", lambda parsed: parsed["entry"].append(parsed["entry"][1])),
    ("fhir_several_people", _second_patient),
    ("fhir_other_person", _other_person),
    ("fhir_entered_in_error", _set("Composition", status="entered-in-error")),
    ("fhir_entered_in_error", _set("Composition", status="preliminary")),
    ("fhir_entered_in_error", _set("Encounter", status="planned")),
    ("fhir_entered_in_error", _set("Observation", status="entered-in-error")),
    ("fhir_entered_in_error", _set("Observation", status="cancelled")),
    ("fhir_modifier", _set("Observation", modifierExtension=[{"url": "urn:not", "valueBoolean": True}])),
    ("fhir_modifier", lambda parsed: parsed.update(implicitRules="urn:other")),
    ("fhir_unknown_system", _value(valueCodeableConcept={"coding": [{"system": "urn:other", "code": "1"}]})),
    ("fhir_unknown_system", _set("Encounter", serviceType={"coding": [{"system": "urn:other", "code": "1"}]})),
    ("fhir_unknown_system", _set("Patient", gender="robot")),
    ("fhir_wrong_type", _value(valueString="要精検")),
    ("fhir_wrong_type", _set("Patient", birthDate=19700614)),
    ("fhir_wrong_type", _set("Encounter", period={"start": "昨日"})),
    ("fhir_wrong_type", lambda parsed: parsed.update(entry={})),
    ("fhir_no_value", _value()),
    ("fhir_no_value", _value(valueCodeableConcept={"coding": []})),
    ("fhir_two_values", _set("Observation", valueString="二つ目")),
    ("fhir_two_values", _set("Observation", dataAbsentReason={"coding": []})),
    ("fhir_unknown_absence", _value(dataAbsentReason={"coding": [{"system": "urn:other", "code": "unknown"}]})),
    ("fhir_unknown_absence", _value(dataAbsentReason={"text": "なんとなく"})),
    ("fhir_dates_differ", _set("Encounter", period={"start": "2025-06-13", "end": "2025-06-13"})),
    ("fhir_several_days", _set("Encounter", period={"start": "2025-06-12", "end": "2025-06-13"})),
    ("fhir_too_many", lambda parsed: parsed.update(entry=parsed["entry"] * 400)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), FAULTS)
def test_what_is_wrong_is_named_with_its_place_and_keeps_the_record_out(
    rule: str, change: Callable[[dict[str, Any]], object]
) -> None:
    read = changed(change)
    found = [problem for problem in read.problems if problem.rule == rule]
    assert found, rules_of(read)
    assert found[0].severity is Severity.ERROR
    assert found[0].path or rule == "fhir_not_bundle"
    assert read.record() is None


NOTES: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("fhir_unknown_item", lambda parsed: resource(parsed, "Observation")["code"].update(coding=[{"code": "9X"}])),
    ("fhir_other_resource", lambda parsed: parsed["entry"].append({"resource": {"resourceType": "Coverage"}})),
    ("fhir_not_in_section", _unlisted),
    ("fhir_remark_left", _set("Observation", note=[{"text": "再検済み"}])),
]


@pytest.mark.parametrize(("rule", "change"), NOTES)
def test_what_is_left_out_is_said(rule: str, change: Callable[[dict[str, Any]], object]) -> None:
    read = changed(change)
    assert [(problem.rule, problem.severity) for problem in read.problems] == [(rule, Severity.WARNING)]
    assert read.record() is not None


def test_an_item_of_a_group_is_read() -> None:
    def group(parsed: dict[str, Any]) -> None:
        section = resource(parsed, "Composition")["section"][0]
        members = section["entry"]
        section["entry"] = [{"reference": "urn:uuid:group"}]
        of_group = {"resourceType": "Observation", "status": "final", "hasMember": members}
        parsed["entry"].append({"fullUrl": "urn:uuid:group", "resource": of_group})

    read = changed(group)
    assert read.problems == ()
    assert read.record() == record_of(Programme.LUNG)


def test_a_group_of_itself_ends() -> None:
    def group(parsed: dict[str, Any]) -> None:
        one = resource(parsed, "Observation")
        own = next(entry["fullUrl"] for entry in parsed["entry"] if entry["resource"] is one)
        one["hasMember"] = [{"reference": own}]

    assert changed(group).record() == record_of(Programme.LUNG)


def test_groups_within_groups_end() -> None:
    def nest(parsed: dict[str, Any]) -> None:
        for number in range(10):
            members = [{"reference": f"urn:uuid:g{number + 1}"}]
            of_group = {"resourceType": "Observation", "status": "final", "hasMember": members}
            parsed["entry"].append({"fullUrl": f"urn:uuid:g{number}", "resource": of_group})
        resource(parsed, "Composition")["section"][0]["entry"].append({"reference": "urn:uuid:g0"})

    assert "fhir_too_deep" in rules_of(changed(nest))


def test_an_item_twice_is_neither() -> None:
    def repeat(parsed: dict[str, Any]) -> None:
        again = json.loads(json.dumps(resource(parsed, "Observation")))
        parsed["entry"].append({"fullUrl": "urn:uuid:again", "resource": again})
        resource(parsed, "Composition")["section"][0]["entry"].append({"reference": "urn:uuid:again"})

    read = changed(repeat)
    assert rules_of(read) == {"fhir_item_twice"}
    assert read.items == {}
    assert read.unreadable == set(record_of(Programme.LUNG).items)


@pytest.mark.parametrize(
    ("rule", "quantity"),
    [
        ("fhir_comparator", {"value": 82, "comparator": "<", "code": "{%YAM}"}),
        ("fhir_wrong_unit", {"value": 82, "code": "kg"}),
        ("fhir_wrong_type", {"value": "82", "code": "{%YAM}"}),
        ("fhir_no_value", {"code": "{%YAM}"}),
    ],
)
def test_a_quantity_is_read_as_it_is_or_not_at_all(rule: str, quantity: dict[str, Any]) -> None:
    items = coded(Programme.OSTEOPOROSIS, {"dxa_bone_mass": "82"})

    def change(parsed: dict[str, Any]) -> None:
        resource(parsed, "Observation")["valueQuantity"] = quantity

    read = changed(change, record=record_of(Programme.OSTEOPOROSIS, items=items))
    assert rule in rules_of(read)
    assert read.items == {}


def _attached(**elements: Any) -> ReadDocument:
    def change(parsed: dict[str, Any]) -> None:
        resource(parsed, "DocumentReference")["content"][0]["attachment"].update(elements)

    return changed(change, attachments=(CDA,))


@pytest.mark.parametrize(
    ("rule", "elements"),
    [
        ("fhir_attachment_damaged", {"data": "あ"}),
        ("fhir_attachment_damaged", {"data": "YQ"}),
        ("fhir_attachment_damaged", {"hash": "AAAA"}),
        ("fhir_attachment_large", {"data": "A" * (14 * 1024 * 1024)}),
        ("fhir_attachment_outside", {"data": None, "url": "https://example.com/cda.xml"}),
    ],
)
def test_an_attachment_that_cannot_be_kept_is_named(rule: str, elements: dict[str, Any]) -> None:
    read = _attached(**elements)
    assert rules_of(read) == {rule}
    assert read.attachments == ()


def test_base64_with_line_breaks_is_read() -> None:
    parsed = json.loads(bundle(attachments=(CDA,)))
    file = resource(parsed, "DocumentReference")["content"][0]["attachment"]
    file["data"] = "\r\n".join(file["data"][start : start + 20] for start in range(0, len(file["data"]), 20))
    assert read_bundle(json.dumps(parsed).encode(), TOWN).attachments == (CDA,)


def test_every_item_has_a_place_in_a_document() -> None:
    every = {item.code for item in catalogue().items.values() if item.programme is not None}
    assert set(names().items) == every
    assert {one.section for one in names().items.values()} <= set(names().sections)
    assert {one.category for one in names().items.values()} == {
        "exam", "imaging", "laboratory", "procedure", "social-history",
    }  # fmt: skip


def test_every_rule_can_happen() -> None:
    told = {rule for rule, _ in (*FAULTS, *NOTES)} | {
        "fhir_wrong_charset", "fhir_byte_order_mark", "fhir_not_json", "fhir_too_large", "fhir_too_deep",
        "fhir_key_twice", "fhir_bad_character", "fhir_wrong_unit", "fhir_comparator", "fhir_item_twice",
        "fhir_attachment_damaged", "fhir_attachment_large", "fhir_attachment_outside",
    }  # fmt: skip
    assert set(fhir_rules()) == told


def test_the_golden_document_is_read_and_written_the_same() -> None:
    golden = (GOLDEN / "lung.json").read_bytes()
    read = read_bundle(golden, TOWN)
    assert read.problems == ()
    assert read.record() == document().record
    assert json.loads(golden) == json.loads(bundle(attachments=(CDA,)))
