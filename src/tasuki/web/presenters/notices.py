"""Notices through the portal (お知らせ) in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasuki.linkage.types.notices import NoticeList, NotTold, SentNotice
from tasuki.protocol.portal_messages import PortalNoticeState
from tasuki.web.presenters.portal_words import NOTICES

#: Where a notice stands, and what that means for the clerk.
STATES: Final[Mapping[PortalNoticeState, tuple[Promise, Promise]]] = {
    PortalNoticeState.WAITING: (gettext_lazy("送信待ち"), gettext_lazy("自動で送ります。")),
    PortalNoticeState.DELIVERED: (gettext_lazy("届いた"), gettext_lazy("本人はまだ受け取っていません。")),
    PortalNoticeState.FETCHED: (gettext_lazy("受け取られた"), gettext_lazy("本人のポータルに渡りました。")),
    PortalNoticeState.EXPIRED: (gettext_lazy("期限が切れた"), gettext_lazy("電話や手紙で伝えてください。")),
    PortalNoticeState.TAKEN_BACK: (gettext_lazy("取り戻した"), gettext_lazy("本人には見えません。")),
    PortalNoticeState.HELD: (
        gettext_lazy("出さなかった"),
        gettext_lazy("中間サーバーで自動応答不可の人です。本人に確かめてから、別の方法で伝えてください。"),
    ),
    PortalNoticeState.NO_CODE: (gettext_lazy("符号がない"), gettext_lazy("符号を取得してから送ってください。")),
    PortalNoticeState.REFUSED: (
        gettext_lazy("受け付けられなかった"),
        gettext_lazy("ネットワークの登録を、システム担当に確かめてください。"),
    ),
}
#: Why somebody is left out of a list.
NOT_TOLD: Final[Mapping[NotTold, Promise]] = {
    NotTold.PROTECTED: gettext_lazy("支援措置の対象か、確認中の人"),
    NotTold.GONE: gettext_lazy("転出・死亡、または住民記録にいない人"),
    NotTold.NO_CODE: gettext_lazy("符号がまだない人"),
    NotTold.TOLD_LATELY: gettext_lazy("同じお知らせを最近送った人"),
}


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """One notice as its person reads it."""

    label: str
    words: str
    day: dt.date
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many notices of a list stand so, and what that means."""

    label: str
    advice: str
    count: int


@dataclass(frozen=True, slots=True)
class ListView:
    """One list of notices in words."""

    list_id: UUID
    label: str
    sent_at: dt.datetime
    sent_by: str
    expires_at: dt.datetime
    count: int
    states: tuple[StateCount, ...]
    taking_back: int
    can_be_taken_back: int


def shown_notices(sent: Sequence[SentNotice], at: dt.datetime) -> list[ShownNotice]:
    """Return the notices a person can see in the portal, in words."""
    return [
        ShownNotice(str(NOTICES[one.kind][0]), str(NOTICES[one.kind][1]), one.day, one.expires_at)
        for one in sent
        if one.is_shown(at)
    ]


def list_view(one: NoticeList, names: Mapping[str, str]) -> ListView:
    """Return a list of notices in words."""
    return ListView(
        list_id=one.list_id,
        label=str(NOTICES[one.kind][0]),
        sent_at=one.sent_at,
        sent_by=names[one.sent_by],
        expires_at=one.expires_at,
        count=one.count,
        states=tuple(
            StateCount(str(label), str(advice), one.states[state])
            for state, (label, advice) in STATES.items()
            if state in one.states
        ),
        taking_back=one.taking_back,
        can_be_taken_back=one.can_be_taken_back,
    )


def left_out_words(left_out: Mapping[NotTold, int]) -> list[tuple[str, int]]:
    """Return who is left out and why, in the order of the reasons."""
    return [(str(words), left_out[reason]) for reason, words in NOT_TOLD.items() if left_out.get(reason)]
