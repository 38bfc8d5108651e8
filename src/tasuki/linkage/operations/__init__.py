"""What a town does with others, by subject."""

from tasuki.linkage.operations.codes import acquire_codes, confirm_codes
from tasuki.linkage.operations.corrections import fetch_corrections
from tasuki.linkage.operations.held import decide_held, held, note_held, propose_held, return_proposal
from tasuki.linkage.operations.inquiries import adopt, cancel, continue_inquiries, inquire, purge_answers, refresh
from tasuki.linkage.operations.loading import load_replicas
from tasuki.linkage.operations.providers import register_provider
from tasuki.linkage.operations.provision import send_outbox
from tasuki.linkage.operations.reconciliation import (
    reconcile,
    set_daily_reconciliation,
    take_differences,
)

__all__ = [
    "acquire_codes",
    "adopt",
    "cancel",
    "confirm_codes",
    "continue_inquiries",
    "decide_held",
    "fetch_corrections",
    "held",
    "inquire",
    "load_replicas",
    "note_held",
    "propose_held",
    "purge_answers",
    "reconcile",
    "refresh",
    "register_provider",
    "return_proposal",
    "send_outbox",
    "set_daily_reconciliation",
    "take_differences",
]
