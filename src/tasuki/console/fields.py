"""Form fields that several pages of a console share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy


class ReasonField(forms.CharField):
    """Why somebody does something, or what they found out: a line that others read."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(**kwargs | {"max_length": 200, "strip": True, "widget": widget})


class InstitutionField(forms.RegexField):
    """The code of an institution (情報保有機関コード)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("情報保有機関コード（16桁）"))
        widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"})
        wrong = {"invalid": gettext_lazy("16桁の数字を入力してください。")}
        super().__init__(r"^[0-9]{16}$", **kwargs | {"strip": True, "widget": widget, "error_messages": wrong})
