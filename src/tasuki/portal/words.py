"""What a resident reads of states, requests and records, in the language of the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language
from tasuki.protocol.self_messages import SelfOutcome, SelfState
from tasuki.protocol.self_reading import NamedInstitution, RecordOutcome
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class Words:
    """What something is called, what it means, and how it is marked beside its word."""

    label: Promise
    meaning: Promise
    tone: str = ""


#: What is told of an institution's answer. Whoever is on hold waits, and what is withheld is nothing to give: the words
#: must not differ.
STATES: Final[Mapping[SelfState, Words]] = {
    SelfState.WAITING: Words(
        gettext_lazy("回答を待っています"),
        gettext_lazy(
            "ふつうは数分で届きます。機関の職員が確かめてから回答することもあり、そのときは数日かかります。"
            "7日のあいだ回答がなければ、そのことをここに示します。"
        ),
    ),
    SelfState.GIVEN: Words(gettext_lazy("回答が届きました"), gettext_lazy("下に示します。"), "good"),
    SelfState.NOTHING: Words(
        gettext_lazy("お示しできる記録はありませんでした"),
        gettext_lazy(
            "この機関で検診を受けていないか、記録がまだ登録されていないときなどです。"
            "受けたはずの検診があるときは、その機関の検診の窓口にお尋ねください。"
        ),
    ),
    SelfState.REFUSED: Words(
        gettext_lazy("照会できませんでした"),
        gettext_lazy("この機関に照会できる法令の決まりがないか、機関が連携に参加していません。"),
        "care",
    ),
    SelfState.UNANSWERED: Words(
        gettext_lazy("期限までに回答がありませんでした"),
        gettext_lazy("もう一度請求できます。続くときは、その機関の検診の窓口にお尋ねください。"),
        "care",
    ),
    SelfState.GONE: Words(
        gettext_lazy("回答は消去されました"),
        gettext_lazy(
            "回答は、受け取ってから1日、受け取らなければ請求から30日で消えます。必要なときは、もう一度請求してください。"
        ),
    ),
}
#: Why a request was not taken, and what to do.
REFUSALS: Final[Mapping[SelfOutcome, Words]] = {
    SelfOutcome.TOO_MANY: Words(
        gettext_lazy("いまは請求できません"),
        gettext_lazy("1日に請求できる回数に達したか、同じ機関の回答をまだ待っています。"),
    ),
    SelfOutcome.NOBODY_TO_ASK: Words(
        gettext_lazy("請求できる機関がありません"),
        gettext_lazy("あなたの符号を持つ機関が、いまはありません。お住まいの市区町村の窓口にお尋ねください。"),
    ),
    SelfOutcome.NO_LEGAL_BASIS: Words(
        gettext_lazy("いまは請求を受け付けていません"),
        gettext_lazy("自己情報の照会を認める法令の決まりが、今日の表にありません。"),
    ),
    SelfOutcome.CODE_UNKNOWN: Words(
        gettext_lazy("本人の確認をやりなおしてください"),
        gettext_lazy(
            "ネットワークが、あなたの符号を確かめられませんでした。いったん終えて、はじめから入りなおしてください。"
        ),
    ),
    SelfOutcome.NUMBER_USED: Words(
        gettext_lazy("請求をやりなおしてください"),
        gettext_lazy("請求の番号がほかと重なりました。もう一度「請求する」を押してください。"),
    ),
}
#: What came of an exchange about the person.
OUTCOMES: Final[Mapping[RecordOutcome, Words]] = {
    RecordOutcome.PROVIDED: Words(gettext_lazy("提供された"), gettext_lazy("情報が渡りました。")),
    RecordOutcome.NOTHING: Words(gettext_lazy("提供なし"), gettext_lazy("渡された情報はありません。")),
    RecordOutcome.REFUSED: Words(
        gettext_lazy("照会できず"), gettext_lazy("ネットワークが認めなかったため、情報は渡っていません。")
    ),
}


def name_of(one: NamedInstitution) -> str:
    """Return what an institution is called."""
    return one.name_en if current_language() is Language.EN else one.name


def data_set_label(code: str) -> str:
    """Name a data set; one the layouts do not know by its code."""
    found = catalogue().data_sets.get(code)
    if found is None:
        return code
    return found.name_en if current_language() is Language.EN else found.name_ja
