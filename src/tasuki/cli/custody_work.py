"""What the commands of the person index do once they are a town."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tasuki.cli.output import staff_by
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations.custody import delete_due_numbers, plan_deletion, rotate_number_key
from tasuki.persons.retention import EndingEvent
from tasuki.runtime import keys, now
from tasuki.screening.operations.protection import import_protected
from tasuki.screening.types.protection import ListRefusal, ListRefused
from tasuki.shared.dates import civil_date

_REFUSED: Final = {
    ListRefusal.UNREADABLE: "名簿を読めません / the list cannot be read",
    ListRefusal.OLDER: "もっと新しい名簿を取込み済みです / a newer list was taken in before",
    ListRefusal.AHEAD: "名簿の日付が今日より後です / the day of the list has not come yet",
}


class ListNotTaken(Exception):
    """The list was not taken in; `lines` say why."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("the list was not taken in")
        self.lines = lines


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


def take_in_protected(file: Path, listed_on: dt.date | None) -> dict[str, Any]:
    """Take in a list of protected persons, and say what it changed.

    :raises ListNotTaken: when nothing was taken in.
    """
    at = now()
    done = import_protected(
        file=file, file_name=file.name, listed_on=listed_on or civil_date(at), by=staff_by("import-protected"), at=at
    )
    if isinstance(done, ListRefused):
        words = [f"{one.message_ja} / {one.message_en}" for one in done.problems]
        raise ListNotTaken([_REFUSED[done.reason], *words])
    return {
        "listed_on": done.listed_on,
        "people": done.people,
        "changed": done.changed,
        "no_longer_listed": done.missing,
        "problems": done.problems,
        "complete": done.is_complete,
        "fresh_until": done.fresh_until,
    }
