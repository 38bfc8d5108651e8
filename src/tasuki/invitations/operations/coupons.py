"""Coupons (受診券): for a whole list at once, and one by one; voided and replaced, never given again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.invitations import queries
from tasuki.invitations.errors import NoSuchCouponError
from tasuki.invitations.numbers import coupon_number
from tasuki.invitations.posting import Posting, single_recipient
from tasuki.invitations.recording import by_reason, digest_of, joined, lock_year, new_run, not_ready, record_run
from tasuki.invitations.statements import SCOPES, standing
from tasuki.invitations.types import Coupon, Deliver, NoCoupon, NotReady, Run, RunKind, Standing
from tasuki.invitations.wording import coupon_letter
from tasuki.layouts.types import Programme
from tasuki.letters import queries as letter_queries
from tasuki.letters.operations import next_numbers, record_letters
from tasuki.letters.rendering import make_letters
from tasuki.letters.types import Letter, LetterKind, Made
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.screening.queries.recipients import Recipient
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date, to_jst
from tasuki.work.types import Progress, Unwatched

_COLUMNS: Final = (
    "number", "fiscal_year", "system_person_number", "programmes", "valid_until", "run_id", "issued_at", "issued_by",
)  # fmt: skip
#: Each programme open to a person, with the examinations by which it is.
Offered = list[tuple[Programme, str]]


@transaction.atomic
def issue_coupons(
    *,
    run_id: UUID,
    fiscal_year: int,
    valid_until: dt.date,
    town: str,
    deliver: Deliver,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
) -> Run | NotReady:
    """Give a coupon to everybody on a year's list who has something open and no coupon, and make their letters.

    Who gets no letter in bulk gets no coupon either, and is written down with why. All of it happens or nothing, and
    a run is done once, however often it is asked.
    """
    lock_year(fiscal_year)
    done = queries.run(run_id)
    if done is not None:
        return done
    unready = not_ready(fiscal_year, by, at)
    if unready is not None:
        return unready
    on = civil_date(at)
    offered = _offered_to_all(fiscal_year, on)
    title = f"受診券_{fiscal_year}年度_{to_jst(at):%Y%m%d-%H%M%S}"
    posting = Posting(LetterKind.COUPON, title, town, deliver, progress or Unwatched(), by, at)
    issued: list[str] = []
    for batch in posting.batches(sorted(offered), on):
        people = posting.recipients(batch, on)
        numbers, letters = _issue_batch(posting, people, offered, run_id, fiscal_year, valid_until)
        posting.make(batch, letters)
        issued += numbers
    outcome = {"coupons": len(issued)} | by_reason(posting.left_out)
    programmes = {programme for some in offered.values() for programme, _ in some}
    described = new_run(run_id, RunKind.COUPONS, fiscal_year, list(programmes), outcome, by, at)
    return record_run(described, left_out=posting.left_out, digest=digest_of(issued), by=by, at=at)


@transaction.atomic
def issue_coupon(
    *, person: str, fiscal_year: int, valid_until: dt.date, by: Actor, at: dt.datetime
) -> Coupon | NoCoupon:
    """Give one person a coupon for what is open to them this year, also for what they do not want to be invited to."""
    lock_year(fiscal_year)
    if rows(
        "SELECT FROM invitations_coupon WHERE system_person_number = %s AND fiscal_year = %s AND voided_at IS NULL",
        [person, fiscal_year],
    ):
        return NoCoupon.HAS_COUPON
    programmes = _programmes_for(person, fiscal_year, civil_date(at))
    if isinstance(programmes, NoCoupon):
        return programmes
    (number,) = _deal(fiscal_year, 1)
    run(
        "INSERT INTO invitations_coupon (number, fiscal_year, system_person_number, programmes, valid_until, issued_at,"
        " issued_by) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [number, fiscal_year, person, joined(programmes), valid_until, at, str(by)],
    )
    append(
        kind=EntryKind.COUPONS_ISSUED,
        body={"fiscal_year": fiscal_year, "coupons": 1, "digest": digest_of([number]), "by": str(by)},
        at=at,
    )
    return _stored(number)


@transaction.atomic
def void_coupon(*, person: str, number: str, reason: str, by: Actor, at: dt.datetime) -> Coupon:
    """Make a person's coupon void, for a reason.

    :raises NoSuchCouponError: when this person has no valid coupon of that number.
    """
    voided = run(
        "UPDATE invitations_coupon SET voided_at = %s, voided_by = %s, void_reason = %s"
        " WHERE number = %s AND system_person_number = %s AND voided_at IS NULL",
        [at, str(by), reason, number, person],
    )
    if not voided:
        raise NoSuchCouponError(NoSuchCouponError.__doc__)
    append(kind=EntryKind.COUPON_VOIDED, body={"digest": digest_of([number]), "by": str(by)}, at=at)
    return _stored(number)


@transaction.atomic
def replace_coupon(
    *, person: str, number: str, reason: str, valid_until: dt.date, by: Actor, at: dt.datetime
) -> Coupon | NoCoupon:
    """Make a coupon void and give the person another; when they can have none, the old one stays as it was.

    :raises NoSuchCouponError: when this person has no valid coupon of that number.
    """
    former = queries.coupon(number)
    if former is None:
        raise NoSuchCouponError(NoSuchCouponError.__doc__)
    lock_year(former.fiscal_year)
    programmes = _programmes_for(person, former.fiscal_year, civil_date(at))
    if isinstance(programmes, NoCoupon):
        return programmes
    void_coupon(person=person, number=number, reason=reason, by=by, at=at)
    return issue_coupon(person=person, fiscal_year=former.fiscal_year, valid_until=valid_until, by=by, at=at)


@transaction.atomic
def print_coupon(*, number: str, town: str, is_asked: bool, by: Actor, at: dt.datetime) -> Made | NoCoupon:
    """Make the letter of one coupon, and record it. Without an address it is handed over, and names no destination.

    :param is_asked: that a protected person was asked where the letter may go.
    :raises NoSuchCouponError: when there is no valid coupon of that number.
    """
    coupon = queries.coupon(number)
    if coupon is None or coupon.voided_at is not None:
        raise NoSuchCouponError(NoSuchCouponError.__doc__)
    on, person = civil_date(at), coupon.system_person_number
    recipient = single_recipient(person, on, is_asked=is_asked)
    if isinstance(recipient, NoCoupon):
        return recipient
    open_to = _offered_to(person, coupon.fiscal_year, on)
    (letter_number,) = next_numbers(count=1, by=by, at=at)
    letter = coupon_letter(
        person=person,
        destination=recipient.destination,
        language=recipient.language,
        coupon=coupon.number,
        fiscal_year=coupon.fiscal_year,
        offered=[(programme, open_to.get(programme, "")) for programme in coupon.programmes],
        valid_until=coupon.valid_until,
        number=f"第{letter_number}号",
        on=on,
    )
    wording = letter_queries.wording(LetterKind.COUPON, recipient.language)
    made = make_letters([letter], wording, letter_queries.sender(), town)
    record_letters(letters=[letter], wording=wording, by=by, at=at)
    return made


def _issue_batch(
    posting: Posting,
    people: Sequence[tuple[str, Recipient]],
    offered: Mapping[str, Offered],
    run_id: UUID,
    fiscal_year: int,
    valid_until: dt.date,
) -> tuple[list[str], list[Letter]]:
    """Write the coupons of one file, and give their numbers and letters."""
    by, at, on = posting.by, posting.at, civil_date(posting.at)
    numbers = _deal(fiscal_year, len(people))
    copy_rows(
        "invitations_coupon",
        _COLUMNS,
        (
            (number, fiscal_year, person, joined(one for one, _ in offered[person]), valid_until, run_id, at, str(by))
            for number, (person, _) in zip(numbers, people, strict=True)
        ),
    )
    letter_numbers = next_numbers(count=len(people), by=by, at=at)
    letters = [
        coupon_letter(
            person=person,
            destination=recipient.destination,
            language=recipient.language,
            coupon=number,
            fiscal_year=fiscal_year,
            offered=offered[person],
            valid_until=valid_until,
            number=f"第{letter_number}号",
            on=on,
        )
        for number, letter_number, (person, recipient) in zip(numbers, letter_numbers, people, strict=True)
    ]
    return numbers, letters


def _deal(fiscal_year: int, count: int) -> list[str]:
    """Deal numbers that were never dealt before, in whatever year."""
    dealt = rows("SELECT nextval('invitations_coupon_serial') AS serial FROM generate_series(1, %s)", [count])
    return [coupon_number(fiscal_year, row["serial"]) for row in dealt]


def _programmes_for(person: str, fiscal_year: int, on: dt.date) -> list[Programme] | NoCoupon:
    """Return what a single coupon would be for, or why there can be none."""
    targets = queries.targets_of(person, fiscal_year, on)
    if any(one.standing is Standing.GONE for one in targets):
        return NoCoupon.GONE
    programmes = [one.programme for one in targets if one.standing in (Standing.OPEN, Standing.REFUSED)]
    return programmes or NoCoupon.NO_TARGET


def _offered_to_all(fiscal_year: int, on: dt.date) -> dict[str, Offered]:
    """Return what is open to everybody who has no coupon; those who left come along, to be written down."""
    found = rows(
        "SELECT system_person_number AS person, array_agg(programme ORDER BY programme) AS programmes,"  # noqa: S608 — statements of ours
        " array_agg(coalesce(methods, '') ORDER BY programme) AS methods"
        f" FROM ({standing(fiscal_year, on)}) AS s WHERE {queries.UNCOVERED} GROUP BY 1"
    )
    return {
        row["person"]: [
            (Programme(code), methods) for code, methods in zip(row["programmes"], row["methods"], strict=True)
        ]
        for row in found
    }


def _offered_to(person: str, fiscal_year: int, on: dt.date) -> dict[Programme, str]:
    found = rows(
        "SELECT programme, coalesce(methods, '') AS methods"  # noqa: S608 — as above
        f" FROM ({standing(fiscal_year, on, 'system_person_number = %s')}) AS s",
        [person] * SCOPES,
    )
    return {Programme(row["programme"]): row["methods"] for row in found}


def _stored(number: str) -> Coupon:
    found = queries.coupon(number)
    if found is None:
        raise NoSuchCouponError(NoSuchCouponError.__doc__)
    return found
