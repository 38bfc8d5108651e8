"""A person's own results in their words: what was found, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml import etree

from tasuki.layouts.errors import ReplicaError
from tasuki.layouts.outcomes import Verdict, verdict_of
from tasuki.layouts.render import rendered_items
from tasuki.layouts.replica import parse, record_of
from tasuki.layouts.types import ReplicaContent, ScreeningRecord, Stage
from tasuki.portal.words import data_set_label
from tasuki.protocol.messages import DataSetAnswer
from tasuki.web.presenters.dates import understood
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.templatetags.tasuki import current_language

#: How much of something nobody here can read is shown as it came.
_MOST_LEAVES: Final = 200


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a result comes to, what to do about it, and how it is marked beside its words."""

    headline: Promise
    next_step: Promise
    tone: str = ""


_STAGES: Final[Mapping[Stage, Promise]] = {
    Stage.PRIMARY: gettext_lazy("の検診"),
    Stage.DETAILED: gettext_lazy("の精密検査"),
    Stage.BOTH: gettext_lazy("の検診と精密検査"),
}
_MEANINGS: Final[Mapping[Verdict, Meaning]] = {
    Verdict.FINE: Meaning(
        gettext_lazy("精密検査の必要はないという結果でした"),
        gettext_lazy(
            "次の検診も、決められた間隔で受けてください。気になる症状があるときは、検診を待たずに医療機関を受診してください。"
        ),
        "good",
    ),
    Verdict.ADVICE: Meaning(
        gettext_lazy("指導を受けたほうがよいという結果でした"),
        gettext_lazy("検診を受けた機関か、市区町村の検診の窓口に相談してください。"),
        "care",
    ),
    Verdict.DETAIL_NEEDED: Meaning(
        gettext_lazy("精密検査が必要という結果でした"),
        gettext_lazy(
            "精密検査を受けてください。どこで受けられるかは、検診を受けた機関か、市区町村の検診の窓口がお答えします。"
            "もう受けた方は、受けなおす必要はありません。"
        ),
        "bad",
    ),
    Verdict.UNJUDGED: Meaning(
        gettext_lazy("判定できなかったという結果でした"),
        gettext_lazy("もう一度検査を受けるかどうか、検診を受けた機関に確かめてください。"),
        "care",
    ),
    Verdict.TAKEN: Meaning(
        gettext_lazy("受診した記録があります"),
        gettext_lazy("結果の内容は、この記録には含まれていません。検診を受けた機関にお尋ねください。"),
    ),
    Verdict.DETAIL_DONE: Meaning(
        gettext_lazy("精密検査を受けた記録があります"),
        gettext_lazy("これからのことは、精密検査を受けた医療機関の説明に従ってください。"),
        "good",
    ),
}
_WAS_DONE: Final = Meaning(
    gettext_lazy("精密検査が必要という結果でした"),
    gettext_lazy("同じ年度に、精密検査を受けた記録があります。その医療機関の説明に従ってください。"),
    "care",
)
#: Of these detailed examinations the law lets no result travel, so that nobody thinks it was lost.
_NO_RESULT: Final = gettext_lazy(
    "この精密検査の結果は、法令により、ここには示されません。精密検査を受けた医療機関にお尋ねください。"
)


@dataclass(frozen=True, slots=True)
class ShownResult:
    """One result as its person reads it."""

    programme: ProgrammeView
    stage: str
    fiscal_year: int
    examined: str
    place: str
    age: int | None
    meaning: Meaning
    next_step: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AsItCame:
    """What no layout of ours reads, name by name as it came: better than nothing to whom it is about."""

    data_set: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one institution answered."""

    results: tuple[ShownResult, ...]
    as_it_came: tuple[AsItCame, ...]
    nothing_of: tuple[str, ...]


def shown(answers: Sequence[DataSetAnswer]) -> Shown:
    """Return an opened answer in words, the newest results first."""
    read: list[ReplicaContent] = []
    as_it_came = []
    nothing_of = [data_set_label(one.data_set) for one in answers if not one.payloads]
    for one in answers:
        for payload in one.payloads:
            try:
                read.append(parse(payload.encode()))
            except ReplicaError:
                as_it_came.append(AsItCame(data_set_label(one.data_set), _plainly(payload)))
    nothing_of += [data_set_label(one.data_set) for one in read if not one.taken]
    taken = sorted(
        (record_of(one) for one in read if one.taken),
        key=lambda one: (one.fiscal_year, one.examined_date or "", one.stage),
        reverse=True,
    )
    detailed = {(one.programme, one.fiscal_year) for one in taken if one.stage is not Stage.PRIMARY}
    results = [_result(one, has_detail=(one.programme, one.fiscal_year) in detailed) for one in taken]
    return Shown(tuple(results), tuple(as_it_came), tuple(dict.fromkeys(nothing_of)))


def _result(record: ScreeningRecord, *, has_detail: bool) -> ShownResult:
    language = current_language()
    verdict = verdict_of(record)
    meaning = _WAS_DONE if verdict is Verdict.DETAIL_NEEDED and has_detail else _MEANINGS[verdict]
    said = tuple((label, value) for _item, label, value in rendered_items(record, language))
    without_result = verdict is Verdict.DETAIL_DONE and not said
    return ShownResult(
        programme=programme_view(record.programme, language),
        stage=str(_STAGES[record.stage]),
        fiscal_year=record.fiscal_year,
        examined=understood(record.examined_date, language) if record.examined_date else _("不明"),
        place=record.facility_name or _("不明"),
        age=record.age,
        meaning=meaning,
        next_step=str(_NO_RESULT if without_result else meaning.next_step),
        said=said,
    )


def _plainly(payload: str) -> tuple[tuple[str, str], ...]:
    """Return the names and texts of what came, whatever it is."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(payload.encode(), parser)
    except etree.XMLSyntaxError:
        return ()
    leaves = [one for one in root.iter(etree.Element) if len(one) == 0 and (one.text or "").strip()]
    return tuple((etree.QName(one).localname, (one.text or "").strip()) for one in leaves[:_MOST_LEAVES])
