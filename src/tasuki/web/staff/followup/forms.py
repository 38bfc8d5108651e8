"""Forms of what was done and learnt about a case."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.followup.methods import methods_of
from tasuki.followup.types import ActKind, Answer, Case, CaseState, Means
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.outcomes import detailed_item
from tasuki.layouts.render import code_choices
from tasuki.shared.dates import PartialDate, parse_partial_date
from tasuki.web.fields import DayField
from tasuki.web.presenters.followup import MEANS, REASONS, method_label
from tasuki.web.templatetags.tasuki import current_language

_LONG: Final = 200


class PartialDayField(forms.CharField):
    """A day as far as it is known, in any usual spelling."""

    widget = forms.TextInput(attrs={"autocomplete": "off"})

    def clean(self, value: object) -> str:
        """Read what is known of the day.

        :raises ValidationError: when it cannot be read for certain.
        """
        typed: str = super().clean(value)
        if not typed:
            return ""
        found = parse_partial_date(typed)
        if not isinstance(found, PartialDate):
            raise forms.ValidationError(
                _("日付として読み取れません。R8.5.1、令和8年5月、2026-05 のように入力してください。")
            )
        return found.iso


def _day(label: Any, help_text: Any = "") -> DayField:
    return DayField(label=label, help_text=help_text, max_length=30)


def _note() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("メモ"),
        help_text=gettext_lazy("ほかの人の氏名や番号は書かないでください。"),
        max_length=_LONG,
        required=False,
    )


class ActForm(forms.Form):
    """What was done or learnt. Each kind offers the parts that mean something for it."""

    kind: ActKind
    title: Promise
    intro: Promise
    button: Promise = gettext_lazy("記録する")
    #: Names of the parts that make up the answer.
    parts: tuple[str, ...] = ("note",)

    def __init__(self, case: Case, on: dt.date, data: Any = None) -> None:
        super().__init__(data, prefix=self.kind.value, initial={"acted_date": on.isoformat()})
        self._on, self._case = on, case

    def clean_acted_date(self) -> dt.date:
        """Refuse what lies in the future."""
        day: dt.date = self.cleaned_data["acted_date"]
        if day > self._on:
            raise forms.ValidationError(_("まだ来ていない日です。今日までの日を入力してください。"))
        return day

    def answer(self) -> Answer:
        """Return what was typed and could be read."""
        read: Mapping[str, Any] = getattr(self, "cleaned_data", {})
        return Answer(**{name: read[name] for name in self.parts if read.get(name)})


class RemindForm(ActForm):
    """That somebody was told to go."""

    kind = ActKind.REMINDED
    title = gettext_lazy("勧めたことを記録する")
    intro = gettext_lazy(
        "電話・訪問・窓口で精密検査を勧めたとき。手紙は、下の「通知を作る」で作ると自動で記録されます。"
    )
    parts = ("means", "note")
    acted_date = _day(gettext_lazy("勧めた日"))
    means = forms.ChoiceField(label=gettext_lazy("勧めた方法"), widget=forms.RadioSelect)
    note = _note()

    def __init__(self, case: Case, on: dt.date, data: Any = None) -> None:
        super().__init__(case, on, data)
        _choices(
            self, "means", [(one.value, MEANS[one]) for one in (Means.PHONE, Means.VISIT, Means.COUNTER, Means.LETTER)]
        )


class SelfReportForm(ActForm):
    """What the person says of a detailed examination; it counts with all four facts."""

    kind = ActKind.SELF_REPORT
    title = gettext_lazy("本人の申告を記録する")
    intro = gettext_lazy(
        "検査の日・医療機関・方法・結果の四つがそろうと「精検受診」になります。足りなくても記録でき、一覧に残ります。"
    )
    parts = ("examined_date", "institution", "method", "result_code", "note")
    acted_date = _day(gettext_lazy("聞いた日"))
    examined_date = PartialDayField(
        label=gettext_lazy("検査の日"),
        help_text=gettext_lazy("例: R8.5.1、令和8年5月、2026-05。分からない日や月は省きます。"),
        max_length=30,
        required=False,
    )
    institution = forms.CharField(label=gettext_lazy("医療機関"), max_length=80, required=False)
    method = forms.ChoiceField(label=gettext_lazy("検査の方法"), required=False)
    result_code = forms.ChoiceField(label=gettext_lazy("検査の結果"), required=False)
    note = _note()

    def __init__(self, case: Case, on: dt.date, data: Any = None) -> None:
        super().__init__(case, on, data)
        language = current_language()
        unknown = ("", _("分からない"))
        methods = [(one.code, method_label(case.programme, one.code, language)) for one in methods_of(case.programme)]
        table = catalogue().table(detailed_item(case.programme).item.table or "")
        _choices(self, "method", [unknown, *methods])
        _choices(self, "result_code", [unknown, *code_choices(table, language)])


class UnderWayForm(ActForm):
    """That the examination has begun and its result is not out."""

    kind = ActKind.UNDER_WAY
    title = gettext_lazy("検査中と聞いたことを記録する")
    intro = gettext_lazy("予約した、検査の途中、結果待ちのとき。次に聞く日が来ると一覧に出ます。")
    parts = ("ask_again_on", "institution", "note")
    acted_date = _day(gettext_lazy("聞いた日"))
    ask_again_on = _day(gettext_lazy("次に聞く日"), gettext_lazy("例: 令和8年4月1日、2026/4/1"))
    institution = forms.CharField(label=gettext_lazy("医療機関"), max_length=80, required=False)
    note = _note()

    def clean_ask_again_on(self) -> dt.date:
        """Refuse a day that is gone."""
        day: dt.date = self.cleaned_data["ask_again_on"]
        if day < self._on:
            raise forms.ValidationError(_("過ぎた日です。今日より後の日を入力してください。"))
        return day


class NotTakenForm(ActForm):
    """That somebody is known not to have gone, and why."""

    kind = ActKind.NOT_TAKEN
    title = gettext_lazy("受けていないと分かったことを記録する")
    intro = gettext_lazy("本人や医療機関に確かめて、受けていないと分かったときだけ。返事がないだけなら記録しません。")
    parts = ("reason", "note")
    acted_date = _day(gettext_lazy("分かった日"))
    reason = forms.ChoiceField(label=gettext_lazy("わけ"), widget=forms.RadioSelect)
    note = _note()

    def __init__(self, case: Case, on: dt.date, data: Any = None) -> None:
        super().__init__(case, on, data)
        _choices(self, "reason", [(one.value, label) for one, label in REASONS.items()])


class UnsuitableForm(ActForm):
    """That only an examination was done which is none for this purpose."""

    kind = ActKind.UNSUITABLE
    title = gettext_lazy("不適切な検査だったことを記録する")
    intro = gettext_lazy(
        "便潜血の再検査だけなど、精密検査として不適切な検査しか受けていないとき。「精検未受診」になります。"
    )
    parts = ("examined_date", "institution", "method", "unsuitable_result", "note")
    acted_date = _day(gettext_lazy("分かった日"))
    method = forms.ChoiceField(label=gettext_lazy("受けた検査"), widget=forms.RadioSelect)
    examined_date = PartialDayField(label=gettext_lazy("検査の日"), max_length=30, required=False)
    institution = forms.CharField(label=gettext_lazy("医療機関"), max_length=80, required=False)
    note = _note()

    def __init__(self, case: Case, on: dt.date, data: Any = None) -> None:
        super().__init__(case, on, data)
        language = current_language()
        unsuitable = [one for one in methods_of(case.programme) if not one.suits(case.items)]
        _choices(self, "method", [(one.code, method_label(case.programme, one.code, language)) for one in unsuitable])

    def clean(self) -> dict[str, object]:
        """Name the report that was no suitable examination, where one came in."""
        cleaned: dict[str, object] = self.cleaned_data
        if self._case.detailed_id is not None:
            cleaned["unsuitable_result"] = str(self._case.detailed_id)
        return cleaned


class NoteForm(ActForm):
    """Something worth knowing that changes nothing."""

    kind = ActKind.NOTE
    title = gettext_lazy("メモを残す")
    intro = gettext_lazy("留守だった、家族が出たなど。状態は変わりません。")
    acted_date = _day(gettext_lazy("いつのことか"))
    note = forms.CharField(
        label=gettext_lazy("メモ"),
        help_text=gettext_lazy("ほかの人の氏名や番号は書かないでください。"),
        max_length=_LONG,
    )


class RevokeForm(forms.Form):
    """Why something recorded is taken back."""

    reason = forms.CharField(label=gettext_lazy("取り消す理由"), max_length=_LONG)


_FORMS: Final[Mapping[ActKind, type[ActForm]]] = {
    one.kind: one for one in (SelfReportForm, UnderWayForm, NotTakenForm, RemindForm, UnsuitableForm, NoteForm)
}
_PROBLEMS: Final[Mapping[tuple[str, str], Promise]] = {
    ("examined_date", "not_a_date"): gettext_lazy(
        "日付として読み取れません。R8.5.1、令和8年5月、2026-05 のように入力してください。"
    ),
    ("examined_date", "in_future"): gettext_lazy("まだ来ていない日です。今日までの日を入力してください。"),
    ("examined_date", "before_screening"): gettext_lazy("検診より前の日です。検査の日を確かめてください。"),
    ("examined_date", "missing"): gettext_lazy(
        "四つのうち一つは入力してください。何も分からないときはメモに残してください。"
    ),
    ("method", "unsuitable"): gettext_lazy(
        "この検査は精密検査として不適切です。「不適切な検査だったことを記録する」を使ってください。"
    ),
    ("method", "suitable"): gettext_lazy("この検査は適切な精密検査です。「本人の申告を記録する」を使ってください。"),
}


def form_of(kind: ActKind, case: Case, on: dt.date, data: Any = None) -> ActForm:
    """Return the form of a kind of act about a case."""
    return _FORMS[kind](case, on, data)


def offered_kinds(case: Case) -> list[ActKind]:
    """Return what can be recorded about a case: nobody reminds whoever has gone, or reports what is reported."""
    has_unsuitable = any(not one.suits(case.items) for one in methods_of(case.programme))
    kinds = [kind for kind in _FORMS if kind is not ActKind.UNSUITABLE or has_unsuitable]
    if case.state is not CaseState.TAKEN:
        return kinds
    return [kind for kind in kinds if kind in (ActKind.UNSUITABLE, ActKind.NOTE)]


def put_problems(form: ActForm, problems: Mapping[str, str]) -> None:
    """Put what the follow-up says against an answer beside the fields it concerns."""
    for part, rule in problems.items():
        message = _PROBLEMS.get((part, rule), gettext_lazy("選び直してください。"))
        form.add_error(part if part in form.fields else None, str(message))


def _choices(form: ActForm, name: str, offered: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 — declared by the class
    field.choices = offered
