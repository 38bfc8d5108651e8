"""What can go wrong between nodes."""

from enum import StrEnum


class Phase(StrEnum):
    """Where an exchange with another node broke off."""

    CONNECT = "connect"
    SEND = "send"
    RECEIVE = "receive"
    PARSE = "parse"
    REFUSED = "refused"


class ProtocolError(Exception):
    """A message between nodes could not be exchanged."""


class ExchangeFailed(ProtocolError):
    """Another node could not be reached, did not answer, or answered with something else than an answer."""

    def __init__(
        self, peer: str, phase: Phase, reason: str, *, status: int | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(f"{peer}: {phase}: {reason}")
        self.peer = peer
        self.phase = phase
        self.reason = reason
        self.status = status
        self.retry_after = retry_after

    @property
    def may_retry(self) -> bool:
        """Say whether sending the same again can help: not after a refusal of what was sent."""
        return self.phase != Phase.REFUSED or (self.status is not None and self.status >= 500)


class Refusal(StrEnum):
    """Why a message was turned away at the door. The value travels to the sender."""

    TOO_LARGE = "too_large"
    NO_SIGNATURE = "no_signature"
    UNKNOWN_SENDER = "unknown_sender"
    SIGNATURE_INVALID = "signature_invalid"
    NOT_JSON = "not_json"
    SCHEMA = "schema"
    WRONG_RECIPIENT = "wrong_recipient"
    WRONG_KIND = "wrong_kind"
    CLOCK_SKEW = "clock_skew"
    REPLAYED = "replayed"
    NOT_ALLOWED = "not_allowed"
    PERMIT_INVALID = "permit_invalid"
    UNAVAILABLE = "unavailable"
    MAINTENANCE = "maintenance"
    SUSPENDED = "suspended"
    MOVING = "moving"


#: HTTP status for each refusal.
STATUS: dict[Refusal, int] = {
    Refusal.TOO_LARGE: 413,
    Refusal.NO_SIGNATURE: 401,
    Refusal.UNKNOWN_SENDER: 401,
    Refusal.SIGNATURE_INVALID: 401,
    Refusal.NOT_JSON: 400,
    Refusal.SCHEMA: 422,
    Refusal.WRONG_RECIPIENT: 421,
    Refusal.WRONG_KIND: 400,
    Refusal.CLOCK_SKEW: 400,
    Refusal.REPLAYED: 409,
    Refusal.NOT_ALLOWED: 403,
    Refusal.PERMIT_INVALID: 403,
    Refusal.UNAVAILABLE: 503,
    # These end again: what was sent waits with its sender.
    Refusal.MAINTENANCE: 503,
    Refusal.SUSPENDED: 503,
    Refusal.MOVING: 503,
}


class MessageRefused(ProtocolError):
    """A message from another node was turned away; nothing was changed."""

    def __init__(self, refusal: Refusal, detail: str, *, sender: str = "", retry_after: int = 0) -> None:
        super().__init__(f"{refusal}: {detail}")
        self.refusal = refusal
        self.detail = detail
        self.sender = sender
        self.retry_after = retry_after
