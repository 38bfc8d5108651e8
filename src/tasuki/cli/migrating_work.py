"""What the command of the change over does once it is a town; each gives the status the command ends with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import typer

from tasuki.cli.administrator import administrator
from tasuki.cli.output import progress_bar, show, staff_by
from tasuki.cutover.carrying_out import carry_out, take_back
from tasuki.cutover.catalogue import fault_words, obstacle_words
from tasuki.cutover.exports import opened_export
from tasuki.cutover.loading import Tools
from tasuki.cutover.plan_types import Obstacle
from tasuki.cutover.rehearsing import rehearse, report_file
from tasuki.cutover.types import Export, FileReport, LoadedFile, Rehearsal, UnusableExport
from tasuki.jobs.imports import rules_of_today, uploads
from tasuki.jobs.rehearsals import reports_folder
from tasuki.jobs.town import number_cipher
from tasuki.runtime import now

DONE, PROBLEMS, UNUSABLE = 0, 1, 2
_BY: Final = "migrate-from"


def rehearse_export(place: Path, *, as_json: bool) -> int:
    """Rehearse an export, and say what was found."""
    try:
        with (
            opened_export(place, uploads()) as export,
            administrator() as admin,
            progress_bar("仮移行 / rehearsal", not as_json) as told,
        ):
            found = rehearse(
                export=export,
                admin_url=admin,
                tools=_tools(),
                reports=reports_folder(),
                by=staff_by(_BY),
                clock=now,
                told=told,
            )
    except UnusableExport as unusable:
        return _unusable(unusable)
    _show_rehearsal(found, as_json)
    return DONE if found.passed and found.way_back else PROBLEMS


def load_by_plan(place: Path, number: int, *, as_json: bool) -> int:
    """Load an export by an approved plan, from where an earlier run stopped."""
    try:
        with opened_export(place, uploads()) as export:
            done = _carry_out(export, number, as_json)
    except UnusableExport as unusable:
        return _unusable(unusable)
    if isinstance(done, LoadedFile):
        typer.echo(f"{done.name}: {' / '.join(done.stopped or ())}", err=True)
        return PROBLEMS
    if isinstance(done, list):
        return _in_the_way(done)
    _show({"plan": done.number, "state": done.state.value}, done.files, as_json)
    return DONE if all(one.is_as_expected for one in done.files) else PROBLEMS


def _carry_out(export: Export, number: int, as_json: bool) -> Any:
    with progress_bar("切替 / change over", not as_json) as told:
        return carry_out(
            number=number,
            export=export,
            tools=_tools(),
            by=staff_by(_BY),
            clock=now,
            told=told or (lambda _step, _count: None),
        )


def take_back_plan(number: int, reason: str, *, as_json: bool) -> int:
    """Take back what was loaded by a plan."""
    done = take_back(number=number, reason=reason, by=staff_by(_BY), clock=now)
    if isinstance(done, list):
        return _in_the_way(done)
    show(
        {"plan": done.number, "state": done.state.value, "left": done.left, "differing": list(done.differing)}, as_json
    )
    return DONE if not done.differing and not done.left else PROBLEMS


def _tools() -> Tools:
    return Tools(number_cipher(), rules_of_today())


def _unusable(unusable: UnusableExport) -> int:
    for fault in unusable.faults:
        typer.echo(" / ".join(fault_words(fault)), err=True)
    return UNUSABLE


def _in_the_way(found: Sequence[Obstacle]) -> int:
    for one in found:
        typer.echo(" / ".join(obstacle_words(one)), err=True)
    return PROBLEMS


def _show_rehearsal(found: Rehearsal, as_json: bool) -> None:
    values: dict[str, Any] = {
        "rehearsal": found.number,
        "passed": found.passed,
        "way_back": found.way_back,
        "tables": found.tables,
        "differing": list(found.differing),
        "differences": found.differences,
        "export_digest": found.export_digest,
        "report": str(report_file(reports_folder(), found.number)),
    }
    _show(values, found.files, as_json)


def _show(values: dict[str, Any], files: Sequence[FileReport], as_json: bool) -> None:
    """Print values and, for people, a line for each file with its counts."""
    if as_json:
        show(values | {"files": _files(files)}, as_json)
        return
    show(values, as_json)
    for one in files:
        agrees = "一致 / agrees" if one.is_as_expected else "不一致 / differs"
        counts = (
            f"一覧表 / manifest {one.expected:,}  読んだ / read {one.read:,}  入れた / loaded {one.loaded:,}"
            f"  受け付けなかった / refused {one.refused:,} ({one.agreed:,})  違い / differences {one.differences:,}"
        )
        typer.echo(f"{one.name}: {agrees}  {counts}")
        if one.stopped is not None:
            typer.echo(f"  {' / '.join(one.stopped)}")


def _files(files: Sequence[FileReport]) -> list[dict[str, Any]]:
    return [
        {
            "file": one.name,
            "programme": one.programme,
            "expected": one.expected,
            "read": one.read,
            "loaded": one.loaded,
            "refused": one.refused,
            "agreed": one.agreed,
            "refused_by": dict(one.refused_by),
            "differences": dict(one.kinds),
            "respelled": one.respelled,
            "not_kept": list(one.not_kept),
            "stopped": None if one.stopped is None else " / ".join(one.stopped),
        }
        for one in files
    ]
