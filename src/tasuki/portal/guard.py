"""Which pages are for everybody, and which for whoever signed in: every page says so."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tasuki.portal import own
from tasuki.portal.sittings import Sitting
from tasuki.protocol.errors import ExchangeFailed, Refusal

log = structlog.get_logger()

COOKIE: Final = "tasuki-portal"
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Seated:
    """Whoever signed in, and by which token."""

    token: str
    sitting: Sitting

    @property
    def code(self) -> str:
        return self.sitting.portal_code


def for_everybody(view: View) -> View:
    """Open a page to whoever comes; it shows nobody."""
    view.open_to = "everybody"  # type: ignore[attr-defined]  # read by the test that every page says whom it is for
    return view


def for_the_person(view: View) -> View:
    """Open a page to whoever signed in, about themselves alone; anybody else is led to the first page."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.COOKIES.get(COOKIE, "")
        sitting = own.sittings().find(token) if token else None
        if sitting is None:
            return redirect("over" if token else "sign-in")
        return view(request, Seated(token, sitting), *args, **kwargs)

    answer.open_to = "the person"  # type: ignore[attr-defined]  # as above
    return answer


class WordsForFaults:
    """Says in a resident's words that the network is away, in maintenance, or did not take what was sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response:
            # Neither a browser nor anything between keeps a page: it may be about somebody.
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ExchangeFailed):
            return None
        log.warning("PTL-001 network_failed", phase=error.phase.value)
        if error.reason.startswith(Refusal.MAINTENANCE):
            return fault_page(
                request,
                503,
                _("いま、保守をしています"),
                _("情報提供ネットワークが保守中のため、お答えできません。"),
                _("保守が終わってから、もう一度開いてください。請求したものや届いたものは、なくなりません。"),
            )
        return fault_page(
            request,
            503,
            _("いま、つながりません"),
            _("情報提供ネットワークから返事がありません。あなたの操作がまちがっていたわけではありません。"),
            _(
                "数分待ってから、もう一度開いてください。請求の途中だったときは、はじめの画面で届いたかどうかを確かめられます。"
            ),
        )


def fault_page(request: HttpRequest, status: int, title: str, text: str, next_step: str) -> HttpResponse:
    """Answer with what went wrong, why, and what to do."""
    context = {"title": title, "text": text, "next_step": next_step}
    return render(request, "portal/fault.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    del exception
    return fault_page(
        request,
        404,
        _("ページが見つかりません"),
        _("アドレスがちがうか、このページはもうありません。"),
        _("はじめの画面から選びなおしてください。"),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    del exception
    return fault_page(
        request,
        400,
        _("読み取れませんでした"),
        _("送られた内容が欠けています。"),
        _("前の画面に戻って、やりなおしてください。"),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours."""
    return fault_page(
        request,
        500,
        _("うまくいきませんでした"),
        _("このポータルの側で問題が起きました。あなたの操作がまちがっていたわけではありません。"),
        _("少し待ってから、もう一度やりなおしてください。"),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form from elsewhere, or from a page too old."""
    del reason
    log.warning("PTL-002 form_refused")
    return fault_page(
        request,
        403,
        _("もう一度お願いします"),
        _("画面が古くなったため、送られた内容を受け付けませんでした。"),
        _("はじめの画面を開きなおしてから、やりなおしてください。"),
    )
