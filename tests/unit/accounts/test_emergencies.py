"""Which duty an emergency lends to which role, and what it joins for nobody: the whole table, both ways."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tasuki.accounts.emergencies import (
    Duty,
    NeverJoined,
    NeverLent,
    asking_roles,
    duties,
    duties_for,
    lending_problem,
    longest_minutes,
    never_joined,
    never_lent,
    opening_problem,
    permission_words,
)
from tasuki.accounts.permissions import GRANTS, Permission, may
from tasuki.accounts.rules import kept_apart
from tasuki.accounts.types import EmergencyProblem, Lent, Member, Role

#: Written out by hand: who may be lent what, and who opens it.
TRUTH = {
    "HELD_ANSWERS": ({Role.CENTRE_CLERK}, {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADVISER}),
    "BEYOND_AREA": (
        {Role.CENTRE_CLERK},
        {Role.HEALTH_CLERK, Role.APPROVER, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADVISER},
    ),
}


def test_the_table_lists_exactly_these_duties() -> None:
    assert {one.key for one in duties()} == set(TRUTH)
    assert asking_roles() == {role for asked, _opened in TRUTH.values() for role in asked}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("one", duties(), ids=lambda one: one.key)
def test_a_duty_is_lent_to_and_opened_by_exactly_these_roles(one: Duty, role: Role) -> None:
    asked, opened = TRUTH[one.key]
    assert (lending_problem(one, role) is None) is (role in asked) is (one in duties_for(role))
    problem = opening_problem(one, role, asked_by="STAFF:1", opened_by="STAFF:2")
    assert (problem is None) is (role in opened)
    assert opening_problem(one, role, asked_by="STAFF:1", opened_by="STAFF:1") is EmergencyProblem.SAME_PERSON
    assert Permission.OPEN_EMERGENCY in GRANTS[role] or role not in opened
    assert Permission.ASK_EMERGENCY in GRANTS[role] or role not in asked


@pytest.mark.parametrize("pair", never_joined(), ids=lambda pair: f"{pair.first}+{pair.second}")
def test_a_pair_that_never_meets_is_refused_to_whoever_holds_one_of_it(pair: NeverJoined) -> None:
    holders = [role for role in Role if role is not Role.CONTRACTOR and pair.first in GRANTS[role]]
    wanted = replace(duties()[0], permissions=frozenset({pair.second}), asked_by=frozenset(Role))
    lent_never = {one.permission for one in never_lent()}
    for role in holders:
        expected = EmergencyProblem.NEVER_LENT if pair.second in lent_never else EmergencyProblem.NEVER_JOINED
        assert lending_problem(wanted, role) is expected
    assert all((pair.why_ja, pair.why_en))


@pytest.mark.parametrize("one", never_lent(), ids=lambda one: one.permission)
def test_what_is_lent_to_nobody_is_refused_to_everybody(one: NeverLent) -> None:
    wanted = replace(duties()[0], permissions=frozenset({one.permission}), asked_by=frozenset(Role))
    lent = [role for role in Role if lending_problem(wanted, role) is None]
    assert lent == []


@pytest.mark.parametrize("one", duties(), ids=lambda one: one.key)
def test_a_contractor_is_lent_nothing_whatever_the_table_says(one: Duty) -> None:
    assert lending_problem(replace(one, asked_by=frozenset(Role)), Role.CONTRACTOR) is EmergencyProblem.NOT_FOR_ROLE


def test_every_pair_kept_apart_by_day_is_never_joined_or_named_here_as_one_that_may_meet() -> None:
    never = {frozenset({one.first, one.second}) for one in never_joined()}
    daily = {frozenset({one.first, one.second}) for one in kept_apart()}
    # Whoever inquires may, for an hour, decide what another town asked; what they proposed they still do not decide.
    assert daily - never == {frozenset({Permission.DECIDE_HELD, Permission.INQUIRE})}
    assert never <= daily
    named = {permission for pair in never for permission in pair} | {one.permission for one in never_lent()}
    assert all(all(permission_words(permission)) for permission in named)


def test_what_is_lent_is_short_and_opens_its_permissions_and_no_others() -> None:
    assert all(0 < one.minutes <= longest_minutes() <= 240 for one in duties())
    clerk = Member("1", "u", "n", "d", Role.CENTRE_CLERK)
    lent = replace(
        clerk, lent=Lent("e", "HELD_ANSWERS", datetime(2026, 11, 27, tzinfo=UTC), frozenset({"DECIDE_HELD"}), False)
    )
    assert not may(clerk, Permission.DECIDE_HELD)
    assert may(lent, Permission.DECIDE_HELD)
    assert not may(lent, Permission.MANAGE_ACCOUNTS)
