"""Commands about everyone who moved in: asking their former towns, and how far that covers a period."""

import datetime as dt
from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, progress_bar, show, staff_by

app = typer.Typer()

First = Annotated[dt.datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of moving in.")]
Last = Annotated[dt.datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of moving in.")]
Again = Annotated[bool, typer.Option("--again", help="Also those whose inquiry ended without an answer.")]


@app.command("ask-movers")
def ask_movers(node: NodeName, first: First, last: Last, again: Again = False, as_json: AsJson = False) -> None:
    """Ask about everyone who moved in during a period and was not asked about (転入者の照会)."""
    become(node)
    from tasuki.jobs.town import asker
    from tasuki.linkage.operations import movers as operations
    from tasuki.linkage.types.movers import Period
    from tasuki.runtime import now

    with progress_bar("照会 / inquiries", not as_json) as shown:
        done = operations.ask_movers(
            period=Period(first.date(), last.date()),
            asker=asker(),
            again=again,
            by=staff_by("ask-movers"),
            at=now(),
            progress=None if shown is None else lambda reached, _total: shown("", reached),
        )
    show({"asked": done.asked, "not_numbered": done.not_numbered}, as_json)


@app.command()
def coverage(node: NodeName, first: First, last: Last, as_json: AsJson = False) -> None:
    """Count movers-in against inquiries (照会の網羅). Ends with status 1 while somebody was not asked about."""
    become(node)
    from tasuki.linkage.queries import movers as queries
    from tasuki.linkage.types.movers import Period, Standing

    found = queries.coverage(Period(first.date(), last.date()))
    show(
        {
            "people": found.whole.people,
            "can_be_asked": found.can_be_asked,
            "answered": found.answered,
            "standings": {one.value: number for one, number in found.whole.counts.items()},
            "median_seconds": found.whole.median_seconds,
            "slow_seconds": found.whole.slow_seconds,
            "providers": {
                one.provider or one.origin or "-": {key.value: number for key, number in one.counts.items() if number}
                for one in found.providers
            },
            "programmes": {
                one.programme: {"asked": one.asked, "answered": one.answered, "found": one.found}
                for one in found.programmes
            },
        },
        as_json,
    )
    if found.whole.counts[Standing.NOT_ASKED]:
        raise typer.Exit(1)


@app.command("seek-providers")
def seek_providers(
    node: NodeName, person: Annotated[str, typer.Argument(help="宛名番号 of the resident.")], as_json: AsJson = False
) -> None:
    """Ask the network who may be asked about a resident (提供者の検索, 命令85号40条)."""
    become(node)
    from tasuki.cli.linking import reaching
    from tasuki.jobs.town import asker
    from tasuki.linkage.operations import seeking
    from tasuki.protocol.seeking import SeekOutcome
    from tasuki.runtime import now

    found = reaching(
        lambda: seeking.seek_providers(person=person, asker=asker(), by=staff_by("seek-providers"), at=now())
    )
    if found is None:
        typer.echo("この住民は統合宛名に登録されていません / not numbered in the index yet", err=True)
        raise typer.Exit(2)
    values = {
        "outcome": found.outcome.value,
        "providers": [one.institution for one in found.providers],
        "unlisted": found.unlisted,
        "basis": found.basis,
    }
    show(values, as_json)
    if found.outcome is not SeekOutcome.TOLD:
        raise typer.Exit(1)
