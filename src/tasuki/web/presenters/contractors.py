"""Contractors' works, handlers and passages in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.accounts.types import Member
from tasuki.contractors import queries
from tasuki.contractors.models import Attendance, DeletionCertificate, Passage, Work, WorkStep
from tasuki.contractors.rules import Words, lacks, work_table
from tasuki.contractors.types import Cause, HandlerRow, Lack, PassageKind, Problem, WorkState
from tasuki.layouts.render import Language
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.web.presenters.tiles import Tile, to_do
from tasuki.web.templatetags.tasuki import civil, current_language, moment

LACK_LABELS: Final[Mapping[Lack, Promise]] = {
    Lack.CONTRACT_NOT_RUNNING: gettext_lazy("契約の期間外"),
    Lack.NO_SUPERVISOR: gettext_lazy("取扱責任者がいない"),
    Lack.NOT_YET_DESIGNATED: gettext_lazy("指定の日の前"),
    Lack.ENDED: gettext_lazy("指定が終わった"),
    Lack.NO_PLEDGE: gettext_lazy("誓約書がない"),
    Lack.NOT_TRAINED: gettext_lazy("この年度の教育を受けていない"),
}
KIND_LABELS: Final[Mapping[PassageKind, Promise]] = {
    PassageKind.ENTRY: gettext_lazy("入退室"),
    PassageKind.DEVICE: gettext_lazy("持込み機器"),
    PassageKind.MEDIUM: gettext_lazy("媒体の貸出し"),
    PassageKind.KEY: gettext_lazy("鍵の貸出し"),
}
PROBLEM_WORDS: Final[Mapping[Problem, Promise]] = {
    Problem.NOT_NOW: gettext_lazy("いまはできません。ほかの人が先に進めたか、時間が過ぎています。"),
    Problem.SAME_PERSON: gettext_lazy("申請・審査・報告・検査は、それぞれ別の人が行います。ほかの人に頼んでください。"),
    Problem.NOT_THEIRS: gettext_lazy("取り下げられるのは、申請した人だけです。"),
    Problem.OUTSIDE_WINDOW: gettext_lazy(
        "承認された時間の外か、あなたのログインが終わっています。時間を確かめてください。"
    ),
    Problem.NOBODY_MAY_WORK: gettext_lazy(
        "作業できる人がいません。従事者の欄の理由を見て、誓約書や教育の記録を補ってください。"
    ),
    Problem.ATTENDED_ELSEWHERE: gettext_lazy(
        "従事者が、ほかの作業で立会いを受けています。その立会いが終わってから始めてください。"
    ),
    Problem.STILL_ATTENDED: gettext_lazy("立会いが続いています。終えてから進めてください。"),
    Problem.STILL_OUT: gettext_lazy(
        "退室・返却の済んでいない人や物があります。この作業の記録を終えてから検査してください。"
    ),
    Problem.ACCOUNT_UNFIT: gettext_lazy("委託先の役割の、終わっていない利用者のIDを入れてください。"),
    Problem.NO_SUCH_HANDLER: gettext_lazy("取扱者の台帳に載っている、指定の終わっていない人を選んでください。"),
    Problem.NOT_THEIR_WORK: gettext_lazy("その委託先の作業ではありません。委託先と作業を選び直してください。"),
    Problem.KEPT_ALREADY: gettext_lazy("同じ契約番号か社員番号、または利用者が、もう台帳にあります。"),
}
_TONES: Final = {
    WorkState.REQUESTED: "tag--care",
    WorkState.REVIEWED: "tag--care",
    WorkState.APPROVED: "tag--good",
    WorkState.REPORTED: "tag--care",
    WorkState.SENT_BACK: "tag--bad",
    WorkState.PASSED: "tag--good",
    WorkState.REFUSED: "tag--bad",
}


def in_words(words: Words) -> str:
    """Return one of the table's words in the reader's language."""
    return words.en if current_language() is Language.EN else words.ja


def state_words(state: WorkState) -> str:
    """Return what a state is called."""
    return in_words(work_table().states[state])


def window_words(one: Work) -> str:
    """Return the time within which a work may be done."""
    return f"{moment(one.starts_at)} – {moment(one.ends_at)}"


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One work as the list shows it."""

    one: Work
    state: str
    tone: str
    window: str
    asker: str
    reviewers: tuple[str, ...]

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            one.work_id, self.state, one.firm.name, one.firm.contract, one.what, one.why, one.place, one.data,
            one.devices, moment(one.starts_at), moment(one.ends_at), self.asker, moment(one.requested_at),
            *(*self.reviewers, "", "")[:2], moment(one.reported_at), moment(one.inspected_at),
        ]  # fmt: skip


