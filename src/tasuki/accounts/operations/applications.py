"""Applications for accounts (利用者の申請): made by one person, decided by another, and what comes of them."""

import uuid
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from tasuki.accounts.errors import UsernameTakenError
from tasuki.accounts.models import Application, Staff
from tasuki.accounts.operations.staff import admit, note
from tasuki.accounts.permissions import GRANTS
from tasuki.accounts.queries import account_named
from tasuki.accounts.rules import decider_problem, meets, term_problem
from tasuki.accounts.types import (
    AccountAct,
    AccountAsked,
    ApplicationKind,
    Decision,
    FirstPassword,
    Problem,
    Role,
    roles_at,
)
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_CHANGED: Final = ("role", "department", "areas", "valid_from", "valid_to", "attended_until", "attended_in")
_WAITS_ONCE: Final = "application_waits_once_for_an_id"


@transaction.atomic
def apply_for_account(*, application: uuid.UUID, asked: AccountAsked, by: Actor, at: datetime) -> Application | Problem:
    """Keep what somebody applies for, until another person decides."""
    about = account_named(asked.username)
    problem = _problem(asked, about, at)
    if problem is not None:
        return problem
    person = asked.employee_number if about is None else about.employee_number or ""
    kept = Application(
        application=application,
        kind=asked.kind.value,
        username=asked.username,
        employee_number=person,
        display_name=asked.display_name if about is None else about.display_name,
        department=asked.department,
        role=asked.role.value,
        areas=list(asked.areas),
        valid_from=asked.valid_from,
        valid_to=asked.valid_to,
        reason=asked.reason,
        staff=about,
        applied_at=at,
        applied_by=str(by),
    )
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
    except IntegrityError as error:
        if _WAITS_ONCE in str(error):
            return Problem.WAITS_ALREADY
        raise
    body: dict[str, object] = {
        "application": str(application), "kind": asked.kind.value, "role": asked.role.value,
        "valid_from": str(asked.valid_from), "valid_to": str(asked.valid_to), "by": str(by),
        "areas": [str(one) for one in asked.areas],
    }  # fmt: skip
    append(kind=EntryKind.ACCOUNT_APPLIED, body=_with_staff(body, about), at=at)
    return kept


def _with_staff(body: dict[str, object], staff: Staff | None) -> dict[str, object]:
    return body if staff is None else body | {"staff": staff.member.identifier}


def _problem(asked: AccountAsked, about: Staff | None, at: datetime) -> Problem | None:
    if asked.role not in roles_at(NodeKind.TOWN) or meets(GRANTS[asked.role]):
        return Problem.ROLE_ELSEWHERE
    if asked.kind is ApplicationKind.NEW and about is not None:
        return Problem.USERNAME_TAKEN
    if asked.kind is ApplicationKind.CHANGE and (about is None or not about.is_active or about.is_persona):
        return Problem.NO_SUCH_ACCOUNT
    if about is None and Staff.objects.filter(employee_number=asked.employee_number, is_active=True).exists():
        return Problem.PERSON_HAS_ONE
    return term_problem(asked.valid_from, asked.valid_to, civil_date(at))


@transaction.atomic
def withdraw_application(*, application: uuid.UUID, by: Actor, at: datetime) -> Problem | None:
    """Take back what one applied for oneself, while nobody has decided."""
    waiting = _waiting(application)
    if waiting is None:
        return Problem.NOT_WAITING
    if waiting.applied_by != str(by):
        return Problem.NOT_THEIRS
    _decide(waiting, Decision.WITHDRAWN, "", by, at)
    return None


@transaction.atomic
def decide_application(
    *, application: uuid.UUID, approve: bool, reason: str, by: Actor, at: datetime
) -> FirstPassword | Decision | Problem:
    """Approve what somebody else applied for, or refuse it; a new account's first password is told this once.

    Nobody decides what they applied for, nor anything about their own account.
    """
    waiting = _waiting(application)
    if waiting is None:
        return Problem.NOT_WAITING
    about = waiting.staff
    owner = None if about is None else str(about.member.as_actor())
    problem = decider_problem(applied_by=waiting.applied_by, about=owner, decider=str(by))
    if problem is not None:
        return problem
    if not approve:
        _decide(waiting, Decision.REFUSED, reason, by, at)
        return Decision.REFUSED
    # Applied for a while ago: whatever was wrong with it then is asked again now.
    problem = _problem(_asked(waiting), about or account_named(waiting.username), at)
    if problem is not None:
        return problem
    if about is not None:
        _change(waiting, about, by, at)
        return Decision.APPROVED
    return _admit(waiting, reason, by, at)


def _waiting(application: uuid.UUID) -> Application | None:
    return (
        Application.objects.select_for_update(of=("self",))
        .filter(application=application, decision__isnull=True)
        .order_by("application")
        .first()
    )


def _asked(one: Application) -> AccountAsked:
    return AccountAsked(
        kind=ApplicationKind(one.kind), username=one.username, employee_number=one.employee_number,
        display_name=one.display_name, department=one.department, role=Role(one.role), valid_from=one.valid_from,
        valid_to=one.valid_to, reason=one.reason, areas=tuple(one.areas),
    )  # fmt: skip


def _decide(waiting: Application, decision: Decision, reason: str, by: Actor, at: datetime) -> None:
    body: dict[str, object] = {
        "application": str(waiting.application), "decision": decision.value, "role": waiting.role,
        "valid_to": str(waiting.valid_to), "applied_by": waiting.applied_by, "by": str(by),
    }  # fmt: skip
    append(kind=EntryKind.ACCOUNT_DECIDED, body=_with_staff(body, waiting.staff), at=at)
    waiting.decision, waiting.decision_reason = decision.value, reason
    waiting.decided_at, waiting.decided_by = at, str(by)
    waiting.save(update_fields=["decision", "decision_reason", "decided_at", "decided_by", "staff"])


def _admit(waiting: Application, reason: str, by: Actor, at: datetime) -> FirstPassword | Problem:
    try:
        with transaction.atomic():
            made, first = admit(
                username=waiting.username, employee_number=waiting.employee_number,
                display_name=waiting.display_name, department=waiting.department, role=Role(waiting.role),
                valid_from=waiting.valid_from, valid_to=waiting.valid_to, areas=waiting.areas,
                how="application", by=by, at=at,
            )  # fmt: skip
    except UsernameTakenError:
        return Problem.PERSON_HAS_ONE
    waiting.staff = made
    _decide(waiting, Decision.APPROVED, reason, by, at)
    return first


def _change(waiting: Application, about: Staff, by: Actor, at: datetime) -> None:
    """Give an account its new role and term at once; what is open under it goes on with the new role only."""
    _decide(waiting, Decision.APPROVED, "", by, at)
    body = {
        "staff": about.member.identifier, "former": about.role, "role": waiting.role,
        "valid_to": str(waiting.valid_to), "application": str(waiting.application), "by": str(by),
        "areas": [str(one) for one in waiting.areas],
    }  # fmt: skip
    append(kind=EntryKind.ACCOUNT_CHANGED, body=body, at=at)
    about.role, about.department, about.areas = waiting.role, waiting.department, waiting.areas
    about.valid_from, about.valid_to = waiting.valid_from, waiting.valid_to
    # Whoever was let in under a colleague's eyes was let in as what they were.
    about.attended_until = about.attended_in = None
    about.save(update_fields=[*_CHANGED])
    note(staff=about, act=AccountAct.CHANGED, by=by, at=at)
