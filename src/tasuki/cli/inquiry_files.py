"""The command that asks about many people by a file."""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import refuse_file
from tasuki.cli.output import AsJson, ExistingFile, NodeName, progress_bar, show, staff_by
from tasuki.shared.spreadsheets import csv_text

app = typer.Typer()


@app.command("inquire-file")
def inquire_file(
    file: ExistingFile,
    node: NodeName,
    results: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write what became of every line to a new CSV."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask what a file wants (照会ファイル), line by line. A file taken in before: only what failed is asked again."""
    become(node)
    if results is not None:
        refuse_file("--results")
    from tasuki.jobs.town import asker
    from tasuki.linkage.inquiry_files import UnusableFile
    from tasuki.linkage.operations import inquiry_files as operations
    from tasuki.linkage.queries import inquiry_files as queries
    from tasuki.linkage.types.inquiry_files import Bucket
    from tasuki.runtime import node as this_node
    from tasuki.runtime import now

    by = staff_by("inquire-file")
    content = file.read_bytes()
    own = this_node().own_town().institution
    taken = operations.take_in(file_name=file.name, content=content, own=own, by=by, at=now())
    again = isinstance(taken, UnusableFile) and taken.reason == "taken_before"
    if isinstance(taken, UnusableFile) and not again:
        typer.echo(f"{file.name}: {_UNUSABLE[taken.reason]}", err=True)
        raise typer.Exit(2)
    file_id = queries.file_of(content) if isinstance(taken, UnusableFile) else taken
    with progress_bar("照会 / inquiries", not as_json) as shown:
        inquiries = operations.ask_rows(
            file_id=file_id,
            asker=asker(),
            again=again,
            by=by,
            at=now(),
            progress=None if shown is None else lambda done, _total: shown("", done),
        )
    outcomes = queries.outcomes(file_id)
    counts = Counter(one.bucket for one in outcomes)
    for one in outcomes:
        if one.bucket is Bucket.PROBLEM:
            typer.echo(f"{one.line}: {_problem(one.problem, one.field_name)}", err=True)
    if results is not None:
        _write(results, operations.take_results(file_id=file_id, by=by, at=now()))
    show(
        {
            "lines": len(outcomes),
            "again": again,
            "inquiries": inquiries,
            **{bucket.value.lower(): counts[bucket] for bucket in Bucket},
        },
        as_json,
    )
    if counts[Bucket.PROBLEM] or counts[Bucket.ENDED] or counts[Bucket.NOT_ASKED]:
        raise typer.Exit(1)


_UNUSABLE = {
    "empty": "行がありません / has no lines",
    "too_long": "1万行を超えています / has more than 10,000 lines",
    "too_large": "4MBを超えています / is larger than 4 MB",
}


def _problem(problem: str, field: str) -> str:
    from tasuki.linkage.inquiry_files import layout

    return " / ".join(layout().words(problem, field, english=english) for english in (False, True))


def _write(place: Path, outcomes: list[Any]) -> None:
    from tasuki.layouts.render import Language
    from tasuki.web.presenters.inquiry_files import result_lines

    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(csv_text(result_lines(outcomes, Language.JA)).encode())
