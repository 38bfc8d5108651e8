"""Commands by which a member of staff says who they are before they run others."""

from typing import Annotated, Any, NoReturn

import typer

from tasuki.cli import operator
from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, show

app = typer.Typer()


@app.command("sign-in")
def sign_in(
    node: NodeName,
    username: Annotated[str, typer.Option("--id", prompt="ID", help="The ID of your account for the screens.")],
) -> None:
    """Sign in at this terminal with your account for the screens; password and code are asked for.

    Where real residents are kept, commands that show people or decide something run for whoever signed in, as far as
    their role goes. Status 1: not let in.
    """
    become(node)
    from tasuki import runtime
    from tasuki.accounts import operations
    from tasuki.accounts.types import LoginOutcome

    request: Any = operator.request_in(None)
    password = typer.prompt("パスワード / password", hide_input=True)
    outcome = operations.log_in(
        request=request,
        username=username.strip(),
        password=password,
        is_dummy=runtime.node().is_dummy,
        at=runtime.now(),
    )
    if outcome is not LoginOutcome.OPENED:
        _refuse(_WHY[outcome.value])
    request.session.save()
    _take_steps(request)
    operator.keep(node, request.session.session_key)
    typer.echo(
        f"{request.user.display_name}: 入りました。終わったら sign-out / signed in; `tasuki sign-out` at the end"
    )


_WHY = {
    "REFUSED": "IDまたはパスワードが違います / wrong ID or password",
    "LOCKED": "何度も違ったので、しばらく待ってください / too many attempts: wait a while",
    "LAPSED": "この利用者は、いま、ここからは使えません / this account is not good now, or not from here (127.0.0.1)",
    "UNATTENDED": "委託先は立会いのもとで模擬環境にだけ入れます / contractors: only attended, never where real",
}


def _take_steps(request: Any) -> None:
    """Ask for the second factor where the screens do; what is done once, on the screens, is not done here."""
    from tasuki import runtime
    from tasuki.accounts import operations, queries
    from tasuki.accounts.operations.signing_in import SIGN_IN
    from tasuki.accounts.types import FactorOutcome
    from tasuki.web.standing import Step, step_of

    found = queries.sign_in_numbered(request.session[SIGN_IN])
    step = None if found is None else step_of(request.user, found)
    if found is None or step in (Step.PASSWORD, Step.ENROL):
        _leave(request)
        _refuse("先に画面でパスワードと二要素認証を決めてください / first choose both on the screens")
    if step is Step.CODE:
        code = typer.prompt("確認コード / code", hide_input=True)
        outcome = operations.pass_factor(
            code=code, sign_in=found.sign_in, cipher=runtime.factor_cipher(),
            by=request.user.member.as_actor(), at=runtime.now(),
        )  # fmt: skip
        if outcome is FactorOutcome.WRONG:
            _leave(request)
            _refuse("確認コードが違います / wrong code")
        _take_steps(request)


@app.command("sign-out")
def sign_out(node: NodeName) -> None:
    """End what `sign-in` began at this terminal."""
    become(node)
    request = operator.signed_in(node)
    if request is not None:
        _leave(request)
    operator.forget(node)
    typer.echo("終わりました / signed out")


@app.command("who-am-i")
def who_am_i(node: NodeName, as_json: AsJson = False) -> None:
    """Say who is signed in at this terminal, and which commands their role may run. Status 1: nobody is."""
    become(node)
    from tasuki.accounts.permissions import may
    from tasuki.cli.needs import PEOPLES

    request = operator.signed_in(node)
    if request is None:
        _refuse("だれも入っていません / nobody is signed in")
    member = request.user.member
    commands = sorted(name for name, needs in PEOPLES.items() if may(member, needs.permission))
    show({"id": member.username, "role": member.role.value, "commands": commands}, as_json)


def _leave(request: Any) -> None:
    from tasuki import runtime
    from tasuki.accounts import operations, queries
    from tasuki.accounts.operations.signing_in import SIGN_IN

    found = queries.sign_in_numbered(request.session.get(SIGN_IN, ""))
    if found is not None:
        by = request.user.member.as_actor()
        operations.end_sessions(staff_id=request.user.pk, sign_ins=[found.sign_in], by=by, at=runtime.now())
    request.session.flush()


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)
