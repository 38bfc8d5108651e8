"""The addresses and codes of FHIR documents, from `data/fhir.toml`, and how each item of the layouts is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import Catalogue, catalogue
from tasuki.layouts.reading import Entry, read_file
from tasuki.layouts.rules import Rule, load_rules
from tasuki.layouts.types import AbsentReason, Item, ItemType, Section, Status

_NATIONAL_TABLE: Final = "1.2."
VALUE_TYPES: Final[Mapping[ItemType, str]] = MappingProxyType(
    {
        ItemType.CODE: "CodeableConcept",
        ItemType.NUMBER: "Quantity",
        ItemType.TEXT: "string",
        ItemType.DATE: "dateTime",
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """An address or code with what is read for it besides, and whether it was read in its source."""

    value: str
    also: tuple[str, ...]
    status: Status

    def is_meant_by(self, found: str | None) -> bool:
        """Say whether a document that says `found` means this."""
        return found == self.value or found in self.also


@dataclass(frozen=True, slots=True)
class SectionNames:
    """How a section of a document is called."""

    code: str
    title: str
    display: str


@dataclass(frozen=True, slots=True)
class ItemCoding:
    """How one item stands in a document: its code system, section, category, and kind of value."""

    item: Item
    system: str
    section: str
    category: str
    value_type: str
    value_system: str | None
    status: Status


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Everything `data/fhir.toml` says."""

    systems: Mapping[str, Named]
    extensions: Mapping[str, Named]
    profiles: Mapping[str, Named]
    document: Mapping[str, str]
    sections: Mapping[str, SectionNames]
    absent: Mapping[AbsentReason, Named]
    items: Mapping[str, ItemCoding]

    def reason(self, code: str | None) -> AbsentReason | None:
        """Return the reason a code of an absence stands for."""
        return next((reason for reason, named in self.absent.items() if named.is_meant_by(code)), None)

    def person_system(self, municipality: str) -> str:
        """Return what the 宛名番号 of a municipality are called."""
        return self.systems["person"].value + municipality


def load_names(folder: Traversable, layouts: Catalogue) -> Names:
    """Read the names in a folder.

    :raises LayoutDataError: naming the entry, when one is damaged.
    """
    file = read_file(folder, "fhir.toml")
    systems = _named(file, "system", "uri")
    parts = dict(file.named_entries("section"))
    document = next(entry for name, entry in _tables(file) if name == "document")
    return Names(
        systems=systems,
        extensions=_named(file, "extension", "uri"),
        profiles=_named(file, "profile", "uri"),
        document=MappingProxyType({key: document.text(key) for key in document.values}),
        sections=MappingProxyType(
            {
                name: SectionNames(part.text("code"), part.text("title"), part.text("display"))
                for name, part in parts.items()
            }
        ),
        absent=MappingProxyType({AbsentReason(key): one for key, one in _named(file, "absent", "code").items()}),
        items=MappingProxyType(_item_codings(file, systems, layouts)),
    )


@cache
def names() -> Names:
    """Return the names that ship with this release."""
    return load_names(_shipped(), catalogue())


@cache
def fhir_rules() -> Mapping[str, Rule]:
    """Return every rule about documents by its id."""
    return load_rules(_shipped())


def _shipped() -> Traversable:
    return files("tasuki.layouts.fhir").joinpath("data")


def _tables(file: Entry) -> list[tuple[str, Entry]]:
    found = {name: value for name, value in file.values.items() if isinstance(value, dict)}
    return [(name, Entry(file.file, name, value, {})) for name, value in found.items()]


def _named(file: Entry, table: str, key: str) -> Mapping[str, Named]:
    return MappingProxyType(
        {
            name: Named(
                entry.text(key), entry.texts("also") if "also" in entry.values else (), entry.member("status", Status)
            )
            for name, entry in file.named_entries(table)
        }
    )


def _item_codings(file: Entry, systems: Mapping[str, Named], layouts: Catalogue) -> dict[str, ItemCoding]:
    tables = dict(_tables(file))
    default, of = tables["category"].text("default"), tables["category"].values["of"]
    asked, written_as = tables["questionnaire"].texts("groups"), tables["written_as"]
    codings: dict[str, ItemCoding] = {}
    for item in layouts.items.values():
        if item.programme is None:
            continue
        is_asked = item.section is Section.QUESTIONNAIRE or item.group.id in asked
        is_national = item.status is Status.CONFIRMED
        codings[item.code] = ItemCoding(
            item=item,
            system=systems["item" if is_national else "own_item"].value,
            section="questionnaire" if is_asked else "result",
            category=of.get(item.code) or of.get(item.group.id) or default,
            value_type=written_as.optional_text(item.code) or _value_type(item),
            value_system=None if item.table is None else _table_system(item.table, systems),
            status=item.status,
        )
    return codings


def _value_type(item: Item) -> str:
    if item.type is ItemType.NUMBER and item.unit is None:
        return "integer"
    return VALUE_TYPES[item.type]


def _table_system(table: str, systems: Mapping[str, Named]) -> str:
    if table.startswith(_NATIONAL_TABLE):
        return f"urn:oid:{table}"
    return f"{systems['own_table'].value}/{table}"
