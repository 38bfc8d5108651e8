"""Commands about real and dummy environments: which one a node is, and what is not offered."""

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, show

app = typer.Typer()
#: Why, in the words of the screens.
NO_MASKING = (
    "本番のデータを伏せて使うこと(マスキング)はできません。伏せても個人情報のままです。"
    "架空の町をお使いください: tasuki demo\n"
    "Masking real data is not offered: masked, it is personal data still. Use a fictitious town: tasuki demo"
)
USAGE = 2


@app.command()
def environment(node: NodeName, as_json: AsJson = False) -> None:
    """Say whether a node's database holds real people or fictitious ones, and since when."""
    become(node)
    from tasuki.operating.queries import marked_environment

    marked = marked_environment()
    show({"node": node, "environment": marked.environment.value, "marked_at": marked.marked_at.isoformat()}, as_json)


@app.command()
def mask() -> None:
    """Refuse to make test data of real data, and say what to use instead."""
    typer.echo(NO_MASKING, err=True)
    raise typer.Exit(USAGE)
