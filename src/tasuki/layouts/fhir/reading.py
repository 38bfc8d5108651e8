"""Reads a FHIR document of a municipal screening, trusting nothing in it.

Whatever the bytes are, the answer is a `ReadDocument`: what could be read, and a problem with its path for the rest.
"""

import codecs
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from tasuki.layouts.dates import days_meant
from tasuki.layouts.fhir.attachments import read_attachments
from tasuki.layouts.fhir.names import names
from tasuki.layouts.fhir.nodes import MOST_ELEMENTS, Findings, Node, day_of, problem
from tasuki.layouts.fhir.observations import read_observations
from tasuki.layouts.fhir.strict_json import BrokenJson, parse
from tasuki.layouts.fhir.types import ReadDocument, Subject
from tasuki.layouts.types import Programme

_FINAL: Final = frozenset({"final", "amended", "corrected", ""})
_READ: Final = frozenset(
    {
        "Composition", "Patient", "Encounter", "Organization", "Practitioner", "PractitionerRole", "Observation",
        "DocumentReference",
    }
)  # fmt: skip
_SEX: Final = {"male": "1", "female": "2"}


def read_bundle(content: bytes, municipality: str) -> ReadDocument:
    """Read a document.

    :param municipality: whose 宛名番号 are understood.
    """
    try:
        parsed = parse(content)
    except BrokenJson as broken:
        return ReadDocument(problems=(problem(broken.rule, broken.path, fact=broken.fact),))
    marked = (problem("fhir_byte_order_mark", ""),) if content.startswith(codecs.BOM_UTF8) else ()
    document = read_parsed(parsed, municipality)
    return replace(document, problems=(*marked, *document.problems))


def read_parsed(parsed: Any, municipality: str) -> ReadDocument:
    """Read a document whose JSON was parsed by `strict_json`."""
    if not isinstance(parsed, dict) or parsed.get("resourceType") != "Bundle":
        return ReadDocument(problems=(problem("fhir_not_bundle", ""),))
    found = Findings()
    return _Document(Node(parsed, "Bundle", found), found, municipality).read()


