"""Incidents in words: what happened, the clocks of the law, and the drafts of what is to be said."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff, staff_names
from tasuki.audits.incident_rules import clocks, stage_of
from tasuki.audits.incident_types import Clock, Ground, Incident, Source, Stage, Step
from tasuki.layouts.render import Language
from tasuki.linkage.operations.impact import ExchangeSum
from tasuki.linkage.queries import institution_names
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import JST
from tasuki.web.presenters.impact import DIRECTION_LABELS
from tasuki.web.templatetags.tasuki import current_language

_NAMES_NOBODY: Final = gettext_lazy("住民の氏名や番号は書かないでください。")
SOURCE_LABELS: Final[Mapping[Source, Promise]] = {
    Source.STAFF: gettext_lazy("職員が気づいた"),
    Source.ALERT: gettext_lazy("アクセス警告・証跡の警報"),
    Source.CONTRACTOR: gettext_lazy("委託先からの通知"),
    Source.OUTSIDE: gettext_lazy("本人・ほかの機関など外から"),
}
GROUND_LABELS: Final[Mapping[Ground, Promise]] = {
    Ground.SENSITIVE: gettext_lazy("検診の結果など、要配慮個人情報が含まれる"),
    Ground.PROPERTY: gettext_lazy("財産的被害のおそれがある"),
    Ground.MALICIOUS: gettext_lazy("不正の目的で行われたおそれがある(確報は60日以内)"),
    Ground.SYSTEM: gettext_lazy("個人番号を扱うシステムや中間サーバーの特定個人情報が含まれる"),
    Ground.PUBLIC: gettext_lazy("特定個人情報を不特定の人が見られた"),
    Ground.MANY: gettext_lazy("本人の数が100人を超える"),
}
STEP_LABELS: Final[Mapping[Step, Promise]] = {
    Step.SUSPECTED: gettext_lazy("疑いの届出"),
    Step.CONFIRMED: gettext_lazy("事案と確認した"),
    Step.NO_INCIDENT: gettext_lazy("事案ではないと確認した"),
    Step.CONTAINED: gettext_lazy("広がりを止めた"),
    Step.PRELIMINARY: gettext_lazy("個人情報保護委員会に速報した"),
    Step.PEOPLE_TOLD: gettext_lazy("本人に通知した"),
    Step.FULL: gettext_lazy("個人情報保護委員会に確報した"),
    Step.CLOSED: gettext_lazy("終結した"),
}
STAGE_LABELS: Final[Mapping[Stage, Promise]] = {
    Stage.SUSPECTED: gettext_lazy("疑い"),
    Stage.CONFIRMED: gettext_lazy("確認済み"),
    Stage.CONTAINED: gettext_lazy("広がりを止めた"),
    Stage.REPORTED: gettext_lazy("確報済み"),
    Stage.CLOSED: gettext_lazy("終結"),
    Stage.NO_INCIDENT: gettext_lazy("事案ではない"),
}
_CLOCK_LABELS: Final[Mapping[Step, Promise]] = {
    Step.PRELIMINARY: gettext_lazy("速報(概ね3～5日以内)"),
    Step.FULL: gettext_lazy("確報"),
}


class TellForm(forms.Form):
    """What somebody fears or knows."""

    title = forms.CharField(label=gettext_lazy("件名"), help_text=_NAMES_NOBODY, max_length=100)
    says = forms.CharField(
        label=gettext_lazy("何があったか"),
        help_text=_NAMES_NOBODY,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("どうして分かったか"),
        choices=[(one.value, label) for one, label in SOURCE_LABELS.items()],
        widget=forms.RadioSelect,
    )
    known_at = forms.DateTimeField(
        label=gettext_lazy("知った日時"),
        help_text=gettext_lazy("国への報告の期限は、この日から数えます。"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    since = forms.DateField(
        label=gettext_lazy("いつから起きていたおそれがあるか"), widget=forms.DateInput(attrs={"type": "date"})
    )
    staff = forms.ChoiceField(
        label=gettext_lazy("誰の操作に関わるか"),
        help_text=gettext_lazy(
            "分からないときは空のままにします。影響を受けた人を、この人のアクセス記録から数えます。"
        ),
        required=False,
    )

    origin = forms.RegexField(r"^((alert|rehearsal):[0-9a-f-]{36})?$", required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, now: dt.datetime, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.now = now
        self.fields["staff"].choices = [("", gettext_lazy("全員")), *_staff_choices()]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_known_at(self) -> dt.datetime:
        """Refuse a time that is not come yet."""
        known: dt.datetime = self.cleaned_data["known_at"]
        if known > self.now:
            raise forms.ValidationError(_("知った日時には、今より前を入れてください。"))
        return known

    def clean_since(self) -> dt.datetime:
        """Refuse a beginning after it became known."""
        since: dt.date = self.cleaned_data["since"]
        begun = dt.datetime.combine(since, dt.time(), JST)
        known = self.cleaned_data.get("known_at")
        if known is not None and begun > known:
            raise forms.ValidationError(_("知った日より前の日を入れてください。"))
        return begun


class AssessmentForm(forms.Form):
    """What an incident is in the eyes of the law, and what is learnt from it."""

    grounds = forms.MultipleChoiceField(
        label=gettext_lazy("報告の対象になる事情"),
        help_text=gettext_lazy(
            "一つでも当てはまれば、国への報告と本人への通知が要ります。おそれがあるだけでも選びます。"
        ),
        choices=[(one.value, label) for one, label in GROUND_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    people = forms.IntegerField(label=gettext_lazy("本人の数"), min_value=0, max_value=9_999_999)
    items = forms.CharField(label=gettext_lazy("情報の項目"), help_text=_NAMES_NOBODY, max_length=300, required=False)
    cause = forms.CharField(label=gettext_lazy("原因"), help_text=_NAMES_NOBODY, max_length=500, required=False)
    harm = forms.CharField(
        label=gettext_lazy("二次被害とそのおそれ"), help_text=_NAMES_NOBODY, max_length=500, required=False
    )
    prevention = forms.CharField(
        label=gettext_lazy("再発を防ぐ措置"), help_text=_NAMES_NOBODY, max_length=500, required=False
    )
    lessons = forms.CharField(
        label=gettext_lazy("得た教訓"),
        help_text=gettext_lazy("終結の前に書きます。住民の氏名や番号は書かないでください。"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a number of people that its grounds contradict."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("people", 0) > _MANY and Ground.MANY.value not in values.get("grounds", []):
            self.add_error("grounds", _("本人の数が100人を超えています。「100人を超える」も選んでください。"))
        return values


#: 施行規則43条4号: more people than this are a ground by themselves.
_MANY: Final = 100


class StepForm(forms.Form):
    """What was done, and by what it can be seen."""

    note = forms.CharField(
        label=gettext_lazy("したこと・受付番号など"),
        help_text=_NAMES_NOBODY,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock as the page shows it."""

    clock: Clock
    label: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident as a row."""

    one: Incident
    stage: str
    tone: str
    clocks: tuple[ClockRow, ...]

    @property
    def cells(self) -> list[object]:
        """The row as text for a file; what was written freely stays on the page."""
        due = [row.clock.due.isoformat() for row in self.clocks] or ["", ""]
        return [
            str(self.one.incident_id), self.one.known_at.astimezone(JST).isoformat(timespec="minutes"), self.stage,
            self.one.assessment.people, *due,
        ]  # fmt: skip


def register_head() -> list[str]:
    """Return the heading of the register as a file."""
    return [_("管理番号"), _("知った日時"), _("状態"), _("本人の数"), _("速報の期限"), _("確報の期限")]


def incident_rows(found: Sequence[Incident], on: dt.date) -> list[IncidentRow]:
    """Return incidents as rows."""
    return [_row(one, on) for one in found]


def step_rows(found: Incident) -> list[tuple[str, dt.datetime, str, str]]:
    """Return what was done: which step, when, by whom, with which note."""
    names = names_of_staff([one.by for one in found.steps])
    return [(str(STEP_LABELS[one.step]), one.at, names.get(one.by, one.by), one.note) for one in found.steps]


@dataclass(frozen=True, slots=True)
class SumRow:
    """The exchanges with one institution, summed up."""

    one: ExchangeSum
    direction: str
    other: str


def sum_rows(found: Sequence[ExchangeSum]) -> list[SumRow]:
    """Return sums of exchanges in words."""
    names, place = institution_names(), int(current_language() is Language.EN)
    return [
        SumRow(one, str(DIRECTION_LABELS[one.direction]), names.get(one.other, (one.other, one.other))[place])
        for one in found
    ]


def assessment_initial(found: Incident) -> dict[str, object]:
    """Return what is known so far, as the form shows it."""
    known = found.assessment
    return {
        "grounds": [one.value for one in known.grounds],
        "people": known.people,
        "items": known.items,
        "cause": known.cause,
        "harm": known.harm,
        "prevention": known.prevention,
        "lessons": found.lessons,
    }


def _row(one: Incident, on: dt.date) -> IncidentRow:
    rows = tuple(ClockRow(clock, str(_CLOCK_LABELS[clock.step]), clock.is_overdue(on)) for clock in clocks(one))
    urgent = "tag--bad" if any(row.is_overdue for row in rows) else "tag--care"
    tone = "" if one.is_over else urgent
    return IncidentRow(one, str(STAGE_LABELS[stage_of(one)]), tone, rows)


def _staff_choices() -> list[tuple[str, str]]:
    return sorted(((str(staff_actor(number)), name) for number, name in staff_names().items()), key=lambda one: one[1])
