"""Answers that the town which gave them corrected or withdrew since, in words, with the way to ask again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasuki.layouts.render import Language
from tasuki.linkage.types import CorrectedAnswer
from tasuki.screening.types import Person
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.presenters.people import PersonRow, person_row
from tasuki.web.presenters.records import data_set_names
from tasuki.web.sealed import seal_person
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """One such answer. `person` is left out where the page is the person's own."""

    number: str
    token: str
    institution: str
    provider: str
    what: str
    title: str
    text: str
    next_step: str
    corrected_at: dt.datetime
    person: PersonRow | None


def corrected_rows(
    answers: Sequence[CorrectedAnswer], people: Mapping[str, Person] | None = None, on: dt.date | None = None
) -> list[CorrectedRow]:
    """Return corrected answers in words; with people, each says whom it is about."""
    found = people or {}
    return [_row(one, found.get(one.system_person_number), on) for one in answers]


def _row(one: CorrectedAnswer, person: Person | None, on: dt.date | None) -> CorrectedRow:
    provider = one.provider_name_en if current_language() is Language.EN else one.provider_name
    values = {"provider": provider, "what": data_set_names(one.data_sets)}
    if one.is_withdrawn:
        title, text = _("%(provider)sで取り消されました。"), _("%(what)sの回答は、もう正しくありません。")
    else:
        title, text = _("%(provider)sで訂正されました。"), _("%(what)sの回答は、そのあと直されています。")
    step = _("もう一度照会して、新しい回答を確かめてください。")
    if one.is_adopted:
        step = _("もう一度照会し、新しい回答を取り込んでください。取り込んだ記録は、それまで古い内容のままです。")
    return CorrectedRow(
        number=one.transaction_number,
        token=seal_person(SystemPersonNumber(one.system_person_number)),
        institution=one.provider,
        provider=provider,
        what=values["what"],
        title=title % values,
        text=text % values,
        next_step=step,
        corrected_at=one.corrected_at,
        person=person_row(person, on) if person is not None and on is not None else None,
    )
