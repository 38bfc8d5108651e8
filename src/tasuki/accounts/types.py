"""Values of the accounts context."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import Actor, staff_actor


class Role(StrEnum):
    """What a member of staff is employed to do (役割); one for each account."""

    HEALTH_CLERK = "HEALTH_CLERK"
    CENTRE_CLERK = "CENTRE_CLERK"
    INDEX_CLERK = "INDEX_CLERK"
    APPROVER = "APPROVER"
    AUDITOR = "AUDITOR"
    SYSTEM_ADMINISTRATOR = "SYSTEM_ADMINISTRATOR"
    SECURITY_ADVISER = "SECURITY_ADVISER"
    CONTRACTOR = "CONTRACTOR"
    OPERATOR = "OPERATOR"
    OPERATION_WATCHER = "OPERATION_WATCHER"


ROLE_LABELS: dict[Role, str] = {
    Role.HEALTH_CLERK: "健康づくり課 担当",
    Role.CENTRE_CLERK: "保健センター 担当",
    Role.INDEX_CLERK: "統合宛名 担当",
    Role.APPROVER: "承認者",
    Role.AUDITOR: "監査担当",
    Role.SYSTEM_ADMINISTRATOR: "システム管理者",
    Role.SECURITY_ADVISER: "セキュリティ担当",
    Role.CONTRACTOR: "委託先",
    Role.OPERATOR: "運用管理 担当",
    Role.OPERATION_WATCHER: "運用監視 担当",
}

#: Who works at the consoles of gateways and the network. A town has none of them, and those nodes have nobody else.
OPERATOR_ROLES: Final = frozenset({Role.OPERATOR, Role.OPERATION_WATCHER})


def roles_at(kind: NodeKind) -> frozenset[Role]:
    """Return the roles whose accounts a kind of node has."""
    return frozenset(Role) - OPERATOR_ROLES if kind == NodeKind.TOWN else OPERATOR_ROLES


@dataclass(frozen=True, slots=True)
class Lent:
    """A duty lent in an emergency: which, until when, what it opens (by name), whether it lifts the area of work."""

    emergency: str
    duty: str
    until: dt.datetime
    permissions: frozenset[str]
    lifts_area: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff as the rest of the software knows them; the stored account stays in this context."""

    identifier: str
    username: str
    display_name: str
    department: str
    role: Role
    lent: Lent | None = None
    """What an emergency lends them now, beside what their role carries."""
    areas: tuple[UUID, ...] | None = None
    """The districts their work is limited to (担当区域); None where it is not."""

    @property
    def sight(self) -> tuple[UUID, ...] | None:
        """The districts whose residents they may see now; None for the whole town."""
        return None if self.lent is not None and self.lent.lifts_area else self.areas

    def as_actor(self) -> Actor:
        """Give the party that acts when this member does."""
        return staff_actor(self.identifier, self.display_name)


@dataclass(frozen=True, slots=True)
class Persona:
    """A fictitious member of staff of a demonstration, to try one role with one click."""

    username: str
    display_name: str
    display_name_en: str
    department: str
    role: Role
    purpose_ja: str
    purpose_en: str


class LoginOutcome(StrEnum):
    """What became of an attempt to log in. Which of ID and password was wrong is never told apart."""

    OPENED = "OPENED"
    REFUSED = "REFUSED"
    LOCKED = "LOCKED"
    LAPSED = "LAPSED"
    """The password was right, and the account, or its first password, is good no longer or not yet."""
    UNATTENDED = "UNATTENDED"
    """A contractor's account, and nobody is present at its work, or the environment is real."""


class SessionEnd(StrEnum):
    """How a session ended other than by logging out."""

    IDLE = "IDLE"
    TOO_LONG = "TOO_LONG"
    ENDED = "ENDED"
    """Its owner, elsewhere, or an administrator ended it."""
    LAPSED = "LAPSED"
    """Its account is good no longer, or not from this address."""
    UNATTENDED = "UNATTENDED"
    """Whoever was present at a contractor's work is there no longer."""


class FactorOutcome(StrEnum):
    """What became of a code that was given."""

    PASSED = "PASSED"
    RECOVERED = "RECOVERED"
    WRONG = "WRONG"


class AccountState(StrEnum):
    """Whether an account lets its owner in."""

    OPEN = "OPEN"
    COMING = "COMING"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


class ApplicationKind(StrEnum):
    """What is applied for."""

    NEW = "NEW"
    CHANGE = "CHANGE"


class Decision(StrEnum):
    """What became of an application."""

    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class AccountAct(StrEnum):
    """What was done to an account, for its history."""

    MADE = "MADE"
    CHANGED = "CHANGED"
    CONFIRMED = "CONFIRMED"
    ENDED = "ENDED"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 — the name of an act
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 — as above
    FACTOR_ENROLLED = "FACTOR_ENROLLED"
    FACTOR_RESET = "FACTOR_RESET"
    SESSIONS_ENDED = "SESSIONS_ENDED"


@dataclass(frozen=True, slots=True)
class AccountAsked:
    """What somebody applies for: whom an account is for, their role, from when, until when, and why."""

    kind: ApplicationKind
    username: str
    employee_number: str
    display_name: str
    department: str
    role: Role
    valid_from: dt.date
    valid_to: dt.date
    reason: str
    areas: tuple[UUID, ...] = ()
    """The districts of a role that is limited to an area of work."""


class Problem(StrEnum):
    """Why nothing was done, as a value; screens and commands word it."""

    TERM_BACKWARDS = "TERM_BACKWARDS"
    TERM_PAST = "TERM_PAST"
    TERM_TOO_LONG = "TERM_TOO_LONG"
    ROLE_ELSEWHERE = "ROLE_ELSEWHERE"
    USERNAME_TAKEN = "USERNAME_TAKEN"
    PERSON_HAS_ONE = "PERSON_HAS_ONE"
    NO_SUCH_ACCOUNT = "NO_SUCH_ACCOUNT"
    WAITS_ALREADY = "WAITS_ALREADY"
    NOT_WAITING = "NOT_WAITING"
    SAME_PERSON = "SAME_PERSON"
    OWN_ACCOUNT = "OWN_ACCOUNT"
    NOT_THEIRS = "NOT_THEIRS"


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """A password made for somebody, told once: whoever has it chooses their own when they first sign in."""

    username: str
    text: str
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts are listed."""

    text: str = ""
    role: str = ""
    state: str = ""


class EmergencyDecision(StrEnum):
    """What became of a request for an emergency role."""

    OPENED = "OPENED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"
    """Nobody decided in time."""


class EmergencyEnd(StrEnum):
    """How an emergency role ended."""

    RETURNED = "RETURNED"
    """Its holder gave it back."""
    TAKEN_BACK = "TAKEN_BACK"
    """Somebody who may open one ended it."""
    EXPIRED = "EXPIRED"


class EmergencyProblem(StrEnum):
    """Why an emergency role was not asked for, opened or ended."""

    NOT_FOR_ROLE = "NOT_FOR_ROLE"
    NEVER_LENT = "NEVER_LENT"
    NEVER_JOINED = "NEVER_JOINED"
    WAITS_ALREADY = "WAITS_ALREADY"
    NOT_WAITING = "NOT_WAITING"
    SAME_PERSON = "SAME_PERSON"
    NOT_FOR_OPENER = "NOT_FOR_OPENER"
    NOT_OPEN = "NOT_OPEN"
    NOT_THEIRS = "NOT_THEIRS"
