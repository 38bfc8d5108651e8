"""The yearly round (年次確認): for each account, keep it for another year, end it, or leave it to its end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.permissions import Permission
from tasuki.accounts.rules import account_rules, longest_end
from tasuki.accounts.types import Problem
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.accounts import account_row, problem_words

_PREFIX = "account-"


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@require_http_methods(["GET", "POST"])
def confirm(request: StaffRequest) -> HttpResponse:
    """List every open account, and keep or end what was chosen."""
    if request.method == "POST":
        return _confirmed(request)
    today = civil_date(runtime.now())
    context = {
        "rows": [account_row(one, today) for one in queries.accounts_to_confirm()],
        "me": request.member.identifier,
        "until": longest_end(today),
        "within": account_rules().confirm_within_days,
    }
    return render(request, "accounts/confirm.html", context)


def _confirmed(request: StaffRequest) -> HttpResponse:
    chosen = {
        name.removeprefix(_PREFIX): value
        for name, value in request.POST.items()
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX).isdecimal()
    }
    keep, end = ([int(number) for number, value in chosen.items() if value == act] for act in ("keep", "end"))
    outcome = operations.confirm_accounts(
        keep=keep, end=end, until=None, by=request.member.as_actor(), at=runtime.now()
    )
    if isinstance(outcome, Problem):
        messages.error(request, problem_words(outcome)[1])
    elif outcome == (0, 0):
        messages.warning(request, _("何も選ばれていません。続ける人か、終了する人を選んでください。"))
    else:
        kept, ended = outcome
        messages.success(request, _("%(kept)d人を続け、%(ended)d人を終了しました。") % {"kept": kept, "ended": ended})
    return redirect("accounts-confirm")
