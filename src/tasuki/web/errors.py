"""Pages for what went wrong, in the words of whoever sees them; none says anything about a person."""

import datetime as dt

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tasuki.operating.types import Maintenance
from tasuki.web.templatetags.tasuki import moment

log = structlog.get_logger()


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    del exception
    return _page(
        request,
        400,
        _("リクエストを読み取れませんでした"),
        _("送られた内容が途中で欠けたか、大きすぎます。"),
        _("前の画面に戻って、もう一度操作してください。"),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer who may not do this; that they tried is recorded already."""
    del exception
    return _page(
        request,
        403,
        _("この画面を使う権限がありません"),
        _("あなたの役割では、この画面や操作は使えません。アクセスがあったことは証跡に記録されました。"),
        _("業務に必要なときは、システム管理者に役割の変更を依頼してください。"),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for an address that leads nowhere."""
    del exception
    return _page(
        request,
        404,
        _("画面が見つかりません"),
        _("アドレスが間違っているか、表示できる期間が過ぎています。"),
        _("検索結果はログアウトすると消えます。もう一度検索してください。"),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours."""
    return _page(
        request,
        500,
        _("処理を終えられませんでした"),
        _("システムの側で問題が起きました。途中までの変更は取り消されています。"),
        _("少し待ってからもう一度操作してください。繰り返すときは、時刻を添えてシステム管理者に知らせてください。"),
    )


def custody_damaged(request: HttpRequest) -> HttpResponse:
    """Answer when an individual number in custody cannot be opened as its person's; that is recorded already."""
    return _page(
        request,
        500,
        _("保管している個人番号を確認できません"),
        _("番号が書き換えられたか、別の人のところへ移されたか、鍵が失われています。番号は表示していません。"),
        _("この人の番号を使う処理を止め、すぐにシステム管理者に知らせてください。見つかったことは証跡に記録しました。"),
    )


def in_maintenance(request: HttpRequest, maintenance: Maintenance, at: dt.datetime) -> HttpResponse:
    """Answer while somebody works on the node."""
    response = _page(
        request,
        503,
        _("保守中です"),
        _("%(until)sに終わる予定です。わけ: %(reason)s")
        % {"until": moment(maintenance.until), "reason": maintenance.reason},
        _("入力していた内容は、前の画面に戻ると残っています。終わってから、もう一度操作してください。"),
    )
    response["Retry-After"] = str(maintenance.retry_after(at))
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that did not come from a page of ours, or came from one that is too old."""
    del reason
    log.warning("WEB-002 form_refused", path=request.resolver_match.route if request.resolver_match else "")
    return _page(
        request,
        403,
        _("送信を受け付けませんでした"),
        _("画面を開いてから時間がたったか、別の画面からの送信です。変更はされていません。"),
        _("前の画面を開き直してから、もう一度送信してください。"),
    )


def _page(request: HttpRequest, status: int, title: str, text: str, next_step: str) -> HttpResponse:
    context = {"error_title": title, "error_text": text, "next_step": next_step, "status": status}
    return render(request, "errors/error.html", context, status=status)
