"""The `tasuki` command.

Exit status: 0 done, 1 problems were found, 2 wrong usage, 3 another party could not be reached.
"""

import dataclasses
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tasuki.cli import (
    accounts,
    bench,
    conformance,
    custody,
    environment,
    erasing,
    exports,
    gateway_files,
    generating,
    inquiry_files,
    inspecting,
    institutions,
    law,
    layouts,
    link,
    maintenance,
    migrating,
    movers,
    moving,
    operating,
    operators,
    packs,
    peers,
    portal,
    records,
    safeguards,
    service,
    signing,
    signing_in,
    town,
)
from tasuki.cli.node import become, config_of
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, EvidencePart, ExistingFile, NodeName, show
from tasuki.nodes.errors import DeploymentError

#: How long a worker may still work once its supervisor is gone.
ORPHAN_SECONDS = 5.0


class _SaysWhatIsWrong(CommandGroup):
    """Ends a command that a deployment's state prevents with one line and status 1, not with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except DeploymentError as error:
            typer.echo("tasuki: " + " ".join(str(error).split()), err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    name="tasuki",
    cls=_SaysWhatIsWrong,
    help="Tasuki (襷): screening results that follow residents when they move.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(town.app)
app.add_typer(operating.app)
app.add_typer(environment.app)
app.add_typer(generating.app)
app.add_typer(peers.app)
app.add_typer(maintenance.app)
app.add_typer(signing.app)
app.add_typer(signing_in.app)
app.add_typer(institutions.app)
app.add_typer(accounts.app)
app.add_typer(erasing.app)
app.add_typer(exports.app)
app.add_typer(operators.app)
app.add_typer(moving.app, name="move-institution")
app.add_typer(law.app)
app.add_typer(layouts.app)
app.add_typer(migrating.app)
app.add_typer(service.app)
app.add_typer(bench.app, name="bench")
app.add_typer(custody.app)
app.add_typer(link.app)
app.add_typer(inquiry_files.app)
app.add_typer(gateway_files.app, name="files")
app.add_typer(movers.app)
app.add_typer(inspecting.app)
app.add_typer(conformance.app)
app.add_typer(records.app)
app.add_typer(portal.app)
app.add_typer(safeguards.app)
app.add_typer(packs.app)


class DemoSize(StrEnum):
    """How large the demonstration is."""

    SMALL = "small"
    FULL = "full"
    PREFECTURE = "prefecture"


@app.command()
def worker(node: NodeName) -> None:
    """Run a node's background work (the supervisor starts this)."""
    become(node)
    from tasuki.jobs.worker import run_worker
    from tasuki.nodes.forking import PARENT
    from tasuki.shared.process import end_after_parent

    if PARENT in os.environ:
        end_after_parent(int(os.environ[PARENT]), ORPHAN_SECONDS)
    run_worker()


@app.command()
def serve(
    node: Annotated[
        str,
        typer.Option("--node", help="Only this node, on an operator's own server, as a service of the system."),
    ] = "",
    seats: Annotated[
        bool, typer.Option("--seats", help="Also make seats for a party from outside that tries the network.")
    ] = False,
    consoles: Annotated[bool, typer.Option(help="Also serve the operators' consoles of gateways and network.")] = True,
) -> None:
    """Start every node of this data folder, or one of an operator's own, and watch until Ctrl-C or SIGTERM."""
    if node:
        _serve_one(node, consoles)
        return
    from tasuki.demo.running import running_demo
    from tasuki.demo.show import addresses
    from tasuki.nodes.paths import home
    from tasuki.nodes.supervisor import wait_for_signal

    with running_demo(home(), lambda text: typer.echo(text, err=True), seats=seats, consoles=consoles) as running:
        for line in addresses(running.nodes.values()):
            typer.echo(line, err=True)
        typer.echo("動いています。Ctrl-C で止まります / running; Ctrl-C stops everything", err=True)
        wait_for_signal()


