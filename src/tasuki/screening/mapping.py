"""How one sender's result file maps to the national items: a TOML file for each sender and programme, checked whole."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Item, Programme, Stage
from tasuki.screening.errors import MappingError
from tasuki.screening.types import Sex

ENCODINGS: Final = ("cp932", "utf-8")
DATE_FORMATS: Final = ("YYYY/MM/DD", "YYYY-MM-DD", "YYYYMMDD", "era")
REQUIRED: Final = ("system_person_number", "birth_date", "sex", "stage", "examined_date")
OPTIONAL: Final = (
    "kana_name",
    "fiscal_year",
    "facility_number",
    "facility_name",
    "encounter_type",
    "fee_class",
    "sequence",
)
ITEM_PREFIX: Final = "item:"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the sender's header, the field or item behind it, and the sender's terms for its codes, if any."""

    header: str
    field: str
    item: Item | None
    terms: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A sender's layout. `date_format` only says which spelling to expect; every spelling is read."""

    name: str
    programme: Programme
    encoding: str
    date_format: str
    columns: tuple[Column, ...]

    def header_of(self, field: str) -> str:
        """Return the sender's header for a field, or nothing where the sender has none."""
        return next((column.header for column in self.columns if column.field == field), "")


def load_mapping(file: Traversable) -> ImportMapping:
    """Read a mapping file.

    :raises MappingError: naming the file and the entry, when it is damaged or contradicts the layouts.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MappingError(file.name, "file", f"cannot be read: {error}") from error
    return _Reader(file.name, data).mapping()


@dataclass(frozen=True, slots=True)
class _Reader:
    """One file being read, with its name for every complaint."""

    file: str
    data: Mapping[str, object]

    def mapping(self) -> ImportMapping:
        programme = self._programme()
        columns = tuple(self._columns(programme))
        fields = [column.field for column in columns]
        for field in REQUIRED:
            if field not in fields:
                raise self._fault("columns", f"no column is mapped to {field}")
        for field in fields:
            if fields.count(field) > 1:
                raise self._fault("columns", f"{field} is mapped twice")
        for header in self._table("values", optional=True):
            if not any(column.header == header for column in columns):
                raise self._fault(f'values."{header}"', "no such column")
        return ImportMapping(
            name=self._text("name"),
            programme=programme,
            encoding=self._one_of("encoding", ENCODINGS),
            date_format=self._one_of("date_format", DATE_FORMATS),
            columns=columns,
        )

    def _programme(self) -> Programme:
        return Programme(self._one_of("programme", tuple(Programme)))

    def _columns(self, programme: Programme) -> Iterator[Column]:
        terms_of = self._table("values", optional=True)
        for header, field in self._table("columns").items():
            entry = f'columns."{header}"'
            if not header.strip() or not isinstance(field, str):
                raise self._fault(entry, "is not a header with a field")
            item = self._item(entry, field, programme)
            if item is None and field not in (*REQUIRED, *OPTIONAL):
                raise self._fault(entry, f"{field!r} is no field")
            yield Column(
                header,
                field if item is None else item.code,
                item,
                self._terms(header, terms_of.get(header), _codes(field, item)),
            )

    def _item(self, entry: str, field: str, programme: Programme) -> Item | None:
        if not field.startswith(ITEM_PREFIX):
            return None
        item = catalogue().items.get(field.removeprefix(ITEM_PREFIX))
        if item is None or item.programme is not programme:
            raise self._fault(entry, f"{field!r} is no item of programme {programme}")
        return item

    def _terms(self, header: str, terms: object, codes: frozenset[str] | None) -> Mapping[str, str] | None:
        if terms is None:
            return None
        entry = f'values."{header}"'
        if not isinstance(terms, dict) or not terms:
            raise self._fault(entry, "is not a table of terms")
        if codes is None:
            raise self._fault(entry, "its column takes no codes")
        for term, code in terms.items():
            if code not in codes:
                raise self._fault(entry, f"{term!r} stands for {code!r}, which is not in the code table")
        return MappingProxyType(dict(terms))

    def _table(self, name: str, *, optional: bool = False) -> Mapping[str, object]:
        table = self.data.get(name, {} if optional else None)
        if not isinstance(table, dict):
            raise self._fault(name, "is missing or not a table")
        return table

    def _text(self, key: str) -> str:
        value = self._table("mapping").get(key)
        if not isinstance(value, str) or not value:
            raise self._fault("mapping", f"{key} is missing")
        return value

    def _one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._text(key)
        if value not in allowed:
            raise self._fault("mapping", f"{key} {value!r} is not one of {', '.join(allowed)}")
        return value

    def _fault(self, entry: str, reason: str) -> MappingError:
        return MappingError(self.file, entry, reason)


def _codes(field: str, item: Item | None) -> frozenset[str] | None:
    """Return the codes a column may carry, or None where it carries no codes."""
    layouts = catalogue()
    if field == "sex":
        return frozenset(Sex)
    if field == "stage":
        return frozenset(Stage)
    if field == "encounter_type":
        item = layouts.item_named(None, "encounter_type")
    if item is None or item.table is None:
        return None
    return frozenset(layouts.table(item.table).codes)
