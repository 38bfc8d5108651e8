"""What a wrong link led to, in words: one line for each exchange, look and letter, in the order of time."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language
from tasuki.linkage.operations.impact import Impact
from tasuki.linkage.queries import institution_names
from tasuki.protocol.messages import Direction, Exchange
from tasuki.shared.actor import staff_actor
from tasuki.web.presenters.inquiries import ENDINGS
from tasuki.web.presenters.letters import KIND_LABELS
from tasuki.web.templatetags.tasuki import current_language, moment

DIRECTION_LABELS: Final[Mapping[Direction, Promise]] = {
    Direction.INQUIRED: gettext_lazy("照会"),
    Direction.PROVIDED: gettext_lazy("提供"),
}


#: Pages by the beginning of the name under which a look is recorded; the longer beginning first.
_PAGES: Final[tuple[tuple[str, Promise], ...]] = (
    ("index-impact", gettext_lazy("影響の範囲")),
    ("index-case", gettext_lazy("統合宛名の要確認")),
    ("index", gettext_lazy("統合宛名の画面")),
    ("custody", gettext_lazy("個人番号の画面")),
    ("household", gettext_lazy("世帯の一覧")),
    ("invitations", gettext_lazy("案内の名簿")),
    ("import", gettext_lazy("取込みの確認")),
    ("report", gettext_lazy("集計の内訳")),
    ("protection_overridden", gettext_lazy("支援措置の警告を越えて開いた")),
)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that happened about a person."""

    at: dt.datetime
    kind: str
    who: str
    what: str
    outcome: str
    reference: str

    @property
    def cells(self) -> list[str]:
        """The row as text, for a file."""
        return [moment(self.at), self.kind, self.who, self.what, self.outcome, self.reference]


def events_head() -> list[str]:
    """Return the head of the table."""
    return [_("日時"), _("種類"), _("相手・職員"), _("内容"), _("状態"), _("番号")]


def summary(impact: Impact) -> list[tuple[str, int]]:
    """Return what happened in numbers."""
    return [
        (_("他の団体へ提供した"), len(impact.provided)),
        (_("他の団体から受け取った"), len(impact.received)),
        (_("職員が画面を開いた"), len(impact.looks)),
        (_("手紙を送った"), len(impact.letters)),
        (_("この間に持ち出された名簿（誰が載っているかは分かりません）"), impact.exports),
    ]


def event_rows(impact: Impact) -> list[EventRow]:
    """Return everything that happened, in the order of time."""
    rows = [*_exchange_rows(impact), *_look_rows(impact), *_letter_rows(impact)]
    return sorted(rows, key=lambda row: row.at)


def _exchange_rows(impact: Impact) -> list[EventRow]:
    names = institution_names()
    place = int(current_language() is Language.EN)
    rows = [
        EventRow(
            at=one.requested_at,
            kind=str(DIRECTION_LABELS[one.direction]),
            who=names.get(one.other, (one.other, one.other))[place],
            what=_data_sets(one),
            outcome=_outcome(one),
            reference=one.transaction_number,
        )
        for one in impact.exchanges or ()
    ]
    return rows + [
        EventRow(
            at=one.requested_at,
            kind=str(DIRECTION_LABELS[Direction.INQUIRED]),
            who=one.provider_name_en if place else one.provider_name,
            what="",
            outcome=str(ENDINGS[one.state].title),
            reference=one.transaction_number,
        )
        for one in impact.told_by_town_alone
    ]


def _data_sets(one: Exchange) -> str:
    place = current_language() is Language.EN
    found = [catalogue().data_set(code) for code in one.data_sets]
    return "、".join(data_set.name_en if place else data_set.name_ja for data_set in found)


def _outcome(one: Exchange) -> str:
    if one.provided_at is None:
        return _("内容は渡っていない")
    return _("%(at)s に内容が渡った") % {"at": moment(one.provided_at)}


def _look_rows(impact: Impact) -> list[EventRow]:
    actors = {one.staff: str(staff_actor(one.staff, "")) for one in impact.looks}
    names = names_of_staff(set(actors.values()))
    kind = _("閲覧")
    return [
        EventRow(one.at, kind, names.get(actors[one.staff], one.staff), _page(one.part), "", "") for one in impact.looks
    ]


def _page(part: str) -> str:
    return str(next((words for start, words in _PAGES if part.startswith(start)), _("住民の画面")))


def _letter_rows(impact: Impact) -> list[EventRow]:
    names = names_of_staff({one.issued_by for one in impact.letters})
    return [
        EventRow(
            one.issued_at, _("手紙"), names.get(one.issued_by, _("自動")), str(KIND_LABELS[one.kind]), "", one.number
        )
        for one in impact.letters
    ]
