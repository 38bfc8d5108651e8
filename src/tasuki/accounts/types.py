"""Values of the accounts context."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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
class Member:
    """A member of staff as the rest of the software knows them; the stored account stays in this context."""

    identifier: str
    username: str
    display_name: str
    department: str
    role: Role

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
