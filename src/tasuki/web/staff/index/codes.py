"""People without a linkage code: why, since when, and asking for it, one or many."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.town import CODES_A_ROUND, acquire
from tasuki.linkage.operations.codes import renew_code
from tasuki.linkage.types import SYSTEM, AcquisitionReport
from tasuki.persons import codes as missing_codes
from tasuki.persons import queries as index
from tasuki.persons.types import CodeOutcome, MissingCode
from tasuki.protocol.errors import ExchangeFailed
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.sealed import SealBrokenError, open_unified, seal_unified

_OUTCOMES = {
    CodeOutcome.ISSUED: (gettext_lazy("発行された。届くのを待っている"), gettext_lazy("待つ。届くと自動で消えます。")),
    CodeOutcome.ALREADY_ISSUED: (
        gettext_lazy("すでに取得済み(同じ符号がもう一度届く)"),
        gettext_lazy("待つ。二つ目の符号が作られることはありません。"),
    ),
    CodeOutcome.UNKNOWN_NUMBER: (
        gettext_lazy("J-LISにこの個人番号の人がいない"),
        gettext_lazy("住民記録の個人番号を確かめ、直してから試す。"),
    ),
    CodeOutcome.UNKNOWN_INSTITUTION: (
        gettext_lazy("この自治体がネットワークに登録されていない"),
        gettext_lazy("システム管理者に、機関の登録を確かめてもらう。"),
    ),
    CodeOutcome.INSTITUTION_SUSPENDED: (
        gettext_lazy("この自治体の連携がネットワークで止められている"),
        gettext_lazy("再開を待つ。再開のあと、次の自動取得で届きます。"),
    ),
    CodeOutcome.RECORD_CODE_CHANGED: (
        gettext_lazy("住民票コードが変わった"),
        gettext_lazy("次の自動取得を待つか、今すぐ取得する。"),
    ),
}


@requires(Permission.MANAGE_CODES)
@require_GET
def codes(request: StaffRequest) -> HttpResponse:
    """List people without a code: refused ones first, then by how long they have been waiting."""
    counted = missing_codes.counts()
    page = page_number(request.GET.get("page", "1"))
    found = missing_codes.missing(limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    own = index.system_numbers(SYSTEM, [one.unified_person_number for one in found])
    people = screening.people(list(own.values()))
    rows = [
        _row(one, own.get(one.unified_person_number, ""), people.get(own.get(one.unified_person_number, "")))
        for one in found
    ]
    context = {
        "rows": rows,
        "counts": counted,
        "paging": paging(page, sum(counted.values())),
        "a_round": CODES_A_ROUND,
        "due": len(missing_codes.due(at=runtime.now())),
    }
    return render(request, "index/codes.html", context)


def _row(one: MissingCode, number: str, person: Person | None) -> dict[str, object]:
    """Return one line; names are on nobody's list here, the number of the system says who it is."""
    if not one.has_number:
        why, then = _("個人番号がない"), _("住民情報で個人番号が届くのを待つ。")
    elif one.outcome is not None:
        why, then = map(str, _OUTCOMES[one.outcome])
    elif one.is_asked:
        why, then = _("求めている途中"), _("待つ。届くと自動で消えます。")
    elif person is not None and person.moved_in_date is not None and person.moved_in_from:
        why, then = _("転入した"), _("次の自動取得を待つか、今すぐ取得する。")
    else:
        why, then = _("新しく番号を付けた"), _("検診や転出入があれば自動で取得する。今すぐ取得してもよい。")
    is_refused = one.outcome in (CodeOutcome.UNKNOWN_NUMBER, CodeOutcome.UNKNOWN_INSTITUTION)
    return {
        "code": one,
        "number": number,
        "why": why,
        "then": then,
        "is_refused": is_refused,
        "may_acquire": one.has_number,
        "token": seal_unified(one.unified_person_number),
    }


@requires(Permission.MANAGE_CODES)
@require_POST
def acquire_many(request: StaffRequest) -> HttpResponse:
    """Ask for the codes of those who may be asked for now, as many as one round takes."""
    return _acquire(request, missing_codes.due(at=runtime.now())[:CODES_A_ROUND])


@requires(Permission.MANAGE_CODES)
@require_POST
def acquire_one(request: StaffRequest, token: str) -> HttpResponse:
    """Ask for one person's code, whenever it was last refused."""
    return _acquire(request, [_unified(token)])


@requires(Permission.MANAGE_CODES)
@require_POST
def renew(request: StaffRequest, token: str) -> HttpResponse:
    """Have a person's code asked for again, whose 住民票コード changed."""
    done = renew_code(
        institution=runtime.node().own_town().institution,
        unified_person_number=_unified(token),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if done:
        messages.success(request, _("符号を取得し直します。待つ人の一覧に加えました。"))
    else:
        messages.warning(request, _("この人にはまだ符号がありません。取得し直す必要はありません。"))
    return redirect("custody", token)


def _acquire(request: StaffRequest, people: list[str]) -> HttpResponse:
    try:
        report = acquire(people, request.member.as_actor(), runtime.now())
    except ExchangeFailed:
        messages.error(
            request, _("中間サーバーかJ-LISにつながりません。求めた分は残っていて、つながるとやり直します。")
        )
        return redirect("codes")
    level = messages.warning if report.unknown or not report.asked else messages.success
    level(request, _said(report))
    return redirect("codes")


def _said(report: AcquisitionReport) -> str:
    return _("%(asked)d人の符号を求めました。発行 %(issued)d、すでに取得済み %(already)d、断られた %(unknown)d。") % {
        "asked": report.asked,
        "issued": report.issued,
        "already": report.already_issued,
        "unknown": report.unknown,
    }


def _unified(token: str) -> str:
    """Return whom an address names.

    :raises Http404: when it is nobody's.
    """
    try:
        return open_unified(token)
    except SealBrokenError as error:
        raise Http404 from error
