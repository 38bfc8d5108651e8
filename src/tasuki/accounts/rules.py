"""Until when an account is good, who may decide about it, and which duties never meet: pure, over `data/rules.toml`."""

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tasuki.accounts.permissions import Permission
from tasuki.accounts.types import AccountState, Problem, Role, SessionEnd


@dataclass(frozen=True, slots=True)
class Apart:
    """Two permissions that never meet in one person, and why (職務の分離)."""

    first: Permission
    second: Permission
    why: str


@dataclass(frozen=True, slots=True)
class AccountRules:
    """How long accounts and first passwords are good, in days."""

    longest_days: int
    confirm_within_days: int
    first_password_days: int
    first_password_length: int


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads(files("tasuki.accounts").joinpath("data/rules.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def account_rules() -> AccountRules:
    """Return how long accounts are good."""
    return AccountRules(**_content()["accounts"])


@dataclass(frozen=True, slots=True)
class SessionRules:
    """When sessions end by themselves, and how long a password given again is good for."""

    idle_minutes: int
    longest_hours: int
    grace_minutes: int


@lru_cache(maxsize=1)
def session_rules() -> SessionRules:
    """Return when sessions end by themselves."""
    return SessionRules(**_content()["sessions"])


@lru_cache(maxsize=1)
def second_factor_roles() -> frozenset[Role]:
    """Return the roles that give a second factor."""
    listed = _content()["second_factor"]
    return frozenset(Role(one) for one in listed["roles"])


@lru_cache(maxsize=1)
def recovery_codes_given() -> int:
    """Return how many recovery codes are given with a factor."""
    listed = _content()["second_factor"]
    return int(listed["recovery_codes"])


@lru_cache(maxsize=1)
def area_roles() -> frozenset[Role]:
    """Return the roles that see the residents of their area of work alone."""
    listed = _content()["area"]
    return frozenset(Role(one) for one in listed["roles"])


def session_end(*, opened_at: dt.datetime, seen_at: dt.datetime, at: dt.datetime) -> SessionEnd | None:
    """Say why a session is over by itself, if it is."""
    rules = session_rules()
    if at - opened_at >= dt.timedelta(hours=rules.longest_hours):
        return SessionEnd.TOO_LONG
    return SessionEnd.IDLE if at - seen_at >= dt.timedelta(minutes=rules.idle_minutes) else None


def is_fresh(confirmed_at: dt.datetime, at: dt.datetime) -> bool:
    """Say whether the password or a code was given so lately that a dangerous act need not ask again."""
    return at - confirmed_at < dt.timedelta(minutes=session_rules().grace_minutes)


@lru_cache(maxsize=1)
def kept_apart() -> tuple[Apart, ...]:
    """Return the pairs of duties that never meet in one person."""
    listed = _content()["apart"]
    return tuple(Apart(Permission(row["first"]), Permission(row["second"]), row["why"]) for row in listed)


def meets(permissions: Iterable[Permission]) -> tuple[Apart, ...]:
    """Return which pairs that must stay apart meet in these permissions."""
    held = frozenset(permissions)
    return tuple(pair for pair in kept_apart() if {pair.first, pair.second} <= held)


def longest_end(begin: dt.date) -> dt.date:
    """Return the last day on which an account that begins that day may end."""
    return begin + dt.timedelta(days=account_rules().longest_days)


def term_problem(valid_from: dt.date, valid_to: dt.date, on: dt.date) -> Problem | None:
    """Say what is wrong with the days for which an account is asked for; `valid_to` is the first day without it."""
    if valid_to <= valid_from:
        return Problem.TERM_BACKWARDS
    if valid_to <= on:
        return Problem.TERM_PAST
    return Problem.TERM_TOO_LONG if valid_to > longest_end(max(valid_from, on)) else None


def state_on(
    *, is_active: bool, is_persona: bool, valid_from: dt.date | None, valid_to: dt.date | None, on: dt.date
) -> AccountState:
    """Say whether an account lets its owner in on a day. One without an end lets nobody in, unless it is a persona."""
    if not is_active:
        return AccountState.ENDED
    if is_persona:
        return AccountState.OPEN
    if valid_to is None or valid_to <= on:
        return AccountState.LAPSED
    return AccountState.COMING if valid_from is not None and on < valid_from else AccountState.OPEN


def decider_problem(*, applied_by: str, about: str | None, decider: str) -> Problem | None:
    """Say why somebody may not decide an application: they made it, or it is about themself.

    :param about: who an existing account belongs to, in the form of logs; none when the account is new.
    """
    if decider == applied_by:
        return Problem.SAME_PERSON
    return Problem.OWN_ACCOUNT if decider == about else None
