"""What staff read about a resident beyond the screenings: household, changes, contact, protection."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.screening.types import Sex
from tasuki.screening.types.residents import (
    FormerContact,
    FormerState,
    LetterLanguage,
    MoveKind,
    RegisterLoad,
    RegisterScope,
)
from tasuki.shared.actor import ActorKind
from tasuki.web.templatetags.tasuki import civil

MOVE_LABELS: Final[Mapping[MoveKind, Promise]] = {
    MoveKind.BIRTH: gettext_lazy("出生"),
    MoveKind.MOVED_IN: gettext_lazy("転入"),
    MoveKind.MOVED_WITHIN: gettext_lazy("転居"),
    MoveKind.MOVED_OUT: gettext_lazy("転出"),
    MoveKind.DEATH: gettext_lazy("死亡"),
    MoveKind.NAME_CHANGED: gettext_lazy("氏名変更"),
    MoveKind.HOUSEHOLD_CHANGED: gettext_lazy("世帯変更"),
    MoveKind.NUMBER_CHANGED: gettext_lazy("個人番号変更"),
    MoveKind.PROTECTION: gettext_lazy("支援措置"),
    MoveKind.CORRECTED: gettext_lazy("職権修正"),
}
LANGUAGE_LABELS: Final[Mapping[LetterLanguage, Promise]] = {
    LetterLanguage.JAPANESE: gettext_lazy("日本語"),
    LetterLanguage.ENGLISH: gettext_lazy("英語"),
    LetterLanguage.CHINESE: gettext_lazy("中国語"),
    LetterLanguage.KOREAN: gettext_lazy("韓国・朝鮮語"),
    LetterLanguage.VIETNAMESE: gettext_lazy("ベトナム語"),
    LetterLanguage.NEPALI: gettext_lazy("ネパール語"),
}
_COLUMNS: Final[Mapping[str, Promise]] = {
    "name": gettext_lazy("氏名"),
    "kana_name": gettext_lazy("フリガナ"),
    "birth_date": gettext_lazy("生年月日"),
    "sex": gettext_lazy("性別"),
    "household_number": gettext_lazy("世帯番号"),
    "postal_code": gettext_lazy("郵便番号"),
    "address": gettext_lazy("住所"),
    "moved_in_date": gettext_lazy("転入日"),
    "moved_in_from": gettext_lazy("転入元"),
    "moved_out_date": gettext_lazy("転出日"),
    "moved_out_to": gettext_lazy("転出先"),
    "died_date": gettext_lazy("死亡日"),
    "protected_from": gettext_lazy("支援措置の開始日"),
    "protected_to": gettext_lazy("支援措置の終了日"),
    "phone": gettext_lazy("電話番号"),
    "mailing_name": gettext_lazy("送付先の宛名"),
    "mailing_postal_code": gettext_lazy("送付先の郵便番号"),
    "mailing_address": gettext_lazy("送付先の住所"),
    "mailing_from": gettext_lazy("送付先を使い始める日"),
    "mailing_to": gettext_lazy("送付先を使い終える日"),
    "letter_language": gettext_lazy("通知の言語"),
    "note": gettext_lazy("連絡のときの注意"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One column that changed, as it was and as it is."""

    label: Promise | str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change: what happened, since when, when it became known here, who wrote it, and what it changed."""

    label: Promise | str
    event_date: dt.date | None
    changed_at: dt.datetime
    by: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class FormerAddress:
    """An address at which a resident was registered, with the days from and until, where they are known."""

    address: str
    since: dt.date | None
    until: dt.date | None


def move_views(states: Sequence[FormerState], staff_names: Mapping[str, str]) -> list[ChangeView]:
    """Return a resident's changes in words, newest first."""
    return [
        ChangeView(
            MOVE_LABELS[state.kind],
            state.event_date,
            state.changed_at,
            by_whom(state.changed_by, staff_names),
            _differences(state.before, state.after),
        )
        for state in states
    ]


def contact_change_views(changes: Sequence[FormerContact], staff_names: Mapping[str, str]) -> list[ChangeView]:
    """Return the changes of a contact in words, newest first."""
    return [
        ChangeView(
            change.reason,
            None,
            change.changed_at,
            by_whom(change.changed_by, staff_names),
            _differences(change.before, change.after),
        )
        for change in changes
    ]


def address_history(address: str, states: Sequence[FormerState]) -> list[FormerAddress]:
    """Return where a resident was registered, newest first, out of the changes that touched the address."""
    found: list[FormerAddress] = []
    until: dt.date | None = None
    current = address
    for state in states:
        if "address" not in state.after:
            continue
        found.append(FormerAddress(current, state.event_date, until))
        until, current = state.event_date, state.before.get("address") or ""
    if current:
        found.append(FormerAddress(current, None, until))
    return found


def by_whom(actor: str, staff_names: Mapping[str, str]) -> str:
    """Say who did something: a member of staff by name, the software as such."""
    kind, _separator, identifier = actor.partition(":")
    if kind == ActorKind.STAFF:
        return staff_names.get(identifier, identifier)
    return _("システム")


def _differences(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> tuple[Difference, ...]:
    return tuple(
        Difference(label, _value(name, before.get(name)), _value(name, after[name]))
        for name, label in _COLUMNS.items()
        if name in after and (before.get(name) or "") != (after[name] or "")
    )


def _value(name: str, value: str | None) -> str:
    if not value:
        return "—"
    if name == "sex":
        return _("男") if value == Sex.MALE else _("女")
    if name == "letter_language":
        return str(LANGUAGE_LABELS[LetterLanguage(value)])
    if name.endswith(("_date", "_from", "_to")) and name not in ("moved_in_from", "moved_out_to"):
        return civil(dt.date.fromisoformat(value))
    return value


def scope_label(load: RegisterLoad) -> str:
    """Say what a file of the register held."""
    labels = {
        RegisterScope.WHOLE: _("全件"),
        RegisterScope.CHANGES: _("異動"),
        RegisterScope.UNREADABLE: _("読めないファイル"),
    }
    return labels[load.scope]
