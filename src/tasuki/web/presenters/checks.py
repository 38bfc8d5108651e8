"""The yearly check in words: lines with what the system says, answers, findings."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.audits.rules import due_date, fact_kinds
from tasuki.audits.types import Answer, Answered, Check, CheckLine, CheckState, Fact, Finding
from tasuki.layouts.render import Language
from tasuki.shared.dates import civil_date
from tasuki.web.templatetags.tasuki import civil, current_language

_NAMES_NOBODY: Final = gettext_lazy("住民の氏名や番号は書かないでください。")
ANSWER_LABELS: Final[Mapping[Answer, Promise]] = {
    Answer.KEPT: gettext_lazy("○ できている"),
    Answer.PARTLY: gettext_lazy("△ 一部できていない"),
    Answer.NOT_KEPT: gettext_lazy("× できていない"),
    Answer.NOT_APPLICABLE: gettext_lazy("対象外"),
}
STATE_LABELS: Final[Mapping[CheckState, Promise]] = {
    CheckState.ANSWERING: gettext_lazy("記入中"),
    CheckState.HALF_SIGNED: gettext_lazy("一人目が署名"),
    CheckState.SIGNED: gettext_lazy("二人が署名・確定"),
}
_TONES: Final = {CheckState.ANSWERING: "tag--care", CheckState.HALF_SIGNED: "tag--care", CheckState.SIGNED: "tag--good"}


class LineForm(forms.Form):
    """What somebody found about one clause."""

    answer = forms.ChoiceField(
        label=gettext_lazy("評価"),
        choices=[("", gettext_lazy("まだ")), *((one.value, label) for one, label in ANSWER_LABELS.items())],
        required=False,
    )
    remark = forms.CharField(label=gettext_lazy("所見"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse an answer that leaves open what is missing, and words without an answer."""
        values: dict[str, Any] = self.cleaned_data
        given, remark = values.get("answer", ""), values.get("remark", "")
        if given and Answer(given).needs_remark and not remark:
            self.add_error("remark", _("△・×・対象外のときは、わけを書いてください。"))
        if remark and not given and "answer" not in self.errors:
            self.add_error("answer", _("所見を書いたときは、評価も選んでください。"))
        return values

    def answered(self, clause: str) -> Answered | None:
        """Return what was found, None where nothing was said."""
        given = self.cleaned_data["answer"]
        return Answered(clause, Answer(given), self.cleaned_data["remark"]) if given else None


