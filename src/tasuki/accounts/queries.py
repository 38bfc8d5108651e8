"""Reads of accounts."""

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import Q

from tasuki.accounts.emergencies import asking_roles, duty
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.models import AccountEvent, Application, RecoveryCode, SecondFactor, SignIn, Staff
from tasuki.accounts.permissions import GRANTS, SHOWS_PEOPLE
from tasuki.accounts.rules import account_rules, area_roles, session_end
from tasuki.accounts.types import AccountFilter, AccountState, EmergencyDecision, Lent, Member, Role
from tasuki.nodes.sql import Row, rows
from tasuki.shared.actor import ActorKind

_PREFIX = f"{ActorKind.STAFF}:"


def staff_names() -> dict[str, str]:
    """Return what every member of staff is called, by the identifier under which they act."""
    return {str(row["id"]): row["display_name"] for row in rows("SELECT id, display_name FROM accounts_staff")}


def accounts() -> list[Row]:
    """Return every account: its ID, role, and whether it is open."""
    return rows(
        "SELECT username, display_name, department, role, is_active, valid_to FROM accounts_staff ORDER BY username"
    )


def search_accounts(wanted: AccountFilter, on: dt.date) -> list[Staff]:
    """Return the accounts that a filter lets through, by ID. A town has hundreds, so they are given at once."""
    found = Staff.objects.order_by("username")
    if wanted.role:
        found = found.filter(role=wanted.role)
    text = wanted.text.strip()
    if text:
        found = found.filter(
            Q(username__icontains=text)
            | Q(display_name__icontains=text)
            | Q(department__icontains=text)
            | Q(employee_number=text)
        )
    return [one for one in found if not wanted.state or one.state_on(on) == wanted.state]


def account_numbered(number: int) -> Staff | None:
    """Return one account."""
    return Staff.objects.filter(pk=number).order_by("pk").first()


def account_named(username: str) -> Staff | None:
    """Return the account of an ID."""
    return Staff.objects.filter(username=username).order_by("pk").first()


def history_of(number: int) -> list[AccountEvent]:
    """Return what was done to an account, the newest first."""
    return list(AccountEvent.objects.filter(staff=number).order_by("-at", "-pk"))


def application_numbered(number: UUID) -> Application | None:
    """Return one application, with the account it is about."""
    return Application.objects.filter(application=number).select_related("staff").order_by("application").first()


def waiting_applications() -> list[Application]:
    """Return what waits for a decision, the oldest first."""
    return list(Application.objects.filter(decision__isnull=True).select_related("staff").order_by("applied_at"))


def applications_of(applicant: str, most: int) -> list[Application]:
    """Return what somebody applied for, the newest first."""
    return list(Application.objects.filter(applied_by=applicant).select_related("staff").order_by("-applied_at")[:most])


def decided_applications(most: int) -> list[Application]:
    """Return what was decided last, the newest first."""
    found = Application.objects.filter(decision__isnull=False).select_related("staff")
    return list(found.order_by("-decided_at")[:most])


def accounts_to_confirm() -> list[Staff]:
    """Return the open accounts of people, those that end first at the top."""
    return list(Staff.objects.filter(is_active=True, is_persona=False).order_by("valid_to", "username"))


def ending_soon(on: dt.date) -> int:
    """Return how many accounts end within the days of the yearly round, or have ended unconfirmed."""
    until = on + dt.timedelta(days=account_rules().confirm_within_days)
    return Staff.objects.filter(is_active=True, is_persona=False, valid_to__lte=until).count()


def sign_in_numbered(number: str) -> SignIn | None:
    """Return a session by the number it holds."""
    try:
        wanted = UUID(number)
    except ValueError:
        return None
    return SignIn.objects.filter(sign_in=wanted).order_by("sign_in").first()


def note_seen(sign_in: UUID, at: dt.datetime) -> None:
    """Note that a session is in use."""
    SignIn.objects.filter(sign_in=sign_in).update(seen_at=at)


def open_sign_ins(staff_id: int, at: dt.datetime) -> list[SignIn]:
    """Return the sessions of a member of staff that are open, the newest first."""
    found = SignIn.objects.filter(staff=staff_id, ended_at__isnull=True).order_by("-opened_at")
    return [one for one in found if session_end(opened_at=one.opened_at, seen_at=one.seen_at, at=at) is None]


