"""The person index in counts: for each area its queues, each of which opens its list. Numbers of people, never who."""

import datetime as dt

from django.utils.translation import gettext as _

from tasuki.accounts.types import Member
from tasuki.persons import queries as index
from tasuki.web.presenters.home import Section
from tasuki.web.presenters.tiles import Mood, Tile


def sections(member: Member, on: dt.date) -> list[Section]:
    """Return the areas of the index this member looks after, in the order of the work."""
    del member, on  # Every area so far is shown to whoever may see the index at all.
    found = [Section("ledger", _("台帳"), _ledger())]
    return [section for section in found if section.tiles]


def _ledger() -> tuple[Tile, ...]:
    counted = index.counts()
    return (
        Tile(_("統合宛名番号を付けた人"), counted.people, "", Mood.CALM),
        Tile(_("個人番号を保管している人"), counted.with_number, "", Mood.CALM),
        Tile(_("符号のある人"), counted.with_code, "", Mood.CALM),
    )
