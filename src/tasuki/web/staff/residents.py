"""A resident beyond the screenings: household, history of changes, contact; protected persons; the register's files."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import staff_names
from tasuki.screening.operations.contacts import change_contact
from tasuki.screening.queries import protection
from tasuki.screening.queries import residents as queries
from tasuki.screening.types.residents import ChangedMeanwhile, Contact, ContactDetails, LetterLanguage
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.imports import problem_view
from tasuki.web.presenters.people import person_row
from tasuki.web.presenters.residents import (
    LANGUAGE_LABELS,
    address_history,
    contact_change_views,
    move_views,
    scope_label,
)
from tasuki.web.staff.person import identity, opened
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.watching import look_at

_DAY_HELP = gettext_lazy("例: 令和8年12月1日、R8.12.1、2026/12/1")


class ContactForm(forms.Form):
    """How to reach a resident. The registered address is the register's, and is not changed here."""

    phone = forms.CharField(
        label=gettext_lazy("電話番号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    letter_language = forms.ChoiceField(
        label=gettext_lazy("通知の言語"),
        choices=[(one.value, label) for one, label in LANGUAGE_LABELS.items()],
        help_text=gettext_lazy("通知は日本語と英語で作れます。ほかの言語を選ぶと、やさしい日本語の通知になります。"),
    )
    mailing_name = forms.CharField(
        label=gettext_lazy("送付先の宛名"),
        help_text=gettext_lazy("本人と違うときだけ。例: 架空 太郎様方"),
        max_length=60,
        required=False,
    )
    mailing_postal_code = forms.RegexField(
        r"\A(\d{3}-?\d{4})?\Z",
        label=gettext_lazy("送付先の郵便番号"),
        help_text=gettext_lazy("例: 123-4567"),
        required=False,
        error_messages={"invalid": gettext_lazy("郵便番号は 123-4567 のように7桁で入力してください。")},
    )
    mailing_address = forms.CharField(
        label=gettext_lazy("送付先の住所"),
        help_text=gettext_lazy("住民票の住所と違うときだけ。入力すると、通知はこちらへ送られます。"),
        max_length=120,
        required=False,
    )
    mailing_from = DayField(label=gettext_lazy("送付先を使い始める日"), help_text=_DAY_HELP, required=False)
    mailing_to = DayField(
        label=gettext_lazy("送付先を使い終える日"),
        help_text=gettext_lazy("この日からは住民票の住所に戻ります。決まっていなければ空のままにします。"),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("連絡のときの注意"),
        help_text=gettext_lazy("例: 昼は電話に出られない、家族には伝えない"),
        max_length=200,
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("変える理由"),
        help_text=gettext_lazy("例: 本人から窓口で申出。履歴に残ります。"),
        max_length=200,
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean(self) -> dict[str, Any]:
        """Hold the mailing address together."""
        values: dict[str, Any] = self.cleaned_data
        start, end = values.get("mailing_from"), values.get("mailing_to")
        parts = [values.get(name) for name in ("mailing_name", "mailing_postal_code", "mailing_from", "mailing_to")]
        if any(parts) and not values.get("mailing_address") and "mailing_address" not in self.errors:
            self.add_error("mailing_address", _("送付先の住所を入力してください。ほかの欄だけでは送れません。"))
        if end is not None and start is None and "mailing_from" not in self.errors:
            self.add_error("mailing_from", _("使い終える日を決めるときは、使い始める日も入力してください。"))
        if start is not None and end is not None and end <= start:
            self.add_error("mailing_to", _("使い始める日より後の日を入力してください。"))
        return values

    def details(self) -> ContactDetails:
        """Return what was typed, once it is valid."""
        values = self.cleaned_data
        return ContactDetails(
            phone=values["phone"],
            mailing_name=values["mailing_name"],
            mailing_postal_code=values["mailing_postal_code"],
            mailing_address=values["mailing_address"],
            mailing_from=values["mailing_from"],
            mailing_to=values["mailing_to"],
            letter_language=LetterLanguage(values["letter_language"]),
            note=values["note"],
        )


def _initial(contact: Contact) -> dict[str, object]:
    details = contact.details
    return {
        "phone": details.phone,
        "letter_language": details.letter_language.value,
        "mailing_name": details.mailing_name,
        "mailing_postal_code": details.mailing_postal_code,
        "mailing_address": details.mailing_address,
        "mailing_from": "" if details.mailing_from is None else details.mailing_from.isoformat(),
        "mailing_to": "" if details.mailing_to is None else details.mailing_to.isoformat(),
        "note": details.note,
        "revision": contact.revision,
    }


@requires(Permission.VIEW_PERSON)
@require_GET
def details(request: StaffRequest, token: str) -> HttpResponse:
    """Show a resident's household, contact, and every change of both."""
    found = opened(request, token, "details")
    number = found.system_person_number
    on = civil_date(runtime.now())
    household = queries.household_of(found)
    # Their names are read with this page, so the reading is recorded with each of them.
    look_at([member.system_person_number for member in household], part="household")
    states, names = queries.former_states(number), staff_names()
    contact = queries.contact_of(number)
    context = identity(found, on) | {
        "token": token,
        "household": [person_row(member, on) for member in household],
        "contact": contact,
        "contact_language": LANGUAGE_LABELS[contact.details.letter_language],
        "mailing_in_force": contact.details.mails_elsewhere(on),
        "contact_changes": contact_change_views(queries.contact_changes(number), names),
        "moves": move_views(states, names),
        "addresses": address_history(found.address, states),
        "may_edit": may(request.member, Permission.EDIT_CONTACT),
    }
    return render(request, "residents/details.html", context)


@requires(Permission.EDIT_CONTACT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def contact(request: StaffRequest, token: str) -> HttpResponse:
    """Show the form for a resident's contact, or store it."""
    found = opened(request, token, "contact")
    number = found.system_person_number
    if request.method == "POST":
        form = ContactForm(request.POST)
        if form.is_valid():
            outcome = change_contact(
                system_person_number=number,
                details=form.details(),
                revision=form.cleaned_data["revision"],
                reason=form.cleaned_data["reason"],
                by=request.member.as_actor(),
                at=runtime.now(),
            )
            if not isinstance(outcome, ChangedMeanwhile):
                messages.success(request, _("連絡先を変えました。前の内容は履歴に残っています。"))
                return redirect("person-details", token)
            # The next attempt starts from what stands now, and what was typed stays in the boxes.
            form = ContactForm(request.POST.dict() | {"revision": str(queries.contact_of(number).revision)})
            form.add_error(
                None, _("ほかの人が先に連絡先を変えました。下の「今の連絡先」を確かめて、もう一度保存してください。")
            )
    else:
        form = ContactForm(initial=_initial(queries.contact_of(number)))
    context = identity(found, civil_date(runtime.now())) | {
        "token": token,
        "form": form,
        "contact": queries.contact_of(number),
    }
    return render(request, "residents/contact.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_PROTECTED)
@require_GET
def protected(request: StaffRequest) -> HttpResponse:
    """List protected persons by what is to be done. Addresses are on each one's own page only."""
    on = civil_date(runtime.now())
    found = queries.protected_persons(on)
    groups = [
        (
            "ending",
            _("まもなく終わる"),
            _("30日以内に終わります。延長の申出があるか、担当課に確かめてください。"),
            found.ending,
        ),
        (
            "ended",
            _("最近終わった"),
            _("終わってから30日までの人です。終わったと思い込まず、担当課に確かめてください。"),
            found.ended,
        ),
        ("in-force", _("続いている"), "", found.in_force),
    ]
    renewed = protection.renewals([one.system_person_number for *_words, people in groups for one in people])
    sections = [
        {
            "key": key,
            "title": title,
            "help": text,
            "rows": [(person_row(one, on), one, renewed.get(one.system_person_number)) for one in people],
        }
        for key, title, text, people in groups
    ]
    context = {
        "sections": sections,
        "standing": protection.standing(runtime.now()),
        "may_open": may(request.member, Permission.VIEW_PERSON),
    }
    return render(request, "residents/protected.html", context)


@requires(Permission.VIEW_REGISTER_LOADS)
@require_GET
def register_loads(request: StaffRequest) -> HttpResponse:
    """List the files of the resident register that were taken in, newest first."""
    loads = [{"load": one, "scope": scope_label(one)} for one in queries.register_loads()]
    return render(request, "residents/loads.html", {"loads": loads})


@requires(Permission.VIEW_REGISTER_LOADS)
@require_GET
def register_load(request: StaffRequest, load_id: UUID) -> HttpResponse:
    """Show what one file of the register brought, and what was wrong with it."""
    found = queries.register_load(load_id)
    if found is None:
        raise Http404
    page = page_number(request.GET.get("page", "1"))
    problems = queries.register_problems(load_id, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context = {
        "load": found,
        "scope": scope_label(found),
        "problems": [problem_view(one, current_language()) for one in problems],
        "paging": paging(page, found.problems),
    }
    return render(request, "residents/load.html", context)
