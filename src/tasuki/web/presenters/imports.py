"""An import, its problems and its rows in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme, Severity
from tasuki.screening.import_types import ProblemRow, RowAct, RowChange, RowCounts, RowState, RuleCount
from tasuki.screening.matching import IDENTITY_RULES
from tasuki.screening.types import Batch, BatchState, ImportProblem, Origin
from tasuki.web.presenters.programmes import ProgrammeView, programme_view

_ROW_STATES: Final[Mapping[RowState, tuple[Promise, str]]] = {
    RowState.OPEN: (gettext_lazy("確認待ち"), "care"),
    RowState.READY: (gettext_lazy("取り込める"), "good"),
    RowState.STORED: (gettext_lazy("取込済み"), "good"),
    RowState.IGNORED: (gettext_lazy("取り込まない"), ""),
    RowState.SENT_BACK: (gettext_lazy("差し戻し"), ""),
}
_ACTS: Final[Mapping[RowAct, Promise]] = {
    RowAct.FIXED: gettext_lazy("直した"),
    RowAct.ACCEPTED: gettext_lazy("注意を認めた"),
    RowAct.MATCHED: gettext_lazy("住民を決めた"),
    RowAct.IGNORED: gettext_lazy("取り込まないことにした"),
    RowAct.SENT_BACK: gettext_lazy("差し戻した"),
    RowAct.REOPENED: gettext_lazy("確認待ちに戻した"),
    RowAct.STORED: gettext_lazy("取り込んだ"),
    RowAct.REFUSED: gettext_lazy("取り込むときに直すところが見つかった"),
}
_ORIGINS: Final[Mapping[Origin, Promise]] = {
    Origin.SCREEN: gettext_lazy("画面から"),
    Origin.COMMAND: gettext_lazy("コマンドから"),
    Origin.DROP: gettext_lazy("受け取りフォルダーから"),
}


@dataclass(frozen=True, slots=True)
class BatchView:
    """One import as lists and its page show it."""

    batch_id: UUID
    file_name: str
    sha256: str
    sender: str
    version: int | None
    origin: str
    programme: ProgrammeView | None
    state: str
    tone: str
    total: int
    good: int
    warned: int
    bad: int
    stored: int
    previewed_at: datetime
    committed_at: datetime | None
    closed_at: datetime | None
    closed_reason: str
    is_open: bool
    is_unreadable: bool
    is_committed: bool
    may_undo: bool
    may_discard: bool


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem: where, what, why, what next."""

    line: int
    field: str
    rule: str
    is_error: bool
    message: str
    remedy: str
    value: str


