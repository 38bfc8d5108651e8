"""Values of how a node is operated."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

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
