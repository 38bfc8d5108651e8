"""Reads of the health information system."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

import orjson

from tasuki.layouts.types import AbsentReason, Programme, ScreeningRecord, Severity, Stage
from tasuki.nodes.sql import Row, rows
from tasuki.screening.rules import acknowledgements_in, from_stored_form
from tasuki.screening.sight import in_sight
from tasuki.screening.types import (
    Batch,
    BatchState,
    FormerRevision,
    HistoryAct,
    ImportCounts,
    ImportProblem,
    Origin,
    OutboxKind,
    OutboxRow,
    PeoplePage,
    Person,
    Source,
    StoredResult,
)
from tasuki.shared.identifiers import is_municipality_code
from tasuki.shared.names import fold_address, fold_digits, fold_kana, fold_name

PERSON_COLUMNS = (
    "system_person_number, household_number, name, kana_name, birth_date, sex, postal_code, address, moved_in_date,"
    " moved_in_from, moved_out_date, moved_out_to, died_date, protected_from, protected_to, registered_at, updated_at,"
    " screening_is_held(system_person_number, registered_at) AS is_held"
)
_RESULT = (
    "result_id, system_person_number, programme, stage, fiscal_year, sequence, examined_date, age, encounter_type,"
    " facility_number, facility_name, fee_class, items, absent, warnings, source, source_institution,"
    " transaction_number, batch_id, revision, recorded_at, recorded_by, withdrawn_at, declared_outcome"
)
_BATCH = (
    "batch_id, file_name, sha256, programme, mapping_name, mapping_id, mapping_version, mapping, header, origin,"
    " fiscal_year, encoding, state, total_rows, good_rows, warned_rows, bad_rows, stored_rows, rows_sha256,"
    " previewed_at, previewed_by, committed_at, committed_by, closed_at, closed_by, closed_reason"
)
_LIKE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


#: A clerk who finds more people than this needs another word, not more pages.
MOST_FOUND = 1000

_SEARCH = f"""
WITH found AS MATERIALIZED (
  SELECT system_person_number, folded_kana, birth_date FROM screening_resident WHERE {{}} LIMIT {MOST_FOUND + 1}
), page AS (
  SELECT system_person_number FROM found ORDER BY folded_kana, birth_date, system_person_number LIMIT %s OFFSET %s
)
SELECT counted.total, r.* FROM (SELECT count(*) AS total FROM found) AS counted LEFT JOIN (
  SELECT {PERSON_COLUMNS}, folded_kana FROM page JOIN screening_resident USING (system_person_number)
) AS r ON TRUE ORDER BY r.folded_kana, r.birth_date, r.system_person_number
"""  # noqa: S608 — columns of ours
_KANA = re.compile(r"[ァ-ヶー]+")
# A trigram index has nothing to say of shorter pieces.
_SHORTEST_PIECE = 3


def search_people(*, text: str = "", birth_date: dt.date | None = None, limit: int = 50, offset: int = 0) -> PeoplePage:
    """Find residents by words of their name, reading or address, by 宛名番号 or by birth date.

    Every word must be found; spelling variants of kana, kanji and numerals do not matter. What an index answers is
    asked first: kana among readings, digits among 宛名番号, a beginning or an end of a name, a longer piece of an
    address. Any part of a name or address is looked for only if that finds nobody. A search that would find more than
    `MOST_FOUND` is cut there. An individual number never finds anybody here: this role cannot look one up.
    """
    words = text.split()
    page = _search(words, birth_date, limit, offset, narrowly=True)
    if page.total == 0 and words:
        page = _search(words, birth_date, limit, offset, narrowly=False)
    return page


def _search(words: Sequence[str], birth_date: dt.date | None, limit: int, offset: int, *, narrowly: bool) -> PeoplePage:
    conditions, params = [in_sight("system_person_number")], list[object]()
    for word in words:
        condition, keys = _condition(word, narrowly)
        conditions.append(condition)
        params += keys
    if birth_date is not None:
        conditions.append("birth_date = %s")
        params.append(birth_date)
    found = rows(_SEARCH.format(" AND ".join(conditions)), [*params, limit, offset])
    people = (row for row in found if row["system_person_number"] is not None)
    names = tuple(field.name for field in fields(Person))
    total = found[0]["total"]
    return PeoplePage(
        min(total, MOST_FOUND),
        tuple(Person(**{name: row[name] for name in names}) for row in people),
        is_cut=total > MOST_FOUND,
    )


def _condition(word: str, narrowly: bool) -> tuple[str, list[str]]:
    number = fold_digits(word)
    if number.isascii() and number.isdigit():
        if narrowly:
            return "system_person_number = %s", [number]
        return "(system_person_number = %s OR folded_address LIKE %s)", [number, _contains(number)]
    kana, name, address = fold_kana(word), fold_name(word), fold_address(word)
    if narrowly:
        return _indexed_condition(kana, name, address)
    used = [
        (f"{column} LIKE %s", _contains(key))
        for column, key in (("folded_kana", kana), ("folded_name", name), ("folded_address", address))
        if key
    ]
    return _any_of(used)


def _indexed_condition(kana: str, name: str, address: str) -> tuple[str, list[str]]:
    """Ask only what an index answers; other parts of a word stay for the second look."""
    if _KANA.fullmatch(kana):
        return "folded_kana LIKE %s", [_contains(kana)]
    used = []
    if name:
        used.append(("folded_name LIKE %s", _literal(name) + "%"))
        used.append(("reverse(folded_name) LIKE %s", _literal(name[::-1]) + "%"))
    if len(address) >= _SHORTEST_PIECE:
        used.append(("folded_address LIKE %s", _contains(address)))
    return _any_of(used)


def _any_of(used: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    if not used:
        return "FALSE", []
    return "(" + " OR ".join(condition for condition, _ in used) + ")", [key for _, key in used]


def _contains(key: str) -> str:
    return f"%{_literal(key)}%"


def _literal(key: str) -> str:
    return key.translate(_LIKE)


def person(system_person_number: str) -> Person | None:
    """Return a resident, or None where the number is nobody's."""
    found = rows(
        f"SELECT {PERSON_COLUMNS} FROM screening_resident WHERE system_person_number = %s",  # noqa: S608 — columns of ours
        [system_person_number],
    )
    return Person(**found[0]) if found else None


