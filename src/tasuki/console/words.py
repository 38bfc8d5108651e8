"""What the consoles call things, in the language of the request."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.nodes.types import NodeKind
from tasuki.protocol.flow import OUTCOMES, Outcome
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party, table
from tasuki.web.templatetags.tasuki import current_language

KINDS: Final[Mapping[NodeKind, Promise]] = {
    NodeKind.TOWN: gettext_lazy("自治体"),
    NodeKind.GATEWAY: gettext_lazy("中間サーバー"),
    NodeKind.NETWORK: gettext_lazy("情報提供ネットワーク"),
    NodeKind.JLIS: gettext_lazy("J-LISの代役"),
}
SIDES: Final[Mapping[Party, Promise]] = {
    Party.INQUIRER: gettext_lazy("照会側"),
    Party.PROVIDER: gettext_lazy("提供側"),
    Party.NETWORK: gettext_lazy("決定"),
    Party.TOWN: gettext_lazy("自治体"),
}
OUTCOME_LABELS: Final[Mapping[Outcome, Promise]] = {
    Outcome.ANSWERED: gettext_lazy("回答あり"),
    Outcome.NOTHING_HELD: gettext_lazy("提供できる記録なし"),
    Outcome.REFUSED: gettext_lazy("不許可"),
    Outcome.NOT_ANSWERED: gettext_lazy("回答なし"),
    Outcome.OPEN: gettext_lazy("途中"),
}
_TONES: Final[Mapping[Outcome, str]] = {
    Outcome.ANSWERED: "good",
    Outcome.NOTHING_HELD: "",
    Outcome.REFUSED: "care",
    Outcome.NOT_ANSWERED: "care",
    Outcome.OPEN: "",
}
_PROBES: Final[Mapping[str, tuple[Promise, Promise, Promise]]] = {
    "evidence": (
        gettext_lazy("証跡を書く"),
        gettext_lazy("試しに1件書き、取り消しました。"),
        gettext_lazy(
            "書けません。書けない間は、どの電文にも答えません。データベース、ディスク、権限を確かめてください。"
        ),
    ),
    "signing_key": (
        gettext_lazy("署名の鍵"),
        gettext_lazy("読めます。"),
        gettext_lazy("読めません。鍵の置き場所と権限を確かめてください。"),
    ),
    "certificate": (
        gettext_lazy("証明書"),
        gettext_lazy("有効です。"),
        gettext_lazy("証明書がないか、期限が過ぎています。更新してください。"),
    ),
    "worker": (
        gettext_lazy("裏方の処理"),
        gettext_lazy("動いています。"),
        gettext_lazy("60秒以上、動いた知らせがありません。プロセスを確かめてください。"),
    ),
    "maintenance": (
        gettext_lazy("保守"),
        gettext_lazy("保守中ではありません。"),
        gettext_lazy("保守中です。終わるまで、どの電文にも答えません。"),
    ),
}
_LOOPS: Final[Mapping[str, Promise]] = {
    "heartbeat": gettext_lazy("動いている知らせ"),
    "seal": gettext_lazy("証跡の封"),
    "checkpoints": gettext_lazy("相手方との照合"),
    "forget": gettext_lazy("受け取った電文の番号の整理"),
    "records": gettext_lazy("保存期間の過ぎた記録の消去"),
    "inquiries": gettext_lazy("途中の照会の続き"),
    "receipts": gettext_lazy("受領の通知"),
    "corrections": gettext_lazy("訂正の通知"),
    "removed": gettext_lazy("消えた副本の整理"),
    "unread": gettext_lazy("読まれない回答の消去"),
    "deliver-codes": gettext_lazy("符号の通知"),
    "lapse": gettext_lazy("返事のない許可の失効"),
    "notices": gettext_lazy("期限の過ぎたお知らせの消去"),
}


def probe_words(name: str, *, is_able: bool) -> tuple[str, str]:
    """Return what a check is called, and what it found."""
    label, good, bad = _PROBES[name]
    return str(label), str(good if is_able else bad)


def loop_label(name: str) -> str:
    """Return what a loop of the worker does; its own name where it is one this release does not know."""
    return str(_LOOPS.get(name, name))


def tone_of(state: State) -> str:
    """Return how a state is marked, beside its word."""
    return _TONES[OUTCOMES[state]]


def party_label(party: Party) -> str:
    """Return what a party is called."""
    words = table().parties[party]
    return words.en if current_language() == "en" else words.ja


def names_of_actors(actors: set[str]) -> dict[str, str]:
    """Return what those who acted are called: staff by name, anybody else by the word under which they acted."""
    return {actor: _unnamed(actor) for actor in actors} | names_of_staff(actors)


def _unnamed(actor: str) -> str:
    _kind, _colon, identifier = actor.partition(":")
    command = identifier.removeprefix("command-")
    return _("命令 %(command)s") % {"command": command} if command != identifier else identifier
