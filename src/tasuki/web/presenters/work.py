"""Long work in words: what it is called, how far it is, and where to look when it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.permissions import Permission
from tasuki.web.presenters.import_work import commit_summary, import_address, preview_summary
from tasuki.web.presenters.inquiry_files import inquiry_file_address, inquiry_file_summary
from tasuki.web.presenters.inspection import inspection_summary
from tasuki.web.presenters.invitation_words import invitations_address, invitations_summary
from tasuki.web.presenters.link import reconcile_address, reconcile_summary
from tasuki.web.presenters.movers import movers_summary
from tasuki.web.presenters.packs import pack_summary
from tasuki.web.presenters.people_files import check_summary, file_address, register_summary
from tasuki.work.types import OutputFacts, Work, WorkState

Summary = Callable[[Work], str]


@dataclass(frozen=True, slots=True)
class WorkKind:
    """How one kind of work is shown. `permission` is what asking for it took, and what its files take.

    `summary` words the outcome; `address` gives where to go on, or an empty text.
    """

    label: Promise
    permission: Permission
    summary: Summary = lambda _work: ""
    address: Callable[[Work], str] = lambda _work: ""
    is_in_parts: bool = False
    """Whether what was done before an end in the middle stays done."""


@dataclass(frozen=True, slots=True)
class WorkView:
    """One piece of work as lists and its page show it."""

    work_id: UUID
    label: Promise | str
    state: str
    tone: str
    is_over: bool
    is_running: bool
    is_done: bool
    done: int
    total: int
    percent: int
    note: str
    asked_at: datetime
    ended_at: datetime | None
    address: str
    may_cancel: bool
    is_stopping: bool
    outputs: tuple[OutputFacts, ...] = ()


def export_summary(work: Work) -> str:
    """Say how much evidence was written."""
    counted = {"records": f"{work.outcome['records']:,}", "peers": work.outcome["peers"]}
    return _("証跡%(records)s件と、預かっている%(peers)s者の署名を書き出しました。") % counted


def letters_summary(work: Work) -> str:
    """Say how many letters were made, and how many people a clerk must handle by hand."""
    left_out = work.outcome["left_out"]
    counted = {
        "letters": f"{work.outcome['letters']:,}",
        "left": f"{len(left_out) if isinstance(left_out, list) else 0:,}",
    }
    if not left_out:
        return _("%(letters)s通を作りました。外した人はいません。") % counted
    return (
        _("%(letters)s通を作りました。%(left)s人は外しました。「結果を見る」で理由を確かめ、一人ずつ対応してください。")
        % counted
    )


#: Every kind that `jobs.works` does.
KINDS: Final[Mapping[str, WorkKind]] = {
    "import_preview": WorkKind(
        gettext_lazy("結果ファイルを確かめる"), Permission.IMPORT_RESULTS, preview_summary, import_address
    ),
    "import_commit": WorkKind(
        gettext_lazy("結果を取り込む"), Permission.IMPORT_RESULTS, commit_summary, import_address
    ),
    "invitations_freeze": WorkKind(
        gettext_lazy("対象者名簿の作成"), Permission.MANAGE_INVITATIONS, invitations_summary, invitations_address
    ),
    "invitations_coupons": WorkKind(
        gettext_lazy("受診券の一括発行"), Permission.MANAGE_INVITATIONS, invitations_summary, invitations_address
    ),
    "invitations_reminders": WorkKind(
        gettext_lazy("受診勧奨の一括作成"), Permission.MANAGE_INVITATIONS, invitations_summary, invitations_address
    ),
    "invitations_print": WorkKind(
        gettext_lazy("対象者名簿の印刷"),
        Permission.MANAGE_INVITATIONS,
        lambda work: _("%(targets)s件を印刷用のファイルにしました。") % {"targets": f"{work.outcome['targets']:,}"},
    ),
    "people_check": WorkKind(
        gettext_lazy("宛名登録ファイルを確かめる"), Permission.CHANGE_INDEX, check_summary, file_address
    ),
    "people_register": WorkKind(
        gettext_lazy("宛名の登録"), Permission.CHANGE_INDEX, register_summary, file_address, is_in_parts=True
    ),
    "reconcile": WorkKind(
        gettext_lazy("正本・統合宛名・副本の突合"), Permission.MEND_LINK, reconcile_summary, reconcile_address
    ),
    "inquiry_file": WorkKind(
        gettext_lazy("照会ファイルの照会"), Permission.INQUIRE, inquiry_file_summary, inquiry_file_address
    ),
    "movers": WorkKind(
        gettext_lazy("転入者の照会"), Permission.INQUIRE, movers_summary, lambda _work: reverse("movers")
    ),
    "inspect_links": WorkKind(
        gettext_lazy("宛名の総点検"),
        Permission.CHANGE_INDEX,
        inspection_summary,
        lambda _work: reverse("index-inspection"),
    ),
    "evidence_export": WorkKind(gettext_lazy("証跡の書出し"), Permission.EXPORT_EVIDENCE, export_summary),
    "inspection_pack": WorkKind(
        gettext_lazy("検査用の証拠一式"), Permission.EXPORT_EVIDENCE, pack_summary, lambda _work: reverse("packs")
    ),
    "eligibility": WorkKind(
        gettext_lazy("対象者の計算"),
        Permission.MANAGE_ELIGIBILITY,
        lambda work: _("%(people)s人の対象を計算しました。") % {"people": f"{work.outcome['people']:,}"},
        lambda work: f"{reverse('due')}?year={work.parameters['fiscal_year']}",
    ),
    "result_notices": WorkKind(
        gettext_lazy("結果通知の作成"),
        Permission.PRINT_LETTERS,
        letters_summary,
        lambda work: reverse("followup-left-out", args=[work.work_id]) if work.outcome["left_out"] else "",
    ),
    "further_tests": WorkKind(
        gettext_lazy("再検査・追跡検査の案内の作成"),
        Permission.PRINT_LETTERS,
        letters_summary,
        lambda work: reverse("followup-left-out", args=[work.work_id]) if work.outcome["left_out"] else "",
    ),
    "detail_reminders": WorkKind(
        gettext_lazy("精密検査の勧奨の作成"),
        Permission.PRINT_LETTERS,
        letters_summary,
        lambda work: reverse("followup-left-out", args=[work.work_id]) if work.outcome["left_out"] else "",
    ),
}

_STATES: Final[Mapping[WorkState, tuple[Promise, str]]] = {
    WorkState.WAITING: (gettext_lazy("順番待ち"), ""),
    WorkState.RUNNING: (gettext_lazy("処理中"), "care"),
    WorkState.DONE: (gettext_lazy("終わりました"), "good"),
    WorkState.CANCELLED: (gettext_lazy("中止しました"), ""),
    WorkState.FAILED: (gettext_lazy("失敗しました"), "bad"),
}


def work_view(work: Work, outputs: tuple[OutputFacts, ...] = ()) -> WorkView:
    """Return work in words."""
    kind = KINDS[work.kind]
    label, tone = _STATES[work.state]
    is_stopping = work.cancel_asked_at is not None and not work.state.is_over
    return WorkView(
        work_id=work.work_id,
        label=kind.label,
        state=_("中止しています") if is_stopping else str(label),
        tone=tone,
        is_over=work.state.is_over,
        is_running=work.state is WorkState.RUNNING,
        is_done=work.state is WorkState.DONE,
        done=work.done,
        total=work.total,
        percent=work.percent,
        note=_note(work, kind),
        asked_at=work.asked_at,
        ended_at=work.ended_at,
        address=kind.address(work) if work.state is WorkState.DONE else "",
        may_cancel=not work.state.is_over and not is_stopping,
        is_stopping=is_stopping,
        outputs=outputs,
    )


def _note(work: Work, kind: WorkKind) -> str:
    match work.state:
        case WorkState.DONE:
            return kind.summary(work)
        case WorkState.FAILED | WorkState.CANCELLED if kind.is_in_parts:
            return _("途中までの登録は残っています。同じファイルをもう一度登録すると、残りだけが登録されます。")
        case WorkState.FAILED:
            return _(
                "何も変わっていません。もう一度試してください。続くときは、この画面の番号をシステム管理者に知らせてください。"
            )
        case WorkState.CANCELLED:
            return _("途中までの変更はすべて元に戻しました。")
        case _:
            return ""
