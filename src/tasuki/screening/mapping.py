"""How one sender's result file maps to the national items: TOML for each sender and programme, checked whole."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import AbsentReason, Item, Programme, Stage
from tasuki.screening.errors import MappingError
from tasuki.screening.types import Sex

ENCODINGS: Final = ("cp932", "utf-8", "utf-16")
DATE_FORMATS: Final = ("YYYY/MM/DD", "YYYY-MM-DD", "YYYYMMDD", "era")
DELIMITERS: Final[Mapping[str, str]] = {"comma": ",", "tab": "\t"}
REQUIRED: Final = ("birth_date", "sex", "stage", "examined_date")
# Who a row is about: by number, or by reading, birth date and sex, of which a clerk then decides.
IDENTIFYING: Final = ("system_person_number", "kana_name")
OPTIONAL: Final = (
    *IDENTIFYING,
    "name",
    "address",
    "fiscal_year",
    "facility_number",
    "facility_name",
    "encounter_type",
    "fee_class",
    "sequence",
)
# What a sender may leave out because it is the same in every row.
CONSTANTS: Final = ("stage", "encounter_type")
ITEM_PREFIX: Final = "item:"
# What only documents have: what was found wrong with one when it was read, in the form of `fhir_rows`.
DOCUMENT_PROBLEMS: Final = "document_problems"
# What a cell may say instead of a value: why there is none, or that what was sent cannot be read.
UNREADABLE: Final = "unreadable"
ABSENT_MEANINGS: Final = (*AbsentReason, UNREADABLE)
_WIDEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the sender's header, the field or item behind it, and the sender's terms for its codes, if any.

    `absent` are words that stand in an item's column in place of a value, with what they mean.
    """

    header: str
    field: str
    item: Item | None
    terms: Mapping[str, str] | None
    absent: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is cut into cells.

    `names` are its columns where no first row names them. `widths` are given for files of fixed length: bytes in
    CP932, characters in any other encoding.
    """

    delimiter: str = ","
    has_header: bool = True
    names: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether cells end at positions instead of at delimiters."""
        return bool(self.widths)


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A sender's layout. `date_format` only says which spelling to expect; every spelling is read.

    `constants` are values of fields the sender has no column for. `text` is the mapping as it is stored.
    """

    name: str
    programme: Programme
    encoding: str
    date_format: str
    columns: tuple[Column, ...]
    shape: Shape = Shape()
    constants: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def header_of(self, field: str) -> str:
        """Return the sender's header for a field, or nothing where the sender has none."""
        return next((column.header for column in self.columns if column.field == field), "")


def load_mapping(file: Traversable) -> ImportMapping:
    """Read a mapping file.

    :raises MappingError: naming the file and the entry, when it is damaged or contradicts the layouts.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise MappingError(file.name, "file", f"cannot be read: {error}") from error
    return read_mapping(text, file.name)


def read_mapping(text: str, name: str) -> ImportMapping:
    """Read a mapping from its TOML; `name` is what complaints call it.

    :raises MappingError: naming the entry, when it is damaged or contradicts the layouts.
    """
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        raise MappingError(name, "file", f"cannot be read: {error}") from error
    return _Reader(name, data, text).mapping()


def write_mapping(content: Mapping[str, Mapping[str, object]]) -> str:
    """Write the tables of a mapping as TOML: `mapping`, `file`, `columns`, `constants`, `absent`, `values`."""
    parts = [_table_text(name, table) for name, table in content.items() if name != "values" and table]
    for header, terms in content.get("values", {}).items():
        if isinstance(terms, Mapping) and terms:
            parts.append(_table_text(f"values.{_quoted(header)}", terms))
    return "\n".join(parts)


def _table_text(name: str, table: Mapping[str, object]) -> str:
    return "\n".join([f"[{name}]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in table.items()), ""])


def _quoted(value: object) -> str:
    """Write text, truth, a number or a list of them: JSON's form of these is TOML's too, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@dataclass(frozen=True, slots=True)
