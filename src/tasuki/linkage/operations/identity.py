"""Who is who, as the town acts on it: each act is on record first, and the gateway hears of it before anything else."""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.holds import note_holds, telling
from tasuki.linkage.types import SYSTEM
from tasuki.operating.queries import marked_environment
from tasuki.persons import operations as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.mass_stopping import overdue
from tasuki.persons.queries import people as people_of_index
from tasuki.persons.types import NON_REGISTERED, RegistrationFault, RegistrationReport
from tasuki.persons.types.cases import CaseAct, Decision
from tasuki.persons.types.inspection import InspectionReport
from tasuki.persons.types.items import BasicItems, NonRegisteredCause, Registration
from tasuki.persons.types.merging import GatewayTask, GatewayTaskKind, QuarantineCause, SystemNumber
from tasuki.protocol.messages import CodeForgotten, Forgotten
from tasuki.screening.operations.outbox import carry_again
from tasuki.shared.actor import Actor
from tasuki.shared.environments import Environment


def register(
    *, system: str, people: Sequence[Registration], cipher: NumberCipher, by: Actor, at: dt.datetime
) -> RegistrationReport:
    """Register people of a business system with the index, recorded before (`persons.operations.register_people`)."""
    with transaction.atomic():
        append(kind=EntryKind.PEOPLE_REGISTERED, body={"system": system, "people": len(people), "by": str(by)}, at=at)
    environment = marked_environment().environment
    report = index.register_people(system=system, people=people, environment=environment, cipher=cipher, by=by, at=at)
    _record_misplaced(report, environment, by, at)
    return report


def register_non_registered(
    *,
    items: BasicItems,
    individual_number: str | None,
    cause: NonRegisteredCause,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
) -> tuple[str, RegistrationReport]:
    """Register somebody outside the register by hand, recorded before with why; gives their 宛名番号 and the report."""
    body = {"system": NON_REGISTERED, "people": 1, "cause": cause.value, "by": str(by)}
    with transaction.atomic():
        append(kind=EntryKind.PEOPLE_REGISTERED, body=body, at=at)
    environment = marked_environment().environment
    number, report = index.register_non_registered(
        items=items, individual_number=individual_number, environment=environment, cipher=cipher, by=by, at=at
    )
    _record_misplaced(report, environment, by, at)
    return number, report


def _record_misplaced(report: RegistrationReport, environment: Environment, by: Actor, at: dt.datetime) -> None:
    """Record how many people were kept out because they do not belong in this environment."""
    people = sum(one.fault is RegistrationFault.OTHER_ENVIRONMENT for one in report.problems)
    if people:
        body = {"what": "registration", "environment": environment.value, "people": people, "by": str(by)}
        with transaction.atomic():
            append(kind=EntryKind.WRONG_ENVIRONMENT_REFUSED, body=body, at=at)


