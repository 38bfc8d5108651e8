"""Acquiring linkage codes for the town's people (番号法21条の2, 令27条)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.types import AcquisitionReport
from tasuki.persons import operations as index
from tasuki.persons import queries as index_queries
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.codes import ask_anew, note_outcomes
from tasuki.persons.types import CodeOutcome, OpenedAcquisition
from tasuki.protocol.messages import (
    AcquisitionOpened,
    AcquisitionOutcome,
    AcquisitionReply,
    AcquisitionRequest,
    CodeStatusAsked,
)
from tasuki.shared.actor import Actor


def acquire_codes(
    *,
    institution: str,
    unified_numbers: Sequence[str],
    link: Link,
    cipher: NumberCipher,
    new_number: Callable[[], str],
    by: Actor,
    at: dt.datetime,
) -> AcquisitionReport:
    """Ask for the codes of people who have none. Repeating it is harmless: no person gets a second code.

    The request is recorded before anything leaves. The gateway hears whose acquisition each is before J-LIS does, so
    that no code can arrive for an acquisition nobody opened.

    :raises ExchangeFailed: when gateway or J-LIS cannot be had; acquisitions stay open and are used again.
    """
    with transaction.atomic():
        append(
            kind=EntryKind.CODE_REQUESTED,
            body={"institution": institution, "count": len(unified_numbers), "by": str(by)},
            at=at,
        )
    opened = index.open_acquisitions(
        unified_numbers=unified_numbers, new_number=new_number, cipher=cipher, by=by, at=at
    )
    link.open_acquisitions(
        [
            AcquisitionOpened(
                institution=institution,
                acquisition_number=one.acquisition_number,
                unified_person_number=one.unified_person_number,
            )
            for one in opened
        ]
    )
    index.note_told(acquisition_numbers=[one.acquisition_number for one in opened], by=by, at=at)
    replies = link.request_codes(
        [
            AcquisitionRequest(
                institution=institution,
                acquisition_number=one.acquisition_number,
                individual_number=one.individual_number,
            )
            for one in opened
        ]
    )
    _note(opened, replies, by, at)
    outcomes = Counter(reply.outcome for reply in replies)
    return AcquisitionReport(
        asked=len(opened),
        issued=outcomes[AcquisitionOutcome.ISSUED],
        already_issued=outcomes[AcquisitionOutcome.ALREADY_ISSUED],
        unknown=outcomes[AcquisitionOutcome.UNKNOWN_NUMBER] + outcomes[AcquisitionOutcome.UNKNOWN_INSTITUTION],
    )


def _note(opened: Sequence[OpenedAcquisition], replies: Sequence[AcquisitionReply], by: Actor, at: dt.datetime) -> None:
    """Keep how asking ended, for each person whose acquisition is answered."""
    people = {one.acquisition_number: one.unified_person_number for one in opened}
    outcomes = {
        people[reply.acquisition_number]: CodeOutcome(reply.outcome.upper())
        for reply in replies
        if reply.acquisition_number in people
    }
    note_outcomes(outcomes=outcomes, by=by, at=at)


def confirm_codes(*, institution: str, link: Link, by: Actor, at: dt.datetime, most: int = 5_000) -> int:
    """Ask the gateway which acquisitions are bound, and delete those numbers (番号法21条の2第3項); return how many.

    The oldest `most` are asked about: codes arrive in the order in which they were asked for.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    opened = index_queries.awaited_acquisitions(most)
    replies = link.code_status(
        [
            CodeStatusAsked(institution=institution, acquisition_number=number, unified_person_number=person)
            for number, person in opened
        ]
    )
    bound = [reply.acquisition_number for reply in replies if reply.bound]
    if bound:
        with transaction.atomic():
            append(
                kind=EntryKind.CODE_BOUND,
                body={"institution": institution, "count": len(bound), "by": str(by)},
                at=at,
            )
        index.close_acquisitions(acquisition_numbers=bound, by=by, at=at)
    return len(bound)


def renew_code(*, institution: str, unified_person_number: str, by: Actor, at: dt.datetime) -> bool:
    """Have a person's code asked for again because their 住民票コード changed; False when they had none."""
    with transaction.atomic():
        append(
            kind=EntryKind.CODE_REQUESTED,
            body={"institution": institution, "count": 1, "cause": "record_code_changed", "by": str(by)},
            at=at,
        )
    return ask_anew(unified_person_number=unified_person_number, by=by, at=at)
