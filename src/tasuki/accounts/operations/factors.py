"""The second factor (二要素認証): enrolled, passed with a code or a recovery code, and reset when it is lost."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.accounts.codes import FactorCipher, digest_of, new_recovery_code, step_of_code
from tasuki.accounts.models import RecoveryCode, SecondFactor, SignIn, Staff
from tasuki.accounts.operations.sessions import end_sessions
from tasuki.accounts.operations.staff import note, open_account
from tasuki.accounts.rules import recovery_codes_given
from tasuki.accounts.types import AccountAct, FactorOutcome, Problem
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor

_BEFORE_EVERY_CODE: Final = 0


@transaction.atomic
def enrol_factor(
    *, sealed: bytes, code: str, sign_in: UUID, cipher: FactorCipher, by: Actor, at: datetime
) -> list[str] | None:
    """Keep a secret whose first code was given, and return the recovery codes, told this once; None for a wrong code.

    Somebody who has a factor keeps it: another takes a reset by an administrator.

    :raises FactorDamagedError: when the secret was not made here for this account.
    """
    staff = Staff.objects.select_for_update().get(pk=by.identifier)
    step = step_of_code(cipher.open(by.identifier, sealed), code, after=_BEFORE_EVERY_CODE, at=at)
    if step is None or SecondFactor.objects.filter(staff=staff).exists():
        return None
    append(kind=EntryKind.FACTOR_ENROLLED, body={"staff": by.identifier, "by": str(by)}, at=at)
    note(staff=staff, act=AccountAct.FACTOR_ENROLLED, by=by, at=at)
    SecondFactor.objects.create(staff=staff, sealed=sealed, made_at=at, last_step=step)
    codes = [new_recovery_code() for _place in range(recovery_codes_given())]
    RecoveryCode.objects.bulk_create([RecoveryCode(staff=staff, digest=digest_of(one)) for one in codes])
    SignIn.objects.filter(sign_in=sign_in).update(factor_at=at, confirmed_at=at)
    return codes


@transaction.atomic
def pass_factor(*, code: str, sign_in: UUID, cipher: FactorCipher, by: Actor, at: datetime) -> FactorOutcome:
    """Let a session on that gives a code not used before, or a recovery code; each is of use once.

    :raises FactorDamagedError: when the stored secret cannot be opened as this account's.
    """
    factor = SecondFactor.objects.select_for_update().filter(staff_id=int(by.identifier)).order_by("staff").first()
    outcome = FactorOutcome.WRONG if factor is None else _tried(factor, code, cipher, at)
    if outcome is FactorOutcome.WRONG:
        append(kind=EntryKind.LOGIN_FAILED, body={"reason": "code", "staff": by.identifier}, at=at)
        return outcome
    append(kind=EntryKind.FACTOR_PASSED, body={"staff": by.identifier, "how": outcome.value.lower()}, at=at)
    SignIn.objects.filter(sign_in=sign_in).update(factor_at=at, confirmed_at=at)
    return outcome


def _tried(factor: SecondFactor, code: str, cipher: FactorCipher, at: datetime) -> FactorOutcome:
    """Use a code up, if it is good for anything."""
    secret = cipher.open(str(factor.staff_id), bytes(factor.sealed))
    step = step_of_code(secret, code.replace(" ", ""), after=factor.last_step, at=at)
    if step is not None:
        factor.last_step = step
        factor.save(update_fields=["last_step"])
        return FactorOutcome.PASSED
    used = RecoveryCode.objects.filter(staff=factor.staff_id, digest=digest_of(code), used_at__isnull=True)
    return FactorOutcome.RECOVERED if used.update(used_at=at) else FactorOutcome.WRONG


@transaction.atomic
def reset_factor(*, username: str, by: Actor, at: datetime) -> Problem | None:
    """Forget a lost factor and its recovery codes, and end its owner's sessions; they enrol another next time."""
    staff = open_account(username)
    if staff is None or not SecondFactor.objects.filter(staff=staff).exists():
        return Problem.NO_SUCH_ACCOUNT
    if str(staff.member.as_actor()) == str(by):
        return Problem.OWN_ACCOUNT
    append(kind=EntryKind.FACTOR_RESET, body={"staff": staff.member.identifier, "by": str(by)}, at=at)
    note(staff=staff, act=AccountAct.FACTOR_RESET, by=by, at=at)
    RecoveryCode.objects.filter(staff=staff).delete()
    SecondFactor.objects.filter(staff=staff).delete()
    end_sessions(staff_id=staff.pk, sign_ins=None, by=by, at=at)
    return None
