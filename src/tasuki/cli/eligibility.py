"""What the commands about who is due do once they are a town."""

import time
from typing import Any

from tasuki.cli.output import staff_by
from tasuki.eligibility import queries
from tasuki.eligibility.operations.lists import recompute
from tasuki.layouts.types import Programme
from tasuki.runtime import now
from tasuki.shared.dates import civil_date, fiscal_year_of


def compute_eligibility(fiscal_year: int | None) -> dict[str, Any]:
    """Compute a fiscal year, this one unless said, and count people by programme and status."""
    year = fiscal_year or fiscal_year_of(civil_date(now()))
    started = time.perf_counter()
    done = recompute(fiscal_year=year, by=staff_by("eligibility"), at=now())
    seconds = round(time.perf_counter() - started, 2)
    values: dict[str, Any] = {"fiscal_year": year, "people": done.people, "changed_lines": done.changed_lines}
    by_programme = {programme: {"due": 0, "taken": 0, "not_due": 0} for programme in Programme}
    for one in queries.counts(year):
        by_programme[one.programme][one.status.lower()] += one.people
    return values | {code.name.lower(): counted for code, counted in by_programme.items()} | {"seconds": seconds}
