"""Inquiries of others that wait for our answer by hand: one person proposes, another decides (番号法22条)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.types import SYSTEM, HeldOutcome, HeldProposal, HeldView
from tasuki.nodes.sql import rows, run
from tasuki.persons import queries as index
from tasuki.protocol.messages import HeldDecision
from tasuki.shared.actor import Actor


def held(*, institution: str, link: Link) -> list[HeldView]:
    """Return the inquiries of others that wait for our answer by hand, whom each is about, and what is proposed.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    waiting = link.held(institution)
    people = index.system_numbers(SYSTEM, [one.unified_person_number for one in waiting])
    proposed = {
        row["number"]: HeldProposal(
            row["release"], row["reason"], row["proposed_at"], row["proposed_by"], row["non_disclosure"]
        )
        for row in rows(
            "SELECT transaction_number::text AS number, release, reason, proposed_at, proposed_by,"
            " non_disclosure FROM linkage_held_proposal WHERE transaction_number = ANY(%s::uuid[])",
            [[one.transaction_number for one in waiting]],
        )
    }
    return [
        HeldView(one, people.get(one.unified_person_number), proposed.get(one.transaction_number)) for one in waiting
    ]


def note_held(*, institution: str, link: Link, by: Actor, at: dt.datetime) -> int:
    """Ask the gateway how many inquiries wait for our answer, keep it for the home page, and return it.

    :raises ExchangeFailed: when the gateway cannot be had; what was kept before says how old it is.
    """
    del by  # Nothing changes but what we know.
    waiting = link.held(institution)
    first = min((one.valid_until for one in waiting), default=None)
    with transaction.atomic():
        run(
            "INSERT INTO linkage_held_waiting (id, asked_at, waiting, first_deadline) VALUES (1, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET asked_at = EXCLUDED.asked_at, waiting = EXCLUDED.waiting,"
            " first_deadline = EXCLUDED.first_deadline",
            [at, len(waiting), first],
        )
    return len(waiting)


@transaction.atomic
def propose_held(
    *,
    transaction_number: str,
    release: bool,
    reason: str,
    by: Actor,
    at: dt.datetime,
    non_disclosure: bool = False,
) -> bool:
    """Keep what one person proposes about a held inquiry; return False when another proposal waits already.

    :param non_disclosure: whether the record of it is not to be disclosed either (番号法23条2項).
    """
    if not run(
        "INSERT INTO linkage_held_proposal"
        " (transaction_number, release, non_disclosure, reason, proposed_at, proposed_by)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [transaction_number, release, non_disclosure, reason, at, str(by)],
    ):
        return False
    body = {"release": release, "non_disclosure": non_disclosure, "reason": reason, "by": str(by)}
    append(kind=EntryKind.HELD_PROPOSED, body=body, transaction_number=transaction_number, at=at)
    return True


@transaction.atomic
def return_proposal(*, transaction_number: str, reason: str, by: Actor, at: dt.datetime) -> bool:
    """Send a proposal back, so that another can be made; return False when there is none."""
    if not run("DELETE FROM linkage_held_proposal WHERE transaction_number = %s", [transaction_number]):
        return False
    body = {"reason": reason, "by": str(by)}
    append(kind=EntryKind.HELD_PROPOSAL_RETURNED, body=body, transaction_number=transaction_number, at=at)
    return True


def decide_held(
    *,
    institution: str,
    transaction_number: str,
    release: bool,
    reason: str,
    link: Link,
    by: Actor,
    at: dt.datetime,
) -> HeldOutcome:
    """Carry out what somebody else proposed about a held inquiry, recorded here with both reasons first.

    :param release: what whoever decides has read as proposed; another proposal since is not theirs to decide unread.
    :raises ExchangeFailed: when the gateway cannot be had; the proposal stays, and can be decided again.
    """
    with transaction.atomic():
        found = rows(
            "SELECT reason, proposed_by, non_disclosure FROM linkage_held_proposal"
            " WHERE transaction_number = %s AND release = %s FOR UPDATE",
            [transaction_number, release],
        )
        if not found:
            return HeldOutcome.NOT_PROPOSED
        [proposal] = found
        if proposal["proposed_by"] == str(by):
            return HeldOutcome.SAME_PERSON
        append(
            kind=EntryKind.PROVISION_RESUMED if release else EntryKind.ANSWER_WITHHELD,
            body={
                "institution": institution,
                "non_disclosure": proposal["non_disclosure"],
                "proposed_by": proposal["proposed_by"],
                "proposed_because": proposal["reason"],
                "reason": reason,
                "by": str(by),
            },
            transaction_number=transaction_number,
            at=at,
        )
    decision = HeldDecision(
        institution=institution,
        transaction_number=transaction_number,
        release=release,
        non_disclosure=proposal["non_disclosure"],
    )
    [reply] = link.decide_held([decision])
    with transaction.atomic():
        run("DELETE FROM linkage_held_proposal WHERE transaction_number = %s", [transaction_number])
    return HeldOutcome.DECIDED if reply.accepted else HeldOutcome.TOO_LATE
