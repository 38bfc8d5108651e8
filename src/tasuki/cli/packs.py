"""The command with which whoever is given an evidence pack verifies it. It needs no node and no network."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from tasuki.audits.packs.verifier import PackReport, verify_pack
from tasuki.cli.output import AsJson, ExistingFile, show

app = typer.Typer()


@app.command("verify-pack")
def verify_pack_command(
    file: ExistingFile,
    key: Annotated[
        str, typer.Option(help="The fingerprint of the town's key, known from elsewhere: on paper or by telephone.")
    ] = "",
    witness: Annotated[
        list[Path] | None,
        typer.Option(help="Checkpoints another party kept of this town's log.", exists=True, dir_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify an evidence pack for an inspection offline: signature, every file, and the evidence inside."""
    report = verify_pack(file, key=key, witnesses=witness or [])
    if as_json:
        show({"ok": report.ok, **dataclasses.asdict(report)}, as_json)
    else:
        _describe(report)
    if not report.ok:
        raise typer.Exit(1)


def _describe(report: PackReport) -> None:
    facts = dataclasses.asdict(report)
    del facts["problems"], facts["lost"]
    show(facts, as_json=False)
    for loss in report.lost:
        typer.echo(f"失われた記録 LOST: {loss.log} {loss.first}–{loss.last} (復元 / restore, {loss.at}): {loss.why}")
    for one in report.problems:
        typer.echo(f"問題 PROBLEM {one.code}: {one.ja} / {one.en}" + (f" ({one.where})" if one.where else ""))
    if report.ok and not report.vouched:
        typer.echo(
            "注意 NOTE: --key か --witness を与えると、別に作り直されたものではないことも確かめられます。"
            " / nothing outside the pack vouches for it: give --key or --witness"
        )
    typer.echo("OK" if report.ok else "FAILED")
