"""The yearly check (確認記録票): begun from the safeguards, answered, signed by two, and unchanged ever after."""

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID, uuid4

import orjson
from django.db import transaction

from tasuki.audits import facts
from tasuki.audits.documents import check_document
from tasuki.audits.queries import checks as queries
from tasuki.audits.rules import facts_of, missing
from tasuki.audits.types import (
    Answered,
    CheckOutcome,
    CheckState,
    Fact,
    NewFinding,
    Surroundings,
)
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import listed, rows, run
from tasuki.safeguards.catalogue import clauses
from tasuki.safeguards.types import ReportClause, Words
from tasuki.shared.actor import Actor


@transaction.atomic
def open_check(*, fiscal_year: int, surroundings: Surroundings, by: Actor, at: dt.datetime) -> CheckOutcome:
    """Begin the check of a fiscal year: a line for each clause, as the safeguards stand, with what the system says."""
    begun = run(
        "INSERT INTO audits_check (fiscal_year, opened_at, opened_by, gathered_at, sha256) VALUES (%s, %s, %s, %s, '')"
        " ON CONFLICT (fiscal_year) DO NOTHING",
        [fiscal_year, at, str(by), at],
    )
    if not begun:
        return CheckOutcome.NONE
    said = facts.gather(fiscal_year, surroundings, at)
    lines = [
        {
            "clause": one.identifier,
            "place": place,
            "words": _words(one),
            "facts": _facts(one, said),
        }
        for place, one in enumerate(clauses())
    ]
    run(
        "INSERT INTO audits_line (fiscal_year, clause, place, words, facts, remark)"
        " SELECT %s, clause, place, words, facts, '' FROM jsonb_to_recordset(%s::jsonb)"
        " AS line (clause text, place smallint, words jsonb, facts jsonb)",
        [fiscal_year, listed(lines)],
    )
    append(kind=EntryKind.CHECK_OPENED, body={"fiscal_year": fiscal_year, "lines": len(lines), "by": str(by)}, at=at)
    return CheckOutcome.DONE


@transaction.atomic
def gather_facts(*, fiscal_year: int, surroundings: Surroundings, by: Actor, at: dt.datetime) -> CheckOutcome:
    """Attach what the system says now to every line of a check that bears no signature."""
    refused = _not_answering(fiscal_year)
    if refused is not None:
        return refused
    said = facts.gather(fiscal_year, surroundings, at)
    lines = [{"clause": one.identifier, "facts": _facts(one, said)} for one in clauses()]
    run(
        "UPDATE audits_line SET facts = line.facts FROM jsonb_to_recordset(%s::jsonb)"
        " AS line (clause text, facts jsonb) WHERE fiscal_year = %s AND audits_line.clause = line.clause",
        [listed(lines), fiscal_year],
    )
    run("UPDATE audits_check SET gathered_at = %s WHERE fiscal_year = %s", [at, fiscal_year])
    append(kind=EntryKind.CHECK_GATHERED, body={"fiscal_year": fiscal_year, "by": str(by)}, at=at)
    return CheckOutcome.DONE


@transaction.atomic
def answer_lines(*, fiscal_year: int, answers: Sequence[Answered], by: Actor, at: dt.datetime) -> CheckOutcome:
    """Keep what somebody found about clauses; an answer that is the same as before stays with whoever gave it."""
    refused = _not_answering(fiscal_year)
    if refused is not None:
        return refused
    lines = [{"clause": one.clause, "answer": one.answer.value, "remark": one.remark} for one in answers]
    changed = rows(
        "UPDATE audits_line SET answer = line.answer, remark = line.remark, answered_at = %s, answered_by = %s"
        " FROM jsonb_to_recordset(%s::jsonb) AS line (clause text, answer text, remark text)"
        " WHERE fiscal_year = %s AND audits_line.clause = line.clause"
        " AND (audits_line.answer, audits_line.remark) IS DISTINCT FROM (line.answer, line.remark)"
        " RETURNING audits_line.clause, audits_line.answer",
        [at, str(by), listed(lines), fiscal_year],
    )
    if changed:
        given = {row["clause"]: row["answer"] for row in changed}
        append(kind=EntryKind.CHECK_ANSWERED, body={"fiscal_year": fiscal_year, "answers": given, "by": str(by)}, at=at)
    return CheckOutcome.DONE


@transaction.atomic
def raise_finding(*, fiscal_year: int, finding: NewFinding, by: Actor, at: dt.datetime) -> UUID | CheckOutcome:
    """Keep what a check found that is to be mended, with how, by whom and by when."""
    refused = _not_answering(fiscal_year)
    if refused is not None:
        return refused
    if not rows("SELECT FROM audits_line WHERE fiscal_year = %s AND clause = %s", [fiscal_year, finding.clause]):
        return CheckOutcome.NONE
    finding_id = uuid4()
    run(
        "INSERT INTO audits_finding (finding_id, fiscal_year, clause, says, remedy, who, due, raised_at, raised_by,"
        " mended_note) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
        [
            finding_id, fiscal_year, finding.clause, finding.says, finding.remedy, finding.who, finding.due, at,
            str(by),
        ],
    )  # fmt: skip
    body = {
        "finding_id": str(finding_id),
        "fiscal_year": fiscal_year,
        "clause": finding.clause,
        "due": finding.due.isoformat(),
        "by": str(by),
    }
    append(kind=EntryKind.FINDING_RAISED, body=body, at=at)
    return finding_id


