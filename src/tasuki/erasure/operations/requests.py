"""Requests for erasure: whoever asks, and two others who approve, each act with its record."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.erasure import queries
from tasuki.erasure.due import before_their_time, obstacles
from tasuki.erasure.lists import list_digest
from tasuki.erasure.types import Decided, Erasure, NotRequested, Obstacle, Requested, State, Subject
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_WAITING = (State.REQUESTED, State.APPROVED_ONCE)


@transaction.atomic
def request_erasure(
    *,
    subject: Subject,
    rule: str,
    keys: Sequence[str],
    reason: str,
    secret: bytes,
    by: Actor,
    at: dt.datetime,
) -> Requested | NotRequested:
    """Keep what somebody asks to erase; two others decide.

    Of what is due by a rule, whatever something stands in the way of is left out and counted. Of people who were named
    nobody is left out: the request is not kept then.

    :param rule: by which rule they are due; empty for people who were named.
    """
    found = obstacles(subject, keys, civil_date(at))
    hindered = {key for some in found.values() for key in some}
    listed = sorted(set(keys) - hindered)
    counts = {obstacle: len(some) for obstacle, some in found.items()}
    if not listed or (hindered and not rule):
        return NotRequested(counts)
    erasure_id, digest = uuid4(), list_digest(secret, listed)
    run(
        "INSERT INTO erasure_request (erasure_id, subject, rule, reason, people, list_digest, requested_at,"
        " requested_by, refusal, stopped_by, digest) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', '', '')",
        [erasure_id, subject.value, rule, reason, len(listed), digest, at, str(by)],
    )
    run(
        "INSERT INTO erasure_item (erasure_id, kind, key) SELECT %s, %s, unnest(%s::text[])",
        [erasure_id, subject.value, listed],
    )
    early = 0 if rule or subject is not Subject.PERSON else len(before_their_time(listed, civil_date(at)))
    body = {
        "subject": subject.value, "rule": rule, "count": len(listed), "early": early, "list": digest,
        "left_out": _words(counts),
    }  # fmt: skip
    append(kind=EntryKind.ERASURE_REQUESTED, body=_body(erasure_id, by) | body, at=at)
    return Requested(erasure_id, counts)


@transaction.atomic
def withdraw_erasure(*, erasure_id: UUID, by: Actor, at: dt.datetime) -> Decided:
    """Take back one's own request before two approved it. Its list goes at once."""
    found = _locked(erasure_id)
    if found is None or found.state not in _WAITING or found.requested_by != str(by):
        return Decided.NOT_WAITING
    run("UPDATE erasure_request SET withdrawn_at = %s WHERE erasure_id = %s", [at, erasure_id])
    run("DELETE FROM erasure_item WHERE erasure_id = %s", [erasure_id])
    append(kind=EntryKind.ERASURE_WITHDRAWN, body=_body(erasure_id, by), at=at)
    return Decided.DECIDED


@transaction.atomic
def approve_erasure(*, erasure_id: UUID, by: Actor, at: dt.datetime) -> Decided:
    """Approve a request of somebody else, as the first or the second of two."""
    found = _locked(erasure_id)
    if found is None or found.state not in _WAITING:
        return Decided.NOT_WAITING
    if str(by) in (found.requested_by, found.first_by):
        return Decided.SAME_PERSON
    place = "first" if found.first_at is None else "second"
    run(
        f"UPDATE erasure_request SET {place}_at = %s, {place}_by = %s WHERE erasure_id = %s",  # noqa: S608 — our words
        [at, str(by), erasure_id],
    )
    body = {"place": place, "list": found.list_digest, "requested_by": found.requested_by}
    append(kind=EntryKind.ERASURE_APPROVED, body=_body(erasure_id, by) | body, at=at)
    return Decided.DECIDED


@transaction.atomic
def refuse_erasure(*, erasure_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Decided:
    """Refuse a request of somebody else with a reason, until it has begun; its list goes at once."""
    found = _locked(erasure_id)
    if found is None or found.state not in (*_WAITING, State.APPROVED):
        return Decided.NOT_WAITING
    if str(by) == found.requested_by:
        return Decided.SAME_PERSON
    run(
        "UPDATE erasure_request SET refused_at = %s, refused_by = %s, refusal = %s WHERE erasure_id = %s",
        [at, str(by), reason, erasure_id],
    )
    run("DELETE FROM erasure_item WHERE erasure_id = %s", [erasure_id])
    append(kind=EntryKind.ERASURE_REFUSED, body=_body(erasure_id, by) | {"reason": reason}, at=at)
    return Decided.DECIDED


def _locked(erasure_id: UUID) -> Erasure | None:
    run("SELECT FROM erasure_request WHERE erasure_id = %s FOR UPDATE", [erasure_id])
    return queries.erasure(erasure_id)


def _body(erasure_id: UUID, by: Actor) -> dict[str, object]:
    return {"erasure_id": str(erasure_id), "by": str(by)}


def _words(counts: Mapping[Obstacle, int]) -> dict[str, int]:
    return {obstacle.value: count for obstacle, count in counts.items()}
