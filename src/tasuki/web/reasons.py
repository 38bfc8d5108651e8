"""Why somebody needs to see what is kept from view: a choice and words, which go into the evidence."""

import re
from typing import Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.shared.names import fold_digits

_MANY_DIGITS = re.compile(r"(?:[0-9][ \-]?){9,}")
_OTHER = "OTHER"
#: Why a protected person's pages are opened.
OPEN_CAUSES: Final = {
    "PRESENT": gettext_lazy("本人が窓口に来ている"),
    "CALLED": gettext_lazy("本人から電話があり、本人と確かめた"),
    "FOLLOWUP": gettext_lazy("精密検査の追跡や結果の連絡"),
    "INQUIRY": gettext_lazy("他の自治体からの照会に答えるかを決める"),
    "RECORD": gettext_lazy("届いた結果の入力・訂正"),
    _OTHER: gettext_lazy("その他"),
}


class ReasonForm(forms.Form):
    """A reason: one of a list, and words. The words go into the evidence, so they must name nobody."""

    cause = forms.ChoiceField(label=gettext_lazy("理由"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("くわしい理由"),
        help_text=gettext_lazy("証跡に残ります。氏名や番号は書かないでください。"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    words_always_needed = False

    def clean_reason(self) -> str:
        """Refuse what looks like a number of a person: it would stay in the evidence for ever."""
        typed: str = self.cleaned_data["reason"].strip()
        if _MANY_DIGITS.search(fold_digits(typed)):
            raise forms.ValidationError(_("個人番号などの番号は書かないでください。証跡から消せなくなります。"))
        return typed

    def clean(self) -> dict[str, object]:
        """Ask for words where the choice alone says too little."""
        values: dict[str, object] = self.cleaned_data
        is_needed = self.words_always_needed or values.get("cause") == _OTHER
        if is_needed and not values.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("くわしい理由を入力してください。後で説明できるようにします。"))
        return values


class OpenForm(ReasonForm):
    """Why a protected person's pages are needed."""

    places = forms.BooleanField(
        label=gettext_lazy("検診や診療を受けた医療機関の名前も見る(必要なときだけ)"), required=False
    )
    next = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["cause"].choices = list(OPEN_CAUSES.items())  # type: ignore[attr-defined]  # a field with choices


class UnmaskForm(ReasonForm):
    """Why an individual number is to be seen. `once` lets one sending show it once."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    words_always_needed = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as above
        self.fields["cause"].choices = [  # type: ignore[attr-defined]  # as above
            ("IDENTITY", _("本人確認書類と突き合わせる")),
            ("REGISTER", _("住民記録の番号と突き合わせる")),
            ("WRONG_LINK", _("ひも付けの誤りを調べる")),
            ("DISCLOSURE", _("本人からの開示の請求")),
            (_OTHER, _("その他")),
        ]
