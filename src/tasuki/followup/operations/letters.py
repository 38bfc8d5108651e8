"""Letters of the follow-up: made, recorded, and counted as a reminder, together or not at all."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.followup import letters, queries
from tasuki.followup.errors import NoSuchCaseError
from tasuki.followup.operations.cases import record_reminders
from tasuki.followup.rules import further_tests, may_be_told, not_now
from tasuki.followup.types import Case, CaseFilter, LeftOut, LetterRun, NoticeFilter, OneLetter
from tasuki.layouts.types import Programme
from tasuki.letters import queries as words
from tasuki.letters.operations import next_numbers, record_letters
from tasuki.letters.rendering import make_letters, unprintable
from tasuki.letters.types import Letter, LetterKind, WordingLanguage
from tasuki.screening import queries as screening
from tasuki.screening.queries.recipients import Recipient, recipients
from tasuki.screening.types import StoredResult
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.work.types import Progress

#: Letters of one file: as many as a printer takes in one go.
FILE_SIZE: Final = 1000
#: How long somebody has for a detailed examination unless whoever sends the reminder says otherwise.
TIME_TO_GO: Final = dt.timedelta(days=60)
_FILE_NAMES: Final[Mapping[LetterKind, str]] = {
    LetterKind.RESULT_NOTICE: "結果通知",
    LetterKind.GATHERED_NOTICE: "結果通知まとめ",
    LetterKind.DETAIL_REMINDER: "精密検査の勧奨",
    LetterKind.HPV_RECALL: "HPV追跡検査の案内",
    LetterKind.RETEST: "再検査の案内",
}
#: Puts a letter together for somebody, once it has its number.
Build = Callable[[Recipient, str], Letter]
_LANGUAGE_NAMES: Final[Mapping[WordingLanguage, str]] = {
    WordingLanguage.JAPANESE: "日本語",
    WordingLanguage.EASY_JAPANESE: "やさしい日本語",
    WordingLanguage.ENGLISH: "英語",
}
#: Takes a file that was made: its name and content.
Keep = Callable[[str, bytes], object]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A letter to be: about which result, to whom, and how it is put together once it has its number."""

    result_id: UUID
    to: Recipient
    build: Build


@transaction.atomic
def make_result_notices(
    *,
    wanted: NoticeFilter,
    keep: Keep,
    town: str,
    by: Actor,
    at: dt.datetime,
    progress: Progress,
    gathered: bool = False,
) -> LetterRun:
    """Tell everybody on a list of their result, each in their language, in files by postal code; and record it.

    :param gathered: one letter for each person, with all their results of the list, instead of one for each result.
    """
    on = civil_date(at)
    found = screening.results(queries.untold_results(wanted))
    groups = _groups(found.values(), gathered=gathered)
    kind = LetterKind.GATHERED_NOTICE if gathered else LetterKind.RESULT_NOTICE
    subjects = [
        (group[0].result_id, group[0].system_person_number, _notice(group, on, gathered=gathered)) for group in groups
    ]
    drafts, left_out = _drafts(subjects, on)
    made, files = _issue(kind, drafts, keep, town, by, at, progress)
    # Whoever handles somebody by hand sees each of their results.
    of_first = {group[0].result_id: group for group in groups}
    each = [(one.result_id, number, why) for first, number, why in left_out for one in of_first[first]]
    return LetterRun(len(made), files, tuple(each))


def _groups(results: Iterable[StoredResult], *, gathered: bool) -> list[list[StoredResult]]:
    """Part results into those that share a letter."""
    if not gathered:
        return [[one] for one in results]
    by_person: dict[str, list[StoredResult]] = {}
    for one in results:
        by_person.setdefault(one.system_person_number, []).append(one)
    return list(by_person.values())


def _notice(group: Sequence[StoredResult], on: dt.date, *, gathered: bool) -> Build:
    if gathered:
        return lambda to, number: letters.gathered_notice(group, to, number=number, on=on)
    return lambda to, number: letters.result_notice(group[0], to, number=number, on=on)


