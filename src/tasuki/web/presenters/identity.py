"""Words and rows of the person index's pages: cases, agreements, people as systems state them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.persons.case_rules import PEOPLE_NEEDED
from tasuki.persons.gate import compare
from tasuki.persons.queries.people import IndexPerson, Stated
from tasuki.persons.queries.statements import business_systems
from tasuki.persons.types.cases import Case, CaseAct, CaseKind, CaseState, Refusal
from tasuki.persons.types.items import BasicItems, Item, Level
from tasuki.persons.types.merging import ActKind, QuarantineCause
from tasuki.shared.dates import display_date
from tasuki.web.presenters.people import sex_label
from tasuki.web.sealed import seal_unified
from tasuki.web.templatetags.tasuki import civil, current_language

KIND_LABELS: Final[Mapping[CaseKind, Promise]] = {
    CaseKind.ITEMS_DIFFER: gettext_lazy("個人番号の持ち主と四情報が違う"),
    CaseKind.HOUSEHOLD_MEMBER: gettext_lazy("同じ世帯の別の人の個人番号"),
    CaseKind.SHARED_NUMBER: gettext_lazy("二人が同じ個人番号"),
    CaseKind.NUMBER_CHANGED: gettext_lazy("個人番号が前と違う"),
    CaseKind.TOO_LITTLE_KNOWN: gettext_lazy("四情報が足りない"),
    CaseKind.NOT_IN_REGISTER: gettext_lazy("住民記録にいない人の個人番号"),
    CaseKind.SAME_NAME: gettext_lazy("同姓同名で生年月日も同じ人がいる"),
    CaseKind.CANDIDATES: gettext_lazy("同じ人かもしれない人がいる"),
    CaseKind.MERGE: gettext_lazy("統合の起案"),
    CaseKind.SPLIT: gettext_lazy("分割の起案"),
    CaseKind.UNDO: gettext_lazy("取消しの起案"),
    CaseKind.LINKED_TO_OTHER: gettext_lazy("別の人に結び付いている疑い"),
    CaseKind.LINK_DOUBTFUL: gettext_lazy("結び付きが住民記録と合わない"),
    CaseKind.NUMBERED_TWICE: gettext_lazy("一人に二つの番号がある疑い"),
    CaseKind.MASS_STOP: gettext_lazy("一つの業務システムの多くの人の停止"),
}
#: What it means, and what to do first.
KIND_HELP: Final[Mapping[CaseKind, Promise]] = {
    CaseKind.ITEMS_DIFFER: gettext_lazy(
        "届いた個人番号は、住民記録では氏名・生年月日・性別・住所のどれかが違う人の番号です。"
        "申請書と本人確認書類を見て、誰の番号かを確かめてください。"
    ),
    CaseKind.HOUSEHOLD_MEMBER: gettext_lazy(
        "届いた個人番号は、同じ世帯のほかの人の番号です。申請書に家族の番号を書いた誤りが、全国で最も多く見つかっています。"
    ),
    CaseKind.SHARED_NUMBER: gettext_lazy(
        "この業務システムには、同じ個人番号の人がもう一人います。二重登録か、番号の書き間違いです。"
    ),
    CaseKind.NUMBER_CHANGED: gettext_lazy(
        "この人は別の個人番号で登録されています。番号の変更か、取り違えです。住民票で変更の有無を確かめてください。"
    ),
    CaseKind.TOO_LITTLE_KNOWN: gettext_lazy("違いは見つかりませんが、本人と言い切るには情報が足りません。"),
    CaseKind.NOT_IN_REGISTER: gettext_lazy(
        "照らし合わせる住民記録がありません。住登外の人なら、個人番号カードなどの原本で確かめてください。"
    ),
    CaseKind.SAME_NAME: gettext_lazy("当てはまる人が二人以上います。住所や世帯から、どちらかを確かめてください。"),
    CaseKind.CANDIDATES: gettext_lazy(
        "個人番号がないので、よく似た人を並べました。同じ人か、別の人かを決めてください。"
    ),
    CaseKind.MERGE: gettext_lazy(
        "二つの統合宛名番号を一人のものとして扱う起案です。決まるまで、二人とも情報提供を止めています。"
    ),
    CaseKind.SPLIT: gettext_lazy("一つの統合宛名番号を二人に分ける起案です。決まるまで、情報提供を止めています。"),
    CaseKind.UNDO: gettext_lazy("前の統合または分割を取り消す起案です。決まるまで、情報提供を止めています。"),
    CaseKind.LINKED_TO_OTHER: gettext_lazy(
        "総点検で見つかりました。業務システムの登録は、結び付いている人ではなく、もう一人のほうと合っています。"
        "決まるまで、二人とも情報提供を止めています。申請書と本人確認書類で確かめてください。"
    ),
    CaseKind.LINK_DOUBTFUL: gettext_lazy(
        "総点検で見つかりました。業務システムの登録が、結び付いている人の住民記録と合いません。"
        "書き間違いなら業務システムへ差し戻し、別の人なら分けてください。"
    ),
    CaseKind.NUMBERED_TWICE: gettext_lazy(
        "総点検で見つかりました。同じ人に、統合宛名番号が二つ付いているようです。同じ人なら統合してください。"
    ),
    CaseKind.MASS_STOP: gettext_lazy(
        "総点検で、一つの業務システムから、別の人に結び付いている疑いがふだんより多く見つかりました。番号がずれて書き出された"
        "おそれがあるので、まだ誰も止めていません。業務システムの担当に確かめ、全員を止めるか、止めないかを二人で決めてください。"
        "期限までに決まらなければ、全員を止めます。急ぐ人は、その人の画面から一人ずつ止められます。"
    ),
}
HELD_BACK_HELP: Final = gettext_lazy(
    "総点検で見つかりました。業務システムの登録は、結び付いている人ではなく、もう一人のほうと合っています。"
    "同じ業務システムに疑いが多すぎるので、まだ止めていません。申請書と本人確認書類で確かめてください。"
)
STATE_LABELS: Final[Mapping[CaseState, Promise]] = {
    CaseState.OPEN: gettext_lazy("未処理"),
    CaseState.PROPOSED: gettext_lazy("承認待ち"),
    CaseState.DECIDED: gettext_lazy("決定済み"),
    CaseState.SENT_BACK: gettext_lazy("差戻し"),
    CaseState.SUPERSEDED: gettext_lazy("解消"),
}
ACT_LABELS: Final[Mapping[CaseAct, Promise]] = {
    CaseAct.LINK: gettext_lazy("この人と同じ人として登録する"),
    CaseAct.LINK_OTHER: gettext_lazy("もう一人のほうと同じ人として登録する"),
    CaseAct.NEW: gettext_lazy("別の人として新しい番号を付ける（個人番号は登録しない）"),
    CaseAct.KEEP_NUMBER: gettext_lazy("別の人として登録し、個人番号も本人のものとする"),
    CaseAct.SEND_BACK: gettext_lazy("業務システムへ差し戻す"),
    CaseAct.MERGE: gettext_lazy("統合する"),
    CaseAct.SPLIT: gettext_lazy("分割する"),
    CaseAct.UNDO: gettext_lazy("取り消す"),
    CaseAct.MOVE_LINK: gettext_lazy("この宛名番号を、もう一人のほうに付け替える"),
    CaseAct.PART_LINK: gettext_lazy("この宛名番号を、別の人として新しい番号に分ける"),
    CaseAct.STOP_ALL: gettext_lazy("全員の情報提供を止める"),
    CaseAct.LEAVE_ALL: gettext_lazy("番号のずれなので止めない（要確認は一件ずつ残る）"),
    CaseAct.CONFIRM: gettext_lazy("このままで正しい（内容が変わるまで、もう挙げない）"),
}
REFUSALS: Final[Mapping[Refusal, Promise]] = {
    Refusal.NOT_OPEN: gettext_lazy("ほかの人が先に処理しました。いまの状態を確かめてください。"),
    Refusal.SAME_PERSON_TWICE: gettext_lazy("起案した人は承認できません。別の承認者に頼んでください。"),
    Refusal.ACT_NOT_OFFERED: gettext_lazy("この要確認では選べない決定です。"),
    Refusal.NO_REASON: gettext_lazy("理由を入力してください。"),
    Refusal.NUMBER_IN_USE: gettext_lazy("その個人番号は、いまは別の人のものです。先にそちらを確かめてください。"),
    Refusal.ALREADY_LINKED: gettext_lazy(
        "その人は、この業務システムに別の宛名番号で登録されています。同じ人なら統合を起案してください。"
    ),
    Refusal.CHANGED_SINCE: gettext_lazy(
        "その間に統合・分割・登録が行われました。画面を開き直して、いまの状態を確かめてください。"
    ),
    Refusal.TWO_NUMBERS: gettext_lazy(
        "二人とも個人番号を持っています。一人が二つの個人番号を持つことはないので、統合できません。"
        "番号の登録誤りを先に直してください。"
    ),
    Refusal.NOTHING_LEFT: gettext_lazy("分ける宛名番号を、一つ以上、全部より少なく選んでください。"),
    Refusal.UNKNOWN_PERSON: gettext_lazy("その統合宛名番号の人はいません。番号を確かめてください。"),
}
CAUSE_LABELS: Final[Mapping[QuarantineCause, Promise]] = {
    QuarantineCause.CASE: gettext_lazy("誰の記録か確認している"),
    QuarantineCause.WRONG_LINK: gettext_lazy("別の人の記録が結び付いている疑い"),
    QuarantineCause.WRONG_NUMBER: gettext_lazy("個人番号が別の人のものである疑い"),
    QuarantineCause.OTHER: gettext_lazy("その他"),
}
ACT_KIND_LABELS: Final[Mapping[ActKind, Promise]] = {
    ActKind.MERGE: gettext_lazy("統合"),
    ActKind.SPLIT: gettext_lazy("分割"),
}
ITEM_LABELS: Final[Mapping[Item, Promise]] = {
    Item.NAME: gettext_lazy("氏名"),
    Item.KANA_NAME: gettext_lazy("フリガナ"),
    Item.BIRTH_DATE: gettext_lazy("生年月日"),
    Item.SEX: gettext_lazy("性別"),
    Item.ADDRESS: gettext_lazy("住所"),
}
LEVEL_LABELS: Final[Mapping[Level, Promise]] = {
    Level.SAME: gettext_lazy("同じ"),
    Level.VARIANT: gettext_lazy("表記の違いだけ"),
    Level.FORMER: gettext_lazy("前の内容と同じ"),
    Level.UNKNOWN: gettext_lazy("比べられない"),
    Level.DIFFERENT: gettext_lazy("違う"),
}
#: How a level looks; its word always stands beside it.
_MOODS: Final = {
    Level.SAME: "good",
    Level.VARIANT: "good",
    Level.FORMER: "care",
    Level.UNKNOWN: "",
    Level.DIFFERENT: "bad",
}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a comparison, side by side."""

    label: str
    stated: str
    known: tuple[tuple[str, str, str], ...]
    """For each person it is held against: what is known, the level in words, its mood."""


