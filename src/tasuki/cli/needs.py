"""Which commands of a town are for people who signed in, where real residents are kept (ADR 0038).

A command that shows or gives out residents, decides something, or gives others access, asks who runs it; one that
takes in, computes or counts may also be run by a timer, under the account of the service. A command that is in neither
part does not run there at all, so that a new one cannot forget the question; `tests/repo/test_commands.py` holds the
parts against the commands there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tasuki.accounts.permissions import Permission
from tasuki.watching.types import Act


@dataclass(frozen=True, slots=True)
class Needs:
    """What whoever runs a command must be allowed to; `act` says what it does with people, where it shows any."""

    permission: Permission
    act: Act | None = None


PEOPLES: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "accounts end": Needs(Permission.MANAGE_ACCOUNTS),
        "accounts list": Needs(Permission.VIEW_ACCOUNTS),
        "accounts reset-factor": Needs(Permission.MANAGE_ACCOUNTS),
        "accounts reset-password": Needs(Permission.MANAGE_ACCOUNTS),
        "acquire-codes": Needs(Permission.MANAGE_CODES, Act.VIEW),
        "admit-system": Needs(Permission.MANAGE_SYSTEMS),
        "adopt": Needs(Permission.ADOPT_ANSWER, Act.CHANGE),
        "api-client give": Needs(Permission.MANAGE_SYSTEMS),
        "api-client list": Needs(Permission.MANAGE_SYSTEMS),
        "api-client renew": Needs(Permission.MANAGE_SYSTEMS),
        "api-client resume": Needs(Permission.MANAGE_SYSTEMS),
        "api-client stop": Needs(Permission.MANAGE_SYSTEMS),
        "ask-movers": Needs(Permission.INQUIRE, Act.CHANGE),
        "continue-log": Needs(Permission.MANAGE_SYSTEMS),
        "delete-numbers": Needs(Permission.CHANGE_INDEX, Act.CHANGE),
        "erase due": Needs(Permission.VIEW_ERASURES),
        "erase list": Needs(Permission.VIEW_ERASURES),
        "export-evidence": Needs(Permission.EXPORT_EVIDENCE, Act.EXPORT),
        "export-fhir": Needs(Permission.EXPORT_FHIR, Act.EXPORT),
        "exports ask": Needs(Permission.EXPORT_FHIR),
        "exports make": Needs(Permission.EXPORT_FHIR, Act.EXPORT),
        "follow-up": Needs(Permission.CLOSE_FOLLOWUP, Act.PRINT),
        "held": Needs(Permission.VIEW_HELD, Act.VIEW),
        "impact": Needs(Permission.VIEW_INDEX, Act.VIEW),
        "inquire": Needs(Permission.INQUIRE, Act.CHANGE),
        "inquire-file": Needs(Permission.INQUIRE, Act.CHANGE),
        "invite": Needs(Permission.MANAGE_INVITATIONS, Act.PRINT),
        "letters-sender": Needs(Permission.EDIT_LETTERS),
        "migrate-from": Needs(Permission.PLAN_CUTOVER),
        "migrate-numbers": Needs(Permission.CHANGE_INDEX, Act.CHANGE),
        "person-of": Needs(Permission.INQUIRE, Act.VIEW),
        "register-people": Needs(Permission.CHANGE_INDEX, Act.CHANGE),
        "result-notices": Needs(Permission.PRINT_LETTERS, Act.PRINT),
        "seek-providers": Needs(Permission.INQUIRE, Act.CHANGE),
    }
)

#: Take in, compute or count, and show nobody; `accounts first-administrator` works only where nobody could sign in.
MACHINES: Final = frozenset(
    {
        "accounts first-administrator", "await-state", "check-peers", "coverage", "doctor", "eligibility",
        "environment", "evidence-counts", "files check", "files in", "files out", "import", "import-districts",
        "import-dropped", "import-facilities", "import-mappings", "import-protected", "import-register",
        "inquiry-states", "inspect-links", "legal-table diff", "legal-table list", "link", "load-replicas",
        "maintenance begin", "maintenance end", "maintenance show", "members", "migrate", "peer-key add",
        "peer-key end", "peer-key list", "purge-records", "reconcile", "register", "rehearse-restore", "report",
        "restored-state", "rotate-number-key", "seal", "settle-alarm", "sign-in", "sign-out", "signing-key make",
        "signing-key use", "test-connection", "who-am-i", "worker",
    }
)  # fmt: skip

#: Nobody runs these where real residents are kept: what takes two people is done on the screens, by each of them.
NOT_WHERE_REAL: Final = frozenset({"decide-held", "examples", "personas"})
