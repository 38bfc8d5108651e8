"""Forms of the invitations."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.invitations.types import Covered as CoveredChoice
from tasuki.invitations.types import LeftOut, RefusalReason, Standing, TargetFilter
from tasuki.layouts.types import Programme
from tasuki.web.fields import DayField
from tasuki.web.presenters.invitation_words import COVERED, LEFT_OUT, ORDERS, REFUSAL_REASONS, STANDINGS
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import current_language

DAY_HELP = gettext_lazy("例: 令和9年3月31日、2027/3/31")
MOST_DAYS = 365


def programme_choices() -> list[tuple[str, str]]:
    """Return the programmes as a form offers them."""
    language = current_language()
    return [(one.value, programme_view(one, language).label) for one in Programme]


class ProgrammesForm(forms.Form):
    """Which programmes a run is for."""

    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("検診"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("検診を一つ以上選んでください。")},
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["programmes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = programme_choices()
        if data is None:
            self.initial.setdefault("programmes", [one.value for one in Programme])


class FreezeForm(ProgrammesForm):
    """Whose list is frozen."""

    prefix = "freeze"


class CouponsForm(forms.Form):
    """Until when the coupons of a run are valid."""

    prefix = "coupons"
    valid_until = DayField(label=gettext_lazy("有効期限"), help_text=DAY_HELP, max_length=30)

    def __init__(self, data: Any = None, *, first: dt.date, last: dt.date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._first, self._last = first, last

    def clean_valid_until(self) -> dt.date:
        """Refuse a day before today or after the year."""
        day: dt.date = self.cleaned_data["valid_until"]
        if not self._first <= day <= self._last:
            raise forms.ValidationError(_("今日から年度末(3月31日)までの日を入力してください。"))
        return day


class RemindersForm(ProgrammesForm):
    """Of which programmes people are reminded, and how long ago the last reminder must be."""

    prefix = "reminders"
    days_apart = forms.IntegerField(
        label=gettext_lazy("前の勧奨から空ける日数"),
        help_text=gettext_lazy("この日数がたっていない人には作りません。"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=30,
    )


class FilterForm(forms.Form):
    """Which targets of a year are wanted. Nothing here tells of a person, so it stands in the address."""

    programme = forms.ChoiceField(label=gettext_lazy("検診"), required=False)
    standing = forms.ChoiceField(label=gettext_lazy("状態"), required=False)
    covered = forms.ChoiceField(label=gettext_lazy("受診券"), required=False)
    obstacle = forms.ChoiceField(label=gettext_lazy("一括で送れないわけ"), required=False)
    reminded = forms.ChoiceField(label=gettext_lazy("受診勧奨"), required=False)
    order = forms.ChoiceField(label=gettext_lazy("並べ方"), choices=list(ORDERS.items()), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        every = ("", _("すべて"))
        choices: dict[str, list[tuple[str, Any]]] = {
            "programme": [every, *programme_choices()],
            "standing": [every, *((one.value, label) for one, (label, _tone) in STANDINGS.items())],
            "covered": [(one.value, label) for one, label in COVERED.items()],
            "obstacle": [
                every,
                *((one.value, label) for one, label in LEFT_OUT.items() if one is not LeftOut.UNPRINTABLE),
            ],
            "reminded": [every, ("0", _("していない")), ("1", _("1回以上")), ("2", _("2回以上"))],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered

    def wanted(self) -> TargetFilter:
        """Return the filter of valid input."""
        values = self.cleaned_data
        return TargetFilter(
            programme=Programme(values["programme"]) if values["programme"] else None,
            standing=Standing(values["standing"]) if values["standing"] else None,
            covered=CoveredChoice(values["covered"]),
            obstacle=LeftOut(values["obstacle"]) if values["obstacle"] else None,
            reminded=int(values["reminded"]) if values["reminded"] else None,
        )


class NumberForm(forms.Form):
    """The number of a coupon, typed or scanned."""

    number = forms.CharField(
        label=gettext_lazy("受診券の番号"),
        help_text=gettext_lazy("バーコードを読み取るか、12桁の数字を入力してください。空白があってもかまいません。"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "autofocus": True}),
    )


class ReasonForm(forms.Form):
    """Why somebody is taken off, or a coupon made void."""

    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200)


class AddForm(forms.Form):
    """What somebody is put on the list for by hand, and why."""

    prefix = "add"
    programme = forms.ChoiceField(label=gettext_lazy("検診"))
    note = forms.CharField(label=gettext_lazy("加える理由"), max_length=200)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["programme"]
        if isinstance(field, forms.ChoiceField):
            field.choices = programme_choices()


class RefusalForm(forms.Form):
    """What somebody does not want to be invited to, why and for how long."""

    prefix = "refusal"
    programme = forms.ChoiceField(label=gettext_lazy("検診"), required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("わけ"), choices=list(REFUSAL_REASONS.items()), widget=forms.RadioSelect
    )
    note = forms.CharField(label=gettext_lazy("メモ"), max_length=200, required=False)
    valid_from = DayField(label=gettext_lazy("いつから"), help_text=DAY_HELP, max_length=30)
    valid_to = DayField(
        label=gettext_lazy("いつまで"),
        help_text=gettext_lazy("決まっていなければ空けてください。この日から、また案内します。"),
        max_length=30,
        required=False,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["programme"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("すべての検診")), *programme_choices()]

    def clean(self) -> dict[str, Any]:
        """Refuse an end that is not after the beginning, and a refusal for no stated reason."""
        cleaned: dict[str, Any] = self.cleaned_data
        start, end = cleaned.get("valid_from"), cleaned.get("valid_to")
        if start is not None and end is not None and end <= start:
            self.add_error("valid_to", _("「いつから」より後の日を入力してください。"))
        if cleaned.get("reason") == RefusalReason.OTHER and not cleaned.get("note"):
            self.add_error("note", _("「その他」のときは、わけをメモに書いてください。"))
        return cleaned


class EndForm(forms.Form):
    """From when somebody is invited again, and why."""

    ended_date = DayField(
        label=gettext_lazy("また案内し始める日"),
        help_text=gettext_lazy("誤って記録したときは、始まりの日を入力すると初めからなかったことになります。"),
        max_length=30,
    )
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200)


class PrintForm(forms.Form):
    """That a protected person was asked where the letter may go."""

    is_asked = forms.BooleanField(label=gettext_lazy("送り先を本人に確かめました"), required=False)
