"""What is written about accounts: applications, accounts, sessions, and what staff did that must be provable."""

from tasuki.accounts.operations.applications import apply_for_account, decide_application, withdraw_application
from tasuki.accounts.operations.confirming import confirm_accounts
from tasuki.accounts.operations.emergencies import (
    ask_for_emergency,
    close_run_out_emergencies,
    end_emergency,
    open_emergency,
    refuse_emergency,
    withdraw_emergency,
)
from tasuki.accounts.operations.factors import enrol_factor, pass_factor, reset_factor
from tasuki.accounts.operations.sessions import end_sessions
from tasuki.accounts.operations.signing_in import change_password, confirm_password, log_in, log_in_as_persona
from tasuki.accounts.operations.staff import (
    admit_first_administrator,
    admit_operator,
    close_account,
    create_staff,
    make_personas,
    reset_password,
)
from tasuki.accounts.operations.viewing import (
    record_accounts_taken,
    record_protected_opened,
    record_refusal,
)

__all__ = [
    "admit_first_administrator",
    "admit_operator",
    "apply_for_account",
    "ask_for_emergency",
    "change_password",
    "close_account",
    "close_run_out_emergencies",
    "confirm_accounts",
    "confirm_password",
    "create_staff",
    "decide_application",
    "end_emergency",
    "end_sessions",
    "enrol_factor",
    "log_in",
    "log_in_as_persona",
    "make_personas",
    "open_emergency",
    "pass_factor",
    "record_accounts_taken",
    "record_protected_opened",
    "record_refusal",
    "refuse_emergency",
    "reset_factor",
    "reset_password",
    "withdraw_application",
    "withdraw_emergency",
]
