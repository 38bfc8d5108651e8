"""What an emergency role may lend to whom (緊急時の権限): pure, over `data/emergencies.toml`."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tasuki.accounts.permissions import GRANTS, Permission
from tasuki.accounts.types import EmergencyProblem, Role


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty that may be lent in an emergency: what it opens, who asks for it, who opens it, for how long, why."""

    key: str
    ja: str
    en: str
    permissions: frozenset[Permission]
    lifts_area: bool
    asked_by: frozenset[Role]
    opened_by: frozenset[Role]
    minutes: int
    why_ja: str
    why_en: str


@dataclass(frozen=True, slots=True)
class NeverJoined:
    """Two permissions that meet in nobody, in no emergency either, and why."""

    first: Permission
    second: Permission
    why_ja: str
    why_en: str


@dataclass(frozen=True, slots=True)
class NeverLent:
    """A permission that no emergency lends, and why."""

    permission: Permission
    why_ja: str
    why_en: str


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads(files("tasuki.accounts").joinpath("data/emergencies.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def duties() -> tuple[Duty, ...]:
    """Return the duties that may be lent."""
    return tuple(
        Duty(
            **row
            | {
                "permissions": frozenset(map(Permission, row["permissions"])),
                "asked_by": frozenset(map(Role, row["asked_by"])),
                "opened_by": frozenset(map(Role, row["opened_by"])),
            }
        )
        for row in _content()["duty"]
    )


def duty(key: str) -> Duty | None:
    """Return one duty."""
    return next((one for one in duties() if one.key == key), None)


@lru_cache(maxsize=1)
def never_joined() -> tuple[NeverJoined, ...]:
    """Return the pairs of permissions that no emergency joins."""
    return tuple(
        NeverJoined(**row | {"first": Permission(row["first"]), "second": Permission(row["second"])})
        for row in _content()["never_joined"]
    )


@lru_cache(maxsize=1)
def never_lent() -> tuple[NeverLent, ...]:
    """Return the permissions that no emergency lends."""
    return tuple(NeverLent(**row | {"permission": Permission(row["permission"])}) for row in _content()["never_lent"])


def permission_words(permission: Permission) -> tuple[str, str]:
    """Return what a permission that is never joined or lent is called, in Japanese and English."""
    ja, en = _content()["words"][permission.value]
    return ja, en


def waits_minutes() -> int:
    """Return how long what was asked for waits before it lapses."""
    return int(_content()["waits_minutes"])


def longest_minutes() -> int:
    """Return the longest time a duty may be lent."""
    return int(_content()["longest_minutes"])


@lru_cache(maxsize=1)
def asking_roles() -> frozenset[Role]:
    """Return the roles to which some duty may be lent."""
    return frozenset(role for one in duties() for role in one.asked_by)


def duties_for(role: Role) -> tuple[Duty, ...]:
    """Return the duties a role may ask for."""
    return tuple(one for one in duties() if lending_problem(one, role) is None)


def lending_problem(wanted: Duty, role: Role) -> EmergencyProblem | None:
    """Say why a duty is not lent to a role: the table does not list it, or what it would join never meets.

    A contractor is lent nothing, whatever the table says.
    """
    if role is Role.CONTRACTOR or role not in wanted.asked_by:
        return EmergencyProblem.NOT_FOR_ROLE
    if any(one.permission in wanted.permissions for one in never_lent()):
        return EmergencyProblem.NEVER_LENT
    held = GRANTS[role] | wanted.permissions
    if any({pair.first, pair.second} <= held for pair in never_joined()):
        return EmergencyProblem.NEVER_JOINED
    return None


def opening_problem(wanted: Duty, opener: Role, *, asked_by: str, opened_by: str) -> EmergencyProblem | None:
    """Say why somebody may not open what was asked for: they asked themself, or their role does not open this duty."""
    if asked_by == opened_by:
        return EmergencyProblem.SAME_PERSON
    return None if opener in wanted.opened_by else EmergencyProblem.NOT_FOR_OPENER
