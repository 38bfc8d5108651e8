"""Files of people in words: where each stands, what was found in it, and what came of registering it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.jobs.people_files import KEPT
from tasuki.linkage.register.reading import HEADERS
from tasuki.persons.types.files import FileProblem, PeopleFile, PeopleFileState
from tasuki.web.presenters.identity import system_names
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work.types import Work, WorkState

#: The columns a file may have; the first two must be there.
COLUMNS: Final = tuple(
    HEADERS[name]
    for name in (
        "system_person_number", "name", "individual_number", "kana_name", "birth_date", "sex", "postal_code", "address",
        "household_number",
    )
)  # fmt: skip
_STATES: Final[Mapping[PeopleFileState, tuple[Promise, str]]] = {
    PeopleFileState.RECEIVED: (gettext_lazy("確かめています"), "care"),
    PeopleFileState.CHECKED: (gettext_lazy("登録を待っています"), "care"),
    PeopleFileState.UNREADABLE: (gettext_lazy("読み取れません"), "bad"),
    PeopleFileState.REGISTERED: (gettext_lazy("登録しました"), "good"),
    PeopleFileState.DISCARDED: (gettext_lazy("登録せず消しました"), ""),
    PeopleFileState.EXPIRED: (gettext_lazy("期限が過ぎて消しました"), ""),
}


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as lists and its page show it."""

    file_id: UUID
    file_name: str
    system: str
    state: str
    tone: str
    received_at: datetime
    deleted_at: datetime
    ended_at: datetime | None
    work_id: UUID | None
    is_kept: bool
    is_running: bool
    may_register: bool
    lines: int
    sound_lines: int
    problem_lines: int
    is_unreadable: bool
    was_stopped: bool


def file_view(file: PeopleFile, work: Work | None) -> FileView:
    """Return a file in words; `work` is what was asked for about it last."""
    label, tone = _STATES[file.state]
    is_kept = file.ended_at is None
    is_running = is_kept and work is not None and not work.state.is_over
    findings = file.findings
    return FileView(
        file_id=file.file_id,
        file_name=file.file_name,
        system=system_names().get(file.system, file.system),
        state=_state(file, str(label), is_running=is_running),
        tone=tone,
        received_at=file.received_at,
        deleted_at=file.received_at + KEPT + timedelta(minutes=5),
        ended_at=file.ended_at,
        work_id=file.work_id,
        is_kept=is_kept,
        is_running=is_running,
        may_register=file.state is PeopleFileState.CHECKED
        and not is_running
        and bool(findings and findings.sound_lines),
        lines=findings.lines if findings else 0,
        sound_lines=findings.sound_lines if findings else 0,
        problem_lines=findings.problem_lines if findings else 0,
        is_unreadable=file.state is PeopleFileState.UNREADABLE,
        was_stopped=file.state is PeopleFileState.CHECKED
        and work is not None
        and work.state in (WorkState.CANCELLED, WorkState.FAILED),
    )


def _state(file: PeopleFile, label: str, *, is_running: bool) -> str:
    if file.state is PeopleFileState.CHECKED and is_running:
        return _("登録しています")
    if file.state is PeopleFileState.RECEIVED and not is_running:
        return _("確かめる途中で止まりました")
    return label


def problem_text(problem: FileProblem) -> str:
    """Say what is wrong, and what to do."""
    return problem.en if current_language() == "en" else problem.ja


def problem_views(file: PeopleFile) -> list[tuple[int, str, str]]:
    """Return line, column and reason of each problem that is shown."""
    problems = file.findings.problems if file.findings else ()
    return [(one.line, one.field, problem_text(one)) for one in problems]


def check_summary(work: Work) -> str:
    """Say what was found in a file."""
    if work.outcome.get("gone"):
        return _("ファイルがもうありません。もう一度選んでください。")
    if not work.outcome["lines"]:
        return _("ファイルを読み取れませんでした。")
    counted = {"lines": f"{work.outcome['lines']:,}", "problems": f"{work.outcome['problem_lines']:,}"}
    return _("%(lines)s行を読み取りました。登録できない行は%(problems)s行です。") % counted


def register_summary(work: Work) -> str:
    """Say what registering a file did."""
    if work.outcome.get("registered"):
        return _("登録は終わっています。途中で処理が止まったため、行ごとの結果のファイルはありません。")
    if work.outcome.get("gone"):
        return _("ファイルがもうありません。もう一度選んでください。")
    counted = {name: f"{work.outcome[name]:,}" for name in ("linked", "numbered", "unchanged", "cases", "problems")}
    return (
        _(
            "一致 %(linked)s人、新しい番号 %(numbered)s人、変更なし %(unchanged)s人、要確認 %(cases)s人、"
            "登録できない行 %(problems)s行。行ごとの結果はファイルで受け取れます。"
        )
        % counted
    )


def file_address(work: Work) -> str:
    """Lead to the file."""
    return reverse("people-file", args=[work.outcome["file"]])