@dataclass(frozen=True, slots=True)
class CountView:
    """One number of an import, and the filter that lists its rows."""

    label: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class CountsView:
    """The numbers of an import, and how many rows a commit would store or leave."""

    can_go_in: int
    left: int
    shown: tuple[CountView, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule that rows break: how often, and what can be done about all of them at once."""

    rule: str
    is_error: bool
    open_rows: int
    rows: int
    message: str
    query: str
    is_of_identity: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """A row in a list: its problems, and what became of it."""

    line: int
    state: str
    tone: str
    is_open: bool
    is_aside: bool
    is_stored: bool
    has_errors: bool
    who: str
    problems: tuple[ProblemView, ...]
    needs_person: bool


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One thing that was done with a row."""

    act: str
    changed_at: datetime
    changed_by: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class ChosenRows:
    """Which rows of an import are listed."""

    show: str
    state: RowState | None
    has_errors: bool | None
    rule: str
    line: int | None

    def query(self) -> str:
        """Return the address's part that lists the same rows."""
        return urlencode({"show": self.show, "rule": self.rule, "line": self.line or ""})


_SHOWN: Final[Mapping[str, tuple[RowState | None, bool | None]]] = {
    "": (None, None),
    "fix": (RowState.OPEN, True),
    "accept": (RowState.OPEN, False),
    "ready": (RowState.READY, None),
    "ignored": (RowState.IGNORED, None),
    "sent-back": (RowState.SENT_BACK, None),
    "stored": (RowState.STORED, None),
}


def chosen_rows(asked: Mapping[str, str]) -> ChosenRows:
    """Read which rows an address asks for; what it does not know it passes over."""
    show = asked.get("show", "")
    state, has_errors = _SHOWN.get(show, (None, None))
    line = asked.get("line", "")
    number = int(line) if line.isascii() and line.isdigit() and len(line) < 10 else None
    rule = asked.get("rule", "")
    return ChosenRows(show if show in _SHOWN else "", state, has_errors, rule if rule.isidentifier() else "", number)


def batch_view(batch: Batch, language: Language) -> BatchView:
    """Return an import in words."""
    label, tone = _state(batch.state)
    return BatchView(
        batch_id=batch.batch_id,
        file_name=batch.file_name,
        sha256=batch.sha256,
        sender=batch.mapping_name,
        version=batch.mapping_version,
        origin=str(_ORIGINS[batch.origin]),
        programme=programme_view(Programme(batch.programme), language) if batch.programme else None,
        state=label,
        tone=tone,
        total=batch.total_rows,
        good=batch.good_rows,
        warned=batch.warned_rows,
        bad=batch.bad_rows,
        stored=batch.stored_rows,
        previewed_at=batch.previewed_at,
        committed_at=batch.committed_at,
        closed_at=batch.closed_at,
        closed_reason=batch.closed_reason,
        is_open=batch.state in (BatchState.PREVIEWED, BatchState.COMMITTED),
        is_unreadable=batch.state is BatchState.UNREADABLE,
        is_committed=batch.state is BatchState.COMMITTED,
        may_undo=batch.state is BatchState.COMMITTED,
        may_discard=batch.state is BatchState.PREVIEWED,
    )


def _state(state: BatchState) -> tuple[str, str]:
    """Return the word for a state, and the tone of its tag."""
    words = {
        BatchState.PREVIEWED: (_("確認待ち"), "care"),
        BatchState.COMMITTED: (_("取込済み"), "good"),
        BatchState.UNDONE: (_("取り消した"), "bad"),
        BatchState.DISCARDED: (_("取り込まなかった"), ""),
        BatchState.UNREADABLE: (_("読み取れない"), "bad"),
    }
    return words[state]


def state_label(state: BatchState) -> str:
    """Return the word for a state of an import."""
    return _state(state)[0]


def counts_view(batch: Batch, counts: RowCounts) -> CountsView:
    """Return the numbers of an import, each with the filter that lists its rows."""
    shown = [
        (_("直す行"), counts.to_fix, "fix"),
        (_("注意を認める行"), counts.to_accept, "accept"),
        (_("直して取り込める行"), counts.ready, "ready"),
        (_("取り込まない行"), counts.ignored, "ignored"),
        (_("差し戻す行"), counts.sent_back, "sent-back"),
    ]
    is_open = batch.state in (BatchState.PREVIEWED, BatchState.COMMITTED)
    return CountsView(
        can_go_in=counts.can_go_in if is_open else 0,
        left=counts.to_fix + counts.to_accept,
        shown=tuple(CountView(label, count, f"show={show}") for label, count, show in shown),
    )


def rule_view(count: RuleCount, language: Language) -> RuleView:
    """Return how often a rule is broken, in the words of the first time."""
    return RuleView(
        rule=count.rule,
        is_error=count.is_error,
        open_rows=count.open_rows,
        rows=count.rows,
        message=count.message_ja if language is Language.JA else count.message_en,
        query=urlencode({"rule": count.rule}),
        is_of_identity=count.rule in IDENTITY_RULES,
    )


def problem_view(problem: ImportProblem, language: Language) -> ProblemView:
    """Return a problem in the language of the screen."""
    japanese = language is Language.JA
    return ProblemView(
        line=problem.line,
        field=problem.field,
        rule=problem.rule,
        is_error=problem.severity is Severity.ERROR,
        message=problem.message_ja if japanese else problem.message_en,
        remedy=problem.remedy_ja if japanese else problem.remedy_en,
        value=problem.value,
    )


def row_views(found: Sequence[ProblemRow], batch: Batch, language: Language) -> list[RowView]:
    """Return rows in words."""
    return [row_view(row, batch, language) for row in found]


def row_view(row: ProblemRow, batch: Batch, language: Language) -> RowView:
    """Return a row in words."""
    label, tone = _ROW_STATES[row.state]
    problems = tuple(problem_view(problem, language) for problem in row.problems)
    return RowView(
        line=row.line,
        state=str(label),
        tone=tone,
        is_open=row.state is RowState.OPEN,
        is_aside=row.state in (RowState.IGNORED, RowState.SENT_BACK),
        is_stored=row.state is RowState.STORED,
        has_errors=row.has_errors,
        who=" ".join(row.cells[:2]) if len(row.cells) == len(batch.header) else "",
        problems=problems,
        needs_person=any(problem.rule in IDENTITY_RULES for problem in problems),
    )


def change_view(change: RowChange, header: Sequence[str], person_name: str) -> ChangeView:
    """Return what was done with a row: which cells said what before, or what was decided."""
    changes: list[tuple[str, str, str]] = []
    if change.act is RowAct.FIXED and isinstance(change.before, list) and isinstance(change.after, list):
        if len(change.before) == len(change.after) == len(header):
            pairs = zip(header, change.before, change.after, strict=True)
            changes = [(name, old, new) for name, old, new in pairs if old != new]
        else:
            changes = [(_("行全体"), ",".join(change.before), ",".join(change.after))]
    note = ""
    if change.act is RowAct.MATCHED and isinstance(change.after, dict):
        note = f"{change.after['person']} {', '.join(item_words(change.after['agreeing']))}"
    return ChangeView(str(_ACTS[change.act]), change.changed_at, person_name, change.reason, tuple(changes), note)


def item_words(names: Sequence[str]) -> list[str]:
    """Return what the items are called by which a resident is found."""
    words = {
        "kana": _("フリガナが一致"),
        "birth_date": _("生年月日が一致"),
        "sex": _("性別が一致"),
        "name": _("氏名が一致"),
        "address": _("住所が一致"),
    }
    return [words[name] for name in names if name in words]