def has_factor(staff_id: int) -> bool:
    """Say whether a member of staff enrolled a second factor."""
    return SecondFactor.objects.filter(staff=staff_id).exists()


def recovery_codes_left(staff_id: int) -> int:
    """Return how many recovery codes a member of staff still has."""
    return RecoveryCode.objects.filter(staff=staff_id, used_at__isnull=True).count()


def waiting_count(not_by: str) -> int:
    """Return how many applications wait that somebody may decide: not their own."""
    return Application.objects.filter(decision__isnull=True).exclude(applied_by=not_by).count()


def names_of_staff(actors: Collection[str]) -> dict[str, str]:
    """Return the name and department of those actors (in the form of logs) that are members of staff."""
    numbers = [number for actor in actors if actor.startswith(_PREFIX) and (number := actor[len(_PREFIX) :]).isdigit()]
    if not numbers:
        return {}
    found = rows(
        "SELECT id, display_name, department FROM accounts_staff WHERE id = ANY(%s::bigint[]) ORDER BY id", [numbers]
    )
    return {f"{_PREFIX}{row['id']}": f"{row['department']} {row['display_name']}" for row in found}


def lent_to(staff: Staff, at: dt.datetime) -> Lent | None:
    """Return what an emergency lends a member of staff now; nothing once their role is another."""
    if Role(staff.role) not in asking_roles():
        # Nearly everybody's pages are spared the question.
        return None
    found = Emergency.objects.filter(
        staff=staff.pk, role=staff.role, decision=EmergencyDecision.OPENED.value, ended_at=None, until__gt=at
    )
    one = found.order_by("until").first()
    lent = None if one is None else duty(one.duty)
    if one is None or lent is None or one.until is None:
        return None
    return Lent(
        str(one.emergency), lent.key, one.until, frozenset(held.value for held in lent.permissions), lent.lifts_area
    )


def member_now(staff: Staff, at: dt.datetime) -> Member:
    """Return an account as the rest of the software knows it now, with what an emergency lends it."""
    return replace(staff.member, lent=lent_to(staff, at))


def limited_without_area() -> int:
    """Return how many open accounts have a role that sees its area of work alone, and no area."""
    roles = [role.value for role in area_roles()]
    return Staff.objects.filter(role__in=roles, is_active=True, areas__len=0).count()


def sees_people(staff: Staff) -> bool:
    """Say whether an account is a person's whose role shows residents."""
    return not staff.is_persona and bool(GRANTS[Role(staff.role)] & SHOWS_PEOPLE)


def accounts_that_see_people(on: dt.date) -> list[Staff]:
    """Return the open accounts of people whose role shows residents."""
    return [one for one in accounts_to_confirm() if sees_people(one) and one.state_on(on) is AccountState.OPEN]


def sight_of(actor: str, at: dt.datetime) -> tuple[UUID, ...] | None:
    """Return the districts to which an actor's work is limited now, by the form of logs; None where it is not."""
    number = actor[len(_PREFIX) :]
    if not actor.startswith(_PREFIX) or not number.isdigit():
        return None
    staff = account_numbered(int(number))
    # An account that is not there any more sees nobody.
    return () if staff is None else member_now(staff, at).sight


def emergency_numbered(number: UUID) -> Emergency | None:
    """Return one emergency role, with whose it is."""
    return Emergency.objects.filter(emergency=number).select_related("staff").order_by("emergency").first()


def emergencies(*, of: int | None, most: int) -> list[Emergency]:
    """Return emergency roles, the newest first: one member's, or everybody's."""
    found = Emergency.objects.select_related("staff").order_by("-asked_at")
    return list((found if of is None else found.filter(staff=of))[:most])


def emergencies_open(at: dt.datetime) -> int:
    """Return how many duties are lent now."""
    return Emergency.objects.filter(decision=EmergencyDecision.OPENED.value, ended_at=None, until__gt=at).count()


def emergencies_waiting(since: dt.datetime, not_by: str) -> list[str]:
    """Return the duties of what waits to be opened, asked for since a time by somebody else."""
    found = Emergency.objects.filter(decision=None, asked_at__gt=since).exclude(asked_by=not_by)
    return list(found.order_by("asked_at").values_list("duty", flat=True))