@transaction.atomic
def make_further_test_letters(
    *,
    kind: LetterKind,
    fiscal_year: int,
    programme: Programme | None,
    keep: Keep,
    town: str,
    by: Actor,
    at: dt.datetime,
    progress: Progress,
) -> LetterRun:
    """Ask everybody of a year whose screening asks for another test to take it, in files by postal code; record it.

    :param kind: `HPV_RECALL`, for the next fiscal year, or `RETEST`, for what could not be judged.
    """
    on = civil_date(at)
    found = screening.results(queries.awaiting_test(kind, fiscal_year, programme))
    lately = queries.written_lately(kind, list(found), at)

    def build(result: StoredResult) -> Build:
        return lambda to, number: letters.further_test_letter(result, to, number=number, on=on)

    subjects = [
        (one.result_id, one.system_person_number, build(one)) for one in found.values() if one.result_id not in lately
    ]
    drafts, left_out = _drafts(subjects, on)
    made, files = _issue(kind, drafts, keep, town, by, at, progress)
    sent = [
        (one.result_id, one.system_person_number, LeftOut.SENT_LATELY)
        for one in found.values()
        if one.result_id in lately
    ]
    return LetterRun(len(made), files, (*left_out, *sent))


@transaction.atomic
def make_detail_reminders(
    *,
    wanted: CaseFilter,
    deadline: dt.date,
    keep: Keep,
    town: str,
    by: Actor,
    at: dt.datetime,
    progress: Progress,
) -> LetterRun:
    """Remind everybody on a list of cases whose answer is missing, and record for each that they were reminded."""
    on = civil_date(at)
    left_out: list[tuple[UUID, str, LeftOut]] = []
    subjects: list[tuple[UUID, str, Build]] = []

    def build(case: Case) -> Build:
        return lambda to, number: letters.detail_reminder(case, to, number=number, on=on, deadline=deadline)

    for case in queries.cases_by_result(queries.result_ids(wanted)).values():
        if not case.state.is_open:
            continue
        reason = not_now(case, on)
        if reason is None:
            subjects.append((case.result_id, case.system_person_number, build(case)))
        else:
            left_out.append((case.result_id, case.system_person_number, reason))
    drafts, unreachable = _drafts(subjects, on)
    made, files = _issue(LetterKind.DETAIL_REMINDER, drafts, keep, town, by, at, progress)
    record_reminders(letters=[(UUID(one.subject), one.number) for one in made], acted_date=on, by=by, at=at)
    return LetterRun(len(made), files, (*unreachable, *left_out))


@transaction.atomic
def make_one(
    *,
    kind: LetterKind,
    result_id: UUID,
    deadline: dt.date | None,
    with_protected: bool,
    town: str,
    by: Actor,
    at: dt.datetime,
) -> OneLetter | LeftOut:
    """Make one letter about a result for whoever asks for it by hand.

    :param deadline: by when to go, for a reminder.
    :param with_protected: a protected person was asked where the letter shall go.
    :raises NoSuchCaseError: when nothing is to be said about this result by such a letter.
    """
    on = civil_date(at)
    person, build = _about(kind, result_id, on, deadline or on + TIME_TO_GO)
    made = _hand_over(kind, person, build, town, by, at, with_protected=with_protected)
    if kind is LetterKind.DETAIL_REMINDER and isinstance(made, OneLetter):
        record_reminders(letters=[(result_id, made.number)], acted_date=on, by=by, at=at)
    return made


@transaction.atomic
def make_gathered_notice(
    *, person: str, result_ids: Sequence[UUID], with_protected: bool, town: str, by: Actor, at: dt.datetime
) -> OneLetter | LeftOut:
    """Make one letter about several results of a person for whoever asks for it by hand.

    :param with_protected: a protected person was asked where the letter shall go.
    :raises NoSuchCaseError: when there is no result to tell of, or one is not this person's to be told.
    """
    results = list(screening.results(result_ids).values())
    if (
        not results
        or len(results) < len(set(result_ids))
        or any(one.system_person_number != person or not may_be_told(one) for one in results)
    ):
        raise NoSuchCaseError(NoSuchCaseError.__doc__)
    build = _notice(results, civil_date(at), gathered=True)
    return _hand_over(LetterKind.GATHERED_NOTICE, person, build, town, by, at, with_protected=with_protected)


def _hand_over(
    kind: LetterKind, person: str, build: Build, town: str, by: Actor, at: dt.datetime, *, with_protected: bool
) -> OneLetter | LeftOut:
    """Make one letter and record it."""
    on = civil_date(at)
    found, none = recipients([person], on, with_protected=with_protected)
    if person in none:
        return LeftOut(none[person].value)
    to = found[person]
    letter = build(to, _numbers(1, on, by, at)[0])
    wording = words.wording(kind, to.language)
    made = make_letters([letter], wording, words.sender(), town)
    record_letters(letters=[letter], wording=wording, by=by, at=at)
    return OneLetter(made.pdf, letter.number, _unprintable(to))