class _Document:
    """One document being read."""

    def __init__(self, bundle: Node, found: Findings, municipality: str) -> None:
        self._bundle, self._found, self._municipality = bundle, found, municipality
        self._resources: dict[str, Node] = {}
        self._of_kind: dict[str, list[Node]] = {}

    def read(self) -> ReadDocument:
        """Return what the document says."""
        if self._bundle.text("type") != "document":
            self._bundle.note("fhir_not_document", "type", self._bundle.text("type"))
            return self._ended()
        self._bundle.check_modifiers()
        self._index()
        composition = next(iter(self._of_kind.get("Composition", [])), None)
        if composition is None or composition.path != "Bundle.entry[0].resource":
            self._bundle.note("fhir_no_composition", "entry[0]")
            return self._ended()
        return self._read_from(composition)

    def _ended(self) -> ReadDocument:
        return ReadDocument(problems=tuple(self._found.problems))

    def _index(self) -> None:
        """Look at every entry once, and note kinds that nobody reads."""
        others: dict[str, str] = {}
        for entry in self._bundle.objects("entry"):
            resource = entry.object("resource")
            if resource is None:
                entry.note("fhir_missing", "resource")
                continue
            kind = resource.text("resourceType")
            if kind not in _READ:
                others.setdefault(kind[:60] or "?", resource.path)
            self._of_kind.setdefault(kind, []).append(resource)
            identity, url = resource.text("id"), entry.text("fullUrl")
            for name in {url, f"{kind}/{identity}" if identity else ""} - {""}:
                if name in self._resources:
                    entry.note("fhir_same_identity", "fullUrl")
                self._resources[name] = resource
        for kind, path in others.items():
            self._found.add("fhir_other_resource", path, kind)

    def _resolve(self, holder: Node, name: str, kind: str) -> Node | None:
        """Return what an element refers to; a reference that leads nowhere, or to another kind, is noted."""
        reference = holder.object(name)
        if reference is None or not reference.has("reference"):
            return None
        return self._target(reference, kind)

    def _target(self, reference: Node, kind: str) -> Node | None:
        found = self._resources.get(reference.text("reference"))
        if found is None or found.text("resourceType") != kind:
            reference.note("fhir_reference_broken", "reference", reference.text("reference"))
            return None
        return found

    def _read_from(self, composition: Node) -> ReadDocument:
        composition.check_modifiers()
        if composition.text("status") not in _FINAL:
            composition.note("fhir_entered_in_error", "status", composition.text("status"))
        patient = self._resolve(composition, "subject", "Patient")
        if patient is None:
            composition.note("fhir_missing", "subject")
        if len(self._of_kind.get("Patient", [])) > 1:
            self._bundle.note("fhir_several_people", "entry")
        programme = self._programme(composition)
        values = self._header(composition, patient)
        read = read_observations(
            programme, self._of_sections(composition, "Observation"), self._found, patient, self._target
        )
        self._note_unread(read.seen)
        return ReadDocument(
            programme=programme,
            values=values,
            items=read.items,
            absent=read.absent,
            unreadable=frozenset(self._found.unreadable),
            subject=Subject() if patient is None else self._subject(patient),
            attachments=read_attachments(
                self._of_kind.get("DocumentReference", []), self._found, patient, self._target
            ),
            problems=tuple(self._found.problems),
        )

    def _programme(self, composition: Node) -> Programme | None:
        code = ""
        for category in composition.objects("category"):
            for coding in category.objects("coding"):
                if coding.text("system") == names().systems["programme"].value:
                    code = code or coding.text("code")
        if code in set(Programme):
            return Programme(code)
        composition.note("fhir_unknown_system" if code else "fhir_missing", "category", code)
        return None

    def _header(self, composition: Node, patient: Node | None) -> dict[str, str]:
        encounter = self._resolve(composition, "encounter", "Encounter")
        event = next(composition.objects("event"), None)
        values = {"stage": self._stage(event), "examined_date": self._examined(encounter, event)}
        if encounter is None:
            composition.note("fhir_missing", "encounter")
            return values
        encounter.check_modifiers()
        if encounter.text("status") not in ("finished", ""):
            encounter.note("fhir_entered_in_error", "status", encounter.text("status"))
        values["fiscal_year"] = self._fiscal_year(encounter)
        values["sequence"] = self._extended(encounter, "sequence", "valueInteger")
        values["fee_class"] = self._extended(encounter, "fee_class", "valueString")
        values["encounter_type"] = self._encounter_type(encounter)
        values["age"] = "" if patient is None else self._age(patient)
        return values | self._facility(encounter)

    def _stage(self, event: Node | None) -> str:
        system = names().systems["stage"].value
        codes = [] if event is None else [one for concept in event.objects("code") for one in concept.objects("coding")]
        stage = next((one.text("code") for one in codes if one.text("system") == system), "")
        if not stage:
            self._found.add("fhir_missing", "Composition.event.code")
        return stage

    def _examined(self, encounter: Node | None, event: Node | None) -> str:
        """Return the day of the examination, as precise as it is known, from wherever it stands."""
        days: list[str] = []
        for holder in (encounter, event):
            period = None if holder is None else holder.object("period")
            if period is None:
                continue
            start, end = (day_of(period, name) for name in ("start", "end"))
            if start and end and start != end:
                period.note("fhir_several_days", "end", end)
            days += [day for day in (start or end,) if day]
        if len(set(days)) > 1:
            self._found.add("fhir_dates_differ", "Encounter.period", " ".join(days))
        return days[0] if days else ""

    def _fiscal_year(self, encounter: Node) -> str:
        written = self._extended(encounter, "fiscal_year", "valueDate")
        year, rest = written[:4], written[4:]
        if written and not (year.isascii() and year.isdigit() and (not rest or days_meant(written) is not None)):
            encounter.note("fhir_wrong_type", "extension", written, fact="date")
            return ""
        return year

    def _extended(self, holder: Node, name: str, element: str) -> str:
        extension = holder.extension(names().extensions[name].value)
        if extension is None:
            return ""
        return extension.number(element) if element == "valueInteger" else extension.text(element)

    def _encounter_type(self, encounter: Node) -> str:
        codings = encounter.codings("serviceType")
        system = names().systems["encounter_type"].value
        code = next((one.text("code") for one in codings if one.text("system") == system), "")
        if codings and not code:
            encounter.note("fhir_unknown_system", "serviceType", codings[0].text("system"))
        return code

    def _age(self, patient: Node) -> str:
        extension = patient.extension(names().extensions["age"].value)
        part = None if extension is None else extension.extension("age")
        age = None if part is None else part.object("valueAge")
        return "" if age is None else age.number("value")

    def _facility(self, encounter: Node) -> dict[str, str]:
        """Return who examined, which need not be who wrote the report."""
        place = self._resolve(encounter, "serviceProvider", "Organization")
        if place is None:
            return {}
        system = names().systems["facility"]
        numbers = [one.text("value") for one in place.objects("identifier") if system.is_meant_by(one.text("system"))]
        if len(set(numbers)) > 1:
            place.note("fhir_two_values", "identifier")
        return {"facility_number": numbers[0] if numbers else "", "facility_name": place.text("name")}

    def _subject(self, patient: Node) -> Subject:
        patient.check_modifiers()
        system = names().person_system(self._municipality)
        numbers = {one.text("value") for one in patient.objects("identifier") if one.text("system") == system}
        if len(numbers) > 1:
            patient.note("fhir_two_values", "identifier")
        gender = patient.text("gender")
        if gender not in ("", *_SEX):
            patient.note("fhir_unknown_system", "gender", gender)
        address = next(patient.objects("address"), None)
        written, kana = self._names_of(patient)
        return Subject(
            person_number=next(iter(sorted(numbers)), ""),
            name=written,
            kana_name=kana,
            birth_date=patient.text("birthDate"),
            sex=_SEX.get(gender, ""),
            postal_code="" if address is None else address.text("postalCode"),
            address="" if address is None else address.text("text"),
        )

    def _names_of(self, patient: Node) -> tuple[str, str]:
        """Return the written name and its reading; a name that does not say which it is counts as written."""
        written = kana = ""
        for one in patient.objects("name"):
            extension = one.extension(names().extensions["name_representation"].value)
            kind = "" if extension is None else extension.text("valueCode")
            text = one.text("text") or "　".join(part for part in (one.text("family"), *one.texts("given")) if part)
            if kind == "SYL":
                kana = kana or text
            else:
                written = written or text
        return written, kana

    def _of_sections(self, composition: Node, kind: str) -> Iterator[Node]:
        for section in composition.objects("section"):
            for reference in section.objects("entry"):
                target = self._resources.get(reference.text("reference"))
                if target is None:
                    reference.note("fhir_reference_broken", "reference", reference.text("reference"))
                elif target.text("resourceType") == kind:
                    yield target

    def _note_unread(self, seen: frozenset[str]) -> None:
        for one in self._of_kind.get("Observation", [])[:MOST_ELEMENTS]:
            if one.path not in seen:
                one.note("fhir_not_in_section")
