"""Finds whom a row may be about when its number does not say: reading, birth date, sex, and written name or address.

Nothing is decided here. Even where everything agrees with one resident only, a clerk confirms it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from tasuki.nodes.sql import Row, listed, rows
from tasuki.screening.cells import plain, read_day
from tasuki.screening.columns import ColumnReader
from tasuki.screening.import_types import Candidate, ProblemRow, SearchedItems
from tasuki.screening.mapping import ImportMapping
from tasuki.shared.names import fold_address, fold_kana, fold_name

#: Rules that say that it is not certain whom a row is about.
IDENTITY_RULES: Final = frozenset(
    {
        "unknown_person", "number_not_sent", "cell_empty", "lost_leading_zeros", "exponent", "birth_date_differs",
        "sex_differs", "kana_differs",
    }
)  # fmt: skip
_ITEMS: Final = ("number", "kana_name", "name", "birth_date", "sex", "address")
_MOST_CANDIDATES: Final = 8
_FEWEST_AGREEING: Final = 2
# Two people may share a reading, a birth date and a sex; nobody was ever found by a sex or an address alone.
_CANDIDATES: Final = """
SELECT q.line, r.system_person_number, r.name, r.kana_name, r.birth_date, r.sex, r.address, r.moved_out_date,
  r.died_date, coalesce(screening_is_held(r.system_person_number, r.registered_at)
    OR r.protected_from <= %(on)s AND (r.protected_to IS NULL OR r.protected_to > %(on)s), FALSE) AS is_protected,
  r.system_person_number = q.number AS is_named,
  q.kana <> '' AND r.folded_kana = q.kana AS kana,
  r.birth_date = q.birth_date AS same_birth,
  r.sex = q.sex AS same_sex,
  q.name <> '' AND r.folded_name = q.name AS written_name,
  q.address <> '' AND r.folded_address = q.address AS at_address
FROM jsonb_to_recordset(%(rows)s::jsonb) AS q(line int, number text, kana text, name text, birth_date date, sex text,
  address text), LATERAL (
    SELECT * FROM screening_resident WHERE birth_date = q.birth_date AND (sex = q.sex OR q.sex IS NULL OR q.sex = '')
    UNION SELECT * FROM screening_resident WHERE folded_kana = q.kana AND q.kana <> ''
    UNION SELECT * FROM screening_resident WHERE system_person_number = q.number
) AS r
"""


def searched_items(mapping: ImportMapping, header: Sequence[str], row: ProblemRow) -> SearchedItems:
    """Read what a row says of whom it is about; an empty text where it says nothing that can be read."""
    if len(row.cells) != len(header):
        return SearchedItems("", "", "", "", "", "")
    cells = dict(zip(header, row.cells, strict=True))
    said = {name: cells.get(mapping.header_of(name), "") for name in ("system_person_number", *_ITEMS[1:])}
    birth, _ = read_day(said["birth_date"])
    return SearchedItems(
        number=plain(said["system_person_number"]),
        name=said["name"].strip(),
        kana=said["kana_name"].strip(),
        birth_date=birth or "",
        sex=_sex(mapping, said["sex"]),
        address=said["address"].strip(),
    )


def _sex(mapping: ImportMapping, cell: str) -> str:
    column = next((column for column in mapping.columns if column.field == "sex"), None)
    if column is None:
        return ""
    return ColumnReader.of(column, 0).convert([cell])[0] or ""


def candidates(searched: Mapping[int, SearchedItems], on: date) -> dict[int, list[Candidate]]:
    """Find the residents some rows may be about, by line, the likeliest first; one question for all of them."""
    asked = [
        {
            "line": line,
            "number": items.number,
            "kana": fold_kana(items.kana),
            "name": fold_name(items.name),
            "birth_date": items.birth_date or None,
            "sex": items.sex,
            "address": fold_address(items.address),
        }
        for line, items in searched.items()
    ]
    found: dict[int, list[Row]] = {line: [] for line in searched}
    for row in rows(_CANDIDATES, {"on": on, "rows": listed(asked)}):
        if row["is_named"] or (len(_agreeing(row)) >= _FEWEST_AGREEING and _is_like(row)):
            found[row["line"]].append(row)
    return {line: _ranked(rivals) for line, rivals in found.items()}


def _is_like(row: Row) -> bool:
    """Say whether more agrees than a birth date and a sex, which some tens of residents share."""
    return bool(row["kana"] or row["written_name"] or row["at_address"])


def _agreeing(row: Row) -> tuple[str, ...]:
    named = {
        "kana": "kana", "birth_date": "same_birth", "sex": "same_sex", "name": "written_name", "address": "at_address",
    }  # fmt: skip
    return tuple(name for name, column in named.items() if row[column])


def _ranked(rivals: Sequence[Row]) -> list[Candidate]:
    """Put the likeliest first, and say which one is certain, if any is.

    Certain is one resident with whom reading, birth date, sex and written name agree, while the row's number names
    nobody else, and no other resident has the same reading, birth date and sex.
    """
    same = [row for row in rivals if {"kana", "birth_date", "sex"} <= set(_agreeing(row))]
    names_another = any(row["is_named"] and row not in same for row in rivals)
    certain = same[0] if len(same) == 1 and same[0]["written_name"] and not names_another else None
    order = sorted(
        rivals, key=lambda row: (row is not certain, -len(_agreeing(row)), not row["is_named"], row["kana_name"])
    )
    return [_candidate(row, row is certain) for row in order[:_MOST_CANDIDATES]]


def _candidate(row: Row, is_certain: bool) -> Candidate:
    return Candidate(
        system_person_number=row["system_person_number"],
        name=row["name"],
        kana_name=row["kana_name"],
        birth_date=row["birth_date"],
        sex=row["sex"],
        address=row["address"],
        moved_out_date=row["moved_out_date"],
        died_date=row["died_date"],
        is_protected=row["is_protected"],
        agreeing=_agreeing(row),
        is_named=bool(row["is_named"]),
        is_certain=is_certain,
    )


def certain_matches(
    mapping: ImportMapping, header: Sequence[str], some: Sequence[ProblemRow], on: date
) -> list[tuple[int, str]]:
    """Return those rows whose four items agree with one resident only, with that resident."""
    searched = {row.line: searched_items(mapping, header, row) for row in some}
    found = candidates(searched, on)
    return [(line, one.system_person_number) for line, ranked in found.items() for one in ranked[:1] if one.is_certain]
