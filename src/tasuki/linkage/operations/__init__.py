"""What a town does with others, by subject."""

from tasuki.linkage.operations.codes import acquire_codes, confirm_codes
from tasuki.linkage.operations.inquiries import adopt, continue_inquiries, inquire, refresh
from tasuki.linkage.operations.providers import register_provider
from tasuki.linkage.operations.provision import decide_held, held, send_outbox

__all__ = [
    "acquire_codes",
    "adopt",
    "confirm_codes",
    "continue_inquiries",
    "decide_held",
    "held",
    "inquire",
    "refresh",
    "register_provider",
    "send_outbox",
]
