"""Values of how a node is operated."""

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final

from tasuki.shared.environments import Environment

#: What peers are told to wait when nobody planned an end, or the planned end has passed.
SHORTEST_WAIT: Final = 30


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The node answers nothing and its worker pauses, so that something can be done to it (保守).

    `until` is when it is planned to end; it ends only when somebody ends it. `reason` is shown to peers and staff.
    """

    begun_at: dt.datetime
    until: dt.datetime
    reason: str

    def retry_after(self, at: dt.datetime) -> int:
        """Return after how many seconds it is worth asking again."""
        return max(SHORTEST_WAIT, round((self.until - at).total_seconds()))

    def as_text(self) -> str:
        """Return what peers are told."""
        return f"until {self.until.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}: {self.reason}"


@dataclass(frozen=True, slots=True)
class PastMaintenance:
    """A maintenance that somebody ended."""

    begun_at: dt.datetime
    begun_by: str
    ended_at: dt.datetime
    ended_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MarkedEnvironment:
    """What a database was marked as when it was made."""

    environment: Environment
    marked_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PeerKey:
    """A public key of a peer's messages that was told after its file was written: good from `since` until `until`."""

    peer: str
    public_key: str
    since: dt.datetime
    until: dt.datetime | None

    def is_good(self, at: dt.datetime) -> bool:
        """Say whether messages under this key are accepted at a time."""
        return self.since <= at and (self.until is None or at < self.until)

    @property
    def fingerprint(self) -> str:
        """Return what people compare over the telephone."""
        return fingerprint(self.public_key)


def fingerprint(public_key: str) -> str:
    """Return the first 16 bytes of a key's SHA-256, as people read them out."""
    return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:32]
