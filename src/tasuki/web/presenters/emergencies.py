"""Emergency roles in words: what is lent, to whom, until when, and what became of it."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tasuki import runtime
from tasuki.accounts import queries
from tasuki.accounts.emergencies import Duty, duties, duty, waits_minutes
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.accounts.types import EmergencyDecision, EmergencyEnd, EmergencyProblem, Lent, Member, Role
from tasuki.web.presenters.accounts import ROLE_NAMES
from tasuki.web.presenters.tiles import Mood, Tile, to_do

PROBLEMS: Final[Mapping[EmergencyProblem, Promise]] = {
    EmergencyProblem.NOT_FOR_ROLE: gettext_lazy("この役割の人に、この職務は貸せません。選べる職務の表を見てください。"),
    EmergencyProblem.NEVER_LENT: gettext_lazy("この職務は、緊急のときも誰にも貸せません。わけは下の表にあります。"),
    EmergencyProblem.NEVER_JOINED: gettext_lazy(
        "いまの役割とこの職務は、緊急のときも一人が兼ねられません。わけは下の表にあります。"
    ),
    EmergencyProblem.WAITS_ALREADY: gettext_lazy(
        "あなたの申請が先に一つあります。取り下げるか、終えてから申請してください。"
    ),
    EmergencyProblem.NOT_WAITING: gettext_lazy("待っている申請ではありません。先に決まったか、時間が過ぎています。"),
    EmergencyProblem.SAME_PERSON: gettext_lazy("申請した人は開けません。ほかの人が開いてください。"),
    EmergencyProblem.NOT_FOR_OPENER: gettext_lazy(
        "この職務を開ける役割ではありません。開ける役割の人に頼んでください。"
    ),
    EmergencyProblem.NOT_OPEN: gettext_lazy("この権限は、もう終わっています。"),
    EmergencyProblem.NOT_THEIRS: gettext_lazy("借りている人と、開ける役割の人だけが終えられます。"),
}
_STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    "WAITING": (gettext_lazy("開くのを待っている"), "tag--care"),
    "OPEN": (gettext_lazy("いま開いている"), "tag--bad"),
    "OVER": (gettext_lazy("時間が過ぎた"), ""),
    EmergencyDecision.REFUSED: (gettext_lazy("断られた"), ""),
    EmergencyDecision.WITHDRAWN: (gettext_lazy("申請した人が取り下げた"), ""),
    EmergencyDecision.LAPSED: (gettext_lazy("誰も決めないまま時間が過ぎた"), ""),
    EmergencyEnd.RETURNED: (gettext_lazy("借りた人が終えた"), ""),
    EmergencyEnd.TAKEN_BACK: (gettext_lazy("ほかの人が終えた"), ""),
    EmergencyEnd.EXPIRED: (gettext_lazy("時間が過ぎて終わった"), ""),
}


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as the table of duties shows it."""

    key: str
    label: str
    why: str
    minutes: int
    opened_by: str


@dataclass(frozen=True, slots=True)
class EmergencyRow:
    """One emergency role."""

    one: Emergency
    duty: str
    state: str
    tone: str
    staff: str
    role: str
    decided_by: str
    ended_by: str
    is_waiting: bool
    is_open: bool


def duty_label(one: Duty) -> str:
    """Return what a duty is called in the language of the page."""
    return one.en if get_language() == "en" else one.ja


def duty_rows(found: Sequence[Duty]) -> list[DutyRow]:
    """Return duties with who opens them, for how long, and why they may be lent."""
    english = get_language() == "en"
    separator = ", " if english else "、"
    return [
        DutyRow(
            one.key,
            duty_label(one),
            one.why_en if english else one.why_ja,
            one.minutes,
            separator.join(str(ROLE_NAMES[role]) for role in ROLE_NAMES if role in one.opened_by),
        )
        for one in found
    ]


def emergency_rows(found: Sequence[Emergency], at: dt.datetime) -> list[EmergencyRow]:
    """Return emergency roles in words."""
    actors = {actor for one in found for actor in (one.decided_by, one.ended_by) if actor}
    names = names_of_staff(actors)
    return [_row(one, names, at) for one in found]


def _row(one: Emergency, names: Mapping[str, str], at: dt.datetime) -> EmergencyRow:
    state = _state(one, at)
    label, tone = _STATES[state]
    lent = duty(one.duty)
    return EmergencyRow(
        one=one,
        duty=one.duty if lent is None else duty_label(lent),
        state=str(label),
        tone=tone,
        staff=f"{one.staff.department} {one.staff.display_name}",
        role=str(ROLE_NAMES[Role(one.role)]),
        decided_by=_name(one.decided_by, names),
        ended_by=_name(one.ended_by, names),
        is_waiting=state == "WAITING",
        is_open=state == "OPEN",
    )


def _name(actor: str | None, names: Mapping[str, str]) -> str:
    return "" if actor is None else names.get(actor, _("自動(時間切れ)"))


def _state(one: Emergency, at: dt.datetime) -> str:
    if one.decision is None:
        return "WAITING" if at < one.asked_at + dt.timedelta(minutes=waits_minutes()) else EmergencyDecision.LAPSED
    if one.decision != EmergencyDecision.OPENED:
        return one.decision
    return one.end or ("OPEN" if one.stands(at) else "OVER")


def banner(lent: Lent | None, at: dt.datetime) -> dict[str, object] | None:
    """Return what every page says while a duty is lent: which, until when, how many minutes are left."""
    held = None if lent is None else duty(lent.duty)
    if lent is None or held is None:
        return None
    left = max(1, math.ceil((lent.until - at).total_seconds() / 60))
    return {"duty": duty_label(held), "until": lent.until, "minutes": left, "number": lent.emergency}


def emergency_tiles(member: Member) -> tuple[Tile, ...]:
    """Return what is lent now, for whoever watches over it, and what waits for this member to open."""
    if not may(member, Permission.VIEW_EMERGENCIES) or may(member, Permission.ASK_EMERGENCY):
        return ()
    at, address = runtime.now(), reverse("emergencies")
    tiles: list[Tile] = []
    if may(member, Permission.OPEN_EMERGENCY):
        since = at - dt.timedelta(minutes=waits_minutes())
        opened = {one.key for one in duties() if member.role in one.opened_by}
        waiting = [key for key in queries.emergencies_waiting(since, str(member.as_actor())) if key in opened]
        if waiting:
            tiles.append(Tile(_("開くのを待つ緊急時の権限"), len(waiting), _("わけを確かめて決める"), Mood.DO, address))
    number = queries.emergencies_open(at)
    if number or may(member, Permission.REVIEW_ACCESSES):
        tiles.append(
            to_do(
                _("いま開いている緊急時の権限"),
                number,
                _("誰が何のために使っているか見る"),
                _("開いている権限はありません"),
                address,
            )
        )
    return tuple(tiles)
