"""The computed list of a fiscal year: made whole, and kept up to date with what changed.

Triggers mark everybody whose residence, results or exclusions change, in the transaction of the change
(`eligibility_change`). Marks are taken out before the records are read: a change that commits meanwhile keeps its own
mark, so that a list is either up to date or says how many people it is behind.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from tasuki.eligibility import facts, queries
from tasuki.eligibility.catalogue import day_that_counts
from tasuki.eligibility.computing import deciders, lines
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.work.types import Progress, Unwatched

# Any constant: it means "the lists of eligibility are being written".
_LISTS_LOCK = 0x454C_4947
_TABLE = "eligibility_assessment"
_STAGING = "eligibility_staging"
_LINES_A_PIECE = 2_000
_KEY = ("fiscal_year", "programme", "system_person_number")
_SAID = ("status", "reason", "age", "last_year", "last_source", "next_year", "methods")
_COLUMNS = ", ".join((*_KEY, *_SAID))
_DIFFERS = "ROW({}) IS DISTINCT FROM ROW({})".format(
    ", ".join(f"a.{name}" for name in _SAID), ", ".join(f"s.{name}" for name in _SAID)
)
# Most lines of a repeated computation say what they said before: only those that differ are written.
_MERGE = f"""
INSERT INTO {_TABLE} ({_COLUMNS})
SELECT {", ".join(f"s.{name}" for name in (*_KEY, *_SAID))} FROM {_STAGING} s
LEFT JOIN {_TABLE} a ON (a.fiscal_year, a.programme, a.system_person_number)
  = (s.fiscal_year, s.programme, s.system_person_number)
WHERE a.status IS NULL OR {_DIFFERS}
ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _SAID)}
"""  # noqa: S608 — names of our own
_REMOVE_GONE = f"""
DELETE FROM {_TABLE} a WHERE a.fiscal_year = %s AND {{}} AND NOT EXISTS (SELECT FROM {_STAGING} s
  WHERE (s.fiscal_year, s.programme, s.system_person_number) = (a.fiscal_year, a.programme, a.system_person_number))
"""  # noqa: S608 — names of our own
_NOTE_RUN = """
INSERT INTO eligibility_run (fiscal_year, computed_at, computed_by, refreshed_at, current_on, options_version,
  rules_digest, people)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (fiscal_year) DO UPDATE SET computed_at = excluded.computed_at, computed_by = excluded.computed_by,
  refreshed_at = excluded.refreshed_at, current_on = excluded.current_on,
  options_version = excluded.options_version, rules_digest = excluded.rules_digest, people = excluded.people
"""


@dataclass(frozen=True, slots=True)
class Computed:
    """A year's list is whole: for how many residents, of which some lines changed."""

    fiscal_year: int
    people: int
    changed_lines: int


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Lists were brought up to date. `is_busy` says that somebody else is writing them, so that nothing was done."""

    years: tuple[int, ...]
    people: int
    is_busy: bool = False


@transaction.atomic
def recompute(*, fiscal_year: int, by: Actor, at: dt.datetime, progress: Progress | None = None) -> Computed:
    """Compute the list of a fiscal year for every resident, in place of the one there is.

    Waits while lists are being written by somebody else. What had changed since the last time is brought into the
    other years' lists as well.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [_LISTS_LOCK])
    on = day_that_counts(fiscal_year, civil_date(at))
    changed = _taken_marks()
    for year in queries.computed_years():
        if year != fiscal_year:
            _refresh_year(year, changed, at)
    version = queries.options_for(fiscal_year).version
    people, changed_lines = _compute_all(fiscal_year, on, progress or Unwatched())
    digest = queries.rules_digest(fiscal_year, on)
    run(_NOTE_RUN, [fiscal_year, at, str(by), at, on, version, digest, people])
    append(
        kind=EntryKind.ELIGIBILITY_COMPUTED,
        body={"fiscal_year": fiscal_year, "people": people, "changed_lines": changed_lines}
        | {"options_version": version, "rules": digest, "by": str(by)},
        at=at,
    )
    return Computed(fiscal_year, people, changed_lines)


