"""What is written about accounts: making them, opening sessions, and what staff did that must be provable."""

from datetime import datetime

from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from tasuki.accounts.errors import (
    NotADemonstrationError,
    NotAnOperatorError,
    PersonaPasswordError,
    UsernameTakenError,
    WeakPasswordError,
    WrongPasswordError,
)
from tasuki.accounts.models import Staff
from tasuki.accounts.permissions import Permission
from tasuki.accounts.personas import persona, personas_at
from tasuki.accounts.types import OPERATOR_ROLES, LoginOutcome, Member, Role
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import Actor
from tasuki.shared.identifiers import SystemPersonNumber

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@transaction.atomic
def create_staff(
    *,
    username: str,
    display_name: str,
    department: str,
    role: Role,
    password: str | None,
    by: Actor,
    at: datetime,
    is_persona: bool = False,
) -> Member:
    """Make an account; without a password nobody can log in to it by typing.

    :raises UsernameTakenError: when another account has this ID.
    :raises WeakPasswordError: when the rules refuse the password.
    """
    staff = Staff(
        username=username,
        display_name=display_name,
        department=department,
        role=role.value,
        is_persona=is_persona,
        created_at=at,
        created_by=str(by),
    )
    if password is not None:
        _check_password(password, staff)
    staff.set_password(password)
    try:
        with transaction.atomic():
            staff.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTakenError(UsernameTakenError.__doc__) from error
    return staff.member


@transaction.atomic
def admit_operator(
    *, username: str, display_name: str, department: str, role: Role, password: str, by: Actor, at: datetime
) -> Member:
    """Make an account at the console of a gateway or the network.

    :raises NotAnOperatorError: when the role is one of a town.
    :raises UsernameTakenError: when another account has this ID.
    :raises WeakPasswordError: when the rules refuse the password.
    """
    if role not in OPERATOR_ROLES:
        raise NotAnOperatorError(NotAnOperatorError.__doc__)
    made = create_staff(
        username=username, display_name=display_name, department=department, role=role, password=password, by=by, at=at
    )
    body = {"staff": made.identifier, "role": role.value, "by": str(by)}
    append(kind=EntryKind.ACCOUNT_MADE, body=body, at=at)
    return made


@transaction.atomic
def close_account(*, username: str, by: Actor, at: datetime) -> bool:
    """Let nobody in under an account any more, open sessions included, and say whether it was open."""
    open_one = Staff.objects.select_for_update().filter(username=username, is_active=True).order_by("pk").first()
    if open_one is None:
        return False
    append(kind=EntryKind.ACCOUNT_CLOSED, body={"staff": open_one.member.identifier, "by": str(by)}, at=at)
    open_one.is_active = False
    open_one.save(update_fields=["is_active"])
    return True


@transaction.atomic
def make_personas(*, kind: NodeKind, demonstration: bool, by: Actor, at: datetime) -> list[Member]:
    """Make the missing accounts of the personas of a kind of node, without passwords, and give all of them.

    :raises NotADemonstrationError: on a node that is not a demonstration.
    """
    if not demonstration:
        raise NotADemonstrationError(NotADemonstrationError.__doc__)
    existing = {staff.username: staff.member for staff in Staff.objects.filter(is_persona=True).order_by("username")}
    return [
        existing.get(one.username)
        or create_staff(
            username=one.username,
            display_name=one.display_name,
            department=one.department,
            role=one.role,
            password=None,
            by=by,
            at=at,
            is_persona=True,
        )
        for one in personas_at(kind)
    ]


@transaction.atomic
def log_in(*, request: HttpRequest, username: str, password: str, at: datetime) -> LoginOutcome:
    """Open a session for whoever knows the password, and record the attempt without anything that was typed."""
    staff = authenticate(request, username=username, password=password)
    if isinstance(staff, Staff):
        _open(request, staff, "password", at)
        return LoginOutcome.OPENED
    locked = bool(getattr(request, "axes_locked_out", False))
    body: dict[str, object] = {"reason": "locked" if locked else "wrong"}
    known = Staff.objects.filter(username=username).order_by("pk").first()
    if known is not None:
        body["staff"] = known.member.identifier
    append(kind=EntryKind.LOGIN_FAILED, body=body, at=at)
    return LoginOutcome.LOCKED if locked else LoginOutcome.REFUSED


@transaction.atomic
def log_in_as_persona(
    *, request: HttpRequest, username: str, kind: NodeKind, demonstration: bool, by: Actor, at: datetime
) -> Member:
    """Open a session as a persona, making its account if this is its first use.

    :raises NotADemonstrationError: on a node that is not a demonstration.
    :raises UnknownPersonaError: when there is no such persona.
    """
    chosen = persona(username, kind)
    make_personas(kind=kind, demonstration=demonstration, by=by, at=at)
    staff = Staff.objects.get(username=chosen.username, is_persona=True)
    _open(request, staff, "persona", at)
    return staff.member


def _open(request: HttpRequest, staff: Staff, how: str, at: datetime) -> None:
    login(request, staff, backend=_BACKEND)
    append(kind=EntryKind.LOGIN_SUCCEEDED, body={"staff": staff.member.identifier, "how": how}, at=at)


@transaction.atomic
def change_password(*, request: HttpRequest, current: str, new: str, by: Actor, at: datetime) -> None:
    """Change the password of whoever is logged in, and end their other sessions.

    :raises PersonaPasswordError: when the account has no password.
    :raises WrongPasswordError: when `current` is not the present one.
    :raises WeakPasswordError: when the rules refuse the new one.
    """
    staff = Staff.objects.select_for_update().get(pk=by.identifier)
    if staff.is_persona:
        raise PersonaPasswordError(PersonaPasswordError.__doc__)
    if not staff.check_password(current):
        raise WrongPasswordError(WrongPasswordError.__doc__)
    _check_password(new, staff)
    staff.set_password(new)
    staff.password_changed_at = at
    staff.save(update_fields=["password", "password_changed_at"])
    update_session_auth_hash(request, staff)


def _check_password(password: str, staff: Staff) -> None:
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise WeakPasswordError(tuple(error.messages)) from error


@transaction.atomic
def record_refusal(*, permission: Permission, by: Actor, at: datetime) -> int:
    """Record that a member of staff asked for what their role does not carry, and give the number of the record."""
    return append(
        kind=EntryKind.PERMISSION_REFUSED, body={"staff": by.identifier, "permission": permission.value}, at=at
    )


@transaction.atomic
def record_protected_opened(
    *, person: SystemPersonNumber, cause: str, reason: str, with_places: bool, by: Actor, at: datetime
) -> None:
    """Record why a member of staff opens a protected person's pages (支援措置); call this before they open."""
    body = {"staff": by.identifier, "person": str(person), "cause": cause, "reason": reason, "places": with_places}
    append(kind=EntryKind.PROTECTION_OVERRIDDEN, body=body, at=at)
