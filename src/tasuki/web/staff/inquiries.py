"""Asking the former town, watching the answer arrive, taking it into the person's history."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.town import asker
from tasuki.layouts.errors import LayoutError
from tasuki.linkage import operations, queries
from tasuki.linkage.errors import NothingToAdopt
from tasuki.linkage.operations.letters import make_code_request
from tasuki.linkage.queries.corrections import corrected_answers
from tasuki.linkage.types import InquiryView
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import State
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE
from tasuki.web.presenters.corrections import corrected_rows
from tasuki.web.presenters.inquiries import inquiry_page, provider_name
from tasuki.web.presenters.peer_words import why_it_waits
from tasuki.web.presenters.people import person_row
from tasuki.web.sealed import SealBrokenError, open_person, seal_person
from tasuki.web.staff.person import identity
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.watching import look_at, note


@requires(Permission.INQUIRE)
@require_POST
def inquire(request: StaffRequest, token: str) -> HttpResponse:
    """Ask one town about one resident."""
    try:
        number = open_person(token)
    except SealBrokenError as error:
        raise Http404 from error
    provider = request.POST.get("provider", "")
    if provider not in {one.institution for one in queries.providers()}:
        messages.error(request, _("照会先を選んでください。"))
        return redirect("person", token)
    asked = operations.inquire(
        people=[number], provider=provider, asker=asker(), by=request.member.as_actor(), at=runtime.now()
    )
    if not asked.transaction_numbers:
        messages.error(
            request,
            _("この住民は統合宛名にまだ登録されていないため、照会できません。翌日の取込みのあとで試してください。"),
        )
        return redirect("person", token)
    return redirect("inquiry", asked.transaction_numbers[0])


@requires(Permission.VIEW_PERSON)
@require_GET
def inquiry(request: StaffRequest, number: UUID) -> HttpResponse:
    """Show an inquiry; while it is open, its part of the page asks for this again and again."""
    view = _opened(request, number)
    failure = ""
    if view.is_open and request.headers.get("HX-Request"):
        failure = _refresh(request, view)
        view = _existing(number)
        if not view.is_open:
            # What came in meanwhile is shown for the first time.
            look_at([view.system_person_number], part=f"inquiry {number}")
    person = screening.person(view.system_person_number)
    if person is None:
        raise Http404
    language = current_language()
    own = screening.results_of(person.system_person_number)
    context = {
        "inquiry": inquiry_page(view, own, language, queries.steps_taken(view.transaction_number)),
        "failure": failure,
        "may_adopt": may(request.member, Permission.ADOPT_ANSWER),
        "may_inquire": may(request.member, Permission.INQUIRE),
        "may_write": view.state is State.PROVIDER_HAS_NO_CODE and may(request.member, Permission.INQUIRE),
        "token": seal_person(SystemPersonNumber(person.system_person_number)),
    }
    if request.headers.get("HX-Request"):
        return render(request, "inquiries/part.html", context)
    told = corrected_answers(person.system_person_number)
    context["corrected"] = corrected_rows([one for one in told if one.transaction_number == view.transaction_number])
    return render(request, "inquiries/inquiry.html", context | identity(person, civil_date(runtime.now())))


@requires(Permission.ADOPT_ANSWER)
@require_POST
def adopt(request: StaffRequest, number: UUID) -> HttpResponse:
    """Take an answer into the person's history."""
    view = _existing(number)
    try:
        adopted = operations.adopt(transaction_number=str(number), by=request.member.as_actor(), at=runtime.now())
    except NothingToAdopt:
        messages.warning(request, _("この回答は取込み済みか、取り込むものがありません。"))
    except LayoutError:
        messages.error(request, _("回答に読み取れない部分があるため、何も取り込みませんでした。"))
    else:
        text = ngettext("%(count)d件を履歴に取り込みました。", "%(count)d件を履歴に取り込みました。", adopted.stored)
        messages.success(request, text % {"count": adopted.stored})
    return redirect("person", seal_person(SystemPersonNumber(view.system_person_number)))


@requires(Permission.INQUIRE)
@require_POST
def cancel(request: StaffRequest, number: UUID) -> HttpResponse:
    """Call an inquiry off that nobody has answered yet."""
    _existing(number)
    wanted = operations.cancel(
        transaction_number=str(number), asker=asker(), by=request.member.as_actor(), at=runtime.now()
    )
    state = _existing(number).state
    if state is State.CANCELLED:
        messages.success(request, _("照会を取り消しました。相手方にも伝わります。"))
    elif wanted and _existing(number).is_open:
        messages.warning(request, _("取消しを受け付けました。中間サーバーにつながりしだい取り消します。"))
    else:
        messages.warning(request, _("取り消す前に、照会は終わっていました。"))
    return redirect("inquiry", number)


@requires(Permission.INQUIRE, act=Act.PRINT, leaves="inquiry-code-letter")
@require_POST
def code_letter(request: StaffRequest, number: UUID) -> HttpResponse:
    """Make the letter that asks the provider to acquire a code for the person of an inquiry."""
    made = make_code_request(
        transaction_number=str(number),
        town=runtime.node().own_town().name,
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if made is None:
        _existing(number)
        messages.error(
            request,
            _("この照会では手紙を作れません。支援措置の対象者の住所は手紙で伝えず、相手方に電話で相談してください。"),
        )
        return redirect("inquiry", number)
    headers = {"Content-Disposition": 'attachment; filename="code-request.pdf"'}
    return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)


@requires(Permission.ADOPT_ANSWER)
@require_GET
def answers(request: StaffRequest) -> HttpResponse:
    """List the answers that wait to be adopted, the oldest first."""
    views = queries.answers_to_adopt(PAGE_SIZE)
    people = screening.people([view.system_person_number for view in views])
    on = civil_date(runtime.now())
    rows = [
        {
            "person": person_row(people[view.system_person_number], on),
            "provider": provider_name(view, current_language()),
            "received_at": view.received_at,
            "found": view.found,
            "number": view.transaction_number,
        }
        for view in views
        if view.system_person_number in people
    ]
    context = {
        "rows": rows,
        "total": queries.home_counts().answers_to_adopt,
        "may_inquire": may(request.member, Permission.INQUIRE),
    }
    return render(request, "inquiries/answers.html", context)


def _existing(number: UUID) -> InquiryView:
    view = queries.inquiry(str(number))
    if view is None:
        raise Http404
    return view


def _opened(request: StaffRequest, number: UUID) -> InquiryView:
    """Return an inquiry, after recording who is about to see whom; an open page's own asking is one look."""
    view = _existing(number)
    if view.is_open and request.headers.get("HX-Request"):
        note(is_same_look=True)
    else:
        look_at([view.system_person_number], part=f"inquiry {number}")
    return view


def _refresh(request: StaffRequest, view: InquiryView) -> str:
    """Ask the gateway how the inquiry stands, and return what to tell when it cannot be had."""
    try:
        operations.refresh(
            transaction_numbers=[view.transaction_number],
            asker=asker(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except ExchangeFailed as failure:
        return why_it_waits(failure.reason) or _("中間サーバーにつながりません。つながりしだい続けます。")
    return ""
