"""What the command about invitations does once it is a town."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import typer

from tasuki.cli.output import staff_by
from tasuki.eligibility.operations.lists import refresh_changed
from tasuki.invitations import queries
from tasuki.invitations.operations.coupons import issue_coupons
from tasuki.invitations.operations.reminders import send_reminders
from tasuki.invitations.operations.targets import freeze_targets
from tasuki.invitations.types import NotReady, Run
from tasuki.jobs.invitations import town_name
from tasuki.layouts.types import Programme
from tasuki.runtime import now
from tasuki.shared.dates import civil_date, fiscal_year_bounds, fiscal_year_of

_LEFT_OUT = "left_out_"
_SAID = {
    NotReady.NOT_COMPUTED: "対象者がまだ計算されていません。tasuki eligibility を先に / compute who is due first",
    NotReady.NEEDS_RECOMPUTING: "設定が変わりました。tasuki eligibility を先に / options changed: compute who is due",
}


def invite_year(
    fiscal_year: int | None,
    *,
    freeze: bool,
    coupons: bool,
    remind: bool,
    programmes: list[Programme],
    days_apart: int,
    folder: Path | None,
) -> dict[str, Any]:
    """Do the steps asked for in their order, and count where the year stands.

    :raises typer.Exit: with status 1 when who is due cannot be relied on.
    """
    year = fiscal_year or fiscal_year_of(civil_date(now()))
    chosen, by, deliver = programmes or list(Programme), staff_by("invite"), _Folder(folder)
    valid_until = fiscal_year_bounds(year)[1]
    steps: list[tuple[bool, Callable[[dt.datetime], Run | NotReady]]] = [
        (freeze, lambda at: freeze_targets(run_id=uuid4(), fiscal_year=year, programmes=chosen, by=by, at=at)),
        (
            coupons,
            lambda at: issue_coupons(
                run_id=uuid4(), fiscal_year=year, valid_until=valid_until, town=town_name(), deliver=deliver, by=by,
                at=at,
            ),
        ),
        (
            remind,
            lambda at: send_reminders(
                run_id=uuid4(), fiscal_year=year, programmes=chosen, days_apart=days_apart, town=town_name(),
                deliver=deliver, by=by, at=at,
            ),
        ),
    ]  # fmt: skip
    counted: Counter[str] = Counter()
    for is_wanted, do in steps:
        if is_wanted:
            outcome: Run | NotReady = NotReady.BUSY
            # A command has time: the worker that is bringing the lists up to date is waited for.
            while outcome is NotReady.BUSY:
                refresh_changed(by=by, at=now(), wait=True)
                outcome = do(now())
            counted.update(_done(outcome))
            deliver.keep()
    return _values(year, counted)


def _done(outcome: Run | NotReady) -> dict[str, int]:
    if isinstance(outcome, NotReady):
        typer.echo(f"tasuki: {_SAID[outcome]}", err=True)
        raise typer.Exit(1)
    return dict(outcome.outcome)


def _values(year: int, counted: Counter[str]) -> dict[str, Any]:
    """Return what was done now, and where the year's list stands."""
    standing = queries.numbers(year, civil_date(now()))
    return {
        "fiscal_year": year,
        "eligible": standing.people,
        "targets": standing.targets,
        "frozen": counted["targets"],
        "coupons": counted["coupons"],
        "reminded": counted["reminded"],
        "left_out": {name.removeprefix(_LEFT_OUT): n for name, n in counted.items() if name.startswith(_LEFT_OUT)},
        "examined": sum(one.examined for one in standing.programmes),
        "refused": sum(one.refused for one in standing.programmes),
        "open": sum(one.open for one in standing.programmes),
    }


class _Folder:
    """Keeps files in a folder once the run that made them is committed; without a folder nobody keeps them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._made: list[Path] = []
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __call__(self, file_name: str, content: bytes) -> None:
        if self._folder is not None:
            made = self._folder / f"{file_name}.part"
            made.write_bytes(content)
            self._made.append(made)

    def keep(self) -> None:
        """Give the files of a committed run their names."""
        for made in self._made:
            made.rename(made.with_suffix(""))
        self._made.clear()
