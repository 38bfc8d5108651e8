"""Commands of the person index as a service: business systems, their access, their people."""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup, refuse_file
from tasuki.cli.output import AsJson, ExistingFile, NodeName, progress_bar, show, staff_by

app = typer.Typer()
clients = typer.Typer(
    cls=CommandGroup, help="Access of business systems to the index: give, renew, stop, resume, list."
)
app.add_typer(clients, name="api-client")
_SYSTEM: Final = re.compile(r"[a-z][a-z0-9-]{0,29}")
SystemName = Annotated[str, typer.Option("--system", help="The business system, as it was admitted.")]
ClientName = Annotated[str, typer.Argument(help="The client, as `api-client list` names it.")]


def admitted(system: str) -> None:
    """End the command when the system was not admitted.

    :raises typer.Exit: with status 2, after naming those that were.
    """
    from tasuki.persons.queries.statements import business_systems

    known = business_systems()
    if system not in known:
        typer.echo(f"{system}: 登録されていない業務システムです / not admitted. {', '.join(known)}", err=True)
        raise typer.Exit(2)


@app.command("admit-system")
def admit_system(
    system: Annotated[str, typer.Argument(help="A short word for it, such as care.")],
    node: NodeName,
    name: Annotated[str, typer.Option(help="What it is called in Japanese.")],
    name_en: Annotated[str, typer.Option(help="What it is called in English.")],
    as_json: AsJson = False,
) -> None:
    """Admit a business system (業務システム) to the index, or call one by another name."""
    if _SYSTEM.fullmatch(system) is None:
        typer.echo(
            "小文字の英字で始まる30文字までの語にします / up to 30 lower-case letters, digits, hyphens", err=True
        )
        raise typer.Exit(2)
    become(node)
    from tasuki.linkage.operations import service
    from tasuki.runtime import now

    service.admit_system(system=system, name=name, name_en=name_en, by=staff_by("admit-system"), at=now())
    show({"system": system, "name": name, "name_en": name_en}, as_json)


@app.command("register-people")
def register_people(
    file: ExistingFile,
    system: SystemName,
    node: NodeName,
    results: Annotated[Path | None, typer.Option(dir_okay=False, help="Where the answer to each line goes.")] = None,
    as_json: AsJson = False,
) -> None:
    """Register the people of a business system's file (CSV) with the index; the same file may be registered again."""
    become(node)
    admitted(system)
    if results is not None:
        refuse_file("--results")
    from tasuki.jobs.town import number_cipher
    from tasuki.linkage.people_files import read_people, register_file, write_answers
    from tasuki.linkage.table_files import UnreadableTable
    from tasuki.runtime import now

    read = read_people(file)
    if isinstance(read, UnreadableTable):
        for problem in read.problems:
            typer.echo(f"{problem.message_ja} / {problem.message_en}", err=True)
        raise typer.Exit(2)
    by = staff_by("register-people")
    with progress_bar("宛名登録 / people", not as_json) as progress:

        def goes_on(done: int) -> bool:
            if progress is not None:
                progress("people", done)
            return True

        done = register_file(read=read, system=system, cipher=number_cipher(), by=by, at=now(), goes_on=goes_on)
    if results is not None:
        results.write_bytes(write_answers(done.answers))
    show({name: getattr(done, name) for name in ("linked", "numbered", "unchanged", "cases", "problems")}, as_json)
    if done.cases or done.problems:
        raise typer.Exit(1)


