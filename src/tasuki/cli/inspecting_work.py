"""What the commands about wrong links do once they are a town."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from tasuki.cli.output import staff_by
from tasuki.jobs.inspection import outcome_of
from tasuki.jobs.town import gateway_link
from tasuki.linkage.operations.identity import inspect_links
from tasuki.linkage.operations.impact import draw_impact
from tasuki.persons.queries import cases
from tasuki.persons.types.cases import INSPECTED_KINDS, CaseKind
from tasuki.runtime import node, now
from tasuki.shared.dates import JST


def inspect(progress: Callable[[str, int], None] | None) -> dict[str, Any]:
    """Inspect every link, and say what was found in numbers."""
    started = time.perf_counter()

    def tell(done: int, _total: int) -> None:
        if progress is not None:
            progress("statements", done)

    report = inspect_links(report=tell, now=now, by=staff_by("inspect-links"), at=now())
    undecided = sum(count for (kind, _state), count in cases.counts().items() if kind in INSPECTED_KINDS)
    return {
        **outcome_of(report),
        "undecided": undecided,
        "held_back": sum(one.subject["people"] for one in cases.open_cases(kind=CaseKind.MASS_STOP)),
        "counts": {
            system: {cause.value: count for cause, count in some.items()} for system, some in report.counts.items()
        },
        "seconds": round(time.perf_counter() - started, 1),
    }


def draw(person: str, since: dt.date) -> dict[str, Any]:
    """List what happened about a person since a day.

    :raises NoSuchPerson: when nobody has that number.
    """
    drawn = draw_impact(
        person=person.zfill(15),
        since=dt.datetime.combine(since, dt.time(), tzinfo=JST),
        institution=node().own_town().institution,
        link=gateway_link(),
        by=staff_by("impact"),
        at=now(),
    )
    return {
        "provided": len(drawn.provided),
        "received": len(drawn.received),
        "exchanges": None if drawn.exchanges is None else [one.model_dump(mode="json") for one in drawn.exchanges],
        "told_by_town_alone": [one.transaction_number for one in drawn.told_by_town_alone],
        "looks": [{"at": one.at, "staff": one.staff, "part": one.part} for one in drawn.looks],
        "letters": [{"at": one.issued_at, "kind": one.kind, "number": one.number} for one in drawn.letters],
        "exports": drawn.exports,
    }
