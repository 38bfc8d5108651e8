"""Commands about the logs of peers: whether they still say what they said, and ending an alarm that was looked into."""

from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.operating import PROBLEMS, UNREACHABLE
from tasuki.cli.output import AsJson, NodeName, show, staff_by

app = typer.Typer()
_DIGITS = 16
_LONGEST_WHY = 400


@app.command("check-peers")
def check_peers(node: NodeName, as_json: AsJson = False) -> None:
    """Compare every peer's signed checkpoints with what is kept of them. Status 1: they disagree; 3: one is away."""
    become(node)
    from tasuki.evidence.types import AlarmReason
    from tasuki.evidence.wording import alarm_words
    from tasuki.jobs.checkpoints import exchange_with_all, peer_logs
    from tasuki.protocol.errors import ExchangeFailed

    is_away = False
    try:
        exchange_with_all()
    except ExchangeFailed as failure:
        is_away = True
        typer.echo(f"{failure.peer}: 応答がありません / cannot be had ({failure.phase})", err=True)
    found = peer_logs()
    listed = {
        one.origin: {
            "kept_size": one.kept_size,
            "agreed_at": one.agreed_at,
            "alarms": [{"alarm": alarm.alarm_id, "reason": alarm.reason, "times": alarm.times} for alarm in one.alarms],
        }
        for one in found
    }
    if as_json:
        show(listed, as_json)
    for one in () if as_json else found:
        typer.echo(f"{one.origin:<28}  {one.kept_size:>10}  {one.agreed_at or '-'}")
        for alarm in one.alarms:
            words = alarm_words(alarm.reason)
            typer.echo(f"  [{alarm.alarm_id}] {words.ja} / {words.en}")
            typer.echo(f"      {words.next_ja} / {words.next_en}")
    if any(one.is_in_doubt for one in found):
        raise typer.Exit(PROBLEMS)
    if is_away or any(alarm.reason is AlarmReason.SILENT for one in found for alarm in one.alarms):
        raise typer.Exit(UNREACHABLE)


@app.command("settle-alarm")
def settle_alarm(
    alarm: Annotated[int, typer.Argument(help="Its number, as `check-peers` shows it.")],
    node: NodeName,
    why: Annotated[str, typer.Option(help="What was found out. It is recorded; name no resident.")],
    as_json: AsJson = False,
) -> None:
    """End an alarm about a peer's log. While the logs disagree it stays open."""
    become(node)
    from tasuki.evidence import operations
    from tasuki.evidence.types import StillDisagrees
    from tasuki.runtime import now

    if not why.strip():
        typer.echo("--why: わかったことを書いてください / say what was found out", err=True)
        raise typer.Exit(2)
    ended = operations.settle_alarm(alarm_id=alarm, why=why.strip(), by=staff_by("settle-alarm"), at=now())
    if ended is None:
        typer.echo(f"{alarm}: 続いている警報ではありません / not an open alarm", err=True)
        raise typer.Exit(2)
    if isinstance(ended, StillDisagrees):
        text = f"{alarm}: まだ食い違っています。警報は終えられません / the logs still disagree; the alarm stays"
        typer.echo(text, err=True)
        raise typer.Exit(PROBLEMS)
    show({"alarm": alarm, "settled_at": ended.settled_at}, as_json)


@app.command("continue-log")
def continue_log(
    node: NodeName,
    why: Annotated[str, typer.Option(help="Why the node was restored, from when. It is recorded; name no resident.")],
    as_json: AsJson = False,
) -> None:
    """Let the log of a node restored from a backup go on under a new name, stating what is lost. Status 1: nothing is.

    Peers are asked what they keep of the log; those that serve nobody (towns) tell what they keep when they next call.
    """
    become(node)
    from tasuki.evidence.operations import begin_succession
    from tasuki.evidence.types import NothingLost
    from tasuki.jobs.checkpoints import ask_what_is_kept, exchange_with_all, origin_of
    from tasuki.jobs.worker import seal_all
    from tasuki.protocol.errors import ExchangeFailed
    from tasuki.runtime import keys, now

    if not 0 < len(why.strip()) <= _LONGEST_WHY:
        typer.echo(
            "--why: 復元したわけを400文字までで書いてください / say why it was restored, in 400 characters", err=True
        )
        raise typer.Exit(2)
    kept, away = ask_what_is_kept()
    begun = begin_succession(
        origin=origin_of(node),
        kept=kept,
        not_asked=away,
        public_key=keys().log.public_key(),
        why=why.strip(),
        by=staff_by("continue-log"),
        at=now(),
    )
    if isinstance(begun, NothingLost):
        text = "相手方の預かりは、すべて手元にあります。名前は変えません / nothing that peers keep is lost"
        typer.echo(f"{text} ({', '.join(away) or '-'}: 聞けません / not asked)", err=True)
        raise typer.Exit(PROBLEMS)
    seal_all()
    try:
        exchange_with_all()
    except ExchangeFailed as failure:
        typer.echo(f"{failure.peer}: あとで伝わります / will be told later ({failure.phase})", err=True)
    lost = {"first": begun.restored_size, "last": begun.lost_until - 1}
    show({"log": begun.log, "succeeds": begun.succeeds, "lost": lost, "not_asked": away}, as_json)


@app.command("test-connection")
def try_connection(
    node: NodeName,
    provider: Annotated[str, typer.Option(help="An institution (16 digits); the town's own unless said.")] = "",
    as_json: AsJson = False,
) -> None:
    """Send a message about nobody the way of an inquiry. Status 3: a part of the way failed, which is named."""
    become(node)
    from tasuki.runtime import node as own

    town = own().town
    if town is None or (provider and not (len(provider) == _DIGITS and provider.isascii() and provider.isdigit())):
        typer.echo("町のノードと、16桁の機関コードを指定してください / a town, and 16 digits", err=True)
        raise typer.Exit(2)
    # Imported only now: no other node has a town's tables.
    from tasuki.jobs.connection import check_connection

    found = check_connection(provider=provider or town.institution, by=staff_by("test-connection"))
    if as_json:
        show({"passed": found.failed is None, "legs": [leg.model_dump() for leg in found.legs]}, as_json)
    for leg in () if as_json else found.legs:
        outcome = f"ok {leg.milliseconds} ms" if leg.passed else f"FAILED {leg.phase} {leg.reason}"
        typer.echo(f"{leg.leg:<17}  {leg.peer or '-':<16}  {outcome}")
    if found.failed is not None:
        raise typer.Exit(UNREACHABLE)
