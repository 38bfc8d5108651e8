"""Commands that measure what Tasuki promises, where no running node is needed."""

import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="Measure what is promised (docs/guarantees.md).")


class Size(StrEnum):
    """How large the generated sets are."""

    SMALL = "small"
    FULL = "full"


#: People of the labelled set, and records in the index for one change at a time.
_PEOPLE = {Size.SMALL: 20_000, Size.FULL: 205_000}
_INDEX = {Size.SMALL: 20_000, Size.FULL: 1_000_000}
#: What is promised, by set: the least F1.
_F1 = {"febrl3": 0.992, "febrl4": 0.9985, "japan": 0.99}
_RATIO = 1.5
_P95_MS = 10.0
_REGISTRATION_P95_MS = 20.0
PROBLEMS, USAGE = 1, 2


@app.command()
def identity(
    size: Annotated[
        Size, typer.Option(help="How large the generated sets are; the promises hold for full.")
    ] = Size.FULL,
    as_json: AsJson = False,
) -> None:
    """Measure matching: accuracy on FEBRL3, FEBRL4 and a labelled Japanese set, and speed (P6).

    Ends with status 1 when a promise is not held, and with 2 when the package that ships the FEBRL sets is missing.
    """
    from tasuki.cli import febrl, identity

    if not febrl.is_available():
        typer.echo(febrl.MISSING_PACKAGE, err=True)
        raise typer.Exit(USAGE)
    figures: dict[str, dict[str, Any]] = {}
    measures: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("febrl3", lambda: identity.measure_febrl(febrl.febrl3())),
        ("febrl4", lambda: identity.measure_febrl(febrl.febrl4())),
        ("japan", lambda: identity.measure_japan(_PEOPLE[size])),
        ("incremental", lambda: _increments(_INDEX[size])),
    ]
    for name, measure in measures:
        typer.echo(f"{name} …", err=True)
        figures[name] = measure()
    broken = broken_promises(figures, size)
    if as_json:
        import json

        typer.echo(json.dumps({"size": size, **figures, "not_held": broken}, ensure_ascii=False))
    else:
        _print(figures, broken)
    if broken:
        raise typer.Exit(PROBLEMS)


@app.command()
def faults(
    only: Annotated[list[str] | None, typer.Option(help="Only faults of this name; may be repeated.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the outcomes in this file, for the guarantees.")] = None,
    as_json: AsJson = False,
) -> None:
    """Kill, freeze and starve the nodes of a scratch demonstration under load; verify what came of it (R1–R4).

    Ends with status 1 when an answer went unrecorded, was recorded twice, or something was left half-done.
    """
    import json

    from tasuki.cli import faults as work

    values = work.measure(work.known(only or []), keep)
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False))
    else:
        work.print_table(values)
    if not values["held"]:
        raise typer.Exit(PROBLEMS)


@app.command()
def registration(
    people: Annotated[int, typer.Option(min=100, help="How many people the register knows.")] = 350_000,
    as_json: AsJson = False,
) -> None:
    """Measure the registration of one person in a town whose index is full, matching included.

    Ends with status 1 when it takes longer than promised.
    """
    from tasuki.cli.output import show
    from tasuki.cli.registering import measure_registration
    from tasuki.cli.scratch import scratch_index

    with tempfile.TemporaryDirectory(prefix="tasuki-bench-") as folder, scratch_index(Path(folder)):
        figures = measure_registration(people)
    show(figures, as_json)
    if figures["p95_ms"] > _REGISTRATION_P95_MS:
        raise typer.Exit(PROBLEMS)


@app.command()
def weights(
    output: Annotated[Path, typer.Option(dir_okay=False, help="The file to write.")],
    people: Annotated[int, typer.Option(min=1000, help="How many people are generated.")] = 205_000,
    seed: Annotated[int, typer.Option(help="What the records are generated from.")] = 7,
) -> None:
    """Estimate the Japanese weights anew, without labels, from generated records."""
    import datetime as dt

    from tasuki.demo.generator.labelled import labelled_records
    from tasuki.matching.batch import count_pairs
    from tasuki.matching.definition import JAPAN, definition
    from tasuki.matching.estimating import as_toml, estimate
    from tasuki.matching.keys import columns_of

    records = [(one.record.key, columns_of(one.record)) for one in labelled_records(people=people, seed=seed)]
    of = definition(JAPAN)
    obtained = f"{len(records)} generated records ({people} people, seed {seed}), without their labels"
    today = dt.datetime.now(tz=dt.UTC).date()
    found = estimate(of, count_pairs(of, records), on=today, obtained=obtained)
    output.write_text(as_toml(found, of, f"tasuki bench weights --people {people} --seed {seed}"), "utf-8")
    typer.echo(f"{output}: {len(records)}")


@app.command("wrong-links")
def wrong_links(
    people: Annotated[int, typer.Option(min=1_000, help="How many people the register has.")] = 350_000,
    planted: Annotated[int, typer.Option(min=20, help="How many wrong links are planted.")] = 200,
    seed: Annotated[int, typer.Option(help="What the town is generated from.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Plant wrong links of the national kinds in a fictitious town, inspect it, and say what was found.

    Ends with status 1 when one is missed, or too many right ones are flagged, or it takes too long.
    """
    import json

    from tasuki.cli.scratch import scratch_index

    with tempfile.TemporaryDirectory(prefix="tasuki-bench-") as folder, scratch_index(Path(folder)):
        from tasuki.cli.wrong_links import broken_promises as not_held
        from tasuki.cli.wrong_links import measure_wrong_links

        figures = measure_wrong_links(people=people, planted=planted, seed=seed)
    broken = not_held(figures)
    if as_json:
        typer.echo(json.dumps({**figures, "not_held": broken}, ensure_ascii=False))
    else:
        _print({"wrong-links": figures}, broken)
    if broken:
        raise typer.Exit(PROBLEMS)


def _increments(records: int) -> dict[str, Any]:
    """Measure in tables of a PostgreSQL of its own, which is gone afterwards."""
    from tasuki.cli.identity import measure_increments
    from tasuki.cli.scratch import scratch_index

    with tempfile.TemporaryDirectory(prefix="tasuki-bench-") as folder, scratch_index(Path(folder)):
        return measure_increments(records)


def broken_promises(figures: dict[str, dict[str, Any]], size: Size) -> list[str]:
    """Say which promises are not held; those of time are for the full size only."""
    broken = [f"{name}: F1 < {least}" for name, least in _F1.items() if figures[name]["f1"] < least]
    broken += [f"{name}: automatic false links" for name in _F1 if figures[name]["automatic_false_links"]]
    if not figures["incremental"]["identical_to_batch"]:
        broken.append("incremental: clusters differ from a full batch")
    if size == Size.FULL:
        broken += ["japan: ratio"] if figures["japan"]["ratio"] > _RATIO else []
        broken += ["incremental: p95"] if figures["incremental"]["p95_ms"] > _P95_MS else []
    return broken


def _print(figures: dict[str, dict[str, Any]], broken: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="tasuki bench")
    for column in ("", "what", "value"):
        table.add_column(column, justify="right" if column == "value" else "left")
    for name, values in figures.items():
        for number, (what, value) in enumerate(values.items()):
            table.add_row("" if number else name, what, f"{value:,}" if isinstance(value, int) else str(value))
        table.add_section()
    Console(width=100).print(table)
    typer.echo("\n".join(f"NOT HELD  {one}" for one in broken) or "守られている約束: すべて / every promise is held")
