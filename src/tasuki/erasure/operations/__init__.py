"""What is written about erasures: requests and their approvals, then the steps of the erasure itself."""

from tasuki.erasure.operations.requests import approve_erasure, refuse_erasure, request_erasure, withdraw_erasure
from tasuki.erasure.operations.steps import carry_on, record_certificate

__all__ = [
    "approve_erasure",
    "carry_on",
    "record_certificate",
    "refuse_erasure",
    "request_erasure",
    "withdraw_erasure",
]
