"""The command that says how far the report's promises, and the guideline's measures, are kept. It needs no node."""

from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from tasuki.cli.output import AsJson, show
from tasuki.safeguards.catalogue import clauses, count_by_standing, guideline
from tasuki.safeguards.types import Measure, ReportClause, Standing, Words

app = typer.Typer()
_TITLES: Final = {
    Standing.ENFORCED: "システムが行う / enforced",
    Standing.REGISTER: "システムの台帳に残る / register",
    Standing.ORGANISATIONAL: "区の運用で行う / organisational",
    Standing.OPEN: "未了 / open",
}


@app.command()
def safeguards(
    of_guideline: Annotated[
        bool, typer.Option("--guideline", help="List the measures of the national guideline instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every clause of the ward's report with what is done for it; status 1 while one is open."""
    if of_guideline:
        _guideline(as_json)
        return
    counts = count_by_standing()
    if as_json:
        show({"counts": counts, "clauses": [_plain(clause) for clause in clauses()]}, as_json)
    else:
        console = Console()
        for standing, title in _TITLES.items():
            console.print(_table(f"{title}: {counts[standing]}", standing))
    if counts[Standing.OPEN]:
        raise typer.Exit(1)


def _guideline(as_json: bool) -> None:
    """List the measures of the national guideline; status 1 while something they rest on is open."""
    found = guideline()
    if as_json:
        facts = {"basis": found.basis, "checked": found.checked, "provisional": found.is_provisional}
        show(facts | {"measures": [_plain_measure(one) for one in found.measures]}, as_json)
    else:
        note = f"原典は未確認 / not read in the original ({found.checked})" if found.is_provisional else ""
        table = Table(title=f"{found.basis}\n{note}", title_justify="left")
        for heading in ("番号", "措置 / measure", "手段 / how", "応え / what answers it", "対策 / safeguards"):
            table.add_column(heading, overflow="fold")
        for one in found.measures:
            rests = "\n".join(f"{each.identifier} ({each.standing})" for each in one.safeguards)
            says = one.does.ja + (f"\n台帳: {one.register.ja}" if one.register else "")
            table.add_row(one.number, f"{one.name.ja}\n{one.name.en}", one.how, says, rests, end_section=True)
        Console().print(table)
    if any(one.open_safeguards for one in found.measures):
        raise typer.Exit(1)


def _plain_measure(one: Measure) -> dict[str, Any]:
    return {
        "number": one.number,
        "group": _both(one.group),
        "name": _both(one.name),
        "how": one.how,
        "does": _both(one.does),
        "register": _both(one.register),
        "safeguards": {each.identifier: each.standing for each in one.safeguards},
        "tests": one.tests,
    }


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
