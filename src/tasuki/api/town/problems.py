"""Refusals as `application/problem+json`, in both languages."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse

from tasuki.api.town.messages import Problem

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class _Words:
    status: int
    title: str
    title_ja: str
    detail: str
    detail_ja: str
    error: str | None = None


class Kind(enum.Enum):
    """Every refusal of the interface: its status, and what it says."""

    METHOD = _Words(
        405, "Method not allowed", "使えないメソッド", "See the Allow header.", "Allow ヘッダを見てください。"
    )
    TOO_LARGE = _Words(413, "Too large", "大きすぎる", "Send a shorter list.", "一覧をいくつかに分けて送ってください。")
    NOT_JSON = _Words(
        400, "Not JSON", "JSONではない", "The body must be JSON in UTF-8.", "本文は UTF-8 の JSON で送ってください。"
    )
    SCHEMA = _Words(
        422,
        "Not of the form described",
        "形が決まりと違う",
        "The places named are missing, unknown or of another type.",
        "places に挙げた箇所が足りないか、決まりにないか、型が違います。",
    )
    QUERY = _Words(
        400,
        "Unknown or malformed parameter",
        "パラメータが違う",
        "See the description of this address.",
        "このアドレスの説明を見てください。",
    )
    CHANGES_GONE = _Words(
        410,
        "Changes no longer kept",
        "異動の通知が残っていない",
        "Take everything of your people anew, then go on with `next` as `after`.",
        "登録者の情報をすべて取り直してから、next の値を after に付けて続けてください。",
    )
    MAINTENANCE = _Words(
        503,
        "In maintenance",
        "保守中",
        "Send it again after the seconds in Retry-After.",
        "Retry-After の秒数のあとで、もう一度送ってください。",
    )
    NO_TOKEN = _Words(
        401, "No token", "トークンがない", "Send a bearer token.", "Authorization: Bearer でトークンを送ってください。"
    )
    BAD_TOKEN = _Words(
        401,
        "Token refused",
        "トークンを確認できない",
        "Get another token.",
        "トークンを取り直してください。",
        "invalid_token",
    )
    SCOPE_MISSING = _Words(
        403,
        "Scope not granted",
        "権限がない",
        "This client may not do that. The town grants scopes.",
        "このクライアントには許されていません。自治体の担当者に依頼してください。",
        "insufficient_scope",
    )
    TOKEN_REQUEST = _Words(
        400,
        "Token request malformed",
        "トークン要求の形が違う",
        "Send client_credentials with a JWT assertion as a form (RFC 7523).",
        "client_credentials と JWT のアサーションをフォーム形式で送ってください（RFC 7523）。",
        "invalid_request",
    )
    GRANT_TYPE = _Words(
        400,
        "Grant type not offered",
        "使えない grant_type",
        "Only client_credentials is offered.",
        "client_credentials だけが使えます。",
        "unsupported_grant_type",
    )
    CLIENT = _Words(
        401,
        "Client not authenticated",
        "クライアントを確認できない",
        "The assertion is not one of a client that may call.",
        "呼び出せるクライアントのアサーションではありません。",
        "invalid_client",
    )
    ASSERTION = _Words(
        401,
        "Assertion refused",
        "アサーションが使えない",
        "It was used before, is out of time, lives over five minutes, or names another audience.",
        "使用済み、期限の外、5分より長い期限、または別の宛先のものです。",
        "invalid_client",
    )
    SCOPE = _Words(
        400,
        "Scope not granted",
        "許されていないスコープ",
        "Ask for scopes that were granted, or for none in particular.",
        "許されたスコープだけを求めるか、scope を省いてください。",
        "invalid_scope",
    )
    LOCKED = _Words(
        429,
        "Too many failures",
        "失敗が続いた",
        "Wait as long as Retry-After says.",
        "Retry-After の秒数だけ待ってください。",
    )
    UNAVAILABLE = _Words(
        503,
        "Records cannot be written",
        "記録できない",
        "Nothing was done that is not recorded. Try again.",
        "記録できないため処理していません。時間をおいて送り直してください。",
    )


def refuse(
    kind: Kind, *, places: Sequence[str] = (), headers: Mapping[str, str] | None = None, go_on: UUID | None = None
) -> HttpResponse:
    """Return a refusal; `go_on` is what to ask after next, where that is known."""
    words = kind.value
    problem = Problem(
        type=f"urn:tasuki:problem:{kind.name.lower().replace('_', '-')}",
        title=words.title,
        title_ja=words.title_ja,
        status=words.status,
        detail=words.detail,
        detail_ja=words.detail_ja,
        places=list(places),
        next=go_on,
        error=words.error,
    )
    more = dict(headers or {}) | {"Cache-Control": "no-store"}
    if words.status == 401:
        more["WWW-Authenticate"] = f'Bearer error="{words.error}"' if words.error == "invalid_token" else "Bearer"
    return HttpResponse(problem.model_dump_json(), status=words.status, content_type=CONTENT_TYPE, headers=more)
