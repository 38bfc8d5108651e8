"""Form fields that several screens share."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.shared.dates import JST, parse_date


def offer(form: forms.Form, choices: Mapping[str, Sequence[tuple[str, object]]]) -> None:
    """Give fields of a form what can be chosen, by their names: known only when the page is asked for."""
    for name, offered in choices.items():
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 — declared by the form
        field.choices = list(offered)


def window_from(day: dt.date, starts: dt.time, ends: dt.time) -> tuple[dt.datetime, dt.datetime]:
    """Return a window that begins on a day, and ends on the next where its end comes before its beginning."""
    begins, over = (dt.datetime.combine(day, time, JST) for time in (starts, ends))
    return begins, over + dt.timedelta(days=ends <= starts)


class DayField(forms.CharField):
    """A day in either calendar and any usual spelling."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Read the day; None where none was typed.

        :raises ValidationError: when it cannot be read for certain.
        """
        typed = super().clean(value)
        if not typed:
            return None
        found = parse_date(typed)
        if not isinstance(found, dt.date):
            raise forms.ValidationError(
                _("日付として読み取れません。令和8年4月1日、R8.4.1、または 2026/4/1 のように入力してください。")
            )
        return found


class BirthDateField(forms.CharField):
    """A birth date to look for, in either calendar and any usual spelling; kept as ISO, empty where none was typed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("生年月日"))
        kwargs.setdefault("help_text", gettext_lazy("例: 昭和59年6月2日、S59.6.2、1984/6/2"))
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Read the day.

        :raises ValidationError: when it cannot be read for certain.
        """
        typed = super().clean(value)
        if not typed:
            return ""
        found = parse_date(typed)
        if not isinstance(found, dt.date):
            raise forms.ValidationError(
                _("日付として読み取れません。昭和59年6月2日、または 1984/6/2 のように入力してください。")
            )
        return found.isoformat()
