"""To whom and where letters to residents go."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasuki.letters.types import Destination, WordingLanguage
from tasuki.screening import queries
from tasuki.screening.queries.residents import contacts_of
from tasuki.screening.types import Person
from tasuki.screening.types.residents import ContactDetails, LetterLanguage


class NoLetter(StrEnum):
    """Why no letter is made for a resident together with others."""

    UNKNOWN = "UNKNOWN"
    DIED = "DIED"
    MOVED_OUT = "MOVED_OUT"
    PROTECTED = "PROTECTED"
    """支援措置: whoever sends it must first ask the person where to, so it is made one by one."""
    NO_ADDRESS = "NO_ADDRESS"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A resident who gets a letter: the lines of the window, and the language to write in."""

    person: Person
    destination: Destination
    language: WordingLanguage


def recipients(
    numbers: Sequence[str], on: dt.date, *, with_protected: bool = False, without_address: bool = False
) -> tuple[dict[str, Recipient], dict[str, NoLetter]]:
    """Return who gets a letter, and why the others get none, by 宛名番号.

    :param with_protected: for a single letter, after the person was asked where to send it.
    :param without_address: for a single letter that is handed over; its window names the person only.
    """
    people, contacts = queries.people(numbers), contacts_of(list(numbers))
    found: dict[str, Recipient] = {}
    none: dict[str, NoLetter] = {}
    for number in dict.fromkeys(numbers):
        person = people.get(number)
        details = contacts[number].details if number in contacts else ContactDetails()
        outcome = _recipient(person, details, on, with_protected, without_address)
        if isinstance(outcome, Recipient):
            found[number] = outcome
        else:
            none[number] = outcome
    return found, none


def _recipient(
    person: Person | None, details: ContactDetails, on: dt.date, with_protected: bool, without_address: bool
) -> Recipient | NoLetter:
    if person is None:
        return NoLetter.UNKNOWN
    if person.died_date is not None and person.died_date <= on:
        return NoLetter.DIED
    if not person.lives_here(on):
        return NoLetter.MOVED_OUT
    if person.is_protected(on) and not with_protected:
        return NoLetter.PROTECTED
    destination = _destination(person, details, on)
    if not destination.address and not without_address:
        return NoLetter.NO_ADDRESS
    return Recipient(person, destination, _language(details.letter_language))


def _destination(person: Person, details: ContactDetails, on: dt.date) -> Destination:
    if details.mails_elsewhere(on):
        return Destination(person.name, details.mailing_postal_code, details.mailing_address, details.mailing_name)
    return Destination(person.name, person.postal_code, person.address)


def _language(wanted: LetterLanguage) -> WordingLanguage:
    if wanted is LetterLanguage.JAPANESE:
        return WordingLanguage.JAPANESE
    return WordingLanguage.ENGLISH if wanted is LetterLanguage.ENGLISH else WordingLanguage.EASY_JAPANESE
