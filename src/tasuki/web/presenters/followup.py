"""The follow-up in plain words: where a case stands, what comes next, and what was done."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.followup.methods import method
from tasuki.followup.rules import missing_facts
from tasuki.followup.types import Act, ActKind, Case, CaseState, LeftOut, Means, NotTakenReason
from tasuki.layouts.dates import days_meant
from tasuki.layouts.outcomes import detailed_item
from tasuki.layouts.render import Language, value_label
from tasuki.layouts.types import Programme
from tasuki.screening.types import Person, StoredResult
from tasuki.shared.dates import civil_date
from tasuki.web.presenters.dates import understood
from tasuki.web.presenters.people import PersonRow, person_row
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.protection import place_label


@dataclass(frozen=True, slots=True)
class StateView:
    """A state in words: its name, what it means for the clerk, what to do next, and its definition."""

    code: CaseState
    label: Promise
    tone: str
    sentence: Promise
    next_step: Promise
    definition: Promise


STATES: Final[Mapping[CaseState, StateView]] = {
    one.code: one
    for one in (
        StateView(
            CaseState.NEEDED,
            gettext_lazy("まだ勧めていない"),
            "bad",
            gettext_lazy("精密検査が必要です。受けたという知らせは届いていません。"),
            gettext_lazy("精密検査を勧めてください。もう受けていたら、四つの事実を聞き取ってください。"),
            gettext_lazy("要精密検査と判定され、答えも勧奨の記録もない人。"),
        ),
        StateView(
            CaseState.REMINDED,
            gettext_lazy("勧めて返事待ち"),
            "care",
            gettext_lazy("精密検査を勧めました。受けたという知らせは届いていません。"),
            gettext_lazy("返事がなければ、もう一度勧めるか、電話で確かめてください。"),
            gettext_lazy("勧奨の記録はあるが、答えがない人。"),
        ),
        StateView(
            CaseState.UNDER_WAY,
            gettext_lazy("検査中"),
            "care",
            gettext_lazy("精密検査の途中で、結果はまだ出ていません。"),
            gettext_lazy("次に聞く日が来たら、結果が出たか確かめてください。"),
            gettext_lazy(
                "検査の途中で結果が決まっていない人。年度を締めると、精検受診のうち「疑い・未確定」に数えます。"
            ),
        ),
        StateView(
            CaseState.TAKEN,
            gettext_lazy("精検受診"),
            "good",
            gettext_lazy("精密検査を受け、結果が分かっています。"),
            gettext_lazy("追跡は終わりです。報告が誤りだったときだけ、記録を取り消してください。"),
            gettext_lazy(
                "医療機関から結果の報告があった人、または本人の申告で日・医療機関・方法・結果の四つが分かった人。"
            ),
        ),
        StateView(
            CaseState.NOT_TAKEN,
            gettext_lazy("精検未受診"),
            "",
            gettext_lazy("精密検査を受けていないことが分かっています。"),
            gettext_lazy("あとから受けたと分かったら、その答えを記録してください。"),
            gettext_lazy("受けていないと分かった人。精密検査として不適切な検査だけを受けた人を含みます。"),
        ),
        StateView(
            CaseState.UNKNOWN,
            gettext_lazy("精検未把握"),
            "bad",
            gettext_lazy("年度を締めた時までに、受けたかどうかが分かりませんでした。"),
            gettext_lazy("締めた後も一覧に残ります。答えが届いたら記録してください。"),
            gettext_lazy("精密検査を受けたか分からない人、または結果が正確に報告されない人。"),
        ),
    )
}
KINDS: Final[Mapping[ActKind, Promise]] = {
    ActKind.REMINDED: gettext_lazy("勧めた"),
    ActKind.SELF_REPORT: gettext_lazy("本人の申告"),
    ActKind.UNDER_WAY: gettext_lazy("検査中と聞いた"),
    ActKind.NOT_TAKEN: gettext_lazy("受けていないと分かった"),
    ActKind.UNSUITABLE: gettext_lazy("不適切な検査だった"),
    ActKind.NOTE: gettext_lazy("メモ"),
}
MEANS: Final[Mapping[Means, Promise]] = {
    Means.LETTER: gettext_lazy("手紙"),
    Means.PHONE: gettext_lazy("電話"),
    Means.VISIT: gettext_lazy("訪問"),
    Means.COUNTER: gettext_lazy("窓口"),
}
REASONS: Final[Mapping[NotTakenReason, Promise]] = {
    NotTakenReason.REFUSED: gettext_lazy("本人が受けないと言った"),
    NotTakenReason.OTHER_ILLNESS: gettext_lazy("ほかの病気のため"),
    NotTakenReason.PREGNANT: gettext_lazy("妊娠のため"),
    NotTakenReason.MOVED_OUT: gettext_lazy("転出した"),
    NotTakenReason.DIED: gettext_lazy("亡くなった"),
    NotTakenReason.NOT_FOUND_AT_INSTITUTION: gettext_lazy("医療機関に受診の記録がない"),
    NotTakenReason.OTHER: gettext_lazy("そのほか"),
}
FACTS: Final[Mapping[str, Promise]] = {
    "examined_date": gettext_lazy("検査の日"),
    "institution": gettext_lazy("医療機関"),
    "method": gettext_lazy("検査の方法"),
    "result_code": gettext_lazy("検査の結果"),
}
LEFT_OUT: Final[Mapping[LeftOut, tuple[Promise, Promise]]] = {
    LeftOut.UNKNOWN: (gettext_lazy("住民記録にいない"), gettext_lazy("宛名番号を確かめてください。")),
    LeftOut.DIED: (gettext_lazy("亡くなった"), gettext_lazy("送らないでください。")),
    LeftOut.MOVED_OUT: (gettext_lazy("転出した"), gettext_lazy("転出先を確かめ、電話などで伝えてください。")),
    LeftOut.PROTECTED: (
        gettext_lazy("支援措置の対象"),
        gettext_lazy("送り先を本人に確かめてから、一通だけ作ってください。"),
    ),
    LeftOut.NO_ADDRESS: (gettext_lazy("住所がない"), gettext_lazy("送付先を登録してから、一通だけ作ってください。")),
    LeftOut.UNPRINTABLE: (
        gettext_lazy("印字できない文字がある"),
        gettext_lazy("一通だけ作り、□のところに手で書き入れてください。"),
    ),
    LeftOut.SENT_LATELY: (gettext_lazy("14日以内に勧めた"), gettext_lazy("返事を待ってください。")),
    LeftOut.ASK_LATER: (gettext_lazy("次に聞く日がまだ"), gettext_lazy("その日が来たら確かめてください。")),
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case in words."""

    result_id: UUID
    programme: ProgrammeView
    fiscal_year: int
    examined: str
    facility: str
    state: StateView
    finding: str
    waiting: int
    reminders: int
    last_reminded: dt.date | None
    is_partly_known: bool
    is_open: bool
    ask_again_on: dt.date | None
    is_to_be_asked: bool
    """The day on which to ask again has come."""
    address: str
    detailed_id: UUID | None


