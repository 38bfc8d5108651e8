"""Rehearsed restores in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.audits.rehearsals import Rehearsal, RehearsalOutcome, RehearsalProblem
from tasuki.web.fields import DayField
from tasuki.web.templatetags.tasuki import moment

OUTCOME_LABELS: Final[Mapping[RehearsalOutcome, Promise]] = {
    RehearsalOutcome.RESTORED: gettext_lazy("すべて戻った"),
    RehearsalOutcome.PARTLY: gettext_lazy("一部しか戻らなかった"),
    RehearsalOutcome.FAILED: gettext_lazy("戻せなかった"),
}
_TONES: Final = {RehearsalOutcome.RESTORED: "tag--good", RehearsalOutcome.FAILED: "tag--bad"}
PROBLEM_WORDS: Final[Mapping[RehearsalProblem, tuple[str, Promise]]] = {
    RehearsalProblem.NO_SUCH_SIZE: (
        "tree_size",
        gettext_lazy(
            "この町の証跡は、その件数で署名したことがありません。写しで命令をもう一度実行し、表示のとおりに入れてください。"
        ),
    ),
    RehearsalProblem.OTHER_ROOT: (
        "root",
        gettext_lazy(
            "この町の証跡の要約値と違います。戻したものが書き換えられているか、別の町のものです。「すべて戻った」にはできません。"
        ),
    ),
}


class RehearsalForm(forms.Form):
    """What somebody found when they restored a backup apart from production."""

    rehearsed_on = DayField(label=gettext_lazy("訓練の日"), help_text=gettext_lazy("例: 2026/4/1、R8.4.1"))
    backup = forms.CharField(
        label=gettext_lazy("どのバックアップから"),
        help_text=gettext_lazy("媒体の番号や取得した日時。"),
        max_length=100,
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("結果"),
        choices=[(one.value, label) for one, label in OUTCOME_LABELS.items()],
        widget=forms.RadioSelect,
    )
    tree_size = forms.IntegerField(
        label=gettext_lazy("戻した証跡の件数(tree_size)"), min_value=1, max_value=10**15, required=False
    )
    root = forms.RegexField(
        r"^[0-9a-f]{64}$",
        label=gettext_lazy("戻した証跡の要約値(root)"),
        required=False,
        error_messages={"invalid": gettext_lazy("64桁の英数字(0-9、a-f)で、表示のとおりに入れてください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    results = forms.IntegerField(
        label=gettext_lazy("戻した検診結果の件数(results)"), min_value=0, max_value=10**12, required=False
    )
    residents = forms.IntegerField(
        label=gettext_lazy("戻した住民の件数(residents)"), min_value=0, max_value=10**12, required=False
    )
    note = forms.CharField(
        label=gettext_lazy("かかった時間、戻らなかったもの、次に直すこと"),
        help_text=gettext_lazy("住民の氏名や番号は書かないでください。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, today: dt.date) -> None:
        super().__init__(data)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """Refuse a day to come, and a success without what proves it."""
        values: dict[str, Any] = self.cleaned_data
        day = values.get("rehearsed_on")
        if day and day > self.today:
            self.add_error("rehearsed_on", _("まだ来ていない日です。訓練をした日を入れてください。"))
        if values.get("outcome") == RehearsalOutcome.RESTORED.value:
            for name in ("tree_size", "root", "results", "residents"):
                if name not in self.errors and values.get(name) in (None, ""):
                    self.add_error(name, _("「すべて戻った」には、写しで tasuki restored-state が示した値が要ります。"))
        return values


@dataclass(frozen=True, slots=True)
class RehearsalRow:
    """One rehearsal as a row."""

    one: Rehearsal
    outcome: str
    tone: str
    recorder: str
    is_restored: bool

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            one.rehearsal_id, one.rehearsed_on.isoformat(), one.backup, self.outcome, one.tree_size or "", one.root,
            moment(one.reaches_to), one.results if one.results is not None else "",
            one.residents if one.residents is not None else "", one.note, moment(one.recorded_at), self.recorder,
        ]  # fmt: skip


def rehearsals_head() -> list[str]:
    """Return the head of the register as a file."""
    return [
        _("管理番号"), _("訓練の日"), _("どのバックアップから"), _("結果"), _("戻した証跡の件数(tree_size)"),
        _("戻した証跡の要約値(root)"), _("いつまでの記録が戻ったか"), _("戻した検診結果の件数(results)"),
        _("戻した住民の件数(residents)"), _("かかった時間、戻らなかったもの、次に直すこと"), _("記録の日時"),
        _("記録した人"),
    ]  # fmt: skip


def rehearsal_rows(found: Sequence[Rehearsal]) -> list[RehearsalRow]:
    """Return rehearsals in words."""
    names = names_of_staff([one.recorded_by for one in found])
    return [
        RehearsalRow(
            one,
            str(OUTCOME_LABELS[one.outcome]),
            _TONES.get(one.outcome, "tag--care"),
            names.get(one.recorded_by, one.recorded_by),
            one.outcome is RehearsalOutcome.RESTORED,
        )
        for one in found
    ]
