"""A resident as lists and pages show them."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasuki.screening.types import Person, Sex
from tasuki.shared.dates import age_by_birthday
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list of residents. A protected person's address is shown on their own page only."""

    token: str
    number: str
    name: str
    kana: str
    birth_date: dt.date
    age: int
    sex: str
    address: str
    is_protected: bool
    gone: str


def sex_label(sex: str) -> str:
    """Return the word for a sex as the register codes it."""
    return _("男") if sex == Sex.MALE else _("女")


def person_row(person: Person, on: dt.date) -> PersonRow:
    """Return a resident as one line of a list."""
    protected = person.is_protected(on)
    return PersonRow(
        token=seal_person(SystemPersonNumber(person.system_person_number)),
        number=person.system_person_number,
        name=person.name,
        kana=person.kana_name,
        birth_date=person.birth_date,
        age=age_by_birthday(person.birth_date, max(on, person.birth_date)),
        sex=sex_label(person.sex),
        address="" if protected else person.address,
        is_protected=protected,
        gone=gone_label(person, on),
    )


def gone_label(person: Person, on: dt.date) -> str:
    """Say why somebody is no longer a resident; empty for residents."""
    if person.died_date is not None and person.died_date <= on:
        return _("死亡")
    return "" if person.lives_here(on) else _("転出")