@dataclass(frozen=True, slots=True)
class ActView:
    """Something done or learnt, in words; what was revoked stays readable."""

    act_id: UUID
    label: Promise
    acted_date: dt.date
    said: tuple[tuple[str, str], ...]
    missing: tuple[Promise, ...]
    note: str
    recorded_at: dt.datetime
    recorded_by: str
    is_revoked: bool
    revoked_at: dt.datetime | None
    revoked_by: str
    revoked_reason: str


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line of a list: somebody, their screening, and what is asked about it."""

    person: PersonRow
    programme: ProgrammeView
    examined: str
    facility: str
    address: str
    case: CaseView | None = None
    written_at: dt.datetime | None = None
    """When the person was last asked by letter to take the test."""


def case_view(case: Case, token: str, language: Language, on: dt.date) -> CaseView:
    """Return a case in words."""
    item = detailed_item(case.programme).item
    return CaseView(
        result_id=case.result_id,
        programme=programme_view(case.programme, language),
        fiscal_year=case.fiscal_year,
        examined=examined_words(case.examined_date, language),
        facility=place_label(case.facility_name or case.facility_number or ""),
        state=STATES[case.state],
        finding=value_label(item, case.finding_code, language) if case.finding_code else "",
        waiting=waiting_days(case, on),
        reminders=case.reminders,
        last_reminded=case.last_reminded,
        is_partly_known=case.is_partly_known and case.state.is_open,
        is_open=case.state.is_open,
        ask_again_on=case.ask_again_on,
        is_to_be_asked=case.ask_again_on is not None and case.ask_again_on <= on,
        address=reverse("case", args=[token, case.result_id]),
        detailed_id=case.detailed_id,
    )


def waiting_days(case: Case, on: dt.date) -> int:
    """Count the days since the screening; one whose day is not known was at least before it was recorded."""
    days = days_meant(case.examined_date or "")
    return max(0, (on - (days[1] if days is not None else civil_date(case.recorded_at))).days)


def examined_words(examined: str | None, language: Language) -> str:
    """Write the day of a screening as precisely as it is known."""
    return understood(examined, language) if examined else _("不明")


def case_row(case: Case, person: Person, language: Language, on: dt.date) -> ListRow:
    """Return a case as one line of a list."""
    row = person_row(person, on)
    view = case_view(case, row.token, language, on)
    return ListRow(row, view.programme, view.examined, view.facility, view.address, view)


def result_row(
    result: StoredResult, person: Person, language: Language, on: dt.date, written_at: dt.datetime | None = None
) -> ListRow:
    """Return a result that needs something as one line of a list."""
    row, record = person_row(person, on), result.record
    return ListRow(
        row,
        programme_view(record.programme, language),
        examined_words(record.examined_date, language),
        place_label(record.facility_name or record.facility_number or ""),
        reverse("result", args=[row.token, result.result_id]),
        written_at=written_at,
    )


def act_views(acts: Sequence[Act], programme: Programme, names: Mapping[str, str], language: Language) -> list[ActView]:
    """Return what was done and learnt, in the order given."""
    return [_act_view(act, programme, names, language) for act in acts]


def _act_view(act: Act, programme: Programme, names: Mapping[str, str], language: Language) -> ActView:
    is_report = act.kind is ActKind.SELF_REPORT
    return ActView(
        act_id=act.act_id,
        label=KINDS[act.kind],
        acted_date=act.acted_date,
        said=tuple(_said(act, programme, language)),
        missing=tuple(FACTS[name] for name in missing_facts(act.answer)) if is_report else (),
        note=act.answer.note,
        recorded_at=act.recorded_at,
        recorded_by=names.get(act.recorded_by, act.recorded_by),
        is_revoked=act.is_revoked,
        revoked_at=act.revoked_at,
        revoked_by=names.get(act.revoked_by, act.revoked_by),
        revoked_reason=act.revoked_reason,
    )


def _said(act: Act, programme: Programme, language: Language) -> list[tuple[str, str]]:
    """Return what an act says, label and value; empty parts are left out."""
    answer = act.answer
    chosen = method(programme, answer.method)
    values = [
        (_("方法"), str(MEANS[Means(answer.means)]) if answer.means else ""),
        (_("通知の番号"), act.letter_number),
        (_("検査の日"), understood(answer.examined_date, language) if answer.examined_date else ""),
        (_("医療機関"), place_label(answer.institution)),
        (_("検査の方法"), answer.method if chosen is None else method_label(programme, answer.method, language)),
        (
            _("検査の結果"),
            value_label(detailed_item(programme).item, answer.result_code, language) if answer.result_code else "",
        ),
        (_("わけ"), str(REASONS[NotTakenReason(answer.reason)]) if answer.reason else ""),
        (_("次に聞く日"), "" if answer.ask_again_on is None else understood(answer.ask_again_on.isoformat(), language)),
    ]
    return [(label, value) for label, value in values if value]


def method_label(programme: Programme, code: str, language: Language) -> str:
    """Return what a method of detailed examination is called."""
    chosen = method(programme, code)
    if chosen is None:
        return code
    return chosen.label_ja if language is Language.JA else chosen.label_en
