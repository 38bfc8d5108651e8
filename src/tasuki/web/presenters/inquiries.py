"""An inquiry in plain words: where it stands, why it ended, what to do next, and under which article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.errors import LayoutError
from tasuki.layouts.render import Language, date_label
from tasuki.layouts.replica import parse
from tasuki.layouts.types import Programme, ReplicaContent, Stage
from tasuki.linkage.types import InquiryView, StepTaken
from tasuki.linkage.types.inquiry_files import ASK_AGAIN
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import table
from tasuki.screening.types import Source, StoredResult
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.presenters.results import stage_label
from tasuki.web.protection import place_label


@dataclass(frozen=True, slots=True)
class Ending:
    """How an inquiry ended or waits, in words; its article stands in the table of states. `kind` is a notice's."""

    kind: str
    title: Promise
    text: Promise
    next_step: Promise


_NOTHING: Final = gettext_lazy("することはありません。")
ENDINGS: Final[Mapping[State, Ending]] = {
    State.CREATED: Ending(
        "warning",
        gettext_lazy("中間サーバーへ送れていません。"),
        gettext_lazy("照会は保存されています。つながりしだい自動で送ります。"),
        gettext_lazy("画面を閉じてもかまいません。続くときは、システム管理者に知らせてください。"),
    ),
    State.SENT: Ending(
        "",
        gettext_lazy("照会を送りました。"),
        gettext_lazy("ネットワークが、照会してよい事務かどうかを確かめています。"),
        _NOTHING,
    ),
    State.PERMITTED: Ending(
        "",
        gettext_lazy("照会が許可され、相手方に通知されました。"),
        gettext_lazy("相手方の回答を待っています。ふつうは数秒で届きます。"),
        _NOTHING,
    ),
    State.HELD: Ending(
        "warning",
        gettext_lazy("相手方の職員が、回答するかどうかを確かめています。"),
        gettext_lazy("自動では答えない人についての照会です。理由は知らされません。"),
        gettext_lazy("期限までに回答があれば、ホームの「届いた回答」に現れます。相手方を急がせる必要はありません。"),
    ),
    State.RECEIVED: Ending(
        "success",
        gettext_lazy("回答が届きました。"),
        gettext_lazy("内容を確かめて、履歴に取り込んでください。"),
        gettext_lazy("取り込むと、この人の検診の襷に現れます。"),
    ),
    State.REFUSED_NO_LEGAL_BASIS: Ending(
        "error",
        gettext_lazy("法令の根拠がないため、照会できませんでした。"),
        gettext_lazy("この事務でこの情報を照会できるという規定が、照会した日にはありません。"),
        gettext_lazy("本人に、前の自治体の結果通知を見せてもらってください。拒否されたことは記録されています。"),
    ),
    State.REFUSED_NO_ASSESSMENT: Ending(
        "error",
        gettext_lazy("特定個人情報保護評価が公表されていないため、照会できませんでした。"),
        gettext_lazy(
            "照会元か照会先のどちらかで、評価の公表が終わっていません。終わるまで、間の照会はすべて止まります。"
        ),
        gettext_lazy("システム管理者に知らせてください。"),
    ),
    State.REFUSED_SUSPENDED: Ending(
        "warning",
        gettext_lazy("連携が止められているため、照会できませんでした。"),
        gettext_lazy(
            "照会元か照会先のどちらかの連携を、情報提供ネットワークシステムの運用者が一時止めています。理由は知らされません。"
        ),
        gettext_lazy("再開のあと、もう一度照会してください。いつ再開するかは、システム管理者に確かめてください。"),
    ),
    State.PROVIDER_HAS_NO_CODE: Ending(
        "warning",
        gettext_lazy("相手方に、この人の符号がありません。"),
        gettext_lazy("相手方で符号が作られるまで、この人についての照会はできません。"),
        gettext_lazy(
            "氏名・生年月日・性別・住所を添えて、相手方に符号の取得を頼んでください。数日おいて、もう一度照会してください。"
        ),
    ),
    State.PROVIDER_UNKNOWN: Ending(
        "error",
        gettext_lazy("照会先が見つかりません。"),
        gettext_lazy("ネットワークの登録に、この照会先がありません。"),
        gettext_lazy("照会先を選び直してください。正しいときは、システム管理者に知らせてください。"),
    ),
    State.OWN_CODE_MISSING: Ending(
        "warning",
        gettext_lazy("この人の符号をまだ取得していません。"),
        gettext_lazy("転入してすぐの人は、符号の取得に1日ほどかかります。"),
        gettext_lazy("明日、もう一度照会してください。"),
    ),
    State.NO_REPLICA: Ending(
        "warning",
        gettext_lazy("相手方に、この人の検診の記録がありません。"),
        gettext_lazy("受けていないか、まだ登録されていません。"),
        gettext_lazy("本人が受けたと言うときは、結果通知を見せてもらうか、相手方に確かめてください。"),
    ),
    State.OTHER_LAYOUT: Ending(
        "error",
        gettext_lazy("相手方の記録は、こちらで読めない新しい版です。"),
        gettext_lazy(
            "検診の情報の様式（版）は毎年変わることがあり、この自治体のシステムがまだ新しい版に対応していません。"
        ),
        gettext_lazy("システム管理者に、版の更新を頼んでください。更新のあと、もう一度照会してください。"),
    ),
    State.NOT_SCREENED: Ending(
        "success",
        gettext_lazy("相手方では、どの検診も受けていません。"),
        gettext_lazy("相手方がそう回答しました。"),
        _NOTHING,
    ),
    State.WITHHELD: Ending(
        "warning",
        gettext_lazy("相手方は回答しませんでした。"),
        gettext_lazy("相手方の職員が、回答しないと決めました。理由は知らされません。"),
        gettext_lazy("本人にも、このことを先に話さないでください。必要なら、上司から相手方に相談してください。"),
    ),
    State.LAPSED: Ending(
        "warning",
        gettext_lazy("期限までに回答がありませんでした。"),
        gettext_lazy("照会の許可には期限があり、過ぎると回答できなくなります。"),
        gettext_lazy("必要なら、もう一度照会してください。"),
    ),
    State.CANCELLED: Ending(
        "warning",
        gettext_lazy("照会は取り消されました。"),
        gettext_lazy("回答は受け取っていません。"),
        gettext_lazy("必要なら、もう一度照会してください。"),
    ),
    State.FAILED: Ending(
        "error",
        gettext_lazy("照会を届けられませんでした。"),
        gettext_lazy("通信の途中で問題が起き、照会は終わりました。"),
        gettext_lazy("もう一度照会してください。続くときは、処理通番を添えてシステム管理者に知らせてください。"),
    ),
    State.PURGED: Ending(
        "warning",
        gettext_lazy("回答の内容は、保存期間が過ぎたため消しました。"),
        gettext_lazy("照会したことと回答があったことの記録は残っています。取り込まなかった内容は残っていません。"),
        gettext_lazy("必要なら、もう一度照会してください。"),
    ),
}

