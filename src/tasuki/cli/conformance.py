"""The command that tries running nodes from outside, scenario by scenario."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tasuki.cli.output import AsJson

if TYPE_CHECKING:
    # The protocol's messages are built when they are loaded: no other command should wait for them.
    from tasuki.conformance.reading import Scenario
    from tasuki.conformance.running import Report

app = typer.Typer()
PROBLEMS, USAGE, UNREACHABLE = 1, 2, 3

SeatsFolder = Annotated[
    Path | None,
    typer.Option("--seats", exists=True, file_okay=False, help="Folder of the seats: two towns and a gateway."),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Try a gateway, network and J-LIS stand-in started for this run.")]
Only = Annotated[list[str] | None, typer.Option(help="Play only scenarios of this name or article; may be repeated.")]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Write the report to this file (Markdown).")]
Planted = Annotated[str, typer.Option("--planted-fault", help="With --fresh: start the gateway with this fault in it.")]


@app.command()
def conformance(
    seats: SeatsFolder = None,
    fresh: Fresh = False,
    only: Only = None,
    report: ReportFile = None,
    planted_fault: Planted = "",
    as_json: AsJson = False,
) -> None:
    """Play every scenario against running nodes, through their public interfaces, and print a table by article.

    Without --seats or --fresh, against the nodes of this data folder, started by `tasuki serve --seats`. Status 1: an
    article is not kept; 2: nothing to try; 3: the gateway does not answer.
    """
    from tasuki.conformance import report as reports

    chosen = _chosen(only or [])
    with _seats(seats, fresh, planted_fault) as folder:
        result = _run(folder, chosen)
    if report is not None:
        report.write_text(reports.as_page(result), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(reports.as_json(result), ensure_ascii=False))
    else:
        _print(result)
    if not result.ok:
        raise typer.Exit(PROBLEMS)


def _chosen(only: list[str]) -> "list[Scenario]":
    from tasuki.conformance.reading import ScenarioFileError, scenarios

    try:
        known = scenarios()
    except ScenarioFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(PROBLEMS) from error
    chosen = [one for one in known if not only or any(word == one.name or word in one.article for word in only)]
    if not chosen:
        typer.echo("そのような筋書はありません / no such scenario: " + ", ".join(one.name for one in known), err=True)
        raise typer.Exit(USAGE)
    return chosen


@contextlib.contextmanager
def _seats(given: Path | None, fresh: bool, planted_fault: str) -> Iterator[Path]:
    """Give the folder of the seats, of nodes that are running."""
    from tasuki.conformance.fresh import data_folder_seats, fresh_network, prepare
    from tasuki.conformance.planted import FAULTS
    from tasuki.nodes.paths import home

    if planted_fault and (not fresh or planted_fault not in FAULTS):
        typer.echo(f"--planted-fault: --fresh と一緒に / with --fresh, one of {', '.join(FAULTS)}", err=True)
        raise typer.Exit(USAGE)
    if fresh:
        with fresh_network() as network:
            if planted_fault:
                network.plant(planted_fault)
            yield network.home.seats
        return
    if given is not None:
        yield given
        return
    own = data_folder_seats(home())
    if own is None:
        typer.echo(
            "席がありません。tasuki serve --seats で始めるか、--fresh を付けてください /"
            " no seats here: start with `tasuki serve --seats`, or add --fresh",
            err=True,
        )
        raise typer.Exit(USAGE)
    prepare(home())
    yield own


def _run(folder: Path, chosen: "list[Scenario]") -> "Report":
    from tasuki.conformance.running import run_scenarios
    from tasuki.conformance.seats import SeatsMissing, read_seats
    from tasuki.protocol.errors import ExchangeFailed

    try:
        seats = read_seats(folder, lambda: dt.datetime.now(dt.UTC))
    except SeatsMissing as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    try:
        return run_scenarios(seats, chosen, lambda: dt.datetime.now(dt.UTC))
    except ExchangeFailed as failure:
        typer.echo(f"応答がありません / does not answer: {failure}", err=True)
        raise typer.Exit(UNREACHABLE) from failure
    finally:
        seats.close()


def _print(report: "Report") -> None:
    table = Table(title=f"適合確認 / conformance: {report.gateway}, {report.network}", title_justify="left")
    for column in ("条文 / article", "確かめたこと / tried", "", "見えたこと / seen"):
        table.add_column(column, overflow="fold")
    for result in report.results:
        table.add_row(
            result.article, f"{result.title_ja}\n{result.title_en}", "○" if result.passed else "×", result.saw
        )
    Console().print(table)
    passed = sum(result.passed for result in report.results)
    typer.echo(f"{passed} / {len(report.results)}")
    if report.broken:
        typer.echo("守られていない条文 / articles not kept: " + "; ".join(report.broken))
