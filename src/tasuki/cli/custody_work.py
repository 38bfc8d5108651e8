"""What the commands of the person index do once they are a town."""

import time
from collections.abc import Callable
from typing import Any

from tasuki.cli.output import staff_by
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations.custody import delete_due_numbers, plan_deletion, rotate_number_key
from tasuki.persons.retention import EndingEvent
from tasuki.runtime import keys, now
from tasuki.shared.dates import civil_date


def rotate(progress: Callable[[str, int], None] | None) -> dict[str, Any]:
    """Exchange the key of individual numbers, and say what came of it."""
    started = time.perf_counter()
    done = rotate_number_key(
        make_key=keys().make_number_key,
        cipher=number_cipher(),
        by=staff_by("rotate-number-key"),
        at=now(),
        progress=progress,
    )
    return {
        "key": done.key_id,
        "resumed": done.resumed,
        "resealed": done.resealed,
        "verified": done.verified,
        "damaged": list(done.damaged),
        "twice": list(done.twice),
        "retired": list(done.retired),
        "seconds": round(time.perf_counter() - started, 2),
    }


def delete(*, run: bool) -> dict[str, Any]:
    """Count the individual numbers whose purpose ended, and delete them if asked to."""
    at = now()
    plan = plan_deletion(civil_date(at))
    values: dict[str, Any] = {
        "due": len(plan.people),
        "moved_out": plan.by_event[EndingEvent.MOVED_OUT],
        "died": plan.by_event[EndingEvent.DIED],
        "kept_for_another_system": plan.shared,
        "kept_for_an_inquiry": plan.asked_about,
        "deleted": 0,
    }
    if run:
        values["deleted"] = delete_due_numbers(expected=len(plan.people), by=staff_by("delete-numbers"), at=at)
    return values
