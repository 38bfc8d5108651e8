"""Leaving a person out of a programme, and taking them in again."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from tasuki.eligibility.errors import NoSuchExclusion, NoSuchResident
from tasuki.eligibility.types import ExclusionKind
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor


@dataclass(frozen=True, slots=True)
class ExclusionRecorded:
    """The person is left out."""

    exclusion_id: int


@dataclass(frozen=True, slots=True)
class AlreadyExcluded:
    """The person is left out of this programme for this reason already, without an end."""


@transaction.atomic
def exclude(
    *,
    person: str,
    programme: Programme,
    kind: ExclusionKind,
    valid_from: dt.date,
    valid_to: dt.date | None,
    note: str,
    by: Actor,
    at: dt.datetime,
) -> ExclusionRecorded | AlreadyExcluded:
    """Leave a person out of a programme from a day until (and without) another, or until it is ended.

    :raises NoSuchResident: when no resident has the number.
    """
    if not rows("SELECT 1 FROM screening_resident WHERE system_person_number = %s", [person]):
        raise NoSuchResident(NoSuchResident.__doc__)
    try:
        with transaction.atomic():
            [stored] = rows(
                "INSERT INTO eligibility_exclusion (system_person_number, programme, kind, valid_from, valid_to, note,"
                " recorded_at, recorded_by, ended_reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '') RETURNING id",
                [person, programme.value, kind.value, valid_from, valid_to, note, at, str(by)],
            )
    except IntegrityError as error:
        if "eligibility_exclusion_open_once" not in str(error):
            raise
        return AlreadyExcluded()
    exclusion_id = int(stored["id"])
    # Neither why nor the note goes into the log: that someone is ill is told on their page only.
    append(kind=EntryKind.EXCLUSION_RECORDED, body={"exclusion": exclusion_id, "by": str(by)}, at=at)
    return ExclusionRecorded(exclusion_id)


@transaction.atomic
def end_exclusion(
    *, person: str, exclusion_id: int, ended_date: dt.date, reason: str, by: Actor, at: dt.datetime
) -> None:
    """End an exclusion with a day from which it no longer counts; its first day ends one recorded by mistake.

    :raises NoSuchExclusion: when this person has no open exclusion of that number.
    """
    ended = run(
        "UPDATE eligibility_exclusion SET ended_date = greatest(%s, valid_from), ended_at = %s, ended_by = %s,"
        " ended_reason = %s WHERE id = %s AND system_person_number = %s AND ended_at IS NULL",
        [ended_date, at, str(by), reason, exclusion_id, person],
    )
    if not ended:
        raise NoSuchExclusion(NoSuchExclusion.__doc__)
    append(kind=EntryKind.EXCLUSION_ENDED, body={"exclusion": exclusion_id, "by": str(by)}, at=at)
