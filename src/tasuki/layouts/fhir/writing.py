"""Writes a screening as a FHIR document. The same document always gives the same bytes."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.fhir.attachments import fhir_hash
from tasuki.layouts.fhir.names import ItemCoding, names
from tasuki.layouts.fhir.types import Attachment, ScreeningDocument, Subject
from tasuki.layouts.types import AbsentReason, ItemType

Resource = dict[str, Any]

_GENDER: Final = {"1": "male", "2": "female"}
_LEADING_ZEROS: Final = re.compile(r"\A0+(?=[0-9])")


def write_bundle(document: ScreeningDocument) -> bytes:
    """Write a document with every item of its record: the town's own full record, not what may travel."""
    resources = dict(_resources(document))
    entries = [
        {"fullUrl": _url(document.document_id, name), "resource": resource} for name, resource in resources.items()
    ]
    bundle = {
        "resourceType": "Bundle",
        "meta": {"profile": [names().profiles["Bundle"].value]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{document.document_id}"},
        "type": "document",
        "timestamp": _moment(document.written_at),
        "entry": entries,
    }
    return orjson.dumps(bundle)


def _resources(document: ScreeningDocument) -> Iterator[tuple[str, Resource]]:
    """Give the resources by their names, the composition first."""
    yield "composition", _composition(document)
    yield "patient", _patient(document)
    yield "author", _author(document)
    yield "writer", _writer(document)
    yield "encounter", _encounter(document)
    if _has_facility(document):
        yield "facility", _facility(document)
    yield from _observations(document)
    for number, attachment in enumerate(document.attachments):
        yield f"attachment-{number}", _attachment(document, attachment)


def _url(document_id: UUID, name: str) -> str:
    return f"urn:uuid:{uuid5(document_id, name)}"


def _to(document: ScreeningDocument, name: str) -> Resource:
    return {"reference": _url(document.document_id, name)}


def _resource(kind: str, **elements: Any) -> Resource:
    """Make a resource with its profile, elements without a value left out."""
    profile = names().profiles.get(kind)
    meta = {"meta": {"profile": [profile.value]}} if profile is not None else {}
    return (
        {"resourceType": kind} | meta | {key: value for key, value in elements.items() if value not in (None, [], {})}
    )


def _coding(system: str, code: str, display: str | None = None) -> Resource:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _of_table(name: str, table: str, code: str) -> Resource:
    known = catalogue().table(table).codes.get(code)
    return _coding(names().systems[name].value, code, None if known is None else known.ja)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _composition(document: ScreeningDocument) -> Resource:
    record, named = document.record, names().document
    sections = [
        _section(document, part, [f"observation-{code}" for code in _codes(document, part)])
        for part in ("result", "questionnaire")
    ]
    sections.append(_section(document, "attachment", [f"attachment-{n}" for n in range(len(document.attachments))]))
    return _resource(
        "Composition",
        language="ja",
        extension=[{"url": names().extensions["version"].value, "valueString": "1.0"}],
        status="final",
        type={"coding": [_coding(names().systems["document_type"].value, named["type_code"], named["type_name"])]},
        category=[{"coding": [_of_table("programme", "$report_category_cs", record.programme)]}],
        subject=_to(document, "patient"),
        encounter=_to(document, "encounter"),
        date=_moment(document.written_at),
        author=[_to(document, "author"), _to(document, "writer")],
        title=named["type_name"],
        confidentiality=named["confidentiality"],
        custodian=_to(document, "writer"),
        event=[
            {
                "code": [{"coding": [_of_table("stage", "$checkup_type_cs", record.stage)]}],
                "period": _period(record.examined_date),
                "detail": [_to(document, "encounter")],
            }
        ],
        section=[section for section in sections if section],
    )


def _codes(document: ScreeningDocument, part: str) -> list[str]:
    record = document.record
    codings = names().items
    return sorted(code for code in (*record.items, *record.absent) if codings[code].section == part)


def _section(document: ScreeningDocument, part: str, entries: list[str]) -> Resource | None:
    if not entries:
        return None
    named = names().sections[part]
    return {
        "title": named.title,
        "code": {"coding": [_coding(names().systems["section"].value, named.code, named.display)]},
        "entry": [_to(document, name) for name in entries],
    }


def _period(examined: str | None) -> Resource:
    """Return a day as a period; one that is not known says so."""
    if examined is not None:
        return {"start": examined, "end": examined}
    unknown = {"extension": [{"url": names().extensions["absent"].value, "valueCode": "unknown"}]}
    return {"_start": unknown, "_end": unknown}


def _patient(document: ScreeningDocument) -> Resource:
    subject, age = document.subject, document.record.age
    number = {
        "system": names().person_system(document.writer.municipality),
        "value": subject.person_number,
    }
    aged = {
        "url": names().extensions["age"].value,
        "extension": [
            {
                "url": "age",
                "valueAge": {"value": age, "unit": "歳", "system": names().systems["unit"].value, "code": "a"},
            },
            {"url": "event", "valueReference": _to(document, "encounter")},
        ],
    }
    return _resource(
        "Patient",
        extension=[] if age is None else [aged],
        identifier=[number] if subject.person_number else [],
        name=list(_names_of(subject)),
        gender=_GENDER.get(subject.sex),
        birthDate=subject.birth_date or None,
        address=_address(subject),
    )


def _names_of(subject: Subject) -> Iterator[Resource]:
    for kind, text in (("IDE", subject.name), ("SYL", subject.kana_name)):
        if text:
            extension = {"url": names().extensions["name_representation"].value, "valueCode": kind}
            yield {"extension": [extension], "use": "official", "text": text}


def _address(subject: Subject) -> list[Resource]:
    parts = {"text": subject.address, "postalCode": subject.postal_code}
    known = {key: value for key, value in parts.items() if value}
    return [known | {"country": "JP"}] if known else []


def _author(document: ScreeningDocument) -> Resource:
    """Name the town's office: no single person wrote the document."""
    # "organization" is FHIR's word; ours is another.
    elements = {"organization": _to(document, "writer")}
    return _resource("PractitionerRole", **elements)


def _writer(document: ScreeningDocument) -> Resource:
    identifier = {"system": names().systems["municipality"].value, "value": document.writer.municipality}
    return _resource("Organization", identifier=[identifier], name=document.writer.name)


def _has_facility(document: ScreeningDocument) -> bool:
    return bool(document.record.facility_number or document.record.facility_name)


def _facility(document: ScreeningDocument) -> Resource:
    record = document.record
    number = {"system": names().systems["facility"].value, "value": record.facility_number}
    return _resource(
        "Organization",
        identifier=[number] if record.facility_number else [],
        type=[{"coding": [_coding(names().systems["organization_type"].value, "prov")]}],
        name=record.facility_name,
    )


def _encounter(document: ScreeningDocument) -> Resource:
    record, urls = document.record, names().extensions
    extensions = [
        {"url": urls["fiscal_year"].value, "valueDate": str(record.fiscal_year)},
        {"url": urls["sequence"].value, "valueInteger": record.sequence},
    ]
    if document.fee_class:
        extensions.append({"url": urls["fee_class"].value, "valueString": document.fee_class})
    method = record.encounter_type
    named = names().document["encounter_class"]
    return _resource(
        "Encounter",
        extension=extensions,
        status="finished",
        # `class` is a word of Python's own.
        **{"class": _of_table("encounter_class", "$encounter_cateogry_cs", named)},
        serviceType=None
        if method is None
        else {"coding": [_of_table("encounter_type", "$checkup_encounter_type_cs", method)]},
        period=_period(record.examined_date),
        serviceProvider=_to(document, "facility") if _has_facility(document) else None,
    )


def _observations(document: ScreeningDocument) -> Iterator[tuple[str, Resource]]:
    record, codings = document.record, names().items
    for code in sorted({*record.items, *record.absent}):
        coding, reason = codings[code], record.absent.get(code)
        said = _absence(reason) if reason is not None else _value(coding, record.items[code])
        yield (
            f"observation-{code}",
            _resource(
                "Observation",
                status="final" if reason is None else "cancelled",
                category=[{"coding": [_coding(names().systems["category"].value, coding.category)]}],
                code={"coding": [_coding(coding.system, code, coding.item.label_ja)]},
                subject=_to(document, "patient"),
                **said,
            ),
        )


def _absence(reason: AbsentReason) -> Resource:
    return {"dataAbsentReason": {"coding": [_coding(names().systems["absent"].value, names().absent[reason].value)]}}


def _value(coding: ItemCoding, value: str) -> Resource:
    """Write a value as its item's kind; a text that is no date is written as text where a date is usual."""
    item = coding.item
    match item.type:
        case ItemType.CODE:
            known = catalogue().table(item.table or "").codes.get(value)
            display = None if known is None else known.ja
            return {"valueCodeableConcept": {"coding": [_coding(coding.value_system or "", value, display)]}}
        case ItemType.NUMBER if item.unit is None and "." not in value:
            return {"valueInteger": _number(value)}
        case ItemType.NUMBER:
            unit = catalogue().units.get(item.unit or "", ("",))[0]
            named = {"unit": unit, "system": names().systems["unit"].value, "code": item.unit} if item.unit else {}
            return {"valueQuantity": {"value": _number(value)} | named}
        case ItemType.DATE:
            return {"valueDateTime": value}
        case ItemType.TEXT if coding.value_type == "dateTime" and days_meant(value) is not None:
            return {"valueDateTime": value}
        case ItemType.TEXT if coding.value_type == "CodeableConcept":
            return {"valueCodeableConcept": {"text": value}}
        case ItemType.TEXT:
            return {"valueString": value}


def _number(value: str) -> orjson.Fragment:
    """Write a number digit for digit, for 0.850 is not 0.85; only zeros in front, which JSON does not have, go."""
    return orjson.Fragment(_LEADING_ZEROS.sub("", value))


def _attachment(document: ScreeningDocument, attachment: Attachment) -> Resource:
    format_ = (
        {"format": _coding(names().systems["attachment_format"].value, attachment.format_code)}
        if attachment.format_code
        else {}
    )
    file = {
        "contentType": attachment.media_type,
        "data": b64encode(attachment.content).decode(),
        "size": len(attachment.content),
        "hash": fhir_hash(attachment.content),
    } | ({"title": attachment.title} if attachment.title else {})
    return _resource(
        "DocumentReference",
        status="current",
        subject=_to(document, "patient"),
        content=[{"attachment": file} | format_],
    )