@transaction.atomic
def mend_finding(*, finding_id: UUID, note: str, by: Actor, at: dt.datetime) -> CheckOutcome:
    """Record that a finding was mended, and how somebody made sure; also after the check was signed."""
    mended = run(
        "UPDATE audits_finding SET mended_at = %s, mended_by = %s, mended_note = %s"
        " WHERE finding_id = %s AND mended_at IS NULL",
        [at, str(by), note, finding_id],
    )
    if not mended:
        return CheckOutcome.NONE
    append(kind=EntryKind.FINDING_MENDED, body={"finding_id": str(finding_id), "by": str(by)}, at=at)
    return CheckOutcome.DONE


@transaction.atomic
def sign_check(*, fiscal_year: int, town: str, names: Mapping[str, str], by: Actor, at: dt.datetime) -> CheckOutcome:
    """Sign a check that is whole. The first signature closes its lines, another's makes its document.

    :param names: what the members of staff are called who may stand in the document.
    """
    found = _locked(fiscal_year)
    if found is None:
        return CheckOutcome.NONE
    if found is CheckState.SIGNED:
        return CheckOutcome.CLOSED
    lines = queries.check_lines(fiscal_year)
    raised = queries.findings(fiscal_year=fiscal_year)
    if missing(lines, {one.clause for one in raised}):
        return CheckOutcome.INCOMPLETE
    if found is CheckState.ANSWERING:
        run(
            "UPDATE audits_check SET first_signed_at = %s, first_signed_by = %s WHERE fiscal_year = %s",
            [at, str(by), fiscal_year],
        )
        append(kind=EntryKind.CHECK_SIGNED, body={"fiscal_year": fiscal_year, "place": 1, "by": str(by)}, at=at)
        return CheckOutcome.DONE
    check = queries.check(fiscal_year)
    if check is None or check.first_signed_by == str(by):
        return CheckOutcome.SAME_PERSON
    pdf = check_document(check, lines, raised, town=town, names=names, second=str(by), at=at)
    digest = sha256(pdf).hexdigest()
    run(
        "UPDATE audits_check SET second_signed_at = %s, second_signed_by = %s, pdf = %s, sha256 = %s"
        " WHERE fiscal_year = %s",
        [at, str(by), pdf, digest, fiscal_year],
    )
    body = {
        "fiscal_year": fiscal_year,
        "place": 2,
        "sha256": digest,
        "first": check.first_signed_by or "",
        "by": str(by),
    }
    append(kind=EntryKind.CHECK_SIGNED, body=body, at=at)
    return CheckOutcome.DONE


@transaction.atomic
def take_signature_back(*, fiscal_year: int, reason: str, by: Actor, at: dt.datetime) -> CheckOutcome:
    """Open the lines of a check again that bears one signature, because something in it is to be put right."""
    state = _locked(fiscal_year)
    if state is not CheckState.HALF_SIGNED:
        return CheckOutcome.NONE if state is not CheckState.SIGNED else CheckOutcome.CLOSED
    run("UPDATE audits_check SET first_signed_at = NULL, first_signed_by = NULL WHERE fiscal_year = %s", [fiscal_year])
    body = {"fiscal_year": fiscal_year, "reason": reason, "by": str(by)}
    append(kind=EntryKind.CHECK_SIGNATURE_TAKEN_BACK, body=body, at=at)
    return CheckOutcome.DONE


def _locked(fiscal_year: int) -> CheckState | None:
    """Keep everybody else from changing a check until this transaction ends, and say how it stands."""
    run("SELECT FROM audits_check WHERE fiscal_year = %s FOR UPDATE", [fiscal_year])
    found = queries.check(fiscal_year)
    return None if found is None else found.state


def _not_answering(fiscal_year: int) -> CheckOutcome | None:
    """Say why nothing may be written into a check now, None where it may."""
    match _locked(fiscal_year):
        case None:
            return CheckOutcome.NONE
        case CheckState.ANSWERING:
            return None
        case _:
            return CheckOutcome.CLOSED


def _words(clause: ReportClause) -> dict[str, object]:
    done = clause.safeguard
    return {
        "part": _both(clause.part.title),
        "number": clause.number,
        "heading": _both(clause.heading),
        "does": _both(done.does),
        "missing": _both(done.missing),
        "register": _both(done.register),
    }


def _both(words: Words | None) -> list[str] | None:
    return None if words is None else [words.ja, words.en]


def _facts(clause: ReportClause, said: Mapping[str, Fact]) -> list[dict[str, object]]:
    found = [said[kind.key] for kind in facts_of(clause.safeguard.identifier)]
    plain: list[dict[str, object]] = orjson.loads(orjson.dumps(found))
    return plain