def people(system_person_numbers: Sequence[str]) -> dict[str, Person]:
    """Return residents by their numbers; numbers that are nobody's are left out."""
    found = rows(
        f"SELECT {PERSON_COLUMNS} FROM screening_resident WHERE system_person_number = ANY(%s)",  # noqa: S608 — as above
        [list(system_person_numbers)],
    )
    return {row["system_person_number"]: Person(**row) for row in found}


def numbers_without_zeros(stripped: Sequence[str]) -> dict[str, list[str]]:
    """Return residents' numbers by what is left of them without leading zeros, for files that pad them otherwise."""
    found = rows(
        "SELECT system_person_number AS number, ltrim(system_person_number, '0') AS stripped FROM screening_resident"
        " WHERE ltrim(system_person_number, '0') = ANY(%s) ORDER BY 1",
        [sorted(set(stripped))],
    )
    numbers: dict[str, list[str]] = {}
    for row in found:
        numbers.setdefault(row["stripped"], []).append(row["number"])
    return numbers


def movers_in(*, since: dt.date, limit: int = 1000) -> list[Person]:
    """Return residents who moved in from another municipality since a day, newest first.

    Moves from abroad are left out: no municipality there can be asked.
    """
    found = rows(
        f"SELECT {PERSON_COLUMNS} FROM screening_resident WHERE moved_in_date >= %s"  # noqa: S608 — as above
        " AND moved_in_from <> '' AND moved_out_date IS NULL AND died_date IS NULL"
        " ORDER BY moved_in_date DESC, system_person_number LIMIT %s",
        [since, limit],
    )
    return [Person(**row) for row in found if is_municipality_code(row["moved_in_from"])]


def result(result_id: UUID) -> StoredResult | None:
    """Return a result as it stands."""
    found = rows(f"SELECT {_RESULT} FROM screening_result WHERE result_id = %s", [result_id])  # noqa: S608 — as above
    return _stored(found[0]) if found else None


def results(result_ids: Sequence[UUID]) -> dict[UUID, StoredResult]:
    """Return results by their identifiers."""
    found = rows(
        f"SELECT {_RESULT} FROM screening_result WHERE result_id = ANY(%s)",  # noqa: S608 — as above
        [list(result_ids)],
    )
    return {row["result_id"]: _stored(row) for row in found}


def results_of(system_person_number: str, *, withdrawn: bool = False) -> list[StoredResult]:
    """Return a person's results, newest fiscal year first; withdrawn ones only when asked for."""
    found = rows(
        f"SELECT {_RESULT} FROM screening_result WHERE system_person_number = %s"  # noqa: S608 — as above
        " AND (%s OR withdrawn_at IS NULL) ORDER BY fiscal_year DESC, programme, stage, sequence, source_institution",
        [system_person_number, withdrawn],
    )
    return [_stored(row) for row in found]


def history_of(result_id: UUID) -> list[FormerRevision]:
    """Return the former revisions of a result, newest first."""
    found = rows(
        "SELECT act, ended_at, ended_by, reason, former FROM screening_result_history WHERE result_id = %s"
        " ORDER BY revision DESC",
        [result_id],
    )
    return [
        FormerRevision(
            result=_from_history(orjson.loads(row["former"])),
            act=HistoryAct(row["act"]),
            ended_at=row["ended_at"],
            ended_by=row["ended_by"],
            reason=row["reason"],
        )
        for row in found
    ]


def batches(*, limit: int = 100, offset: int = 0) -> list[Batch]:
    """Return imports, newest first."""
    return batches_where("TRUE", [], order="previewed_at DESC", limit=limit, offset=offset)


