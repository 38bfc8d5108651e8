"""Deciding cases (要確認の処理): one person where nothing is overridden, two where something is."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.nodes.sql import rows, run
from tasuki.persons.case_keeping import CASE_COLUMNS, case_from, note, put_in_custody
from tasuki.persons.case_rules import people_needed
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.dealing import fresh_numbers, lock_numbering
from tasuki.persons.desk import subjects_of
from tasuki.persons.mass_stopping import stop_held
from tasuki.persons.merges import apply_merge, apply_move, apply_split, apply_undo
from tasuki.persons.stopping import end_quarantine_of_case, keep_stops_of_case, stop_while_decided
from tasuki.persons.telling import tell_of_people
from tasuki.persons.types.cases import (
    INSPECTED_KINDS,
    Case,
    CaseAct,
    CaseKind,
    CaseState,
    Decided,
    Decision,
    Proposed,
    Refusal,
    RefusedDecision,
)
from tasuki.persons.types.changes import ChangeKind
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_CASE: Final = f"SELECT {CASE_COLUMNS} FROM persons_case c WHERE c.case_id = %s FOR UPDATE OF c"  # noqa: S608 — ours


@transaction.atomic(using=ALIAS)
def decide_case(
    *, case_id: UUID, act: CaseAct, reason: str, cipher: NumberCipher, by: Actor, at: dt.datetime
) -> Decision:
    """Decide an open case, or propose what takes a second person.

    The caller has recorded that it is being decided. Whatever is refused changes nothing.
    """
    lock_numbering()
    cipher = cipher.now()
    case = _locked(case_id)
    if case is None or case.state is not CaseState.OPEN:
        return RefusedDecision(Refusal.NOT_OPEN)
    needed = people_needed(case.kind, act)
    if needed is None:
        return RefusedDecision(Refusal.ACT_NOT_OFFERED)
    if not reason.strip():
        return RefusedDecision(Refusal.NO_REASON)
    if needed > 1:
        if case.kind in INSPECTED_KINDS:
            stop_while_decided(case, by, at)
        run(
            "UPDATE persons_case SET state = 'PROPOSED', act = %s, proposed_at = %s, proposed_by = %s, reason = %s"
            " WHERE case_id = %s",
            [act.value, at, str(by), reason, case_id],
            alias=ALIAS,
        )
        note(case_id, CaseState.PROPOSED, act, reason, by, at)
        return Proposed(case_id)
    return _carry_out(case, act, reason, cipher, by, at)


@transaction.atomic(using=ALIAS)
def approve_case(*, case_id: UUID, reason: str, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decision:
    """Approve what another person proposed, which takes effect with it."""
    lock_numbering()
    cipher = cipher.now()
    case = _locked(case_id)
    if case is None or case.state is not CaseState.PROPOSED or case.act is None:
        return RefusedDecision(Refusal.NOT_OPEN)
    if case.proposed_by == str(by):
        return RefusedDecision(Refusal.SAME_PERSON_TWICE)
    if not reason.strip():
        return RefusedDecision(Refusal.NO_REASON)
    return _carry_out(case, case.act, reason, cipher, by, at)


@transaction.atomic(using=ALIAS)
def return_case(*, case_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Decision:
    """Return a proposal without approving it: the case is open again, or, where it was only a proposal, ends.

    Whoever proposed may take it back this way.
    """
    case = _locked(case_id)
    if case is None or case.state is not CaseState.PROPOSED:
        return RefusedDecision(Refusal.NOT_OPEN)
    if not reason.strip():
        return RefusedDecision(Refusal.NO_REASON)
    if case.kind in _PROPOSALS_ONLY:
        _close(case, CaseState.SENT_BACK, case.act, reason, by, at)
        end_quarantine_of_case(case_id, by, at)
    else:
        run(
            "UPDATE persons_case SET state = 'OPEN', act = NULL, proposed_at = NULL, proposed_by = '', reason = ''"
            " WHERE case_id = %s",
            [case_id],
            alias=ALIAS,
        )
        note(case_id, CaseState.OPEN, case.act, reason, by, at)
    return Decided(case.person)


#: Nothing is in doubt about these but what was proposed.
_PROPOSALS_ONLY: Final = frozenset({CaseKind.MERGE, CaseKind.SPLIT, CaseKind.UNDO})


def _locked(case_id: UUID) -> Case | None:
    found = rows(_CASE, [case_id], alias=ALIAS)
    return case_from(found[0]) if found else None


def _carry_out(case: Case, act: CaseAct, reason: str, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decision:
    done = _ACTS[act](case, cipher, by, at)
    if isinstance(done, RefusedDecision):
        return done
    _close(case, CaseState.SENT_BACK if act is CaseAct.SEND_BACK else CaseState.DECIDED, act, reason, by, at)
    return done


def _close(case: Case, state: CaseState, act: CaseAct | None, reason: str, by: Actor, at: dt.datetime) -> None:
    """Close a case and delete the individual number that waited for it."""
    run(
        "UPDATE persons_case SET state = %s, act = %s, decided_at = %s, decided_by = %s, decision_reason = %s"
        " WHERE case_id = %s",
        [state.value, None if act is None else act.value, at, str(by), reason, case.case_id],
        alias=ALIAS,
    )
    run("DELETE FROM persons_pending_number WHERE case_id = %s", [case.case_id], alias=ALIAS)
    note(case.case_id, state, act, reason, by, at)


_Effect = Callable[[Case, NumberCipher, Actor, dt.datetime], Decided | RefusedDecision]


def _send_back(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided:
    """Nothing changes but the case; where it stopped provision, provision stays stopped until somebody ends that."""
    del cipher, by, at
    keep_stops_of_case(case.case_id)
    return Decided(case.person)


def _confirm(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided:
    del cipher
    end_quarantine_of_case(case.case_id, by, at)
    return Decided(case.person)


def _link(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """The statement is of the person it seemed to be of; a number nobody else holds is theirs from now on."""
    del by
    done = _link_to(case, case.person, at)
    if isinstance(done, RefusedDecision) or done.person is None or not case.has_number:
        return done
    return _take_pending(case, done.person, cipher, at)


def _link_other(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """The statement is of the other one. Their number was not in doubt, unless nobody had heard of it before."""
    del by
    done = _link_to(case, case.other, at)
    if isinstance(done, RefusedDecision) or done.person is None or case.kind is not CaseKind.NOT_IN_REGISTER:
        return done
    return _take_pending(case, done.person, cipher, at)


def _new(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """Somebody of their own; whoever has a number here keeps it, and the individual number is dropped."""
    del cipher, by
    return Decided(_own_or_new(case, at))


def _keep_number(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """Somebody of their own, whose individual number was seen."""
    del by
    return _take_pending(case, case.person or _own_or_new(case, at), cipher, at, is_new=True)


def _own_or_new(case: Case, at: dt.datetime) -> str:
    own = _own(case)
    if own is not None:
        return own
    [person] = fresh_numbers(1)
    run("INSERT INTO persons_person (unified_person_number, numbered_at) VALUES (%s, %s)", [person, at], alias=ALIAS)
    _insert_link(case, person, at)
    return person


def _own(case: Case) -> str | None:
    found = rows(
        "SELECT r.person FROM persons_system_person s JOIN persons_root r USING (unified_person_number)"
        " WHERE s.system = %s AND s.system_person_number = %s",
        [case.system, case.system_person_number],
        alias=ALIAS,
    )
    return str(found[0]["person"]) if found else None


def _link_to(case: Case, person: str | None, at: dt.datetime) -> Decided | RefusedDecision:
    target = None if person is None else _root_of(person)
    if target is None:
        return RefusedDecision(Refusal.ACT_NOT_OFFERED)
    own = _own(case)
    if own == target:
        return Decided(target)
    if own is not None:
        return RefusedDecision(Refusal.CHANGED_SINCE)
    if case.system in subjects_of({target})[target].systems:
        return RefusedDecision(Refusal.ALREADY_LINKED)
    _insert_link(case, target, at)
    return Decided(target)


def _insert_link(case: Case, person: str, at: dt.datetime) -> None:
    run(
        "INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)"
        " VALUES (%s, %s, %s, %s)",
        [case.system, case.system_person_number, person, at],
        alias=ALIAS,
    )


def _take_pending(
    case: Case, person: str, cipher: NumberCipher, at: dt.datetime, *, is_new: bool = False
) -> Decided | RefusedDecision:
    """Put the number that waited into custody, in the place of a former one; never one that somebody else holds."""
    [pending] = rows(
        "SELECT sealed_number, key_id FROM persons_pending_number WHERE case_id = %s", [case.case_id], alias=ALIAS
    )
    number = cipher.open(str(case.case_id), bytes(pending["sealed_number"]), pending["key_id"])
    number_hash = cipher.hash(number)
    held = rows(
        "SELECT r.person FROM persons_number_custody c JOIN persons_root r USING (unified_person_number)"
        " WHERE c.number_hash = ANY(%s)",
        [cipher.hashes(number)],
        alias=ALIAS,
    )
    if held:
        return Decided(person) if held[0]["person"] == person else _undone(Refusal.NUMBER_IN_USE)
    if is_new and subjects_of({person})[person].hashes:
        return _undone(Refusal.NUMBER_IN_USE)
    replaced = run(
        "DELETE FROM persons_number_custody c USING persons_root r"
        " WHERE r.unified_person_number = c.unified_person_number AND r.person = %s",
        [person],
        alias=ALIAS,
    )
    if replaced:
        tell_of_people(ChangeKind.NUMBER_CHANGED, [person], at)
    put_in_custody([(person, number, number_hash)], cipher)
    return Decided(person)


def _undone(refusal: Refusal) -> RefusedDecision:
    """Refuse after something was written: the transaction is rolled back when it ends."""
    transaction.set_rollback(True, using=ALIAS)
    return RefusedDecision(refusal)


def _root_of(person: str) -> str | None:
    """Return the number a person goes by; None when there is no such person."""
    found = rows(
        "SELECT person FROM persons_root WHERE unified_person_number = %s",
        [person],
        alias=ALIAS,
    )
    return str(found[0]["person"]) if found else None


def _merge(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    del cipher
    return apply_merge(case, by, at)


def _move_link(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    del cipher
    return apply_move(case, by, at)


def _part_link(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    links = [[case.system, case.system_person_number]]
    return apply_split(replace(case, subject={"links": links, "takes_number": False}), cipher, by, at)


def _split(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    return apply_split(case, cipher, by, at)


def _undo(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    return apply_undo(case, cipher, by, at)


def _stop_all(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided:
    del cipher
    stop_held(case.case_id, by, at)
    return Decided(None)


def _leave_all(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided:
    """Each case stays for whoever decides it; whom its own proposal stops stays stopped until then."""
    del case, cipher, by, at
    return Decided(None)


@transaction.atomic(using=ALIAS)
def stop_overdue(*, case_id: UUID, by: Actor, at: dt.datetime) -> int:
    """Carry out a mass stop about which nobody decided in time; give for how many people, 0 when somebody has.

    The caller has recorded it.
    """
    lock_numbering()
    case = _locked(case_id)
    if case is None or case.kind is not CaseKind.MASS_STOP or case.state not in (CaseState.OPEN, CaseState.PROPOSED):
        return 0
    people = stop_held(case_id, by, at)
    _close(case, CaseState.DECIDED, CaseAct.STOP_ALL, "", by, at)
    return people


_ACTS: Final[Mapping[CaseAct, _Effect]] = MappingProxyType(
    {
        CaseAct.SEND_BACK: _send_back,
        CaseAct.LINK: _link,
        CaseAct.LINK_OTHER: _link_other,
        CaseAct.NEW: _new,
        CaseAct.KEEP_NUMBER: _keep_number,
        CaseAct.MERGE: _merge,
        CaseAct.SPLIT: _split,
        CaseAct.UNDO: _undo,
        CaseAct.MOVE_LINK: _move_link,
        CaseAct.PART_LINK: _part_link,
        CaseAct.STOP_ALL: _stop_all,
        CaseAct.LEAVE_ALL: _leave_all,
        CaseAct.CONFIRM: _confirm,
    }
)
