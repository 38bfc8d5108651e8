"""Accounts: made, ended, given a new first password. An application is how a town's accounts come about."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tasuki.accounts.errors import (
    AdministratorExistsError,
    NotADemonstrationError,
    NotAnOperatorError,
    UsernameTakenError,
    WeakPasswordError,
)
from tasuki.accounts.models import AccountEvent, SignIn, Staff
from tasuki.accounts.permissions import GRANTS, Permission
from tasuki.accounts.personas import personas_at
from tasuki.accounts.rules import account_rules, area_roles, longest_end
from tasuki.accounts.types import OPERATOR_ROLES, AccountAct, FirstPassword, Member, Problem, Role
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: Letters that are not taken for one another when they are read out and typed.
_LEGIBLE: Final = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"


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
    valid_to: date | None = None,
    areas: Sequence[UUID] = (),
) -> Member:
    """Make an account; without a password nobody can log in to it by typing.

    :param valid_to: the first day without it; as late as the rules let it when not given.
    :raises UsernameTakenError: when another account has this ID.
    :raises WeakPasswordError: when the rules refuse the password.
    """
    staff = Staff(
        username=username,
        display_name=display_name,
        department=department,
        role=role.value,
        is_persona=is_persona,
        areas=list(areas),
        valid_to=None if is_persona else valid_to or longest_end(civil_date(at)),
        created_at=at,
        created_by=str(by),
    )
    if password is not None:
        check_password(password, staff)
    staff.set_password(password)
    _insert(staff)
    return staff.member


def _insert(staff: Staff) -> None:
    try:
        with transaction.atomic():
            staff.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTakenError(UsernameTakenError.__doc__) from error


@transaction.atomic
def admit(
    *,
    username: str,
    employee_number: str | None,
    display_name: str,
    department: str,
    role: Role,
    valid_from: date | None,
    valid_to: date,
    how: str,
    areas: Sequence[UUID] = (),
    by: Actor,
    at: datetime,
) -> tuple[Staff, FirstPassword]:
    """Make an account whose owner chooses a password at the first sign-in, and tell the first one, this once.

    :param how: on whose word: an application, an operator added or the first administrator, on the machine.
    :raises UsernameTakenError: when another account has this ID, or this person has one that is open.
    """
    first = _first_password(username, at)
    staff = Staff(
        username=username,
        employee_number=employee_number,
        display_name=display_name,
        department=department,
        role=role.value,
        valid_from=valid_from,
        valid_to=valid_to,
        areas=list(areas),
        first_password_until=first.until,
        created_at=at,
        created_by=str(by),
    )
    staff.set_password(first.text)
    _insert(staff)
    body = {
        "staff": staff.member.identifier, "role": role.value, "valid_to": str(valid_to), "how": how, "by": str(by),
        "areas": [str(one) for one in areas],
    }  # fmt: skip
    append(kind=EntryKind.ACCOUNT_MADE, body=body, at=at)
    note(staff=staff, act=AccountAct.MADE, by=by, at=at)
    return staff, first


@transaction.atomic
def admit_operator(
    *, username: str, display_name: str, department: str, role: Role, by: Actor, at: datetime
) -> FirstPassword:
    """Make an account at the console of a gateway or the network.

    :raises NotAnOperatorError: when the role is one of a town.
    :raises UsernameTakenError: when another account has this ID.
    """
    if role not in OPERATOR_ROLES:
        raise NotAnOperatorError(NotAnOperatorError.__doc__)
    _made, first = admit(
        username=username, employee_number=None, display_name=display_name, department=department, role=role,
        valid_from=None, valid_to=longest_end(civil_date(at)), how="operator", by=by, at=at,
    )  # fmt: skip
    return first


@transaction.atomic
def admit_first_administrator(
    *, username: str, employee_number: str, display_name: str, department: str, by: Actor, at: datetime
) -> FirstPassword:
    """Make the account of an administrator where nobody could approve one.

    :raises AdministratorExistsError: when somebody could; then it is applied for like any other.
    :raises UsernameTakenError: when another account has this ID, or this person has one that is open.
    """
    today = civil_date(at)
    # Two commands at once would make two administrators on nobody's word but the machine's.
    run("LOCK TABLE accounts_staff IN SHARE ROW EXCLUSIVE MODE")
    holding = [role.value for role, granted in GRANTS.items() if Permission.MANAGE_ACCOUNTS in granted]
    if Staff.objects.filter(role__in=holding, is_active=True, is_persona=False, valid_to__gt=today).exists():
        raise AdministratorExistsError(AdministratorExistsError.__doc__)
    _made, first = admit(
        username=username, employee_number=employee_number, display_name=display_name, department=department,
        role=Role.SYSTEM_ADMINISTRATOR, valid_from=None, valid_to=longest_end(today), how="first_administrator",
        by=by, at=at,
    )  # fmt: skip
    return first


@transaction.atomic
def close_account(*, username: str, by: Actor, at: datetime, reason: str = "") -> bool:
    """Let nobody in under an account any more, open sessions included, and say whether it was open."""
    open_one = open_account(username)
    if open_one is None:
        return False
    append(kind=EntryKind.ACCOUNT_CLOSED, body={"staff": open_one.member.identifier, "by": str(by)}, at=at)
    note(staff=open_one, act=AccountAct.ENDED, text=reason, by=by, at=at)
    end_sign_ins([open_one.pk], by, at)
    open_one.is_active = False
    open_one.save(update_fields=["is_active"])
    return True


@transaction.atomic
def reset_password(*, username: str, by: Actor, at: datetime) -> FirstPassword | Problem:
    """Give an account a new first password, told this once, and end its sessions."""
    staff = open_account(username)
    if staff is None or staff.is_persona:
        return Problem.NO_SUCH_ACCOUNT
    if str(staff.member.as_actor()) == str(by):
        # They know the present one: a session left open must not become a way to another password.
        return Problem.OWN_ACCOUNT
    first = _first_password(username, at)
    append(kind=EntryKind.PASSWORD_RESET, body={"staff": staff.member.identifier, "by": str(by)}, at=at)
    note(staff=staff, act=AccountAct.PASSWORD_RESET, by=by, at=at)
    # Sessions also hold a hash of the password, so that they end with it.
    end_sign_ins([staff.pk], by, at)
    staff.set_password(first.text)
    staff.first_password_until = first.until
    staff.save(update_fields=["password", "first_password_until"])
    return first


def open_account(username: str) -> Staff | None:
    """Return the open account of an ID, locked until the act about it is done."""
    return Staff.objects.select_for_update().filter(username=username, is_active=True).order_by("pk").first()


def note(*, staff: Staff, act: AccountAct, by: Actor, at: datetime, text: str = "") -> None:
    """Add to an account's history, in the transaction of the act."""
    AccountEvent.objects.create(
        staff=staff, act=act.value, role=staff.role, valid_to=staff.valid_to, note=text, at=at, by=str(by)
    )


