"""FHIR documents as rows of an import, so that they are checked, mended, matched and stored as any other row.

Nothing is decided here: a document that says something wrong becomes a row that says it, with what was wrong with it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.fhir import ReadDocument
from tasuki.layouts.types import AbsentReason, ItemType, Programme, Stage
from tasuki.screening.document_problems import cell_of
from tasuki.screening.mapping import (
    DOCUMENT_PROBLEMS,
    ITEM_PREFIX,
    UNREADABLE,
    ImportMapping,
    read_mapping,
    write_mapping,
)
from tasuki.shared.dates import fiscal_year_of

NAME: Final = "FHIR文書"
#: The column that says which document a row is; nothing is read from it.
DOCUMENT: Final = "文書"
_HEADERS: Final[Mapping[str, str]] = {
    "system_person_number": "宛名番号",
    "kana_name": "カナ氏名",
    "name": "氏名",
    "birth_date": "生年月日",
    "sex": "性別",
    "address": "住所",
    "fiscal_year": "年度",
    "sequence": "年度内連番",
    "stage": "検診区分",
    "examined_date": "受診日",
    "encounter_type": "受診方法",
    "facility_number": "実施機関番号",
    "facility_name": "実施機関",
    "fee_class": "負担区分",
}
_ABSENT: Final[Mapping[str, str]] = {
    AbsentReason.NOT_PERFORMED: "【未実施】",
    AbsentReason.NOT_MEASURED: "【測定不能】",
    AbsentReason.UNKNOWN: "【不明】",
    UNREADABLE: "【読み取れない値】",
}
_SEXES: Final[Mapping[str, str]] = {"1": "男", "2": "女"}
_OF_ITS_OWN_YEAR: Final = (Stage.PRIMARY, Stage.BOTH)


@cache
def mapping_of_documents(programme: Programme) -> ImportMapping:
    """Return the mapping by which rows of documents of a programme are read."""
    items = {_item_header(item.code): f"{ITEM_PREFIX}{item.code}" for item in catalogue().items_of(programme)}
    columns = {header: field for field, header in _HEADERS.items()}
    text = write_mapping(
        {
            "mapping": {
                "name": NAME, "programme": programme.value, "encoding": "utf-8", "date_format": "YYYY-MM-DD",
            },
            "columns": columns | {"文書の問題": DOCUMENT_PROBLEMS} | items,
            "absent": {word: meaning for meaning, word in _ABSENT.items()},
            "values": {
                _HEADERS["sex"]: {word: code for code, word in _SEXES.items()},
                _HEADERS["stage"]: {word: code for code, word in _words("$checkup_type_cs").items()},
                _HEADERS["encounter_type"]: {
                    word: code for code, word in _words("$checkup_encounter_type_cs").items()
                },
            },
        }
    )  # fmt: skip
    return read_mapping(text, NAME)


def header_of_documents(programme: Programme) -> list[str]:
    """Return the columns of such rows."""
    return [*(column.header for column in mapping_of_documents(programme).columns), DOCUMENT]


def row_of(document: ReadDocument, programme: Programme, name: str) -> list[str]:
    """Write a document as a row; `name` is what the file was called."""
    subject, values = document.subject, document.values
    fields = {
        "system_person_number": subject.person_number,
        "kana_name": subject.kana_name,
        "name": subject.name,
        "birth_date": subject.birth_date,
        "sex": _SEXES.get(subject.sex, subject.sex),
        "address": subject.address,
        **values,
        "fiscal_year": _fiscal_year(values),
        "stage": _word("$checkup_type_cs", values.get("stage", "")),
        "encounter_type": _word("$checkup_encounter_type_cs", values.get("encounter_type", "")),
        DOCUMENT_PROBLEMS: cell_of(document.problems),
    }
    cells = [
        fields.get(column.field, "") if column.item is None else _item_cell(document, column.field)
        for column in mapping_of_documents(programme).columns
    ]
    return [*cells, name]


def _item_cell(document: ReadDocument, code: str) -> str:
    if code in document.unreadable:
        return _ABSENT[UNREADABLE]
    reason = document.absent.get(code)
    return document.items.get(code, "") if reason is None else _ABSENT[reason]


def _item_header(code: str) -> str:
    """Name an item's column by its label, with its code where another item of the programme is called the same."""
    item = catalogue().items[code]
    same = [one for one in catalogue().items_of(item.programme) if one.label_ja == item.label_ja]
    label = item.label_ja if len(same) == 1 and item.label_ja not in _HEADERS.values() else f"{item.label_ja} {code}"
    unit = catalogue().units[item.unit][0] if item.type is ItemType.NUMBER and item.unit else ""
    return f"{label}({unit})" if unit else label


def _fiscal_year(values: Mapping[str, str]) -> str:
    """Return the fiscal year; that of a first examination follows from its day where the document does not say it."""
    written, days = values.get("fiscal_year", ""), days_meant(values.get("examined_date", ""))
    if written or days is None or values.get("stage") not in _OF_ITS_OWN_YEAR:
        return written
    years = {fiscal_year_of(day) for day in days}
    return str(years.pop()) if len(years) == 1 else ""


def _words(table: str) -> Mapping[str, str]:
    return {code.code: code.ja for code in catalogue().table(table).codes.values()}


def _word(table: str, code: str) -> str:
    return _words(table).get(code, code)
