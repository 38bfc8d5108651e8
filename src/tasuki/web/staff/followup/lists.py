"""Lists of the follow-up: everybody whose answer is missing, and everybody whose screening asks for another test."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.followup import queries
from tasuki.followup.operations.letters import record_list_printed
from tasuki.followup.types import CaseFilter, CaseOrder, CaseState, HpvStep
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.letters import queries as letters
from tasuki.letters.rendering import make_list
from tasuki.letters.types import LetterKind, ListDocument
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.followup import STATES, ListRow, case_row, result_row
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import civil, current_language, moment

FIRST_YEAR, LAST_YEAR = 2000, 2200
#: After how many days without an answer somebody may be looked for.
DAYS: Final = (60, 90, 180)
USUAL_DAYS: Final = 90
#: A printed list holds at most this many lines.
MOST_PRINTED: Final = 5000


class Kind(StrEnum):
    """Which list."""

    ALL = "all"
    OVERDUE = "overdue"
    PARTLY = "partly"
    AGAIN = "again"
    TRIAGE = "triage"
    RECALL = "recall"
    UNDETERMINED = "undetermined"

    @property
    def label(self) -> Promise:
        """Name the list."""
        return _KINDS[self][0]

    @property
    def help(self) -> Promise:
        """Say who is on the list and what to do."""
        return _KINDS[self][1]

    @property
    def is_of_cases(self) -> bool:
        """Say whether it lists cases; the others list results that ask for another test."""
        return self in (Kind.ALL, Kind.OVERDUE, Kind.PARTLY, Kind.AGAIN)

    @property
    def letter(self) -> LetterKind | None:
        """Return the letter that asks those on the list for another test."""
        return {Kind.RECALL: LetterKind.HPV_RECALL, Kind.UNDETERMINED: LetterKind.RETEST}.get(self)


_KINDS: Final[Mapping[Kind, tuple[Promise, Promise]]] = {
    Kind.ALL: (
        gettext_lazy("精密検査が必要な人"),
        gettext_lazy("要精密検査と判定された人すべてです。一人はいつも一つの状態だけにいます。"),
    ),
    Kind.OVERDUE: (
        gettext_lazy("答えが届いていない人"),
        gettext_lazy("検診から日数がたっても、精密検査の答えが届いていない人です。全部の年度から漏れなく出ます。"),
    ),
    Kind.PARTLY: (
        gettext_lazy("一部だけ分かっている人"),
        gettext_lazy(
            "本人の申告はあるが、検査の日・医療機関・方法・結果の四つがそろわない人です。そろうまで受診に数えません。"
        ),
    ),
    Kind.AGAIN: (
        gettext_lazy("次に聞く日が来た人"),
        gettext_lazy("検査中と聞いた人のうち、次に聞くと決めた日が来た人です。"),
    ),
    Kind.TRIAGE: (
        gettext_lazy("HPV陽性で細胞診がない人"),
        gettext_lazy(
            "HPV検査が陽性なのに、同じ検体の細胞診（トリアージ）の結果がない人です。検査機関に確かめてください。"
        ),
    ),
    Kind.RECALL: (
        gettext_lazy("HPV陽性で翌年度に追跡検査を受ける人"),
        gettext_lazy("HPV検査が陽性で細胞診が異常なしの人です。翌年度にもう一度HPV検査を案内してください。"),
    ),
    Kind.UNDETERMINED: (
        gettext_lazy("判定不能で再検査が要る人"),
        gettext_lazy("検診を受けたが判定できず、その後の検査もない人です。もう一度の検査を案内してください。"),
    ),
}
_ORDERS: Final = {
    CaseOrder.WAITING: gettext_lazy("長く待っている順"),
    CaseOrder.NEWEST: gettext_lazy("検診が新しい順"),
    CaseOrder.READING: gettext_lazy("フリガナ順"),
}


class FilterForm(forms.Form):
    """Which list, and who of it. Nothing here tells of a person, so it stands in the address."""

    kind = forms.ChoiceField(label=gettext_lazy("一覧"))
    year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int, empty_value=None, required=False)
    programme = forms.ChoiceField(label=gettext_lazy("検診"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("状態"), required=False)
    days = forms.TypedChoiceField(label=gettext_lazy("検診からの日数"), coerce=int, required=False)
    order = forms.ChoiceField(label=gettext_lazy("並べ方"), choices=list(_ORDERS.items()), required=False)

    def __init__(self, data: Mapping[str, str], on: dt.date) -> None:
        super().__init__(data)
        language = current_language()
        years = sorted({fiscal_year_of(on), *queries.fiscal_years()}, reverse=True)
        offered: dict[str, list[tuple[str, object]]] = {
            "kind": [(one.value, one.label) for one in Kind],
            "year": [("", _("すべて")), *((str(one), _("%(year)s年度") % {"year": one}) for one in years)],
            "programme": [("", _("すべて")), *((one.value, programme_view(one, language).label) for one in Programme)],
            "state": [("", _("すべて")), *((one.code.value, one.label) for one in STATES.values())],
            "days": [(str(one), _("%(days)s日より前") % {"days": one}) for one in DAYS],
        }
        offer(self, offered)

    def clean(self) -> dict[str, object]:
        """Ask for a year where a list is one year's."""
        cleaned: dict[str, object] = self.cleaned_data
        kind = cleaned.get("kind")
        if kind and not Kind(str(kind)).is_of_cases and not cleaned.get("year"):
            self.add_error("year", _("この一覧は年度ごとです。年度を選んでください。"))
        return cleaned


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list is asked for."""

    kind: Kind
    year: int | None
    programme: Programme | None
    state: CaseState | None
    days: int
    order: CaseOrder

    @property
    def query(self) -> str:
        """Write it as an address does."""
        values = {
            "kind": self.kind, "year": self.year, "programme": self.programme, "state": self.state,
            "days": self.days if self.kind is Kind.OVERDUE else None, "order": self.order,
        }  # fmt: skip
        return urlencode({name: value for name, value in values.items() if value})

    def cases(self, on: dt.date) -> CaseFilter:
        """Return the filter of a list of cases."""
        opened = tuple(state for state in CaseState if state.is_open)
        chosen = () if self.state is None else (self.state,)
        return CaseFilter(
            fiscal_year=self.year,
            programme=self.programme,
            states=(chosen or opened) if self.kind is Kind.OVERDUE else chosen,
            examined_before=on - dt.timedelta(days=self.days) if self.kind is Kind.OVERDUE else None,
            only_partly_known=self.kind is Kind.PARTLY,
            ask_again_by=on if self.kind is Kind.AGAIN else None,
        )


def read_filter(sent: Mapping[str, str], on: dt.date) -> tuple[FilterForm, Asked | None]:
    """Return the form of a list's address, and the list if the address names one."""
    given = {name: str(value) for name, value in sent.items() if value}
    usual = {"kind": Kind.OVERDUE.value, "days": str(USUAL_DAYS), "order": CaseOrder.WAITING.value}
    form = FilterForm(usual | given, on)
    if not form.is_valid():
        return form, None
    values = form.cleaned_data
    asked = Asked(
        kind=Kind(values["kind"]),
        year=values["year"],
        programme=Programme(values["programme"]) if values["programme"] else None,
        state=CaseState(values["state"]) if values["state"] else None,
        days=values["days"],
        order=CaseOrder(values["order"]),
    )
    return form, asked


