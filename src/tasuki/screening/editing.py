"""A mapping while it is being made on screen: begun from a sample with suggestions, and turned into what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Code, CodeTable, Item, Programme, Status
from tasuki.screening.columns import ColumnReader
from tasuki.screening.mapping import (
    CONSTANTS,
    DELIMITERS,
    IDENTIFYING,
    ITEM_PREFIX,
    OPTIONAL,
    REQUIRED,
    Column,
    ImportMapping,
    Shape,
    read_mapping,
    write_mapping,
)
from tasuki.screening.sampling import Sample, SampleColumn, delimiter_name
from tasuki.screening.suggesting import suggest_code, suggest_fields

#: Every field a column may stand for, besides the items of its programme.
FIELDS: Final = (*IDENTIFYING, "name", "birth_date", "sex", "address", "stage", "examined_date", "fiscal_year",
                 "sequence", "encounter_type", "facility_number", "facility_name", "fee_class")  # fmt: skip
_SEX: Final[Mapping[str, str]] = {"男": "1", "男性": "1", "M": "1", "女": "2", "女性": "2", "F": "2"}
_STAGE: Final[Mapping[str, str]] = {"一次": "1", "一次検診": "1", "精密": "2", "精検": "2", "精密検査": "2"}
_SHOWN_ROWS: Final = 10
# 住民基本台帳 knows these two; the national layouts have no table of them.
_SEX_CODES: Final = CodeTable(
    "sex", "性別", "Sex", {"1": Code("1", "男", "Male"), "2": Code("2", "女", "Female")}, Status.CONFIRMED
)

if set(FIELDS) != {*REQUIRED, *OPTIONAL}:
    raise RuntimeError("the editor offers other fields than a mapping has")


@dataclass(frozen=True, slots=True)
class Draft:
    """How far a mapping has come. `fields` and `terms` are by the name of a column; `widths` are of fixed lengths."""

    name: str
    programme: str
    encoding: str
    date_format: str
    delimiter: str = "comma"
    has_header: bool = True
    names: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Self:
        """Read a draft as it is stored."""
        return cls(**{**content, "names": tuple(content["names"]), "widths": tuple(content["widths"])})

    def dump(self) -> dict[str, object]:
        """Write the draft as it is stored."""
        return asdict(self)

    @property
    def shape(self) -> Shape:
        """How the file is cut."""
        return Shape(DELIMITERS[self.delimiter], self.has_header, self.names, self.widths)


def begin(name: str, programme: Programme, shape: Shape, encoding: str) -> Draft:
    """Begin a mapping for files of a shape."""
    return Draft(
        name=name,
        programme=programme.value,
        encoding=encoding.removesuffix("-le").removesuffix("-be"),
        date_format="YYYY/MM/DD",
        delimiter=delimiter_name(shape.delimiter),
        has_header=shape.has_header,
        names=shape.names,
        widths=shape.widths,
    )


def go_on_from(mapping: ImportMapping) -> Draft:
    """Begin the next version of a mapping."""
    fields = {
        column.header: column.field if column.item is None else f"{ITEM_PREFIX}{column.item.code}"
        for column in mapping.columns
    }
    return replace(
        begin(mapping.name, mapping.programme, mapping.shape, mapping.encoding),
        date_format=mapping.date_format,
        fields=fields,
        terms={column.header: dict(column.terms) for column in mapping.columns if column.terms},
        constants=dict(mapping.constants),
    )


def with_suggestions(draft: Draft, sample: Sample) -> Draft:
    """Fill in what a sample suggests, where nobody has chosen anything yet."""
    names = {column.name for column in sample.columns}
    # A column that the sample lacks stands for nothing: its header changed, or the sender left it out.
    draft = replace(draft, fields={name: named for name, named in draft.fields.items() if name in names})
    unmapped = [column for column in sample.columns if column.name not in draft.fields]
    taken = set(draft.fields.values())
    suggested = {
        name: chosen
        for name, chosen in suggest_fields(unmapped, Programme(draft.programme)).items()
        if chosen not in taken
    }
    fields = {**{column.name: "" for column in unmapped}, **draft.fields, **suggested}
    kept = replace(draft, fields=fields)
    dated = [column.date_format for column in sample.columns if column.date_format]
    terms = {column.name: _terms(kept, column) for column in sample.columns}
    return replace(
        kept,
        date_format=max(dated, key=dated.count) if dated and unmapped else draft.date_format,
        terms={name: known for name, known in terms.items() if known},
    )


def _terms(draft: Draft, column: SampleColumn) -> dict[str, str]:
    """Return the codes of a column's terms: those chosen before, and suggestions for the others."""
    chosen = dict(draft.terms.get(column.name, {}))
    codes = codes_of(draft.fields.get(column.name, ""))
    if codes is None:
        return {}
    for term, _ in column.terms:
        chosen.setdefault(term, _code(draft.fields[column.name], term, codes))
    return chosen


