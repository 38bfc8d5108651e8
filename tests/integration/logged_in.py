"""A browser in which a member of staff is logged in."""

from datetime import datetime, timedelta

from django.test import Client

from tasuki import runtime
from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations import create_staff
from tasuki.accounts.operations.signing_in import SIGN_IN, begin_sign_in
from tasuki.accounts.types import Role
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
    return logged_in_as(Staff.objects.get(pk=member.identifier))


def logged_in_as(staff: Staff) -> Client:
    """Return a browser in which somebody who has an account is logged in."""
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[SIGN_IN] = str(begin_sign_in(staff, "127.0.0.1", "a test", runtime.now()))
    session.save()
    # As if a code had been given: who has none yet could only enrol.
    SignIn.objects.filter(sign_in=session[SIGN_IN]).update(factor_at=runtime.now())
    return client