def rows_of(asked: Asked, on: dt.date, *, limit: int, offset: int) -> tuple[int, list[ListRow]]:
    """Return how long a list is, and some of its lines."""
    language = current_language()
    if asked.kind.is_of_cases:
        page = queries.list_cases(asked.cases(on), order=asked.order, limit=limit, offset=offset)
        people = screening.people([one.system_person_number for one in page.rows])
        return page.total, [case_row(one, people[one.system_person_number], language, on) for one in page.rows]
    ids = _result_ids(asked)
    shown = ids[offset : offset + limit]
    results = screening.results(shown)
    people = screening.people([one.system_person_number for one in results.values()])
    letter = asked.kind.letter
    made = {} if letter is None else letters.last_made([letter], [str(one) for one in shown])
    return len(ids), [
        result_row(results[one], people[results[one].system_person_number], language, on, made.get(str(one)))
        for one in shown
    ]


def _result_ids(asked: Asked) -> Sequence[UUID]:
    year = asked.year or 0
    letter = asked.kind.letter
    if letter is not None:
        return queries.awaiting_test(letter, year, asked.programme)
    return queries.hpv_list(year, HpvStep.TRIAGE_MISSING) if asked.programme in (None, Programme.CERVIX) else []


@requires(Permission.VIEW_FOLLOWUP)
@require_GET
def case_list(request: StaffRequest) -> HttpResponse:
    """Show one page of a list."""
    on = civil_date(runtime.now())
    form, asked = read_filter(request.GET.dict(), on)
    context: dict[str, object] = {"form": form}
    if asked is None:
        return render(request, "followup/list.html", context, status=422)
    page = page_number(request.GET.get("page", "1"))
    total, rows = rows_of(asked, on, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context |= {
        "kind": asked.kind,
        "year": asked.year,
        "rows": rows,
        "paging": paging(page, total),
        "query": asked.query,
        "shown_fields": _shown_fields(form, asked.kind),
        "may_print": may(request.member, Permission.PRINT_LETTERS),
        "may_notify": asked.kind.is_of_cases and may(request.member, Permission.SEND_PORTAL_NOTICES),
        "is_printable": 0 < total <= MOST_PRINTED,
        "most_printed": MOST_PRINTED,
    }
    return render(request, "followup/list.html", context)


def _shown_fields(form: FilterForm, kind: Kind) -> list[forms.BoundField]:
    """Return the fields that mean something for a list."""
    hidden = set()
    if kind is not Kind.OVERDUE:
        hidden.add("days")
    if kind not in (Kind.ALL, Kind.OVERDUE):
        hidden.add("state")
    if not kind.is_of_cases:
        hidden.add("order")
    return [field for field in form if field.name not in hidden]


@requires(Permission.PRINT_LETTERS, act=Act.PRINT, leaves="followup-list-print")
@require_POST
def print_list(request: StaffRequest) -> HttpResponse:
    """Give a list as PDF, and record that it was taken away."""
    at = runtime.now()
    on = civil_date(at)
    form, asked = read_filter(request.POST.dict(), on)
    if asked is None:
        return render(request, "followup/list.html", {"form": form}, status=422)
    total, rows = rows_of(asked, on, limit=MOST_PRINTED, offset=0)
    if total > MOST_PRINTED:
        form.add_error(None, _("%(most)s人までです。条件で絞ってください。") % {"most": f"{MOST_PRINTED:,}"})
        return render(request, "followup/list.html", {"form": form}, status=422)
    record_list_printed(about=asked.query, count=len(rows), by=request.member.as_actor(), at=at)
    language = current_language()
    who = _("%(who)s が %(when)s に印刷。使い終わったら細断してください。") % {
        "who": request.member.display_name,
        "when": moment(at),
    }
    pdf = make_list(
        _document(asked, rows, on, total), town=runtime.node().own_town().name, footer=who, lang=language.value
    )
    headers = {"Content-Disposition": 'attachment; filename="follow-up.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def _document(asked: Asked, rows: Sequence[ListRow], on: dt.date, total: int) -> ListDocument:
    language = current_language()
    parts = [_("%(day)s 現在") % {"day": civil(on)}, _("%(count)s人") % {"count": f"{total:,}"}]
    if asked.year is not None:
        parts.insert(0, _("%(year)s年度") % {"year": asked.year})
    head = [_("氏名"), _("フリガナ"), _("宛名番号"), _("生年月日"), _("検診"), _("受診日"), _("実施機関")]
    if asked.kind.is_of_cases:
        head += [_("状態"), _("待ち日数"), _("勧奨")]
    return ListDocument(
        title=str(asked.kind.label),
        subtitle=("　" if language is Language.JA else ", ").join(parts),
        head=head,
        rows=[_printed(row) for row in rows],
        notes=[str(asked.kind.help)],
        is_wide=True,
        numeric=(8, 9) if asked.kind.is_of_cases else (),
    )


def _printed(row: ListRow) -> list[str]:
    person = row.person
    mark = _("（支援措置）") if person.is_protected else ""
    line = [
        person.name + mark, person.kana, person.number, civil(person.birth_date), row.programme.label, row.examined,
        row.facility,
    ]  # fmt: skip
    if row.case is not None:
        line += [str(row.case.state.label), str(row.case.waiting), str(row.case.reminders)]
    return line
