"""The person index in counts: for each area its queues, each of which opens its list. Numbers of people, never who."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.persons import queries as index
from tasuki.persons.queries import cases
from tasuki.persons.queries.matching import match_progress
from tasuki.persons.queries.people import open_quarantines
from tasuki.persons.queries.statements import business_systems
from tasuki.persons.types.cases import CaseState
from tasuki.web.presenters.home import Section
from tasuki.web.presenters.tiles import Mood, Tile, to_do, waiting


def sections(member: Member, on: dt.date) -> list[Section]:
    """Return the areas of the index this member looks after, in the order of the work."""
    del on  # Nothing here depends on the day.
    found = [Section("queues", _("決めること"), _queues()), Section("ledger", _("台帳"), _ledger(member))]
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
    )


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
    if may(member, Permission.MANAGE_SYSTEMS):
        known = len(business_systems())
        told.append(Tile(_("業務システム"), known, _("接続と登録を見る"), Mood.CALM, reverse("index-systems")))
    return tuple(told)
