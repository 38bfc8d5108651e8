"""Commands of whoever operates a node: bring its tables up to date, and see whether it is well."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tasuki.cli.findings import Check, State
from tasuki.cli.node import become, config_of
from tasuki.cli.output import AsJson, ExistingFile, NodeName, show

app = typer.Typer()
PROBLEMS, UNREACHABLE = 1, 3


@app.command()
def migrate(node: NodeName, as_json: AsJson = False) -> None:
    """Bring a node's tables to the newest form as their owner, and grant the runtime role its share."""
    from tasuki.jobs.tables import append_only_of
    from tasuki.nodes.migrate import migrate_node

    config = config_of(node)
    migrate_node(config, append_only_of(config), anew=True)
    show({"node": node, "migrated": True}, as_json)


@app.command("restored-state")
def restored_state(
    node: NodeName,
    verify: Annotated[
        bool, typer.Option("--verify", help="Go through the whole log as an auditor would. Status 1: it does not hold.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a restored copy of a node holds, for the register of rehearsals. Reads only; start nothing before."""
    become(node)
    from tasuki.cli.restoring import state, verified

    values = state()
    if not verify:
        show(values, as_json)
        return
    report = verified()
    show(values | {"records": report.leaves, "problems": report.problem_count}, as_json)
    if not report.ok:
        raise typer.Exit(PROBLEMS)


@app.command("rehearse-restore")
def rehearse_restore(
    backup: ExistingFile,
    node: NodeName,
    folder: Annotated[
        Path | None,
        typer.Option(help="The node's folder as it was backed up; else the one in use.", exists=True, file_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup (pg_dump --format=custom) beside the node, prove it, and drop it again (復旧の訓練).

    The log must hold, every record of it, and be the beginning of the node's own; a town's results and index are
    compared with the gateway. A town keeps what came of it. Status 1: a problem; 3: the gateway is away.
    """
    become(node)
    from tasuki.cli.restoring import rehearse

    _say(rehearse(backup, folder), node, as_json)


@app.command()
def doctor(node: NodeName, as_json: AsJson = False) -> None:
    """Check a node, its databases, certificates, machine and peers. Status 1: a problem; 3: a peer is away."""
    become(node, needs_tables=False)
    from tasuki.cli.checks import check_node

    _say(check_node(), node, as_json)


def _say(checks: Sequence[Check], node: str, as_json: bool) -> None:
    """Print what was looked at, and end the command with the worst of it."""
    states = {check.state for check in checks}
    if as_json:
        is_well = states <= {State.OK, State.ADVICE}
        show({"node": node, "ok": is_well, "checks": [check.as_json() for check in checks]}, as_json)
    else:
        for check in checks:
            typer.echo(f"{check.state:<11}  {check.name:<24}  {check.said}")
    if State.PROBLEM in states:
        raise typer.Exit(PROBLEMS)
    if State.UNREACHABLE in states:
        raise typer.Exit(UNREACHABLE)