def works_head() -> list[str]:
    """Return the head of the list of works as a file."""
    return [
        _("管理番号"), _("状態"), _("委託先"), _("契約番号"), _("作業の内容"), _("目的"), _("場所"), _("扱うデータ"),
        _("使う機器"), _("始まり"), _("終わり"), _("申請した人"), _("申請の日時"), _("一人目の審査"),
        _("二人目の審査"), _("報告の日時"), _("検査の日時"),
    ]  # fmt: skip


def work_rows(found: Sequence[Work]) -> list[WorkRow]:
    """Return works in words, staff by their names."""
    actors = {actor for one in found for actor in (one.requested_by, one.first_by, one.second_by) if actor}
    names, at = names_of_staff(actors), runtime.now()
    return [_work_row(one, names, at) for one in found]


def _work_row(one: Work, names: Mapping[str, str], at: dt.datetime) -> WorkRow:
    state = WorkState(one.state)
    waits = (WorkState.REQUESTED, WorkState.REVIEWED, WorkState.APPROVED)
    is_lapsed = state in waits and at >= one.ends_at
    reviewers = tuple(names.get(by, by) for by in (one.first_by, one.second_by) if by)
    return WorkRow(
        one,
        _("時間切れ(行われなかった)") if is_lapsed else state_words(state),
        "" if is_lapsed else _TONES.get(state, ""),
        window_words(one),
        names.get(one.requested_by, one.requested_by),
        reviewers,
    )


@dataclass(frozen=True, slots=True)
class HandlerWords:
    """One handler as a list shows them, with why they may not work."""

    one: HandlerRow
    reasons: tuple[str, ...]

    @property
    def may_work(self) -> bool:
        """Whether nothing stands against their work."""
        return not self.reasons

    @property
    def duty(self) -> str:
        """What they were designated as."""
        return _("取扱責任者") if self.one.is_supervisor else _("取扱者")

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one, standing = self.one, self.one.standing
        return [
            one.firm, one.name, one.employee_number, self.duty, one.username, standing.designated_on.isoformat(),
            _day(standing.ended_on), _day(standing.pledged_on), one.pledge_document, _day(one.trained_on),
            " ".join(map(str, sorted(set(standing.trained_years)))),
            _("作業できる") if self.may_work else " / ".join(self.reasons),
        ]  # fmt: skip


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def handlers_head() -> list[str]:
    """Return the head of the register of handlers as a file."""
    return [
        _("委託先"), _("氏名"), _("社員番号"), _("役目"), _("利用者のID"), _("指定の日"), _("指定が終わった日"),
        _("誓約の日"), _("誓約書の番号"), _("最後の教育の日"), _("教育の年度"), _("作業できるか"),
    ]  # fmt: skip


def handler_words(found: Sequence[HandlerRow], on: dt.date) -> list[HandlerWords]:
    """Return handlers with why they may not work on a day."""
    return [HandlerWords(one, tuple(str(LACK_LABELS[lack]) for lack in lacks(one.standing, on))) for one in found]


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step of a work: when, what, who."""

    at: dt.datetime
    cause: str
    by: str
    note: str


def step_words(found: Sequence[WorkStep]) -> list[StepWords]:
    """Return the steps of a work in words."""
    names, table = names_of_staff({one.by for one in found}), work_table()
    return [
        StepWords(one.at, in_words(table.causes[Cause(one.cause)]), names.get(one.by, one.by), one.note)
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class AttendanceWords:
    """One attendance: who was present, from when until when, for whom."""

    one: Attendance
    by: str
    handlers: tuple[str, ...]
    is_open: bool
    ended: str


def attendance_words(found: Sequence[Attendance]) -> list[AttendanceWords]:
    """Return who was present at a work, in words."""
    names, at = names_of_staff({one.begun_by for one in found}), runtime.now()
    return [_attendance(one, names, at) for one in found]


def _attendance(one: Attendance, names: Mapping[str, str], at: dt.datetime) -> AttendanceWords:
    is_open = one.ended_at is None and at < one.until and one.sign_in.stands(at)
    if one.ended_at is not None:
        ended = moment(one.ended_at)
    elif is_open:
        ended = _("立会い中")
    else:
        ended = _("自動で終わった(時間切れ、またはログインの終わり)")
    handlers = tuple(handler.name for handler in one.handlers.all())
    return AttendanceWords(one, names.get(one.begun_by, one.begun_by), handlers, is_open, ended)


@dataclass(frozen=True, slots=True)
class PassageRow:
    """One entry, device, medium or key."""

    one: Passage
    kind: str
    by: str
    ended_by: str
    is_overdue: bool

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            self.kind, one.handler.firm.name, one.handler.name, one.label, one.purpose, moment(one.begun_at), self.by,
            moment(one.due_at), moment(one.ended_at), self.ended_by, one.ended_note,
        ]  # fmt: skip


def passages_head() -> list[str]:
    """Return the head of the register of entries, devices, media and keys as a file."""
    return [
        _("種類"), _("委託先"), _("氏名"), _("場所・番号"), _("目的"), _("始まり"), _("認めた人"), _("期限"),
        _("退室・返却"), _("確かめた人"), _("確かめ方"),
    ]  # fmt: skip


def passage_rows(found: Sequence[Passage]) -> list[PassageRow]:
    """Return entries, devices, media and keys in words."""
    names, at = names_of_staff({by for one in found for by in (one.begun_by, one.ended_by) if by}), runtime.now()
    return [
        PassageRow(
            one,
            str(KIND_LABELS[PassageKind(one.kind)]),
            names.get(one.begun_by, one.begun_by),
            names.get(one.ended_by or "", one.ended_by or ""),
            one.ended_at is None and at >= one.due_at,
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate of deletion."""

    one: DeletionCertificate
    state: str
    tone: str
    receiver: str
    inspector: str
    may_inspect: bool

    @property
    def cells(self) -> list[object]:
        """The row as text for a file."""
        one = self.one
        return [
            one.certificate_id, self.state, one.firm.name, one.firm.contract, "" if one.work is None else one.work.what,
            one.what, one.method, one.deleted_on.isoformat(), one.document, moment(one.received_at), self.receiver,
            moment(one.inspected_at), self.inspector, one.note,
        ]  # fmt: skip


