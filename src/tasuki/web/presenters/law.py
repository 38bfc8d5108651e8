"""Editions of the table of law, and their differences, in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasuki.network.comparing import Change, ChangeKind, Right
from tasuki.network.permitted import editions
from tasuki.network.types import InstitutionClass
from tasuki.web.presenters.exchange_words import data_set_name
from tasuki.web.templatetags.tasuki import current_language

_KINDS: Final[Mapping[ChangeKind, tuple[Promise, str]]] = {
    ChangeKind.ADDED: (gettext_lazy("追加"), "good"),
    ChangeKind.REMOVED: (gettext_lazy("削除"), "bad"),
    ChangeKind.CHANGED: (gettext_lazy("根拠か期間の変更"), "care"),
}
_CLASSES: Final[Mapping[InstitutionClass, Promise]] = {
    InstitutionClass.MUNICIPALITY: gettext_lazy("市区町村"),
    InstitutionClass.OTHER: gettext_lazy("その他の機関"),
    InstitutionClass.PORTAL: gettext_lazy("マイナポータル（本人）"),
}


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One edition as the list shows it."""

    edition: str
    name: str
    since: dt.date
    last: dt.date | None
    is_in_force: bool
    is_provisional: bool
    rows: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One difference as the table shows it."""

    kind: Promise
    tone: str
    procedure: str
    inquirer: Promise
    provider: Promise
    data_sets: tuple[str, ...]
    before: Right | None
    after: Right | None


def class_label(value: str) -> str:
    """Return what a kind of institution is called."""
    return str(_CLASSES[InstitutionClass(value)])


def edition_rows(on: dt.date) -> list[EditionRow]:
    """Return every edition, and whether it decides on a day."""
    english = current_language() == "en"
    return [
        EditionRow(
            edition=one.edition,
            name=one.name_en if english else one.name,
            since=one.since,
            last=None if one.until is None else one.until - dt.timedelta(days=1),
            is_in_force=one.in_force(on),
            is_provisional=one.is_provisional,
            rows=len(one.permissions),
        )
        for one in editions()
    ]


def change_rows(changes: Sequence[Change]) -> list[ChangeRow]:
    """Return the differences with their words."""
    language = current_language()
    return [
        ChangeRow(
            *_KINDS[change.kind],
            change.procedure,
            _CLASSES[change.inquirer],
            _CLASSES[change.provider],
            tuple(data_set_name(one, language) for one in change.data_sets),
            change.before,
            change.after,
        )
        for change in changes
    ]
