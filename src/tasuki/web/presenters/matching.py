"""Why the matching engine thinks that two statements are of one person, or not: step by step, in words and bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.matching.definition import JAPAN, definition
from tasuki.matching.types import Decision, Explanation
from tasuki.persons.candidates import explain, record_name
from tasuki.persons.queries.matching import is_disputed
from tasuki.persons.queries.people import IndexPerson
from tasuki.persons.types.items import BasicItems
from tasuki.web.presenters.identity import reference_of
from tasuki.web.templatetags.tasuki import current_language

DECISIONS: Final[Mapping[Decision, Promise]] = {
    Decision.AUTOMATIC: gettext_lazy("四情報はすべて一致しています。それでも、この登録は人が決めます。"),
    Decision.CLERK: gettext_lazy("同じ人かもしれません。人が見て決めます。"),
    Decision.NONE: gettext_lazy("別の人と見られます。"),
}
#: Numbers are not compared here: whose they are is the question, and the page asks it in words.
_LEFT_OUT: Final = "number"
_WIDTH: Final = 100.0


@dataclass(frozen=True, slots=True)
class FallStep:
    """One step: what was compared, how it came out, what it weighs, and its bar from one total to the next."""

    words: str
    weight: str
    total: str
    mood: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Fall:
    """The steps for one pair, with where they lead."""

    name: str
    number: str
    steps: tuple[FallStep, ...]
    total: str
    threshold: str
    probability: str
    decision: str
    rules: tuple[tuple[str, str], ...]
    is_disputed: bool


def falls(stated: BasicItems | None, people: Sequence[IndexPerson]) -> list[Fall]:
    """Return the explanation of each person against a statement; without one, of each against the first person."""
    leading = stated if stated is not None else (reference_of(people[0]) if people else None)
    against = people if stated is not None else people[1:]
    if leading is None:
        return []
    return [
        _fall(person, explain(leading, reference))
        for person in against
        if (reference := reference_of(person)) is not None
    ]


def _fall(person: IndexPerson, found: Explanation) -> Fall:
    reference = reference_of(person)
    steps = [(_("比べる前（誰でも別人と見ておく）"), found.prior)]
    steps += [(_words(one.ja, one.en), one.weight) for one in found.steps if one.comparison != _LEFT_OUT]
    records = [record_name(one.system, one.number) for one in person.stated]
    return Fall(
        name=reference.name if reference is not None and reference.name else person.person,
        number=person.person,
        steps=tuple(_bars(steps)),
        total=_signed(found.outcome.weight),
        threshold=_signed(definition(JAPAN).clerk_weight),
        probability=_percent(found.outcome.probability),
        decision=str(DECISIONS[found.outcome.decision]),
        rules=tuple((_words(one.ja, one.en), one.source) for one in found.rules),
        is_disputed=is_disputed(records),
    )


def _bars(steps: Sequence[tuple[str, float]]) -> list[FallStep]:
    totals = list(accumulate((weight for _, weight in steps), initial=0.0))
    lowest, highest = min(totals), max(totals)
    scale = _WIDTH / (highest - lowest or 1.0)
    bars = []
    for (words, weight), (before, after) in zip(steps, pairwise(totals), strict=True):
        start = (min(before, after) - lowest) * scale
        mood = "good" if weight > 0 else "bad" if weight < 0 else ""
        width = abs(weight) * scale
        bars.append(FallStep(words, _signed(weight), _signed(after), mood, f"{start:.1f}", f"{width:.1f}"))
    return bars


def _words(ja: str, en: str) -> str:
    return en if current_language() == "en" else ja


def _signed(weight: float) -> str:
    return f"{weight:+.1f}".replace("-", "−") if round(weight, 1) else "0"


def _percent(probability: float) -> str:
    if probability >= 0.9995:
        return _("99.9%以上")
    return _("0.1%未満") if probability < 0.001 else f"{probability:.1%}"
