"""The link with the gateway in words: how it stands, what differs and what mending does about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.linkage import queries
from tasuki.linkage.reconciling import DifferenceKind
from tasuki.linkage.types import DifferenceView, LinkMood, LinkState, ReconciliationView
from tasuki.protocol.errors import Phase
from tasuki.web.presenters.exchange_words import data_set_name
from tasuki.web.presenters.peer_words import why_it_waits
from tasuki.web.presenters.tiles import Mood, Tile
from tasuki.work.types import Work


@dataclass(frozen=True, slots=True)
class Standing:
    """How the link stands: a notice of some kind, why, and what to do next."""

    kind: str
    title: str
    why: str
    next_step: str


#: What waits, by its kind in the outbox or in the list of the index.
WAITING: Final[Mapping[str, Promise]] = {
    "RESULT": gettext_lazy("検診結果の変更"),
    "RESIDENT": gettext_lazy("住民の異動と支援措置"),
    "STOP": gettext_lazy("情報提供の停止"),
    "FORGET": gettext_lazy("統合・分割による削除"),
    "FORGET_CODE": gettext_lazy("消した個人番号の符号の削除"),
    "RELEASE": gettext_lazy("情報提供の再開"),
}
_PHASES: Final[Mapping[str, tuple[Promise, Promise]]] = {
    Phase.CONNECT: (
        gettext_lazy("中間サーバーにつながりませんでした。"),
        gettext_lazy("中間サーバーが動いているか、回線と証明書の期限を、システム管理者に確かめてもらってください。"),
    ),
    Phase.SEND: (
        gettext_lazy("送っている途中で切れました。"),
        gettext_lazy("自動で送り直します。続くときは、回線をシステム管理者に確かめてもらってください。"),
    ),
    Phase.RECEIVE: (
        gettext_lazy("返事が届く前に切れました。同じものを二度送っても、一度送ったのと同じです。"),
        gettext_lazy("自動で送り直します。続くときは、中間サーバーの負荷をシステム管理者に確かめてもらってください。"),
    ),
    Phase.PARSE: (
        gettext_lazy("中間サーバーの返事が読めませんでした。"),
        gettext_lazy("両方の版と時計を、システム管理者に確かめてもらってください。"),
    ),
    Phase.REFUSED: (
        gettext_lazy("中間サーバーに断られました。"),
        gettext_lazy("下の理由を、システム管理者と中間サーバーの担当に知らせてください。"),
    ),
}


def standing(state: LinkState) -> Standing:
    """Say how the link stands, and what to do about it."""
    match state.mood:
        case LinkMood.QUIET:
            return Standing("success", _("すべて伝わっています。"), _("送るのを待っている変更はありません。"), "")
        case LinkMood.SENDING:
            return Standing("info", _("送っています。"), _("変更は、ふつう数秒で伝わります。"), "")
        case LinkMood.FAILING:
            if waits := why_it_waits(state.failed_reason):
                return Standing("warning", _("送るのを待っています。"), waits, "")
            why, then = _PHASES[state.failed_phase]
            return Standing("error", _("送れていません。"), str(why), str(then))
        case LinkMood.UNNUMBERED:
            return Standing(
                "warning",
                _("番号を待つ変更があります。"),
                _("統合宛名番号がまだ付いていない人の変更は、番号が付くまで送れません。"),
                _("住民情報の取込みと、統合宛名の「要確認」を見てください。番号が付くと自動で送ります。"),
            )
        case LinkMood.STUCK:
            return Standing(
                "error",
                _("送るのが止まっています。"),
                _("失敗の記録はありませんが、変更が長く残っています。送る仕事そのものが動いていないおそれがあります。"),
                _("システム管理者に、常駐の処理(worker)が動いているか確かめてもらってください。"),
            )


#: What each kind of difference is, and what mending does about it.
DIFFERENCES: Final[Mapping[str, tuple[Promise, Promise]]] = {
    DifferenceKind.MISSING: (gettext_lazy("副本がない"), gettext_lazy("登録します。")),
    DifferenceKind.SURPLUS: (gettext_lazy("正本のない副本がある"), gettext_lazy("削除します。")),
    DifferenceKind.OLDER: (gettext_lazy("副本が古い"), gettext_lazy("今の内容を登録します。")),
    DifferenceKind.NEWER: (
        gettext_lazy("副本のほうが新しい"),
        gettext_lazy(
            "正本の内容を登録します。正本をバックアップから戻したなら、先に戻し足りない変更を入力してください。"
        ),
    ),
    DifferenceKind.CONTENT: (gettext_lazy("内容が違う、または読めない"), gettext_lazy("正本の内容を登録します。")),
    DifferenceKind.LAYOUT: (gettext_lazy("レイアウトの版が違う"), gettext_lazy("今の版で登録し直します。")),
    DifferenceKind.HOLD: (
        gettext_lazy("自動応答の止め方が違う"),
        gettext_lazy("支援措置と緊急停止のとおりに、止めるか再開します。"),
    ),
    DifferenceKind.UNKNOWN_PERSON: (
        gettext_lazy("統合宛名にない番号がある"),
        gettext_lazy("その番号の副本と符号を消し、自動応答を止めます。"),
    ),
    DifferenceKind.ALIAS: (
        gettext_lazy("統合でなくなった番号に残っている"),
        gettext_lazy("その番号の副本と符号を消し、自動応答を止めます。"),
    ),
    DifferenceKind.UNLINKED: (
        gettext_lazy("どの業務の人でもない番号に残っている"),
        gettext_lazy("その番号の副本と符号を消し、自動応答を止めます。"),
    ),
    DifferenceKind.CODE_LOST: (
        gettext_lazy("取得済みのはずの符号がない"),
        gettext_lazy("未取得に戻します。次の自動取得で取り直します。"),
    ),
    DifferenceKind.CODE_UNNOTED: (
        gettext_lazy("符号があるのに未取得になっている"),
        gettext_lazy("取得済みにします。個人番号を消した人の符号は、中間サーバーから消します。"),
    ),
}


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of difference in a summary."""

    label: str
    remedy: str
    count: int


