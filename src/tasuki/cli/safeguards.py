"""The command that says how far the report's promises of protection are kept. It needs no node."""

from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from tasuki.cli.output import AsJson, show
from tasuki.safeguards.catalogue import clauses, count_by_standing
from tasuki.safeguards.types import ReportClause, Standing, Words

app = typer.Typer()
_TITLES: Final = {
    Standing.ENFORCED: "システムが行う / enforced",
    Standing.REGISTER: "システムの台帳に残る / register",
    Standing.ORGANISATIONAL: "区の運用で行う / organisational",
    Standing.OPEN: "未了 / open",
}


@app.command()
def safeguards(as_json: AsJson = False) -> None:
    """List every clause of the ward's report with what is done for it; status 1 while one is open."""
    counts = count_by_standing()
    if as_json:
        show({"counts": counts, "clauses": [_plain(clause) for clause in clauses()]}, as_json)
    else:
        console = Console()
        for standing, title in _TITLES.items():
            console.print(_table(f"{title}: {counts[standing]}", standing))
    if counts[Standing.OPEN]:
        raise typer.Exit(1)


def _table(title: str, standing: Standing) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("項 / clause", "内容 / heading", "対策 / what is done", "試験 / tests"):
        # Japanese has no spaces to break a line at, and nothing may be cut off.
        table.add_column(heading, overflow="fold")
    for clause in clauses():
        done = clause.safeguard
        if done.standing is standing:
            lines = [done.does.ja]
            if done.missing:
                lines.append(f"未了: {done.missing.ja}")
            if done.register:
                lines.append(f"台帳: {done.register.ja}")
            heading = f"{clause.heading.ja}\n{clause.heading.en}"
            table.add_row(clause.identifier, heading, "\n".join(lines), str(len(done.tests)), end_section=True)
    return table


def _plain(clause: ReportClause) -> dict[str, Any]:
    done = clause.safeguard
    return {
        "id": clause.identifier,
        "part": _both(clause.part.title),
        "number": clause.number,
        "heading": _both(clause.heading),
        "status": done.standing,
        "safeguard": done.identifier,
        "does": _both(done.does),
        "missing": _both(done.missing),
        "register": _both(done.register),
        "tests": done.tests,
    }


def _both(words: Words | None) -> dict[str, str] | None:
    return None if words is None else {"ja": words.ja, "en": words.en}
