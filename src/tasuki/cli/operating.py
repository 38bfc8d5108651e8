"""Commands of whoever operates a node: bring its tables up to date, and see whether it is well."""

import typer

from tasuki.cli.node import become, config_of
from tasuki.cli.output import AsJson, NodeName, show

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
def restored_state(node: NodeName, as_json: AsJson = False) -> None:
    """Say what a restored copy of a town holds, for the register of rehearsals. Reads only; start nothing before."""
    become(node)
    from tasuki.evidence.queries import latest_checkpoint
    from tasuki.nodes.sql import rows

    newest = latest_checkpoint()
    [counted] = rows(
        "SELECT (SELECT count(*) FROM screening_result) AS results,"
        " (SELECT count(*) FROM screening_resident) AS residents"
    )
    log = {"tree_size": 0, "root": "", "signed_at": ""}
    if newest is not None:
        log = {"tree_size": newest.tree_size, "root": newest.root.hex(), "signed_at": newest.signed_at.isoformat()}
    show(log | counted, as_json)


@app.command()
def doctor(node: NodeName, as_json: AsJson = False) -> None:
    """Check a node, its databases, certificates, machine and peers. Status 1: a problem; 3: a peer is away."""
    become(node, needs_tables=False)
    from tasuki.cli.checks import check_node
    from tasuki.cli.findings import State

    checks = check_node()
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