class _Reader:
    """One file being read, with its name for every complaint."""

    file: str
    data: Mapping[str, object]
    text: str

    def mapping(self) -> ImportMapping:
        programme = self._programme()
        columns = tuple(self._columns(programme))
        constants = self._constants()
        shape = self._shape()
        self._check_columns(columns, constants, shape)
        return ImportMapping(
            name=self._text("name"),
            programme=programme,
            encoding=self._one_of("encoding", ENCODINGS),
            date_format=self._one_of("date_format", DATE_FORMATS),
            columns=columns,
            shape=shape,
            constants=MappingProxyType(constants),
            text=self.text,
        )

    def _check_columns(self, columns: Sequence[Column], constants: Mapping[str, str], shape: Shape) -> None:
        fields = [*(column.field for column in columns), *constants]
        for name in REQUIRED:
            if name not in fields:
                raise self._fault("columns", f"no column is mapped to {name}")
        if not any(name in fields for name in IDENTIFYING):
            raise self._fault("columns", "no column is mapped to system_person_number or kana_name")
        for name in fields:
            if fields.count(name) > 1:
                raise self._fault("columns", f"{name} is mapped twice")
        headers = {column.header for column in columns}
        for header in self._table("values", optional=True):
            if header not in headers:
                raise self._fault(f'values."{header}"', "no such column")
        if not shape.has_header or shape.is_fixed:
            for header in headers.difference(shape.names):
                raise self._fault("file", f"names has no {header!r}")

    def _constants(self) -> dict[str, str]:
        constants: dict[str, str] = {}
        for name, value in self._table("constants", optional=True).items():
            codes = _codes(name, None) if name in CONSTANTS else None
            if codes is None or not isinstance(value, str) or value not in codes:
                raise self._fault(f'constants."{name}"', f"{value!r} cannot stand for every row")
            constants[name] = value
        return constants

    def _shape(self) -> Shape:
        table = self._table("file", optional=True)
        delimiter, has_header = table.get("delimiter", "comma"), table.get("header", True)
        names, widths = table.get("names", []), table.get("widths", [])
        if delimiter not in DELIMITERS or not isinstance(has_header, bool):
            raise self._fault("file", "delimiter is comma or tab, header is true or false")
        if not (isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names)):
            raise self._fault("file", "names is not a list of names")
        if len(set(names)) != len(names):
            raise self._fault("file", "names has a name twice")
        if not (isinstance(widths, list) and all(type(width) is int and 0 < width < _WIDEST for width in widths)):
            raise self._fault("file", "widths is not a list of lengths")
        if (widths and len(widths) != len(names)) or (not has_header and not names):
            raise self._fault("file", "every column needs a name, and in files of fixed length a length")
        return Shape(DELIMITERS[str(delimiter)], has_header, tuple(names), tuple(widths))

    def _programme(self) -> Programme:
        return Programme(self._one_of("programme", tuple(Programme)))

    def _columns(self, programme: Programme) -> Iterator[Column]:
        terms_of, absent = self._table("values", optional=True), self._absent()
        for header, named in self._table("columns").items():
            entry = f'columns."{header}"'
            if not header.strip() or not isinstance(named, str):
                raise self._fault(entry, "is not a header with a field")
            item = self._item(entry, named, programme)
            if item is None and named not in (*REQUIRED, *OPTIONAL, DOCUMENT_PROBLEMS):
                raise self._fault(entry, f"{named!r} is no field")
            yield Column(
                header,
                named if item is None else item.code,
                item,
                self._terms(header, terms_of.get(header), _codes(named, item)),
                None if item is None else absent,
            )

    def _absent(self) -> Mapping[str, str]:
        words: dict[str, str] = {}
        for word, meaning in self._table("absent", optional=True).items():
            if not word.strip() or not isinstance(meaning, str) or meaning not in ABSENT_MEANINGS:
                raise self._fault(f'absent."{word}"', f"{meaning!r} is not one of {', '.join(ABSENT_MEANINGS)}")
            words[word] = meaning
        return MappingProxyType(words)

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