def comparison(stated: BasicItems | None, people: Sequence[IndexPerson]) -> list[ItemRow]:
    """Return the items of a statement beside those of people; without a statement, the first person leads."""
    references = [reference_of(one) for one in people]
    leading = stated if stated is not None else (references[0] if references else None)
    against = list(zip(people, references, strict=True))
    if stated is None:
        against = against[1:]
    agreements = [
        None
        if reference is None or leading is None
        else compare(leading, reference, former=[items for items, _ended in person.former])
        for person, reference in against
    ]
    rows = []
    for item in Item:
        known = tuple(
            (_shown(item, reference), *_level(None if agreement is None else agreement.of(item)))
            for (_person, reference), agreement in zip(against, agreements, strict=True)
        )
        rows.append(ItemRow(str(ITEM_LABELS[item]), _shown(item, leading), known))
    return rows


def _level(level: Level | None) -> tuple[str, str]:
    return ("", "") if level is None else (str(LEVEL_LABELS[level]), _MOODS[level])


def reference_of(person: IndexPerson) -> BasicItems | None:
    """Return what others are held against: the register first."""
    return next((one.items for one in person.stated if one.items is not None), None)


def _shown(item: Item, items: BasicItems | None) -> str:
    if items is None:
        return "—"
    value = str(getattr(items, item.value))
    if item is Item.SEX:
        return sex_label(value) if value else "—"
    if item is Item.BIRTH_DATE:
        return birth_words(value)
    return value or "—"