class FindingForm(forms.Form):
    """What is to be mended, how, by whom and by when."""

    clause = forms.ChoiceField(label=gettext_lazy("項"))
    says = forms.CharField(
        label=gettext_lazy("指摘"), help_text=_NAMES_NOBODY, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    remedy = forms.CharField(label=gettext_lazy("改善の方法"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    who = forms.CharField(label=gettext_lazy("改善する人・部署"), max_length=60)
    due = forms.DateField(label=gettext_lazy("期限"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any = None, *, lines: Sequence[CheckLine], today: dt.date) -> None:
        super().__init__(data)
        self.today = today
        self.fields["clause"].choices = [("", "")] + [  # type: ignore[attr-defined]  # a ChoiceField
            (one.clause, clause_name(one)) for one in lines
        ]

    def clean_due(self) -> dt.date:
        """Refuse a day that is over."""
        due: dt.date = self.cleaned_data["due"]
        if due < self.today:
            raise forms.ValidationError(_("期限には、今日以降の日を入れてください。"))
        return due


class MendedForm(forms.Form):
    """How somebody made sure that a finding was mended."""

    note = forms.CharField(
        label=gettext_lazy("確かめたこと"),
        help_text=gettext_lazy("何を見て改善を確かめたか。住民の氏名や番号は書かないでください。"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """Why a signature is taken back."""

    reason = forms.CharField(label=gettext_lazy("取り消すわけ"), max_length=200)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """The check of one year as a row."""

    one: Check
    state: str
    tone: str
    due: dt.date
    signers: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One clause as the sheet shows it."""

    line: CheckLine
    heading: str
    does: str
    missing: str
    register: str
    facts: tuple[str, ...]
    answer: str
    answerer: str
    form: LineForm


@dataclass(frozen=True, slots=True)
class PartRows:
    """The clauses of one list of the report."""

    key: str
    title: str
    rows: tuple[LineRow, ...]
    answered: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding as a row."""

    one: Finding
    state: str
    tone: str
    raiser: str
    mender: str

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            one.fiscal_year, one.clause, one.says, one.remedy, one.who, one.due.isoformat(), self.state, self.raiser,
            self.mender, one.mended_note,
        ]  # fmt: skip


def finding_head() -> list[str]:
    """Return the heading of the file of findings."""
    return [
        _("年度"), _("項"), _("指摘"), _("改善の方法"), _("改善する人・部署"), _("期限"), _("状態"), _("指摘した人"),
        _("改善を確かめた人"), _("確かめたこと"),
    ]  # fmt: skip


def check_rows(found: Sequence[Check]) -> list[CheckRow]:
    """Return the checks of the years as rows."""
    names = names_of_staff([by for one in found for by in (one.first_signed_by, one.second_signed_by) if by])
    return [
        CheckRow(
            one,
            str(STATE_LABELS[one.state]),
            _TONES[one.state],
            due_date(one.fiscal_year),
            "、".join(names.get(by, by) for by in (one.first_signed_by, one.second_signed_by) if by),
        )
        for one in found
    ]


def part_rows(lines: Sequence[CheckLine], typed: Mapping[str, LineForm]) -> list[PartRows]:
    """Return the sheet, list by list; a form that was typed into stands where its line is."""
    names = names_of_staff([one.answered_by for one in lines if one.answered_by])
    english = _english()
    found = []
    for place, (title, some) in enumerate(groupby(lines, lambda one: one.part[english])):
        rows = tuple(_line_row(one, names, typed.get(one.clause)) for one in some)
        found.append(PartRows(f"part-{place}", title, rows, sum(row.line.answer is not None for row in rows)))
    return found


def line_form(line: CheckLine, data: Any = None) -> LineForm:
    """Return the form of one line."""
    initial = {"answer": line.answer.value if line.answer else "", "remark": line.remark}
    return LineForm(data, prefix=line.clause, initial=initial)


def finding_rows(found: Sequence[Finding], on: dt.date) -> list[FindingRow]:
    """Return findings as rows."""
    names = names_of_staff([by for one in found for by in (one.raised_by, one.mended_by) if by])
    return [
        FindingRow(
            one,
            *_finding_state(one, on),
            names.get(one.raised_by, one.raised_by),
            names.get(one.mended_by or "", one.mended_by or ""),
        )
        for one in found
    ]


def clause_name(line: CheckLine) -> str:
    """Return what a clause is called: its list, its number, its heading."""
    return f"{line.part[_english()]} {_heading(line)}"


def _heading(line: CheckLine) -> str:
    """Return the heading of a clause, after its number in the report where it has one."""
    heading = line.heading[_english()]
    return f"{line.number} {heading}" if line.number.isdigit() else heading


def _finding_state(one: Finding, on: dt.date) -> tuple[str, str]:
    if one.mended_at is not None:
        return _("改善済み"), "tag--good"
    return (_("期限切れ"), "tag--bad") if one.is_overdue(on) else (_("改善待ち"), "tag--care")


def _line_row(line: CheckLine, names: Mapping[str, str], typed: LineForm | None) -> LineRow:
    english = _english()
    by = line.answered_by or ""
    return LineRow(
        line=line,
        heading=_heading(line),
        does=line.does[english],
        missing=line.missing[english] if line.missing else "",
        register=line.register[english] if line.register else "",
        facts=tuple(_fact(one) for one in line.facts),
        answer=str(ANSWER_LABELS[line.answer]) if line.answer else "",
        answerer=names.get(by, by),
        form=typed or line_form(line),
    )


def _fact(fact: Fact) -> str:
    """Say what the system said; a kind that is no longer there is told by its key."""
    kind = fact_kinds().get(fact.key)
    name = fact.key if kind is None else kind.name[_english()]
    count = _("わからない") if fact.count is None else f"{fact.count:,}"
    last = "" if fact.last_at is None else _(" (最後は%(day)s)") % {"day": civil(civil_date(fact.last_at))}
    return f"{name}: {count}{last}"


def _english() -> int:
    return int(current_language() is Language.EN)
