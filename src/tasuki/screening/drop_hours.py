"""When the senders' folders are looked into without anybody asking."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from tasuki.nodes.sql import rows


@dataclass(frozen=True, slots=True)
class DropHours:
    """From which full hour until which, by the clock on the wall; the same hour twice means all day.

    Version 0 is what this release ships: the night, when nobody waits for the database.
    """

    begins: int
    ends: int
    version: int = 0
    reason: str = ""
    written_at: dt.datetime | None = None
    written_by: str = ""

    def contain(self, hour: int) -> bool:
        """Say whether folders are looked into in an hour of the day."""
        if self.begins < self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends


SHIPPED: Final = DropHours(21, 6)


def drop_hours() -> DropHours:
    """Return the hours that hold: the newest the town set, else those this release ships."""
    versions = drop_hours_versions()
    return versions[0] if versions else SHIPPED


def drop_hours_versions() -> list[DropHours]:
    """Return every change of the hours, newest first."""
    found = rows(
        "SELECT begins, ends, version, reason, written_at, written_by FROM screening_drop_hours ORDER BY version DESC"
    )
    return [DropHours(**row) for row in found]