@app.command("migrate-numbers")
def migrate_numbers(file: ExistingFile, node: NodeName, as_json: AsJson = False) -> None:
    """Take over the numbers (統合宛名番号) a predecessor gave: kept, never given anew, new ones dealt beyond them."""
    become(node)
    from tasuki.jobs.town import number_cipher
    from tasuki.linkage.number_files import FAULT_WORDS, migrate_file
    from tasuki.linkage.table_files import UnreadableTable
    from tasuki.runtime import now

    by = staff_by("migrate-numbers")
    with progress_bar("番号の移行 / numbers", not as_json) as progress:
        done = migrate_file(file=file, cipher=number_cipher(), by=by, at=now(), progress=progress)
    if isinstance(done, UnreadableTable):
        for problem in done.problems:
            typer.echo(f"{problem.message_ja} / {problem.message_en}", err=True)
        raise typer.Exit(2)
    for one in done.problems:
        words = FAULT_WORDS[one.fault]
        typer.echo(f"{one.line}: {words.ja} / {words.en}", err=True)
    values = {"people": done.people, "linked": done.linked, "unchanged": done.unchanged}
    show(values | {"problems": len(done.problems)}, as_json)
    if done.problems:
        raise typer.Exit(1)


@clients.command("give")
def give(
    system: SystemName,
    node: NodeName,
    name: Annotated[str, typer.Option(help="What the access is for.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="What it may do; everything unless said.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a system access of its own. Its secret is shown this once."""
    become(node)
    admitted(system)
    from tasuki.jobs.clients import give_client
    from tasuki.persons.types import NON_REGISTERED, REGISTER
    from tasuki.persons.types.clients import Scope

    if system in (REGISTER, NON_REGISTERED):
        typer.echo(f"{system}: APIでは登録しないシステムです / does not register people by itself", err=True)
        raise typer.Exit(2)
    if unknown := set(scope or ()) - set(Scope):
        typer.echo(f"{', '.join(sorted(unknown))}: {', '.join(Scope)}", err=True)
        raise typer.Exit(2)
    scopes = [Scope(one) for one in scope] if scope else list(Scope)
    given = give_client(system=system, name=name or system, scopes=scopes, by=staff_by("api-client"))
    show({"client_id": given.client_id, "client_secret": given.secret, "scopes": scopes}, as_json)


@clients.command("renew")
def renew(
    client: ClientName,
    node: NodeName,
    overlap_days: Annotated[int, typer.Option(min=0, max=30, help="How long the former secret still works.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Give a client another secret. It is shown this once."""
    become(node)
    _known(client)
    from tasuki.jobs.clients import renew_secret

    given = renew_secret(client_id=client, overlap=dt.timedelta(days=overlap_days), by=staff_by("api-client"))
    show({"client_id": client, "client_secret": given.secret, "former_works_for_days": overlap_days}, as_json)


@clients.command("stop")
def stop(client: ClientName, node: NodeName, as_json: AsJson = False) -> None:
    """Stop a client and its tokens at once."""
    _set_disabled(client, node, is_disabled=True, as_json=as_json)


@clients.command("resume")
def resume(client: ClientName, node: NodeName, as_json: AsJson = False) -> None:
    """Let a stopped client go on."""
    _set_disabled(client, node, is_disabled=False, as_json=as_json)


def _set_disabled(client: str, node: str, *, is_disabled: bool, as_json: bool) -> None:
    become(node)
    _known(client)
    from tasuki.linkage.operations import service
    from tasuki.runtime import now

    service.set_disabled(client_id=client, is_disabled=is_disabled, by=staff_by("api-client"), at=now())
    show({"client_id": client, "stopped": is_disabled}, as_json)


def _known(client: str) -> None:
    from tasuki.persons.queries.clients import api_client

    if api_client(client) is None:
        typer.echo(f"{client}: そのAPI利用者はいません / there is no such client", err=True)
        raise typer.Exit(2)


@clients.command("list")
def list_clients(node: NodeName, as_json: AsJson = False) -> None:
    """List clients, what they may do and when they last got a token; never their secrets."""
    become(node)
    from tasuki.persons.queries.clients import api_clients

    listed: dict[str, Any] = {
        one.client_id: {
            "system": one.system,
            "scopes": sorted(one.scopes),
            "last_used_at": one.last_used_at,
            "stopped_at": one.disabled_at,
        }
        for one in api_clients()
    }
    show(listed, as_json)
