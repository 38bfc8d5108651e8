"""Reminders (コール・リコール): to whoever has something open, never closer than so many days, counted in the year."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.invitations import queries
from tasuki.invitations.posting import Posting, single_recipient
from tasuki.invitations.recording import by_reason, digest_of, joined, lock_year, new_run, not_ready, record_run
from tasuki.invitations.statements import SCOPES, standing
from tasuki.invitations.types import Deliver, NoCoupon, NotReady, Run, RunKind
from tasuki.invitations.wording import reminder_letter
from tasuki.layouts.types import Programme
from tasuki.letters import queries as letter_queries
from tasuki.letters.operations import next_numbers, record_letters
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import Letter, LetterKind, Made
from tasuki.nodes.sql import copy_rows, rows
from tasuki.screening.queries.recipients import Recipient
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date, fiscal_year_bounds, to_jst
from tasuki.work.types import Progress, Unwatched

#: Two letters are never closer than this, however a run is asked for.
FEWEST_DAYS: Final = 1
_COLUMNS: Final = (
    "fiscal_year", "system_person_number", "place", "programmes", "reminded_date", "run_id", "letter_number",
    "recorded_at", "recorded_by",
)  # fmt: skip
_TO_REMIND: Final = """
SELECT s.system_person_number AS person, array_agg(s.programme ORDER BY s.programme) AS programmes,
  coalesce(max(m.place), 0) + 1 AS place, max(c.valid_until) AS valid_until
FROM ({standing}) AS s
LEFT JOIN (SELECT system_person_number, max(place) AS place, max(reminded_date) AS last_date FROM invitations_reminder
  WHERE fiscal_year = {year:d} GROUP BY 1) AS m USING (system_person_number)
LEFT JOIN invitations_coupon c ON c.number = s.coupon
WHERE s.standing = 'OPEN' AND s.programme = ANY(%s) AND (m.last_date IS NULL OR m.last_date <= %s)
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Due:
    """Of what a person is to be reminded, the how-manieth time, and until when their coupon is valid."""

    programmes: tuple[Programme, ...]
    place: int
    valid_until: dt.date


@transaction.atomic
def send_reminders(
    *,
    run_id: UUID,
    fiscal_year: int,
    programmes: Sequence[Programme],
    days_apart: int,
    town: str,
    deliver: Deliver,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
) -> Run | NotReady:
    """Remind everybody on a year's list for whom a programme is still open, and who was not reminded lately.

    Whoever was examined, refused, is no longer due, or moved or died gets nothing. Who gets no letter in bulk is
    written down with why. A run is done once, however often it is asked.

    :param days_apart: how many days must have passed since a person's last reminder; at least one.
    """
    lock_year(fiscal_year)
    done = queries.run(run_id)
    if done is not None:
        return done
    unready = not_ready(fiscal_year, by, at)
    if unready is not None:
        return unready
    on = civil_date(at)
    due = _to_remind(fiscal_year, programmes, on, days_apart)
    title = f"受診勧奨_{fiscal_year}年度_{to_jst(at):%Y%m%d-%H%M%S}"
    posting = Posting(LetterKind.REMINDER, title, town, deliver, progress or Unwatched(), by, at)
    reminded: list[str] = []
    for batch in posting.batches(sorted(due), on):
        people = posting.recipients(batch, on)
        posting.make(batch, _record(people, due, run_id, fiscal_year, by, at))
        reminded += (person for person, _ in people)
    outcome = {"reminded": len(reminded)} | by_reason(posting.left_out)
    described = new_run(run_id, RunKind.REMINDERS, fiscal_year, programmes, outcome, by, at)
    return record_run(described, left_out=posting.left_out, digest=digest_of(reminded), by=by, at=at)


@transaction.atomic
def remind_person(
    *, person: str, fiscal_year: int, town: str, is_asked: bool, by: Actor, at: dt.datetime
) -> Made | NoCoupon:
    """Remind one person of everything that is still open to them, as for whoever a run had to leave out.

    :param is_asked: that a protected person was asked where the letter may go.
    """
    lock_year(fiscal_year)
    on = civil_date(at)
    every = [one.value for one in Programme]
    found = _rows_to_remind(fiscal_year, on, "system_person_number = %s", [*[person] * SCOPES, every, on])
    if person not in found:
        return NoCoupon.NO_TARGET
    if any(one.reminded_date >= on for one in queries.reminders_of(person) if one.fiscal_year == fiscal_year):
        return NoCoupon.REMINDED_TODAY
    recipient = single_recipient(person, on, is_asked=is_asked)
    if isinstance(recipient, NoCoupon):
        return recipient
    letters = _record([(person, recipient)], found, None, fiscal_year, by, at)
    wording = letter_queries.wording(LetterKind.REMINDER, recipient.language)
    made = make_letters(letters, wording, letter_queries.sender(), town)
    record_letters(letters=letters, wording=wording, by=by, at=at)
    append(
        kind=EntryKind.REMINDERS_SENT,
        body={"fiscal_year": fiscal_year, "reminded": 1, "digest": digest_of([person]), "by": str(by)},
        at=at,
    )
    return made


def _record(
    people: Sequence[tuple[str, Recipient]],
    due: Mapping[str, Due],
    run_id: UUID | None,
    fiscal_year: int,
    by: Actor,
    at: dt.datetime,
) -> list[Letter]:
    """Write down who is reminded of what, and give the letters."""
    on = civil_date(at)
    numbers = [f"第{number}号" for number in next_numbers(count=len(people), by=by, at=at)]
    copy_rows(
        "invitations_reminder",
        _COLUMNS,
        (
            (fiscal_year, person, due[person].place, joined(due[person].programmes), on, run_id, number, at, str(by))
            for number, (person, _) in zip(numbers, people, strict=True)
        ),
    )
    return [
        reminder_letter(
            person=person,
            destination=recipient.destination,
            language=recipient.language,
            fiscal_year=fiscal_year,
            programmes=due[person].programmes,
            place=due[person].place,
            valid_until=due[person].valid_until,
            number=number,
            on=on,
        )
        for number, (person, recipient) in zip(numbers, people, strict=True)
    ]


def _to_remind(fiscal_year: int, programmes: Sequence[Programme], on: dt.date, days_apart: int) -> dict[str, Due]:
    latest = on - dt.timedelta(days=max(days_apart, FEWEST_DAYS))
    return _rows_to_remind(fiscal_year, on, "TRUE", [[one.value for one in programmes], latest])


def _rows_to_remind(fiscal_year: int, on: dt.date, scope: str, params: list[object]) -> dict[str, Due]:
    _, last_day = fiscal_year_bounds(fiscal_year)
    found = rows(_TO_REMIND.format(standing=standing(fiscal_year, on, scope), year=fiscal_year), params)
    return {
        row["person"]: Due(tuple(map(Programme, row["programmes"])), row["place"], row["valid_until"] or last_day)
        for row in found
    }
