"""Rehearsals and plans of the change over in words."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.changes.types import Sheet
from tasuki.cutover.catalogue import Words, difference_words, obstacle_words, rule_words
from tasuki.cutover.plan_types import Obstacle, Plan, PlanState, Step, Verdict, Word
from tasuki.cutover.types import Difference, DifferenceKind, FileKind, FileReport, Rehearsal, RehearsalState
from tasuki.layouts.types import Programme
from tasuki.shared.dates import to_jst
from tasuki.web.fields import DayField, offer, window_from
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import current_language

_NOBODY: Final = gettext_lazy("住民の氏名や番号は書かないでください。")
_MOMENT: Final = "%Y/%m/%d %H:%M"
REHEARSAL_STATES: Final[Mapping[RehearsalState, tuple[Promise, str]]] = {
    RehearsalState.RUNNING: (gettext_lazy("実行中"), "tag--care"),
    RehearsalState.ENDED: (gettext_lazy("終わった"), ""),
    RehearsalState.BROKEN_OFF: (gettext_lazy("途中で止まった"), "tag--bad"),
}
PLAN_STATES: Final[Mapping[PlanState, tuple[Promise, str]]] = {
    PlanState.DRAFT: (gettext_lazy("判定待ち"), "tag--care"),
    PlanState.APPROVED: (gettext_lazy("実施すると決まった"), "tag--good"),
    PlanState.STOPPED: (gettext_lazy("実施しないと決まった"), "tag--bad"),
    PlanState.RUNNING: (gettext_lazy("取込み中"), "tag--care"),
    PlanState.LOADED: (gettext_lazy("取り込んだ"), "tag--good"),
    PlanState.ROLLED_BACK: (gettext_lazy("取り消した"), "tag--bad"),
    PlanState.CLOSED: (gettext_lazy("報告済み"), ""),
}
VERDICTS: Final[Mapping[Verdict, Promise]] = {
    Verdict.GO: gettext_lazy("実施する"),
    Verdict.NO_GO: gettext_lazy("実施しない"),
}
KINDS: Final[Mapping[FileKind, Promise]] = {
    FileKind.REGISTER: gettext_lazy("住民情報"),
    FileKind.RESULTS: gettext_lazy("検診結果"),
}


class PlanForm(forms.Form):
    """When an export that was rehearsed is to be changed over to."""

    title = forms.CharField(label=gettext_lazy("計画の名前"), help_text=_NOBODY, max_length=100)
    rehearsal = forms.ChoiceField(
        label=gettext_lazy("もとにする仮移行"),
        help_text=gettext_lazy("この仮移行と同じ書き出しだけを取り込めます。"),
    )
    sheet = forms.ChoiceField(
        label=gettext_lazy("様式の版のチェックシート"),
        help_text=gettext_lazy("選ぶと、すべての行を双方が確かめるまで実施できません。"),
        required=False,
    )
    day = DayField(label=gettext_lazy("作業の日"), help_text=gettext_lazy("例: 2026/4/1、R8.4.1"))
    starts = forms.TimeField(
        label=gettext_lazy("始まる時刻"), help_text=gettext_lazy("例: 18:30"), input_formats=["%H:%M"]
    )
    ends = forms.TimeField(
        label=gettext_lazy("終わる時刻"),
        help_text=gettext_lazy("始まる時刻より前なら翌日。執務時間にかからないこと。"),
        input_formats=["%H:%M"],
    )

    def __init__(self, rehearsals: Sequence[Rehearsal], sheets: Sequence[Sheet], data: Any = None) -> None:
        super().__init__(data)
        ended = [(str(one.number), rehearsal_name(one)) for one in rehearsals if one.state is RehearsalState.ENDED]
        self.offers_any = bool(ended)
        offer(
            self,
            {
                "rehearsal": ended,
                "sheet": [("", _("チェックシートなし")), *((str(one.sheet_id), one.title) for one in sheets)],
            },
        )

    def clean(self) -> dict[str, Any]:
        """Work out the window."""
        values: dict[str, Any] = self.cleaned_data
        if {"day", "starts", "ends"} <= values.keys():
            values["window"] = window_from(values["day"], values["starts"], values["ends"])
        return values


class StepForm(forms.Form):
    """Who does a step, and when."""

    who = forms.CharField(
        label=gettext_lazy("担当する人"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    planned_at = forms.DateTimeField(
        label=gettext_lazy("予定の日時"), input_formats=[_MOMENT], widget=forms.DateTimeInput(format=_MOMENT)
    )


class TickForm(forms.Form):
    """When a step was really done."""

    done_at = forms.DateTimeField(
        label=gettext_lazy("終わった日時"), input_formats=[_MOMENT], widget=forms.DateTimeInput(format=_MOMENT)
    )
    remark = forms.CharField(label=gettext_lazy("備考"), max_length=200, required=False)


class WordForm(forms.Form):
    """Somebody's go or no-go."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("判定"),
        choices=[(one.value, word) for one, word in VERDICTS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("実施するかどうかを選んでください。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("確かめたこと、または実施しない理由"), help_text=_NOBODY, max_length=200, required=False
    )

    def __init__(self, data: Any = None, *, only_stops: bool = False) -> None:
        super().__init__(data)
        if only_stops:
            offer(self, {"verdict": [(Verdict.NO_GO.value, VERDICTS[Verdict.NO_GO])]})

    def clean(self) -> dict[str, Any]:
        """Ask why, where somebody stops a plan."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("verdict") == Verdict.NO_GO.value and not values.get("reason"):
            self.add_error("reason", _("実施しない理由を書いてください。"))
        return values


def said(words: Words) -> str:
    """Return the one of two texts that is in the reader's language."""
    return words[int(current_language() == "en")]


def typed(at: dt.datetime) -> str:
    """Write a moment as the forms take it."""
    return f"{to_jst(at):{_MOMENT}}"


def rehearsal_name(one: Rehearsal) -> str:
    """Call a rehearsal by its number, its export and whether it went well."""
    outcome = _("合格") if one.passed and one.way_back else _("不合格")
    return _("第%(number)d号 %(title)s (%(outcome)s)") % {"number": one.number, "title": one.title, "outcome": outcome}


@dataclass(frozen=True, slots=True)
class RehearsalRow:
    """A rehearsal in words."""

    one: Rehearsal
    state: str
    tone: str
    by: str


def rehearsal_rows(found: Sequence[Rehearsal]) -> list[RehearsalRow]:
    """Return rehearsals in words."""
    names = names_of_staff(sorted({one.begun_by for one in found}))
    return [
        RehearsalRow(
            one, str(REHEARSAL_STATES[one.state][0]), REHEARSAL_STATES[one.state][1], _who(one.begun_by, names)
        )
        for one in found
    ]


def _who(actor: str, names: Mapping[str, str]) -> str:
    return names.get(actor) or _("サーバーのコマンド")


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of an export in words: counts, and how what was loaded differs."""

    one: FileReport
    kind: str
    refused: tuple[str, ...]
    differences: tuple[str, ...]
    stopped: str


def file_rows(files: Iterable[FileReport]) -> list[FileRow]:
    """Return reports of files in words."""
    return [
        FileRow(
            one,
            _kind(one),
            tuple(f"{_rule(rule)} {count}" for rule, count in one.refused_by.items()),
            tuple(
                f"{said(difference_words(DifferenceKind(kind)))} {count}"
                for kind, count in one.kinds.items()
                if kind != DifferenceKind.NOT_LOADED
            ),
            "" if one.stopped is None else said(one.stopped),
        )
        for one in files
    ]


def _kind(one: FileReport) -> str:
    kind = str(KINDS[one.kind])
    return f"{kind} {programme_view(Programme(one.programme), current_language()).label}" if one.programme else kind


def _rule(rule: str) -> str:
    return said(rule_words(rule))


def difference_rows(found: Iterable[Difference]) -> list[tuple[Difference, str, str]]:
    """Return differences with where and how; never what was there."""
    return [
        (one, " / ".join(map(_rule, one.field.split())) if one.kind is DifferenceKind.NOT_LOADED else one.field,
         said(difference_words(one.kind)))
        for one in found
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan in words: who made it, and who took it back where somebody did."""

    one: Plan
    state: str
    tone: str
    by: str
    back_by: str


def plan_rows(found: Sequence[Plan]) -> list[PlanRow]:
    """Return plans in words."""
    names = names_of_staff(sorted({by for one in found for by in (one.made_by, one.rolled_back_by) if by is not None}))
    return [
        PlanRow(
            one,
            str(PLAN_STATES[one.state][0]),
            PLAN_STATES[one.state][1],
            _who(one.made_by, names),
            _who(one.rolled_back_by or "", names),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a plan in words."""

    one: Step
    what: str
    way_back: str
    by: str


def step_rows(found: Sequence[Step]) -> list[StepRow]:
    """Return the steps of a plan in words."""
    names = names_of_staff(sorted({one.ticked_by for one in found if one.ticked_by is not None}))
    return [StepRow(one, said(one.what), said(one.way_back), names.get(one.ticked_by or "", "")) for one in found]


def word_rows(found: Sequence[Word]) -> list[tuple[Word, str, str]]:
    """Return what people said of a plan, in words."""
    names = names_of_staff(sorted({one.said_by for one in found}))
    return [(one, str(VERDICTS[one.verdict]), names.get(one.said_by, "")) for one in found]


def obstacle_lines(found: Iterable[Obstacle]) -> list[str]:
    """Return why something cannot be done now, each with what to do about it."""
    return [said(obstacle_words(one)) for one in found]
