"""Reads of the report: snapshots, counts of their lines by any dimension, and the people behind a count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from tasuki.layouts.types import Programme
from tasuki.nodes.sql import Row, rows
from tasuki.reporting.catalogue import indicators
from tasuki.reporting.rules import value_of
from tasuki.reporting.statements import CONDITIONS, DIGEST, PARTS
from tasuki.reporting.types import Column, Dimension, Filter, Line, LinePage, Snapshot, Tally, Value

_SNAPSHOT = "snapshot_id, fiscal_year, lines, digest, note, is_population_known, taken_at, taken_by"
EVERYTHING = Filter()
#: The dimensions by which the national report parts its cells.
REPORT: tuple[Dimension, ...] = (
    Dimension.PROGRAMME,
    Dimension.METHOD,
    Dimension.ENCOUNTER,
    Dimension.SEX,
    Dimension.AGE_BAND,
    Dimension.IS_FIRST,
)
# What is known of whole programmes, sexes and ages only, not of how or where somebody was examined.
_OF_PEOPLE = (Dimension.PROGRAMME, Dimension.SEX, Dimension.AGE_BAND)


def snapshot(snapshot_id: UUID) -> Snapshot | None:
    """Return a snapshot, or None where there is none."""
    found = rows(f"SELECT {_SNAPSHOT} FROM reporting_snapshot WHERE snapshot_id = %s", [snapshot_id])  # noqa: S608 — columns of ours
    return Snapshot(**found[0]) if found else None


def snapshots() -> list[Snapshot]:
    """Return every snapshot, newest year first, and within a year the newest first."""
    found = rows(f"SELECT {_SNAPSHOT} FROM reporting_snapshot ORDER BY fiscal_year DESC, taken_at DESC")  # noqa: S608 — as above
    return [Snapshot(**row) for row in found]


def newest_of_each_year() -> list[Snapshot]:
    """Return the newest snapshot of each fiscal year, oldest year first: what trends are drawn from."""
    found = rows(
        f"SELECT DISTINCT ON (fiscal_year) {_SNAPSHOT} FROM reporting_snapshot ORDER BY fiscal_year, taken_at DESC"  # noqa: S608 — as above
    )
    return [Snapshot(**row) for row in found]


def is_intact(found: Snapshot) -> bool:
    """Say whether the lines of a snapshot still are what its record in the evidence says."""
    (counted,) = rows(DIGEST, [found.snapshot_id])
    return (counted["lines"], counted["digest"]) == (found.lines, found.digest)


def tallies(
    snapshot_id: UUID,
    by: Sequence[Dimension],
    wanted: Filter = EVERYTHING,
    columns: Sequence[Column] = tuple(Column),
) -> list[Tally]:
    """Return counts of a snapshot's screenings, parted by some dimensions, in their order."""
    conditions, params = _conditions(wanted)
    parts = [f"{PARTS[one]} AS {one.value}" for one in by]
    counted = [f"count(*) FILTER (WHERE {CONDITIONS[one]}) AS {one.value.lower()}" for one in columns]
    names = ", ".join(one.value for one in by)
    found = rows(
        f"SELECT {', '.join([*parts, *counted])} FROM reporting_line l WHERE l.snapshot_id = %s AND {conditions}"  # noqa: S608 — as above
        + (f" GROUP BY {names} ORDER BY {names}" if by else ""),
        [snapshot_id, *params],
    )
    people = _people(snapshot_id, [one for one in by if one in _OF_PEOPLE], wanted)
    return [_tally(row, by, columns, people) for row in found]


def _tally(
    row: Row, by: Sequence[Dimension], columns: Sequence[Column], people: Mapping[tuple[str, ...], tuple[int, int]]
) -> Tally:
    group = {one: str(row[one.value]) for one in by}
    known = people.get(tuple(group[one] for one in by if one in _OF_PEOPLE), (0, 0))
    return Tally(group, {one: row[one.value.lower()] for one in columns}, known[0], known[1])