def _code(field_name: str, term: str, codes: CodeTable) -> str:
    usual = {"sex": _SEX, "stage": _STAGE}.get(field_name, {})
    return usual.get(term) or suggest_code(term, codes)


def item_of(field_name: str) -> Item | None:
    """Return the item behind a field, if it is one."""
    return catalogue().items.get(field_name.removeprefix(ITEM_PREFIX)) if field_name.startswith(ITEM_PREFIX) else None


def codes_of(field_name: str) -> CodeTable | None:
    """Return the codes a field may take; None where it takes none."""
    layouts = catalogue()
    if field_name == "sex":
        return _SEX_CODES
    if field_name == "stage":
        return layouts.table("$checkup_type_cs")
    item = layouts.item_named(None, "encounter_type") if field_name == "encounter_type" else item_of(field_name)
    return layouts.table(item.table) if item is not None and item.table is not None else None


def lacking(draft: Draft) -> list[str]:
    """Return the fields without which no row can go in."""
    known = {*draft.fields.values(), *(name for name, value in draft.constants.items() if value)}
    missing = [name for name in REQUIRED if name not in known]
    return missing if known & set(IDENTIFYING) else ["system_person_number", *missing]


def repeated(draft: Draft) -> list[str]:
    """Return fields that several columns, or a column and a constant, stand for."""
    chosen = [*(name for name in draft.fields.values() if name), *(k for k, value in draft.constants.items() if value)]
    return sorted({name for name in chosen if chosen.count(name) > 1})


def text_of(draft: Draft) -> str:
    """Write a draft as the mapping that is stored.

    :raises MappingError: when something is missing or contradicts the layouts.
    """
    chosen = {name: named for name, named in draft.fields.items() if named}
    terms = {
        name: {term: code for term, code in draft.terms.get(name, {}).items() if code}
        for name, named in chosen.items()
        if codes_of(named) is not None
    }
    # Terms that are the codes themselves need no table.
    needed = {name: known for name, known in terms.items() if any(term != code for term, code in known.items())}
    text = write_mapping(
        {
            "mapping": {
                "name": draft.name,
                "programme": draft.programme,
                "encoding": draft.encoding,
                "date_format": draft.date_format,
            },
            "file": {
                "delimiter": draft.delimiter,
                "header": draft.has_header,
                "names": list(draft.names),
                "widths": list(draft.widths),
            },
            "columns": chosen,
            "constants": {name: value for name, value in draft.constants.items() if value and name in CONSTANTS},
            "values": needed,
        }
    )
    read_mapping(text, draft.name)
    return text


@dataclass(frozen=True, slots=True)
class ReadCell:
    """One cell of a sample as the draft reads it: the value, or the rule it breaks."""

    column: str
    field: str
    cell: str
    value: str | None
    rule: str | None


def read_as(draft: Draft, sample: Sample, rows: int = _SHOWN_ROWS) -> list[tuple[int, list[ReadCell]]]:
    """Read the first rows of a sample by the draft, cell by cell; rows of another width are left out."""
    readers = [
        (place, name, draft.fields[name], ColumnReader.of(_column(draft, name), place))
        for place, name in enumerate(sample.header)
        if draft.fields.get(name)
    ]
    shown = [(line, cells) for line, cells in sample.rows if len(cells) == len(sample.header)][:rows]
    return [(line, [_read(cells, reader) for reader in readers]) for line, cells in shown]


def _read(cells: Sequence[str], reader: tuple[int, str, str, ColumnReader]) -> ReadCell:
    place, name, named, column = reader
    value = column.convert([cells[place]])[0]
    return ReadCell(name, named, cells[place], value, column.faults.get(cells[place]))


def _column(draft: Draft, name: str) -> Column:
    named = draft.fields[name]
    item = item_of(named)
    known = {term: code for term, code in draft.terms.get(name, {}).items() if code}
    is_coded = codes_of(named) is not None
    return Column(name, named if item is None else item.code, item, known if is_coded and known else None)
