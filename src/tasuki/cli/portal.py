"""Commands of the network's node that play the portal (マイナポータル), which only the state runs."""

import base64
import binascii
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, show, staff_by
from tasuki.shared.identifiers import is_resident_record_code

if TYPE_CHECKING:
    from tasuki.protocol.self_messages import SelfAnswer, SelfProgress

app = typer.Typer()
_CODE_LENGTH = 32
_REFUSED: Final = 1

Number = Annotated[str, typer.Option("--number", help="Number of the request.")]
Providers = Annotated[
    list[str] | None, typer.Option("--provider", help="Ask this institution; may be repeated. Without: all there are.")
]
DataSets = Annotated[
    list[str] | None, typer.Option("--data-set", help="Ask for this data set; may be repeated. Without: all there are.")
]


def _end(status: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(status)


def _become_network(node: str) -> None:
    become(node)
    from tasuki.nodes.types import NodeKind
    from tasuki.runtime import node as own

    if own().kind != NodeKind.NETWORK:
        _end(2, f"{node}: ネットワークのノードではありません / not the network's node")


def _code_read() -> str:
    """Return the portal's code for the person from standard input, so that it stands in no list of processes."""
    code = sys.stdin.readline().strip()
    if len(code) != _CODE_LENGTH or not set(code) <= set("0123456789abcdef"):
        _end(2, "標準入力: ポータルの符号32桁を1行で渡してください / one line of 32 hex digits is expected")
    return code


@app.command("portal-code")
def portal_code(node: NodeName, as_json: AsJson = False) -> None:
    """Issue the portal's own code for a person; the resident-record code is read from standard input."""
    _become_network(node)
    from tasuki.network.operations.codes import issue_portal_codes
    from tasuki.runtime import code_maker, now

    given = sys.stdin.readline().strip()
    if not is_resident_record_code(given):
        _end(2, "標準入力: 住民票コード11桁を1行で渡してください / one line of 11 digits is expected")
    [code] = issue_portal_codes(resident_record_codes=[given], maker=code_maker(), by=staff_by("portal-code"), at=now())
    show({"code": code}, as_json)


@app.command("portal-inbox")
def portal_inbox(node: NodeName, as_json: AsJson = False) -> None:
    """Fetch, as the portal, the notices of a person; the portal's code is read from standard input."""
    _become_network(node)
    from tasuki.network.operations.notices import fetch_notices
    from tasuki.runtime import now

    code = _code_read()
    found = fetch_notices(portal_code=code, by=staff_by("portal-inbox"), at=now())
    if as_json:
        show({"notices": [asdict(one) for one in found]}, as_json)
        return
    for one in found:
        typer.echo(f"{one.day}  {one.kind}  {one.sender}  (… {one.expires_at:%Y-%m-%d})")
    typer.echo(f"{len(found)}件 / {len(found)} notices")


@app.command("portal-ask")
def portal_ask(
    node: NodeName, number: Number = "", provider: Providers = None, data_set: DataSets = None, as_json: AsJson = False
) -> None:
    """Ask, as the portal, for what institutions hold about a person: answered later, see `portal-answers`.

    Standard input: the portal's code, and on a second line the key of the request when it is asked again. Prints the
    number and the key of the request, without which nobody reads the answers. Status 1: refused.
    """
    _become_network(node)
    from pydantic import ValidationError

    from tasuki.network.operations.self_requests import take_requests
    from tasuki.network.permitted import permissions
    from tasuki.nodes.keys import encode_key
    from tasuki.protocol.self_messages import SelfRequested
    from tasuki.runtime import new_id, now

    code, at = _code_read(), now()
    key = _key_read() or X25519PrivateKey.generate()
    try:
        asked = SelfRequested(
            request_number=number or new_id(at),
            portal_code=code,
            answer_key=encode_key(key.public_key()),
            providers=provider or [],
            data_sets=data_set or [],
        )
    except ValidationError as error:
        _end(2, _why_invalid(error.errors(include_url=False, include_input=False)[0]["loc"]))
    [told] = take_requests(items=[asked], permissions=permissions(), new_id=new_id, by=staff_by("portal-ask"), at=at)
    _end_if_refused(told)
    own = {"number": told.request_number, "key": base64.b64encode(key.private_bytes_raw()).decode()}
    show(own | {"asked": len(told.answers), "expires_at": told.expires_at}, as_json)


@app.command("portal-answers")
def portal_answers(node: NodeName, number: Number, as_json: AsJson = False) -> None:
    """Fetch, as the portal, what institutions answered to a request, and open it.

    Standard input: the portal's code, and the key of the request on a second line. Status 1: refused, or another key.
    """
    _become_network(node)
    from pydantic import ValidationError

    from tasuki.network.operations.self_requests import fetch_answers
    from tasuki.protocol.sealing import NotForUs
    from tasuki.protocol.self_messages import SelfAnswersAsked
    from tasuki.runtime import now

    code, key = _code_read(), _key_read()
    if key is None:
        _end(2, "標準入力: 2行目に請求の鍵を渡してください / the key of the request is expected on a second line")
    try:
        asked = SelfAnswersAsked(request_number=number, portal_code=code)
    except ValidationError as error:
        _end(2, _why_invalid(error.errors(include_url=False, include_input=False)[0]["loc"]))
    [told] = fetch_answers(items=[asked], by=staff_by("portal-answers"), at=now())
    _end_if_refused(told)
    try:
        answers = [_opened(one, key) for one in told.answers]
    except NotForUs:
        _end(_REFUSED, "標準入力: この請求の鍵ではないため開けません / not the key of this request")
    if as_json:
        show({"expires_at": told.expires_at, "answers": answers}, as_json)
        return
    for one in answers:
        corrected = f"  {_CORRECTED}" if one["is_corrected"] else ""
        typer.echo(f"{one['provider']} {one['provider_name']}  {_STATES[one['state']]}{corrected}")
        for part in one["answers"]:
            typer.echo(f"  {part['data_set']}  {part['state']}  {len(part['payloads'])}")


def _opened(one: "SelfAnswer", key: X25519PrivateKey) -> dict[str, Any]:
    from tasuki.protocol.self_messages import open_answers

    opened = open_answers(one.transaction_number, one.sealed, key) if one.sealed else []
    return one.model_dump(exclude={"sealed"}, mode="json") | {"answers": [part.model_dump() for part in opened]}


def _key_read() -> X25519PrivateKey | None:
    """Return the private key of a request from the next line of standard input; none where there is no line."""
    line = sys.stdin.readline().strip()
    if not line:
        return None
    try:
        return X25519PrivateKey.from_private_bytes(base64.b64decode(line, validate=True))
    except (binascii.Error, ValueError):
        _end(
            2, "標準入力: 2行目は請求の鍵（base64、32バイト）です / the second line is the key of a request, in base64"
        )


def _why_invalid(place: tuple[int | str, ...]) -> str:
    option = {"request_number": "--number", "providers": "--provider", "data_sets": "--data-set"}[str(place[0])]
    expected = {
        "--number": "portal-ask が示した番号を渡してください / the number that portal-ask printed is expected",
        "--provider": "情報保有機関コード16桁を渡してください / an institution code of 16 digits is expected",
        "--data-set": "特定個人情報名コード（TMと14桁）を渡してください / TM and 14 digits are expected",
    }
    return f"{option}: {expected[option]}"


def _end_if_refused(told: "SelfProgress") -> None:
    if told.outcome.value in _WHY_REFUSED:
        _end(_REFUSED, _WHY_REFUSED[told.outcome.value])


_WHY_REFUSED: Final = {
    "code_unknown": "標準入力: ポータルの符号として発行されたものではありません。portal-code で確かめてください"
    " / not a code that was issued to the portal; see portal-code",
    "no_legal_basis": "自己情報の照会を認める法令の根拠が、今日の表にありません"
    " / no row of the table of law permits it today",
    "nobody_to_ask": "この人の符号を持つ機関がありません / no institution that may be asked has a code of this person",
    "number_used": "--number: 別の請求に使われています。番号を付けずにやり直してください"
    " / used for another request; leave it out",
    "too_many": "請求の回数の上限に達したか、同じ請求の回答を待っています。後でやり直してください"
    " / as often as may be asked, or the same is still to be answered: ask later",
    "unknown": "--number: この符号での請求はありません。番号と符号を確かめてください / no such request under this code",
}
_CORRECTED: Final = "その後に訂正あり。もう一度請求してください / corrected since; ask again"
_STATES: Final = {
    "waiting": "回答待ち / waiting",
    "given": "回答あり / given",
    "nothing": "提供できる記録なし / nothing to give",
    "refused": "照会できない / refused",
    "unanswered": "期限までに回答なし。もう一度請求できます / not answered in time; ask again",
    "gone": "保存期間が過ぎて消去済み / gone, its time is over",
}