def certificates_head() -> list[str]:
    """Return the head of the register of certificates as a file."""
    return [
        _("管理番号"), _("状態"), _("委託先"), _("契約番号"), _("作業の内容"), _("消去したもの"), _("消去の方法"),
        _("消去の日"), _("証明書の番号"), _("受け取った日時"), _("受け取った人"), _("検査の日時"), _("検査した人"),
        _("確かめたこと"),
    ]  # fmt: skip


def certificate_rows(found: Sequence[DeletionCertificate], reader: str) -> list[CertificateRow]:
    """Return certificates in words; nobody inspects what they received themself."""
    names = names_of_staff({by for one in found for by in (one.received_by, one.inspected_by) if by})
    return [
        CertificateRow(
            one,
            str(_INSPECTED[one.is_accepted][0]),
            _INSPECTED[one.is_accepted][1],
            names.get(one.received_by, one.received_by),
            names.get(one.inspected_by or "", one.inspected_by or ""),
            one.inspected_at is None and one.received_by != reader,
        )
        for one in found
    ]


_INSPECTED: Final[Mapping[bool | None, tuple[Promise, str]]] = {
    None: (gettext_lazy("検査待ち"), "tag--care"),
    True: (gettext_lazy("確かめた"), "tag--good"),
    False: (gettext_lazy("差し戻した"), "tag--bad"),
}


def contractor_tiles(member: Member, on: dt.date) -> tuple[Tile, ...]:
    """Return what waits of contractors' work for this member; alarms come first."""
    keeps, reviews = may(member, Permission.KEEP_CONTRACTORS), may(member, Permission.REVIEW_WORK)
    if not (keeps or reviews):
        return ()
    counted = queries.counts(at=runtime.now(), on=on, not_by=str(member.as_actor()))
    listed, done = reverse("contractors"), _("待っている作業はありません")
    certified = reverse("deletion-certificates")
    if reviews:
        waits = to_do(
            _("検査を待つ消去証明書"), counted.certificates_to_inspect, _("機器や記録と合わせて確かめる"), "", certified
        )
        return (
            to_do(_("審査を待つ委託作業"), counted.to_review, _("内容を確かめて決める"), done, listed),
            *([waits] if waits.number else []),
        )
    alarms = (
        to_do(_("退室・返却の済んでいない人や物"), counted.overdue, _("すぐに確かめる"), "", reverse("passages")),
        to_do(_("期限を過ぎた委託先の消去証明書"), counted.certificates_overdue, _("委託先に求める"), "", certified),
        to_do(_("作業できない・まもなくできない取扱者"), counted.unfit, _("理由を見る"), "", reverse("handlers")),
    )
    tiles = [one for one in alarms if one.number]
    if counted.to_inspect:
        tiles.append(to_do(_("検査を待つ委託作業"), counted.to_inspect, _("報告を読んで検査する"), done, listed))
    return tuple(tiles)


def year_now() -> int:
    """Return the fiscal year of today."""
    return fiscal_year_of(civil_date(runtime.now()))


def contract_words(first: dt.date, last: dt.date) -> str:
    """Return the period of a contract."""
    return f"{civil(first)} – {civil(last)}"