@transaction.atomic
def refresh_changed(*, by: Actor, at: dt.datetime, wait: bool = False) -> Refreshed:
    """Bring every computed list up to date with whoever changed, moved away or came to the end of an exclusion.

    Where somebody else is computing, nothing is done, unless the caller can `wait` for them to finish.
    """
    if wait:
        run("SELECT pg_advisory_xact_lock(%s)", [_LISTS_LOCK])
    else:
        [lock] = rows("SELECT pg_try_advisory_xact_lock(%s) AS is_ours", [_LISTS_LOCK])
        if not lock["is_ours"]:
            return Refreshed((), 0, is_busy=True)
    changed = _taken_marks()
    years = {year: _refresh_year(year, changed, at) for year in queries.computed_years()}
    written = {year: people for year, people in years.items() if people}
    if written:
        append(
            kind=EntryKind.ELIGIBILITY_REFRESHED,
            body={"people": {str(year): people for year, people in written.items()}, "by": str(by)},
            at=at,
        )
    return Refreshed(tuple(written), max(written.values(), default=0))


def _taken_marks() -> set[str]:
    """Take out every mark there is, before anything is read."""
    found = rows(
        "WITH taken AS (DELETE FROM eligibility_change RETURNING system_person_numbers)"
        " SELECT DISTINCT unnest(system_person_numbers) AS number FROM taken"
    )
    return {row["number"] for row in found}


def _refresh_year(fiscal_year: int, changed: Collection[str], at: dt.datetime) -> int:
    """Compute those who changed, and those whom a date reached since the day the list stands for; give how many."""
    former = queries.run(fiscal_year)
    if former is None:
        return 0
    on = max(day_that_counts(fiscal_year, civil_date(at)), former.current_on)
    numbers = sorted({*changed, *queries.reached_by_dates(former.current_on, on)})
    deciding = deciders(queries.rules_for(fiscal_year, on))
    for start in range(0, len(numbers), facts.PAGE):
        some = numbers[start : start + facts.PAGE]
        _make_staging()
        _copy(_STAGING, lines(facts.some(some, fiscal_year, on), deciding))
        _replace(fiscal_year, "a.system_person_number = ANY(%s)", [some])
    run(
        "UPDATE eligibility_run SET refreshed_at = %s, current_on = %s, people = (SELECT count(*)"
        " FROM eligibility_assessment WHERE fiscal_year = %s AND programme = %s) WHERE fiscal_year = %s",
        [at, on, fiscal_year, Programme.LUNG.value, fiscal_year],
    )
    return len(numbers)


def _compute_all(fiscal_year: int, on: dt.date, progress: Progress) -> tuple[int, int]:
    """Write everybody's lines; give how many people there are and how many lines changed."""
    [expected] = rows("SELECT count(*) AS people FROM screening_resident")
    is_first = not rows("SELECT 1 FROM eligibility_assessment WHERE fiscal_year = %s LIMIT 1", [fiscal_year])
    deciding = deciders(queries.rules_for(fiscal_year, on))
    if not is_first:
        _make_staging()
    people = 0
    for page in facts.everybody(fiscal_year, on):
        # A first list needs no comparison, and goes to its place directly.
        _copy(_TABLE if is_first else _STAGING, lines(page, deciding))
        people += len(page.residents)
        progress.report(people, expected["people"])
    if is_first:
        return people, people * len(deciding)
    return people, _replace(fiscal_year, "TRUE", [])


def _make_staging() -> None:
    run(
        f"CREATE TEMPORARY TABLE {_STAGING} ON COMMIT DROP AS SELECT {_COLUMNS} FROM {_TABLE} WITH NO DATA"  # noqa: S608 — names of our own
    )


def _replace(fiscal_year: int, scope: str, params: list[object]) -> int:
    """Put what is staged in the place of the lines in scope, and give how many lines changed."""
    run(f"ANALYZE {_STAGING}")
    gone = run(_REMOVE_GONE.format(scope), [fiscal_year, *params])
    changed = run(_MERGE)
    run(f"DROP TABLE {_STAGING}")
    return gone + changed


def _copy(table: str, written: Iterable[str]) -> None:
    """COPY ready-made lines; whatever gives them must not ask the database meanwhile."""
    pieces = iter(written)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_COLUMNS}) FROM STDIN") as copy:
        while piece := "".join(islice(pieces, _LINES_A_PIECE)):
            copy.write(piece)