def kinds_of(found: ReconciliationView) -> list[KindRow]:
    """Return what a comparison found, kind by kind, the most frequent first."""
    ordered = sorted(found.found.items(), key=lambda one: (-one[1], one[0]))
    return [KindRow(str(DIFFERENCES[kind][0]), str(DIFFERENCES[kind][1]), count) for kind, count in ordered]


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference as a list and a file show it; never a name."""

    number: str
    label: str
    data_set: str
    record_key: str


def difference_rows(found: list[DifferenceView], language: str) -> list[DifferenceRow]:
    """Return differences in words."""
    return [
        DifferenceRow(
            one.system_person_number,
            str(DIFFERENCES[one.kind][0]),
            data_set_name(one.data_set, language),
            one.record_key,
        )
        for one in found
    ]


def tiles(state: LinkState, newest: ReconciliationView | None) -> tuple[Tile, ...]:
    """Return the link as two counts that open its page."""
    address = reverse("link")
    waiting = sum(state.waiting.values())
    mood = {LinkMood.QUIET: Mood.CALM, LinkMood.SENDING: Mood.WAIT}.get(state.mood, Mood.DO)
    if newest is None:
        differing = Tile(_("副本との違い"), 0, _("まだ突き合わせていません"), Mood.WAIT, address)
    else:
        left = newest.differences if newest.remaining is None else newest.remaining
        note = _("わけを見て直す") if left else _("違いはありません")
        differing = Tile(_("副本との違い"), left, note, Mood.DO if left else Mood.CALM, address)
    return Tile(_("中間サーバーへ送るのを待つ変更"), waiting, standing(state).title, mood, address), differing


def link_tiles(member: Member) -> tuple[Tile, ...]:
    """Return the tiles of the link for whoever may see it."""
    if not may(member, Permission.VIEW_LINK):
        return ()
    return tiles(queries.link_state(runtime.now()), next(iter(queries.reconciliations(1)), None))


def reconcile_summary(work: Work) -> str:
    """Word what a comparison found."""
    counted = {"people": f"{work.outcome['people']:,}", "differences": f"{work.outcome['differences']:,}"}
    if not work.outcome["differences"]:
        return _("%(people)s人を突き合わせました。違いはありません。") % counted
    if work.outcome["remaining"] is None:
        return _("%(people)s人を突き合わせ、違いが%(differences)s件ありました。") % counted
    counted["remaining"] = f"{work.outcome['remaining']:,}"
    return (
        _("%(people)s人を突き合わせ、違いを%(differences)s件直しました。直したあとの違いは%(remaining)s件です。")
        % counted
    )


def reconcile_address(work: Work) -> str:
    """Return where the differences stand."""
    return reverse("link-reconciliation", args=[work.outcome["reconciliation_id"]])
