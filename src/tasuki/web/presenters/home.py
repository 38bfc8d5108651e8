"""My work today: for each area of the work its counts, each of which opens its list. Numbers of people, never who."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.eligibility import queries as eligibility
from tasuki.erasure import queries as erasures
from tasuki.followup import queries as followup
from tasuki.followup.types import NoticeFilter
from tasuki.invitations import queries as invitations
from tasuki.linkage import queries as linkage
from tasuki.linkage.queries import movers
from tasuki.linkage.types.movers import Period
from tasuki.media import queries as media
from tasuki.screening import queries as screening
from tasuki.screening.queries import protection, residents
from tasuki.screening.types.protection import Freshness
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.watching.queries.alerts import alerts_to_review
from tasuki.web.presenters.account_tiles import account_tiles
from tasuki.web.presenters.check_tiles import check_tiles
from tasuki.web.presenters.contractors import contractor_tiles
from tasuki.web.presenters.emergencies import emergency_tiles
from tasuki.web.presenters.link import link_tiles
from tasuki.web.presenters.tiles import Mood, Tile, to_do, waiting
from tasuki.web.templatetags.tasuki import moment

#: After this many days without an answer somebody asks (フェイルセーフ).
OVERDUE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Section:
    """One area of the work and its counts."""

    key: str
    title: str
    tiles: tuple[Tile, ...]


def sections(member: Member, on: dt.date) -> list[Section]:
    """Return what a role can act on, in the order of the day; areas it has nothing to do with are left out."""
    found = [
        Section("results", _("検診結果"), _results(member, on)),
        Section("followup", _("精密検査の追跡"), _followup(member, on)),
        Section("invitations", _("対象と案内"), _invitations(member, on)),
        Section("residents", _("住民"), _residents(member, on)),
        Section("exchange", _("自治体間の照会"), _exchange(member)),
        Section("accesses", _("アクセスの点検"), (*emergency_tiles(member), *_accesses(member))),
        Section("link", _("中間サーバーとの連携"), link_tiles(member)),
        Section("audits", _("監査"), check_tiles(member, on)),
        Section("exports", _("持出し"), _exports(member, on)),
        Section("erasures", _("消去"), _erasures(member)),
        Section("contractors", _("委託作業"), contractor_tiles(member, on)),
        Section("accounts", _("利用者"), account_tiles(member, on)),
    ]
    return [section for section in found if section.tiles]


def _results(member: Member, on: dt.date) -> tuple[Tile, ...]:
    tiles: list[Tile] = []
    if may(member, Permission.VIEW_IMPORTS):
        counted = screening.import_counts()
        tiles += [
            to_do(
                _("取込みを確かめるファイル"),
                counted.to_commit,
                _("確かめて取り込む"),
                _("確かめるファイルはありません"),
                reverse("imports"),
            ),
            to_do(
                _("直す行のある取込み"),
                counted.with_problems,
                _("わけと直し方を見る"),
                _("直す行はありません"),
                reverse("imports"),
            ),
        ]
    if may(member, Permission.PRINT_LETTERS):
        year = fiscal_year_of(on)
        untold = len(followup.untold_results(NoticeFilter(fiscal_year=year)))
        tiles.append(
            to_do(
                _("結果を知らせていない受診"),
                untold,
                _("結果通知を作る"),
                _("知らせていない受診はありません"),
                reverse("followup-notices"),
            )
        )
    return tuple(tiles)


def _followup(member: Member, on: dt.date) -> tuple[Tile, ...]:
    if not may(member, Permission.VIEW_FOLLOWUP):
        return ()
    counted = followup.attention(on, days=[OVERDUE_DAYS])
    listed = reverse("followup-list")
    return (
        to_do(
            _("%(days)s日過ぎても答えのない人") % {"days": OVERDUE_DAYS},
            counted.overdue[OVERDUE_DAYS],
            _("勧める・聞く"),
            _("答えを待ちすぎている人はいません"),
            f"{listed}?kind=overdue&days={OVERDUE_DAYS}",
        ),
        to_do(
            _("もう一度聞く日が来た人"),
            counted.ask_again,
            _("医療機関か本人に聞く"),
            _("今日聞く人はいません"),
            f"{listed}?kind=again",
        ),
        to_do(
            _("申告が一部だけの人"),
            counted.partly_known,
            _("足りないことを聞く"),
            _("一部だけの申告はありません"),
            f"{listed}?kind=partly",
        ),
    )


def _invitations(member: Member, on: dt.date) -> tuple[Tile, ...]:
    tiles: list[Tile] = []
    year = fiscal_year_of(on)
    if may(member, Permission.VIEW_INVITATIONS):
        tiles.append(
            to_do(
                _("まとめて送れなかった人"),
                invitations.left_out_newest(year),
                _("一人ずつ扱う"),
                _("手で扱う人はいません"),
                reverse("invitations"),
            )
        )
    if may(member, Permission.VIEW_DUE):
        fresh = eligibility.freshness(year, on)
        if fresh is None:
            tiles.append(Tile(_("今年度の対象者"), 0, _("まだ計算していません。計算する"), Mood.DO, reverse("due")))
        else:
            tiles.append(
                waiting(
                    _("対象者の一覧に反映を待つ人"),
                    fresh.changed_people,
                    _("まもなく反映されます"),
                    _("すべて反映しました"),
                    reverse("due"),
                )
            )
    return tuple(tiles)


def _residents(member: Member, on: dt.date) -> tuple[Tile, ...]:
    tiles: list[Tile] = []
    if may(member, Permission.VIEW_PROTECTED):
        tiles.append(
            to_do(
                _("まもなく終わる支援措置"),
                residents.protection_ending(on),
                _("延長を担当課に確かめる"),
                _("30日以内に終わるものはありません"),
                reverse("protected"),
            )
        )
        listed = protection.standing(runtime.now())
        if listed.freshness is Freshness.STALE:
            held = listed.held_past_end + listed.held_as_new
            address = reverse("protection-lists")
            tiles.append(Tile(_("古い名簿のため保護している人"), held, _("今日の名簿を取り込む"), Mood.DO, address))
    if may(member, Permission.VIEW_REGISTER_LOADS):
        newest = next(iter(residents.register_loads(limit=1)), None)
        tiles.append(
            to_do(
                _("住民情報の取込みで確かめること"),
                0 if newest is None else newest.problems,
                _("わけを見る"),
                _("確かめることはありません"),
                reverse("register-loads") if newest is None else reverse("register-load", args=[newest.load_id]),
            )
        )
    if may(member, Permission.SEARCH_PEOPLE):
        number = screening.residents_here()
        tiles.append(Tile(_("住民"), number, _("探して検診歴を開く"), Mood.CALM, reverse("people")))
    return tuple(tiles)


def _exchange(member: Member) -> tuple[Tile, ...]:
    counted = linkage.home_counts()
    tiles = [*_held(member), *_movers(member)]
    if may(member, Permission.ADOPT_ANSWER):
        tiles += [
            to_do(
                _("届いた回答"),
                counted.answers_to_adopt,
                _("読んで履歴に取り込む"),
                _("取り込む回答はありません"),
                reverse("answers"),
            ),
            to_do(
                _("相手方で訂正された回答"),
                counted.answers_corrected,
                _("もう一度照会する"),
                _("訂正された回答はありません"),
                reverse("corrections"),
            ),
            waiting(
                _("回答を待つ照会"), counted.inquiries_open, _("自動で受け取ります"), _("待っている照会はありません")
            ),
        ]
    if may(member, Permission.SEARCH_PEOPLE):
        tiles += [
            waiting(_("符号を待つ人"), counted.codes_missing, _("管理者が取得します"), _("待っている人はいません")),
        ]
        if not may(member, Permission.VIEW_LINK):
            tiles.append(
                waiting(_("中間サーバーへ送る変更"), counted.outbox_waiting, _("自動で送ります"), _("すべて送りました"))
            )
    return tuple(tiles)


def _accesses(member: Member) -> tuple[Tile, ...]:
    """Return how many alerts about colleagues' accesses this member may review."""
    if not may(member, Permission.REVIEW_ACCESSES):
        return ()
    return (
        to_do(
            _("点検を待つアクセス警告"),
            alerts_to_review(str(member.as_actor())),
            _("記録を確かめて結果を書く"),
            _("点検を待つ警告はありません"),
            reverse("access-alerts"),
        ),
    )