def _people(snapshot_id: UUID, by: Sequence[Dimension], wanted: Filter) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return how many people there are and how many came the year before, by whole programmes, sexes and ages."""
    own = replace(wanted, method="", encounter=None, is_first=None, facility=None)
    conditions, params = _conditions(own)
    parts = [f"{PARTS[one]} AS {one.value}" for one in by]
    names = ", ".join(one.value for one in by)
    found = rows(
        f"SELECT {', '.join([*parts, 'coalesce(sum(l.people), 0) AS people'])},"  # noqa: S608 — as above
        " coalesce(sum(l.examined_last_year), 0) AS examined_last_year"
        f" FROM reporting_population l WHERE l.snapshot_id = %s AND {conditions}"
        + (f" GROUP BY {names}" if by else ""),
        [snapshot_id, *params],
    )
    return {tuple(str(row[one.value]) for one in by): (row["people"], row["examined_last_year"]) for row in found}


def cells(snapshot_id: UUID) -> list[Tally]:
    """Return the cells of the national report: every combination of its dimensions that somebody is in."""
    return tallies(snapshot_id, REPORT)


def lines_behind(snapshot_id: UUID, column: Column, wanted: Filter, *, limit: int = 50, offset: int = 0) -> LinePage:
    """Return one page of the screenings behind a count, for whoever may see whose they are."""
    conditions, params = _conditions(wanted)
    where = f"l.snapshot_id = %s AND {conditions} AND {CONDITIONS[column]}"
    (counted,) = rows(f"SELECT count(*) AS n FROM reporting_line l WHERE {where}", [snapshot_id, *params])  # noqa: S608 — as above
    found = rows(
        "SELECT l.result_id, l.system_person_number, l.programme, l.method, l.age, l.sex, l.facility_name"  # noqa: S608 — as above
        f" FROM reporting_line l WHERE {where} ORDER BY l.system_person_number, l.result_id LIMIT %s OFFSET %s",
        [snapshot_id, *params, limit, offset],
    )
    return LinePage(counted["n"], tuple(Line(**row | {"programme": Programme(row["programme"])}) for row in found))


def indicator_values(snapshot_id: UUID, programme: Programme, wanted: Filter = EVERYTHING) -> list[Value]:
    """Return every indicator of a programme over some of its screenings, held against what is known for those ages."""
    own = replace(wanted, programme=programme)
    (tally,) = tallies(snapshot_id, (), own)
    return [
        value_of(indicator, programme, tally, upper_age=wanted.upper_age or 0)
        for indicator in indicators()
        if programme in indicator.programmes
    ]


def facilities(snapshot_id: UUID, programme: Programme) -> list[tuple[str, str, int]]:
    """Return where a programme's screenings of a snapshot were: number, name and how many, most first."""
    found = rows(
        "SELECT facility_number, max(facility_name) AS name, count(*) AS n FROM reporting_line"
        " WHERE snapshot_id = %s AND programme = %s GROUP BY facility_number ORDER BY n DESC, facility_number",
        [snapshot_id, programme.value],
    )
    return [(row["facility_number"], row["name"], row["n"]) for row in found]


def _conditions(wanted: Filter) -> tuple[str, list[object]]:
    parts: list[tuple[str, object]] = []
    if wanted.programme is not None:
        parts.append(("l.programme = %s", wanted.programme.value))
    if wanted.method:
        parts.append(("l.method = %s", wanted.method))
    if wanted.encounter is not None:
        parts.append(("l.encounter = %s", wanted.encounter))
    if wanted.sex:
        parts.append(("l.sex = %s", wanted.sex))
    if wanted.age_band:
        parts.append((f"{PARTS[Dimension.AGE_BAND]} = %s", wanted.age_band))
    if wanted.is_first is not None:
        parts.append(("l.is_first = %s", wanted.is_first))
    if wanted.facility is not None:
        parts.append(("l.facility_number = %s", wanted.facility))
    if wanted.upper_age is not None:
        parts.append(("l.age <= %s", wanted.upper_age))
    return " AND ".join(["TRUE", *(condition for condition, _ in parts)]), [value for _, value in parts]
