"""Commands about the link of a town with its gateway: how far behind it is, whether both agree, registering all."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, progress_bar, show, staff_by
from tasuki.work.types import Progress

app = typer.Typer()


@app.command("link")
def link_state(node: NodeName, as_json: AsJson = False) -> None:
    """Show what waits to be told to the gateway, since when, and how sending went last."""
    become(node)
    from tasuki.linkage import queries
    from tasuki.linkage.types import LinkMood
    from tasuki.runtime import now

    state = queries.link_state(now())
    newest = next(iter(queries.reconciliations(1)), None)
    values: dict[str, Any] = {
        "mood": state.mood.value,
        "lag_seconds": round(state.lag.total_seconds()),
        "waiting": sum(state.waiting.values()),
        "waiting_by_kind": dict(state.waiting),
        "oldest_at": state.oldest_at,
        "unnumbered": state.unnumbered,
        "succeeded_at": state.succeeded_at,
        "failed_at": state.failed_at,
        "failed_peer": state.failed_peer,
        "failed_phase": state.failed_phase,
        "failed_reason": state.failed_reason,
        "reconciled_at": None if newest is None else newest.ended_at,
        "differences": None if newest is None else newest.differences,
        "is_reconciled": newest is not None and newest.is_clean,
    }
    show(values, as_json)
    if state.mood not in (LinkMood.QUIET, LinkMood.SENDING):
        raise typer.Exit(1)


@app.command()
def reconcile(
    node: NodeName,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what differs, and compare once more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare results, index and gateway (副本の突合): every difference by kind, mended on request."""
    become(node)
    from tasuki.cli.linking import reaching
    from tasuki.jobs.link import reconcile_now

    with _watched("突合 / comparing", not as_json) as progress:
        done = reaching(lambda: reconcile_now(repair=repair, by=staff_by("reconcile"), progress=progress))
    show(
        {
            "reconciliation_id": str(done.reconciliation_id),
            "people": done.people,
            "replicas": done.replicas,
            "on_their_way": done.on_their_way,
            "differences": done.differences,
            "found": dict(done.found),
            "remaining": done.remaining,
            "seconds": round((done.ended_at - done.started_at).total_seconds(), 2),
        },
        as_json,
    )
    if not done.is_clean:
        raise typer.Exit(1)


@app.command("load-replicas")
def load_replicas(
    node: NodeName,
    again: Annotated[
        bool, typer.Option("--again", help="A later registration of everything (再登録), not the first (当初).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register everything at the gateway, go on where an earlier run broke off, and verify at the end."""
    become(node)
    from tasuki.cli.linking import reaching
    from tasuki.jobs.link import load_now, reconcile_now
    from tasuki.linkage.types import LoadKind

    by = staff_by("load-replicas")
    with _watched("一括登録 / registering", not as_json) as progress:
        load = reaching(lambda: load_now(kind=LoadKind.AGAIN if again else LoadKind.INITIAL, by=by, progress=progress))
    with _watched("検証 / verifying", not as_json) as progress:
        done = reaching(lambda: reconcile_now(repair=False, by=by, progress=progress))
    seconds = (load.ended_at - load.started_at).total_seconds() if load.ended_at is not None else None
    show(
        {
            **{name: value for name, value in dataclasses.asdict(load).items() if name not in ("reached", "total")},
            "seconds": None if seconds is None else round(seconds, 2),
            "replicas": done.replicas,
            "on_their_way": done.on_their_way,
            "differences": done.differences,
            "found": dict(done.found),
        },
        as_json,
    )
    if not done.is_clean:
        raise typer.Exit(1)


class _Bar:
    """Shows progress as a bar of the terminal."""

    def __init__(self, show_step: Any) -> None:
        self._show_step = show_step

    def report(self, done: int, total: int) -> None:
        """Tell how much is done."""
        if self._show_step is not None:
            self._show_step(f"/ {total:,}:", done)


@contextlib.contextmanager
def _watched(title: str, shown: bool) -> Iterator[Progress]:
    with progress_bar(title, shown) as show_step:
        yield _Bar(show_step)
