"""The one door through which files leave a town's screens (持出し): nothing passes that was not declared.

What takes an approval is not made when somebody presses its button: they are asked what for, somebody else decides, and
only then is the same button pressed for them, inside `web.staff.exports`.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from email.message import Message
from functools import wraps
from typing import Any, Final

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve

from tasuki import runtime
from tasuki.media.catalogue import standing_of
from tasuki.media.operations import record_office_copy
from tasuki.media.types import Standing
from tasuki.web import watching
from tasuki.web.guard import StaffRequest
from tasuki.web.presenters.exports import RequestForm, file_words
from tasuki.web.sealed import SealBrokenError, open_words, seal_words

log = structlog.get_logger()
#: The key of a kind of file, or what names it by the arguments of the address.
Leaves = str | Callable[..., str]
#: The kind of file that is being made for an approved export; outside of that, empty.
_made_for: ContextVar[str] = ContextVar("made_for", default="")
_HEADER: Final = "Content-Disposition"


class NoFileError(Exception):
    """What was approved cannot be made as it was asked for."""


def watched(view: Callable[..., HttpResponse], leaves: Leaves | None) -> Callable[..., HttpResponse]:
    """Return a view whose files leave as declared: after an approval, recorded, or freely; or not at all."""

    @wraps(view)
    def giving(request: StaffRequest, /, *args: object, **kwargs: Any) -> HttpResponse:
        key = leaves(**kwargs) if callable(leaves) else leaves
        needs_approval = key is not None and standing_of(key) is Standing.APPROVAL and _made_for.get() != key
        if key is not None and needs_approval:
            return _asked_first(request, key, lambda: view(request, *args, **kwargs))
        response = view(request, *args, **kwargs)
        if _is_file(response):
            _let_out(request, key)
        return response

    return giving


def _asked_first(request: StaffRequest, key: str, press: Callable[[], HttpResponse]) -> HttpResponse:
    """Ask what a file is wanted for, where the address would give one now; its own answer stands otherwise.

    The file is thrown away with everything it wrote: it is made anew once it is approved.
    """
    with transaction.atomic():
        response = press()
        if not _is_file(response):
            return response
        transaction.set_rollback(True)
    watching.thrown_away()
    if request.method != "POST":
        raise _refused(request)
    return _ask(request, key)


def _is_file(response: HttpResponse) -> bool:
    return response.status_code == 200 and response.has_header(_HEADER)


def _refused(request: StaffRequest) -> PermissionDenied:
    log.error("WEB-001 undeclared_file", path=request.resolver_match.route if request.resolver_match else "")
    return PermissionDenied("leaves")


def _let_out(request: StaffRequest, key: str | None) -> None:
    """Refuse a file that nobody declared; record one for the office before it is given.

    :raises PermissionDenied: when it may not leave.
    """
    if key is None:
        raise _refused(request)
    if standing_of(key) is Standing.OFFICE:
        record_office_copy(kind=key, by=request.member.as_actor(), at=runtime.now())


def _ask(request: StaffRequest, key: str) -> HttpResponse:
    """Show the form that asks what a file is wanted for, keeping what was chosen."""
    chosen = request.POST.copy()
    chosen.pop("csrfmiddlewaretoken", None)
    call = {
        "kind": key,
        "path": request.path,
        "chosen": chosen.urlencode(),
        "by": str(request.member.as_actor()),
    }
    context = {"form": RequestForm(), "call": seal_words(call), "file": file_words(key)}
    return render(request, "exports/ask.html", context)


def opened_call(text: str, by: str) -> Mapping[str, str] | None:
    """Return what somebody chose to have made; None where it is broken, or somebody else's."""
    try:
        call = open_words(text)
    except (SealBrokenError, json.JSONDecodeError):
        return None
    return call if call.get("by") == by else None


def press_again(request: StaffRequest, call: Mapping[str, str]) -> tuple[str, bytes]:
    """Make the file that was approved, as if its requester had pressed its button now; return its name and content.

    All that the address itself asks for is asked again: the permission, and the warning before a protected person.

    :raises NoFileError: when what was chosen gives no file any more.
    """
    try:
        match = resolve(call["path"])
    except Resolver404 as gone:
        raise NoFileError(NoFileError.__doc__) from gone
    inner = copy.copy(request)
    inner.method, inner.path, inner.path_info, inner.resolver_match = "POST", call["path"], call["path"], match
    inner.POST = QueryDict(call["chosen"])
    with _making(call["kind"]):
        response = match.func(inner, *match.args, **match.kwargs)
    if not _is_file(response):
        raise NoFileError(NoFileError.__doc__)
    return _name_in(response[_HEADER]), response.content


@contextmanager
def _making(kind: str) -> Iterator[None]:
    token = _made_for.set(kind)
    try:
        yield
    finally:
        _made_for.reset(token)


def _name_in(header: str) -> str:
    message = Message()
    message[_HEADER] = header
    return message.get_filename() or "file"
