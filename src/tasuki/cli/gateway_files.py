"""Commands of a town that speaks with its intermediate server through files (ADR 0026)."""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show
from tasuki.linkage.gateway_client.replica_files import RunKind

if TYPE_CHECKING:
    from tasuki.linkage.gateway_client.files import FileLink

app = typer.Typer(
    cls=CommandGroup, help="Files to and from the intermediate server (中間サーバー), where node.toml has [files]."
)
UNUSABLE = 2


@app.command("out")
def out(
    node: NodeName,
    run: Annotated[RunKind, typer.Option(help="What waits, or everything: first, once more, or in a new layout.")] = (
        RunKind.CHANGE
    ),
    as_json: AsJson = False,
) -> None:
    """Write what waits for the intermediate server: holds, replicas, inquiries. Status 1 while codes are missing."""
    become(node)
    link = _file_link()
    from tasuki.cli.gateway_files_work import write_out

    before = len(_reaching(link.written))
    missing = write_out(link, run)
    written = link.written()[before:]
    records: Counter[str] = Counter()
    for entry in written:
        records[entry["kind"]] += entry["records"]
    show({"files": len(written), **{f"{kind}_written": records[kind] for kind in _KINDS}, "missing": missing}, as_json)
    if missing:
        raise typer.Exit(1)


_KINDS = ("people", "replicas", "inquiries")


@app.command("in")
def take_in(node: NodeName, as_json: AsJson = False) -> None:
    """Take in the results that have arrived. Ends with status 1 when something was set aside, line by line."""
    become(node)
    link = _file_link()
    from tasuki.cli.gateway_files_work import take_up_inquiries
    from tasuki.linkage.gateway_client.file_inbox import explain

    taken = _reaching(link.take_in)
    for file in taken:
        for one in file.set_aside:
            where = f"{file.name}:{one.line}" if one.line else file.name
            typer.echo(f"{where}: {one.field + ': ' if one.field else ''}{' / '.join(explain(one))}", err=True)
    take_up_inquiries("files-in")
    set_aside = sum(len(file.set_aside) for file in taken)
    show({"files": len(taken), "lines": sum(file.lines for file in taken), "set_aside": set_aside}, as_json)
    if set_aside:
        raise typer.Exit(1)


@app.command("check")
def check(node: NodeName, as_json: AsJson = False) -> None:
    """Name every official code that is not filled in, and what was written. Status 1 while a code is missing."""
    become(node)
    link = _file_link()
    from tasuki.linkage.gateway_client.official_codes import official_codes
    from tasuki.runtime import node as this_node

    written = _reaching(link.written)
    codes = _reaching(lambda: official_codes(link.files.codes))
    missing = sorted(codes.missing([this_node().own_town().procedure]))
    last = written[-1] if written else {"number": 0, "written_at": ""}
    values: dict[str, Any] = {
        "missing": missing,
        "files": len(written),
        "last_number": last["number"],
        "last_written_at": last["written_at"],
        "not_fetched": sum((link.files.out_folder / name).exists() for entry in written for name in entry["files"]),
    }
    show(values, as_json)
    if missing:
        raise typer.Exit(1)


def _file_link() -> "FileLink":
    """Return the way out, which must be one of files."""
    from tasuki.jobs.town import file_link

    link = file_link()
    if link is None:
        typer.echo("node.toml に [files] がありません / node.toml has no [files]", err=True)
        raise typer.Exit(UNUSABLE)
    return link


def _reaching(act: Callable[[], Any]) -> Any:
    from tasuki.cli.linking import reaching

    return reaching(act)