def _exports(member: Member, on: dt.date) -> tuple[Tile, ...]:
    """Return whose copies should be back, and what waits for an approver; nothing where nobody is waited for."""
    if not may(member, Permission.REQUEST_EXPORT):
        return ()
    whose = None if may(member, Permission.VIEW_MEDIA) else str(member.as_actor())
    counted = media.counts(requested_by=whose, at=runtime.now(), on=on)
    address = reverse("exports")
    if not counted.overdue and not may(member, Permission.DECIDE_EXPORT):
        return ()
    tiles = [
        to_do(
            _("返却・廃棄の期限を過ぎた持出し"),
            counted.overdue,
            _("返してもらい、確かめる"),
            _("期限を過ぎたものはありません"),
            address,
        )
    ]
    if may(member, Permission.DECIDE_EXPORT):
        done = _("待っている申請はありません")
        tiles.append(to_do(_("承認を待つ持出し"), counted.waiting, _("目的と相手を確かめて決める"), done, address))
    return tuple(tiles)


def _erasures(member: Member) -> tuple[Tile, ...]:
    """Return how many erasures wait for this member's approval."""
    if not may(member, Permission.DECIDE_ERASURE):
        return ()
    return (
        to_do(
            _("承認を待つ消去"),
            erasures.waiting_for(str(member.as_actor())),
            _("対象を確かめて決める"),
            _("待っている申請はありません"),
            reverse("erasures"),
        ),
    )


#: Whoever moved in this lately and was not asked about is work of today; the page of movers looks further back.
_LATELY = dt.timedelta(days=90)
#: From here on a deadline is told by the hour.
_URGENT = dt.timedelta(hours=24)


def _held(member: Member) -> list[Tile]:
    """Return how many inquiries of others wait for us, with the first deadline."""
    if not may(member, Permission.VIEW_HELD):
        return []
    label, address = _("手動で答える照会"), reverse("held")
    counted = linkage.held_count()
    if counted is None:
        return [Tile(label, 0, _("まだ確かめていません"), Mood.WAIT, address)]
    if counted.first_deadline is None:
        return [to_do(label, counted.waiting, _("答えを決める"), _("待っている照会はありません"), address)]
    left = counted.first_deadline - runtime.now()
    if left < _URGENT:
        note = _("期限まで%(hours)s時間の照会があります") % {"hours": max(0, int(left.total_seconds() // 3600))}
    else:
        note = _("最初の期限は%(at)sです") % {"at": moment(counted.first_deadline)}
    return [Tile(label, counted.waiting, note, Mood.DO, address)]


def _movers(member: Member) -> list[Tile]:
    """Return how many people moved in lately and were not asked about."""
    if not may(member, Permission.INQUIRE):
        return []
    today = civil_date(runtime.now())
    unasked = len(movers.to_ask(Period(today - _LATELY, today)))
    return [
        to_do(
            _("照会していない転入者"),
            unasked,
            _("前の自治体に照会する"),
            _("最近の転入者はすべて照会しました"),
            reverse("movers"),
        )
    ]