@transaction.atomic
def record_list_printed(*, about: str, count: int, by: Actor, at: dt.datetime) -> None:
    """Record that a list with names was taken away on paper.

    :param about: which list, by its code.
    """
    append(kind=EntryKind.LIST_PRINTED, body={"list": about, "count": count, "by": str(by)}, at=at)


def _about(kind: LetterKind, result_id: UUID, on: dt.date, deadline: dt.date) -> tuple[str, Build]:
    """Return whom a letter about a result concerns, and how it is put together."""
    if kind in (LetterKind.HPV_RECALL, LetterKind.RETEST):
        asked = screening.result(result_id)
        if asked is None or kind not in further_tests(asked):
            raise NoSuchCaseError(NoSuchCaseError.__doc__)
        return asked.system_person_number, lambda to, number: letters.further_test_letter(
            asked, to, number=number, on=on
        )
    if kind is LetterKind.RESULT_NOTICE:
        result = screening.result(result_id)
        if result is None or not may_be_told(result):
            raise NoSuchCaseError(NoSuchCaseError.__doc__)
        return result.system_person_number, lambda to, number: letters.result_notice(result, to, number=number, on=on)
    case = queries.case(result_id)
    if case is None:
        raise NoSuchCaseError(NoSuchCaseError.__doc__)
    if kind is LetterKind.REFERRAL:
        return case.system_person_number, lambda to, number: letters.referral(case, to, number=number, on=on)
    return case.system_person_number, lambda to, number: letters.detail_reminder(
        case, to, number=number, on=on, deadline=deadline
    )


def _drafts(
    subjects: Sequence[tuple[UUID, str, Build]], on: dt.date
) -> tuple[list[_Draft], list[tuple[UUID, str, LeftOut]]]:
    """Tell those who can be written to together from those whom a clerk handles by hand."""
    found, none = recipients([number for _, number, _ in subjects], on)
    drafts: list[_Draft] = []
    left_out: list[tuple[UUID, str, LeftOut]] = []
    for result_id, number, build in subjects:
        if number in none:
            left_out.append((result_id, number, LeftOut(none[number].value)))
        elif _unprintable(found[number]):
            left_out.append((result_id, number, LeftOut.UNPRINTABLE))
        else:
            drafts.append(_Draft(result_id, found[number], build))
    return drafts, left_out


def _unprintable(to: Recipient) -> str:
    return unprintable(to.destination.name + to.destination.address + to.destination.care_of)


def _issue(
    kind: LetterKind,
    drafts: Sequence[_Draft],
    keep: Keep,
    town: str,
    by: Actor,
    at: dt.datetime,
    progress: Progress,
) -> tuple[list[Letter], int]:
    """Make the letters in files of one language each, by postal code, and record them."""
    progress.report(0, len(drafts))
    made: list[Letter] = []
    files = 0
    for language in WordingLanguage:
        own = sorted((one for one in drafts if one.to.language is language), key=_by_post)
        if not own:
            continue
        numbers = _numbers(len(own), civil_date(at), by, at)
        written = [draft.build(draft.to, number) for draft, number in zip(own, numbers, strict=True)]
        wording = words.wording(kind, language)
        for place, file in enumerate(_files(written), start=1):
            pdf = make_letters(file, wording, words.sender(), town).pdf
            keep(f"{_FILE_NAMES[kind]}_{_LANGUAGE_NAMES[language]}_{place:03}.pdf", pdf)
            files += 1
            progress.report(len(made) + min(place * FILE_SIZE, len(written)), len(drafts))
        record_letters(letters=written, wording=wording, by=by, at=at)
        made += written
    return made, files


def _files(written: Sequence[Letter]) -> Iterable[Sequence[Letter]]:
    return (written[start : start + FILE_SIZE] for start in range(0, len(written), FILE_SIZE))


def _by_post(draft: _Draft) -> tuple[str, str, str]:
    to = draft.to
    return to.destination.postal_code, to.destination.address, to.person.system_person_number


def _numbers(count: int, on: dt.date, by: Actor, at: dt.datetime) -> list[str]:
    return [f"{fiscal_year_of(on)}-{number:06}" for number in next_numbers(count=count, by=by, at=at)]
