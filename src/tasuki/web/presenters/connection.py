"""How a connection test went, in words: each part of the way, where it broke off, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.protocol.errors import Phase
from tasuki.protocol.probes import Connection, Leg
from tasuki.web.presenters.peer_words import why_it_waits

_LEGS: Final[Mapping[Leg, Promise]] = {
    Leg.GATEWAY: gettext_lazy("この自治体から中間サーバーへ"),
    Leg.NETWORK: gettext_lazy("中間サーバーから情報提供ネットワークへ"),
    Leg.ROUTE: gettext_lazy("相手の自治体を受け持つ中間サーバーを調べる"),
    Leg.PROVIDER_GATEWAY: gettext_lazy("相手の中間サーバーへ"),
    Leg.PROVIDER_TOWN: gettext_lazy("相手の自治体から中間サーバーへの接続"),
}
_CAUSES: Final[Mapping[str, Promise]] = {
    Phase.CONNECT: gettext_lazy("つながりません。相手が動いているか、回線と証明書を確かめてください。"),
    Phase.SEND: gettext_lazy("送っている途中で切れました。回線を確かめてください。"),
    Phase.RECEIVE: gettext_lazy("返事が届きません。回線、証明書、相手の負荷を確かめてください。"),
    Phase.PARSE: gettext_lazy("返事を読めません。両方の版と時計を確かめてください。"),
    Phase.REFUSED: gettext_lazy("断られました。理由を運用者に知らせてください。"),
}
_WITHOUT_PHASE: Final[Mapping[Leg, Promise]] = {
    Leg.ROUTE: gettext_lazy("相手の自治体がネットワークに登録されていません。ネットワークの運用者に知らせてください。"),
    Leg.PROVIDER_TOWN: gettext_lazy(
        "相手の自治体から、しばらく連絡がありません。相手に知らせてください。登録済みの副本には答えられます。"
    ),
}


@dataclass(frozen=True, slots=True)
class LegRow:
    """One part of the way as the table shows it."""

    label: str
    peer: str
    passed: bool
    milliseconds: int
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the whole test says."""

    kind: str
    title: str
    text: str


def leg_rows(found: Connection) -> list[LegRow]:
    """Return the parts of the way that were reached."""
    return [
        LegRow(
            label=str(_LEGS[leg.leg]),
            peer=leg.peer,
            passed=leg.passed,
            milliseconds=leg.milliseconds,
            cause="" if leg.passed else _cause(leg.leg, leg.phase, leg.reason),
            detail=leg.reason,
        )
        for leg in found.legs
    ]


def cause_words(phase: str, reason: str) -> str:
    """Say why a message did not get through, and what to do; nothing for a phase there is not."""
    return why_it_waits(reason) or str(_CAUSES.get(phase, ""))


def _cause(leg: Leg, phase: str, reason: str) -> str:
    return cause_words(phase, reason) or str(_WITHOUT_PHASE[leg])


def verdict(found: Connection) -> Verdict:
    """Say whether the message came all the way, and where it broke off if not."""
    failed = found.failed
    if failed is None:
        return Verdict("success", _("通じています。"), _("電文は相手まで届き、返事が戻りました。"))
    return Verdict("error", _("通じていません。"), _("「%(leg)s」で止まりました。") % {"leg": _LEGS[failed.leg]})
