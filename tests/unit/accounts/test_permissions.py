"""Every role against every permission, both ways."""

import pytest

from tasuki.accounts.errors import PermissionRefusedError
from tasuki.accounts.permissions import GRANTS, SHOWS_PEOPLE, Permission, check_may, may
from tasuki.accounts.rules import Apart, kept_apart, meets
from tasuki.accounts.types import ROLE_LABELS, Member, Role

# One row for each permission: who may. Written out by hand, so that a change of the table must be said twice.
H, C, X, A, U, S, D, K, R, W = (
    Role.HEALTH_CLERK,
    Role.CENTRE_CLERK,
    Role.INDEX_CLERK,
    Role.APPROVER,
    Role.AUDITOR,
    Role.SYSTEM_ADMINISTRATOR,
    Role.SECURITY_ADVISER,
    Role.CONTRACTOR,
    Role.OPERATOR,
    Role.OPERATION_WATCHER,
)
TRUTH = {
    Permission.VIEW_HOME: {H, C, X, A, U, S, D, K},
    Permission.CHANGE_OWN_PASSWORD: {H, C, X, A, U, S, D, K, R, W},
    Permission.SEARCH_PEOPLE: {H, C, A},
    Permission.VIEW_PERSON: {H, C, A},
    Permission.EDIT_CONTACT: {H, C},
    Permission.VIEW_PROTECTED: {H, X, A},
    Permission.VIEW_REGISTER_LOADS: {H, X},
    Permission.INQUIRE: {H, C},
    Permission.ADOPT_ANSWER: {H, C},
    Permission.RECORD_RESULTS: {H, C},
    Permission.WITHDRAW_RESULT: {H},
    Permission.EXPORT_FHIR: {H},
    Permission.MANAGE_FACILITIES: {H},
    Permission.VIEW_IMPORTS: {H, A},
    Permission.IMPORT_RESULTS: {H},
    Permission.UNDO_IMPORT: {H},
    Permission.EDIT_MAPPINGS: {H},
    Permission.VIEW_DUE: {H, C, A},
    Permission.MANAGE_ELIGIBILITY: {H},
    Permission.RECORD_EXCLUSION: {H, C},
    Permission.VIEW_INVITATIONS: {H, C},
    Permission.MANAGE_INVITATIONS: {H},
    Permission.VIEW_FOLLOWUP: {H, C},
    Permission.RECORD_FOLLOWUP: {H, C},
    Permission.CLOSE_FOLLOWUP: {H},
    Permission.EDIT_LETTERS: {H},
    Permission.PRINT_LETTERS: {H, C},
    Permission.VIEW_HELD: {H, A},
    Permission.PROPOSE_HELD: {H, A},
    Permission.DECIDE_HELD: {A},
    Permission.VIEW_INDEX: {X, A},
    Permission.CHANGE_INDEX: {X},
    Permission.DECIDE_INDEX: {A},
    Permission.QUARANTINE_PERSON: {H, X, A},
    Permission.UNMASK_NUMBER: {X},
    Permission.MANAGE_CODES: {X},
    Permission.VIEW_LINK: {H, X, A, S},
    Permission.MEND_LINK: {X},
    Permission.MANAGE_SYSTEMS: {X},
    Permission.REQUEST_EXPORT: {H, C, X, A, U},
    Permission.DECIDE_EXPORT: {A},
    Permission.VIEW_MEDIA: {A, U, D},
    Permission.VIEW_CHANGES: {H, A, U, S, D, K},
    Permission.DRAW_CHANGES: {S},
    Permission.SIGN_CHANGES: {H, S, K},
    Permission.PLAN_CUTOVER: {H, S},
    Permission.DECIDE_CUTOVER: {A, S, D},
    Permission.VIEW_CHECKS: {A, U, S, D},
    Permission.ANSWER_CHECK: {U, D},
    Permission.SIGN_CHECK: {A, U, D},
    Permission.RECORD_REHEARSAL: {S},
    Permission.TELL_INCIDENT: {H, C, X, A, U, S, D},
    Permission.HANDLE_INCIDENT: {A, U, D},
    Permission.VIEW_ERASURES: {H, X, A, U, D},
    Permission.REQUEST_ERASURE: {H},
    Permission.DECIDE_ERASURE: {X, A},
    Permission.VIEW_REPORTS: {H, A, U},
    Permission.FREEZE_REPORT: {H},
    Permission.DRILL_REPORT: {H},
    Permission.VIEW_EVIDENCE: {A, U, S, D},
    Permission.EXPORT_EVIDENCE: {U},
    Permission.VIEW_RECORDS: {X, A, U},
    Permission.DISCLOSE_RECORDS: {H, X},
    Permission.CORRECT_RECORDS: {X},
    Permission.DECIDE_CORRECTIONS: {A},
    Permission.VIEW_ACCESS_LOG: {A, U, S, D},
    Permission.VIEW_WHOM_ACCESSED: {A, U, D},
    Permission.REVIEW_ACCESSES: {A, U, D},
    Permission.DISCLOSE_ACCESSES: {H, A},
    Permission.PREVIEW_PORTAL: {H},
    Permission.SEND_PORTAL_NOTICES: {H},
    Permission.VIEW_OWN_WORK: {H, C, X, A, U, S, D, K},
    Permission.VIEW_COMPONENTS: {H, C, X, A, U, S, D, K},
    Permission.APPLY_FOR_ACCOUNT: {H, C, X, A, U, S, D},
    Permission.VIEW_ACCOUNTS: {U, S, D},
    Permission.MANAGE_ACCOUNTS: {S},
    Permission.SET_ACCESS_RULES: {D},
    Permission.VIEW_DISTRICTS: {H, U, S, D},
    Permission.MANAGE_DISTRICTS: {H},
    Permission.VIEW_EMERGENCIES: {H, C, A, U, S, D},
    Permission.ASK_EMERGENCY: {C},
    Permission.OPEN_EMERGENCY: {H, A, S, D},
    Permission.VIEW_CONTRACTORS: {H, X, A, U, S, D},
    Permission.KEEP_CONTRACTORS: {H, X, S},
    Permission.REQUEST_WORK: {H, X, S},
    Permission.REVIEW_WORK: {A, D},
    Permission.ATTEND_WORK: {H, X, S},
    Permission.REPORT_WORK: {K},
    Permission.VIEW_OPERATION: {R, W},
    Permission.OPERATE_NODE: {R},
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_exactly_what_the_table_says(role: Role, permission: Permission) -> None:
    member = Member("1", "someone", "架空 花子", "健康づくり課", role)
    if role in TRUTH[permission]:
        assert may(member, permission)
        check_may(member, permission)
    else:
        assert not may(member, permission)
        with pytest.raises(PermissionRefusedError) as refusal:
            check_may(member, permission)
        assert refusal.value.permission == permission


@pytest.mark.parametrize("role", [K, U, S, D, R, W])
def test_roles_that_keep_the_system_see_no_resident(role: Role) -> None:
    assert not GRANTS[role] & SHOWS_PEOPLE


@pytest.mark.parametrize("role", Role)
def test_duties_that_are_kept_apart_meet_in_no_role(role: Role) -> None:
    assert meets(GRANTS[role]) == ()


@pytest.mark.parametrize("pair", kept_apart(), ids=lambda pair: f"{pair.first}-{pair.second}")
def test_a_pair_of_duties_is_found_where_it_meets_and_somebody_holds_each(pair: Apart) -> None:
    assert meets([Permission.VIEW_HOME, pair.first, pair.second]) == (pair,)
    assert meets([pair.first]) == meets([pair.second]) == ()
    held = frozenset[Permission]().union(*GRANTS.values())
    assert {pair.first, pair.second} <= held


def test_whoever_looks_after_the_index_sees_no_result() -> None:
    assert not GRANTS[Role.INDEX_CLERK] & {Permission.VIEW_PERSON, Permission.SEARCH_PEOPLE, Permission.VIEW_DUE}


def test_every_role_has_grants_and_a_label() -> None:
    assert set(GRANTS) == set(ROLE_LABELS) == set(Role)
