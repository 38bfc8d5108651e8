"""The `tasuki` command.

Exit status: 0 done, 1 problems were found, 2 wrong usage, 3 another party could not be reached.
"""

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tasuki.cli.node import become

app = typer.Typer(
    name="tasuki",
    help="Tasuki (襷): screening results that follow residents when they move.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
NodeName = Annotated[str, typer.Option("--node", help="Which node of this data folder, such as town-a.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


def show(values: dict[str, Any], as_json: bool) -> None:
    """Print a result: JSON, or one line for each value."""
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, default=str))
        return
    width = max(len(key) for key in values)
    for key, value in values.items():
        typer.echo(f"{key:<{width}}  {value}")


@app.command()
def worker(node: NodeName) -> None:
    """Run a node's background work (the supervisor starts this)."""
    become(node)
    from tasuki.jobs.worker import run_worker

    run_worker()


@app.command()
def serve() -> None:
    """Start every node of this data folder and watch them until Ctrl-C."""
    from tasuki.demo.running import running_demo
    from tasuki.nodes.paths import home
    from tasuki.nodes.supervisor import wait_for_signal

    with running_demo(home(), lambda text: typer.echo(text, err=True)):
        typer.echo("動いています。Ctrl-C で止まります / running; Ctrl-C stops everything", err=True)
        wait_for_signal()


@app.command()
def members(file: ExistingFile, node: NodeName, as_json: AsJson = False) -> None:
    """Tell a node who takes part in the exchange, from a file of members."""
    become(node)
    from tasuki.cli.provision import apply_members

    show({"members": apply_members(file)}, as_json)


@app.command("import-jlis")
def import_jlis(file: ExistingFile, node: NodeName = "jlis", as_json: AsJson = False) -> None:
    """Load the register of the J-LIS stand-in (個人番号,住民票コード)."""
    become(node)
    from tasuki.jlis.operations import load_register
    from tasuki.runtime import now, register_cipher, this_system

    with file.open(encoding="utf-8", newline="") as opened:
        people = load_register(file=opened, cipher=register_cipher(), by=this_system(), at=now())
    show({"people": people}, as_json)


@app.command()
def seal(node: NodeName, as_json: AsJson = False) -> None:
    """Seal every committed record of a node's evidence, and exchange checkpoints with its peers."""
    become(node)
    from tasuki.evidence import queries
    from tasuki.jobs.checkpoints import exchange_with_all
    from tasuki.jobs.worker import seal_all

    seal_all()
    exchange_with_all()
    counts = queries.counts()
    show({"entries": counts.entries, "leaves": counts.leaves, "witnessed": counts.witnessed}, as_json)


@app.command("export-evidence")
def export_evidence(folder: Path, node: NodeName, as_json: AsJson = False) -> None:
    """Write a node's evidence, and the checkpoints it keeps of its peers, into a folder."""
    become(node)
    from tasuki.evidence import queries
    from tasuki.evidence.export import write_export, write_witnessed
    from tasuki.jobs.checkpoints import origin_of
    from tasuki.runtime import keys
    from tasuki.runtime import node as own

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    records = write_export(folder / f"{node}.jsonl", origin=origin_of(node), public_key=keys().signing.public_key())
    witnessed = {
        peer.name: write_witnessed(folder / f"{peer.name}.kept-by.{node}.jsonl", origin=origin_of(peer.name))
        for peer in own().peers
        if queries.latest_witnessed(origin_of(peer.name)) is not None
    }
    show({"records": records, **{f"kept of {name}": count for name, count in witnessed.items()}}, as_json)


@app.command()
def verify(
    export: ExistingFile,
    witness: Annotated[list[Path] | None, typer.Option(help="Checkpoints another party kept of this log.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify exported evidence offline: every record, their order, and that none is missing at the end."""
    from tasuki.evidence.verifier import verify_export

    report = verify_export(export, witness or [])
    show({"ok": report.ok, **dataclasses.asdict(report)}, as_json)
    if not report.ok:
        raise typer.Exit(1)
