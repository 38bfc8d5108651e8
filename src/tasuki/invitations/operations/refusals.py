"""Refusals (勧奨拒否): a person does not want to be invited, to one programme or to any, and may change their mind."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.invitations.errors import NoSuchRefusalError, NoSuchResidentError
from tasuki.invitations.types import RefusalReason
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor


@dataclass(frozen=True, slots=True)
class RefusalRecorded:
    """The person is no longer invited."""

    refusal_id: int


@dataclass(frozen=True, slots=True)
class AlreadyRefused:
    """The same was refused already, without an end."""


@transaction.atomic
def record_refusal(
    *,
    person: str,
    programme: Programme | None,
    reason: RefusalReason,
    note: str,
    valid_from: dt.date,
    valid_to: dt.date | None,
    by: Actor,
    at: dt.datetime,
) -> RefusalRecorded | AlreadyRefused:
    """Record that a person does not want to be invited, from a day until (and without) another.

    :param programme: none for all of them.
    :raises NoSuchResidentError: when no resident has the number.
    """
    if not rows("SELECT FROM screening_resident WHERE system_person_number = %s", [person]):
        raise NoSuchResidentError(NoSuchResidentError.__doc__)
    try:
        with transaction.atomic():
            (stored,) = rows(
                "INSERT INTO invitations_refusal (system_person_number, programme, reason, note, valid_from, valid_to,"
                " recorded_at, recorded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
                [
                    person, programme.value if programme else "", reason.value, note, valid_from, valid_to, at, str(by),
                ],
            )  # fmt: skip
    except IntegrityError as error:
        if "invitations_refusal_open_once" not in str(error):
            raise
        return AlreadyRefused()
    refusal_id = int(stored["id"])
    # Neither why nor of what goes into the log: both are told on the person's page only.
    append(kind=EntryKind.REFUSAL_RECORDED, body={"refusal": refusal_id, "by": str(by)}, at=at)
    return RefusalRecorded(refusal_id)


@transaction.atomic
def end_refusal(*, person: str, refusal_id: int, ended_date: dt.date, reason: str, by: Actor, at: dt.datetime) -> None:
    """Take a refusal back from a day on; its first day takes back one recorded by mistake.

    :raises NoSuchRefusalError: when this person has no open refusal of that number.
    """
    ended = run(
        "UPDATE invitations_refusal SET ended_date = greatest(%s, valid_from), ended_at = %s, ended_by = %s,"
        " ended_reason = %s WHERE id = %s AND system_person_number = %s AND ended_at IS NULL",
        [ended_date, at, str(by), reason, refusal_id, person],
    )
    if not ended:
        raise NoSuchRefusalError(NoSuchRefusalError.__doc__)
    append(kind=EntryKind.REFUSAL_ENDED, body={"refusal": refusal_id, "by": str(by)}, at=at)