def _serve_one(name: str, consoles: bool) -> None:
    """Run one node: its database is its operator's, its tables were migrated, and its log is the system's."""
    from tasuki.nodes.paths import home
    from tasuki.nodes.supervisor import serve_node

    config = config_of(name)
    serve_node(home(), config if consoles else config.model_copy(update={"console": None}))


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
def export_evidence(
    folder: Path,
    node: NodeName,
    part: Annotated[
        EvidencePart, typer.Option(help="The node's own log, the checkpoints it keeps of its peers, or both.")
    ] = EvidencePart.BOTH,
    as_json: AsJson = False,
) -> None:
    """Write a node's evidence, and the checkpoints it keeps of its peers, into a folder.

    To verify several running nodes against each other, export what they keep of each other first and their own logs
    afterwards: logs go on growing, and a log exported before its witness would look cut off.
    """
    become(node)
    from tasuki.evidence.export import write_export, write_witnessed
    from tasuki.jobs.checkpoints import logs_kept, own_log
    from tasuki.runtime import keys

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    values: dict[str, int] = {}
    if part != EvidencePart.OWN:
        for name, origin in logs_kept().items():
            values[f"kept of {name}"] = write_witnessed(folder / f"{name}.kept-by.{node}.jsonl", origin=origin)
    if part != EvidencePart.WITNESSED:
        file = folder / f"{node}.jsonl"
        values["records"] = write_export(file, origin=own_log(), public_key=keys().log.public_key())
    show(values, as_json)


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


@app.command("gateway-counts")
def gateway_counts(node: NodeName, as_json: AsJson = False) -> None:
    """Count what a gateway holds."""
    become(node)
    from tasuki.gateway.queries import counts

    show(counts(), as_json)


@app.command("evidence-counts")
def evidence_counts(node: NodeName, as_json: AsJson = False) -> None:
    """Count a node's evidence."""
    become(node)
    from tasuki.evidence.queries import counts

    show(dataclasses.asdict(counts()), as_json)


@app.command()
def demo(
    size: Annotated[DemoSize, typer.Option(help="How large the fictitious towns are.")] = DemoSize.FULL,
    stay: Annotated[bool, typer.Option("--stay", help="Leave the screens open until Ctrl-C.")] = False,
    institutions: Annotated[int, typer.Option(min=3, max=999, help="How many a prefecture has.")] = 100,
    replicas: Annotated[int, typer.Option(min=100, help="How many a prefecture registers.")] = 2_000_000,
    as_json: AsJson = False,
) -> None:
    """Show the main job on two fictitious towns: import, replicas, a move, inquiry, answer, adoption, proof.

    The size of a prefecture has many institutions instead, on two gateways, one of which is killed while they ask.
    """
    import json

    if size is DemoSize.PREFECTURE:
        _prefecture(institutions, replicas, as_json)
        return

    from tasuki.demo.generator import TownSize
    from tasuki.demo.running import Running
    from tasuki.demo.show import Figures, print_addresses, print_table, show_demo
    from tasuki.nodes.paths import home
    from tasuki.nodes.supervisor import wait_for_signal

    verified = False

    def end(running: Running, figures: Figures) -> None:
        nonlocal verified
        verified = figures.values["evidence_verified"]
        if as_json:
            typer.echo(json.dumps(figures.values, ensure_ascii=False))
        else:
            print_table(figures)
        if stay:
            print_addresses(running)
            wait_for_signal()

    show_demo(home(), TownSize(size.value), consoles=stay, then=end)
    if not verified:
        raise typer.Exit(1)


def _prefecture(institutions: int, replicas: int, as_json: bool) -> None:
    import json

    from tasuki.nodes.paths import Home, home
    from tasuki.prefecture.plan import Plan
    from tasuki.prefecture.show import is_sound, print_prefecture, show_prefecture

    figures = show_prefecture(Home(home().path / "prefecture"), Plan.of(institutions, replicas))
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        print_prefecture(figures)
    if not is_sound(figures):
        raise typer.Exit(1)


@app.command("clean-data")
def clean_data() -> None:
    """Delete this data folder and its databases; the next start begins anew."""
    import shutil

    from tasuki.nodes.embedded_postgres import Cluster
    from tasuki.nodes.paths import home
    from tasuki.nodes.supervisor import only_supervisor

    with only_supervisor(home()):
        Cluster(home().postgres).destroy()
    shutil.rmtree(home().path)
    typer.echo("消去しました / deleted")
