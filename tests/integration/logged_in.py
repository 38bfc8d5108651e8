"""A browser in which a member of staff is logged in."""

from datetime import datetime, timedelta
from uuid import UUID

from django.test import Client

from tasuki import runtime
from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations import create_staff
from tasuki.accounts.operations.signing_in import SIGN_IN, begin_sign_in
from tasuki.accounts.rules import area_roles
from tasuki.accounts.types import Role
from tasuki.screening.operations.districts import save_district
from tasuki.screening.queries.districts import open_districts
from tasuki.screening.types.districts import DistrictStated
from tasuki.shared.actor import Actor


def browser_of(role: Role, display_name: str, department: str, *, by: Actor, at: datetime) -> Client:
    """Make an account of that role, and return a browser in which it is logged in."""
    member = create_staff(
        username=f"staff-{role.value.lower()}",
        display_name=display_name,
        department=department,
        role=role,
        password=None,
        by=by,
        at=at,
        # Good on the real day of the test, whatever day it was written for.
        valid_to=max(at, runtime.now()).date() + timedelta(days=300),
    )
    staff = Staff.objects.get(pk=member.identifier)
    if role in area_roles():
        Staff.objects.filter(pk=staff.pk).update(areas=[everywhere(by=by, at=at)])
        staff.refresh_from_db()
    return logged_in_as(staff)


def everywhere(*, by: Actor, at: datetime) -> UUID:
    """Make a district that holds every resident of the tests, unless it is there, and return its number."""
    number = UUID(int=1)
    if number not in open_districts():
        stated = DistrictStated(number, "架空保健センター", "Kaku Health Centre", ("架空区", "模擬市"))
        assert save_district(stated=stated, reason="test", by=by, at=at) is None
    return number


def attended(staff: Staff) -> None:
    """Let a contractor in as if a colleague were present at their work."""
    present = Staff.objects.create(
        username=f"present-{staff.pk}", display_name="立会 九郎", department="健康づくり課", role=Role.HEALTH_CLERK,
        valid_to=runtime.now().date() + timedelta(days=300), created_at=runtime.now(), created_by="test",
    )  # fmt: skip
    sign_in = begin_sign_in(present, "127.0.0.1", "a test", runtime.now())
    until = runtime.now() + timedelta(days=1)
    Staff.objects.filter(pk=staff.pk).update(attended_in=sign_in, attended_until=until)


def logged_in_as(staff: Staff) -> Client:
    """Return a browser in which somebody who has an account is logged in."""
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[SIGN_IN] = str(begin_sign_in(staff, "127.0.0.1", "a test", runtime.now()))
    session.save()
    if staff.role == Role.CONTRACTOR:
        attended(staff)
    # As if a code had been given: who has none yet could only enrol.
    SignIn.objects.filter(sign_in=session[SIGN_IN]).update(factor_at=runtime.now())
    return client