def end_sign_ins(staff_ids: Sequence[int], by: Actor, at: datetime, *, keep: str = "") -> None:
    """End the open sessions of accounts, all or all but one, in the transaction of the act that ends them."""
    found = SignIn.objects.filter(staff__in=staff_ids, ended_at__isnull=True)
    if keep:
        found = found.exclude(sign_in=keep)
    found.update(ended_at=at, ended_by=str(by))


def _first_password(username: str, at: datetime) -> FirstPassword:
    rules = account_rules()
    text = "".join(secrets.choice(_LEGIBLE) for _place in range(rules.first_password_length))
    return FirstPassword(username, text, at + timedelta(days=rules.first_password_days))


@transaction.atomic
def make_personas(
    *, kind: NodeKind, demonstration: bool, areas: Sequence[UUID] = (), by: Actor, at: datetime
) -> list[Member]:
    """Make the missing accounts of the personas of a kind of node, without passwords, and give all of them.

    :param areas: where personas work whose role is limited to an area.

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
            areas=areas if one.role in area_roles() else (),
        )
        for one in personas_at(kind)
    ]


def check_password(password: str, staff: Staff) -> None:
    """Refuse a password that the rules refuse.

    :raises WeakPasswordError: with the reasons, in the language of the request.
    """
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise WeakPasswordError(tuple(error.messages)) from error
