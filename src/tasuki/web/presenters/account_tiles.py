"""What an administrator has to do about accounts today."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki.accounts import queries
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.web.presenters.tiles import Tile, to_do


def account_tiles(member: Member, on: dt.date) -> tuple[Tile, ...]:
    """Return the applications that wait for this member, and the accounts that end soon."""
    if not may(member, Permission.MANAGE_ACCOUNTS):
        return ()
    return (
        to_do(
            _("承認を待つ申請"),
            queries.waiting_count(not_by=str(member.as_actor())),
            _("内容を確かめて決める"),
            _("待っている申請はありません"),
            reverse("account-applications"),
        ),
        to_do(
            _("まもなく使えなくなる利用者"),
            queries.ending_soon(on),
            _("年次確認をする"),
            _("確認の要る利用者はありません"),
            reverse("accounts-confirm"),
        ),
    )
