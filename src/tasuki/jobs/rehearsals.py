"""Where reports of rehearsals lie, which hold values of residents, and when they go."""

import datetime as dt
from pathlib import Path
from typing import Final

from tasuki.runtime import node, now

#: As long as a change over may take from its rehearsal to its end; ours, decided 2026-11-27.
KEPT: Final = dt.timedelta(days=60)


def reports_folder() -> Path:
    """Return the folder of reports; only this node may read it."""
    return node().folder / "rehearsals"


def forget_reports() -> None:
    """Delete reports that are older than a change over takes; counts and digests stay in the database."""
    last = (now() - KEPT).timestamp()
    folder = reports_folder()
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if file.stat().st_mtime < last:
            file.unlink()
