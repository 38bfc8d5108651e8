"""From bytes to an operation and back: one function for every endpoint between nodes.

The order is fixed: size, signature, schema, addressee, clock, sender's right to ask, replay. What fails is recorded
and answered with its reason; nothing else has happened then.
"""

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import psycopg
import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.metrics import ITEMS, REQUESTS, SECONDS, STATES
from tasuki.nodes.types import NodeKind
from tasuki.protocol.envelope import MAX_BYTES, Incoming, MessageKind, decode, encode, size_of
from tasuki.protocol.errors import STATUS, MessageRefused, Refusal
from tasuki.protocol.messages import PermitReply
from tasuki.protocol.operations import accept_once
from tasuki.protocol.signing import HEADER, sign
from tasuki.runtime import keys, maintenance, new_id, node, now, trusted_keys

log = structlog.get_logger()
#: Where the server puts the header; Django's own way to it goes through all headers of each request.
_SIGNATURE = "HTTP_" + HEADER.upper().replace("-", "_")

Reply = Sequence[BaseModel] | bytes
#: Called with the message and the time, inside the transaction that also remembers the message.
Handler = Callable[[Incoming[Any], dt.datetime], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint between nodes; OpenAPI is generated from these.

    `check` raises MessageRefused when the sender may not speak for an item. A `whole` handler opens its own
    transactions and remembers the message itself. `in_maintenance` routes answer also while the node is in maintenance.
    """

    path: str
    kind: MessageKind
    senders: frozenset[NodeKind]
    item: type[BaseModel]
    reply: type[BaseModel]
    handle: Handler
    summary: str
    check: Callable[[Incoming[Any]], None] | None = None
    whole: bool = False
    in_maintenance: bool = False


def view(route: Route) -> Callable[[HttpRequest], HttpResponse]:
    """Return the Django view of a route."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        started = time.perf_counter()
        response, outcome = answered(request)
        response["X-Content-Type-Options"] = "nosniff"
        REQUESTS.labels(route.path, outcome).inc()
        SECONDS.labels(route.path).observe(time.perf_counter() - started)
        return response

    def answered(request: HttpRequest) -> tuple[HttpResponse, str]:
        body = b""
        at = now()
        try:
            body = _body(request)
            incoming = decode(
                body,
                request.META.get(_SIGNATURE, ""),
                me=node(),
                kind=route.kind,
                item=route.item,
                at=at,
                trusted=trusted_keys,
            )
            if incoming.sender.kind not in route.senders:
                raise MessageRefused(
                    Refusal.NOT_ALLOWED, f"not for a {incoming.sender.kind}", sender=incoming.sender.name
                )
            _check_maintenance(route, incoming, at)
            reply = _handled(route, incoming, at)
            _count(route, incoming, reply)
            return _reply(incoming, reply), "ok"
        except MessageRefused as refused:
            return _refuse(route, refused, body, at), refused.refusal
        except (DatabaseError, psycopg.Error):
            # Django does not translate what goes wrong in a COPY.
            log.exception("API-001 database_failed", path=route.path)
            # Without a durable record there is no answer.
            return _problem(Refusal.UNAVAILABLE, "records cannot be written now; nothing was done"), Refusal.UNAVAILABLE

    return csrf_exempt(answer)


def _count(route: Route, incoming: Incoming[Any], reply: Reply) -> None:
    ITEMS.labels(route.path).inc(size_of(incoming.items))
    if isinstance(reply, bytes):
        return
    told = [one for item in reply if isinstance(item, PermitReply) for one in item.decisions] or reply
    if told and hasattr(told[0], "state"):
        for state, number in Counter(map(attrgetter("state"), told)).items():
            STATES.labels(route.path, str(state)).inc(number)


def _body(request: HttpRequest) -> bytes:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        raise MessageRefused(Refusal.TOO_LARGE, f"more than {MAX_BYTES} bytes")
    try:
        return request.body
    except RequestDataTooBig as error:
        raise MessageRefused(Refusal.TOO_LARGE, f"more than {MAX_BYTES} bytes") from error


def _check_maintenance(route: Route, incoming: Incoming[Any], at: dt.datetime) -> None:
    current = None if route.in_maintenance else maintenance()
    if current is not None:
        raise MessageRefused(
            Refusal.MAINTENANCE,
            current.as_text(),
            sender=incoming.sender.name,
            retry_after=current.retry_after(at),
        )


def _handled(route: Route, incoming: Incoming[Any], at: dt.datetime) -> Reply:
    if route.whole:
        return route.handle(incoming, at)
    with transaction.atomic():
        if route.check is not None:
            route.check(incoming)
        accept_once(sender=incoming.sender.name, message=incoming.message, at=at)
        return route.handle(incoming, at)


def _reply(incoming: Incoming[Any], items: Reply) -> HttpResponse:
    at = now()
    content = encode(
        message=new_id(at),
        kind=incoming.kind,
        sender=node().name,
        recipient=incoming.sender.name,
        at=at,
        items=items,
        in_reply_to=incoming.message,
    )
    signature = sign(content, keys().signing, node().name)
    return HttpResponse(content, content_type="application/json", headers={HEADER: signature})


def _refuse(route: Route, refused: MessageRefused, body: bytes, at: dt.datetime) -> HttpResponse:
    """Record the refusal in a transaction of its own, then say it."""
    log.warning("API-002 message_refused", path=route.path, refusal=refused.refusal, sender=refused.sender)
    try:
        with transaction.atomic():
            append(
                kind=EntryKind.MESSAGE_REFUSED,
                body={
                    "path": route.path,
                    "refusal": refused.refusal,
                    "sender": refused.sender,
                    "bytes": len(body),
                    "sha256": hashlib.sha256(body).hexdigest(),
                },
                at=at,
            )
    except DatabaseError:
        log.exception("API-001 database_failed", path=route.path)
        return _problem(Refusal.UNAVAILABLE, "records cannot be written now; nothing was done")
    return _problem(refused.refusal, refused.detail, refused.retry_after)


def _problem(refusal: Refusal, detail: str, retry_after: int = 0) -> HttpResponse:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    return JsonResponse({"refusal": refusal, "detail": detail}, status=STATUS[refusal], headers=headers)
