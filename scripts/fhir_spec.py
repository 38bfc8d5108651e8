"""The page on FHIR documents: how each item, code and address stands in them, from the data that is used."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
if TYPE_CHECKING:
    from tasuki.layouts.fhir.names import Names

HEAD = """# FHIR documents (自治体検診結果報告書)

Generated from `src/tasuki/layouts/fhir/data/fhir.toml` and the item data; do not edit. One document (FHIR R4 Bundle of
type document) is one screening of one person. *confirmed* was read in the public draft guide (自治体検診 HL7 FHIR
記述仕様書 第1版) or in FHIR R4 itself; *provisional* is ours until a source is to hand, and a town replaces it there.

A document written here holds the town's whole record: every item, free text, adverse events and attachments. It is no
replica, and nothing of the list of what may travel (`allow_list.toml`) applies to it.

Entries, in this order: Composition, Patient, PractitionerRole (the office that writes), Organization (the town that
writes), Encounter, Organization (the institution that examined, if known), one Observation for each item, one
DocumentReference for each attachment.
"""


def documents() -> dict[Path, str]:
    """Return the text of the page by its path; Django must be set up."""
    from tasuki.layouts.fhir.names import names

    known = names()
    parts = [HEAD, *_addresses(known), *_absences(known), *_items(known), *_problems(), ""]
    return {ROOT / "docs" / "spec" / "fhir.md": "\n".join(parts)}


def _addresses(known: "Names") -> list[str]:
    lines = [
        "## Code systems, extensions, profiles",
        "",
        _row(("kind", "of", "address", "also read", "status")),
        _line(5),
    ]
    kinds = {"system": known.systems, "extension": known.extensions, "profile": known.profiles}
    for kind, named in kinds.items():
        for name, one in named.items():
            also = ", ".join(f"`{each}`" for each in one.also)
            lines.append(_row((kind, name, f"`{one.value}`", also, one.status.value)))
    document = ", ".join(f"`{key}` {value}" for key, value in known.document.items())
    return [*lines, "", f"Of the document itself: {document}.", ""]


def _absences(known: "Names") -> list[str]:
    lines = ["## Why there is no value", "", _row(("reason", "written", "also read", "status")), _line(4)]
    for reason, one in known.absent.items():
        lines.append(_row((reason.value, f"`{one.value}`", ", ".join(one.also), one.status.value)))
    return [*lines, ""]


def _items(known: "Names") -> list[str]:
    lines = [
        "## Items",
        "",
        _row(
            ("programme", "stage", "JLAC10", "項目", "section", "category", "value[x]", "code table or unit", "status")
        ),
        _line(9),
    ]
    for code, one in known.items.items():
        item = one.item
        value = one.value_system or (f"`{item.unit}`" if item.unit else "")
        stage = "" if item.stage is None else item.stage.value
        section = f"{known.sections[one.section].code} {known.sections[one.section].title}"
        programme = "" if item.programme is None else item.programme.value
        cells = (programme, stage, f"`{code}`", item.label_ja, section, one.category, one.value_type, value)
        lines.append(_row((*cells, one.status.value)))
    return [*lines, ""]


def _problems() -> list[str]:
    from tasuki.layouts.fhir.names import fhir_rules

    lines = ["## What is said of a document", "", _row(("rule", "severity", "message", "remedy")), _line(4)]
    for rule in fhir_rules().values():
        message = rule.message_ja.replace("{fact}", "…")
        lines.append(_row((f"`{rule.id}`", rule.severity.value, message, rule.remedy_ja)))
    return lines


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _line(columns: int) -> str:
    return _row(["---"] * columns)
