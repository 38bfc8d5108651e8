"""The inspection of links in words and tables: causes, what was found by system, and what became of it. Counts only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.persons.inspecting import rules
from tasuki.persons.queries.inspection import progress_by_cause
from tasuki.persons.types.cases import INSPECTED_KINDS, Case, CaseState
from tasuki.persons.types.inspection import Cause, InspectionReport
from tasuki.web.presenters.identity import KIND_LABELS, STATE_LABELS, system_names
from tasuki.work.types import Work

CAUSE_LABELS: Final[Mapping[Cause, Promise]] = {
    Cause.FAMILY_NUMBER: gettext_lazy("家族の番号"),
    Cause.SWAPPED: gettext_lazy("二人の番号の入れ替わり"),
    Cause.NEIGHBOUR: gettext_lazy("同じ住所の別の世帯の人"),
    Cause.NAMESAKE: gettext_lazy("同姓同名の別の人"),
    Cause.FEWER_ITEMS: gettext_lazy("四情報より少ない項目での照合"),
    Cause.KEPT_BIRTH: gettext_lazy("誤った生年月日のまま照合"),
    Cause.OTHER_PERSON: gettext_lazy("別の人の登録内容"),
    Cause.SAME_DAY: gettext_lazy("同姓同名・同じ生年月日の人がいて、どちらか決められない"),
    Cause.TYPO_BIRTH: gettext_lazy("生年月日だけが違う"),
    Cause.TYPO_SEX: gettext_lazy("性別だけが違う"),
    Cause.SOMEBODY_ELSE: gettext_lazy("違う項目が多く、誰のことか分からない"),
    Cause.REGISTER_GONE: gettext_lazy("住民記録に内容がなくなった"),
    Cause.TWICE: gettext_lazy("住民記録の人と同じ人"),
    Cause.TWICE_IN_REGISTER: gettext_lazy("住民記録に同じ内容の人が二人"),
    Cause.BEHIND_MOVE: gettext_lazy("転居が反映されていない"),
    Cause.BEHIND_NAME: gettext_lazy("氏名の変更が反映されていない"),
    Cause.READING: gettext_lazy("フリガナの違い"),
    Cause.SPELLING: gettext_lazy("漢字の書き違い"),
    Cause.TOO_LITTLE: gettext_lazy("項目が足りず、言い切れない"),
    Cause.UNREGISTERED: gettext_lazy("住登外者（比べる住民記録がない）"),
}


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One cause in one system: how many now, and where the cases of it stand."""

    system: str
    cause: Promise
    kind: str
    found: int
    states: tuple[int, ...]
    address: str

    @property
    def cells(self) -> list[str]:
        """The row as text, for a list on paper or a file."""
        return [self.system, self.kind, str(self.cause), str(self.found), *(str(count) for count in self.states)]


#: Where cases of an inspection may stand, in the order of the table.
STATES: Final = (CaseState.OPEN, CaseState.PROPOSED, CaseState.DECIDED, CaseState.SENT_BACK, CaseState.SUPERSEDED)


def table_head() -> list[str]:
    """Return the head of the table of what was found."""
    return [
        _("業務システム"),
        _("扱い"),
        _("考えられる原因"),
        _("今回の件数"),
        *(str(STATE_LABELS[one]) for one in STATES),
    ]


def queued_rows(report: InspectionReport) -> list[FoundRow]:
    """Return what was found and put into the queue, by system and cause."""
    progress = progress_by_cause()
    found = {(system, cause) for system, some in report.counts.items() for cause in some} | set(progress)
    return [
        FoundRow(
            system=system_names().get(system, system),
            cause=CAUSE_LABELS[cause],
            kind=str(KIND_LABELS[kind]),
            found=report.counts.get(system, {}).get(cause, 0),
            states=tuple(progress.get((system, cause), {}).get(state, 0) for state in STATES),
            address=f"{reverse('index-cases')}?kind={kind.value}",
        )
        for system, cause in sorted(found, key=_in_order)
        if (kind := rules().causes[cause].kind) is not None
    ]


def counted_rows(report: InspectionReport) -> list[FoundRow]:
    """Return what was found and only counted, by system and cause."""
    found = [(system, cause) for system, some in report.counts.items() for cause in some]
    return [
        FoundRow(system_names().get(system, system), CAUSE_LABELS[cause], _("数えるだけ"),
                 report.counts[system][cause], (), "")
        for system, cause in sorted(found, key=_in_order)
        if rules().causes[cause].kind is None
    ]  # fmt: skip


def _in_order(one: tuple[str, Cause]) -> tuple[str, int]:
    return one[0], list(Cause).index(one[1])


def statement_rows(report: InspectionReport) -> Sequence[tuple[str, int]]:
    """Return how many statements of each system were looked at."""
    named = system_names()
    return [(named.get(system, system), count) for system, count in report.statements.items()]


def cause_of(case: Case) -> Promise | str:
    """Return the likely cause of a case that an inspection opened, in words; empty for any other."""
    return CAUSE_LABELS[Cause(case.subject["cause"])] if case.kind in INSPECTED_KINDS else ""


def inspection_summary(work: Work) -> str:
    """Say what an inspection came to."""
    counted = {name: f"{work.outcome[name]:,}" for name in ("statements", "opened", "standing", "stopped")}
    return (
        _("%(statements)s件の登録を点検し、%(opened)s件を要確認にしました。%(stopped)s人の情報提供を止めました。")
        % counted
    )
