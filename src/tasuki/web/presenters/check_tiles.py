"""What whoever audits has to do today."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.audits.queries import checks as queries
from tasuki.audits.queries import incidents
from tasuki.audits.rules import checks_to_remind, due_date
from tasuki.shared.dates import fiscal_year_of
from tasuki.web.presenters.tiles import Tile, to_do
from tasuki.web.templatetags.tasuki import civil


def check_tiles(member: Member, on: dt.date) -> tuple[Tile, ...]:
    """Return the yearly checks that are asked for, findings nobody mended in time, and incidents."""
    return (*_incidents(member, on), *_checks(member, on))


def _incidents(member: Member, on: dt.date) -> tuple[Tile, ...]:
    """Return the reports the law wanted by now first: that is an alarm."""
    if not may(member, Permission.HANDLE_INCIDENT):
        return ()
    address = reverse("incidents")
    return (
        to_do(
            _("国への報告の期限を過ぎた事案"),
            incidents.overdue(on, reader=str(member.as_actor())),
            _("すぐに報告する"),
            _("期限を過ぎた報告はありません"),
            address,
        ),
        to_do(
            _("終わっていない漏えい等の事案"),
            incidents.in_hand(reader=str(member.as_actor())),
            _("次にすることを見る"),
            _("終わっていない事案はありません"),
            address,
        ),
    )


def _checks(member: Member, on: dt.date) -> tuple[Tile, ...]:
    if not may(member, Permission.ANSWER_CHECK):
        return ()
    years = checks_to_remind(queries.checks(), fiscal_year_of(on), on)
    late = [year for year in years if on > due_date(year)]
    if late:
        note = _("期限の%(day)sを過ぎました") % {"day": civil(due_date(late[0]))}
    elif years:
        note = _("%(day)sまでに二人で署名する") % {"day": civil(due_date(years[0]))}
    else:
        note = ""
    address = reverse("checks")
    return (
        to_do(_("終えていない確認記録票"), len(years), note, _("いま求められている点検はありません"), address),
        to_do(
            _("期限を過ぎた指摘"),
            queries.overdue_findings(on),
            _("改善を確かめる"),
            _("期限を過ぎた指摘はありません"),
            address,
        ),
    )
