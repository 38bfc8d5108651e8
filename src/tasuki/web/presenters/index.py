"""The person index in counts: for each area its queues, each of which opens its list. Numbers of people, never who."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.linkage.operations.custody import plan_deletion
from tasuki.persons import codes
from tasuki.persons import queries as index
from tasuki.persons.queries import cases
from tasuki.persons.queries.files import people_files
from tasuki.persons.queries.inspection import inspections
from tasuki.persons.queries.matching import match_progress
from tasuki.persons.queries.people import open_quarantines
from tasuki.persons.queries.statements import business_systems
from tasuki.persons.types.cases import INSPECTED_KINDS, CaseKind, CaseState
from tasuki.web.presenters.home import Section
from tasuki.web.presenters.link import link_tiles
from tasuki.web.presenters.tiles import Mood, Tile, to_do, waiting
from tasuki.web.templatetags.tasuki import moment


def sections(member: Member, on: dt.date) -> list[Section]:
    """Return the areas of the index this member looks after, in the order of the work."""
    found = [
        Section("queues", _("決めること"), _queues()),
        Section("ledger", _("台帳"), _ledger(member)),
        Section("custody", _("個人番号"), _custody(member, on)),
        Section("codes", _("符号"), _codes(member)),
        Section("link", _("中間サーバーとの連携"), link_tiles(member)),
    ]
    return [section for section in found if section.tiles]


def _queues() -> tuple[Tile, ...]:
    counted = cases.counts()
    undecided = sum(count for (_kind, state), count in counted.items() if state is CaseState.OPEN)
    proposed = sum(count for (_kind, state), count in counted.items() if state is CaseState.PROPOSED)
    stopped = len(open_quarantines())
    address = reverse("index-cases")
    return (
        to_do(_("要確認"), undecided, _("見比べて決める"), _("要確認はありません"), f"{address}?state=OPEN"),
        to_do(_("承認待ち"), proposed, _("起案を見て決める"), _("承認待ちはありません"), f"{address}?state=PROPOSED"),
        to_do(
            _("情報提供を止めている人"),
            stopped,
            _("わけを見る"),
            _("止めている人はいません"),
            reverse("index-quarantines"),
        ),
        _inspection(counted),
    )


def _inspection(counted: dict[tuple[CaseKind, CaseState], int]) -> Tile:
    found = sum(count for (kind, _state), count in counted.items() if kind in INSPECTED_KINDS)
    done = inspections(1)
    note = _("%(at)s に点検") % {"at": moment(done[0].ended_at)} if done else _("まだ点検していません")
    mood = Mood.DO if found else Mood.CALM
    return Tile(_("総点検で見つかったもの"), found, note, mood, reverse("index-inspection"))


def _ledger(member: Member) -> tuple[Tile, ...]:
    counted, matching = index.counts(), match_progress()
    told = [
        Tile(_("統合宛名番号を付けた人"), counted.people, "", Mood.CALM),
        Tile(_("個人番号を保管している人"), counted.with_number, "", Mood.CALM),
        Tile(_("符号のある人"), counted.with_code, "", Mood.CALM),
        waiting(
            _("照合に取り込む前の登録"),
            matching.waiting,
            _("自動で取り込んでいます"),
            _("%(count)s件をすべて取り込みました") % {"count": f"{matching.compared:,}"},
        ),
    ]
    if may(member, Permission.CHANGE_INDEX):
        waits = len([one for one in people_files() if one.ended_at is None])
        told.append(
            to_do(
                _("登録を待つファイル"),
                waits,
                _("確かめて登録する"),
                _("ファイルから登録する"),
                reverse("people-files"),
            )
        )
    if may(member, Permission.MANAGE_SYSTEMS):
        known = len(business_systems())
        told.append(Tile(_("業務システム"), known, _("接続と登録を見る"), Mood.CALM, reverse("index-systems")))
    return tuple(told)


def _custody(member: Member, on: dt.date) -> tuple[Tile, ...]:
    tiles: list[Tile] = []
    if may(member, Permission.UNMASK_NUMBER):
        kept = index.counts().with_number
        tiles.append(Tile(_("個人番号の保管"), kept, _("番号から探す"), Mood.CALM, reverse("custody-search")))
    if may(member, Permission.CHANGE_INDEX):
        tiles.append(
            to_do(
                _("保管の期間が終わった番号"),
                len(plan_deletion(on).people),
                _("確かめて消す"),
                _("消す番号はありません"),
                reverse("custody-deletion"),
            )
        )
    return tuple(tiles)


def _codes(member: Member) -> tuple[Tile, ...]:
    if not may(member, Permission.MANAGE_CODES):
        return ()
    counted = codes.counts()
    address = reverse("codes")
    waits = counted["asked"] + counted["waiting"] + counted["without_number"]
    return (
        to_do(_("断られた符号"), counted["failed"], _("わけと次にすること"), _("断られた人はいません"), address),
        waiting(_("符号のない人"), waits, _("待つ・今すぐ取得する"), _("全員に符号があります"), address),
    )
