"""Who runs a command of a town: whoever signed in at this terminal, with their account for the screens (ADR 0038).

The sign-in is a session like one of a browser: it is listed, ends by itself or is ended by an administrator, and asks
for a second factor where the screens do. Its number lies in a file that only the account of the operating system may
read.
"""

import os
import stat
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import typer
from typer.core import TyperGroup

from tasuki.shared.actor import Actor

#: Commands run on the server itself, so ranges of addresses must let a role come from here.
ADDRESS: Final = "127.0.0.1"
_REFUSED: Final = 1
#: Run while the tables of accounts may be those of another version, or the database away.
_BEFORE_TABLES: Final = frozenset({"migrate", "doctor"})
_current: ContextVar[Actor | None] = ContextVar("operator", default=None)
_command: ContextVar[str] = ContextVar("command", default="")


class CommandGroup(TyperGroup):
    """Takes note of which command runs, for the question who may run it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        _command.set(" ".join([*ctx.command_path.split()[1:], name or ""]))
        return name, command, rest


def operator() -> Actor | None:
    """Return who signed in to run the command that runs, if anybody did."""
    return _current.get()


def admit(node: str) -> None:
    """Take note of who runs the command that runs, and end it where nobody may, or not they.

    Called once the process is the node. Only a town asks, and insists only where real residents are kept.

    :raises typer.Exit: with status 1, after saying what to do.
    """
    from tasuki import runtime
    from tasuki.nodes.types import NodeKind

    _current.set(None)
    command = _command.get()
    # Without a command the process is one of our own programs, started to measure.
    if command and command not in _BEFORE_TABLES and runtime.node().kind is NodeKind.TOWN:
        admit_to(command, node, insists=not runtime.node().is_dummy)


def admit_to(command: str, node: str, *, insists: bool) -> None:
    """Let a command of a town go on, or end it; whatever it does is done by whoever signed in.

    :param insists: real residents are kept here, so somebody must have signed in for what is not a machine's work.
    :raises typer.Exit: with status 1, after saying what to do.
    """
    from tasuki import runtime
    from tasuki.accounts.queries import member_now
    from tasuki.cli.needs import MACHINES, NOT_WHERE_REAL, PEOPLES

    if insists and command not in PEOPLES and command not in MACHINES:
        why = "本番の環境では使えません。画面で行ってください / not where real residents are kept: use the screens"
        if command not in NOT_WHERE_REAL:
            why = "本番の環境で使ってよいか決まっていません / not declared for where real residents are kept"
        _end(f"{command}: {why}")
    request = signed_in(node)
    if request is None:
        if insists and command in PEOPLES:
            _end(f"{command}: 先に `tasuki sign-in --node {node}` で入ってください / sign in first")
        return
    member = member_now(request.user, runtime.now())
    _current.set(member.as_actor())
    if command in PEOPLES:
        _check_and_record(command, member)


def refuse_file(option: str) -> None:
    """End a command that is to write residents into a file, where real ones are kept: files leave by the screens.

    :raises typer.Exit: with status 1.
    """
    from tasuki import runtime

    if not runtime.node().is_dummy:
        _end(f"{option}: 本番では画面の持出し申請で受け取ります / where real: request the export on the screens")


def _check_and_record(command: str, member: Any) -> None:
    """Refuse what the member's role does not carry; record what is about to be shown, before anything is read."""
    from tasuki import runtime
    from tasuki.accounts.permissions import may
    from tasuki.cli.needs import PEOPLES
    from tasuki.watching.operations.accesses import record_access, record_refused
    from tasuki.watching.types import Access, Act

    needs, by, at = PEOPLES[command], member.as_actor(), runtime.now()
    page = f"command {command}"
    is_limited = member.sight is not None
    if is_limited or not may(member, needs.permission):
        access = Access(
            act=Act.REFUSED, page=page, role=member.role.value, address=ADDRESS, reason=needs.permission.value
        )
        record_refused(permission=needs.permission, access=access, by=by, at=at)
        if is_limited:
            # A command is about the whole town; only the screens know how to part it.
            _end(f"{command}: 担当区域のある利用者は画面を使います / whoever has an area of work uses the screens")
        _end(f"{command}: この役割では使えません / not for this role ({member.role.value})")
    if needs.act is not None:
        access = Access(act=needs.act, page=page, role=member.role.value, address=ADDRESS, is_list=True)
        record_access(access=access, by=by, at=at)


def signed_in(node: str) -> Any | None:
    """Return a request in the session of whoever signed in at this terminal; None when it does not stand any more."""
    from django.contrib.auth import get_user

    from tasuki import runtime
    from tasuki.accounts import queries
    from tasuki.accounts.models import Staff
    from tasuki.accounts.operations.signing_in import SIGN_IN
    from tasuki.web.standing import over, step_of

    key = _kept(node)
    if key is None:
        return None
    request = request_in(key)
    staff, at = get_user(request), runtime.now()
    if not isinstance(staff, Staff):
        return None
    request.user = staff
    found = queries.sign_in_numbered(request.session.get(SIGN_IN, ""))
    if over(request, staff, found, at) is not None or found is None or step_of(staff, found) is not None:
        return None
    queries.note_seen(found.sign_in, at)
    return request


def request_in(key: str | None) -> Any:
    """Return a request that comes from this terminal, in the session of that number or in a new one."""
    from django.conf import settings
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest

    engine: ModuleType = import_module(settings.SESSION_ENGINE)
    request: Any = HttpRequest()
    request.method, request.user = "POST", AnonymousUser()
    request.META |= {"REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": f"tasuki, as {_system_account()}"}
    request.session = engine.SessionStore(key)
    return request


def keep(node: str, key: str) -> None:
    """Keep the number of a session where only this account of the operating system reads it."""
    file = _file(node)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(key)


def forget(node: str) -> None:
    """Forget the session of this terminal."""
    _file(node).unlink(missing_ok=True)


def _kept(node: str) -> str | None:
    file = _file(node)
    try:
        state = file.lstat()
        text = file.read_text().strip()
    except OSError:
        return None
    is_own = stat.S_ISREG(state.st_mode) and state.st_uid == os.getuid() and not stat.S_IMODE(state.st_mode) & 0o077
    if not is_own:
        _end(f"{file}: ほかの人が読めるか、書けます。消してください / others can read or write it: delete it")
    return text or None


def _file(node: str) -> Path:
    runtime_folder = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime_folder) if runtime_folder else Path.home() / ".cache"
    return folder / "tasuki" / f"sign-in-{node}"


def _system_account() -> str:
    """Name the account of the operating system, and the one before `sudo` where there is one: a hint, no proof."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or str(os.getuid())


def _end(text: str) -> None:
    typer.echo(text, err=True)
    raise typer.Exit(_REFUSED)
