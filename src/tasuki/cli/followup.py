"""What the commands about the follow-up do once they are a town."""

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasuki.cli.output import staff_by
from tasuki.followup import queries
from tasuki.followup.operations.cases import close_year
from tasuki.followup.operations.letters import TIME_TO_GO, make_detail_reminders, make_result_notices
from tasuki.followup.rules import is_known
from tasuki.followup.types import CaseFilter, CaseState, LetterRun, NoticeFilter
from tasuki.runtime import node, now
from tasuki.shared.dates import civil_date, fiscal_year_of

#: Shows how far a command is: the step and how much of it is done.
Told = Callable[[str, int], None] | None


class _Shown:
    """Progress as a command shows it."""

    def __init__(self, step: str, told: Told) -> None:
        self._step, self._told = step, told

    def report(self, done: int, total: int) -> None:
        """Show how much is done."""
        if self._told is not None:
            self._told(f"{self._step} / {total:,}", done)


class _Folder:
    """Files of letters in a folder nobody else may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, file_name: str, content: bytes) -> None:
        """Write a file; one of the same name is never overwritten.

        :raises FileExistsError: when there is one.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self.folder / file_name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)


def follow_up_year(
    fiscal_year: int | None, *, remind: bool, close: bool, output: Path | None, told: Told
) -> dict[str, Any]:
    """Remind and close as asked, then count the year's cases by state."""
    at = now()
    year = fiscal_year or fiscal_year_of(civil_date(at))
    values: dict[str, Any] = {"fiscal_year": year}
    if remind:
        folder = _folder(output, "detail-reminders")
        started = time.perf_counter()
        run = make_detail_reminders(
            wanted=CaseFilter(fiscal_year=year, states=tuple(one for one in CaseState if one.is_open)),
            deadline=civil_date(at) + TIME_TO_GO,
            keep=folder.keep,
            town=node().own_town().name,
            by=staff_by("follow-up"),
            at=at,
            progress=_Shown("PDF", told),
        )
        values |= _of_run(run, folder, started)
    if close:
        close_year(fiscal_year=year, by=staff_by("follow-up"), at=at)
    return values | count_year(year)


def count_year(year: int) -> dict[str, Any]:
    """Count a year's cases: how many need a detailed examination, of how many the outcome is known, and each state."""
    by_state = Counter[CaseState]()
    for (_programme, state), people in queries.counts(CaseFilter(fiscal_year=year)).items():
        by_state[state] += people
    is_closed = queries.closing(year) is not None
    return {
        "closed": is_closed,
        "needs_detail": by_state.total(),
        "detail_known": sum(people for state, people in by_state.items() if is_known(state, is_closed=is_closed)),
    } | {state.lower(): by_state[state] for state in CaseState}


def notify_results(
    fiscal_year: int | None, *, output: Path | None, told: Told, gathered: bool = False
) -> dict[str, Any]:
    """Make result notices for every screening of a year whose person was not told yet."""
    at = now()
    year = fiscal_year or fiscal_year_of(civil_date(at))
    folder = _folder(output, "result-notices")
    started = time.perf_counter()
    run = make_result_notices(
        wanted=NoticeFilter(fiscal_year=year),
        keep=folder.keep,
        town=node().own_town().name,
        by=staff_by("result-notices"),
        at=at,
        gathered=gathered,
        progress=_Shown("PDF", told),
    )
    return {"fiscal_year": year} | _of_run(run, folder, started)


def _folder(output: Path | None, kind: str) -> _Folder:
    return _Folder(output or node().folder / "letters" / f"{kind}-{now():%Y%m%dT%H%M%S}")


def _of_run(run: LetterRun, folder: _Folder, started: float) -> dict[str, Any]:
    left_out = Counter(reason for _result, _person, reason in run.left_out)
    return (
        {
            "letters": run.letters,
            "files": run.files,
            "folder": str(folder.folder) if run.files else "",
            "left_out": len(run.left_out),
        }
        | {f"left_out_{reason.lower()}": people for reason, people in sorted(left_out.items())}
        | {"seconds": round(time.perf_counter() - started, 2)}
    )