_ADOPTED: Final = Ending(
    "success",
    gettext_lazy("回答を履歴に取り込みました。"),
    gettext_lazy("記録は、この人の検診の襷に現れています。"),
    _NOTHING,
)
_NOTHING_FOUND: Final = Ending(
    "success",
    gettext_lazy("回答が届きました。"),
    gettext_lazy("受診の記録はありませんでした。"),
    _NOTHING,
)
_BEING_CALLED_OFF: Final = Ending(
    "warning",
    gettext_lazy("照会を取り消しています。"),
    gettext_lazy("中間サーバーにつながりしだい取り消します。先に回答が届いていれば、その回答を残します。"),
    _NOTHING,
)
#: Ends after which asking once more may help.
_ASK_AGAIN: Final = ASK_AGAIN | {State.NO_REPLICA}

#: How far an inquiry is known to have come, by its state; ends without an answer stop where they were refused.
_REACHED: Final[Mapping[State, int]] = {
    State.CREATED: 0,
    State.SENT: 1,
    State.PERMITTED: 3,
    State.HELD: 3,
    State.RECEIVED: 5,
    State.NOT_SCREENED: 5,
    State.NO_REPLICA: 4,
    State.OTHER_LAYOUT: 4,
    State.WITHHELD: 4,
    State.LAPSED: 4,
    State.CANCELLED: 4,
    State.REFUSED_NO_LEGAL_BASIS: 2,
    State.REFUSED_NO_ASSESSMENT: 2,
    State.REFUSED_SUSPENDED: 2,
    State.PROVIDER_HAS_NO_CODE: 3,
    State.PROVIDER_UNKNOWN: 2,
    State.OWN_CODE_MISSING: 1,
    State.FAILED: 1,
    State.PURGED: 5,
}
_STOPPED: Final = frozenset(State) - {
    State.CREATED,
    State.SENT,
    State.PERMITTED,
    State.HELD,
    State.RECEIVED,
    State.NOT_SCREENED,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One leg of the relay."""

    label: str
    at: datetime | None
    style: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One step an inquiry made here, and why."""

    at: datetime
    state: str
    cause: str


@dataclass(frozen=True, slots=True)
class Found:
    """One result within an answer, and whether our own records already say something about the same year."""

    programme: ProgrammeView
    stage: str
    fiscal_year: int
    examined: str
    facility: str
    is_conflict: bool


@dataclass(frozen=True, slots=True)
class InquiryPage:
    """An inquiry as its part of a page shows it."""

    number: str
    address: str
    provider: str
    requested_at: datetime
    basis: str
    valid_until: datetime | None
    steps: tuple[Step, ...]
    ending: Ending
    article: str
    happenings: tuple[Happening, ...]
    is_open: bool
    may_cancel: bool
    may_ask_again: bool
    provider_code: str
    may_adopt: bool
    adopted_at: datetime | None
    adopted_count: int
    asked_sets: int
    found: tuple[Found, ...]
    unreadable: int
    other_layouts: tuple[str, ...]

    @property
    def conflicts(self) -> int:
        return sum(one.is_conflict for one in self.found)


def provider_name(view: InquiryView, language: Language) -> str:
    """Name the town that was asked."""
    return view.provider_name if language is Language.JA else view.provider_name_en


def inquiry_page(
    view: InquiryView, own: Sequence[StoredResult], language: Language, taken: Sequence[StepTaken] = ()
) -> InquiryPage:
    """Return an inquiry in words, its answer compared with what the town recorded itself, and its steps."""
    found, unreadable = _found(view, own, language)
    return InquiryPage(
        number=view.transaction_number,
        address=reverse("inquiry", args=[view.transaction_number]),
        provider=provider_name(view, language),
        requested_at=view.requested_at,
        basis=view.basis,
        valid_until=view.valid_until,
        steps=steps(view),
        ending=_ending(view),
        article=_article(view),
        happenings=tuple(_happening(one, language) for one in taken),
        is_open=view.is_open,
        may_cancel=view.may_cancel,
        may_ask_again=view.state in _ASK_AGAIN and view.adopted_at is None,
        provider_code=view.provider,
        may_adopt=view.may_adopt and unreadable == 0,
        adopted_at=view.adopted_at,
        adopted_count=view.adopted_count,
        asked_sets=len(catalogue().data_sets),
        found=tuple(found),
        unreadable=unreadable,
        other_layouts=_other_layouts(view, language),
    )


def _ending(view: InquiryView) -> Ending:
    """Return the words for a state; an answer says different things before and after it was adopted."""
    if view.adopted_at is not None:
        return _ADOPTED
    if view.is_open and view.cancel_asked_at is not None:
        return _BEING_CALLED_OFF
    return _NOTHING_FOUND if view.state is State.RECEIVED and view.found == 0 else ENDINGS[view.state]


def _article(view: InquiryView) -> str:
    return "健康増進法19条の4" if view.adopted_at is not None else table().states[view.state].article


def _happening(taken: StepTaken, language: Language) -> Happening:
    words = table().states[taken.state].words, table().causes[taken.cause]
    state, cause = (one.ja if language is Language.JA else one.en for one in words)
    return Happening(taken.at, state, cause)


def steps(view: InquiryView) -> tuple[Step, ...]:
    """Return the legs of the relay: those run, the one now running, where it stopped, and those to come."""
    reached = _REACHED[view.state]
    legs = [
        (_("作成"), view.requested_at),
        (_("送信"), None),
        (_("許可"), view.permitted_at),
        (_("相手方に通知"), view.permitted_at),
        (_("回答"), view.provided_at),
        (_("受け取り"), view.received_at if view.state in {State.RECEIVED, State.NOT_SCREENED} else None),
    ]
    return tuple(
        Step(label, at if place <= reached else None, _style(place, reached, view.state))
        for place, (label, at) in enumerate(legs)
    )


def _style(place: int, reached: int, state: State) -> str:
    if place == reached and state in _STOPPED:
        return "stopped"
    if place < reached or (place == reached and state in {State.RECEIVED, State.NOT_SCREENED}):
        return "done"
    return "now" if place == reached else "ahead"


def _found(view: InquiryView, own: Sequence[StoredResult], language: Language) -> tuple[list[Found], int]:
    """Read an answer's payloads; one that cannot be read is counted, so that nobody takes the rest for the whole."""
    ours = {
        (result.record.programme, result.record.stage, result.record.fiscal_year)
        for result in own
        if result.source is Source.OWN
    }
    found: list[Found] = []
    unreadable = 0
    for answer in view.answers:
        for payload in answer["payloads"]:
            try:
                content = parse(payload.encode())
            except LayoutError:
                unreadable += 1
                continue
            if content.taken:
                found.append(_one(content, ours, language))
    return sorted(found, key=lambda one: (-one.fiscal_year, one.programme.code, one.stage)), unreadable


def _other_layouts(view: InquiryView, language: Language) -> tuple[str, ...]:
    """Name the data sets the provider has only in a layout version newer than ours; the rest was answered."""
    codes = [answer["data_set"] for answer in view.answers if answer["state"] == State.OTHER_LAYOUT]
    sets = [catalogue().data_sets[code] for code in codes if code in catalogue().data_sets]
    return tuple(one.name_ja if language is Language.JA else one.name_en for one in sets)


def _one(content: ReplicaContent, ours: set[tuple[Programme, Stage, int]], language: Language) -> Found:
    data_set = catalogue().data_sets[content.data_set]
    return Found(
        programme=programme_view(data_set.programme, language),
        stage=stage_label(data_set.stage),
        fiscal_year=content.fiscal_year,
        examined=date_label(content.examined_date, language) if content.examined_date else _("不明"),
        facility=place_label(content.facility_name or ""),
        is_conflict=(data_set.programme, data_set.stage, content.fiscal_year) in ours,
    )