def decide(*, case_id: UUID, act: CaseAct, reason: str, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decision:
    """Decide a case, or propose what takes a second person; recorded before."""
    _record("decide", by, at, case_id=case_id, act=act)
    return index.decide_case(case_id=case_id, act=act, reason=reason, cipher=cipher, by=by, at=at)


def approve(*, case_id: UUID, reason: str, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decision:
    """Approve what another person proposed; recorded before."""
    _record("approve", by, at, case_id=case_id)
    return index.approve_case(case_id=case_id, reason=reason, cipher=cipher, by=by, at=at)


def send_back(*, case_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Decision:
    """Return a proposal unapproved; recorded before."""
    _record("return", by, at, case_id=case_id)
    return index.return_case(case_id=case_id, reason=reason, by=by, at=at)


def propose_merge(*, survivor: str, loser: str, reason: str, by: Actor, at: dt.datetime) -> Decision:
    """Propose that two numbers are of one person; recorded before."""
    _record("propose", by, at, act=CaseAct.MERGE)
    return index.propose_merge(survivor=survivor, loser=loser, reason=reason, by=by, at=at)


def propose_split(
    *, person: str, links: Sequence[SystemNumber], takes_number: bool, reason: str, by: Actor, at: dt.datetime
) -> Decision:
    """Propose that one number is of two people; recorded before."""
    _record("propose", by, at, act=CaseAct.SPLIT)
    return index.propose_split(person=person, links=links, takes_number=takes_number, reason=reason, by=by, at=at)


def propose_undo(*, act_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Decision:
    """Propose to undo a merge or a split; recorded before."""
    _record("propose", by, at, act=CaseAct.UNDO)
    return index.propose_undo(act_id=act_id, reason=reason, by=by, at=at)


def _record(step: str, by: Actor, at: dt.datetime, *, case_id: UUID | None = None, act: CaseAct | None = None) -> None:
    """Record an act on who is who. Reasons may name people, so they stay in the index."""
    body = {"step": step, "by": str(by)}
    if case_id is not None:
        body["case_id"] = str(case_id)
    if act is not None:
        body["act"] = act.value
    with transaction.atomic():
        append(kind=EntryKind.IDENTITY_DECIDED, body=body, at=at)


def inspect_links(
    *, report: Callable[[int, int], None], now: Callable[[], dt.datetime], by: Actor, at: dt.datetime
) -> InspectionReport:
    """Inspect every link of the index (総点検), recorded before (`persons.operations.inspect_links`)."""
    inspection_id = uuid.uuid4()
    with transaction.atomic():
        append(kind=EntryKind.LINKS_INSPECTED, body={"inspection_id": str(inspection_id), "by": str(by)}, at=at)
    return index.inspect_links(inspection_id=inspection_id, report=report, now=now, by=by, at=at)


def stop_overdue(*, by: Actor, at: dt.datetime) -> int:
    """Stop whom an inspection held back and nobody decided about in time, recorded before; give how many people."""
    stopped = 0
    for case_id in overdue(at):
        _record("overdue", by, at, case_id=case_id, act=CaseAct.STOP_ALL)
        stopped += index.stop_overdue(case_id=case_id, by=by, at=at)
    return stopped


def quarantine(*, person: str, cause: QuarantineCause, reason: str, by: Actor, at: dt.datetime) -> UUID:
    """Stop provision for a person at once; recorded before. The gateway is told by `tell_gateway`."""
    quarantine_id = uuid.uuid4()
    with transaction.atomic():
        append(
            kind=EntryKind.QUARANTINE_BEGUN,
            body={"quarantine_id": str(quarantine_id), "cause": cause.value, "by": str(by)},
            at=at,
        )
    index.begin_quarantine(quarantine_id=quarantine_id, person=person, cause=cause, reason=reason, by=by, at=at)
    return quarantine_id


def end_quarantine(*, quarantine_id: UUID, reason: str, by: Actor, at: dt.datetime) -> bool:
    """Let provision for a person go on, recorded before; False when it was over or is a case's own."""
    with transaction.atomic():
        append(kind=EntryKind.QUARANTINE_ENDED, body={"quarantine_id": str(quarantine_id), "by": str(by)}, at=at)
    return index.end_quarantine(quarantine_id=quarantine_id, reason=reason, by=by, at=at)


def tell_gateway(*, institution: str, link: Link, by: Actor, at: dt.datetime) -> int:
    """Tell the gateway, in order, whom it must stop, forget or hear of anew; give how many entries were carried out.

    What still holds of these people goes into the outbox before an entry leaves the list, so that a crash between the
    two repeats the work and loses none. Only whoever sends may call this: nothing may overtake it.

    :raises ExchangeFailed: when the gateway cannot be had; the entries stay.
    """
    done = 0
    while tasks := people_of_index.gateway_tasks():
        for alike in _alike(tasks):
            _carry_out(alike, institution, link, by, at)
            index.close_tasks(task_ids=[task.task_id for task in alike], by=by, at=at)
        done += len(tasks)
    return done


def _alike(tasks: Sequence[GatewayTask]) -> list[list[GatewayTask]]:
    """Part tasks into runs of one kind, in their order: each run is one list to the gateway."""
    runs: list[list[GatewayTask]] = []
    for task in tasks:
        if runs and runs[-1][0].kind is task.kind:
            runs[-1].append(task)
        else:
            runs.append([task])
    return runs


def _carry_out(tasks: Sequence[GatewayTask], institution: str, link: Link, by: Actor, at: dt.datetime) -> None:
    if tasks[0].kind is GatewayTaskKind.FORGET_CODE:
        _forget_codes(tasks, institution, link, by, at)
        return
    people = list(dict.fromkeys(task.person for task in tasks))
    if tasks[0].kind is GatewayTaskKind.STOP:
        note_holds(people=people, by=by, at=at)
        link.set_holds(telling(institution, people, hold=True))
        return
    if tasks[0].kind is GatewayTaskKind.FORGET:
        # Whoever is forgotten is on hold there until told otherwise.
        note_holds(people=people, by=by, at=at)
        link.forget_people([Forgotten(institution=institution, unified_person_number=one) for one in people])
    known = people_of_index.numbers_with(SYSTEM, people)
    numbers = sorted({number for some in known.values() for number in some})
    carry_again(system_person_numbers=numbers, by=by, at=at)


def _forget_codes(tasks: Sequence[GatewayTask], institution: str, link: Link, by: Actor, at: dt.datetime) -> None:
    """Have the gateway forget codes that outlived their individual numbers, recorded before."""
    with transaction.atomic():
        body = {"institution": institution, "count": len(tasks), "by": str(by)}
        append(kind=EntryKind.CODE_FORGOTTEN, body=body, at=at)
    link.forget_codes(
        [
            CodeForgotten(institution=institution, unified_person_number=one.person, deleted_at=one.created_at)
            for one in tasks
        ]
    )
