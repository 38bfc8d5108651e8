"""Alerts about accesses in words: what was found, by which rule, and how it ended."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.accounts.types import Role
from tasuki.watching.queries.settings import settings
from tasuki.watching.rules import hours_on, rules_on
from tasuki.watching.types import Alert, AlertOutcome, RuleKind
from tasuki.web.presenters.accounts import ROLE_NAMES

RULE_LABELS: Final[dict[RuleKind, Promise]] = {
    RuleKind.BULK_VIEWING: gettext_lazy("短い時間に多くの人を開いた"),
    RuleKind.OFF_HOURS: gettext_lazy("執務時間の外に扱った"),
    RuleKind.PROTECTED_PERSONS: gettext_lazy("支援措置の対象者を何人も開いた"),
    RuleKind.SEARCH_WITHOUT_OPENING: gettext_lazy("検索を繰り返し、誰も開かなかった"),
    RuleKind.REPEATED_REFUSALS: gettext_lazy("権限のない画面を繰り返し開こうとした"),
    RuleKind.UNUSUAL_VOLUME: gettext_lazy("同じ役割の人よりずっと多くの人を見た"),
    RuleKind.OWN_HOUSEHOLD: gettext_lazy("自分か、自分の世帯の人を開いた"),
    RuleKind.COLLEAGUE: gettext_lazy("同僚を開いた"),
    RuleKind.EMERGENCY: gettext_lazy("緊急時の権限が開かれた"),
}
OUTCOME_LABELS: Final[dict[AlertOutcome, Promise]] = {
    AlertOutcome.PROPER: gettext_lazy("業務に必要だった"),
    AlertOutcome.MISTAKE: gettext_lazy("操作の誤りだった"),
    AlertOutcome.IMPROPER: gettext_lazy("不適切だった(漏えい等の手順へ進む)"),
}


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as a row."""

    alert: Alert
    rule: str
    staff: str
    role: str
    is_own: bool
    opener: str
    """Who opened the emergency role it is about."""
    is_opener: bool
    outcome: str
    reviewer: str


def alert_rows(found: Sequence[Alert], reader: str) -> list[AlertRow]:
    """Return alerts for a reader, who does not review their own."""
    names = names_of_staff([name for one in found for name in (one.staff, one.closed_by, one.opened_by) if name])
    return [
        AlertRow(
            alert=one,
            rule=str(RULE_LABELS[one.rule]),
            staff=names.get(one.staff, one.staff),
            role=str(ROLE_NAMES[Role(one.role)]),
            is_own=one.staff == reader,
            opener="" if one.opened_by is None else names.get(one.opened_by, one.opened_by),
            is_opener=one.opened_by == reader,
            outcome="" if one.outcome is None else str(OUTCOME_LABELS[one.outcome]),
            reviewer=names.get(one.closed_by or "", one.closed_by or ""),
        )
        for one in found
    ]


def rules_shown(on: dt.date) -> list[dict[str, object]]:
    """Return the rules that hold, with what they count and their basis."""
    return [
        {
            "label": RULE_LABELS[one.kind],
            "is_settable": one.least_between is not None,
            "says": _says(one.kind, one.least, one.times),
            "rule": one,
        }
        for one in rules_on(on, settings())
    ]


def hours_shown(on: dt.date) -> str:
    """Return the office hours that hold, as one sentence."""
    hours = hours_on(on)
    text = _(
        "執務時間は平日の%(opens)sから%(closes)sまで。前後%(grace)s分は数えません。土日・祝日・年末年始は休みです。"
    )
    return text % {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}", "grace": hours.grace_minutes}


def _says(kind: RuleKind, least: int, times: int) -> str:
    words = {
        RuleKind.BULK_VIEWING: _("1時間に%(least)s人以上"),
        RuleKind.OFF_HOURS: _("1日に%(least)s回以上"),
        RuleKind.PROTECTED_PERSONS: _("1日に%(least)s人以上"),
        RuleKind.SEARCH_WITHOUT_OPENING: _("1時間に%(least)s回以上"),
        RuleKind.REPEATED_REFUSALS: _("1時間に%(least)s回以上"),
        RuleKind.UNUSUAL_VOLUME: _("1日に%(least)s人以上で、役割の過去90日の中央値の%(times)s倍以上"),
        RuleKind.OWN_HOUSEHOLD: _("1日に%(least)s人以上"),
        RuleKind.COLLEAGUE: _("1日に%(least)s人以上"),
        RuleKind.EMERGENCY: _("開かれるたび、すぐに"),
    }
    return words[kind] % {"least": least, "times": times}