def birth_words(birth_date: str) -> str:
    """Write a birth date that may be known in part."""
    try:
        day = dt.date.fromisoformat(birth_date)
    except ValueError:
        return birth_date or "—"
    return civil(day) if current_language() == "en" else display_date(day)


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision that is offered."""

    act: CaseAct
    label: str
    people: int
    note: str


def choices(case: Case, people: Sequence[IndexPerson]) -> list[Choice]:
    """Return what may be decided about a case, and by how many people; whom it would be is named."""
    meant = {CaseAct.LINK: case.person, CaseAct.LINK_OTHER: case.other, CaseAct.MOVE_LINK: case.other}
    return [
        Choice(act, _act_words(act, meant.get(act), people), needed, _("承認者の承認が必要です") if needed > 1 else "")
        for act, needed in PEOPLE_NEEDED[case.kind].items()
        if act not in meant or meant[act] is not None
    ]


def _act_words(act: CaseAct, meant: str | None, people: Sequence[IndexPerson]) -> str:
    target = next((one for one in people if meant in (one.person, *one.aliases)), None)
    items = None if target is None else reference_of(target)
    if target is None:
        return str(ACT_LABELS[act])
    name = items.name if items is not None and items.name else target.person
    is_shared = sum((found := reference_of(one)) is not None and found.name == name for one in people) > 1
    # Of two namesakes only their numbers tell which is meant.
    who = {"who": f"{name} ({target.person})" if is_shared else name}
    if act is CaseAct.MOVE_LINK:
        return _("この宛名番号を %(who)s に付け替える") % who
    return _("%(who)s と同じ人として登録する") % who


def system_name(stated: Stated) -> str:
    """Return what the system of a statement is called."""
    return stated.system_name_en if current_language() == "en" else stated.system_name


def system_names() -> dict[str, str]:
    """Return what each business system is called."""
    english = current_language() == "en"
    return {one.system: one.name_en if english else one.name for one in business_systems().values()}


def person_heading(person: IndexPerson) -> dict[str, object]:
    """Return what the strip at the top of a person's page shows."""
    items = reference_of(person)
    return {
        "token": seal_unified(person.person),
        "number": person.person,
        "name": "" if items is None else items.name,
        "kana": "" if items is None else items.kana_name,
        "birth_date": "—" if items is None else birth_words(items.birth_date),
        "sex": "—" if items is None or not items.sex else sex_label(items.sex),
        "address": "—" if items is None else items.address or "—",
        "is_quarantined": person.is_quarantined,
    }
