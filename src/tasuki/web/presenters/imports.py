"""An import and its problems in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme, Severity
from tasuki.screening.types import Batch, BatchState, ImportProblem
from tasuki.web.presenters.programmes import ProgrammeView, programme_view


@dataclass(frozen=True, slots=True)
class BatchView:
    """One import as lists and its page show it."""

    batch_id: UUID
    file_name: str
    sha256: str
    sender: str
    programme: ProgrammeView
    state: str
    tone: str
    total: int
    good: int
    warned: int
    bad: int
    previewed_at: datetime
    committed_at: datetime | None
    closed_at: datetime | None
    closed_reason: str
    may_commit: bool
    may_undo: bool
    may_discard: bool


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem: where, what, why, what next."""

    line: int
    field: str
    is_error: bool
    message: str
    remedy: str
    value: str


def batch_view(batch: Batch, language: Language) -> BatchView:
    """Return an import in words."""
    label, tone = _state(batch.state)
    return BatchView(
        batch_id=batch.batch_id,
        file_name=batch.file_name,
        sha256=batch.sha256,
        sender=batch.mapping_name,
        programme=programme_view(Programme(batch.programme), language),
        state=label,
        tone=tone,
        total=batch.total_rows,
        good=batch.good_rows,
        warned=batch.warned_rows,
        bad=batch.bad_rows,
        previewed_at=batch.previewed_at,
        committed_at=batch.committed_at,
        closed_at=batch.closed_at,
        closed_reason=batch.closed_reason,
        may_commit=batch.state is BatchState.PREVIEWED and batch.good_rows > 0,
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
    }
    return words[state]


def problem_view(problem: ImportProblem, language: Language) -> ProblemView:
    """Return a problem in the language of the screen."""
    japanese = language is Language.JA
    return ProblemView(
        line=problem.line,
        field=problem.field,
        is_error=problem.severity is Severity.ERROR,
        message=problem.message_ja if japanese else problem.message_en,
        remedy=problem.remedy_ja if japanese else problem.remedy_en,
        value=problem.value,
    )
