"""Many letters as files: sorted as the post wants them, each in its language, and who gets none and why."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from tasuki.invitations.types import Deliver, LeftOut, NoCoupon
from tasuki.letters import queries
from tasuki.letters.operations import record_letters
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import Letter, LetterKind, WordingLanguage
from tasuki.screening.queries.recipients import NoLetter, Recipient, recipients
from tasuki.shared.actor import Actor
from tasuki.work.types import Progress

#: How many letters a file holds: what a printer takes in one go.
FILE: Final = 1_000
#: How many people are looked up at once.
_PAGE: Final = 10_000
_LANGUAGES: Final = tuple(WordingLanguage)
_FILE_LANGUAGES: Final = {
    WordingLanguage.JAPANESE: "日本語",
    WordingLanguage.EASY_JAPANESE: "やさしい日本語",
    WordingLanguage.ENGLISH: "英語",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """The people of one file, in the order of their postal codes."""

    language: WordingLanguage
    place: int
    people: tuple[str, ...]


@dataclass(slots=True)
class Posting:
    """One run's letters: of which kind, in files called how, and what came of them so far."""

    kind: LetterKind
    title: str
    town: str
    deliver: Deliver
    progress: Progress
    by: Actor
    at: dt.datetime
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    total: int = 0
    count: int = 0

    def batches(self, people: Sequence[str], on: dt.date) -> Iterator[Batch]:
        """Yield the files to be made, and note who gets no letter."""
        ordered: list[tuple[int, str, str]] = []
        for start in range(0, len(people), _PAGE):
            found, none = recipients(people[start : start + _PAGE], on)
            self.leave_out(none)
            ordered += [
                (_LANGUAGES.index(one.language), one.destination.postal_code, number) for number, one in found.items()
            ]
        self.total = len(ordered)
        self.progress.report(0, self.total)
        for language, group in groupby(sorted(ordered), key=lambda one: one[0]):
            numbers = [number for _, _, number in group]
            for place, start in enumerate(range(0, len(numbers), FILE), 1):
                yield Batch(_LANGUAGES[language], place, tuple(numbers[start : start + FILE]))

    def recipients(self, batch: Batch, on: dt.date) -> list[tuple[str, Recipient]]:
        """Return the people of a file as they are at this moment; who changed since gets no letter after all."""
        found, none = recipients(batch.people, on)
        self.leave_out(none)
        return [(number, found[number]) for number in batch.people if number in found]

    def make(self, batch: Batch, letters: Sequence[Letter]) -> None:
        """Make a file of letters, hand it over and record them."""
        if not letters:
            return
        wording = queries.wording(self.kind, batch.language)
        made = make_letters(letters, wording, queries.sender(), self.town)
        self.deliver(f"{self.title}_{_FILE_LANGUAGES[batch.language]}_{batch.place:03}.pdf", made.pdf)
        record_letters(letters=letters, wording=wording, by=self.by, at=self.at)
        self.left_out.update((one.person, LeftOut.UNPRINTABLE) for one in made.unprintable)
        self.count += len(letters)
        self.progress.report(self.count, self.total)

    def leave_out(self, none: dict[str, NoLetter]) -> None:
        """Note who gets no letter."""
        self.left_out.update((number, LeftOut(why.value)) for number, why in none.items())


def single_recipient(person: str, on: dt.date, *, is_asked: bool) -> Recipient | NoCoupon:
    """Return to whom a single letter goes; one for somebody without an address is handed over."""
    found, none = recipients([person], on, with_protected=is_asked, without_address=True)
    if person in found:
        return found[person]
    return NoCoupon.ASK_FIRST if none[person] is NoLetter.PROTECTED else NoCoupon.GONE