def batches_where(condition: str, params: Sequence[object], *, order: str, limit: int, offset: int) -> list[Batch]:
    """Return imports under a condition and in an order, both written by callers of this context in SQL."""
    found = rows(
        f"SELECT {_BATCH} FROM screening_import_batch WHERE {condition}"  # noqa: S608 — as above
        f" ORDER BY {order}, batch_id DESC LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )
    return [_batch(row) for row in found]


def batch(batch_id: UUID) -> Batch | None:
    """Return an import."""
    found = rows(f"SELECT {_BATCH} FROM screening_import_batch WHERE batch_id = %s", [batch_id])  # noqa: S608 — as above
    return _batch(found[0]) if found else None


def problems_of(
    batch_id: UUID, *, severity: Severity | None = None, limit: int = 200, offset: int = 0
) -> list[ImportProblem]:
    """Return what was wrong in an import, by line."""
    found = rows(
        "SELECT line, field, rule, severity, message_ja, message_en, remedy_ja, remedy_en, value"
        " FROM screening_import_problem WHERE batch_id = %s AND (%s::text IS NULL OR severity = %s)"
        " ORDER BY line, id LIMIT %s OFFSET %s",
        [batch_id, severity, severity, limit, offset],
    )
    return [ImportProblem(**row | {"severity": Severity(row["severity"])}) for row in found]


def problem_counts(batch_id: UUID) -> dict[str, int]:
    """Return how often each rule was broken in an import."""
    found = rows(
        "SELECT rule, count(*) AS n FROM screening_import_problem WHERE batch_id = %s"
        " GROUP BY rule ORDER BY n DESC, rule",
        [batch_id],
    )
    return {row["rule"]: row["n"] for row in found}


def outbox(limit: int = 1000) -> list[OutboxRow]:
    """Return the oldest changes that the linkage has not yet carried on."""
    found = rows(
        "SELECT id AS entry_id, kind, system_person_number, result_id, revision, created_at FROM screening_outbox"
        " ORDER BY id LIMIT %s",
        [limit],
    )
    return [OutboxRow(**row | {"kind": OutboxKind(row["kind"])}) for row in found]


def residents_here() -> int:
    """Return how many people live here, as far as the register says."""
    (counted,) = rows(
        "SELECT count(*) AS n FROM screening_resident WHERE moved_out_date IS NULL AND died_date IS NULL"  # noqa: S608 — a condition of ours
        f" AND {in_sight('system_person_number')}"
    )
    return int(counted["n"])


def import_counts() -> ImportCounts:
    """Return how many imports wait for a clerk."""
    (counted,) = rows(
        "SELECT count(*) FILTER (WHERE state = 'PREVIEWED') AS to_commit,"
        " count(*) FILTER (WHERE state = 'UNREADABLE' OR state IN ('PREVIEWED', 'COMMITTED') AND EXISTS ("
        "SELECT FROM screening_import_problem_row r WHERE r.batch_id = b.batch_id AND r.state = 'OPEN')"
        ") AS with_problems FROM screening_import_batch b"
    )
    return ImportCounts(**counted)


def _stored(row: Row) -> StoredResult:
    """Read a row as the driver gives it: JSON as text."""
    return _from_values({**row, **{name: _loaded(row[name]) for name in ("items", "absent", "warnings")}})


def _loaded(value: Any) -> Any:
    # Django's cursors leave jsonb as text, so that its own fields can choose a decoder.
    return orjson.loads(value) if isinstance(value, str) else value


def _from_history(former: Mapping[str, Any]) -> StoredResult:
    """Read a row that PostgreSQL wrote as JSON."""
    moments = ("recorded_at", "withdrawn_at")
    identifiers = ("result_id", "batch_id")
    values = dict(former)
    values.update({name: dt.datetime.fromisoformat(values[name]) for name in moments if values[name] is not None})
    values.update({name: UUID(values[name]) for name in identifiers if values[name] is not None})
    return _from_values(values)


def _from_values(values: Mapping[str, Any]) -> StoredResult:
    return StoredResult(
        result_id=values["result_id"],
        system_person_number=values["system_person_number"],
        record=ScreeningRecord(
            programme=Programme(values["programme"]),
            stage=Stage(values["stage"]),
            fiscal_year=values["fiscal_year"],
            sequence=values["sequence"],
            examined_date=values["examined_date"],
            age=values["age"],
            encounter_type=values["encounter_type"],
            facility_number=values["facility_number"],
            facility_name=values["facility_name"],
            items=values["items"],
            absent={code: AbsentReason(reason) for code, reason in values["absent"].items()},
        ),
        fee_class=values["fee_class"],
        warnings=from_stored_form(values["warnings"]),
        source=Source(values["source"]),
        source_institution=values["source_institution"],
        transaction_number=values["transaction_number"],
        batch_id=values["batch_id"],
        revision=values["revision"],
        recorded_at=values["recorded_at"],
        recorded_by=values["recorded_by"],
        withdrawn_at=values["withdrawn_at"],
        acknowledgements=acknowledgements_in(values["warnings"]),
        # Histories written before a column existed do not have it.
        declared_outcome=values.get("declared_outcome"),
    )


def _batch(row: Row) -> Batch:
    header = tuple(_loaded(row["header"]) or ())
    return Batch(**row | {"state": BatchState(row["state"]), "origin": Origin(row["origin"]), "header": header})
