"""The letter that asks a provider who holds no code of a person to acquire one (命令85号40条, 41条)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from tasuki.letters import queries as words
from tasuki.letters.operations import next_numbers, record_letters
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import Destination, Letter, LetterKind, WordingLanguage
from tasuki.linkage import queries
from tasuki.protocol.messages import State
from tasuki.screening import queries as screening
from tasuki.screening.types import Person, Sex
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date, in_era

#: The four items as the head of the letter's table.
_HEAD = ("氏名", "生年月日", "性別", "住所")


@dataclass(frozen=True, slots=True)
class CodeLetter:
    """The letter as PDF, and its number."""

    pdf: bytes
    number: str


@transaction.atomic
def make_code_request(*, transaction_number: str, town: str, by: Actor, at: dt.datetime) -> CodeLetter | None:
    """Make the letter for an inquiry that ended because the provider holds no code of the person, and record it.

    None when the inquiry did not end so, and for a protected person: their address goes to nobody by a letter made in
    a moment.
    """
    on = civil_date(at)
    inquiry = queries.inquiry(transaction_number)
    person = None if inquiry is None else screening.person(inquiry.system_person_number)
    if inquiry is None or person is None or inquiry.state is not State.PROVIDER_HAS_NO_CODE or person.is_protected(on):
        return None
    (dealt,) = next_numbers(count=1, by=by, at=at)
    letter = Letter(
        destination=Destination(f"{inquiry.provider_name} 個人番号利用事務 担当", "", "", honorific="御中"),
        person=person.system_person_number,
        number=f"第{dealt}号",
        on=on,
        values={"処理通番": transaction_number, "照会日": in_era(civil_date(inquiry.requested_at))},
        head=_HEAD,
        rows=(_items(person),),
        subject=transaction_number,
    )
    wording = words.wording(LetterKind.CODE_REQUEST, WordingLanguage.JAPANESE)
    made = make_letters([letter], wording, words.sender(), town)
    record_letters(letters=[letter], wording=wording, by=by, at=at)
    return CodeLetter(made.pdf, letter.number)


def _items(person: Person) -> tuple[str, str, str, str]:
    return (person.name, in_era(person.birth_date), "男" if person.sex == Sex.MALE else "女", person.address)
