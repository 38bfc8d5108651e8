"""What the commands about wrong links do once they are a town."""

import time
from collections.abc import Callable
from typing import Any

from tasuki.cli.output import staff_by
from tasuki.jobs.inspection import outcome_of
from tasuki.jobs.town import start_sending
from tasuki.linkage.operations.identity import inspect_links
from tasuki.persons.queries import cases
from tasuki.persons.types.cases import INSPECTED_KINDS
from tasuki.runtime import now


def inspect(progress: Callable[[str, int], None] | None) -> dict[str, Any]:
    """Inspect every link, and say what was found in numbers."""
    started = time.perf_counter()

    def tell(done: int, _total: int) -> None:
        if progress is not None:
            progress("statements", done)

    report = inspect_links(report=tell, now=now, by=staff_by("inspect-links"), at=now())
    start_sending()
    undecided = sum(count for (kind, _state), count in cases.counts().items() if kind in INSPECTED_KINDS)
    return {
        **outcome_of(report),
        "undecided": undecided,
        "counts": {
            system: {cause.value: count for cause, count in some.items()} for system, some in report.counts.items()
        },
        "seconds": round(time.perf_counter() - started, 1),
    }
