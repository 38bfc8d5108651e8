"""What each address of the town's interface does, once it is known who calls: from messages to operations and back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from tasuki.api.town import messages
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations import identity, service
from tasuki.linkage.operations.register_changes import ChangesGone, read_changes
from tasuki.persons.queries.registrations import cases_of_system, registration_states
from tasuki.persons.types import RegistrationProblem, RegistrationReport, RegistrationStatus
from tasuki.persons.types.cases import CaseKind, CaseState
from tasuki.persons.types.clients import Scope
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.persons.wording import case_words, problem_words
from tasuki.shared.actor import Actor, system_actor


@dataclass(frozen=True, slots=True)
class Caller:
    """The client that calls, and the business system it is of."""

    client_id: str
    system: str
    scopes: frozenset[Scope]

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return system_actor(f"api-{self.client_id}")


class Gone(LookupError):
    """What was asked for is kept no longer; whoever asked takes everything anew and goes on behind `newest`."""

    def __init__(self, newest: UUID | None) -> None:
        super().__init__("kept no longer")
        self.newest = newest


class BadParameter(ValueError):
    """A parameter of the address is not one of those described."""


def register(caller: Caller, body: messages.PeopleStated, at: dt.datetime) -> messages.Registered:
    """Register a list of people of the caller's system."""
    people = [
        Registration(
            one.system_person_number,
            BasicItems(**one.model_dump(exclude={"system_person_number", "individual_number"})),
            one.individual_number or None,
        )
        for one in body.people
    ]
    report = identity.register(system=caller.system, people=people, cipher=number_cipher(), by=caller.actor, at=at)
    lines = _lines(people, report)
    return messages.Registered(
        linked=report.linked,
        numbered=report.numbered,
        unchanged=report.unchanged,
        cases=sum(one.status is messages.LineStatus.CASE for one in lines),
        problems=sum(one.status is messages.LineStatus.PROBLEM for one in lines),
        lines=lines,
    )


def _lines(people: list[Registration], report: RegistrationReport) -> list[messages.LineOutcome]:
    problems: defaultdict[int, list[RegistrationProblem]] = defaultdict(list)
    for problem in report.problems:
        problems[problem.line].append(problem)
    lines = []
    for line, person in enumerate(people, start=1):
        number = person.system_person_number
        if problems[line]:
            described = [_problem(one) for one in problems[line]]
            # What cannot be a number of a person could be anything: it is not repeated.
            shown = "" if any(one.field == "system_person_number" for one in described) else number
            outcome = messages.LineOutcome(
                line=line, system_person_number=shown, status=messages.LineStatus.PROBLEM, problems=described
            )
        else:
            found = report.outcomes[number]
            doubt = _doubt(found.case_id, found.kind) if found.status is RegistrationStatus.CASE else None
            outcome = messages.LineOutcome(
                line=line, system_person_number=number, status=messages.LineStatus(found.status.value), case=doubt
            )
        lines.append(outcome)
    return lines


def _problem(problem: RegistrationProblem) -> messages.LineProblem:
    words = problem_words(problem.fault)
    return messages.LineProblem(
        field=problem.field,
        reason=problem.fault,
        reason_ja=words.ja,
        reason_en=words.en,
        remedy_ja=words.remedy_ja,
        remedy_en=words.remedy_en,
    )


def _doubt(case_id: UUID | None, kind: CaseKind | None) -> messages.Doubt | None:
    if case_id is None or kind is None:
        return None
    words = case_words(kind)
    return messages.Doubt(case_id=case_id, kind=kind, reason_ja=words.ja, reason_en=words.en)


def states(caller: Caller, body: messages.NumbersAsked, at: dt.datetime) -> messages.StatesOfPeople:
    """Say where registrations of the caller's system stand."""
    del at
    found = registration_states(caller.system, body.system_person_numbers)
    return messages.StatesOfPeople(
        people=[
            messages.StateOfPerson(
                system_person_number=one.system_person_number,
                standing=one.standing,
                stated_at=one.stated_at,
                case=_doubt(one.case_id, one.kind),
            )
            for one in found
        ]
    )


def look_up(caller: Caller, body: messages.IndividualNumbersAsked, at: dt.datetime) -> messages.NumbersFound:
    """Say under which own numbers the caller's system knows whoever holds these individual numbers."""
    found = service.look_up_numbers(
        system=caller.system,
        individual_numbers=body.individual_numbers,
        cipher=number_cipher(),
        by=caller.actor,
        at=at,
    )
    return messages.NumbersFound(
        found=[
            messages.NumberFound(system_person_numbers=list(found.get(number, ())))
            for number in body.individual_numbers
        ]
    )


def cases(caller: Caller, parameters: Mapping[str, str], at: dt.datetime) -> messages.CasesOfSystem:
    """List cases of the caller's system: those sent back unless it asks for others.

    :raises BadParameter: when a parameter is not one of those described.
    """
    del at
    if not parameters.keys() <= {"state", "after"}:
        raise BadParameter(BadParameter.__doc__)
    try:
        state = CaseState(parameters.get("state", CaseState.SENT_BACK.value))
        after = UUID(parameters["after"]) if "after" in parameters else None
    except ValueError as error:
        raise BadParameter(BadParameter.__doc__) from error
    found = cases_of_system(caller.system, state, after, messages.MOST_CASES)
    listed = []
    for one in found:
        words = case_words(one.kind)
        listed.append(
            messages.CaseOfSystem(
                case_id=one.case_id,
                kind=one.kind,
                state=one.state,
                system_person_number=one.system_person_number,
                opened_at=one.opened_at,
                decided_at=one.decided_at,
                reason_ja=words.ja,
                reason_en=words.en,
            )
        )
    is_full = len(found) == messages.MOST_CASES
    return messages.CasesOfSystem(cases=listed, next=found[-1].case_id if is_full else None)


def changes(caller: Caller, parameters: Mapping[str, str], at: dt.datetime) -> messages.ChangesOfPeople:
    """List what the register changed about people of the caller's system, behind the change it knows last.

    :raises BadParameter: when a parameter is not one of those described.
    :raises Gone: when that change is not kept.
    """
    if not parameters.keys() <= {"after"}:
        raise BadParameter(BadParameter.__doc__)
    try:
        after = UUID(parameters["after"]) if "after" in parameters else None
    except ValueError as error:
        raise BadParameter(BadParameter.__doc__) from error
    found = read_changes(
        system=caller.system,
        after=after,
        limit=messages.MOST_CHANGES,
        with_protection=Scope.READ_PROTECTION in caller.scopes,
        by=caller.actor,
        at=at,
    )
    if isinstance(found, ChangesGone):
        raise Gone(found.newest)
    listed = [
        messages.ChangeOfPerson(
            change_id=one.change_id,
            kind=one.kind,
            system_person_number=one.system_person_number,
            same_person=list(one.same_person),
            event_date=one.event_date,
            changed_at=one.changed_at,
        )
        for one in found
    ]
    return messages.ChangesOfPeople(
        changes=listed, next=found[-1].change_id if found else after, more=len(found) == messages.MOST_CHANGES
    )
