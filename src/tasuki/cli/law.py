"""Commands about the table of law: its editions, and what changes from one to another. They need no node."""

from typing import Annotated, Any, Final

import typer

from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, show
from tasuki.network.comparing import Change, ChangeKind, Right, compare
from tasuki.network.permitted import edition_named, editions
from tasuki.network.types import Edition

app = typer.Typer()
law = typer.Typer(
    cls=CommandGroup, help="The table of law (who may ask whom for what): editions, and what changes between two."
)
app.add_typer(law, name="legal-table")
EditionName = Annotated[str, typer.Argument(help="An edition, as `legal-table list` names it.")]
_KINDS: Final = {
    ChangeKind.ADDED: "+ 追加 / added",
    ChangeKind.REMOVED: "- 削除 / removed",
    ChangeKind.CHANGED: "~ 変更 / changed",
}


@law.command("list")
def list_editions(as_json: AsJson = False) -> None:
    """List the editions with their dates in force; the one in force on the day a request arrives decides."""
    listed: dict[str, Any] = {
        one.edition: {
            "name": one.name,
            "from": one.since,
            "until": one.until,
            "rows": len(one.permissions),
            "provisional": one.is_provisional,
            "read_on": one.read_on,
        }
        for one in editions()
    }
    show(listed, as_json)


@law.command("diff")
def diff(former: EditionName, later: EditionName, as_json: AsJson = False) -> None:
    """Print what a later edition adds, removes or changes, with the articles."""
    changes = compare(_edition(former), _edition(later))
    if as_json:
        show({"from": former, "to": later, "changes": [_plain(change) for change in changes]}, as_json)
        return
    if not changes:
        typer.echo("違いはありません / no difference")
    for change in changes:
        typer.echo(f"{_KINDS[change.kind]}: {change.procedure} {change.inquirer} → {change.provider}")
        typer.echo(f"    {' '.join(change.data_sets)}")
        for sign, right in (("-", change.before), ("+", change.after)):
            if right is not None:
                typer.echo(f"  {sign} {right.basis} ({right.valid_for.days} 日 / days)")


def _plain(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "procedure": change.procedure,
        "inquirer": change.inquirer,
        "provider": change.provider,
        "data_sets": change.data_sets,
        "before": _right(change.before),
        "after": _right(change.after),
    }


def _right(right: Right | None) -> dict[str, Any] | None:
    return None if right is None else {"basis": right.basis, "valid_days": right.valid_for.days}


def _edition(name: str) -> Edition:
    found = edition_named(name)
    if found is None:
        known = ", ".join(one.edition for one in editions())
        typer.echo(f"{name}: その版はありません / no such edition. {known}", err=True)
        raise typer.Exit(2)
    return found
