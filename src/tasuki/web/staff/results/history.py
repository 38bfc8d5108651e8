"""The history of a result: who changed what, when and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tasuki.accounts.permissions import Permission, may
from tasuki.layouts.render import Language
from tasuki.screening import queries
from tasuki.screening.types import FormerRevision, HistoryAct, StoredResult
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.differences import Difference, Version, differences
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.person import provider_names
from tasuki.web.staff.results.common import names_of, reason_label, result_at, show
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a result."""

    what: str
    tone: str
    who: str
    when: datetime
    why: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Stood:
    """A warning somebody stood by."""

    message: str
    who: str
    when: datetime


@requires(Permission.VIEW_PERSON)
@require_GET
def history(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Show everything that happened to a result, the newest first."""
    person, stored = result_at(request, token, result_id, "history")
    language = current_language()
    former = queries.history_of(result_id)
    context = {
        "result": result_view(stored, token, provider_names(language), language),
        "happenings": happenings(stored, former, language),
        "acknowledgements": acknowledgements(stored, language),
        "may_restore": stored.withdrawn_at is not None
        and former[0].act is HistoryAct.WITHDRAWN
        and may(request.member, Permission.WITHDRAW_RESULT),
    }
    return show(request, "results/history.html", person, token, context)


def happenings(stored: StoredResult, former: list[FormerRevision], language: Language) -> list[Happening]:
    """Return what happened to a result, the newest first, its first recording last.

    :param former: the former revisions, newest first.
    """
    versions = [stored, *(one.result for one in former)]
    names = names_of([*(one.ended_by for one in former), versions[-1].recorded_by])
    found = [
        Happening(
            what=_act(one.act),
            tone=_TONES[one.act],
            who=names[one.ended_by],
            when=one.ended_at,
            why=reason_label(one.reason),
            differences=tuple(differences(_version(one.result), _version(after), language)),
        )
        for one, after in zip(former, versions, strict=False)
    ]
    first = versions[-1]
    what = _("取込みで登録") if first.batch_id is not None else _("登録")
    found.append(Happening(what, "good", names[first.recorded_by], first.recorded_at, "", ()))
    return found


def acknowledgements(stored: StoredResult, language: Language) -> list[Stood]:
    """Return who stood by which warning of a result."""
    names = names_of(one.by for one in stored.acknowledgements)
    messages = {
        (warning.rule, warning.item): warning.message_ja if language is Language.JA else warning.message_en
        for warning in stored.warnings
    }
    return [Stood(messages[one.rule, one.item], names[one.by], one.at) for one in stored.acknowledgements]


_TONES = {
    HistoryAct.CORRECTED: "care",
    HistoryAct.WITHDRAWN: "bad",
    HistoryAct.UNDONE: "bad",
    HistoryAct.RESTORED: "good",
}


def _act(act: HistoryAct) -> str:
    words = {
        HistoryAct.CORRECTED: _("訂正"),
        HistoryAct.WITHDRAWN: _("取り消し"),
        HistoryAct.UNDONE: _("取込みごと取り消し"),
        HistoryAct.RESTORED: _("元に戻した"),
    }
    return words[act]


def _version(stored: StoredResult) -> Version:
    return Version(stored.record, stored.fee_class)
