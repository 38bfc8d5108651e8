"""Who may do what (権限): a reviewed table, because whoever can edit a table in a database could edit their own row."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tasuki.accounts.errors import PermissionRefusedError
from tasuki.accounts.types import Member, Role


class Permission(StrEnum):
    """One thing a page or an action lets staff do. Every address of the screens declares exactly one."""

    VIEW_HOME = "VIEW_HOME"
    CHANGE_OWN_PASSWORD = "CHANGE_OWN_PASSWORD"  # noqa: S105 — the name of a permission
    SEARCH_PEOPLE = "SEARCH_PEOPLE"
    VIEW_PERSON = "VIEW_PERSON"
    EDIT_CONTACT = "EDIT_CONTACT"
    VIEW_PROTECTED = "VIEW_PROTECTED"
    VIEW_REGISTER_LOADS = "VIEW_REGISTER_LOADS"
    INQUIRE = "INQUIRE"
    ADOPT_ANSWER = "ADOPT_ANSWER"
    RECORD_RESULTS = "RECORD_RESULTS"
    WITHDRAW_RESULT = "WITHDRAW_RESULT"
    EXPORT_FHIR = "EXPORT_FHIR"
    MANAGE_FACILITIES = "MANAGE_FACILITIES"
    VIEW_IMPORTS = "VIEW_IMPORTS"
    IMPORT_RESULTS = "IMPORT_RESULTS"
    UNDO_IMPORT = "UNDO_IMPORT"
    EDIT_MAPPINGS = "EDIT_MAPPINGS"
    VIEW_DUE = "VIEW_DUE"
    MANAGE_ELIGIBILITY = "MANAGE_ELIGIBILITY"
    RECORD_EXCLUSION = "RECORD_EXCLUSION"
    VIEW_INVITATIONS = "VIEW_INVITATIONS"
    MANAGE_INVITATIONS = "MANAGE_INVITATIONS"
    VIEW_FOLLOWUP = "VIEW_FOLLOWUP"
    RECORD_FOLLOWUP = "RECORD_FOLLOWUP"
    CLOSE_FOLLOWUP = "CLOSE_FOLLOWUP"
    EDIT_LETTERS = "EDIT_LETTERS"
    PRINT_LETTERS = "PRINT_LETTERS"
    VIEW_HELD = "VIEW_HELD"
    PROPOSE_HELD = "PROPOSE_HELD"
    DECIDE_HELD = "DECIDE_HELD"
    VIEW_INDEX = "VIEW_INDEX"
    CHANGE_INDEX = "CHANGE_INDEX"
    DECIDE_INDEX = "DECIDE_INDEX"
    QUARANTINE_PERSON = "QUARANTINE_PERSON"
    UNMASK_NUMBER = "UNMASK_NUMBER"
    MANAGE_CODES = "MANAGE_CODES"
    VIEW_LINK = "VIEW_LINK"
    MEND_LINK = "MEND_LINK"
    MANAGE_SYSTEMS = "MANAGE_SYSTEMS"
    VIEW_REPORTS = "VIEW_REPORTS"
    FREEZE_REPORT = "FREEZE_REPORT"
    DRILL_REPORT = "DRILL_REPORT"
    VIEW_EVIDENCE = "VIEW_EVIDENCE"
    EXPORT_EVIDENCE = "EXPORT_EVIDENCE"
    VIEW_RECORDS = "VIEW_RECORDS"
    DISCLOSE_RECORDS = "DISCLOSE_RECORDS"
    CORRECT_RECORDS = "CORRECT_RECORDS"
    DECIDE_CORRECTIONS = "DECIDE_CORRECTIONS"
    VIEW_ACCESS_LOG = "VIEW_ACCESS_LOG"
    VIEW_WHOM_ACCESSED = "VIEW_WHOM_ACCESSED"
    REVIEW_ACCESSES = "REVIEW_ACCESSES"
    SET_ACCESS_RULES = "SET_ACCESS_RULES"
    DISCLOSE_ACCESSES = "DISCLOSE_ACCESSES"
    PREVIEW_PORTAL = "PREVIEW_PORTAL"
    SEND_PORTAL_NOTICES = "SEND_PORTAL_NOTICES"
    VIEW_OWN_WORK = "VIEW_OWN_WORK"
    REQUEST_EXPORT = "REQUEST_EXPORT"
    DECIDE_EXPORT = "DECIDE_EXPORT"
    VIEW_MEDIA = "VIEW_MEDIA"
    VIEW_CHECKS = "VIEW_CHECKS"
    ANSWER_CHECK = "ANSWER_CHECK"
    SIGN_CHECK = "SIGN_CHECK"
    RECORD_REHEARSAL = "RECORD_REHEARSAL"
    TELL_INCIDENT = "TELL_INCIDENT"
    HANDLE_INCIDENT = "HANDLE_INCIDENT"
    VIEW_ERASURES = "VIEW_ERASURES"
    REQUEST_ERASURE = "REQUEST_ERASURE"
    DECIDE_ERASURE = "DECIDE_ERASURE"
    VIEW_CONTRACTORS = "VIEW_CONTRACTORS"
    KEEP_CONTRACTORS = "KEEP_CONTRACTORS"
    REQUEST_WORK = "REQUEST_WORK"
    REVIEW_WORK = "REVIEW_WORK"
    ATTEND_WORK = "ATTEND_WORK"
    REPORT_WORK = "REPORT_WORK"
    VIEW_COMPONENTS = "VIEW_COMPONENTS"
    VIEW_CHANGES = "VIEW_CHANGES"
    DRAW_CHANGES = "DRAW_CHANGES"
    SIGN_CHANGES = "SIGN_CHANGES"
    PLAN_CUTOVER = "PLAN_CUTOVER"
    DECIDE_CUTOVER = "DECIDE_CUTOVER"
    APPLY_FOR_ACCOUNT = "APPLY_FOR_ACCOUNT"
    VIEW_ACCOUNTS = "VIEW_ACCOUNTS"
    MANAGE_ACCOUNTS = "MANAGE_ACCOUNTS"
    VIEW_DISTRICTS = "VIEW_DISTRICTS"
    MANAGE_DISTRICTS = "MANAGE_DISTRICTS"
    VIEW_EMERGENCIES = "VIEW_EMERGENCIES"
    ASK_EMERGENCY = "ASK_EMERGENCY"
    OPEN_EMERGENCY = "OPEN_EMERGENCY"
    VIEW_OPERATION = "VIEW_OPERATION"
    OPERATE_NODE = "OPERATE_NODE"


_OWN: Final = frozenset({Permission.VIEW_HOME, Permission.CHANGE_OWN_PASSWORD, Permission.VIEW_OWN_WORK})
#: What every member of the town's own staff has. A contractor asks their attending member of staff to apply.
_STAFF: Final = _OWN | {Permission.APPLY_FOR_ACCOUNT, Permission.TELL_INCIDENT}
#: Who has contractors work for them: keeps their registers, asks for their work, is present at it, inspects it.
_HAS_WORK_DONE: Final = frozenset(
    {
        Permission.VIEW_CONTRACTORS,
        Permission.KEEP_CONTRACTORS,
        Permission.REQUEST_WORK,
        Permission.ATTEND_WORK,
    }
)
_PEOPLE: Final = frozenset({Permission.SEARCH_PEOPLE, Permission.VIEW_PERSON})

#: Permissions whose pages show residents. The contractor, the auditor and the system administrator hold none of
#: them: maintenance, audit and operation are done without looking at anybody (S10).
SHOWS_PEOPLE: Final = _PEOPLE | {
    Permission.DRILL_REPORT,
    Permission.EDIT_CONTACT,
    Permission.VIEW_PROTECTED,
    Permission.VIEW_REGISTER_LOADS,
    Permission.INQUIRE,
    Permission.ADOPT_ANSWER,
    Permission.RECORD_RESULTS,
    Permission.WITHDRAW_RESULT,
    Permission.EXPORT_FHIR,
    Permission.VIEW_IMPORTS,
    Permission.IMPORT_RESULTS,
    Permission.UNDO_IMPORT,
    # Its pages show the sample a mapping is made over.
    Permission.EDIT_MAPPINGS,
    Permission.VIEW_DUE,
    Permission.RECORD_EXCLUSION,
    Permission.VIEW_INVITATIONS,
    Permission.MANAGE_INVITATIONS,
    Permission.VIEW_FOLLOWUP,
    Permission.RECORD_FOLLOWUP,
    Permission.PRINT_LETTERS,
    Permission.VIEW_HELD,
    Permission.PROPOSE_HELD,
    Permission.DECIDE_HELD,
    Permission.VIEW_INDEX,
    Permission.CHANGE_INDEX,
    Permission.DECIDE_INDEX,
    Permission.QUARANTINE_PERSON,
    Permission.UNMASK_NUMBER,
    Permission.MANAGE_CODES,
    # Its pages list numbers of people with what differs of them.
    Permission.MEND_LINK,
    # With it, the search of exchange records takes and shows numbers of people; without it, it does not.
    Permission.DISCLOSE_RECORDS,
    Permission.DISCLOSE_ACCESSES,
    Permission.PREVIEW_PORTAL,
    Permission.SEND_PORTAL_NOTICES,
}

GRANTS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.HEALTH_CLERK: _STAFF
        | _PEOPLE
        | _HAS_WORK_DONE
        | {
            Permission.EDIT_CONTACT,
            Permission.VIEW_PROTECTED,
            Permission.VIEW_REGISTER_LOADS,
            Permission.INQUIRE,
            Permission.ADOPT_ANSWER,
            Permission.RECORD_RESULTS,
            Permission.WITHDRAW_RESULT,
            Permission.EXPORT_FHIR,
            Permission.MANAGE_FACILITIES,
            Permission.VIEW_IMPORTS,
            Permission.IMPORT_RESULTS,
            Permission.UNDO_IMPORT,
            Permission.EDIT_MAPPINGS,
            Permission.VIEW_DUE,
            Permission.MANAGE_ELIGIBILITY,
            Permission.RECORD_EXCLUSION,
            Permission.VIEW_INVITATIONS,
            Permission.MANAGE_INVITATIONS,
            Permission.VIEW_FOLLOWUP,
            Permission.RECORD_FOLLOWUP,
            Permission.CLOSE_FOLLOWUP,
            Permission.VIEW_REPORTS,
            Permission.FREEZE_REPORT,
            Permission.DRILL_REPORT,
            Permission.EDIT_LETTERS,
            Permission.PRINT_LETTERS,
            Permission.VIEW_HELD,
            Permission.PROPOSE_HELD,
            Permission.QUARANTINE_PERSON,
            Permission.VIEW_LINK,
            Permission.DISCLOSE_RECORDS,
            Permission.DISCLOSE_ACCESSES,
            Permission.PREVIEW_PORTAL,
            Permission.SEND_PORTAL_NOTICES,
            Permission.REQUEST_EXPORT,
            Permission.VIEW_CHANGES,
            Permission.SIGN_CHANGES,
            Permission.PLAN_CUTOVER,
            Permission.VIEW_ERASURES,
            Permission.REQUEST_ERASURE,
            Permission.VIEW_DISTRICTS,
            Permission.MANAGE_DISTRICTS,
            # The screening department answers for the whole town, so it opens what lies beyond a colleague's area.
            Permission.VIEW_EMERGENCIES,
            Permission.OPEN_EMERGENCY,
            Permission.VIEW_COMPONENTS,
        },
        Role.CENTRE_CLERK: _STAFF
        | _PEOPLE
        | {
            Permission.EDIT_CONTACT,
            Permission.INQUIRE,
            Permission.ADOPT_ANSWER,
            Permission.RECORD_RESULTS,
            Permission.VIEW_DUE,
            Permission.RECORD_EXCLUSION,
            Permission.VIEW_INVITATIONS,
            Permission.VIEW_FOLLOWUP,
            Permission.RECORD_FOLLOWUP,
            Permission.PRINT_LETTERS,
            Permission.REQUEST_EXPORT,
            Permission.VIEW_EMERGENCIES,
            Permission.ASK_EMERGENCY,
            Permission.VIEW_COMPONENTS,
        },
        # Looks after who is who; what a person's results say is none of this role's business.
        Role.INDEX_CLERK: _STAFF
        | _HAS_WORK_DONE
        | {
            Permission.VIEW_PROTECTED,
            Permission.VIEW_REGISTER_LOADS,
            Permission.VIEW_INDEX,
            Permission.CHANGE_INDEX,
            Permission.QUARANTINE_PERSON,
            Permission.UNMASK_NUMBER,
            Permission.MANAGE_CODES,
            Permission.VIEW_LINK,
            Permission.MEND_LINK,
            Permission.MANAGE_SYSTEMS,
            Permission.VIEW_RECORDS,
            Permission.DISCLOSE_RECORDS,
            Permission.CORRECT_RECORDS,
            Permission.REQUEST_EXPORT,
            Permission.VIEW_ERASURES,
            Permission.DECIDE_ERASURE,
            Permission.VIEW_COMPONENTS,
        },
        # Whoever decides what leaves the town neither inquires nor imports: one person cannot do both ends.
        Role.APPROVER: _STAFF
        | _PEOPLE
        | {
            Permission.VIEW_PROTECTED,
            Permission.VIEW_IMPORTS,
            Permission.VIEW_DUE,
            Permission.VIEW_HELD,
            Permission.PROPOSE_HELD,
            Permission.DECIDE_HELD,
            Permission.VIEW_INDEX,
            Permission.DECIDE_INDEX,
            Permission.QUARANTINE_PERSON,
            Permission.VIEW_LINK,
            Permission.VIEW_REPORTS,
            Permission.VIEW_EVIDENCE,
            Permission.VIEW_RECORDS,
            Permission.DECIDE_CORRECTIONS,
            Permission.VIEW_ACCESS_LOG,
            Permission.VIEW_WHOM_ACCESSED,
            Permission.REVIEW_ACCESSES,
            Permission.DISCLOSE_ACCESSES,
            Permission.REQUEST_EXPORT,
            Permission.DECIDE_EXPORT,
            Permission.VIEW_MEDIA,
            Permission.VIEW_CHECKS,
            Permission.SIGN_CHECK,
            Permission.HANDLE_INCIDENT,
            Permission.VIEW_CHANGES,
            Permission.DECIDE_CUTOVER,
            Permission.VIEW_ERASURES,
            Permission.DECIDE_ERASURE,
            Permission.VIEW_CONTRACTORS,
            Permission.REVIEW_WORK,
            Permission.VIEW_EMERGENCIES,
            Permission.OPEN_EMERGENCY,
            Permission.VIEW_COMPONENTS,
        },
        Role.AUDITOR: _STAFF
        | {
            Permission.VIEW_REPORTS,
            Permission.VIEW_EVIDENCE,
            Permission.EXPORT_EVIDENCE,
            Permission.VIEW_RECORDS,
            # The log names people by their 宛名番号 alone, of which an auditor has no register.
            Permission.VIEW_ACCESS_LOG,
            Permission.VIEW_WHOM_ACCESSED,
            Permission.REVIEW_ACCESSES,
            Permission.REQUEST_EXPORT,
            Permission.VIEW_MEDIA,
            Permission.VIEW_ERASURES,
            Permission.VIEW_ACCOUNTS,
            Permission.VIEW_CHANGES,
            Permission.VIEW_CHECKS,
            Permission.ANSWER_CHECK,
            Permission.SIGN_CHECK,
            Permission.HANDLE_INCIDENT,
            Permission.VIEW_CONTRACTORS,
            Permission.VIEW_DISTRICTS,
            Permission.VIEW_EMERGENCIES,
            Permission.VIEW_COMPONENTS,
        },
        # Sees who did what, and of how many people, but not of whom.
        Role.SYSTEM_ADMINISTRATOR: _STAFF
        | _HAS_WORK_DONE
        | {
            Permission.VIEW_LINK,
            Permission.VIEW_EVIDENCE,
            Permission.VIEW_ACCESS_LOG,
            Permission.VIEW_ACCOUNTS,
            Permission.MANAGE_ACCOUNTS,
            Permission.VIEW_CHANGES,
            Permission.DRAW_CHANGES,
            Permission.SIGN_CHANGES,
            Permission.PLAN_CUTOVER,
            Permission.DECIDE_CUTOVER,
            Permission.VIEW_CHECKS,
            Permission.RECORD_REHEARSAL,
            Permission.VIEW_DISTRICTS,
            Permission.VIEW_EMERGENCIES,
            Permission.OPEN_EMERGENCY,
            Permission.VIEW_COMPONENTS,
        },
        # Reads registers, alarms and evidence, reviews accesses by number alone, and sees no resident.
        Role.SECURITY_ADVISER: _STAFF
        | {
            Permission.SET_ACCESS_RULES,
            Permission.VIEW_EVIDENCE,
            Permission.VIEW_ACCESS_LOG,
            Permission.VIEW_WHOM_ACCESSED,
            Permission.REVIEW_ACCESSES,
            Permission.VIEW_MEDIA,
            Permission.VIEW_ERASURES,
            Permission.VIEW_ACCOUNTS,
            Permission.VIEW_CHANGES,
            Permission.DECIDE_CUTOVER,
            Permission.VIEW_CHECKS,
            Permission.ANSWER_CHECK,
            Permission.SIGN_CHECK,
            Permission.HANDLE_INCIDENT,
            Permission.VIEW_CONTRACTORS,
            Permission.REVIEW_WORK,
            Permission.VIEW_DISTRICTS,
            Permission.VIEW_EMERGENCIES,
            Permission.OPEN_EMERGENCY,
            Permission.VIEW_COMPONENTS,
        },
        Role.CONTRACTOR: _OWN
        | {Permission.REPORT_WORK, Permission.VIEW_CHANGES, Permission.SIGN_CHANGES, Permission.VIEW_COMPONENTS},
        # At the consoles of gateways and the network, which hold nobody's name: no page of a town opens for these two.
        Role.OPERATOR: frozenset({Permission.CHANGE_OWN_PASSWORD, Permission.VIEW_OPERATION, Permission.OPERATE_NODE}),
        Role.OPERATION_WATCHER: frozenset({Permission.CHANGE_OWN_PASSWORD, Permission.VIEW_OPERATION}),
    }
)


def may(member: Member, permission: Permission) -> bool:
    """Say whether the member's role carries the permission, or an emergency lends it."""
    return permission in GRANTS[member.role] or (
        member.lent is not None and permission.value in member.lent.permissions
    )


def check_may(member: Member, permission: Permission) -> None:
    """Refuse what the member's role does not carry and no emergency lends.

    :raises PermissionRefusedError: when `may` says no.
    """
    if not may(member, permission):
        raise PermissionRefusedError(permission.value)
