"""Commands about erasures: what is past its time, and how they stand. To ask and to approve is for the screens."""

from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show

app = typer.Typer()
erase = typer.Typer(cls=CommandGroup, help="What is past its retention, and how erasures stand.")
app.add_typer(erase, name="erase")
Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="The newest so many.")]


@erase.command()
def due(node: NodeName, as_json: AsJson = False) -> None:
    """Count what is past its retention, by rule and fiscal year. Ends with status 1 while something is."""
    become(node)
    from tasuki.erasure.catalogue import rules
    from tasuki.erasure.due import due_by_year
    from tasuki.runtime import now
    from tasuki.shared.dates import civil_date

    on = civil_date(now())
    found = {
        rule.name: {str(year): count for year, count in due_by_year(rule, on).items()}
        for rule in rules()
        if rule.subject is not None
    }
    show(found, as_json)
    if any(found.values()):
        raise typer.Exit(1)


@erase.command("list")
def listed(node: NodeName, most: Most = 100, as_json: AsJson = False) -> None:
    """List erasures, the newest first: how each stands, what it counts, and until when backups hold it."""
    become(node)
    from tasuki.erasure.queries import erasures

    _total, found = erasures(limit=most)
    rows = [
        {
            "number": one.number,
            "state": one.state.value,
            "subject": one.subject.value,
            "people": one.people,
            "stopped_by": one.stopped_by,
            "digest": one.digest,
            "backups_until": None if one.backups_until is None else one.backups_until.isoformat(),
        }
        for one in found
    ]
    show({"erasures": rows}, as_json)
