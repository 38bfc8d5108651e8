"""Opening sessions, and one's own password."""

import os
import uuid
from datetime import datetime
from typing import Final

from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tasuki.accounts.addresses import client_address, may_come_from
from tasuki.accounts.errors import PersonaPasswordError, WeakPasswordError, WrongPasswordError
from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations.attending import may_be_let_in
from tasuki.accounts.operations.staff import check_password, end_sign_ins, make_personas, note
from tasuki.accounts.personas import persona
from tasuki.accounts.types import AccountAct, LoginOutcome
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import Actor
from tasuki.shared.identifiers import new_transaction_number

#: Under which a session holds the number of its sign-in.
SIGN_IN: Final = "sign_in"
_LONGEST_DEVICE: Final = 200

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_REASONS: Final = {
    LoginOutcome.LAPSED: "lapsed",
    LoginOutcome.LOCKED: "locked",
    LoginOutcome.REFUSED: "wrong",
    LoginOutcome.UNATTENDED: "unattended",
}


@transaction.atomic
def log_in(*, request: HttpRequest, username: str, password: str, is_dummy: bool, at: datetime) -> LoginOutcome:
    """Open a session for whoever knows the password, and record the attempt without anything that was typed.

    :param is_dummy: whether the environment holds fictitious people only; a real one opens no contractor's session.
    """
    staff = authenticate(request, username=username, password=password)
    outcome = _outcome(request, staff if isinstance(staff, Staff) else None, is_dummy, at)
    if isinstance(staff, Staff) and outcome is LoginOutcome.OPENED:
        _open(request, staff, "password", at)
        return outcome
    body: dict[str, object] = {"reason": _REASONS[outcome]}
    known = Staff.objects.filter(username=username).order_by("pk").first()
    if known is not None:
        body["staff"] = known.member.identifier
    append(kind=EntryKind.LOGIN_FAILED, body=body, at=at)
    return outcome


def _outcome(request: HttpRequest, staff: Staff | None, is_dummy: bool, at: datetime) -> LoginOutcome:
    if staff is None:
        return LoginOutcome.LOCKED if getattr(request, "axes_locked_out", False) else LoginOutcome.REFUSED
    if not staff.lets_in(at) or not may_come_from(staff.member.role, client_address(request)):
        return LoginOutcome.LAPSED
    is_let_in = may_be_let_in(staff, is_dummy=is_dummy, at=at)
    return LoginOutcome.OPENED if is_let_in else LoginOutcome.UNATTENDED


@transaction.atomic
def log_in_as_persona(
    *, request: HttpRequest, username: str, kind: NodeKind, demonstration: bool, by: Actor, at: datetime
) -> LoginOutcome:
    """Open a session as a persona, making its account if this is its first use; a contractor's only while attended.

    :raises NotADemonstrationError: on a node that is not a demonstration.
    :raises UnknownPersonaError: when there is no such persona.
    """
    chosen = persona(username, kind)
    make_personas(kind=kind, demonstration=demonstration, by=by, at=at)
    staff = Staff.objects.get(username=chosen.username, is_persona=True)
    if not may_be_let_in(staff, is_dummy=demonstration, at=at):
        body = {"reason": _REASONS[LoginOutcome.UNATTENDED], "staff": staff.member.identifier}
        append(kind=EntryKind.LOGIN_FAILED, body=body, at=at)
        return LoginOutcome.UNATTENDED
    _open(request, staff, "persona", at)
    return LoginOutcome.OPENED


def _open(request: HttpRequest, staff: Staff, how: str, at: datetime) -> None:
    # Django gives the session another number, so that one that was planted beforehand is of no use.
    login(request, staff, backend=_BACKEND)
    append(kind=EntryKind.LOGIN_SUCCEEDED, body={"staff": staff.member.identifier, "how": how}, at=at)
    device = request.headers.get("User-Agent", "")[:_LONGEST_DEVICE]
    request.session[SIGN_IN] = str(begin_sign_in(staff, client_address(request), device, at))


def begin_sign_in(staff: Staff, address: str, device: str, at: datetime) -> uuid.UUID:
    """Note that a session opens, in the transaction that opens it; return its number."""
    made = SignIn.objects.create(
        sign_in=uuid.UUID(new_transaction_number(at, os.urandom(10))), staff=staff, opened_at=at, seen_at=at,
        confirmed_at=at, address=address, device=device,
    )  # fmt: skip
    return made.sign_in


@transaction.atomic
def confirm_password(*, request: HttpRequest, password: str, sign_in: uuid.UUID, by: Actor, at: datetime) -> bool:
    """Let a session do dangerous acts for a while whose owner gives the password again.

    Wrong ones count as they do at the log-in.
    """
    staff = authenticate(request, username=Staff.objects.get(pk=by.identifier).username, password=password)
    if not isinstance(staff, Staff) or str(staff.pk) != by.identifier:
        append(kind=EntryKind.LOGIN_FAILED, body={"reason": "again", "staff": by.identifier}, at=at)
        return False
    SignIn.objects.filter(sign_in=sign_in).update(confirmed_at=at)
    return True


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
    check_password(new, staff)
    if current == new:
        raise WeakPasswordError((_("いまと同じパスワードです。別のものにしてください。"),))
    append(kind=EntryKind.PASSWORD_CHANGED, body={"staff": by.identifier, "by": str(by)}, at=at)
    note(staff=staff, act=AccountAct.PASSWORD_CHANGED, by=by, at=at)
    staff.set_password(new)
    staff.password_changed_at, staff.first_password_until = at, None
    staff.save(update_fields=["password", "password_changed_at", "first_password_until"])
    end_sign_ins([staff.pk], by, at, keep=request.session.get(SIGN_IN, ""))
    update_session_auth_hash(request, staff)
